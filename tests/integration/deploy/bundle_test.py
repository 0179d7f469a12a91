"""The scripts of the bundle, on trees with a few small files in the place of a real bundle (dev/check-bundle has one): what goes where,
what is refused, what comes back."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from host import SOURCE

BUNDLE = SOURCE / "deploy/bundle"
TOOLS = "libexec/bill-nextcloud/bundle"
UNIT = "lib/systemd/system/bill-nextcloud.service"
ROTATE = "etc/logrotate.d/bill-nextcloud"
PROGRAM = "sbin/bill-nextcloud"
OPT = "opt/bill-nextcloud"


@unittest.skipUnless(os.geteuid() == 0, "needs root: files become root's, and the user's")
class Bundle(unittest.TestCase):
    def setUp(self):
        self._temp = tempfile.TemporaryDirectory(prefix="bn-bundle-")
        self.addCleanup(self._temp.cleanup)
        self.folder = pathlib.Path(self._temp.name)
        self.root = self.folder / "root"
        for name in ("etc", "usr/sbin"):
            (self.root / name).mkdir(parents=True)
        self.write("etc/passwd", "root:x:0:0::/root:/bin/sh\nsomebody:x:998:998::/:/bin/sh\n")
        self.write("etc/group", "root:x:0:\nsomebody:x:998:\n")
        self.first = self.bundle("first", {PROGRAM: "first", UNIT: "[Unit] # first", ROTATE: "daily", "share/man/man1/gone.1": "page"})
        self.second = self.bundle("second", {PROGRAM: "second", UNIT: "[Unit] # second", ROTATE: "weekly"})

    def write(self, name, text):
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def bundle(self, name, files):
        place = self.folder / name
        tree = place / "bill-nextcloud"
        own = tree / TOOLS
        own.mkdir(parents=True)
        shutil.copy(BUNDLE / "install", place)
        shutil.copy(BUNDLE / "uninstall", tree)
        shutil.copy(BUNDLE / "lib.sh", own)
        (own / "format").write_text("tar.gz\n", encoding="utf-8")
        kinds = {"sbin": "link /usr/", "share": "link /usr/", "lib": "copy /usr/", "etc": "keep /"}
        (own / "host-files").write_text("".join(f"{kinds[f.split('/')[0]]}{f} {f}\n" for f in files), encoding="utf-8")
        files = {**files, "lib/tmpfiles.d/bill-nextcloud.conf": (SOURCE / "deploy/systemd/bill-nextcloud.tmpfiles").read_text(encoding="utf-8")}
        for file, text in files.items():
            (tree / file).parent.mkdir(parents=True, exist_ok=True)
            (tree / file).write_text(text, encoding="utf-8")
        return place

    def run_script(self, script, *words, code=0):
        done = subprocess.run([script, "--root", self.root, *words], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def install(self, place, *words, code=0):
        return self.run_script(place / "install", *words, code=code)

    def uninstall(self, *words):
        return self.run_script(self.root / OPT / "uninstall", *words)

    def read(self, name):
        path = self.root / name
        return os.readlink(path) if path.is_symlink() else path.read_text(encoding="utf-8")

    def picture(self):
        ours = {"etc/bill-nextcloud", "var", "var/lib", "var/log", "var/lib/bill-nextcloud", "var/lib/bill-nextcloud-anchor",
                "var/log/bill-nextcloud"}
        found = {str(p.relative_to(self.root)): p.lstat().st_mode for p in self.root.rglob("*")}
        return {name: mode for name, mode in found.items() if name not in ours}

    def test_goes_in_and_out(self):
        before = self.picture()
        self.assertIn("dry run", self.install(self.first, "--dry-run"))
        self.assertEqual(self.picture(), before)
        said = self.install(self.first)
        self.assertEqual(self.read("usr/" + PROGRAM), f"/{OPT}/{PROGRAM}")
        self.assertEqual(self.read("usr/" + UNIT), "[Unit] # first")
        self.assertEqual(self.read(ROTATE), "daily")
        for name in ("usr/" + PROGRAM, "usr/" + UNIT, ROTATE, OPT):
            self.assertIn(f"+ {self.root}/{name}", said)
        removed = self.uninstall()
        self.assertEqual(self.picture(), before)
        self.assertIn(f"kept: {self.root}/var/lib/bill-nextcloud. Nobody else knows", removed)

    def test_user_and_folders(self):
        self.install(self.first)
        self.assertIn("bill-nextcloud:x:997:997:", self.read("etc/passwd"))  # 998 is taken
        self.assertIn("bill-nextcloud:x:997:", self.read("etc/group"))
        self.install(self.second)
        self.assertEqual(self.read("etc/passwd").count("bill-nextcloud:x:"), 1)
        for folder, mode, owner, group in (("etc/bill-nextcloud", 0o750, 0, 997), ("var/lib/bill-nextcloud", 0o700, 997, 997),
                                           ("var/lib/bill-nextcloud-anchor", 0o700, 997, 997), ("var/log/bill-nextcloud", 0o750, 997, 997)):
            found = (self.root / folder).stat()
            self.assertEqual((found.st_mode & 0o7777, found.st_uid, found.st_gid), (mode, owner, group), folder)

    def test_what_is_not_ours_is_not_overwritten(self):
        for name in ("usr/" + PROGRAM, "usr/" + UNIT, OPT + "/file"):
            with self.subTest(name):
                self.write(name, "somebody's")
                before = self.picture()
                self.assertIn("not", self.install(self.first, code=1))
                self.assertEqual((self.read(name), self.picture()), ("somebody's", before))
                (self.root / name).unlink()
        shutil.rmtree(self.root / OPT)
        (self.root / "usr" / PROGRAM).symlink_to("/usr/local/sbin/bill-nextcloud")
        self.install(self.first, code=1)
        self.assertEqual(self.read("usr/" + PROGRAM), "/usr/local/sbin/bill-nextcloud")

    def test_an_update_brings_the_new_and_takes_the_old(self):
        self.install(self.first)
        self.write(ROTATE, "daily # mine")
        self.write(OPT + "/lib/old.so", "old")
        self.install(self.second)
        self.assertEqual(self.read("usr/" + UNIT), "[Unit] # second")
        self.assertEqual((self.root / OPT / PROGRAM).read_text(encoding="utf-8"), "second")
        self.assertEqual(self.read(ROTATE), "daily # mine")
        for gone in ("usr/share/man/man1/gone.1", OPT + "/lib/old.so", "opt/.bill-nextcloud-old", "opt/.bill-nextcloud-new"):
            self.assertFalse(os.path.lexists(self.root / gone), gone)
        self.assertIn(f"kept: {self.root}/{ROTATE} was changed", self.uninstall())
        self.assertEqual(self.read(ROTATE), "daily # mine")
        self.assertFalse((self.root / "usr/share").exists())  # made by the first, and empty now

    def test_a_run_that_was_cut_short_is_gone_on_with(self):
        self.install(self.first)
        opt = self.root / "opt"
        os.rename(opt / "bill-nextcloud", opt / ".bill-nextcloud-old")  # killed between the two renames
        self.install(self.second)
        self.assertEqual((self.root / OPT / PROGRAM).read_text(encoding="utf-8"), "second")
        self.uninstall()
        # Killed when some of the new files were in their places.
        self.install(self.first)
        self.write("usr/" + UNIT, "[Unit] # second")
        self.install(self.second)
        self.assertEqual(self.read("usr/" + UNIT), "[Unit] # second")

    def test_a_step_that_fails_brings_the_former_back(self):
        self.install(self.first)
        (self.second / "bill-nextcloud" / UNIT).unlink()
        self.assertIn("what was installed before is back", self.install(self.second, code=1))
        self.assertEqual((self.root / OPT / PROGRAM).read_text(encoding="utf-8"), "first")
        self.assertEqual(self.read("usr/" + UNIT), "[Unit] # first")
        self.assertFalse((self.root / "opt/.bill-nextcloud-old").exists())

    def test_a_package_is_updated_by_its_own_means(self):
        self.install(self.first)
        self.write(f"{OPT}/{TOOLS}/format", "rpm\n")
        self.assertIn("was installed by a package", self.install(self.second, code=1))


class OwnFolder(unittest.TestCase):
    """Temporary files of the commands that developers use (dev/lib/common.sh)."""

    def test_a_command_that_another_calls_neither_waits_for_it_nor_takes_its_files(self):
        inner = f"source {SOURCE}/dev/lib/common.sh; own_temp; : >\"$TMPDIR/own\"; echo \"$TMPDIR\""
        outer = (f"source {SOURCE}/dev/lib/common.sh; own_temp; : >\"$TMPDIR/mine\"; echo \"$TMPDIR\"; "
                 f"timeout 60 bash -ec '{inner}'; timeout 60 bash -ec '{inner}'; ls \"$TMPDIR\"")
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(["bash", "-ec", outer], env={**os.environ, "TMPDIR": folder}, capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            first, second, third, *left = done.stdout.split()
            self.assertEqual(left, ["mine"], "the folders of those that were called are gone, that of the caller is not")
            self.assertTrue(second.startswith(first + "/") and third.startswith(first + "/"), done.stdout)
            self.assertEqual(os.listdir(folder), [])


if __name__ == "__main__":
    unittest.main()
