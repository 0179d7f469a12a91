"""Debian's packages, as far as it can be seen without making them (dev/check-packages does): what the maintainer scripts do, and that they
speak of the files and folders that are there."""

import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

from host import Checks, CONFIG, INSTALLED, MANIFEST, SOURCE, picture

DEBIAN = SOURCE / "deploy/debian"
BIN = os.environ["BN_BIN"]
GOLDEN = SOURCE / "tests/golden/stores"
PACKAGED = "usr/share/bill-nextcloud/billmanager"


def script(package, name):
    return (DEBIAN / package / name).read_text(encoding="utf-8")


class Lists(unittest.TestCase):
    def test_what_is_an_admins_to_change_is_known_to_dpkg(self):
        rules = (SOURCE / "deploy/CMakeLists.txt").read_text(encoding="utf-8")
        installed = re.findall(r'NOT EXISTS "?\\?"?\\\$ENV\{DESTDIR\}\\\$\{etc\}(/[\w/.-]+)\\"', rules)
        self.assertEqual(["/etc" + name for name in installed], (DEBIAN / "bill-nextcloud/conffiles").read_text().split())

    def test_purge_keeps_events_and_knows_all_other_folders(self):
        made = set(re.findall(r"^d\s+(\S+)", (SOURCE / "deploy/systemd/bill-nextcloud.tmpfiles").read_text(encoding="utf-8"), re.M))
        text = script("bill-nextcloud", "postrm").split("purge)")[1]
        removed = set(re.search(r"rm -rf (.*)", text)[1].split())
        kept = set(re.search(r"for kept in (.*); do", text)[1].split())
        self.assertEqual(removed | kept, made)
        self.assertEqual(kept, {name for name in made if name.startswith("/var/lib/")})

    def test_an_overridden_complaint_has_its_reason(self):
        for file in DEBIAN.glob("*/lintian-overrides"):
            self.assertTrue(file.read_text().startswith("# "), file)

    def test_every_script_is_shell_that_dash_can_run_and_stops_at_errors(self):
        for file in DEBIAN.glob("*/p*"):
            with self.subTest(file.name):
                text = file.read_text(encoding="utf-8")
                self.assertTrue(text.startswith("#!/bin/sh\n"))
                self.assertIn("\nset -e\n", text)
                self.assertTrue(os.access(file, os.X_OK))
                if shutil.which("shellcheck"):
                    subprocess.run(["shellcheck", str(file)], check=True)


class Before(unittest.TestCase):
    """preinst: a store that is too new for the package is refused before anything is replaced."""

    def setUp(self):
        temp = tempfile.TemporaryDirectory(prefix="bn-package-")
        self.addCleanup(temp.cleanup)
        self.dir = pathlib.Path(temp.name)
        self.store = self.dir / "events.db"
        self.config = self.dir / "config.toml"
        self.config.write_text(f'[panel]\nsocket = "/nowhere"\n\n[store]\npath = "{self.store}"\nkey_file = "{self.dir}/seal.key"\n\n[http]\nlisten = ""\n')
        self.preinst = self.dir / "preinst"
        self.preinst.write_text(script("bill-nextcloud", "preinst").replace("/etc/bill-nextcloud/config.toml", str(self.config)))
        (self.dir / "store-reader").write_text(f'#!/bin/sh\nexec "{BIN}" "$@"\n')

    def make_store(self):
        with sqlite3.connect(self.store) as db:
            db.executescript((GOLDEN / "store-0.1.0.sql").read_text(encoding="utf-8"))
        db.close()
        shutil.copy(GOLDEN / "store-0.1.0.key", self.dir / "seal.key")
        (self.dir / "seal.key").chmod(0o600)

    def change(self, text):
        with sqlite3.connect(self.store) as db:
            db.executescript(text)
        db.close()

    def run_it(self, *words, code=0):
        done = subprocess.run(["sh", str(self.preinst), *words], capture_output=True, text=True, check=False, timeout=120)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_what_it_can_read_goes_in_and_is_not_touched(self):
        self.make_store()
        before = self.store.read_bytes()
        self.assertEqual(self.run_it("upgrade", "0.0.9-1"), "")
        self.assertEqual(self.store.read_bytes(), before)

    def test_a_newer_schema_is_refused(self):
        self.make_store()
        self.change("PRAGMA user_version = 99")
        for words in (("upgrade", "9.9.9-1"), ("install", "9.9.9-1"), ("install",)):
            self.assertIn("written by a newer version", self.run_it(*words, code=1))

    def test_an_event_of_a_newer_version_is_refused(self):
        self.make_store()
        self.change("UPDATE events SET kind = 'item.from_the_future' WHERE position = (SELECT max(position) FROM events)")
        self.assertIn("nothing was changed", self.run_it("upgrade", "9.9.9-1", code=1))

    def test_what_is_wrong_otherwise_is_the_services_to_say(self):
        self.assertEqual(self.run_it("upgrade", "0.0.9-1"), "", "there is no store yet")
        self.make_store()
        self.change("UPDATE events SET at_ms = at_ms + 1 WHERE position = 3")
        self.assertEqual(self.run_it("upgrade", "0.0.9-1"), "")

    def test_a_setting_that_one_of_both_does_not_know_hides_nothing(self):
        self.make_store()
        self.config.write_text(self.config.read_text() + "[of_the_future]\nkey = 1\n")
        self.assertEqual(self.run_it("upgrade", "0.0.9-1"), "")
        self.change("PRAGMA user_version = 99")
        self.run_it("upgrade", "0.0.9-1", code=1)

    def test_what_is_not_known_is_said_and_goes_on(self):
        self.make_store()
        (self.dir / "store-reader").write_text("#!/bin/sh\necho libsomething.so.9: cannot open shared object file\nexit 127\n")
        self.assertIn("it is not known whether", self.run_it("upgrade", "0.0.9-1"))
        self.store.write_text("of another program")
        self.assertIn("it is not known whether", self.run_it("upgrade", "0.0.9-1"))

    def test_a_way_back_is_never_barred(self):
        self.make_store()
        self.change("PRAGMA user_version = 99")
        self.run_it("abort-upgrade", "9.9.9-1")


