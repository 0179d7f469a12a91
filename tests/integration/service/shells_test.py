"""What `cmake --install` puts in place for people: completion, in interactive shells on a terminal of their own,
and the manual pages, by man itself."""

import fcntl
import os
import pty
import re
import select
import signal
import stat
import struct
import subprocess
import tempfile
import termios
import time
import unittest

from stage import BIN, Stage

ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[=>]|\][^\x07]*\x07|\([A-Z])|[\x07\x0e\x0f]|.\x08")
BASH = """PS1='ready> '; PS2=''
. /usr/share/bash-completion/bash_completion
bind 'set show-all-if-ambiguous on'; bind 'set completion-query-items 0'; bind 'set page-completions off'
bind 'set bell-style none'; bind 'set enable-bracketed-paste off'; bind 'set mark-symlinked-directories off'
"""
ZSH = """PS1='ready> '; PS2=''; RPS1=''; unset zle_bracketed_paste; setopt no_beep no_prompt_sp no_list_ambiguous no_auto_menu
bindkey -e; LISTMAX=0; fpath=($SHARE/zsh/site-functions $fpath)
autoload -Uz compinit; compinit -u -d $SCRATCH/zcompdump
"""
SHELLS = {"bash": (["bash", "--norc", "--noprofile", "-i"], BASH), "zsh": (["zsh", "-f", "-i"], ZSH)}


def install(prefix):
    """As an administrator does it, the program's part."""
    env = {k: v for k, v in os.environ.items() if k not in ("DESTDIR", "LANGUAGE")}
    subprocess.run(["cmake", "--install", os.path.dirname(BIN), "--prefix", prefix], check=True, capture_output=True,
                   timeout=300, env=dict(env, LC_ALL="ru_RU.UTF-8"))
    return os.path.join(prefix, "share")


class Shell:
    """An interactive shell on a terminal, which knows the installed completion and nothing else."""

    def __init__(self, name, prefix, folder, env):
        self.number = 0
        words, settings = SHELLS[name]
        share = os.path.join(prefix, "share")
        env = dict(env, TERM="xterm", LC_ALL="C.UTF-8", HOME=folder, SHARE=share, SCRATCH=prefix, XDG_DATA_DIRS=share,
                   PATH=os.path.join(prefix, "sbin") + ":" + os.environ["PATH"])
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.execvpe(words[0], words, env)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 400, 200, 0, 0))
        with open(os.path.join(prefix, name + ".rc"), "w", encoding="utf-8") as file:
            file.write(settings)
        self.type(f". {prefix}/{name}.rc\n")
        self.complete("true", keys="")

    def type(self, text):
        os.write(self.terminal, text.encode())

    def read_until(self, pattern):
        seen, deadline = "", time.monotonic() + 60
        while time.monotonic() < deadline:
            if select.select([self.terminal], [], [], 1)[0]:
                seen += os.read(self.terminal, 65536).decode(errors="replace")
                text = ESCAPES.sub("", seen).replace("\r", "\n")
                if found := re.search(pattern, text, re.MULTILINE):
                    return text, found
        raise AssertionError(f"no {pattern} on the terminal:\n{seen!r}")

    def complete(self, line, keys="\t"):
        """The words of the line when the shell has completed it, and what it listed."""
        self.number += 1
        # Ctrl-A: what the line has become is shown as words, and not run.
        self.type(f"{line}{keys}\x01printf '<%s>' done{self.number} \n")
        text, found = self.read_until(rf"^<done{self.number}>((?:<[^\n]*>)?)(?=$|ready)")
        self.type("echo\n")
        return found.group(1)[1:-1].split("><"), text.split()

    def close(self):
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.terminal)


