"""install and uninstall with each of their steps going wrong once: failing, or killed."""

import itertools
import shutil
import unittest

from host import Checks, MANIFEST, MGR, STATE, picture


class MishapTest(Checks):
    """Each call of a tool goes wrong once, one run each, until there is no such call any more."""

    def sweep(self, host, run, tool, action="fail", least=6):
        """Yields the number and the finished run; after each, the caller brings the host back."""
        for number in itertools.count(1):
            ran = run(env=host.mishap(tool, number, action))
            if not host.mishap_happened():
                self.done(ran)
                self.assertGreater(number, least, f"{tool} was hardly called: the sweep proves nothing")
                return
            yield f"{tool} {number}: {ran.stdout}", ran

    def test_install_that_fails_midway_changes_nothing(self):
        for tool in ("mv", "cp", "mkdir"):
            with self.subTest(tool=tool):
                host = self.host("debian", "built")
                failed = 0
                for what, ran in self.sweep(host, host.install, tool):
                    if ran.returncode == 0:  # before it began, or after the point of no return
                        self.assert_installed(host)
                        self.done(host.uninstall("--restore", "--purge-config"))
                    else:
                        failed += 1
                    self.same_tree(host, host.before, what)
                self.assertGreater(failed, 4)
                self.assert_installed(host)

    def test_update_that_fails_midway_leaves_the_old_version(self):
        host = self.host("debian", "built")
        self.done(host.install())
        host.make_programs("2")
        old = picture(host.root)
        for what, ran in self.sweep(host, host.install, "mv", least=4):
            if ran.returncode == 0:
                self.fail("no call of mv may fail unseen: " + what)
            self.same_tree(host, old, what)
        self.assert_installed(host)

    def test_install_that_is_killed_is_undone_by_the_next_run(self):
        for tool in ("mv", "sync"):
            with self.subTest(tool=tool):
                host = self.host("debian", "built")
                undone = 0
                for what, ran in self.sweep(host, host.install, tool, "kill"):
                    self.assertNotEqual(ran.returncode, 0, what)
                    if host.path(MANIFEST).exists() and not host.path(f"{STATE}/transaction/journal").exists():
                        # Killed after the point of no return: all of it is there.
                        self.done(host.install())
                        self.assert_installed(host)
                        self.done(host.uninstall("--restore", "--purge-config"))
                    else:
                        undone += 1
                        self.assertIn("nothing of ours is installed", self.done(host.uninstall(), 1))
                    self.same_tree(host, host.before, what)
                self.assertGreater(undone, 4)
                self.assert_installed(host)
                self.done(host.uninstall("--restore", "--purge-config"))
                self.same_tree(host, host.before)

    def test_the_payment_module_comes_and_goes_whole_or_not_at_all(self):
        for tool in ("mv", "cp"):
            with self.subTest(tool=tool):
                host = self.host()
                self.done(host.install())
                without = picture(host.root)
                for what, ran in self.sweep(host, lambda env: host.install("--webpay", env=env), tool, least=4):
                    self.assertNotEqual(ran.returncode, 0, what)
                    self.same_tree(host, without, what)
                whole = picture(host.root)
                for what, ran in self.sweep(host, lambda env: host.uninstall("--webpay", env=env), tool, least=1):
                    self.assertNotEqual(ran.returncode, 0, what)
                    self.same_tree(host, whole, what)
                self.assert_installed(host)

    def test_sources_that_cannot_go_back_are_not_removed(self):
        sources = f"{MGR}/src/pmnextcloud"
        for number in itertools.count(1):
            host = self.host("debian", "built")
            ran = host.install(env=host.mishap("mv", number, "kill"))
            self.assertTrue(host.mishap_happened(), "no run was killed after the move: " + ran.stdout)
            if host.path(f"{STATE}/transaction/journal").exists() and not host.path(sources).exists():
                break
        host.write(f"{sources}/somebody", "else's\n")
        kept, = host.path(STATE).glob(f"replaced-*/files/{sources}")
        moved = picture(kept)
        for _ in range(2):
            self.assertIn("stands again", self.done(host.install(), 1))
            self.assertEqual(picture(kept), moved)
        shutil.rmtree(host.path(sources))
        self.assertIn("undone", self.done(host.uninstall(), 1))
        self.same_tree(host, host.before)

    def test_uninstall_that_fails_midway_changes_nothing(self):
        for tool in ("rm", "cp", "mv"):
            with self.subTest(tool=tool):
                host = self.host("debian", "built")
                self.done(host.install())
                installed = picture(host.root)
                shutil.copytree(host.root, host.base / "kept", symlinks=True)
                failed = 0
                for what, ran in self.sweep(host, lambda env: host.uninstall("--restore", env=env), tool, least=2):
                    if ran.returncode == 0:
                        self.assertFalse(host.path(MANIFEST).exists(), what)
                        # Put the same installation there again: the state that the sweep began with.
                        shutil.rmtree(host.root)
                        shutil.copytree(host.base / "kept", host.root, symlinks=True)
                    else:
                        failed += 1
                        self.same_tree(host, installed, what)
                self.assertGreater(failed, 2)


if __name__ == "__main__":
    unittest.main()