class Service(unittest.TestCase):
    """What the scripts do with the service, where systemd runs: here a stand-in that writes down what it is asked."""

    def setUp(self):
        temp = tempfile.TemporaryDirectory(prefix="bn-package-")
        self.addCleanup(temp.cleanup)
        self.dir = pathlib.Path(temp.name)
        (self.dir / "bin").mkdir()
        (self.dir / "run/systemd/system").mkdir(parents=True)
        for name in ("systemctl", "deb-systemd-invoke", "systemd-sysusers", "systemd-tmpfiles"):
            stand_in = self.dir / "bin" / name
            stand_in.write_text(f'#!/bin/sh\necho {name} "$@" >>"{self.dir}/asked"\nfor word; do [ ! -e "{self.dir}/no-$word" ] || exit 1; done\n')
            stand_in.chmod(0o755)

    def asked(self, name, *words, no=(), config=True, systemd=True):
        """The lines of what a script asks for; `no`: what is answered with no (is-active, is-enabled)."""
        text = script("bill-nextcloud", name)
        for folder in ("/run/systemd", "/etc", "/var"):
            text = text.replace(f" {folder}/", f" {self.dir}{folder}/").replace(f"={folder}/", f"={self.dir}{folder}/")
        (self.dir / "script").write_text(text)
        for word in ("is-active", "is-enabled", "restart"):
            (self.dir / f"no-{word}").unlink(missing_ok=True)
        for word in no:
            (self.dir / f"no-{word}").touch()
        file = self.dir / "etc/bill-nextcloud/config.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch() if config else file.unlink(missing_ok=True)
        if not systemd:
            shutil.rmtree(self.dir / "run", ignore_errors=True)
        (self.dir / "asked").write_text("")
        done = subprocess.run(["sh", str(self.dir / "script"), *words], capture_output=True, text=True, check=False,
                              env={"PATH": f"{self.dir}/bin:/usr/bin:/bin"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.said = done.stdout + done.stderr
        return (self.dir / "asked").read_text()

    def test_one_that_runs_goes_on_with_the_new_program_and_no_other_is_started(self):
        restart = "deb-systemd-invoke restart bill-nextcloud.service"
        self.assertIn(restart, self.asked("postinst", "configure", "0.0.9-1"))
        self.assertIn(restart, self.asked("postinst", "configure", "0.0.9-1", no=["is-active"]), "switched on, and configured")
        self.assertNotIn(restart, self.asked("postinst", "configure", "", no=["is-active", "is-enabled"]))
        self.assertNotIn(restart, self.asked("postinst", "configure", "", no=["is-active"], config=False))
        self.assertIn("Set it up", self.said)
        self.assertNotIn("enable ", self.asked("postinst", "configure", ""))
        self.assertNotIn("deb-systemd-invoke", self.asked("postinst", "abort-remove"))

    def test_one_that_does_not_start_is_named_and_does_not_fail_the_package(self):
        self.asked("postinst", "configure", "0.0.9-1", no=["restart"])
        self.assertIn("journalctl", self.said)

    def test_it_is_stopped_to_be_removed_and_not_to_be_replaced(self):
        self.assertEqual(self.asked("prerm", "upgrade", "9.9.9-1"), "")
        self.assertIn("deb-systemd-invoke stop", self.asked("prerm", "remove"))

    def test_without_systemd_user_and_folders_are_all(self):
        asked = self.asked("postinst", "configure", "0.0.9-1", systemd=False)
        self.assertEqual([line.split()[0] for line in asked.splitlines()], ["systemd-sysusers", "systemd-tmpfiles"])
        self.assertEqual(self.asked("prerm", "remove"), "")

    def test_purge_keeps_the_events_and_says_so(self):
        kept = self.dir / "var/lib/bill-nextcloud/events.db"
        kept.parent.mkdir(parents=True)
        kept.touch()
        (self.dir / "var/lib/bill-nextcloud-anchor").mkdir()
        self.asked("postrm", "purge")
        self.assertTrue(kept.exists())
        self.assertFalse((self.dir / "var/lib/bill-nextcloud-anchor").exists(), "an empty folder is nothing to keep")
        self.assertFalse((self.dir / "etc/bill-nextcloud").exists())
        self.assertIn(f"rm -r {kept.parent}", self.said)
        self.asked("postrm", "remove")
        self.assertTrue((self.dir / "etc/bill-nextcloud/config.toml").exists())


class Panel(Checks):
    """The installer, where packages have brought it: the package's files are the package's."""

    def packaged(self, host):
        with tempfile.TemporaryDirectory(prefix="bn-package-") as temp:
            work = pathlib.Path(temp)
            (work / "CMakeLists.txt").write_text(
                f"cmake_minimum_required(VERSION 3.25)\nproject(x NONE)\nadd_subdirectory({SOURCE.resolve()}/deploy deploy)\n")
            for words in (["-S", temp, "-B", f"{temp}/b", "-G", "Ninja"],
                          *(["--install", f"{temp}/b", "--component", name, "--prefix", "/usr"] for name in ("controller", "billmanager"))):
                subprocess.run(["cmake", *words], check=True, stdout=subprocess.DEVNULL, env=dict(os.environ, DESTDIR=str(host.root)))
        shutil.copy(host.programs / "bill-nextcloud", host.path("usr/sbin/bill-nextcloud"))
        return picture(host.root)

    def run_packaged(self, host, tool, *words):
        return host._run(host.path(f"{PACKAGED}/{tool}"), "--yes", *words)

    def test_it_does_the_panels_part_alone_and_back(self):
        host = self.host()
        before = self.packaged(host)
        self.done(self.run_packaged(host, "install", "--bin", host.programs))
        new = {name for name in picture(host.root).keys() - before.keys() if host.path(name).is_file()}
        of_packages = {name for name in INSTALLED if name.startswith(("usr/sbin/", "usr/share/"))} | {"etc/systemd/system/bill-nextcloud.service"}
        self.assertEqual(new - {name for name in new if name.endswith("/lock")}, INSTALLED.keys() - of_packages)
        self.assertIn("everything is in place already", self.done(self.run_packaged(host, "install", "--bin", host.programs)))
        self.done(self.run_packaged(host, "uninstall", "--purge-config"))
        self.same_tree(host, before)

    def test_what_a_former_installation_put_where_the_packages_are_is_theirs_now(self):
        host = self.host()
        self.done(host.install())
        before = self.packaged(host)
        self.done(self.run_packaged(host, "install", "--bin", host.programs))
        self.assertFalse(host.path("etc/systemd/system/bill-nextcloud.service").exists(), "it would hide the package's")
        manifest = host.path(MANIFEST).read_text()
        files = [line for line in manifest.splitlines() if line.startswith("file ")]
        for theirs in (" /usr/sbin/", " /usr/share/", "/bill-nextcloud.service"):
            self.assertEqual([line for line in files if theirs in line and not line.endswith("billmanager.conf")], [])
        self.done(self.run_packaged(host, "uninstall"))
        for kept in ("usr/sbin/bill-nextcloud", f"{PACKAGED}/uninstall", f"{PACKAGED}/lib.sh", CONFIG):
            self.assertEqual(picture(host.root)[kept], before[kept])


if __name__ == "__main__":
    unittest.main()
