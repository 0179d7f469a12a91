"""`preflight` as a process, against a real MariaDB and a stand-in mgrctl: what it finds, what it
prints to use, that it changes nothing, and that what it prints is a configuration."""

import json
import os
import shutil
import subprocess
import unittest

from mariadb_test import READER_PASSWORD, MariaDb
from stage import Stage

TABLES = ("item, itemparam, itemcryptedparam, itemstat, runningoperation, task, history_item, "
          "processingmodule, processingparam")
FUNCTIONS = """problems.register processing processing.setconfig runningoperation
runningoperation.edit runningoperation.setmanual service.changepricelist.rollback service.postclose
service.postopen service.postprolong service.postresume service.postsetparam service.poststat
service.postsuspend service.saveparam task.edit task.gettype vds.open whoami""".split()
MGRCTL = """#!/bin/sh
echo "$*" >>"$(dirname "$0")/calls"
[ "$1 $2" = "-m billmgr" ] || exit 1
if [ "$3" = -i ]; then
    if [ "$4" = service.saveparam ]; then
        printf 'elid       Id\\nname       Name\\nvalue      Value\\n'
    else
        while read -r name; do
            printf '%-44s Description is not available\\n' "$name"
        done <"$(dirname "$0")/functions"
    fi
elif [ "$5" = runningoperation ]; then
    echo '<?xml version="1.0" encoding="UTF-8"?><doc lang="en"><elem><id>1</id></elem></doc>'
else
    echo '<doc><error type="missed" object="func"><msg>No such function</msg></error></doc>'
    exit 1
fi
"""


