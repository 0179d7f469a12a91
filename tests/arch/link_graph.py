"""The libraries' link graph follows the table of docs/architecture.md, indirect links included.

CMake writes <build>/arch/link_graph.txt at configure time: "target folder: linked targets".
"""

from source import Finding

# Which folders a library of this folder may reach, besides its own.
MAY_REACH = {
    "reconciler": set(),
    "words": {"reconciler"},
    "base": {"reconciler"},
    "protocol": {"reconciler", "base"},
    "webpay": {"reconciler", "base"},
    "bm_reader": {"reconciler", "base"},
    "bm_writer": {"reconciler", "base"},
    "ocs": {"reconciler", "base"},
    "state": {"reconciler", "base"},
    "pmnextcloud": {"reconciler", "words", "base", "protocol"},
    "pmwebpay": {"reconciler", "words", "base", "protocol", "webpay", "pmnextcloud"},
    "controller": {"reconciler", "base", "protocol", "webpay", "bm_reader", "bm_writer", "ocs", "state"},
    "cli": {"reconciler", "words", "base", "protocol", "webpay", "bm_reader", "bm_writer", "ocs", "state", "controller"},
    "tests/fakes": {"reconciler"},
}


def check(project):
    file = project.binary_dir / "arch" / "link_graph.txt"
    if not file.exists():
        return [Finding(str(file), 1, "is missing: configure the build folder again")]
    return check_text(file.read_text())


def check_text(text):
    folders, links = {}, {}
    for line in text.splitlines():
        head, _, rest = line.partition(":")
        target, folder = head.split()
        folders[target] = _module(folder)
        links[target] = [link for link in rest.split() if link]
    found = []
    for target, folder in folders.items():
        if folder not in MAY_REACH:
            continue
        for reached, way in _reach(target, links).items():
            other = folders.get(reached)
            if other in MAY_REACH and other != folder and other not in MAY_REACH[folder]:
                found.append(Finding(folder + "/CMakeLists.txt", 1, f"{' -> '.join(way)}: {folder} must not link {other}"))
    return found


def _module(folder):
    return next((m for m in sorted(MAY_REACH, key=len, reverse=True) if folder == m or folder.startswith(m + "/")), folder)


def _reach(target, links):
    ways, queue = {}, [(target, [target])]
    while queue:
        current, way = queue.pop(0)
        for raw in links.get(current, []):
            link = raw.removeprefix("$<LINK_ONLY:").removesuffix(">")
            link = link.replace("bn::", "bn_")
            if link not in ways and link != target:
                ways[link] = way + [link]
                queue.append((link, ways[link]))
    return ways


def self_test():
    base = "bn_reconciler reconciler: bn_options\nbn_ocs ocs: bn::reconciler CURL::libcurl\nbn_state state: bn_reconciler\n"
    assert not check_text(base + "bn_controller controller: bn_ocs bn_state\n")
    assert check_text(base + "bn_x ocs/parts: bn_state\n")
    assert check_text("bn_reconciler reconciler: bn_ocs\nbn_ocs ocs:\n")
    assert check_text("a ocs: $<LINK_ONLY:helper>\nhelper tools: bn::state\nbn_state state: \n")
    assert check_text(base + "fake tests/fakes: bn_ocs\n")
