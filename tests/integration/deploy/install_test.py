"""deploy/billmanager/install and uninstall, as processes, on folders that look like panel hosts."""

import fcntl
import hashlib
import itertools
import os
import shutil
import subprocess
import unittest

from host import (CONFIG, Checks, DEPLOY, FAMILY, FORMS, INSTALLED, LOGO, MANIFEST, MGR, MODULE, SOURCE, STATE,
                  WEBPAY, picture)

PANEL_FILES = [MODULE, FORMS, LOGO, f"{MGR}/addon/ncsync", f"{MGR}/etc/xml/billmgr_mod_ncsync.xml"]


class InstallTest(Checks):
    # ---- the ordinary way, on every system

    def test_everywhere_twice_and_back(self):
        shapes = (None, "built", "cloned", "copied")
        # The installer does not tell the systems apart but for a line on the screen: each of them
        # with one shape of the Python module, and one of them with all.
        for system, python in [*itertools.product(("alma",), shapes), *zip(("debian", "ubuntu", "astra"), shapes[1:])]:
            with self.subTest(system=system, python=python):
                host = self.host(system, python)
                said = self.done(host.install())
                self.assertIn(FAMILY[system], said)
                self.assert_installed(host)
                untouched = {k: v for k, v in host.before.items() if k in picture(host.root)}
                for name, was in untouched.items():
                    if name not in INSTALLED:
                        self.assertEqual(picture(host.root)[name], was, name)

                once = picture(host.root)
                self.assertIn("everything is in place already", self.done(host.install()))
                self.same_tree(host, once, "the second run")

                self.done(host.uninstall("--purge-config", *(["--restore"] if python else [])))
                self.same_tree(host, host.before, "there and back")
                self.assertFalse((host.base / "mgrctl-was-called").exists(), "--root touches no panel")

    def test_unknown_system_is_warned_of_and_installed(self):
        host = self.host("ID=plan9\n")
        self.assertIn("not known", self.done(host.install()))
        self.assert_installed(host)

    def test_closed_environment_of_astra_is_named(self):
        host = self.host("astra")
        host.write("etc/digsig/digsig_initramfs.conf", "DIGSIG_ELF_MODE=1\n")
        self.assertIn("closed program environment", self.done(host.install()))

    def test_manifest_tells_the_truth(self):
        host = self.host("alma", "built")
        self.done(host.install())
        lines = [l.split(" ", 3) for l in host.path(MANIFEST).read_text().splitlines() if l.startswith("file ")]
        self.assertEqual({l[3].lstrip("/") for l in lines}, set(INSTALLED) - {CONFIG, MANIFEST})
        for _, checksum, mode, target in lines:
            data = (host.root / target.lstrip("/")).read_bytes()
            self.assertEqual(checksum, hashlib.sha256(data).hexdigest())
            self.assertEqual(int(mode, 8), INSTALLED[target.lstrip("/")])

    def test_update(self):
        host = self.host()
        self.done(host.install())
        host.make_programs("2")
        said = self.done(host.install())
        self.assertIn("an earlier version of ours", said)
        self.assert_installed(host)
        self.done(host.uninstall("--purge-config"))
        self.same_tree(host, host.before)

    def test_wrong_mode_and_lost_file_are_mended(self):
        host = self.host()
        self.done(host.install())
        host.path(MODULE).chmod(0o777)
        host.path(FORMS).unlink()
        self.done(host.install())
        self.assert_installed(host)

    def test_what_restarts_nothing_asks_nothing_changes_nothing(self):
        host = self.host("debian", "built")
        self.assertIn("+ ", self.done(host.install("--dry-run", yes=False)))
        self.same_tree(host, host.before, "dry run")
        self.assertIn("--yes", self.done(host.install(yes=False), 1))
        self.same_tree(host, host.before, "no terminal, no --yes")
        self.done(host.install())
        after = picture(host.root)
        self.assertIn("- ", self.done(host.uninstall("--restore", "--dry-run", yes=False)))
        self.done(host.uninstall(yes=False), 1)
        self.same_tree(host, after)

    # ---- the payment module

    def test_the_payment_module_comes_when_it_is_asked_for_and_is_remembered(self):
        host = self.host()
        theirs = host.write(f"{MGR}/paymethods/pmcash", "#!/bin/sh\n", 0o750)
        before = picture(host.root)
        self.done(host.install())
        self.assert_installed(host)
        said = self.done(host.install("--webpay"))
        self.assertIn("docs/how-to/webpay.md", said)
        self.assert_installed(host, webpay=True)
        for name in WEBPAY:
            if not name.endswith((".xml", ".png")):
                self.assertEqual(host.path(name).read_bytes(), (host.programs / "pmwebpay").read_bytes(), name)
        once = picture(host.root)
        self.assertIn("in place already", self.done(host.install()))
        self.same_tree(host, once)
        host.make_programs("2")
        self.done(host.install())
        self.assert_installed(host, webpay=True)
        self.assertIn("pmwebpay 2", host.path(f"{MGR}/cgi/webpayresult").read_text())
        self.done(host.uninstall("--purge-config"))
        self.same_tree(host, before)
        self.assertTrue(theirs.exists())

    def test_the_payment_module_goes_alone(self):
        host = self.host()
        self.done(host.install())
        without = picture(host.root)
        self.done(host.uninstall("--webpay"), 1)
        self.same_tree(host, without, "it was not there")
        self.done(host.install("--webpay"))
        self.done(host.uninstall("--webpay", "--restore"), 1)
        said = self.done(host.uninstall("--webpay"))
        self.assertNotIn("var/lib/bill-nextcloud", said, "nothing is said of leaving all")
        now = picture(host.root)
        # The manifest was written anew; the rest is as if it had never come.
        now.pop(MANIFEST), without.pop(MANIFEST)
        self.assertEqual(sorted(now), sorted(without))
        self.assertEqual({k for k in now if now[k] != without[k]}, set())
        self.assert_installed(host)
        self.assertIn("in place already", self.done(host.install()), "it is forgotten")
        self.assert_installed(host)
        self.done(host.uninstall("--purge-config"))
        self.same_tree(host, host.before)

    def test_a_payment_page_of_somebody_else_is_refused(self):
        host = self.host()
        theirs = host.write(f"{MGR}/cgi/webpayresult", "#!/usr/bin/php\n", 0o750)
        before = picture(host.root)
        self.assertIn("belongs to somebody else", self.done(host.install("--webpay"), 1))
        self.same_tree(host, before)
        self.done(host.install())
        self.assertEqual(theirs.read_text(), "#!/usr/bin/php\n")
        self.assertTrue(host.path(MODULE).exists())
        self.assertFalse(host.path(f"{MGR}/paymethods/pmwebpay").exists())

    def test_a_payment_module_that_does_not_start_is_refused(self):
        host = self.host()
        (host.programs / "pmwebpay").write_text("#!/bin/sh\necho no such library >&2\nexit 1\n", encoding="utf-8")
        self.assertIn("no such library", self.done(host.install("--webpay"), 1))
        self.same_tree(host, host.before)

    # ---- a controller on another host

    KEY = "0123456789abcdef" * 4
    LINK, KEY_FILE, SETTINGS = (f"{MGR}/{name}" for name in
                                ("libexec/bill-nextcloud/nclink", "etc/pmnextcloud.key", "etc/pmnextcloud.conf"))
    HERE_ONLY = [name for name in INSTALLED if name.startswith(("usr/sbin/", "etc/"))]

    def answering(self, host, answer="<doc><ok/></doc>"):
        """The module's program says that, and notes what it was asked and where."""
        program = host.programs / "pmnextcloud"
        program.write_text(f'#!/bin/sh\necho "$BN_PANEL_ROOT $*" >>{host.base}/asked\necho "{answer}"\n', encoding="utf-8")
        return ["--controller", "ctl.example.com:9449", "--key-file", "-"]

    def test_a_controller_on_another_host_is_set_up_and_goes_again(self):
        host = self.host()
        asks = self.answering(host)
        said = self.done(host.install(*asks, said=self.KEY + "\n"))
        self.assertIn("answers the module", said)
        self.assertIn(f"{host.root}/{MGR} --command ping", (host.base / "asked").read_text())
        self.assertEqual(host.path(self.KEY_FILE).read_text(), self.KEY + "\n")
        self.assertEqual(host.path(self.SETTINGS).read_text(),
                         "controller = ctl.example.com:9449\nkey_file = etc/pmnextcloud.key\n")
        for name, mode in ((self.KEY_FILE, 0o600), (self.SETTINGS, 0o644), (self.LINK, 0o750), (MODULE, 0o750)):
            self.assertEqual(host.path(name).stat().st_mode & 0o777, mode, name)
        for name in self.HERE_ONLY:
            self.assertFalse(host.path(name).exists(), f"{name} is for a controller of this host")
        self.assertNotIn(self.KEY, said)
        once = picture(host.root)
        self.assertIn("in place already", self.done(host.install()), "an update remembers it, and needs no key")
        self.done(host.install(*asks, said=self.KEY + "\n"))
        self.same_tree(host, once)
        host.path(self.KEY_FILE).write_text("changed by hand\n")
        self.done(host.uninstall())
        self.same_tree(host, host.before, "no key is left behind")

    def test_a_new_key_and_settings_of_somebody_else(self):
        host = self.host()
        theirs = host.write(self.SETTINGS, "wait = 20s\ncontroller = former:1\n")
        asks = self.answering(host)
        self.done(host.install(*asks[:2], "--key-file", host.write("tmp/key", self.KEY)))
        merged = "wait = 20s\ncontroller = ctl.example.com:9449\nkey_file = etc/pmnextcloud.key\n"
        self.assertEqual(theirs.read_text(), merged)
        new = self.KEY[::-1]
        self.done(host.install(*asks, said=new))
        self.assertEqual(host.path(self.KEY_FILE).read_text(), new + "\n")
        self.done(host.uninstall())
        self.assertEqual(theirs.read_text(), merged, "their file stays")
        self.assertFalse(host.path(self.KEY_FILE).exists())

    def test_a_controller_that_does_not_answer_is_named(self):
        host = self.host()
        asks = self.answering(host, "<doc><error><msg>nobody listens there</msg></error></doc>")
        self.assertIn("does not answer the module: nobody listens there", self.done(host.install(*asks, said=self.KEY), 2))
        self.assertTrue(host.path(self.LINK).exists())

    def test_what_is_no_address_or_no_key_changes_nothing(self):
        host = self.host()
        self.answering(host)
        key = str(host.write("tmp/key", self.KEY))
        before = picture(host.root)
        for arguments, said, what in ((["--controller", "ctl", "--key-file", key], "", "HOST:PORT"),
                                      (["--controller", "ctl:1"], "", "--key-file"),
                                      (["--key-file", key], "", "--controller"),
                                      (["--controller", "ctl:1", "--key-file", "-"], "abc", "64 hexadecimal"),
                                      (["--controller", "ctl:1", "--key-file", "-"], "", "no key"),
                                      (["--controller", "ctl:1", "--key-file", "/nowhere"], "", "there is no file")):
            self.assertIn(what, self.done(host.install(*arguments, said=said), 1))
            self.same_tree(host, before, what)

    def test_a_second_controller_here_is_warned_of(self):
        host = self.host()
        self.done(host.install())
        asks = self.answering(host)
        self.assertIn("two must not serve one panel", self.done(host.install(*asks, said=self.KEY)))
        self.done(host.uninstall("--purge-config"))
        self.same_tree(host, host.before)

    # ---- the Python module

    def test_python_module_is_kept_whole(self):
        host = self.host("ubuntu", "built")
        self.done(host.install())
        kept, = host.path(STATE).glob("replaced-*")
        self.assertEqual(oct(kept.stat().st_mode & 0o777), oct(0o700))
        # The panel rebuilds a module from src/ when the installed one does not answer at its start.
        self.assertFalse(host.path(f"{MGR}/src/pmnextcloud").exists())
        copies = picture(kept / "files")
        for name, was in host.before.items():
            if "pmnextcloud" in name and "pmvm" not in name:
                self.assertEqual(copies[name], was, name)

    def test_without_restore_the_copy_stays_and_serves_later(self):
        host = self.host("debian", "copied")
        self.done(host.install())
        self.done(host.uninstall("--purge-config"))
        self.assertFalse(host.path(MODULE).exists())
        kept, = host.path(STATE).glob("replaced-*")
        self.done(host.install())
        self.done(host.uninstall("--purge-config", "--restore", kept))
        self.same_tree(host, host.before)

    def test_restore_leaves_the_copy_of_an_admin_as_it_is(self):
        host = self.host("debian", "built")
        self.done(host.install())
        kept, = host.path(STATE).glob("replaced-*")
        own = host.base / "own backup"
        shutil.move(kept, own)
        copy = picture(own)
        self.done(host.uninstall("--purge-config", "--restore", own))
        self.same_tree(host, host.before)
        self.assertEqual(picture(own), copy)

    def test_restore_refuses_when_there_is_nothing_or_something_in_the_way(self):
        host = self.host()
        self.done(host.install())
        after = picture(host.root)
        self.assertIn("no Python module was replaced", self.done(host.uninstall("--restore"), 1))
        self.same_tree(host, after)

        host = self.host("debian", "built")
        self.done(host.install())
        host.path(FORMS).write_text("<mine/>")
        after = picture(host.root)
        self.assertIn("stand in the way", self.done(host.uninstall("--restore"), 1))
        self.same_tree(host, after)

    def test_python_module_installed_over_ours_is_replaced_again(self):
        host = self.host()
        self.done(host.install())
        host.path(MODULE).unlink()
        host.path(MODULE).symlink_to("/root/bill-nextcloud/src/pmnextcloud.py")
        host.path(FORMS).write_text('<plugin name="pmnextcloud"><author>BILLmanager team</author></plugin>')
        self.done(host.install())
        self.assert_installed(host)

    # ---- what is not ours

    def test_foreign_files_are_refused(self):
        for name in PANEL_FILES:
            with self.subTest(name=name):
                host = self.host()
                host.write(name, "\x7fELF somebody else's\n", 0o755)
                before = picture(host.root)
                said = self.done(host.install(), 1)
                self.assertIn(name, said)
                self.assertIn("belongs to somebody else", said)
                self.same_tree(host, before)

    def test_foreign_forms_are_refused_even_beside_a_python_module(self):
        host = self.host("debian", "built")
        host.path(FORMS).write_text('<mgrdata><plugin name="pmnextcloud"/></mgrdata>')
        before = picture(host.root)
        self.assertIn("belongs to somebody else", self.done(host.install(), 1))
        self.same_tree(host, before)

    def test_own_file_that_was_edited_is_refused_then_left(self):
        host = self.host()
        self.done(host.install())
        with host.path(FORMS).open("a", encoding="utf-8") as file:
            file.write("<!-- our wording -->\n")
        host.make_programs("2")
        before = picture(host.root)
        self.assertIn("changed since", self.done(host.install(), 1))
        self.same_tree(host, before)
        said = self.done(host.uninstall("--purge-config"), 2)
        self.assertIn("it is left", said)
        left = {k for k in picture(host.root) if k not in host.before}
        self.assertEqual(left, {FORMS})

    def test_program_and_unit_of_a_package_are_left_alone(self):
        host = self.host()
        host.write("usr/sbin/bill-nextcloud", "#!/bin/sh\n# of a package\n", 0o755)
        host.write("etc/systemd/system/bill-nextcloud.service", "[Service]\n")
        before = picture(host.root)
        said = self.done(host.install())
        self.assertEqual(said.count("it is left as it is"), 2, said)
        for name in ("usr/sbin/bill-nextcloud", "etc/systemd/system/bill-nextcloud.service"):
            self.assertEqual(picture(host.root)[name], before[name])
            self.assertNotIn(f" /{name}\n", host.path(MANIFEST).read_text())
        self.assertIn("everything is in place already", self.done(host.install()))
        self.done(host.uninstall("--purge-config"))
        self.same_tree(host, before)

    def test_links_do_not_lead_out_of_the_root(self):
        host = self.host()
        outside = host.base / "outside"
        outside.mkdir()
        shutil.rmtree(host.path(f"{MGR}/addon"))
        host.path(f"{MGR}/addon").symlink_to(outside)
        self.assertIn("symbolic link", self.done(host.install(), 1))
        self.assertEqual(list(outside.iterdir()), [])

    # ---- refusals that come first

    def test_no_panel(self):
        host = self.host()
        shutil.rmtree(host.path(MGR))
        before = picture(host.root)
        said = self.done(host.install(), 1)
        self.assertIn("there is no BILLmanager", said)
        self.assertIn("--prefix-mgr", said)
        self.same_tree(host, before)

    def test_program_that_does_not_start_here(self):
        for name in ("pmnextcloud", "bill-nextcloud"):
            with self.subTest(name=name):
                host = self.host()
                (host.programs / name).write_text("#!/bin/sh\necho 'GLIBC_2.36 not found' >&2\nexit 127\n")
                said = self.done(host.install(), 1)
                self.assertIn("does not start on this system", said)
                self.assertIn("GLIBC_2.36", said)
                self.same_tree(host, host.before)
                self.done(host.install("--skip-start-check"))

    def test_missing_program_and_bad_options(self):
        host = self.host()
        (host.programs / "ncsync").unlink()
        self.assertIn("no program ncsync", self.done(host.install(), 1))
        self.assertIn("unknown option", self.done(host.install("--force"), 1))
        self.assertIn("absolute path", self.done(host.install("--prefix-mgr", "mgr5"), 1))
        self.assertIn("other than letters", self.done(host.install("--prefix-mgr", "/opt/a & b"), 1))
        self.assertIn("nothing of ours is installed", self.done(host.uninstall(), 1))
        self.same_tree(host, host.before)

    def test_programs_of_an_installed_tree_are_found(self):
        host = self.host()
        stage = host.base / "stage"
        for name, folder in (("pmnextcloud", "libexec/bill-nextcloud"), ("ncsync", "libexec/bill-nextcloud"),
                             ("bill-nextcloud", "sbin")):
            (stage / folder).mkdir(parents=True, exist_ok=True)
            shutil.copy(host.programs / name, stage / folder)
        self.done(host._run(DEPLOY / "install", "--bin", stage, "--yes"))
        self.assert_installed(host)

    def test_one_at_a_time(self):
        host = self.host()
        host.path(STATE).mkdir()
        with open(host.path(f"{STATE}/lock"), "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertIn("another install", self.done(host.install(), 1))
        self.done(host.install())

    # ---- configuration and variants

    def test_configuration_is_written_once_and_stays(self):
        host = self.host()
        self.done(host.install())
        text = host.path(CONFIG).read_text()
        self.assertIn(f'from = "/{MGR}/etc/billmgr.conf.d/db.conf"', text)
        self.assertIn(f'\ncrypt_key = "/{MGR}/etc/billmgr.pem"', text)
        self.assertIn('policy = "observe"', text)
        self.assertIn('api = "mgrctl"', text)
        self.assertIn('socket = "/run/bill-nextcloud/control.sock"', text)
        host.path(CONFIG).write_text("# mine\n")
        host.make_programs("2")
        self.done(host.install())
        self.done(host.uninstall())
        self.assertEqual(host.path(CONFIG).read_text(), "# mine\n")

    def test_configuration_follows_the_panel(self):
        host = self.host()
        shutil.rmtree(host.path(f"{MGR}/etc/billmgr.conf.d"))
        host.write(f"{MGR}/etc/billmgr.conf", "DBHost localhost\n")
        host.path(f"{MGR}/etc/billmgr.pem").unlink()
        self.done(host.install())
        text = host.path(CONFIG).read_text()
        self.assertIn(f'from = "/{MGR}/etc/billmgr.conf"', text)
        self.assertIn("\n# crypt_key = ", text)

    def test_configuration_is_one_that_the_program_takes(self):
        for options in ((), ("--unprivileged",)):
            with self.subTest(options=options):
                host = self.host()
                subprocess.run(["openssl", "genrsa", "-out", host.path(f"{MGR}/etc/billmgr.pem"), "2048"],
                               stderr=subprocess.DEVNULL, check=True)
                host.write(f"{MGR}/etc/billmgr.conf.d/db.conf", f"DBHost localhost\nDBSocket {host.base}/none.sock\n")
                self.done(host.install(*options))
                # Its paths are of the live system.
                text = host.path(CONFIG).read_text()
                for folder in (MGR, "var/lib/bill-nextcloud", "run/bill-nextcloud"):
                    host.path(folder).mkdir(parents=True, exist_ok=True)
                    text = text.replace(f"/{folder}", f"{host.root}/{folder}")
                config = host.base / "config.toml"
                config.write_text(text)
                said = self.check_config(config)
                self.assertNotRegex(said, r"config\.toml:\d+")
                self.assertIn("none.sock", said)
                config.write_text(text + "\n[nonsense]\nkey = 1\n")
                self.assertRegex(self.check_config(config), r"unknown section \[nonsense\]\n.*correct line \d+ of .*config\.toml")

    def check_config(self, config):
        return subprocess.run([os.environ["BN_BIN"], "check", "--config", config], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=120,
                              check=False).stdout

    def test_panel_in_another_folder(self):
        host = self.host(mgr="opt/panel-2/mgr5", python="built")
        self.done(host.install())
        unit = host.path("etc/systemd/system/bill-nextcloud.service.d/billmanager.conf").read_text()
        self.assertIn("/opt/panel-2/mgr5/var", unit)
        self.assertNotIn("/usr/local/mgr5", unit)
        self.assertIn("everything is in place already", self.done(host.install()))
        self.done(host.uninstall("--restore", "--purge-config"))
        self.same_tree(host, host.before)

    def test_unprivileged_has_no_drop_in(self):
        host = self.host()
        self.done(host.install("--unprivileged"))
        self.assertFalse(host.path("etc/systemd/system/bill-nextcloud.service.d").exists())
        self.assertIn('api = "off"', host.path(CONFIG).read_text())
        self.assertTrue(host.path("etc/systemd/system/bill-nextcloud.service").exists())

    def test_installed_uninstall_works_by_itself(self):
        host = self.host("alma", "built")
        self.done(host.install())
        script = host.path("usr/share/bill-nextcloud/billmanager/uninstall")
        self.done(host._run(script, "--yes", "--restore", "--purge-config"))
        self.same_tree(host, host.before)

    # ---- the scripts themselves

    def test_shellcheck(self):
        if not shutil.which("shellcheck"):
            self.skipTest("shellcheck is not installed")
        scripts = [f"deploy/billmanager/{name}" for name in ("install", "uninstall", "lib.sh")]
        ran = subprocess.run(["shellcheck", "-x", *scripts], cwd=SOURCE, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, encoding="utf-8", check=False)
        self.assertEqual(ran.returncode, 0, ran.stdout)

    def test_help(self):
        for script, options in (("install", ("--root", "--prefix-mgr", "--dry-run", "--yes", "--unprivileged")),
                                ("uninstall", ("--restore", "--purge-config", "--root", "--dry-run"))):
            ran = subprocess.run([DEPLOY / script, "--help"], stdout=subprocess.PIPE, encoding="utf-8", check=True)
            for option in options:
                self.assertIn(option, ran.stdout)


if __name__ == "__main__":
    unittest.main()
