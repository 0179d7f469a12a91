"""The core computes; it does not look at a clock, draw numbers, read files, log or wait."""

from source import Finding, Texts, sources, tokens

FORBIDDEN = {
    "system_clock": "clock", "steady_clock": "clock", "high_resolution_clock": "clock", "gettimeofday": "clock",
    "clock_gettime": "clock", "gmtime_r": "clock", "localtime": "clock", "localtime_r": "clock", "strftime": "clock",
    "random_device": "randomness", "mt19937": "randomness", "mt19937_64": "randomness", "rand": "randomness",
    "srand": "randomness", "default_random_engine": "randomness",
    "ifstream": "files", "ofstream": "files", "fstream": "files", "filesystem": "files", "fopen": "files",
    "getenv": "environment", "setlocale": "environment",
    "cout": "output", "cerr": "output", "clog": "output", "printf": "output", "fprintf": "output",
    "spdlog": "logs", "syslog": "logs",
    "boost": "Asio", "asio": "Asio", "co_await": "waiting", "co_return": "waiting", "co_spawn": "waiting",
    "mutex": "threads", "jthread": "threads", "this_thread": "threads", "condition_variable": "threads",
    "atomic": "threads", "thread_local": "threads",
}
# The one place that names Asio's type, by a forward declaration (docs/adr/0009).
NAMES_ASIO = {"reconciler/ports/task.hpp"}


def check(project):
    found = []
    for path in sources(project, under="reconciler/"):
        toks = tokens(project.read(path))
        for i, t in enumerate(toks):
            what = FORBIDDEN.get(t.text)
            if what == "Asio" and path in NAMES_ASIO:
                continue
            if t.text == "now" and i and toks[i - 1].text == "::":
                what = "clock"
            if what:
                found.append(Finding(path, t.line, f"'{t.text}' in the core ({what}): take the value as an argument"))
    return found


def self_test():
    bad = ["auto t = std::chrono::system_clock::now();", "auto t = Clock::now();", "std::mt19937 g;", "std::ofstream f(p);",
           "std::cout << 1;", "spdlog::info(x);", "co_await f();", "std::mutex m;", 'getenv("HOME");',
           "boost::asio::post(f);", "#define X\nint r = rand();"]
    good = ["Time now = options.now;", "// std::cout, system_clock", 'auto s = "spdlog";', "std::chrono::sys_days d;",
            "struct Operand { int random; };"]
    for text in bad:
        assert check(Texts({"reconciler/a.cpp": text})), f"not caught: {text}"
        assert not check(Texts({"controller/a.cpp": text})), f"caught outside of the core: {text}"
    for text in good:
        assert not check(Texts({"reconciler/a.cpp": text})), f"caught: {text}"
    assert not check(Texts({"reconciler/ports/task.hpp": "namespace boost::asio { class any_io_executor; }"}))
