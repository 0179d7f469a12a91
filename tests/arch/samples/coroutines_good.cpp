// Forms that GCC 12.2 compiles rightly. Never built; tests/arch/coroutines.py must let them pass.

Task<void> cases(bool c, std::vector<int> v, Executor ex, std::string s) {
    // case: named, then moved in
    Agg named{1, "x"};
    co_await f(std::move(named));
    // case: && that is no condition of it
    auto&& r0 = co_await f(c && s.empty());
    // case: made by a function
    co_await f(make_agg(1, "x"));
    // case: a class with constructors
    co_await f(std::string("x"), Request(s, 3), std::pair(1, 2));
    // case: lambda that captures by reference only
    co_await retry([&] { return s; });
    // case: lambda with named references, and this
    co_await retry([this, &s, &t = c] { return s; });
    // case: lambda without captures
    co_await retry([](int x) { return x; });
    // case: named lambda
    auto work = [s]() -> Task<void> { co_return; };
    co_await work();
    // case: braces in a block of a reference lambda
    co_await retry([&] {
        Agg local{1, "x"};
        return c ? local : Agg{2, "y"};
    });
    // case: ternary in another statement
    const auto which = c ? 1 : 2;
    co_await f(which);
    // case: spawned, not awaited
    co_spawn(
        ex, [s]() -> Task<void> { co_await g(s); }, detached
    );
    // case: aggregate returned without await
    if (c) {
        co_return Agg{1, "x"};
    }
    // case: index and attribute
    [[maybe_unused]] auto r = co_await f(v[1], table[s]);
    // case: condition with a block after it
    if (auto r3 = co_await f(1); r3) {
        Agg other{1, "x"};
        use(other);
    } else {
        use(Agg{2, "y"});
    }
    // case: loop whose body has braces
    while (co_await more()) {
        std::vector<int> fresh{1, 2, 3};
        v = c ? fresh : v;
    }
    // case: for with init and step
    for (int i = 0; i < co_await limit(); ++i) {
        v.push_back(Agg{i, "x"}.id);
    }
    // case: try and catch
    try {
        co_await f(1);
    } catch (const std::exception& e) {
        last = Error{e.what()};
    }
    // case: switch
    switch (co_await f(1)) {
        case 1:
            last = Error{"one"};
            break;
        default:
            co_await g(2);
    }
    // case: awaited result in a local, then an aggregate
    auto first = co_await f(1);
    Agg both{first, 2};
    // case: comment and text with braces
    co_await f("Agg{1} ? a : b");  // Agg{1}
}

// case: constructor with a list of members
Runner::Runner(Options options) : options_{std::move(options)}, names_{"a"} {}

// case: coroutine with a braced member before it
struct Thing {
    std::string name{"x"};

    Task<void> run() { co_await f(name); }
};

// case: declared without defaults
Task<Result<int>> fetch(Request request, Options options);
