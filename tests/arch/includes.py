"""Who may include whom (the table of docs/architecture.md), and where heavy headers may appear."""

import re

from source import Finding, Texts, sources

FOLDERS = ("reconciler", "words", "base", "protocol", "webpay", "bm_reader", "bm_writer", "ocs", "state", "controller", "cli", "pmnextcloud", "pmwebpay", "tests")
ADAPTERS = {"bm_reader", "bm_writer", "ocs", "state"}

# Third-party headers by their first part. A folder that is not named may use all of them.
THIRD_PARTY = {
    "reconciler": {"fmt", "tl"},
    "words": set(),
    "base": {"fmt", "tl", "curl", "mysql.h", "mysql", "mariadb", "sqlite3.h", "sodium.h", "utf8.h", "boost", "openssl"},
    "protocol": {"fmt", "tl", "nlohmann", "openssl"},
    "webpay": {"fmt", "tl", "openssl", "pugixml.hpp"},
    "bm_reader": {"fmt", "tl", "sqlite3.h", "openssl", "boost/url"},
    "bm_writer": {"fmt", "tl", "curl", "pugixml.hpp"},
    "ocs": {"fmt", "tl", "boost", "curl", "simdjson.h", "openssl"},
    "state": {"fmt", "tl", "sqlite3.h", "cereal", "sodium.h"},
    "pmnextcloud": {"fmt", "tl", "nlohmann", "pugixml.hpp"},
    "pmwebpay": {"fmt", "tl", "nlohmann", "pugixml.hpp"},
}
KNOWN_THIRD_PARTY = {h.split("/")[0] for allowed in THIRD_PARTY.values() for h in allowed} | {
    "CLI", "toml++", "spdlog", "prometheus", "nlohmann", "gtest", "gmock", "rapidcheck", "rapidcheck.h",
    "yaml-cpp", "benchmark", "simdjson"}
IN_THE_CORE_NO = {"random", "fstream", "filesystem", "iostream", "ostream", "thread", "mutex", "future",
                  "condition_variable", "atomic", "coroutine", "cstdio", "cstdlib", "ctime", "locale",
                  "syncstream", "semaphore", "latch", "barrier", "stop_token"}
NOT_IN_HEADERS = {"boost/beast": "Beast", "CLI": "CLI11", "toml++": "toml++", "spdlog": "spdlog"}

_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]', re.M)


def check(project):
    found = []
    for path in sources(project):
        text = project.read(path)
        for m in _INCLUDE.finditer(text):
            line = text.count("\n", 0, m.start()) + 1
            why = _wrong(path, m.group(1) == '"', m.group(2))
            if why:
                found.append(Finding(path, line, f"includes {m.group(2)}: {why}"))
    return found


def _wrong(path, ours, header):
    folder = path.split("/")[0]
    first = header.split("/")[0]
    if ours:
        if "/" not in header or header.startswith("."):
            return 'give our headers by their path from the root, e.g. "reconciler/model/ids.hpp"'
        return _wrong_direction(path, folder, first)
    if first in FOLDERS:
        return 'our headers are included with "", not <>'
    if header == "boost/asio.hpp":
        return "include the fine-grained Asio headers, the whole costs seconds in each file"
    if path.endswith(".hpp"):
        for prefix, name in NOT_IN_HEADERS.items():
            if header.startswith(prefix) and not header.endswith(("fwd.hpp", "toml_fwd.hpp")):
                return f"{name} is heavy: keep it in a .cpp, forward-declare or use a pimpl"
    return _wrong_library(folder, header, first)


def _wrong_direction(path, folder, first):
    if first not in FOLDERS:
        return None  # generated
    if folder == "reconciler" and first != "reconciler":
        return "the core knows nobody"
    if folder == "base" and first not in ("reconciler", "base"):
        return "the plumbing knows the core and nobody above it"
    if folder == "protocol" and first not in ("reconciler", "base", "protocol"):
        return "the protocol knows neither of its ends"
    if folder == "webpay" and first not in ("reconciler", "base", folder):
        return "the rules of WebPay know the core, the plumbing and themselves"
    if folder in ADAPTERS and first not in ("reconciler", "base", folder):
        return "an adapter knows the core, the plumbing and itself, never another adapter, the controller or a test"
    if folder == "words" and first not in ("reconciler", folder):
        return "the words know the core's names and nobody else"
    if folder == "pmnextcloud" and first not in ("reconciler", "words", "base", "protocol", folder):
        return "pmnextcloud knows the core, the words, the plumbing, the protocol and itself"
    if folder == "pmwebpay" and first not in ("reconciler", "words", "base", "protocol", "webpay", "pmnextcloud", folder):
        return "pmwebpay knows the core, the words, the plumbing, the protocol, WebPay's rules, and what the panel's modules share"
    if folder == "controller" and first == "cli":
        return "the loop and its parts know no verb and no screen"
    if folder in ("controller", "cli") and first in ("tests", "pmnextcloud", "pmwebpay"):
        return "the program does not depend on tests or on the panel's module"
    if path.startswith("tests/fakes/") and first not in ("reconciler", "tests"):
        return "a fake must not share code with what it is to test"
    return None


