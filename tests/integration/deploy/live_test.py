"""install and uninstall without --root, where the kernel allows a mount namespace for it."""

import shutil
import subprocess
import unittest

from host import Checks, DEPLOY

LIVE = r"""
set -e
mount --make-rprivate /
up=$(mktemp -d) && mount -t tmpfs tmpfs "$up"
for folder in etc usr/sbin usr/share; do
    mkdir -p "$up/$folder.up" "$up/$folder.work"
    mount -t overlay overlay -o "lowerdir=/$folder,upperdir=$up/$folder.up,workdir=$up/$folder.work" "/$folder"
done
# No service of this machine may be reached from here.
[ ! -d /run/systemd ] || mount -t tmpfs tmpfs /run/systemd
mkdir -p /usr/local && mount --rbind "$1" /usr/local
rm -rf /etc/bill-nextcloud /usr/share/bill-nextcloud /usr/sbin/bill-nextcloud
: > /usr/local/ready
shift
"$@"
"""


def private_system(folder, *command):
    """Runs a command in a mount namespace of its own, whose /usr/local is the folder and where /etc,
    /usr/sbin and /usr/share may be written without a trace."""
    return subprocess.run(["unshare", "--mount", "bash", "-c", LIVE, "live", str(folder), *map(str, command)],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="utf-8", timeout=120, check=False)


class LiveTest(Checks):
    """Without --root, as on a real host, in a mount namespace of its own."""

    def setUp(self):
        host = self.host()
        self.local = host.base / "local"
        shutil.copytree(host.path("usr/local"), self.local)
        shutil.copytree(host.programs, self.local / "programs")
        self.called = host.base / "mgrctl-was-called"
        (self.local / "mgr5/sbin/mgrctl").write_text(f'#!/bin/sh\necho "$@" >> {self.called}\n')
        if not shutil.which("unshare") or private_system(self.local, "true").returncode != 0 or not (
                self.local / "ready").exists():
            self.skipTest("no mount namespaces here")

    def run_live(self, commands):
        return private_system(self.local, "bash", "-c", f"set -e; cd /; deploy={DEPLOY}; {commands}")

    def test_install_asks_the_panel_only_when_told(self):
        self.done(self.run_live("$deploy/install --bin /usr/local/programs --yes"))
        self.assertFalse(self.called.exists())
        said = self.done(self.run_live("$deploy/install --bin /usr/local/programs --yes >/dev/null; "
                                       "rm /usr/local/mgr5/addon/ncsync; "
                                       "$deploy/install --bin /usr/local/programs --yes --restart-panel"))
        self.assertEqual(self.called.read_text(), "-m billmgr exit\n")
        self.assertIn("the panel reads its forms anew", said)

    def test_there_and_back(self):
        said = self.done(self.run_live(
            "$deploy/install --bin /usr/local/programs --yes; /usr/sbin/bill-nextcloud; "
            "stat -c '%a %U %n' /usr/local/mgr5/processing/pmnextcloud /etc/bill-nextcloud/config.toml; "
            "/usr/share/bill-nextcloud/billmanager/uninstall --yes --purge-config; "
            "! ls /etc/bill-nextcloud /usr/sbin/bill-nextcloud /usr/share/bill-nextcloud"))
        self.assertIn("750 root /usr/local/mgr5/processing/pmnextcloud", said)
        self.assertIn("640 root /etc/bill-nextcloud/config.toml", said)
        self.assertFalse((self.local / "mgr5/var/bill-nextcloud").exists())

    def test_needs_root(self):
        if not shutil.which("setpriv"):
            self.skipTest("setpriv is not installed")
        # Where nobody may read it, wherever the sources lie.
        said = self.done(self.run_live("cp -r ${deploy%/*} /tmp/deploy; chmod -R a+rX /tmp/deploy; "
                                       "setpriv --reuid 65534 --regid 65534 --clear-groups "
                                       "bash /tmp/deploy/billmanager/install --bin /usr/local/programs --yes"), 1)
        self.assertIn("this needs root", said)


if __name__ == "__main__":
    unittest.main()
