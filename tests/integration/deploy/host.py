"""A folder that looks like the host of a panel, and what the tests of the installer do with it."""

import os
import pathlib
import shutil
import stat
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["BN_SOURCE"])
DEPLOY = SOURCE / "deploy/billmanager"
# The installer flushes after each step; in memory that costs nothing.
FAST = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
MGR = "usr/local/mgr5"
MODULE = f"{MGR}/processing/pmnextcloud"
FORMS = f"{MGR}/etc/xml/billmgr_mod_pmnextcloud.xml"
LOGO = f"{MGR}/skins/common/plugin-logo/billmanager-plugin-pmnextcloud.png"
STATE = f"{MGR}/var/bill-nextcloud"
MANIFEST = f"{STATE}/manifest"
CONFIG = "etc/bill-nextcloud/config.toml"

SYSTEMS = {
    "debian": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n',
    "ubuntu": 'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="20.04"\n',
    "alma": 'NAME="AlmaLinux"\nID="almalinux"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"\n',
    "astra": 'NAME="Astra Linux"\nID=astra\nID_LIKE=debian\nVERSION_ID=1.7_x86-64\n',
}
FAMILY = {"debian": "Debian family", "ubuntu": "Debian family", "alma": "Red Hat family", "astra": "(Astra)"}

# file, mode: everything that an installation puts there
INSTALLED = {
    MODULE: 0o750,
    f"{MGR}/addon/ncsync": 0o750,
    FORMS: 0o644,
    f"{MGR}/etc/xml/billmgr_mod_ncsync.xml": 0o644,
    LOGO: 0o644,
    "usr/sbin/bill-nextcloud": 0o755,
    "etc/systemd/system/bill-nextcloud.service": 0o644,
    "etc/systemd/system/bill-nextcloud.service.d/billmanager.conf": 0o644,
    "usr/share/bill-nextcloud/billmanager/uninstall": 0o755,
    "usr/share/bill-nextcloud/billmanager/lib.sh": 0o644,
    CONFIG: 0o640,
    MANIFEST: 0o600,
}

# and what --webpay adds
WEBPAY = {
    f"{MGR}/paymethods/pmwebpay": 0o744,
    f"{MGR}/cgi/webpaypayment": 0o744,
    f"{MGR}/cgi/webpayresult": 0o744,
    f"{MGR}/etc/xml/billmgr_mod_pmwebpay.xml": 0o644,
    f"{MGR}/skins/common/plugin-logo/billmanager-plugin-pmwebpay.png": 0o644,
}

PYTHON_FORMS = """<?xml version="1.0" encoding="UTF-8"?>
<mgrdata>
\t<plugin name="pmnextcloud"><group>processing_module</group><author>BILLmanager team</author></plugin>
</mgrdata>
"""


def picture(root):
    """Everything below a folder: kind, mode, owner, contents and time of each entry. Not of the
    folders' times: entries come and go in them."""
    seen = {}
    for folder, names, files in os.walk(root):
        for name in names + files:
            path = os.path.join(folder, name)
            info = os.lstat(path)
            key = os.path.relpath(path, root)
            common = (stat.filemode(info.st_mode), info.st_uid, info.st_gid)
            if stat.S_ISLNK(info.st_mode):
                seen[key] = (*common, os.readlink(path))
            elif stat.S_ISDIR(info.st_mode):
                seen[key] = common
            else:
                with open(path, "rb") as file:
                    seen[key] = (*common, info.st_mtime_ns, file.read())
    return seen


