"""Each way in which a line can break, once, between the service and its panel or its cloud (storm.py)."""

import os
import unittest

from storm import ALL, CLOUD, PANEL, Storm


class Network(unittest.TestCase):
    def weather(self, side):
        with Storm(seed=1, say=print) as storm:
            for each, fault in ALL:
                if each == side:
                    with self.subTest(side=side, fault=fault):
                        storm.round(side, fault)

    def test_all_that_was_sold_is_there_after_the_line_to_the_panel_broke(self):
        self.weather(PANEL)

    def test_all_that_was_sold_is_there_after_the_line_to_the_cloud_broke(self):
        self.weather(CLOUD)


if __name__ == "__main__":
    assert os.environ["BN_STAGE"]
    unittest.main()
