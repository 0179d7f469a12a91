"""A provider changes over from the Python module: a real MariaDB, a cloud over HTTPS, the real
program. Not one call that writes may reach the cloud before something was really changed."""

import os
import unittest

from legacy import SOLD, LegacyStage  # first: it finds the stage
import mariadb_test
from stage import wait_until

READER = mariadb_test.READER_PASSWORD


class DropIn(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.db = mariadb_test.MariaDb()

    @classmethod
    def tearDownClass(cls):
        cls.db.close()

    def use(self, stage, policy="sync", **service):
        """The stage's panel, on MariaDB, by a login that can only read."""
        self.db.copy_from(stage.path("panel.db"))
        with open(stage.path("db.password"), "w", encoding="utf-8") as file:
            file.write(READER + "\n")
        os.chmod(stage.path("db.password"), 0o600)
        self.configure(stage, policy, **service)

    def configure(self, stage, policy, **service):
        stage.write_config(policy=policy, service=service, panel=f"""socket = "{self.db.socket}"
user = "reader"
password_file = "{stage.path('db.password')}"
crypt_key = "{stage.pem}" """)

    def serve_passes(self, stage, count):
        """Lets the service run this many whole passes."""
        service = stage.serve()
        wait_until(lambda: (stage.metric("bill_nextcloud_passes_total", result="ok") or 0) >= count,
                   f"{count} passes")
        self.assertEqual(stage.stop(service), 0, stage.read("serve.log"))

    def test_taken_over_without_one_write(self):
        with LegacyStage(policy="observe") as s:
            self.use(s, "observe")
            s.ctl("forbid-writes")
            rows = self.db.sql("CHECKSUM TABLE item, itemparam, itemcryptedparam, processingparam, "
                               "runningoperation", "billmgr").stdout
            code, view, errors = s.adopt("--plan")
            self.assertEqual(code, 2, errors)
            self.assertEqual(view["adoptable"], len(SOLD))
            code, view, errors = s.adopt("--yes")
            self.assertEqual((code, view["recorded"]), (0, len(SOLD)), errors)
            self.assertEqual(s.plan()[0], 0, "nothing differs")
            # Now with every right to write.
            self.configure(s, "sync", interval='"1s"')
            code, plan, errors = s.plan()
            self.assertEqual((code, plan["servers"][0]["actions"]), (0, []), errors)
            self.assertEqual(s.apply().returncode, 0)
            self.serve_passes(s, 3)
            self.assertEqual((s.violations(), s.writes()), (0, []))
            self.assertEqual(rows, self.db.sql(
                "CHECKSUM TABLE item, itemparam, itemcryptedparam, processingparam, "
                "runningoperation", "billmgr").stdout, "nor was the panel written to")
            self.assertNotIn("action.intended", s.kinds())

    def test_the_service_alone_takes_over_as_well(self):
        with LegacyStage() as s:
            self.use(s, interval='"1s"')
            s.ctl("forbid-writes")
            self.serve_passes(s, 3)
            self.assertEqual((s.violations(), s.writes()), (0, []))
            self.assertEqual(s.kinds("--kind", "account.adopted").count("account.adopted"), len(SOLD))

    def test_afterwards_only_what_differs_is_corrected(self):
        with LegacyStage(groups="family,pro,staff,start") as s:
            s.choose_groups()
            self.use(s)
            # As the Python module leaves a change of group: it fails, and success is reported.
            s.ctl("remove-group", user="user_104", group="pro")
            s.ctl("add-group", user="user_104", group="start")
            s.ctl("add-group", user="user_104", group="family")
            self.assertEqual(s.adopt("--yes")[0], 0)
            done = s.apply()
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual(sorted(s.user("user_104")["groups"]), ["family", "pro"],
                             "a group that no tariff names is the client's own")
            self.assertEqual({line.split()[1] for line in s.writes()}, {"user_104"})
            self.assertEqual(len(s.writes()), 2, s.writes())
            self.assertEqual(s.plan()[0], 0)

    def test_orders_and_tariffs_work_while_nobody_knows_the_groups(self):
        with LegacyStage() as s:
            self.use(s)
            self.assertEqual(s.adopt("--yes")[0], 0)
            large, small = s.tariff("Cloud 50"), s.tariff("Cloud 10")
            self.db.sql(f"UPDATE item SET pricelist = {large}, lastpricelist = {small} WHERE id = 103;"
                        "UPDATE item SET status = 5, processingmodule = 1 WHERE id = 110;"
                        "INSERT INTO runningoperation (id, item, intname) VALUES (900, 103, 'setparam'),"
                        " (901, 110, 'open')", "billmgr")
            done = s.apply()
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual((s.user("user_103")["quota"], s.user("user_103")["groups"]),
                             ("50 GB", ["start"]), "who has a group keeps it")
            self.assertEqual(s.user("user_110")["groups"], [], "and nobody is put into any other")
            self.assertEqual({line.split()[1] for line in s.writes()}, {"user_103", "user_110"})
            self.assertIn("names no group of the cloud", " ".join(s.run("plan").stdout.split()))
            for name, tariff in (("start", small), ("pro", large)):
                self.db.sql(f"UPDATE pricelistparam SET value = '{name}' WHERE intname = 'usergroup' "
                            f"AND pricelist = {tariff}", "billmgr")
            done = s.apply()
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual((s.user("user_103")["groups"], s.user("user_110")["groups"]),
                             (["pro"], ["pro"]))


if __name__ == "__main__":
    unittest.main()
