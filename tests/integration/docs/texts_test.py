"""Every command that the texts for people hold runs: README, docs, the examples of --help and of deploy.

A block ```sh is run as it stands, on a host of namespaces (clean_host.py); of a ```console the output is
compared as well, where "..." stands for any lines. A command must end with 0; `# exit code N` beside it says
another; `plan` may end with 2. Other blocks are parsed. What is not run says why in a comment above it,
`<!-- not run: REASON -->`, and is listed at the end of this test.

BN_DOCS_UPDATE=1 writes the output that there is into the consoles that show whole outputs.
"""

import difflib
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest
import xml.etree.ElementTree as ElementTree

import clean_host
import stages
import texts

SOURCE = clean_host.SOURCE
BIN = os.environ["BN_BIN"]
MOST_NOT_RUN = 12
FILES = texts.documents(SOURCE)
BLOCKS = {file: texts.blocks(SOURCE, file) for file in FILES}
UPDATE = os.environ.get("BN_DOCS_UPDATE")
# A text in Russian has the commands of its English one, word for word; those are run.
ENGLISH = {"README.ru.md": "README.md"} | {
    file: "docs/" + file.removeprefix("docs/ru/") for file in FILES if file.startswith("docs/ru/")}
RUN_BY_ITSELF = [file for file in FILES if file not in ENGLISH and any(
    block.language in texts.RUN and not block.not_run for block in BLOCKS[file][0])]
# Its many pages look at one and the same host.
RUNBOOK = [file for file in RUN_BY_ITSELF if file.startswith("docs/runbook/")]


def blocks(*languages, files=None):
    return [block for file in files or FILES for block in BLOCKS[file][0] if block.language in languages]


def help_of(*words):
    return subprocess.run([BIN, *words, "--help"], capture_output=True, text=True, check=True,
                          env=dict(os.environ, LC_ALL="C.UTF-8")).stdout


def plain(text):
    """Without what differs from run to run: times, hashes, speeds, colours."""
    text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?(Z|[+-]\d\d(:?\d\d)?))?", "TIME", text)
    text = re.sub(r"\b[0-9a-f]{12,}\b", "HASH", text)
    return re.sub(r"\b\d+(\.\d+)?/s", "N/s", text)


def missing(shown, real):
    """The first lines of `shown` that do not stand in `real`, in order, or None."""
    lines, at = plain(real).splitlines(), 0
    for part in re.split(r"^\.\.\.$", plain(shown), flags=re.M):
        part = part.strip("\n").splitlines()
        if not part:
            continue
        found = next((i for i in range(at, len(lines) - len(part) + 1) if lines[i:i + len(part)] == part), None)
        if found is None:
            return "\n".join(part)
        at = found + len(part)
    return None


