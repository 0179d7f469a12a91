"""Commands of the texts on a clean host: in namespaces of their own, out of which they cannot write; with a
panel on a real MariaDB, a sample cloud, and systemctl without systemd.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ["BN_SOURCE"]).resolve()
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(SOURCE / "tests/integration/service"))

from mariadb import MariaDb  # noqa: E402
from stage import PASSWORD  # noqa: E402

if os.access("/dev/shm", os.W_OK):
    tempfile.tempdir = "/dev/shm"  # what is made and thrown away for each text waits for no disk
CLOUD = "--profile 25 --accounts 0 --groups start,pro,staff"
# These say with 2 that something differs or is to be done: no failure.
MAY_FIND = re.compile(r"bill-nextcloud (plan|apply|adopt|status|item)\b")
# These say with 3 that nothing was known of what they were told.
MAY_NOT_KNOW = re.compile(r"bill-nextcloud accept-readings\b")
SAID = re.compile(r"#.*\bexit code (\d+)")


def allowed_codes(command):
    said = SAID.search(command)
    if said:
        return said[1]
    if MAY_NOT_KNOW.search(command):
        return "0 3"
    chained = "|" in command or "&&" in command  # what follows a plan with something to do would not be run
    return "0 2" if MAY_FIND.search(command) and not chained else "0"


def possible():
    """Whether this machine lets root make such a host; what a container forbids is no fault of a text."""
    return os.geteuid() == 0 and shutil.which("unshare") and subprocess.run(
        ["unshare", "--mount", "--net", "--pid", "--fork", "sh", "-c",
         "mount -t tmpfs tmpfs /mnt && mkdir /mnt/u /mnt/w && "
         "mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/u,workdir=/mnt/w /etc && mount -t proc proc /proc"],
        capture_output=True, check=False).returncode == 0


class Panel:
    """The panel's database on MariaDB, made anew for each text."""

    def __init__(self):
        self.db = MariaDb()
        os.chmod(self.db.dir, 0o711)  # its socket is for all users of the host
        self.temp = tempfile.TemporaryDirectory(prefix="bn-docs-panel-")
        self.file = os.path.join(self.temp.name, "panel.db")
        subprocess.run([os.path.join(os.environ["BN_FAKES"], "panel/sample-panel"), self.file, "create", "cloud-1",
                        "https://localhost:8443", "admin", "-"], check=True, capture_output=True,
                       env=dict(os.environ, SAMPLE_PANEL_PASSWORD=PASSWORD))

    def renew(self, changes=""):
        self.db.sql("DROP USER IF EXISTS bill_nextcloud@localhost")
        self.db.copy_from(self.file)
        # The panel's own login.
        self.db.sql("CREATE OR REPLACE USER panel@localhost IDENTIFIED BY 'x'; GRANT ALL ON billmgr.* TO panel@localhost")
        if changes:
            self.db.sql("SET FOREIGN_KEY_CHECKS = 0;" + changes, "billmgr")

    def close(self):
        self.db.close()
        self.temp.cleanup()


class Run:
    """What one run of commands left: for each the exit code (None: never begun) and its output."""

    def __init__(self, base, commands):
        self.commands = commands
        done = dict(map(str.split, (base / "done").read_text().splitlines())) if (base / "done").exists() else {}
        self.codes = [int(done[name]) if (name := f"{i:04}") in done else None for i in range(len(commands))]
        self.outputs = [(base / f"out/{i:04}").read_text(errors="backslashreplace") if (base / f"out/{i:04}").exists()
                        else "" for i in range(len(commands))]


def run(panel, commands, allowed=None, cloud=CLOUD, timeout=240):
    """Runs the commands one after the other in one shell, up to the first whose exit code is not allowed.
    `allowed`: a text of codes for each command; by default what the command itself says."""
    with tempfile.TemporaryDirectory(prefix="bn-docs-") as temp:
        base = pathlib.Path(temp)
        base.chmod(0o755)
        for folder in ("commands", "allowed", "out"):
            (base / folder).mkdir()
        for i, command in enumerate(commands):
            (base / f"commands/{i:04}").write_text(command, encoding="utf-8")
            (base / f"allowed/{i:04}").write_text(allowed[i] if allowed else allowed_codes(command))
        # What the one who runs the tests has in his environment (PATH, TMPDIR, ...) is not on that host.
        env = {name: value for name, value in os.environ.items() if name in ("BN_MODULE", "BN_PAYMENTS") or "SAN_OPTIONS" in name}
        env.update(PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME="/root", LC_ALL="C.UTF-8",
                   NO_COLOR="1", TERM="dumb", BN_DB=panel.db.dir, BN_CLOUD_PASSWORD=PASSWORD, BN_CLOUD_ARGS=cloud or "",
                   BN_DOCS_TESTS=str(HERE), BN_BIN=os.path.realpath(os.environ["BN_BIN"]),
                   BN_FAKES=os.path.realpath(os.environ["BN_FAKES"]))
        done = subprocess.run(
            ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "bash", str(HERE / "clean_host.sh"), temp, str(SOURCE)],
            env=env, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=timeout, check=False)
        if done.returncode != 0:
            raise AssertionError(f"the clean host did not come up: {done.stdout}{done.stderr}")
        return Run(base, commands)