class Completion:
    name = ""

    @classmethod
    def setUpClass(cls):
        cls.temp = tempfile.TemporaryDirectory(prefix="bn-shells-")
        cls.prefix = cls.temp.name
        install(cls.prefix)
        cls.stage = Stage()
        cls.stage.run("apply", "--yes")
        cls.folder = cls.stage.path("home")
        os.makedirs(os.path.join(cls.folder, "folder of plans"))
        for name in ("saved plan.json", "106"):
            with open(os.path.join(cls.folder, name), "w", encoding="utf-8"):
                pass
        os.makedirs(os.path.join(cls.folder, "103"))

    @classmethod
    def tearDownClass(cls):
        cls.stage.__exit__(None, None, None)
        cls.temp.cleanup()

    def setUp(self):
        env = dict(self.stage.env, BILL_NEXTCLOUD_CONFIG=self.stage.config)
        self.shell = Shell(self.name, self.prefix, self.folder, env)
        self.addCleanup(self.shell.close)

    def becomes(self, line, words):
        # A slash behind a folder goes by itself when the next word begins.
        self.assertEqual([word.removesuffix("/") for word in self.shell.complete("bill-nextcloud " + line)[0]],
                         ["bill-nextcloud", *words])

    def lists(self, line, some, none=()):
        listed = self.shell.complete("bill-nextcloud " + line)[1]
        self.assertEqual([word for word in some if word not in listed], [], listed)
        self.assertEqual([word for word in none if word in listed], [], listed)

    def test_verbs_and_options(self):
        self.becomes("rep", ["replay"])
        self.becomes("help verif", ["help", "verify"])
        self.becomes("plan --serv", ["plan", "--server"])
        self.becomes("completion z", ["completion", "zsh"])
        self.lists("re", ["refresh", "replay", "restore", "resume"], ["plan", "__complete"])
        self.lists("compact --", ["--older-than", "--archive", "--yes", "--help"], ["--server"])
        self.lists("no-such-verb ", [], ["--help", "103", "106"])

    def test_items_and_servers(self):
        self.becomes("plan --server ", ["plan", "--server", "1"])
        # A folder and a file of that name lie here.
        self.assertEqual(self.shell.complete("bill-nextcloud item 103")[0], ["bill-nextcloud", "item", "103"])
        self.lists("item 10", ["101", "102", "103"], ["103/"])
        self.lists("plan --item 10", ["101", "102", "103"])
        self.lists(f"item -c {self.stage.config} 10", ["101", "102", "103"])
        self.lists("item -c /nonexistent/none.toml 10", [], ["101", "102", "103"])

    def test_files_and_folders(self):
        self.becomes("apply sav", ["apply", "saved plan.json"])
        self.becomes("apply ~/sav", ["apply", os.path.join(self.folder, "saved plan.json")])
        self.becomes("plan --out 'sav", ["plan", "--out", "saved plan.json"])
        self.becomes("-c sav", ["-c", "saved plan.json"])
        self.becomes("man --into fol", ["man", "--into", "folder of plans"])
        self.becomes("man --into sav", ["man", "--into", "sav"])


class InBash(Completion, unittest.TestCase):
    name = "bash"


class InZsh(Completion, unittest.TestCase):
    name = "zsh"


class Manual(unittest.TestCase):
    def test_every_page_of_an_installation_is_read_by_man(self):
        with tempfile.TemporaryDirectory(prefix="bn-man-") as prefix:
            folder = os.path.join(install(prefix), "man/man1")
            verbs = subprocess.run([BIN, "__complete", "verbs"], capture_output=True, text=True, check=True).stdout.split()
            self.assertEqual(sorted(os.listdir(folder)),
                             sorted(["bill-nextcloud.1"] + [f"bill-nextcloud-{verb}.1" for verb in verbs]))
            env = dict(os.environ, LC_ALL="C.UTF-8", MANWIDTH="80", MANPAGER="cat", MANPATH=os.path.join(prefix, "share/man"))
            env.pop("LANGUAGE", None)
            for page in sorted(os.listdir(folder)):
                path = os.path.join(folder, page)
                self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o644, page)
                for words in (["man", "--warnings", "-l", path], ["man", "--warnings", page.removesuffix(".1")]):
                    done = subprocess.run(words, text=True, capture_output=True, timeout=60, env=env)
                    self.assertEqual((done.returncode, done.stderr), (0, ""), words)
                    for section in ("NAME", "SYNOPSIS", "EXIT STATUS"):
                        self.assertIn(section, done.stdout, words)
                    # English, whatever the language of whoever installs.
                    self.assertIsNone(re.search("[А-Яа-я]", done.stdout), words)
            index = subprocess.run(["lexgrog", *sorted(os.path.join(folder, p) for p in os.listdir(folder))], text=True,
                                   capture_output=True, timeout=60)
            self.assertEqual(index.returncode, 0, "apropos(1) would not know: " + index.stdout)


if __name__ == "__main__":
    unittest.main()
