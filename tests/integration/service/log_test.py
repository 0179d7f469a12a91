"""The log of the running service: logrotate turns it over and no line is lost; a quiet service writes little."""

import glob
import gzip
import json
import os
import pathlib
import re
import shutil
import subprocess
import unittest

from stage import Stage, wait_until

SOURCE = pathlib.Path(os.environ["BN_SOURCE"]).resolve()
LOGROTATE = shutil.which("logrotate", path=os.environ["PATH"] + ":/usr/sbin")
FOLDER = "/var/log/bill-nextcloud"  # as deploy/logrotate names it
# A pass each second. The panel's operations are looked at as often as by default.
BUSY = {"interval": '"1s"', "operations_poll": '"2s"'}
# What a whole pass says; one for some items is not counted by the metric.
WHOLE = re.compile(r"(start|periodic) pass: ")
NOTHING = re.compile(r"periodic pass: .*, 0 drifted, .*, 0 of 0 actions done, 0 failed, ")


def whole(text):
    """The complete lines of a log that is written to meanwhile."""
    return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]


class LogStage(Stage):
    def __init__(self, **settings):
        super().__init__(**settings)
        self.folder = pathlib.Path(self.path("log"))
        self.folder.mkdir(mode=0o750)
        if os.geteuid() == 0:
            os.chown(self.folder, 65534, 65534)  # not root's, as on a host
        self.log = self.folder / "bill-nextcloud.log"

    def lines(self):
        """All lines that there are, oldest first."""
        files = sorted(glob.glob(f"{self.log}*"), key=lambda name: -int((re.findall(r"\.log\.(\d+)", name) or [0])[0]))
        texts = []
        for name in files:
            with gzip.open(name, "rt") if name.endswith(".gz") else open(name, encoding="utf-8") as file:
                texts.append(file.read())
        return whole("".join(texts))

    def passes(self):
        """So many whole passes over its one server it has done, as it counts itself."""
        return sum(int(value) for value in re.findall(r"^bill_nextcloud_passes_total\{.*\} (\d+)", self.page("/metrics")[1], re.M))

    def wait_for_passes(self, more):
        goal = self.passes() + more
        wait_until(lambda: self.passes() >= goal, f"{more} more passes")

    def rotate(self, service):
        """What cron does on a host, with the same file but for the folder; and systemctl, as far as that file needs it."""
        reload = re.search(r"^ExecReload=(.*)$", (SOURCE / "deploy/systemd/bill-nextcloud.service").read_text(), re.M)[1]
        bin_folder = pathlib.Path(self.path("bin"))
        bin_folder.mkdir(exist_ok=True)
        systemctl = bin_folder / "systemctl"
        systemctl.write_text(f"""#!/bin/sh
MAINPID={service.pid}
case "$*" in
    "is-active --quiet bill-nextcloud") kill -0 $MAINPID ;;
    "reload bill-nextcloud") {reload} ;;
    *) echo "systemctl $*" >&2; exit 1 ;;
esac
""")
        systemctl.chmod(0o755)
        rules = pathlib.Path(self.path("logrotate"))
        rules.write_text((SOURCE / "deploy/logrotate/bill-nextcloud").read_text().replace(FOLDER, str(self.folder)))
        rules.chmod(0o644)
        done = subprocess.run([LOGROTATE, "--force", "--verbose", "--state", self.path("logrotate.state"), str(rules)], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              env=dict(self.env, PATH=f"{bin_folder}:{self.env['PATH']}"))
        if done.returncode != 0 or "error:" in done.stdout:
            raise AssertionError(done.stdout)


@unittest.skipUnless(LOGROTATE, "needs logrotate")
class Logrotate(unittest.TestCase):
    def test_lines_go_on_in_a_new_file_and_none_is_lost(self):
        with LogStage(service=BUSY) as s:
            s.write_config(service=BUSY, extra=f'[log]\nfile = "{s.log}"\nformat = "json"\nlevel = "debug"\n')
            service = s.serve()
            for turn in range(1, 4):
                s.wait_for_passes(2)
                before = s.log.stat().st_ino
                s.rotate(service)
                wait_until(lambda: s.log.exists() and "configuration read again" in s.log.read_text(), "a new file")
                self.assertNotEqual(s.log.stat().st_ino, before)
                self.assertEqual(s.log.stat().st_mode & 0o007, 0, "clients are named in it")
                self.assertEqual(pathlib.Path(f"{s.log}.1").stat().st_ino, before, "renamed, not copied: what is written meanwhile stays")
                self.assertEqual(len(glob.glob(f"{s.log}.*.gz")), turn - 1)
            s.wait_for_passes(2)
            least = s.passes()
            s.wait_for_passes(1)  # one is counted shortly before its line is written
            found = s.lines()
            most = s.passes()
            ended = [line["pass"] for line in found if WHOLE.match(line["message"])]
            self.assertEqual(len(set(ended)), len(ended))
            self.assertGreaterEqual(len(ended), least)
            self.assertLessEqual(len(ended), most)
            texts = [line["message"] for line in found]
            self.assertEqual(sum(text.startswith("started, version") for text in texts), 1)
            self.assertEqual(sum(text.startswith("SIGHUP") for text in texts), 3)
            self.assertEqual(texts.count("configuration read again: no change"), 3)
            times = [line["time"] for line in found]
            self.assertEqual(times, sorted(times))
            self.assertEqual(s.read("serve.log"), "")

    def test_without_the_service_the_log_is_turned_over_all_the_same(self):
        with LogStage() as s:
            s.write_config(extra=f'[log]\nfile = "{s.log}"\nformat = "json"\n')
            service = s.serve()
            self.assertEqual(s.stop(service), 0)
            lines = s.lines()
            s.rotate(service)
            self.assertFalse(s.log.exists())
            self.assertEqual(s.lines(), lines)
            service = s.serve()
            wait_until(s.log.exists, "a new file")


class Quiet(unittest.TestCase):
    def passes_with_nothing_to_do(self, level):
        """The lines of some passes after the service has come to rest, and how many passes there were at least and at most."""
        with LogStage(service=BUSY) as s:
            s.write_config(service=BUSY, extra=f'[log]\nfile = "{s.log}"\nformat = "json"\nlevel = "{level}"\n')
            s.serve()
            # What was sold is made, and the panel's operations were looked at.
            wait_until(lambda: any(NOTHING.match(line["message"]) for line in s.lines()), "nothing more to do")
            s.wait_for_passes(4)
            known = len(s.lines())
            began = s.passes()
            s.wait_for_passes(8)
            found = s.lines()[known:]
            return found, 8, s.passes() - began + 1

    def test_passes_that_find_what_the_one_before_found_say_nothing(self):
        found, _, _ = self.passes_with_nothing_to_do("info")
        self.assertEqual(found, [])

    def test_each_is_there_for_who_wants_to_know(self):
        lines, least, most = self.passes_with_nothing_to_do("debug")
        found = [line for line in lines if NOTHING.match(line["message"])]
        self.assertGreaterEqual(len(found), least - 1)
        self.assertLessEqual(len(found), most)
        for line in found:
            self.assertEqual(line["level"], "debug")
            self.assertRegex(line["pass"], r"^\w+$")
            self.assertRegex(line["server"], r"^\d+$")


if __name__ == "__main__":
    unittest.main()
