"""The systemd unit and its drop-in for a panel's host, judged by systemd's own tools."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["BN_SOURCE"])
UNIT = SOURCE / "deploy/systemd/bill-nextcloud.service"
DROP_IN = SOURCE / "deploy/systemd/bill-nextcloud.service.d/billmanager.conf"
SYSTEM_UNITS = pathlib.Path("/usr/lib/systemd/system")


def settings(*files):
    """{key: value} of [Service], later files over earlier ones, an empty value resets."""
    found = {}
    for file in files:
        section = ""
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                section = line
            elif section == "[Service]" and "=" in line and not line.startswith("#"):
                key, value = line.split("=", 1)
                found.setdefault(key, [])
                found[key] = [] if value == "" else found[key] + [value]
    return found


class UnitTest(unittest.TestCase):
    def test_both_make_the_folder_of_the_control_socket(self):
        for files in ((UNIT,), (DROP_IN,)):
            service = settings(*files)
            self.assertEqual(service["RuntimeDirectory"], ["bill-nextcloud"])
            self.assertEqual(service["RuntimeDirectoryMode"], ["0750"])

    def test_plain_unit_is_not_root(self):
        self.assertEqual(settings(UNIT)["User"], ["bill-nextcloud"])

    def test_drop_in_opens_what_mgrctl_needs_and_no_more(self):
        service = settings(UNIT, DROP_IN)
        self.assertEqual(service["User"][-1], "root")
        self.assertEqual(service["CapabilityBoundingSet"], ["CAP_DAC_OVERRIDE"])
        self.assertEqual(service["ReadWritePaths"], ["-/usr/local/mgr5/var -/usr/local/mgr5/tmp"])
        self.assertEqual(service["ProtectSystem"][-1], "strict")
        self.assertEqual(service["NoNewPrivileges"], ["yes"])
        self.assertEqual(service["LoadCredential"], [])
        # A forbidden call of a child is an error for it; it must not be killed by it.
        self.assertEqual(service["SystemCallErrorNumber"], ["EPERM"])
        self.assertEqual(service["SystemCallFilter"], ["@system-service"])


@unittest.skipUnless(shutil.which("systemd-analyze") and SYSTEM_UNITS.is_dir(), "systemd-analyze is not here")
class AnalyzeTest(unittest.TestCase):
    def setUp(self):
        temp = tempfile.TemporaryDirectory(prefix="bn-units-")
        self.addCleanup(temp.cleanup)
        self.root = pathlib.Path(temp.name)
        units = self.root / "etc/systemd/system"
        units.mkdir(parents=True)
        shutil.copytree(SYSTEM_UNITS, self.root / "usr/lib/systemd/system", symlinks=True,
                        ignore=shutil.ignore_patterns("*.wants", "*.requires"))
        for program in ("usr/sbin/bill-nextcloud", "bin/kill", "usr/local/mgr5/bin/core"):
            (self.root / program).parent.mkdir(parents=True, exist_ok=True)
            (self.root / program).write_text("#!/bin/sh\n")
            (self.root / program).chmod(0o755)
        shutil.copy(UNIT, units)

    def add_drop_in(self):
        folder = self.root / "etc/systemd/system/bill-nextcloud.service.d"
        folder.mkdir()
        shutil.copy(DROP_IN, folder)

    def analyze(self, *arguments):
        return subprocess.run(["systemd-analyze", f"--root={self.root}", *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, encoding="utf-8", timeout=120, check=False)

    def complaints(self):
        said = self.analyze("verify", "--man=no", "bill-nextcloud.service").stdout
        return [line for line in said.splitlines() if "bill-nextcloud" in line or "billmanager" in line]

    def exposure(self):
        said = self.analyze("--offline=true", "security", "bill-nextcloud.service").stdout
        found = re.search(r"Overall exposure level for bill-nextcloud.service: ([\d.]+)", said)
        self.assertTrue(found, said)
        return float(found[1])

    def test_nothing_to_complain_of(self):
        self.assertEqual(self.complaints(), [])
        self.add_drop_in()
        self.assertEqual(self.complaints(), [])

    def test_a_fault_would_be_seen(self):
        unit = self.root / "etc/systemd/system/bill-nextcloud.service"
        unit.write_text(unit.read_text().replace("ProtectHome=yes", "ProtectHome=perhaps"))
        self.assertNotEqual(self.complaints(), [])

    def test_exposure_stays_low(self):
        plain = self.exposure()
        self.assertLessEqual(plain, 1.5)
        self.add_drop_in()
        with_root = self.exposure()
        self.assertGreater(with_root, plain, "the drop-in is not seen: the test proves nothing")
        self.assertLessEqual(with_root, 3.0)


if __name__ == "__main__":
    unittest.main()
