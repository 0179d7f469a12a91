"""Tests lie by one rule (CONTRIBUTING, T5) and have one form of names."""

import re

from source import Finding, Texts

KINDS = ("unit", "property", "contract", "integration", "scenario", "chaos")
# Rooms of tests/unit that test a fake instead of a folder of the program.
FAKES = {"fake_cloud": "tests/fakes/cloud", "fake_panel": "tests/fakes/panel", "fake_webpay": "tests/fakes/webpay"}
TEST = re.compile(r"^\s*(?:TYPED_)?TEST(?:_[FP])?\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.MULTILINE)
# What it returns is the property: unasked, the test cannot fail.
UNASKED = re.compile(r"^\s*rc::check\(", re.MULTILINE)
CASE = re.compile(r"^    def (test\w*)\(", re.MULTILINE)


def check(project):
    files = sorted(path for kind in KINDS for path in project.files(under=f"tests/{kind}/"))
    # By the name of the folder, at the top or a room of controller/ or cli/.
    folders = {name for path in project.files(".cpp", ".hpp") for name in path.split("/")[:-1][:2]
               if not path.startswith(("tests/", "dev/"))}
    found = []
    for path in files:
        if not path.endswith((".cpp", ".py")):
            continue
        text = project.read(path)
        tests = TEST.findall(text) if path.endswith(".cpp") else CASE.findall(text)
        named = path.rsplit(".", 1)[0].endswith("_test")
        if tests and not named:
            found.append(Finding(path, 1, "holds tests: its name ends in _test"))
        if named and not tests and path.endswith(".cpp"):
            found.append(Finding(path, 1, "its name ends in _test, and it holds none"))
        for unasked in UNASKED.finditer(text):
            line = text.count("\n", 0, unasked.end()) + 1
            found.append(Finding(path, line, "nobody asks what rc::check returns: EXPECT_TRUE(rc::check(...))"))
        parts = path.split("/")
        if parts[1] == "unit" and parts[2] not in folders and parts[2] not in FAKES:
            found.append(Finding(path, 1, f"unit tests lie in tests/unit/<folder of the program>; there is no folder {parts[2]}"))
        if path.endswith(".cpp"):
            for suite, name in tests:
                if not re.fullmatch(r"[A-Z][A-Za-z0-9]+", suite) or not re.fullmatch(r"[A-Z][A-Za-z0-9]+", name):
                    found.append(Finding(path, 1, f"{suite}.{name}: a test is named Suite.SaysWhatHolds"))
        else:
            for name in tests:
                if not re.fullmatch(r"test(_[a-z0-9]+)+", name):
                    found.append(Finding(path, 1, f"{name}: a test is named test_says_what_holds"))
    return found


def self_test():
    bad = [
        {"tests/unit/ocs/codec.cpp": "TEST(Codec, Reads) {", "ocs/a.cpp": ""},
        {"tests/unit/ocs/codec_test.cpp": "int x;", "ocs/a.cpp": ""},
        {"tests/unit/shop/codec_test.cpp": "TEST(Codec, Reads) {", "ocs/a.cpp": ""},
        {"tests/unit/ocs/codec_test.cpp": "TEST_F(Codec, reads_it) {", "ocs/a.cpp": ""},
        {"tests/property/quota.cpp": "TEST(Quota, Holds) {"},
        {"tests/property/quota_test.cpp": "TEST(Quota, Holds) {\n    rc::check([] {});\n}"},
        {"tests/integration/service/a.py": "    def test_x(self):"},
        {"tests/integration/service/a_test.py": "    def testX(self):"},
    ]
    good = [
        {"tests/unit/ocs/codec_test.cpp": "TEST(Codec, Reads) {", "ocs/a.cpp": ""},
        {"tests/unit/ocs/helpers.cpp": "int x;", "ocs/a.cpp": ""},
        {"tests/unit/pass/pass_test.cpp": "TEST(Pass, Tells) {", "controller/pass/a.cpp": ""},
        {"tests/unit/fake_cloud/a_test.cpp": "TEST_P(Cloud, Answers) {"},
        {"tests/property/quota_test.cpp": "TEST(Quota, Holds) {\n    EXPECT_TRUE(rc::check([] {}));\n}"},
        {"tests/integration/service/a_test.py": "    def test_says_so(self):"},
    ]
    for files in bad:
        assert check(Texts(files)), f"not caught: {files}"
    for files in good:
        assert not check(Texts(files)), f"caught: {files}"
