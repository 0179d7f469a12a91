"""The program as a tool: the command line, help, completion, files, standard output, the bundle."""

import glob
import json
import os
import stat
import subprocess
import tempfile
import unittest

from stage import BIN, PASSWORD, Stage

ENV = dict(os.environ, LC_ALL="C.UTF-8", NO_COLOR="1")
ENV.pop("BILL_NEXTCLOUD_CONFIG", None)
NOTHING = "/nonexistent/none.toml"


def run(*words, env=None, **more):
    done = subprocess.run([BIN, *words], env=env or ENV, text=True, capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=120, **more)
    return done


def verbs():
    return run("__complete", "-c", NOTHING, "verbs").stdout.split()


def required(verb):
    """What the verb cannot do without, by its own words."""
    words = []
    while True:
        done = run(verb, "-c", NOTHING, *words)
        if " is missing: " not in done.stderr:
            return words
        name = done.stderr.split("error: ")[1].split(" is missing")[0].split(" ")
        words += ["4711"] if len(name) == 1 and not name[0].startswith("-") else [name[0], "4711"]


class CommandLine(unittest.TestCase):
    def test_config_wins_over_the_environment_in_every_verb(self):
        asked = 0
        for verb in verbs():
            if "--config" not in run(verb, "--help").stdout or verb == "doctor":
                continue
            with self.subTest(verb):
                asked += 1
                more = required(verb)
                env = dict(ENV, BILL_NEXTCLOUD_CONFIG="/nonexistent/environment.toml")
                done = run(verb, *more, "-c", "/nonexistent/typed.toml", env=env)
                by_option = done.stdout + done.stderr  # of `check` it is a finding
                self.assertIn("/nonexistent/typed.toml", by_option)
                self.assertNotIn("environment.toml", by_option)
                done = run(verb, *more, env=env)
                self.assertIn("environment.toml", done.stdout + done.stderr)
        self.assertGreater(asked, 20)

    def test_help_and_version_in_every_spelling(self):
        self.assertEqual(run("help").stdout, run("--help").stdout)
        for verb in verbs():
            with self.subTest(verb):
                done = run("help", verb)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(done.stdout, run(verb, "--help").stdout)
                self.assertIn(f"Usage: bill-nextcloud {verb} ", done.stdout)
        self.assertEqual(run("version").stdout, run("--version").stdout)
        self.assertIn("справка", run("help", "help", env=dict(ENV, LC_ALL="ru_RU.UTF-8")).stdout
                      .lower().replace("справку", "справка"))

    def test_a_slip_of_the_finger_is_answered_with_the_word_that_was_meant(self):
        for words, meant in ((["plna"], "`plan`"), (["plan", "--sever", "1"], "`--server`"),
                             (["help", "evnts"], "`events`")):
            done = run(*words)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"did you mean {meant}?", done.stderr)


class Output(unittest.TestCase):
    def test_a_full_disk_behind_standard_output_is_an_error(self):
        with Stage() as s, open("/dev/full", "w", encoding="utf-8") as full:
            for words in (["--help"], ["help"], ["plan", "--help"], ["version"], ["plan"],
                          ["plan", "--json"], ["plan", "--out", "-"], ["check", "--quick", "--json"],
                          ["events", "--json"], ["status", "--json"], ["completion", "bash"],
                          ["man"], ["--config-reference"]):
                with self.subTest(" ".join(words)):
                    if words[0] == "events":
                        s.run("apply", "--yes")
                    done = subprocess.run(
                        [BIN, *words], stdout=full, stderr=subprocess.PIPE, text=True, timeout=120,
                        env=dict(s.env, BILL_NEXTCLOUD_CONFIG=s.config))
                    self.assertEqual(done.returncode, 1)
                    self.assertIn("cannot write to standard output: No space left on device",
                                  done.stderr)

    def test_a_reader_that_goes_is_no_error_to_tell(self):
        for words in (["help"], ["man", "plan"]):
            reader, writer = os.pipe()
            os.close(reader)
            done = subprocess.run([BIN, *words], stdout=writer, stderr=subprocess.PIPE, text=True,
                                  env=ENV, timeout=60)
            os.close(writer)
            self.assertEqual((done.returncode, done.stderr), (141, ""))


