"""How often a cloud is asked while nothing goes well there: a bound, whatever fails; real processes, default times."""

import json
import threading
import time
import unittest

from stage import Stage, wait_until

DEFAULT_TIMES = {"interval": '"5m"', "operations_poll": '"2s"', "backoff_first": '"30s"', "doubt_grace": '"1m"'}
NO_LIMIT = 'limit_disable = "1000 an hour, 1000 a day"'
MINUTE = 60
MOST_A_MINUTE = 30  # requests to a server on which nothing goes well


def calls(s):
    return json.loads(s.ctl("stats")[1])["calls"]


def suspend(s, items):
    for item in items:
        s.panel("suspend", item)


def orders(s, how_many):
    items = [s.order(4, 1) for _ in range(how_many)]
    for item in items:
        s.panel("pay", item)
    return items


def be_quiet(s, quiet=5, patience=60):
    """Until nothing was asked for a while."""
    begun = last = time.monotonic()
    seen = calls(s)
    while time.monotonic() - last < quiet and time.monotonic() - begun < patience:
        time.sleep(0.5)
        now = calls(s)
        if now != seen:
            seen, last = now, time.monotonic()


class Case:
    """A stage of its own, what fails there, and what it was asked in the minute after that."""

    def __init__(self, sold, faults, deed):
        self.sold, self.faults, self.deed = sold, faults, deed
        self.calls, self.error, self.log = {}, None, ""

    def play(self):
        try:
            with Stage() as s:
                s.write_config(service=DEFAULT_TIMES, server=NO_LIMIT)
                items = orders(s, self.sold)
                s.serve()
                wait_until(lambda: not items or s.user(f"user_{items[-1]}"), "the accounts")
                be_quiet(s)  # what was done is looked at once more, on a busy machine later
                s.ctl("reset-stats")
                for fault in self.faults:
                    s.ctl("fault", times=10**9, **fault)
                begun = time.monotonic()
                self.deed(s, items)
                # The last reading that ended within the minute: a busy machine makes no minute longer.
                seen = calls(s)
                while time.monotonic() - begun <= MINUTE:
                    self.calls = seen
                    time.sleep(0.5)
                    seen = calls(s)
                self.log = s.read("serve.log")[-2000:]
        except Exception as error:  # pylint: disable=broad-except
            self.error = error

    @property
    def total(self):
        return sum(self.calls.values())


CASES = {
    "a disable that answers 504 without effect": Case(
        1, [{"kind": "gateway-timeout", "endpoint": "user.disable"}], suspend),
    "disables that answer 504 without effect": Case(
        12, [{"kind": "gateway-timeout", "endpoint": "user.disable"}], suspend),
    "connections that end at each change": Case(
        12, [{"kind": "drop", "endpoint": "user.disable"}, {"kind": "drop", "endpoint": "user.edit"}], suspend),
    "creates that fail inside": Case(
        0, [{"kind": "server-error", "endpoint": "user.create"}], lambda s, _: orders(s, 15)),
    "creates that have no answer": Case(
        0, [{"kind": "gateway-timeout", "endpoint": "user.create"}], lambda s, _: orders(s, 15)),
    "accounts that cannot be looked at": Case(
        12, [{"kind": "server-error", "endpoint": "user.get"}], suspend),
    "a refused login": Case(12, [{"kind": "unauthorized"}], suspend),
    "a server that is away": Case(12, [{"kind": "bad-gateway"}], suspend),
}


WELL = "a suspension that goes well"
CASES[WELL] = Case(1, [], suspend)


class Storm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        threads = [threading.Thread(target=case.play) for case in CASES.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def test_whatever_fails_a_server_is_asked_little(self):
        for name, case in CASES.items():
            with self.subTest(name):
                self.assertIsNone(case.error)
                self.assertGreater(case.total, 0, "it was tried")
                self.assertLessEqual(case.total, MOST_A_MINUTE, f"{case.calls}\n{case.log}")

    def test_one_correction_costs_its_own_calls_and_four(self):
        ill = CASES["a disable that answers 504 without effect"]
        self.assertLessEqual(ill.total, CASES[WELL].total + 4, f"{ill.calls}\n{CASES[WELL].calls}")


if __name__ == "__main__":
    unittest.main()
