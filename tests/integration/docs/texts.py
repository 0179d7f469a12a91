"""What the texts for people hold: blocks of code, commands in a sentence, links. Nothing is passed
over in silence: a block has a language that is known here, or reading it is an error."""

import dataclasses
import pathlib
import re
import subprocess

RUN = ("sh", "console")  # run as written; of a console also the output is compared
LANGUAGES = (*RUN, "toml", "json", "sql", "xml", "mermaid", "cpp", "php", "text")
FENCE = re.compile(r"^(\s*)```(.*)$")
NOT_RUN = re.compile(r"^\s*<!-- not run: (.+) -->\s*$")
STAGE = re.compile(r"^\s*<!-- stage: (.+) -->\s*$")


@dataclasses.dataclass
class Block:
    file: str
    line: int  # of the fence, from 1
    language: str
    section: str  # the nearest heading above
    text: str
    not_run: str  # why, or empty

    def place(self):
        return f"{self.file}:{self.line}"


def documents(source):
    """The texts for people below the tree `source`, by their path in it."""
    source = pathlib.Path(source)
    found = sorted([*source.glob("*.md"), *source.glob("docs/**/*.md")])
    return [str(file.relative_to(source)) for file in found if file.name not in ("CHANGELOG.md", "DESIGN.md")]


def in_list(lines, at):
    """Whether an indented line goes on with an item of a list, or with the paragraph above it."""
    if lines[at - 1].strip():
        return True
    above = next((line for line in reversed(lines[:at]) if line.strip() and not line.startswith(" ")), "")
    return bool(re.match(r"([-*]|\d+\.) ", above))


def blocks(source, file):
    found, faults = [], []
    lines = (pathlib.Path(source) / file).read_text(encoding="utf-8").splitlines()
    section, at = "", 0
    while at < len(lines):
        line = lines[at]
        fence = FENCE.match(line)
        if line.startswith("#"):
            section = line.lstrip("#").strip()
        elif line.startswith("    ") and not in_list(lines, at):
            faults.append(f"{file}:{at + 1}: an indented block; use a fenced one, which says its language: ```sh")
        elif stage := STAGE.match(line):
            found.append(Block(file, at + 1, "stage", section, stage[1], ""))
        if fence:
            begin, indent = at, len(fence[1])
            at += 1
            while at < len(lines) and lines[at].strip() != "```":
                at += 1
            above = next((l for l in reversed(lines[:begin]) if l.strip()), "")
            reason = NOT_RUN.match(above)
            block = Block(file, begin + 1, fence[2].strip(), section,
                          "\n".join(l[indent:] for l in lines[begin + 1:at]) + "\n", reason[1] if reason else "")
            if block.language not in LANGUAGES:
                faults.append(f"{block.place()}: a block of the language '{block.language}'; known: {', '.join(LANGUAGES)}")
            found.append(block)
        at += 1
    return found, faults


def commands(text):
    """The complete shell commands of a text, as bash reads them."""
    found, so_far = [], ""
    for line in text.splitlines():
        if not so_far and (not line.strip() or line.lstrip().startswith("#")):
            continue
        so_far += line + "\n"
        if line.endswith("\\"):
            continue
        # An open quote, loop or here-document is said on stderr, the last with exit code 0.
        if not subprocess.run(["bash", "-n"], input=so_far, text=True, capture_output=True, check=False).stderr:
            found.append(so_far)
            so_far = ""
    if so_far:
        raise ValueError(f"no complete command: {so_far}")
    return found


def session(text):
    """[(command, its output)] of a console: lines that begin with "$ ", and what follows each."""
    found = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:] + "\n", []))
        elif found and line.startswith("> ") and not found[-1][1]:
            found[-1] = (found[-1][0] + line[2:] + "\n", [])
        elif found:
            found[-1][1].append(line)
        else:
            raise ValueError(f"a console begins with a command ($ ...): {line}")
    return [(command, "\n".join(lines).strip("\n")) for command, lines in found]


def inline_commands(source, file):
    """[(line, what follows the program's name)]: `bill-nextcloud verb ...` within a sentence or a table."""
    found, inside = [], False
    for number, line in enumerate((pathlib.Path(source) / file).read_text(encoding="utf-8").splitlines(), 1):
        if FENCE.match(line):
            inside = not inside
        elif not inside:
            found += [(number, words) for code in re.findall(r"`([^`]+)`", line)
                      for words in re.findall(r"(?<![\w./-])bill-nextcloud ([a-z-][^;&|']*)", code)]
    return found


def comment_commands(source, file):
    """Commands in the comments of a unit or an example: lines of `#   command`."""
    lines = (pathlib.Path(source) / file).read_text(encoding="utf-8").splitlines()
    return [line[1:].strip() for line in lines
            if re.match(r"#\s{2,}(?:install|systemctl|systemd-\w+|useradd|chgrp|bill-nextcloud)\s", line)]


def options(help_text):
    """The long and short options that a --help lists."""
    return set(re.findall(r"(?<![\w-])(--?[a-zA-Z][\w-]*)", help_text.split("Examples:")[0]))


def paragraph(help_text, *titles):
    """The lines of a --help below the first of these titles that it has."""
    for title in titles:
        _, found, text = help_text.partition(f"\n{title}:\n")
        if found:
            return text.split("\n\n")[0].splitlines()
    return []


def examples(help_text):
    """The examples of a --help, without the note that may follow one."""
    return [re.split(r"   [(#]", line.strip())[0] for line in paragraph(help_text, "Examples") if line.strip()]


def verbs(help_text):
    return [match[1] for match in (re.match(r"  ([a-z][\w-]*)", line)
                                   for line in paragraph(help_text, "Verbs", "Subcommands")) if match]
