#include "tests/fakes/cloud/control.hpp"

#include <functional>
#include <map>

#include <fmt/format.h>

namespace bn::testing::cloud {
namespace {

using Work = std::function<std::string(FakeCloud&, const Params&)>;

struct Verb {
    std::string fields;
    std::string what;
    Work work;
};

// Runs `change` on the account named by "user"; says what has happened.
std::string change_account(
    FakeCloud& cloud, const Params& params, const std::function<void(World&, Account&)>& change
) {
    const std::string id = params.text("user");
    std::string said = fmt::format("error: no account '{}'\n", id);
    cloud.with([&](World& world) {
        if (Account* account = world.find(id)) {
            change(world, *account);
            world.changed(*account);
            said = "ok\n";
        }
    });
    return said;
}

std::string set_quota(FakeCloud& cloud, const Params& params) {
    std::string error;
    std::string said = change_account(cloud, params, [&](World& world, Account& account) {
        const auto check = world.check_quota(params.text("value"));
        error = check.error.value_or("");
        if (!check.error) {
            account.quota_text = check.stored;
        }
    });
    return error.empty() ? said : fmt::format("error: {}\n", error);
}

std::string remove_account(FakeCloud& cloud, const Params& params) {
    bool removed = false;
    cloud.with([&](World& world) { removed = world.remove(params.text("user")); });
    return removed ? "ok\n" : fmt::format("error: no account '{}'\n", params.text("user"));
}

std::string create_account(FakeCloud& cloud, const Params& params) {
    NewAccount account;
    account.id = params.text("user");
    account.email = params.text("email");
    account.quota = params.text("quota");
    if (const auto group = params.get("group")) {
        account.groups = {*group};
    }
    if (account.id.empty() || cloud.has_account(account.id)) {
        return "error: give a user that does not exist yet\n";
    }
    cloud.add_account(account);
    return "ok\n";
}

std::string rename_group(FakeCloud& cloud, const Params& params) {
    bool done = false;
    cloud.with([&](World& world) {
        done = world.rename_group(params.text("from"), params.text("to"));
    });
    return done ? "ok\n" : "error: 'from' must exist and 'to' must not\n";
}

std::string set_maintenance(FakeCloud& cloud, const Params& params) {
    const bool on = params.text("on") != "0" && params.text("on") != "off";
    cloud.set_maintenance(on);
    return fmt::format("ok: maintenance {}\n", on ? "on" : "off");
}

std::string add_fault(FakeCloud& cloud, const Params& params) {
    const auto kind = parse_fault_kind(params.text("kind"));
    if (!kind) {
        return fmt::format("error: unknown kind '{}'\n", params.text("kind"));
    }
    const auto number = [&](std::string_view name, std::uint64_t fallback) {
        const auto text = params.get(name);
        return text ? std::strtoull(text->c_str(), nullptr, 10) : fallback;
    };
    Fault fault(*kind, params.text("endpoint"));
    fault.user = params.text("user");
    fault.after_effect = params.text("after") == "1";
    fault.skip = number("skip", 0);
    fault.times = number("times", 1);
    fault.delay = Duration(static_cast<std::int64_t>(number("delay_ms", 0)));
    fault.bytes = number("bytes", 0);
    cloud.add_fault(fault);
    return "ok\n";
}

std::string show_account(FakeCloud& cloud, const Params& params) {
    if (!cloud.has_account(params.text("user"))) {
        return fmt::format("error: no account '{}'\n", params.text("user"));
    }
    const Account account = cloud.account(params.text("user"));
    Value out;
    out["id"] = account.id;
    out["enabled"] = account.enabled;
    out["quota"] = account.quota_text;
    out["email"] = account.email;
    out["displayname"] = account.display_name.value_or("");
    out["groups"] = Value::strings({account.groups.begin(), account.groups.end()});
    std::string text;
    render_json(out, text);
    return text + "\n";
}

std::string show_statistics(FakeCloud& cloud, const Params&) {
    Value calls(Value::Map{});
    for (const auto& [endpoint, count] : cloud.calls()) {
        calls[endpoint] = static_cast<std::int64_t>(count);
    }
    Value out;
    out["calls"] = std::move(calls);
    out["total"] = static_cast<std::int64_t>(cloud.total_calls());
    out["writes"] = static_cast<std::int64_t>(cloud.writes().size());
    out["violations"] = static_cast<std::int64_t>(cloud.violations().size());
    out["connections"] = static_cast<std::int64_t>(cloud.connections());
    cloud.with([&](World& world) {
        out["accounts"] = static_cast<std::int64_t>(world.account_count());
    });
    std::string text;
    render_json(out, text);
    return text + "\n";
}

std::string show_writes(FakeCloud& cloud, const Params&) {
    std::string out;
    for (const auto& write : cloud.writes()) {
        out += fmt::format(
            "{} {} {} -> {} {}\n",
            write.endpoint,
            write.user,
            write.detail,
            write.status,
            write.code
        );
    }
    return out;
}

Work on_account(std::function<void(World&, Account&, const Params&)> change) {
    return [change = std::move(change)](FakeCloud& cloud, const Params& params) {
        return change_account(cloud, params, [&](World& world, Account& account) {
            change(world, account, params);
        });
    };
}

std::map<std::string, Verb, std::less<>> make_verbs() {
    std::map<std::string, Verb, std::less<>> verbs;
    verbs["quota"] = {"user value", "sets the quota: 5 GB, none, default", set_quota};
    verbs["enable"] = {
        "user", "enables the account", on_account([](World&, Account& a, const Params&) {
            a.enabled = true;
        })};
    verbs["disable"] = {
        "user", "disables the account", on_account([](World&, Account& a, const Params&) {
            a.enabled = false;
        })};
    verbs["email"] = {
        "user value", "sets the address", on_account([](World&, Account& a, const Params& p) {
            a.email = lower(p.text("value"));
        })};
    verbs["add-group"] = {
        "user group",
        "adds the account to a group",
        on_account([](World& world, Account& a, const Params& p) {
            world.add_group(p.text("group"));
            a.groups.insert(p.text("group"));
        })};
    verbs["remove-group"] = {
        "user group",
        "takes the account out of a group",
        on_account([](World&, Account& a, const Params& p) { a.groups.erase(p.text("group")); })};
    verbs["used"] = {
        "user bytes",
        "gives the account files and a first login",
        on_account([](World&, Account& a, const Params& p) {
            a.used_bytes = std::strtoll(p.text("bytes").c_str(), nullptr, 10);
            a.last_login_ms = a.last_login_ms == 0 ? 1'795'387'683'000 : a.last_login_ms;
        })};
    verbs["delete"] = {"user", "removes the account and its files", remove_account};
    verbs["create"] = {"user [email] [quota] [group]", "makes an account by hand", create_account};
    verbs["rename-group"] = {"from to", "renames a group, members stay", rename_group};
    verbs["maintenance"] = {"on=1|0", "switches the maintenance mode", set_maintenance};
    verbs["swap"] = {
        "instance",
        "another installation answers at this address; with the former id: that one again",
        [](FakeCloud& cloud, const Params& p) {
            cloud.swap(p.text("instance"));
            return std::string("ok\n");
        }};
    verbs["cookies"] = {
        "pass=1|0",
        "what stands in front lets cookies through, or keeps them back",
        [](FakeCloud& cloud, const Params& p) {
            cloud.with([&](World& world) { world.keeps_cookies_back = p.text("pass") == "0"; });
            return std::string("ok\n");
        }};
    verbs["fingerprint"] = {
        "value",
        "a backup was restored, and its data fingerprint set",
        [](FakeCloud& cloud, const Params& p) {
            cloud.with([&](World& world) { world.data_fingerprint = p.text("value"); });
            return std::string("ok\n");
        }};
    verbs["fault"] = {
        "kind [endpoint] [user] [after=1] [skip] [times] [delay_ms] [bytes]",
        "makes coming calls fail",
        add_fault};
    verbs["clear-faults"] = {"", "ends all faults", [](FakeCloud& cloud, const Params&) {
                                 cloud.clear_faults();
                                 return std::string("ok\n");
                             }};
    verbs["latency"] = {"ms [endpoint]", "makes calls slow", [](FakeCloud& cloud, const Params& p) {
                            const Duration each(std::strtoll(p.text("ms").c_str(), nullptr, 10));
                            if (const auto endpoint = p.get("endpoint")) {
                                cloud.set_latency(*endpoint, each);
                            } else {
                                cloud.set_latency(each);
                            }
                            return std::string("ok\n");
                        }};
    verbs["advance"] = {
        "seconds", "moves the server's clock", [](FakeCloud& cloud, const Params& p) {
            cloud.advance(std::chrono::seconds(std::strtoll(p.text("seconds").c_str(), nullptr, 10))
            );
            return std::string("ok\n");
        }};
    verbs["forbid-writes"] = {
        "", "from now on any write is a violation", [](FakeCloud& cloud, const Params&) {
            cloud.forbid_writes();
            return std::string("ok\n");
        }};
    verbs["user"] = {"user", "shows one account as JSON", show_account};
    verbs["stats"] = {"", "shows the calls so far as JSON", show_statistics};
    verbs["writes"] = {"", "shows every write so far", show_writes};
    verbs["reset-stats"] = {"", "forgets calls and writes", [](FakeCloud& cloud, const Params&) {
                                cloud.reset_statistics();
                                return std::string("ok\n");
                            }};
    return verbs;
}

const std::map<std::string, Verb, std::less<>>& verbs() {
    static const auto all = make_verbs();
    return all;
}

}  // namespace

Reply control(FakeCloud& cloud, const Request& request) {
    Reply reply;
    reply.content_type = "text/plain; charset=utf-8";
    const auto segments = decode_segments(request.path());
    const auto it = verbs().find(segments[0]);
    std::string text;
    if (it == verbs().end()) {
        reply.status = 404;
        text = control_help();
    } else {
        text = it->second.work(cloud, read_params(request));
        reply.status = text.rfind("error", 0) == 0 ? 400 : 200;
    }
    reply.body = std::make_shared<const std::string>(std::move(text));
    return reply;
}

std::string control_help() {
    std::string out;
    for (const auto& [name, verb] : verbs()) {
        out += fmt::format("  {:<14} {:<40} {}\n", name, verb.fields, verb.what);
    }
    return out;
}

}  // namespace bn::testing::cloud