class Files(unittest.TestCase):
    def test_a_backup_to_the_output_needs_a_place_of_its_own(self):
        with Stage() as s:
            s.run("apply", "--yes")
            before = s.run("verify").stdout
            done = s.run("backup", "--force", "-", env=dict(s.env, TMPDIR="/nonexistent"), cwd=s.dir)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("cannot make a folder for the copy", done.stderr)
            self.assertEqual(s.run("verify").stdout, before, "a store in this folder is no place")

    def test_only_new_and_regular_files_are_written(self):
        with Stage() as s:
            s.run("apply", "--yes")
            target = s.path("target")
            with open(target, "w", encoding="utf-8") as file:
                file.write("before")
            os.symlink(target, s.path("link"))
            os.mkfifo(s.path("pipe"))
            os.mkdir(s.path("folder"))
            for name, kind in (("link", "a symbolic link"), ("pipe", "a pipe"),
                               ("folder", "a folder")):
                for words in (["plan", "--out", s.path(name)], ["backup", s.path(name)],
                              ["backup", "--force", s.path(name)], ["doctor", s.path(name)]):
                    with self.subTest(f"{words[0]} {name}"):
                        mode = os.lstat(s.path(name)).st_mode
                        done = s.run(*words)
                        self.assertEqual(done.returncode, 1, done.stderr)
                        self.assertIn(f"{s.path(name)} is {kind}", done.stderr)
                        self.assertEqual(os.lstat(s.path(name)).st_mode, mode)
            self.assertEqual(s.read("target"), "before")
            self.assertEqual(glob.glob(s.path("*.part-*")) + glob.glob(s.path("link.*")), [])

    def test_an_archive_is_no_stream_and_help_says_so(self):
        with Stage() as s:
            s.run("apply", "--yes")
            before = s.run("verify").stdout
            done = s.run("compact", "--older-than", "1s", "--archive", "-", "--yes")
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("cannot go to standard output (name a new file)", done.stderr)
            self.assertEqual(s.run("verify").stdout, before)
            self.assertIn("not standard output (-)", " ".join(run("compact", "--help").stdout.split()))

    def test_a_dash_is_standard_output(self):
        with Stage() as s:
            done = s.run("plan", "--out", "-")
            self.assertEqual(json.loads(done.stdout)["format"], "bill-nextcloud-saved-plan")
            with open(s.path("saved"), "w", encoding="utf-8") as file:
                file.write(done.stdout)
            done = s.run("apply", s.path("saved"), "--yes")
            self.assertEqual(done.returncode, 0, done.stderr)
            done = subprocess.run([BIN, "backup", "-", "-c", s.config], env=s.env, timeout=120,
                                  capture_output=True)
            self.assertTrue(done.stdout.startswith(b"SQLite format 3\0"), done.stderr)
            with open(os.open(s.path("copy.db"), os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
                file.write(done.stdout)
            proof = s.run("verify", "--store", s.path("copy.db"))
            self.assertEqual(proof.returncode, 0, proof.stdout + proof.stderr)
            self.assertFalse(os.path.exists("-"))


class Events(unittest.TestCase):
    def test_times_as_people_write_them(self):
        with Stage() as s:
            s.run("apply", "--yes")
            for since in ("2020-11-17", "2020-11-25 21:30", "2020-11-25T21:30", "yesterday", "3d",
                          "90 min", "2020-11-25T21:30:00+03:00"):
                done = s.run("events", "--since", since, "--json")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertTrue(done.stdout)
            done = s.run("events", "--since", "soon")
            self.assertEqual(done.returncode, 1)
            self.assertIn("21:30", done.stderr)

    def test_each_line_says_its_format(self):
        with Stage() as s:
            s.run("apply", "--yes")
            for line in s.run("events", "--json").stdout.splitlines():
                event = json.loads(line)
                self.assertEqual(list(event)[:2], ["format", "schema"])
                self.assertEqual(event["format"], "bill-nextcloud-event")


class Completion(unittest.TestCase):
    def test_what_is_not_known_completes_nothing_and_says_nothing(self):
        for words in (["items"], ["servers", "1"], ["else"], ["items", ""]):
            done = run("__complete", "-c", NOTHING, *words)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_the_scripts_are_good_shell(self):
        for shell in ("bash", "zsh"):
            script = run("completion", shell).stdout
            done = subprocess.run([shell, "-n"], input=script, text=True, capture_output=True,
                                  timeout=60)
            self.assertEqual((done.returncode, done.stderr), (0, ""))


class Man(unittest.TestCase):
    def test_every_page_is_good_roff(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(run("man", "--into", folder).returncode, 0)
            pages = sorted(os.listdir(folder))
            self.assertEqual(
                pages, sorted(["bill-nextcloud.1"] + [f"bill-nextcloud-{v}.1" for v in verbs()]))
            self.assertEqual(stat.S_IMODE(os.stat(os.path.join(folder, pages[0])).st_mode), 0o644)
            for page in pages:
                done = subprocess.run(
                    ["groff", "-man", "-Tutf8", "-ww", "-z", os.path.join(folder, page)],
                    text=True, capture_output=True, timeout=60)
                self.assertEqual((done.returncode, done.stderr), (0, ""), page)


class BrokenConfiguration(unittest.TestCase):
    def test_status_says_what_it_can(self):
        with Stage() as s:
            s.run("apply", "--yes")
            with open(s.config, "a", encoding="utf-8") as file:
                file.write('\n[log]\nfile = "/proc/nonexistent/log"\nlevle = "info"\n')
            done = s.run("status")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("levle", done.stderr)
            self.assertNotIn("\\x0a", done.stderr, "each fault has a line of its own")
            self.assertIn("/proc/nonexistent/log", done.stderr)
            self.assertIn("cloud-1", done.stdout)
            self.assertEqual(s.run("plan").returncode, 1, "all else wants a good one")

    def test_check_names_every_fault_and_goes_on_to_the_clouds(self):
        with Stage() as s:
            s.write_config(extra="[service.x]\n[nonsense]\n", server='verify_tls = "no"')
            done = s.run("check")
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stderr, "", "what it found is on its screen")
            for part in ("verify_tls must be true or false", "unknown key x", "unknown section [nonsense]",
                         "correct line 1", "11 services of our module", "logged in as admin", "Mend first: 3"):
                self.assertIn(part, done.stdout)
            russian = s.run("check", env=dict(s.env, LC_ALL="ru_RU.UTF-8")).stdout
            self.assertNotRegex(russian, "unknown|must be|correct")
            with open(s.config, "w", encoding="utf-8") as file:
                file.write("= =")
            for _ in ("a file that is no TOML", "none"):
                done = s.run("check")
                self.assertEqual(done.returncode, 1)
                self.assertIn("Mend first: 1. Warnings: 0. Not known: 2.", done.stdout)
                if os.path.exists(s.config):
                    os.remove(s.config)


class Doctor(unittest.TestCase):
    SECRETS = ("Panel-Secret-4711", PASSWORD, "Api-Secret-4712", "Proxy-Secret-4713",
               "Token-Secret-4714", "Crypt-Key-Line-4715", "ann@example.com")

    def test_the_bundle_tells_all_but_secrets(self):
        with Stage() as s:
            s.run("apply", "--yes")
            log = s.path("service.log")
            with open(log, "w", encoding="utf-8") as file:
                for secret in self.SECRETS:
                    file.write(f"an error said {secret} to all\n")
                file.write("GET https://panel/x?auth=Query-Secret-4716 failed\nthe last line\n")
            names = {"panel.pw": self.SECRETS[0], "api.pw": self.SECRETS[2],
                     "crypt.pem": "-----BEGIN RSA PRIVATE KEY-----\n" + self.SECRETS[5] + "\n"}
            for name, text in names.items():
                with open(os.open(s.path(name), os.O_CREAT | os.O_WRONLY, 0o600), "w",
                          encoding="utf-8") as file:
                    file.write(text + "\n")
            s.write_config(
                panel=f'sqlite = "{s.path("panel.db")}"\npassword_file = "{s.path("panel.pw")}"\n'
                      f'api_password_file = "{s.path("api.pw")}"\n'
                      f'crypt_key = "{s.path("crypt.pem")}"',
                server='proxy = "http://joe:Proxy-Secret-4713@127.0.0.1:9/"',
                extra=f'[log]\nfile = "{log}"')
            env = dict(s.env, https_proxy="http://token:Token-Secret-4714@127.0.0.1:9")
            done = s.run("doctor", s.path("bundle.txt"), env=env)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(s.path("bundle.txt"), done.stdout)
            self.assertEqual(stat.S_IMODE(os.stat(s.path("bundle.txt")).st_mode), 0o600)
            bundle = s.read("bundle.txt")
            for part in ("version and host", "configuration ", "check --quick --json",
                         "status --json", "verify --json", "newest events", "environment",
                         "systemd unit", "log, its end"):
                self.assertIn(f"==== {part}", bundle)
                self.assertIn(part, done.stdout)
            self.assertIn("the last line", bundle)
            self.assertIn("action.succeeded", bundle)
            self.assertIn('"format"', bundle)
            for secret in (*self.SECRETS, "Query-Secret-4716"):
                self.assertNotIn(secret, bundle)
            self.assertEqual(s.run("doctor", "-").stdout[:21], "bill-nextcloud doctor")

    def test_a_broken_configuration_and_a_dead_panel_still_give_a_bundle(self):
        with Stage() as s:
            os.remove(s.path("panel.db"))
            with open(s.config, "a", encoding="utf-8") as file:
                file.write('\n[panle]\npassword = "Wrong-Place-4717"\n')
            done = s.run("doctor", "-")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("panle", done.stdout)
            self.assertIn("(not known: ", done.stdout)
            self.assertNotIn("Wrong-Place-4717", done.stdout)
            done = run("doctor", "-", "-c", NOTHING)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(NOTHING, done.stdout)


if __name__ == "__main__":
    unittest.main()