class Preflight(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.db = MariaDb()

    @classmethod
    def tearDownClass(cls):
        cls.db.close()

    def setUp(self):
        self.stage = Stage()
        self.addCleanup(self.stage.__exit__)
        self.mgr = self.stage.path("mgr5")
        self.db.copy_from(self.stage.path("panel.db"))
        self.itemtypes = self.rows("SELECT DISTINCT t.intname FROM itemtype t JOIN pricelist p ON "
                                   "p.itemtype = t.id WHERE p.parent IS NULL")
        self.install()
        self.write_config()

    def rows(self, sql):
        return self.db.sql(sql, "billmgr").stdout.splitlines()[1:]

    def install(self):
        for folder in ("sbin", "bin", "processing", "addon", "etc/xml", "run"):
            os.makedirs(os.path.join(self.mgr, folder))
        os.chmod(os.path.join(self.mgr, "run"), 0o750)
        self.put("sbin/mgrctl", MGRCTL, 0o755)
        self.put("sbin/functions", "\n".join(
            FUNCTIONS + [f"{name}.open" for name in self.itemtypes]) + "\n", 0o644)
        self.put("bin/core", "#!/bin/sh\necho 6.88.0\n", 0o755)
        for program in ("processing/pmnextcloud", "addon/ncsync"):
            shutil.copy("/bin/true", os.path.join(self.mgr, program))
            os.chmod(os.path.join(self.mgr, program), 0o750)
        for form in ("pmnextcloud", "ncsync"):
            self.put(f"etc/xml/billmgr_mod_{form}.xml", "<mgrdata/>\n", 0o644)
        self.pem = os.path.join(self.mgr, "etc/billmgr.pem")
        subprocess.run(["openssl", "genrsa", "-out", self.pem, "2048"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.chmod(self.pem, 0o600)

    def put(self, name, text, mode):
        path = os.path.join(self.mgr, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)

    def write_config(self, more="", user="reader"):
        with open(self.stage.path("db.password"), "w", encoding="utf-8") as file:
            file.write(READER_PASSWORD + "\n")
        os.chmod(self.stage.path("db.password"), 0o600)
        more = more or f'crypt_key = "{self.pem}"\nmgrctl = "{self.mgr}/sbin/mgrctl"\n'
        self.stage.write_config(
            panel=f'socket = "{self.db.socket}"\nuser = "{user}"\n'
                  f'password_file = "{self.stage.path("db.password")}"\n{more}',
            extra=f'[control]\nsocket = "{self.mgr}/run/control.sock"\n')

    def preflight(self):
        before = self.db.sql(f"CHECKSUM TABLE {TABLES}", "billmgr").stdout
        done = self.stage.run("preflight", "--json")
        self.assertTrue(done.stdout, done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(done.returncode, 0 if report["passed"] else 1)
        self.assertEqual(self.db.sql(f"CHECKSUM TABLE {TABLES}", "billmgr").stdout, before)
        self.assertNotIn(READER_PASSWORD, done.stdout + done.stderr)
        return report

    def line(self, report, words):
        lines = [line for section in report["sections"] for line in section["lines"]]
        found = [line for line in lines if words in line["what"]]
        self.assertTrue(found, f"no line says '{words}': " + "\n".join(l["what"] for l in lines))
        return found[0]

    def stops(self, report):
        return [line["what"] for section in report["sections"] for line in section["lines"]
                if line["weight"] == "stops"]

    @unittest.skipUnless(os.geteuid() == 0, "the panel's files belong to root")
    def test_a_panel_host_and_the_settings_that_follow(self):
        self.db.sql("GRANT INSERT, UPDATE ON billmgr.itemstat TO reader@localhost")
        report = self.preflight()
        self.assertEqual(self.stops(report), [])
        self.assertEqual(self.line(report, "one row for each service")["basis"], "found")
        self.assertEqual(self.line(report, "may write usage")["basis"], "found")
        self.assertEqual(self.line(report, "mgrctl reaches the panel")["basis"], "found")
        self.assertIn("6.88.0", self.line(report, "version of the panel's core")["what"])
        self.assertEqual(self.line(report, "a param is saved in the form pair")["basis"], "found")
        self.assertEqual(self.line(report, "the processing module is installed")["basis"], "found")
        self.assertTrue(report["first_order"])
        self.assertIn('api = "mgrctl"\n', report["toml"])
        self.assertIn('open_function = "{itemtype}.open"\n', report["toml"])
        self.assertIn('save_param = "pair"\n', report["toml"])
        # Only reading was asked for.
        with open(os.path.join(self.mgr, "sbin/calls"), encoding="utf-8") as file:
            self.assertEqual(file.read().splitlines(), [
                "-m billmgr -i", "-m billmgr -i service.saveparam",
                "-m billmgr -o xml runningoperation"])
        # What was printed is a configuration: with it, there is nothing left to change.
        panel = report["toml"].split("[control]")[0].replace("[panel]\n", "")
        too_much = "may do more than is needed"
        self.assertIn(too_much + ": INSERT, UPDATE", self.stage.run("check").stdout, "nothing is written yet")
        self.write_config(panel)
        self.assertNotIn(too_much, self.stage.run("check").stdout)
        again = self.preflight()
        self.assertEqual([s["key"] for s in again["settings"] if s["value"] != s["now"]], [])
        text = self.stage.run("preflight")
        self.assertEqual(text.returncode, 0, text.stdout + text.stderr)
        self.assertIn("What only a first real order can show", text.stdout)
        russian = self.stage.run("preflight", env=dict(self.stage.env, LC_ALL="ru_RU.UTF-8"))
        self.assertIn("Что покажет только первый настоящий заказ", russian.stdout)

    def test_variants_of_the_tables(self):
        self.db.sql("ALTER TABLE itemstat DROP FOREIGN KEY is_item, DROP FOREIGN KEY is_measure;"
                    "ALTER TABLE itemstat DROP KEY item_day_param, ENGINE = MyISAM;"
                    "ALTER TABLE itemparam MODIFY value VARCHAR(100) CHARACTER SET latin1;"
                    "ALTER TABLE runningoperation DROP COLUMN trycount, DROP COLUMN manual;"
                    "DROP TABLE history_item; CREATE TABLE history_item (id INT)", "billmgr")
        report = self.preflight()
        for words in ("nothing keeps one row", "may mix two moments", "latin1",
                      "too short for an address", "tries cannot be counted",
                      "may not write usage"):
            self.assertEqual(self.line(report, words)["weight"], "warns", words)
            self.assertTrue(self.line(report, words)["remedy"], words)
        remedy = self.line(report, "may not write usage")["remedy"]
        self.assertIn("GRANT INSERT, DELETE ON `billmgr`.itemstat", remedy)
        self.db.sql(remedy)
        self.assertEqual(self.line(self.preflight(), "may write usage")["basis"], "found")
        self.assertEqual(self.line(report, "which changes of a service")["basis"], "unknown")

    def test_what_stops_says_so_and_ends_with_1(self):
        self.db.sql("ALTER TABLE item DROP COLUMN period", "billmgr")
        report = self.preflight()
        self.assertFalse(report["passed"])
        self.assertIn("item.period", " ".join(self.stops(report)))

    def test_a_key_that_opens_nothing_stops(self):
        self.db.sql("INSERT INTO itemcryptedparam (item, intname, value) "
                    "SELECT MIN(id), 'userpassword', REPEAT('QUJD', 86) FROM item "
                    "WHERE processingmodule IS NOT NULL", "billmgr")
        report = self.preflight()
        self.assertIn("the key does not open all crypted params", self.stops(report))

    def test_a_panel_that_is_away(self):
        os.remove(os.path.join(self.mgr, "sbin/mgrctl"))
        self.write_config(f'crypt_key = "{self.pem}"\nmgrctl = "{self.mgr}/sbin/mgrctl"\n'
                          'api = "mgrctl"\n')
        report = self.preflight()
        self.assertIn("there is no mgrctl", " ".join(self.stops(report)))
        self.write_config(user="nobody_known")
        report = self.preflight()
        self.assertFalse(report["passed"])
        self.assertIn("password", self.line(report, "panel database")["remedy"])

    def use_double(self, **settings):
        """The panel's double answers as mgrctl; it knows more of the panel than the stand-in."""
        home = self.stage.path("home")
        os.makedirs(home, exist_ok=True)
        with open(os.path.join(home, "panel.json"), "w", encoding="utf-8") as file:
            json.dump(dict(settings, sqlite=self.stage.path("panel.db")), file)
        program = os.path.join(os.environ["BN_FAKES"], "panel", "fake-mgrctl")
        self.put("sbin/mgrctl", f"#!/bin/sh\nBN_FAKE_PANEL='{home}' exec '{program}' \"$@\"\n",
                 0o755)
        return os.path.join(home, "faults.json")

    def test_the_doubles_functions(self):
        self.use_double()
        report = self.preflight()
        self.assertEqual(self.line(report, "mgrctl reaches the panel")["basis"], "found")
        self.assertEqual(self.line(report, "a param is saved in the form pair")["basis"], "found")
        self.assertIn('open_function = "{itemtype}.open"\n', report["toml"])
        self.use_double(open_call="vds.open")
        report = self.preflight()
        self.assertIn('open_function = "vds.open"\n', report["toml"])
        self.assertEqual(self.line(report, "completed by vds.open")["basis"], "assumed")

    @unittest.skipUnless(os.geteuid() == 0, "the panel's files belong to root")
    def test_the_python_module_is_told_of(self):
        self.put("processing/pmnextcloud", "#!/usr/bin/env python3\nimport requests\n", 0o755)
        os.makedirs(os.path.join(self.mgr, "src/pmnextcloud"))
        report = self.preflight()
        self.assertEqual(self.line(report, "still the Python module")["weight"], "warns")
        self.assertEqual(self.line(report, "sources of the Python module")["weight"], "warns")
        os.chmod(os.path.join(self.mgr, "addon/ncsync"), 0o777)
        self.assertIn("others than root may change the drift page's program",
                      " ".join(self.stops(self.preflight())))


if __name__ == "__main__":
    unittest.main()
