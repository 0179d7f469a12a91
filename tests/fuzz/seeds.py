"""seeds.py ROOT OUT: inputs and dictionaries for the fuzz targets, from what the repository records anyway.

OUT/<target>/ gets one file an input, OUT/<target>.dict the target's words. What was found since is
kept in tests/fuzz/corpora.
"""

import hashlib
import json
import re
import sys
from pathlib import Path

CHECKSUM = 8  # bytes before a stored event's fields
FIELDS = re.compile(r"BN_FIELDS\(\s*\w+,([^)]*)\)")


def ocs_answers(root):
    for file in sorted((root / "tests/golden/ocs").glob("*.txt")):
        answer = file.read_text(encoding="utf-8", errors="replace").partition("<<< RESPONSE\n")[2]
        head, _, body = answer.partition("\n\n")
        status = head.split()[1] if len(head.split()) > 1 else "200"
        body = body.partition("\n--- time_total")[0].rstrip("\n")
        product = "o" if "owncloud" in file.name else "n"
        call = chr(ord("a") + int(hashlib.sha256(file.name.encode()).hexdigest(), 16) % 20)
        yield f"{status} {call} {product}3\n{body}".encode()


def event_payload(root):
    for file in sorted((root / "tests/golden/events").glob("*.hex")):
        kind, version = re.fullmatch(r"(.*)\.v(\d+)\.hex", file.name).groups()
        yield f"{kind} {version}\n".encode() + bytes.fromhex("".join(file.read_text().split()))[CHECKSUM:]


def config_file(root):
    text = (root / "deploy/config.example.toml").read_text(encoding="utf-8")
    yield text.encode()
    yield re.sub(r"(?m)^#\s*(\w+ = )", r"\1", text).encode()
    section = ""
    for line in (root / "docs/configuration.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## ["):
            section = line[3:].split()[0].replace("<id>", "3").replace("N", "3")
        row = re.match(r"\| `(\w+)`.*\| `([^`]*)` \|$", line)
        if row:
            yield f"{section}\n{row[1]} = {row[2]}\n[defaults]\npolicy = \"sync\"\n".encode()
    for text in ("1h30m", "250ms", "14d", "0", "18446744073709551615d"):
        yield text.encode()


def control_frame(root):
    for file in ("docs/control.md", "docs/module.md"):
        for found in re.findall(r"\{\"v\":1.*\}", (root / file).read_text(encoding="utf-8")):
            yield found.encode()
    yield (b'{"v":1,"verb":"page","item":7,"items":[3,1,2],"command":"open","module":3,"base_url":"https://a","login":"",'
           b'"password":"p","itemtype":"backupservice","search":"x","actor":"root","reason":"said so","checksum":"ab","wait_ms":9}')


def saved_plan(root):
    plan = json.loads((root / "tests/golden/plans/plan.json").read_text(encoding="utf-8"))
    yield json.dumps({"format": "bill-nextcloud-saved-plan", "version": 1, "made_by": "root", "config_digest": "ab",
                      "seal": "cd", "plan": plan}, ensure_ascii=False).encode()
    yield json.dumps({"format": "bill-nextcloud-status", "version": 1, "running": True, "servers": []}).encode()


def panel_answer(root):
    for document in ('<doc><ok/></doc>', '<doc><task_type>3</task_type><list><a>1</a></list></doc>',
                     '<doc><model><service_id>7</service_id><auth id="s&amp;3">x</auth></model></doc>',
                     '<?xml version="1.0" encoding="UTF-8"?><doc lang="en"><error type="missed" object="task" code="1">'
                     '<param name="object" type="msg" msg="Operation">runningoperation</param><param name="value">17</param>'
                     '<param name="desc" type="msg">desc_missed</param><msg>Operation 17 does not exist</msg></error></doc>',
                     '<doc><error type="access"><param name="desc">no</param></error></doc>', '<!DOCTYPE doc><doc/>', '<html/>'):
        yield b"Secret<7>\n" + document.encode()
        yield b"Secret<7>\n" + document.replace("17", "Secret&lt;7&gt;").encode()


def module_input(root):
    for file in sorted((root / "deploy/billmanager").rglob("*.xml")):
        if file.stat().st_size < 20000:
            yield b"x" + file.read_bytes()
    for document in ('<doc lang="ru" func="pricelist.edit"><tparams><x/></tparams><usergroup>3</usergroup></doc>',
                     '<doc><name> </name><slist name="usergroup"><val key="1">pro</val></slist></doc>',
                     '<doc a="&#x44F;"><![CDATA[x]]>&amp;</doc>', "<!DOCTYPE doc><doc/>"):
        yield b"x" + document.encode()
    for words in ("--command\nopen\n--item=7", "-i7\n--module\n3\n--unknown", "-T", "--help\n--param\nx"):
        yield b"a" + words.encode()
    yield b"sitemtype = vds\nsocket = /run/x\nwait = 15s\nprobe_wait=2m\ngrace = 500ms\n# x\nbad"