class Written(unittest.TestCase):
    """What can be judged without running it."""

    def test_every_block_has_a_language_that_is_known_here(self):
        self.assertEqual([fault for _, faults in BLOCKS.values() for fault in faults], [])

    def test_few_commands_are_not_run_and_say_why(self):
        skipped = [block for block in blocks(*texts.RUN) if block.not_run]
        for block in skipped:
            print(f"not run: {block.place()}: {block.not_run}", file=sys.stderr)
        self.assertLessEqual(len(skipped), MOST_NOT_RUN)
        for block in blocks(*[l for l in texts.LANGUAGES if l not in texts.RUN]):
            self.assertEqual(block.not_run, "", f"{block.place()}: it is not run in any case")

    def test_json_and_xml_can_be_read(self):
        for block in blocks("json"):
            with self.subTest(block.place()):
                json.loads(block.text)
        for block in blocks("xml"):
            with self.subTest(block.place()):
                ElementTree.fromstring(block.text if block.text.count("<?xml") else f"<all>{block.text}</all>")

    def test_a_picture_names_the_tables_that_are_read(self):
        source = (SOURCE / "bm_reader/queries.hpp").read_text(encoding="utf-8")
        touched = set(re.findall(r"'(\w+)'", source[source.index("kTables ="):source.index("struct Needed")]))
        needed = set(re.findall(r"\{\"(\w+)\",", source[source.index("kNeeded[]"):]))
        for block in blocks("mermaid"):
            self.assertIn(block.text.split()[0], ("sequenceDiagram", "stateDiagram-v2", "erDiagram"), block.place())
            if block.text.startswith("erDiagram"):
                drawn = {name for line in block.text.splitlines()[1:] for name in re.findall(r"^\s*(\w+)|[|}o{]{2} (\w+) :", line)
                         for name in name if name}
                self.assertLessEqual(drawn, touched, block.place())
                self.assertLessEqual(needed, drawn, block.place())

    def test_verbs_and_options_in_sentences_exist(self):
        known = {verb: texts.options(help_of(verb)) for verb in texts.verbs(help_of())}
        for file in FILES:
            for line, command in texts.inline_commands(SOURCE, file):
                words = command.split()
                with self.subTest(f"{file}:{line}", command=command):
                    verb = words[0]
                    if verb.startswith("-"):  # an option of the program itself, which does something at once
                        subprocess.run([BIN, *words], capture_output=True, check=True)
                        continue
                    self.assertIn(verb, known)
                    for word in words:
                        if re.match(r"--?[a-z]", word):
                            self.assertIn(re.split("[=,;]", word)[0], known[verb] | {"--config", "-c"})

    def test_the_tables_of_verbs_name_what_exists(self):
        known = texts.verbs(help_of())
        for file in ("README.md", "README.ru.md"):
            text = (SOURCE / file).read_text(encoding="utf-8")
            rows = re.search(r"^\| (?:verb|команда) \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.M)[1].splitlines()
            named = {code.split()[0] for row in rows for code in re.findall(r"`([^`]+)`", row.split("|")[1])}
            self.assertGreater(len(named), 20)
            self.assertEqual(sorted(named - set(known)), [], file)

    def test_settings_can_be_read(self):
        """Each block of TOML is a configuration, or a piece of one."""
        import tempfile
        for block in blocks("toml"):
            with self.subTest(block.place()), tempfile.TemporaryDirectory(prefix="bn-docs-toml-") as folder:
                text = block.text
                for path in set(re.findall(r'= "(/[^"]+)"', text)):  # what it names exists here
                    here = pathlib.Path(folder, path.replace("/", "_"))
                    if not re.search(rf'(socket|path|mgrctl) = "{path}"', text):
                        here.write_text("x\n")
                        here.chmod(0o600)
                    text = text.replace(f'"{path}"', f'"{here}"')
                pathlib.Path(folder, "panel.db").touch()
                if "[panel]" not in text:
                    text = f'[panel]\nsqlite = "{folder}/panel.db"\n' + text
                if not re.search(r"^policy", text, re.M):
                    text += '\n[defaults]\npolicy = "observe"\n'
                if not re.search(r"^(from|host|socket|sqlite) = ", text, re.M):
                    text = text.replace("[panel]", f'[panel]\nsqlite = "{folder}/panel.db"')
                file = pathlib.Path(folder, "config.toml")
                file.write_text(text, encoding="utf-8")
                done = subprocess.run([BIN, "check", "--quick", "--json", "-c", str(file)], capture_output=True, text=True,
                                      check=False)
                self.assertTrue(done.stdout.startswith("{"), done.stderr + text)

    def test_a_russian_text_has_the_commands_of_its_english_one(self):
        for russian, english in ENGLISH.items():
            with self.subTest(russian):
                self.assertIn(english, BLOCKS)
                said = [(block.language, [line.split("#")[0].strip() for line in block.text.splitlines()])
                        for block in blocks(*texts.RUN, "toml", "stage", "mermaid", files=[english]) if block.language != "mermaid"]
                self.assertEqual(said, [(block.language, [line.split("#")[0].strip() for line in block.text.splitlines()])
                                        for block in blocks(*texts.RUN, "toml", "stage", files=[russian])])


@unittest.skipUnless(clean_host.possible(), "needs root and namespaces")
class Run(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.panel = clean_host.Panel()
        cls.tutorial = {}

    @classmethod
    def tearDownClass(cls):
        cls.panel.close()

    def run_all(self, steps, cloud=clean_host.CLOUD):
        """steps: [(place, command)]. Fails at the first that does not end as it must."""
        self.panel.renew()
        done = clean_host.run(self.panel, [command for _, command in steps], cloud=cloud)
        for (place, command), code, output in zip(steps, done.codes, done.outputs):
            allowed = clean_host.allowed_codes(command).split()
            self.assertIn(str(code), allowed, f"{place}: $ {command}{output}")
        return done

    def steps_of(self, file):
        """[(place, command)], and [(number of the step, block, output shown)]."""
        steps = [("before " + file, command) for command in stages.before(SOURCE, file)]
        shown = []
        for block in BLOCKS[file][0]:
            if block.not_run:
                continue
            if block.language == "stage":
                steps += [(block.place(), command) for command in stages.EVENTS[block.text]]
            elif block.language == "sh":
                steps += [(block.place(), command) for command in texts.commands(block.text)]
            elif block.language == "console" and file != "README.md":
                for command, output in texts.session(block.text):
                    shown.append((len(steps), block, output))
                    steps.append((block.place(), command))
        return steps, shown

    def run_text(self, file):
        steps, shown = self.steps_of(file)
        done = self.run_all(steps, cloud=stages.cloud(file))
        for number, block, output in shown:
            with self.subTest(block.place(), command=steps[number][1]):
                self.compare(block, steps[number][1], output, done.outputs[number])
        return steps, done

    def compare(self, block, command, shown, real):
        lacks = missing(shown, real)
        if lacks is None:
            return
        if UPDATE and "\n...\n" not in f"\n{shown}\n":
            for name in [block.file, *(russian for russian, english in ENGLISH.items() if english == block.file)]:
                file = SOURCE / name
                text = file.read_text(encoding="utf-8")
                file.write_text(text.replace(f"$ {command}{shown}", f"$ {command}{real.strip()}"), encoding="utf-8")
            return
        self.fail(f"{block.place()}: $ {command}is shown to say\n{lacks}\nand says\n{real}")

    def test_the_runbook(self):
        steps = [("before the runbook", command) for command in [
            *stages.before(SOURCE, RUNBOOK[0]), stages.until("curl -sf http://127.0.0.1:9632/readyz")]]
        known = set()  # several pages begin with the same look
        for file in RUNBOOK:
            for place, command in self.steps_of(file)[0]:
                if not place.startswith("before") and command not in known:
                    known.add(command)
                    steps.append((place, command))
        self.run_all(steps)

    def test_sql_is_understood_by_the_panels_database(self):
        self.panel.renew()
        for block in blocks("sql"):
            with self.subTest(block.place()):
                for login in set(re.findall(r"TO ('\w+'@'[\w.]+')", block.text)):
                    if f"CREATE USER {login}" not in block.text:
                        self.panel.db.sql(f"CREATE OR REPLACE USER {login}")
                done = self.panel.db.sql(block.text, "billmgr", check=False)
                self.assertEqual(done.returncode, 0, done.stderr)


def one(file):
    def run_text(self):
        steps, done = self.run_text(file)
        if file == "docs/tutorial.md":
            # What README shows is what the tutorial does.
            at = 0
            for block in blocks("console", files=["README.md"]):
                for command, output in texts.session(block.text):
                    same = [i for i in range(at, len(steps)) if steps[i][1] == command]
                    # Where the tutorial says a command twice: the one whose output is most like what is shown.
                    number = max(same, default=None, key=lambda i: (missing(output, done.outputs[i]) is None, difflib.SequenceMatcher(
                        None, output, done.outputs[i]).ratio()))
                    self.assertIsNotNone(number, f"{block.place()}: the tutorial has no command {command}")
                    self.compare(block, command, output, done.outputs[number])
                    at = number + 1
    return run_text


for _file in sorted({*RUN_BY_ITSELF} - {*RUNBOOK}):
    setattr(Run, "test_" + re.sub(r"\W", "_", _file), one(_file))


if __name__ == "__main__":
    unittest.main()
