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
TMPFILES = SOURCE / "deploy/systemd/bill-nextcloud.tmpfiles"
LOGROTATE = SOURCE / "deploy/logrotate/bill-nextcloud"
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
        self.assertEqual(service["SystemCallFilter"], ["@system-service", "~@resources"])

    def test_the_folder_of_the_log_is_one_and_its_users(self):
        rotated = re.search(r"^(/\S+)/\*\.log \{$", LOGROTATE.read_text(encoding="utf-8"), re.M)[1]
        service = settings(UNIT)
        self.assertEqual(["/var/log/" + name for name in service["LogsDirectory"]], [rotated])
        made = re.search(rf"^d\s+{rotated}\s+(\d+)\s+(\S+)\s+(\S+)$", TMPFILES.read_text(encoding="utf-8"), re.M)
        self.assertEqual(made.groups(), (service["LogsDirectoryMode"][0], service["User"][0], service["Group"][0]))
        self.assertEqual(int(made[1], 8) & 0o027, 0, "logrotate does not touch what others can write, and clients are in it")

    def test_only_the_main_process_is_told_to_open_a_new_log(self):
        rotation = LOGROTATE.read_text(encoding="utf-8")
        self.assertIn("systemctl reload bill-nextcloud", rotation)
        self.assertEqual(settings(UNIT)["ExecReload"], ["/bin/kill -HUP $MAINPID"])
        # It would be made as root, or by the name of a user that may not be there.
        self.assertRegex(rotation, r"(?m)^    nocreate$")
        self.assertNotRegex(rotation, r"(?m)^    (copytruncate|su )")


@unittest.skipUnless(shutil.which("cmake") and shutil.which("ninja"), "needs CMake")
class InstalledTest(unittest.TestCase):
    def setUp(self):
        temp = tempfile.TemporaryDirectory(prefix="bn-installed-")
        self.addCleanup(temp.cleanup)
        self.root = pathlib.Path(temp.name)
        (self.root / "CMakeLists.txt").write_text(
            f"cmake_minimum_required(VERSION 3.25)\nproject(x NONE)\nadd_subdirectory({SOURCE.resolve()}/deploy deploy)\n")
        self.cmake("-G", "Ninja", "-S", self.root, "-B", self.root / "b")

    def cmake(self, *words, **env):
        subprocess.run(["cmake", *map(str, words)], check=True, stdout=subprocess.DEVNULL, env=dict(os.environ, **env))

    def installed(self, prefix):
        """What an installation puts below the folder `prefix` of an empty host."""
        stage = self.root / "stage"
        self.cmake("--install", self.root / "b", "--prefix", prefix, DESTDIR=str(stage))
        return stage

    def test_logrotate_finds_its_file_and_an_admins_stays(self):
        stage = self.installed("/usr")
        file = stage / "etc/logrotate.d/bill-nextcloud"
        self.assertEqual(file.read_bytes(), LOGROTATE.read_bytes())
        self.assertEqual(file.stat().st_mode & 0o777, 0o644)
        file.write_text("# mine\n")
        self.installed("/usr")
        self.assertEqual(file.read_text(), "# mine\n")

    def test_another_prefix_reaches_nothing_beside_it(self):
        stage = self.installed("/opt/bill-nextcloud")
        self.assertTrue((stage / "opt/bill-nextcloud/etc/logrotate.d/bill-nextcloud").exists())
        self.assertEqual([child.name for child in stage.iterdir()], ["opt"])


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
        self.assertLessEqual(plain, 1.3)
        self.add_drop_in()
        with_root = self.exposure()
        self.assertGreater(with_root, plain, "the drop-in is not seen: the test proves nothing")
        self.assertLess(with_root, 2.0)

    def test_what_is_closed_beside_a_panel_is_not_what_mgrctl_raises_its_limits_by(self):
        said = subprocess.run(["systemd-analyze", "syscall-filter", "@resources"], capture_output=True, text=True, check=True).stdout
        self.assertIn("setpriority", said)
        self.assertNotIn("prlimit64", said)


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("unshare") and shutil.which("setpriv"), "needs root")
class SeesThePanelTest(unittest.TestCase):
    """mgrctl looks for the running panel, another process of root: with more rights than the service has."""

    def seen(self, *who):
        with subprocess.Popen(["sleep", "60"]) as other:
            try:
                return subprocess.run(
                    ["unshare", "--mount", "sh", "-c", f"mount -t proc -o hidepid=2 proc /proc && shift && \"$@\" cat /proc/{other.pid}/cmdline",
                     "sh", "--", *who], capture_output=True, check=False).stdout.decode()
            finally:
                other.kill()

    def test_through_what_protect_proc_leaves_to_the_group_root(self):
        self.assertEqual(settings(UNIT, DROP_IN)["ProtectProc"], ["invisible"])
        self.assertEqual(settings(UNIT, DROP_IN)["Group"][-1], "root")
        if not self.seen("env"):
            self.skipTest("no mount namespaces here")
        few = ["setpriv", "--bounding-set=-all,+dac_override", "--inh-caps=-all"]
        self.assertIn("sleep", self.seen(*few))
        self.assertEqual(self.seen("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"), "", "it would be seen anyway")


if __name__ == "__main__":
    unittest.main()
