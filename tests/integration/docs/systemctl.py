#!/usr/bin/env python3
"""systemctl for a host without systemd: starts and stops the unit bill-nextcloud from its own file, runs the program of another
(Type=oneshot) at once, and looks whether systemd would take a timer. It fails where systemd would. What it does not know is an error."""

import os
import pathlib
import pwd
import shlex
import signal
import socket
import subprocess
import sys
import time

NAME = "bill-nextcloud"
PLACES = [pathlib.Path(p) for p in ("/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system")]
PID = pathlib.Path("/run/bill-nextcloud.pid")
JOURNAL = pathlib.Path("/run/bill-nextcloud.journal")
PATIENCE = 60


def fail(code, what):
    sys.exit(f"{NAME}.service: {what} (status={code})")


def settings(name=f"{NAME}.service"):
    unit = next((place / name for place in PLACES if (place / name).exists()), None)
    if unit is None:
        sys.exit(f"Unit {name} could not be found.")
    drop_ins = sorted(file for place in PLACES for file in place.glob(f"{name}.d/*.conf"))
    found = {}
    for file in (unit, *drop_ins):
        for line in file.read_text(encoding="utf-8").splitlines():
            key, separator, value = line.partition("=")
            if separator and not line.startswith("#"):
                found[key] = [*found.get(key, []), value] if value else []
    return found


def alive():
    try:
        os.kill(int(PID.read_text()), 0)
    except (OSError, ValueError):
        return False
    return True


def start():
    if alive():
        return
    unit = settings()
    try:
        user = pwd.getpwnam(unit["User"][-1])
    except KeyError:
        fail("217/USER", f"no user {unit['User'][-1]}")
    for credential in unit.get("LoadCredential", []):
        source = credential.partition(":")[2]
        if source.startswith("/") and not os.path.exists(source):
            fail("243/CREDENTIALS", f"no credential {source}")
    for key, root in (("StateDirectory", "/var/lib"), ("LogsDirectory", "/var/log"), ("RuntimeDirectory", "/run")):
        for name in " ".join(unit.get(key, [])).split():
            folder = pathlib.Path(root, name)
            folder.mkdir(exist_ok=True)
            folder.chmod(int(unit[key + "Mode"][-1], 8))
            os.chown(folder, user.pw_uid, user.pw_gid)
    notify = "/run/bill-nextcloud.notify"
    pathlib.Path(notify).unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
        ready.bind(notify)
        os.chmod(notify, 0o666)
        with open(JOURNAL, "ab") as journal:
            process = subprocess.Popen(
                ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups",
                 *shlex.split(unit["ExecStart"][-1])],
                stdin=subprocess.DEVNULL, stdout=journal, stderr=journal, start_new_session=True, cwd="/",
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "NOTIFY_SOCKET": notify})
        PID.write_text(str(process.pid))
        ready.settimeout(1)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if process.poll() is not None:
                fail(process.returncode, f"ended at once; {JOURNAL.read_text(errors='replace')[-800:]}")
            try:
                if b"READY=1" in ready.recv(65536):
                    return
            except TimeoutError:
                pass
    fail("timeout", "never said that it is ready")


def stop():
    if alive():
        pid = int(PID.read_text())
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        while alive() and time.monotonic() < deadline:
            time.sleep(0.02)
    PID.unlink(missing_ok=True)


def run_once(name):
    unit = settings(name)
    if unit.get("Type") != ["oneshot"]:
        sys.exit(f"{name}: this stand-in knows only what runs once")
    user = pwd.getpwnam(unit.get("User", ["root"])[-1])
    with open(JOURNAL, "ab") as journal:
        done = subprocess.run(
            ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", *shlex.split(unit["ExecStart"][-1])],
            stdin=subprocess.DEVNULL, stdout=journal, stderr=journal, cwd="/", env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, check=False)
    if done.returncode != 0:
        sys.exit(f"{name}: status={done.returncode}; {JOURNAL.read_text(errors='replace')[-800:]}")


def enable_timer(name):
    timer = settings(name)
    if timer.get("WantedBy") != ["timers.target"]:
        sys.exit(f"{name}: no WantedBy=timers.target")
    for when in timer["OnCalendar"]:
        subprocess.run(["systemd-analyze", "calendar", when], stdout=subprocess.DEVNULL, check=True)
    settings(name.removesuffix(".timer") + ".service")


def main(words):
    now = "--now" in words
    words = [word for word in words if not word.startswith("-")]
    if words == ["daemon-reload"]:
        return
    if len(words) == 2 and words[0] == "enable" and words[1].endswith(".timer"):
        enable_timer(words[1])
        return
    if len(words) == 2 and words[0] == "start" and words[1] != f"{NAME}.service" and words[1].endswith(".service"):
        run_once(words[1])
        return
    if len(words) != 2 or words[1].removesuffix(".service") != NAME:
        sys.exit(f"systemctl {words}: this stand-in does not know that")
    verb = words[0]
    if verb == "enable":
        if not settings().get("WantedBy"):
            sys.exit("the unit has no [Install]")
        if now:
            start()
    elif verb == "start":
        start()
    elif verb == "stop":
        stop()
    elif verb == "restart":
        stop()
        start()
    elif verb == "reload":
        os.kill(int(PID.read_text()), signal.SIGHUP)
    elif verb in ("status", "is-active"):
        print("active" if alive() else "inactive")
        sys.exit(0 if alive() else 3)
    else:
        sys.exit(f"systemctl {verb}: this stand-in does not know that")


main(sys.argv[1:])