def _wrong_library(folder, header, first):
    allowed = THIRD_PARTY.get(folder)
    if allowed is not None and first in KNOWN_THIRD_PARTY and not any(f"{header}/".startswith(f"{a}/") for a in allowed):
        return f"{folder} may use only {', '.join(sorted(allowed))}"
    if folder == "reconciler":
        if "." in header and first not in THIRD_PARTY["reconciler"]:
            return "the core includes only the standard library, fmt and tl::expected"
        if first in IN_THE_CORE_NO:
            return "the core has no clock, randomness, files, threads or output"
    return None


def self_test():
    bad = {
        "reconciler/a.cpp": ['"state/db.hpp"', "<boost/asio/awaitable.hpp>", "<fstream>", "<spdlog/spdlog.h>", "<unistd.h>"],
        "words/a.cpp": ['"state/db.hpp"', '"cli/command.hpp"', "<fmt/format.h>"],
        "ocs/a.cpp": ['"state/db.hpp"', '"controller/app.hpp"', "<sqlite3.h>", "<cereal/cereal.hpp>", '"client.hpp"'],
        "state/a.cpp": ['"ocs/client.hpp"', "<curl/curl.h>", "<boost/asio/post.hpp>", '"tests/fakes/cloud.hpp"'],
        "base/a.cpp": ['"ocs/a.hpp"', '"controller/a.hpp"', "<pugixml.hpp>"],
        "protocol/a.cpp": ['"pmnextcloud/a.hpp"', '"controller/a.hpp"'],
        "webpay/a.cpp": ['"controller/a.hpp"', '"protocol/a.hpp"', "<curl/curl.h>"],
        "pmwebpay/a.cpp": ['"controller/a.hpp"', '"bm_writer/a.hpp"', "<curl/curl.h>"],
        "bm_reader/a.cpp": ["<mysql.h>", '"bm_writer/a.hpp"', "<boost/asio/post.hpp>", "<cereal/cereal.hpp>", "<nlohmann/json.hpp>"],
        "controller/a.cpp": ["<boost/asio.hpp>", '"cli/screen/a.hpp"', '"tests/support/dir.hpp"', "<reconciler/a.hpp>"],
        "controller/a.hpp": ["<CLI/CLI.hpp>", "<boost/beast/http.hpp>", "<toml++/toml.h>", "<spdlog/spdlog.h>"],
        "tests/fakes/a.cpp": ['"ocs/client.hpp"', '"controller/app.hpp"'],
    }
    good = {
        "reconciler/a.cpp": ['"reconciler/a.hpp"', "<vector>", "<fmt/format.h>", "<tl/expected.hpp>", "<chrono>"],
        "words/a.cpp": ['"reconciler/a.hpp"', '"words/a.hpp"', "<array>"],
        "pmnextcloud/a.cpp": ['"words/a.hpp"'],
        "ocs/a.cpp": ['"ocs/a.hpp"', '"reconciler/a.hpp"', "<curl/curl.h>", "<boost/asio/post.hpp>", "<unistd.h>", "<simdjson.h>"],
        "base/a.cpp": ['"reconciler/a.hpp"', "<mysql.h>", "<utf8.h>"],
        "bm_reader/a.cpp": ['"base/a.hpp"', "<boost/url/parse.hpp>"],
        "pmnextcloud/a.cpp": ['"protocol/a.hpp"', '"base/a.hpp"'],
        "state/a.cpp": ["<sqlite3.h>", "<cereal/archives/binary.hpp>", "<sodium.h>", "<thread>", "<sys/file.h>"],
        "controller/a.cpp": ['"ocs/a.hpp"', '"state/a.hpp"', "<CLI/CLI.hpp>", "<boost/asio/io_context.hpp>"],
        "tests/fakes/a.cpp": ['"reconciler/a.hpp"', '"tests/fakes/b.hpp"', "<boost/asio/ssl.hpp>", "<nlohmann/json.hpp>"],
        "tests/unit/a.cpp": ['"ocs/a.hpp"', '"state/a.hpp"', "<gtest/gtest.h>"],
    }
    for files, expected in ((bad, True), (good, False)):
        for path, headers in files.items():
            for header in headers:
                hit = bool(check(Texts({path: f"#include {header}\n"})))
                assert hit == expected, f"{path} including {header}: {'caught' if hit else 'not caught'}"