class Host:
    def __init__(self, system="debian", python=None, mgr=MGR):
        self._temp = tempfile.TemporaryDirectory(prefix="bn-host-", dir=FAST)
        self.base = pathlib.Path(self._temp.name)
        self.root = self.base / "root"
        self.programs = self.base / "programs"
        self.mgr = mgr
        self.write("etc/os-release", SYSTEMS.get(system, system))
        self._panel()
        if python:
            getattr(self, f"_python_{python}")()
        self.make_programs("1")
        self.before = picture(self.root)

    def close(self):
        self._temp.cleanup()

    def path(self, name):
        return self.root / name

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    def _panel(self):
        mgr = self.mgr
        self.write(f"{mgr}/bin/core", "core\n", 0o755)
        # Would leave a trace if anybody called it.
        self.write(f"{mgr}/sbin/mgrctl", f"#!/bin/sh\necho called >> {self.base}/mgrctl-was-called\n", 0o750)
        self.write(f"{mgr}/etc/billmgr.conf.d/db.conf", "DBHost localhost\n", 0o600)
        self.write(f"{mgr}/etc/billmgr.pem", "key\n", 0o600)
        self.write(f"{mgr}/etc/xml/billmgr_mod_pmvmmgr.xml", "<mgrdata/>\n")
        self.write(f"{mgr}/processing/pmvmmgr", "#!/bin/sh\n", 0o750)
        self.write(f"{mgr}/skins/common/plugin-logo/billmanager-plugin-pmvmmgr.png", "png")
        self.write(f"{mgr}/var/billmgr.log", "log\n", 0o600)
        self.write(f"{mgr}/var/.xmlcache/billmgr/cache.xml", "<cache/>")
        for folder in ("usr/sbin", "usr/share", "etc/systemd/system", "var/lib", f"{mgr}/addon"):
            self.path(folder).mkdir(parents=True, exist_ok=True)

    # The Python module as its own installer leaves it: sources below src/, a link in processing/.
    def _python_built(self):
        self.write(f"{self.mgr}/src/pmnextcloud/src/pmnextcloud.py", "#!/usr/bin/env python3\nprint()\n", 0o755)
        self.write(f"{self.mgr}/src/pmnextcloud/src/utils/api.py", "import requests\n")
        self.write(f"{self.mgr}/src/pmnextcloud/Makefile", "install-only:\n")
        self.path(f"{self.mgr}/src/pmnextcloud/venv").mkdir(mode=0o700)
        self._python_rest(f"/{self.mgr}/src/pmnextcloud/src/pmnextcloud.py")

    # Its older way: the link leads to where it was cloned.
    def _python_cloned(self):
        self._python_rest("/root/bill-nextcloud/src/pmnextcloud.py")

    def _python_copied(self):
        self._python_rest(None)

    def _python_rest(self, link):
        module = self.path(f"{self.mgr}/processing/pmnextcloud")
        if link:
            module.symlink_to(link)
        else:
            self.write(f"{self.mgr}/processing/pmnextcloud", "#!/usr/bin/python3\nimport requests\n", 0o755)
        self.write(f"{self.mgr}/etc/xml/billmgr_mod_pmnextcloud.xml", PYTHON_FORMS)
        self.write(f"{self.mgr}/skins/common/plugin-logo/billmanager-plugin-pmnextcloud.png", "their logo", 0o664)

    def make_programs(self, version):
        self.programs.mkdir(exist_ok=True)
        for name in ("pmnextcloud", "ncsync", "nclink", "bill-nextcloud", "pmwebpay"):
            program = self.programs / name
            program.write_text(f'#!/bin/sh\n# {name} {version}\necho "<doc/>"\n', encoding="utf-8")
            program.chmod(0o755)

    def _run(self, script, *arguments, env=None, said=""):
        return subprocess.run([str(script), "--root", str(self.root), *map(str, arguments)],
                              input=said, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              encoding="utf-8", timeout=300,
                              env={**os.environ, "TMPDIR": str(self.base), **(env or {})}, check=False)

    def install(self, *arguments, env=None, yes=True, said=""):
        places = ["--bin", self.programs] + (["--prefix-mgr", "/" + self.mgr] if self.mgr != MGR else [])
        return self._run(DEPLOY / "install", *places, *(["--yes"] if yes else []), *arguments, env=env, said=said)

    def uninstall(self, *arguments, env=None, yes=True):
        places = ["--prefix-mgr", "/" + self.mgr] if self.mgr != MGR else []
        return self._run(DEPLOY / "uninstall", *places, *(["--yes"] if yes else []), *arguments, env=env)

    def mishap(self, tool, number, action):
        """An environment in which the number-th call of a tool goes wrong: `fail`, or `kill` of who
        called it. All other calls are the real tool's."""
        folder = self.base / "tools"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        real = shutil.which(tool)
        act = {"fail": f'echo "{tool}: no space left on device" >&2; exit 1', "kill": "kill -9 $PPID; exit 1"}[action]
        (folder / tool).write_text(
            f'#!/bin/sh\nprintf x >> {folder}/calls\n'
            f'[ "$(wc -c < {folder}/calls)" -ne {number} ] || {{ : > {folder}/happened; {act}; }}\n'
            f'exec {real} "$@"\n', encoding="utf-8")
        (folder / tool).chmod(0o755)
        return {"PATH": f"{folder}:{os.environ['PATH']}"}

    def mishap_happened(self):
        return (self.base / "tools/happened").exists()


class Checks(unittest.TestCase):
    maxDiff = 4000

    def host(self, *arguments, **options):
        host = Host(*arguments, **options)
        self.addCleanup(host.close)
        return host

    def done(self, ran, code=0):
        self.assertEqual(ran.returncode, code, ran.stdout)
        return ran.stdout

    def same_tree(self, host, wanted, what=""):
        now = picture(host.root)
        self.assertEqual(sorted(now), sorted(wanted), what)
        self.assertEqual({k for k in now if now[k] != wanted[k]}, set(), what)

    def assert_installed(self, host, webpay=False):
        for name in WEBPAY:
            self.assertEqual(host.path(name).exists(), webpay, name)
        for name, mode in (INSTALLED | (WEBPAY if webpay else {})).items():
            info = host.path(name).lstat()
            self.assertEqual(oct(info.st_mode & 0o7777), oct(mode), name)
            self.assertFalse(host.path(name).is_symlink(), name)
            if os.geteuid() == 0:
                self.assertEqual((info.st_uid, info.st_gid), (0, 0), name)
        self.assertEqual(host.path(MODULE).read_bytes(), (host.programs / "pmnextcloud").read_bytes())
        self.assertEqual(host.path(FORMS).read_bytes(), (DEPLOY / "etc/xml/billmgr_mod_pmnextcloud.xml").read_bytes())
        self.assertEqual(list(host.path(STATE).glob("transaction*")), [])
        self.assertEqual([p for p in host.root.rglob("*.bill-nextcloud-*")], [])