def payment_notice(root):
    fields = ("batch_timestamp=1790000000&currency_id=BYN&amount=50.01&payment_method=cc&order_id=123456&site_order_id=bm17-01234567-"
              + "a" * 24 + "&transaction_id=987654&payment_type=1&rrn=5&wsb_signature=" + "0" * 32)
    for text in ("n" + fields, "n" + fields.replace("50.01", "50%2E01"), "n" + fields + "&amount=1", "obm17t-01234567-" + "a" * 24, "a50.0101",
                 "t<wsb_api_response><status>success</status><fields><transaction_id>1</transaction_id><payment_type>1</payment_type>"
                 "</fields></wsb_api_response>", "t<wsb_api_response><status>fail</status><error><error_message>no</error_message></error>"
                 "</wsb_api_response>"):
        yield text.encode()


def quota_rule(root):
    for text in ("5 GB", "1.4 GB", "none", "-3", "1 GiB", "0", "default", "9223372036854775807", "1e30", "tb"):
        yield b"\0" + text.encode()
    yield b"\1" + (5 << 30).to_bytes(8, "little")
    yield b"\2" + bytes(range(64))
    yield b"\2" + bytes([0, 1] + [2, 10, 0, 0, 2, 5] * 8)


def texts(root):
    for text in ("a b@c.example", "https://cloud.example:8443/sub/", "2026-11-23T13:20:30.123Z", "Анна 王 \u202e", "1024.0000",
                 "4294967296", "&<>\"'", "YWJj", "00ff", "user_7", "\x00\x1b[31m\ufffe", "http://a:b@c/?d#e"):
        yield text.encode("utf-8", "surrogatepass")
    yield b"\xff\xc3\x28\xed\xa0\x80"


def nothing(root):
    yield from ()


def words_of(root):
    """Words by target."""
    fields = set()
    for file in ("reconciler/events/events.hpp", "reconciler/plan/plan.hpp", "reconciler/model/action.hpp",
                 "reconciler/model/hold.hpp", "controller/service/status_view.hpp"):
        for listed in FIELDS.findall((root / file).read_text(encoding="utf-8")):
            fields |= set(listed.split())
    json_keys = set(re.findall(r'json(?:\.\w+)?\("(\w+)"', (root / "controller/json/json.hpp").read_text()))
    quoted = {f'"{name.strip(",")}":' for name in fields | json_keys}
    names = set(re.findall(r'"([a-z][a-z-]+)"', (root / "reconciler/model/hold.hpp").read_text()))
    config = (root / "docs/configuration.md").read_text(encoding="utf-8")
    queries = (root / "bm_reader/queries.hpp").read_text()
    kinds = {file.name.rsplit(".", 2)[0] for file in (root / "tests/golden/events").glob("*.hex")}
    return {
        "ocs_answers": set(re.findall(r'"([A-Za-z_-]{2,20})"', (root / "ocs/ocs_codec.cpp").read_text())) | {
            '{"ocs":{"meta":{"statuscode":200},"data":{', '"users":{', '"id":"', '"quota":{"quota":', "null", "true", "-3"},
        "event_payload": kinds,
        "config_file": set(re.findall(r"^\| `(\w+)`", config, re.M)) | set(re.findall(r"^## (\[[\w.]+)", config, re.M)) | {
            '"sync"', '"observe"', '"1h30m"', "[server.3]", "[defaults]\npolicy = \"sync\"\n", "{ at_least = 3, share = 0.1 }"},
        "control_frame": {f'"{w}":' for w in re.findall(r'each\("(\w+)"', (root / "protocol/control.cpp").read_text())} | {
            '{"v":1', '"ok":true', '"ok":false', '"error":{"type":"', '"params":{'},
        "saved_plan": quoted | {f'"{name}"' for name in names} | {"null", "true", "[]", "{}"},
        "panel_answer": {"<doc>", "</doc>", "<error ", "<param name=\"", "<msg>", "<model>", "<ok/>", "type=\"", "&lt;", "***"},
        "module_input": {"<doc>", "</doc>", "<!DOCTYPE", "&#x", "<![CDATA[", "--item", "--module=", "itemtype = ", "wait = "},
        "panel_rows": {"=" + name for name in re.findall(r'Query k\w+\{\s*"([^"]+)"', queries)} | {
            "\t", "\\N", "\n", "open", "close", "suspend", "reopen", "pmnextcloud", "disk", "on", "username", "4294967295"},
        "payment_notice": {"&", "=", "%2", "+", "site_order_id=", "transaction_id=", "wsb_signature=", "amount=", "payment_type=", "bm", "-",
                           "<fields>", "<status>success</status>"},
        "quota_rule": {"none", "default", " GB", " MB", "-3", "1e", "kib"},
        "texts": {"https://", "http://", "@", "\u202e", "T", "Z", "%", "&amp;"},
    }


def escaped(word):
    return "".join(chr(b) if 0x20 <= b < 0x7F and b not in b'\\"' else f"\\x{b:02X}" for b in word.encode())


def main():
    root, out = Path(sys.argv[1]), Path(sys.argv[2])
    for target, words in words_of(root).items():
        folder = out / target
        folder.mkdir(parents=True, exist_ok=True)
        for seed in globals().get(target, nothing)(root):
            (folder / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
        lines = [f'"{escaped(word)}"\n' for word in sorted(words) if 0 < len(word.encode()) <= 60]
        (out / f"{target}.dict").write_text("".join(lines), encoding="ascii")


if __name__ == "__main__":
    main()
