// Forms that GCC 12.2 compiled into double frees or crashes when they were tried out, and forms
// that it cannot compile. Never built; tests/arch/coroutines.py must catch every case.

Task<void> cases(bool c, std::vector<int> v, Executor ex, std::string s) {
    // case: temporary aggregate by value
    co_await f(Agg{1, "x"});
    // case: designated initialisers
    co_await f({.id = 1, .name = "x"});
    // case: empty braces
    co_await f({});
    // case: by way of co_return
    co_return co_await f(Agg{s});
    // case: std::array
    co_await f(std::array<std::string, 2>{"a", "b"});
    // case: braced array, no type
    auto r1 = co_await f(std::array{s, s});
    // case: member call on a temporary
    co_await Agg{s}.run();
    // case: wrapped in optional
    co_await f(std::optional<Agg>(Agg{s}));
    // case: result used in an expression
    int n = 1 + co_await f(Agg{s}) * 2;
    // case: as a condition
    if (co_await f(Agg{s})) {
        ++n;
    }
    // case: as an init statement of if
    if (auto r = co_await f(Agg{s}); r) {
        ++n;
    }
    // case: as a range
    for (auto x : co_await f(Agg{s})) {
        ++n;
    }
    // case: over several lines
    co_await client.fetch(
        Request{
            .url = "x",
            .body = s,
        },
        timeout
    );
    // case: lambda called at once, captures by value
    co_await [s]() -> Task<void> { co_return; }();
    // case: lambda with an init capture
    co_await retry([s = std::move(s)] { return s; });
    // case: lambda that captures everything by value
    co_await retry([=] { return s; });
    // case: mixed captures
    co_await retry([&n, s] { return s; });
    // case: copy of *this
    co_await retry([*this] { return 1; });
    // case: co_spawn of a lambda, awaited
    co_await co_spawn(
        ex, [s]() -> Task<void> { co_return; }, use_awaitable
    );
    // case: to the right of &&
    do {
        ++n;
    } while (c && co_await g(n));
    // case: to the right of ||, deeper
    if (c || !f(co_await g(n))) {
        ++n;
    }
    // case: conditional operator around co_await
    auto r2 = c ? co_await f(1) : Result(2);
    // case: conditional operator under co_await
    co_await (c ? f(1) : g(2));
    // case: conditional argument
    co_await f(c ? s : std::string());
    // case: aggregate initialised from co_await
    Agg a{co_await f(1), co_await g(2)};
    // case: initialiser list
    auto vs = std::vector{co_await f(1), co_await f(2)};
    // case: braced list as argument
    co_await f(vs({s, s}));
    // case: inside a lambda's own body
    auto run = [&]() -> Task<void> { co_await f(Agg{s}); };
    // case: operand of an Asio operator
    co_await (f(Agg{s}) || timer.async_wait(use_awaitable));
    // case: after a block
    if (c) {
        n = 2;
    }
    co_await f(Agg{s});
    // case: assignment from co_return value
    result = {co_await f(1)};
}

// case: default argument of a coroutine
Task<Result<int>> fetch(Request request, Options options = {});
// case: default argument with a type
Task<void> sleep(Time until = Time{0});
