#include "tests/unit/fake_cloud/recorded_worlds.hpp"

#include <functional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/fakes/cloud/quota_text.hpp"

namespace bn::testing {
namespace {

using cloud::Account;
using cloud::Fault;
using cloud::FaultKind;
using cloud::World;

constexpr std::int64_t kSeenLogin = 1'795'387'683'000;
constexpr std::int64_t kBobLogin = 1'795'388'050'000;
constexpr std::int64_t kHeavyLogin = 1'795'388'468'000;

struct Recorded {
    const Transcript& transcript;
    FakeCloud& sample;

    [[nodiscard]] std::string t() const { return "t." + transcript.variant; }

    // An account, made when it is not there yet; without e-mail, quota and groups.
    Account& account(World& world, const std::string& id) const {
        cloud::NewAccount values;
        values.id = id;
        return world.add(values);
    }

    void with_account(const std::string& id, const std::function<void(Account&)>& more = {}) const {
        sample.with([&](World& world) {
            Account& made = account(world, id);
            if (more) {
                more(made);
            }
            world.rename_key(made);
        });
    }

    [[nodiscard]] bool named(std::string_view text) const {
        return transcript.name.find(text) != std::string::npos;
    }
};

// The accounts that the id trials left behind, in no special order.
const std::vector<std::string> kOddIds{
    "with space",
    "true",
    "-",
    "...",
    ".hidden",
    "0",
    "007",
    "12345",
    "1e3",
    "@",
    "a.b",
    "a@b.example",
    "a_b-c",
    "appdata_oc",
    "avatars",
    "data",
    "MiXed",
    "null",
    "o'brien",
    "u",
    "UPPER",
    "t.v1.json.full",
    "t.v1.xml.full",
    "t.v2.json.full",
    "t.v2.xml.full",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"};

void odd_accounts(const Recorded& r) {
    for (const auto& id : kOddIds) {
        r.with_account(id, [&](Account& a) {
            if (id.rfind("t.v", 0) == 0) {
                a.display_name = "Full Name";
                a.email = id.substr(0, id.size() - 5) + "@mail.example.test";
            }
        });
    }
}

// Lists of members differ from moment to moment; the recorded list says who was there.
void members_as_listed(const Recorded& r) {
    const std::string& body = r.transcript.reply_body;
    std::vector<std::string> ids;
    if (body.rfind('{', 0) == 0) {
        const auto json = nlohmann::json::parse(body);
        for (const auto& id : json["ocs"]["data"]["users"]) {
            ids.push_back(id.get<std::string>());
        }
    } else {
        const std::string open = "<element>";
        for (auto at = body.find(open); at != std::string::npos; at = body.find(open, at + 1)) {
            const auto begin = at + open.size();
            ids.push_back(body.substr(begin, body.find('<', begin) - begin));
        }
    }
    for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
        r.with_account(*id, [](Account& a) { a.groups.insert("basic"); });
    }
}

void basic_series(const Recorded& r) {
    const int number = std::atoi(r.transcript.name.c_str());
    const bool absent =
        number == 10 || (number >= 12 && number <= 22 && number != 20) || number == 61;
    if (!absent && number < 70) {
        r.with_account(r.t());
    }
    if (number == 21 || number == 23) {
        r.with_account(r.t() + ".full", [&](Account& a) {
            a.display_name = "Full Name";
            a.email = r.t() + "@mail.example.test";
            a.groups = {"basic", "pro"};
            a.quota_text = "1 GB";
        });
    } else if (number == 42) {
        r.with_account(r.t(), [](Account& a) {
            a.display_name = "New Name";
            a.email = "new@mail.example.test";
            a.quota_text = "2 GB";
            a.enabled = false;
        });
    } else if (number == 54) {
        r.with_account(r.t(), [](Account& a) { a.groups = {"pro"}; });
    } else if (number == 72 || number == 76) {
        r.sample.add_group("g." + r.transcript.variant);
    } else if (number == 74) {
        members_as_listed(r);
    }
}

void mixed_case(const Recorded& r) {
    r.with_account("MiXed", [&](Account& a) {
        if (r.named("get-groups")) {
            a.groups = {"basic"};
        }
        if (r.named("get-real-case")) {
            a.enabled = false;
            a.quota_text = "3 GB";
        }
    });
}

void quota_series(const Recorded& r) {
    const std::vector<std::pair<std::string, std::string>> stored{
        {"quota-0_B", "0 B"},
        {"quota-1500000000", "1.4 GB"},
        {"quota-1_GB", "1 GB"},
        {"quota-5368709121", "5 GB"},
        {"quota-_1", "0 B"},
        {"quota-none", "none"},
        {"quota-default", "default"},
        {"default-quota-5GB", "default"}};
    for (const char* id : {"q.fresh", "q.seen"}) {
        r.with_account(id, [&](Account& a) {
            for (const auto& [mark, text] : stored) {
                if (r.named("-get-") && r.named(mark)) {
                    a.quota_text = text;
                }
            }
            if (std::string(id) == "q.seen" && !r.named("before-login") &&
                !r.named("first-login")) {
                a.last_login_ms = kSeenLogin;
            }
        });
    }
    if (r.named("default-quota-5GB")) {
        r.sample.with([](World& world) { world.default_quota = "5 GB"; });
    }
}

void mail_and_names(const Recorded& r) {
    r.with_account("e1", [](Account& a) { a.email = "dup@mail.example.test"; });
    if (r.named("144-get")) {
        r.with_account("e5", [](Account& a) { a.email = "not-an-email"; });
    }
    if (r.named("148-accept")) {
        r.with_account("-");
    }
}

void group_series(const Recorded& r) {
    r.with_account("e1");
    if (r.named("users-details")) {
        r.with_account("MiXed", [](Account& a) {
            a.groups = {"basic"};
            a.quota_text = "3 GB";
        });
    } else if (r.named("groups-details")) {
        r.sample.add_group("PRO");
        for (int i = 0; i < 8; ++i) {
            r.with_account(fmt::format("m{}", i), [&](Account& a) {
                a.groups.insert("basic");
                if (i < 4) {
                    a.groups.insert("pro");
                }
            });
        }
    } else if (r.named("153-group-delete-nonempty-2")) {
        r.sample.add_group("gtmp");
        r.with_account("e1", [](Account& a) { a.groups = {"gtmp"}; });
    } else if (r.named("154-")) {
        members_as_listed(r);
    }
}

void page_series(const Recorded& r) {
    if (r.named("161-")) {
        for (int i = 2; i <= 22; ++i) {
            r.with_account(fmt::format("acc{:05}", i), [&](Account& a) {
                a.quota_text = "12 GB";
                a.groups = {i == 22 ? "basic" : "pro"};
                a.enabled = i != 20;
                a.last_login_ms = i == 21 ? 1'795'389'224'000 : i == 22 ? 1'795'389'225'000 : 0;
            });
        }
        return;
    }
    odd_accounts(r);
    if (r.named("offset_5")) {
        for (const char* id :
             {"cq.0",
              "cq.1",
              "cq.2",
              "cq.3",
              "cq.4",
              "cq.5",
              "cq.6",
              "cq.7",
              "e1",
              "e2",
              "e3",
              "e4",
              "e5",
              "j1",
              "j2",
              "q.fresh",
              "q.seen"}) {
            r.with_account(id);
        }
    }
}

void rights_series(const Recorded& r) {
    r.with_account("e1");
    r.with_account("bob", [&](Account& a) {
        a.groups = {"basic"};
        a.last_login_ms = kBobLogin;
        a.enabled = !r.named("203-");
        const bool before =
            r.transcript.name == "210-subadmin-add.v2-json" || r.named("212-subadmin-remove-again");
        if ((r.named("210-") || r.named("211-") || r.named("212-")) && !before) {
            a.subadmin_of = {"basic"};
        }
    });
    if (r.named("211-subadmin-list")) {
        members_as_listed(r);
    } else if (r.named("211-subadmin-details")) {
        r.with_account("MiXed", [](Account& a) {
            a.groups = {"basic"};
            a.quota_text = "3 GB";
        });
    } else if (r.named("211-") && !r.named("-create-")) {
        r.with_account("sa1", [](Account& a) { a.groups = {"basic"}; });
    }
}

void login_series(const Recorded& r) {
    r.with_account("-");
    r.with_account("a@b.example");
    if (r.named("221-apppw-delete") || r.named("221-apppw-put")) {
        r.with_account("apc");
    }
}

void server_series(const Recorded& r) {
    if (r.named("250-")) {
        r.sample.set_maintenance(true);
    }
    if (r.named("233-")) {
        r.with_account("admin", [](Account& a) { a.used_bytes = 164; });
    }
}

void half_done_series(const Recorded& r) {
    if (r.named("303-")) {
        for (const char* id : {"half2", "half3"}) {
            if (r.named("readback") || r.named("-get-")) {
                r.with_account(id, [](Account& a) { a.groups = {"basic"}; });
            }
        }
        return;
    }
    if (!r.named("300-create-500-but-created")) {
        r.with_account("half1", [&](Account& a) {
            const bool later = r.named("302-") || r.named("301-put-quota-500-readback");
            a.quota_text = later ? "3 GB" : "default";
            a.enabled = !r.named("302-enable");
        });
    }
    if (!r.named("readback") && !r.named("again")) {
        r.sample.add_fault(Fault(FaultKind::kListenerThrows));
    }
}

void files_series(const Recorded& r) {
    if (r.named("phoenix") || r.named("310-") || r.named("311-get")) {
        r.with_account("phoenix");
    }
    r.with_account("heavy", [&](Account& a) {
        a.last_login_ms = kHeavyLogin;
        a.used_bytes = 100'000;
        a.quota_text = r.named("313-quota-zero-readback") ? "0 B" : "10 KB";
    });
    if (r.named("314-")) {
        r.sample.with([](World& world) {
            world.unlimited_quota_allowed = false;
            world.max_quota = std::int64_t{3} << 30;
        });
    }
}

void last_series(const Recorded& r) {
    r.with_account("acc00001");
    r.with_account("acc00051");
    r.with_account("susp", [](Account& a) { a.enabled = false; });
    r.sample.with([](World& world) {
        world.tokens.push_back({"susp", "dummy-user-app-password"});
    });
    if (r.named("400-")) {
        const Time now = r.sample.now();
        Account admin = r.sample.account("admin");
        r.sample.with_gate([&](cloud::Gate& gate) {
            for (int i = 0; i < 50; ++i) {
                gate.take_edit(admin, now.time_since_epoch().count());
            }
        });
    }
}

// Free space moved all the time on the recorded machine.
void free_space_as_read(const Recorded& r) {
    const std::string& body = r.transcript.reply_body;
    for (const std::string mark : {"\"free\":", "<free>"}) {
        const auto at = body.find(mark);
        const bool unlimited = body.find("\"quota\":-3") != std::string::npos ||
                               body.find("<quota>-3<") != std::string::npos;
        if (at != std::string::npos && unlimited) {
            const std::int64_t free = std::atoll(body.c_str() + at + mark.size());
            r.sample.with([&](World& world) { world.disk_free = free; });
        }
    }
}

struct Rule {
    int from;
    int to;
    void (*prepare)(const Recorded&);
};

constexpr Rule kRules[] = {
    {10, 94, basic_series},
    {95, 98, login_series},
    {100,
     100,
     [](const Recorded& r) {
         if (r.transcript.name == "100-userid-07-upper") {
             r.with_account("UPPER");
         }
     }},
    {110, 113, odd_accounts},
    {114, 115, mixed_case},
    {120, 133, quota_series},
    {140, 148, mail_and_names},
    {150, 156, group_series},
    {160, 162, page_series},
    {200, 212, rights_series},
    {220, 223, login_series},
    {230, 250, server_series},
    {300, 303, half_done_series},
    {310, 314, files_series},
    {320, 410, last_series},
};

// ---- PATCH of an account

std::string quota_text_of(std::int64_t bytes) {
    return bytes < 0 ? "none" : cloud::stored_quota(std::to_string(bytes)).value_or("default");
}

// An account as the server showed it.
void make_as_shown(Account& account, const nlohmann::json& shown) {
    account.display_name = shown["displayname"].get<std::string>();
    account.email = shown["email"].is_null() ? "" : shown["email"].get<std::string>();
    account.quota_text = quota_text_of(shown["quota"]["quota"].get<std::int64_t>());
    account.used_bytes = shown["quota"]["used"].get<std::int64_t>();
    account.last_login_ms = shown["lastLogin"].get<std::int64_t>();
    account.subadmin_of = shown["subadmin"].get<std::set<std::string>>();
    account.profile["manager"] = shown["manager"].get<std::string>();
}

void make_different(Account& account, const cloud::Params& sent) {
    if (sent.get("displayName")) {
        account.display_name = "Before";
    }
    if (sent.get("email")) {
        account.email = "before@example.com";
    }
    if (sent.get("quota")) {
        account.quota_text = "13 GB";
    }
    if (sent.get("manager")) {
        account.profile["manager"] = "before";
    }
    if (sent.lists.contains("groups")) {
        account.groups = {"basic"};
    }
    if (sent.lists.contains("subadminGroups")) {
        account.subadmin_of = {"basic"};
    }
}

cloud::Params sent_fields(const Transcript& transcript) {
    cloud::Request request;
    request.target = transcript.target;
    request.body = transcript.body;
    const std::string mark = "Content-Type: ";
    for (const std::string& header : transcript.headers) {
        if (header.starts_with(mark)) {
            request.headers["content-type"] = header.substr(mark.size());
        }
    }
    return cloud::read_params(request);
}

void make_before_patch(Account& account, const Transcript& transcript) {
    const auto reply = nlohmann::json::parse(transcript.reply_body, nullptr, false);
    const auto data = reply.is_object() ? reply["ocs"]["data"] : nlohmann::json();
    if (data.is_object() && data.contains("id")) {
        make_as_shown(account, data);
    }
    if (data.is_object() && data.contains("groups")) {
        account.groups = data["groups"].get<std::set<std::string>>();
    }
    if (transcript.name.starts_with("601-login")) {
        account.password = "Str0ng-Dummy-Pass-1NEW";
    }
    if (transcript.method == "PATCH") {
        make_different(account, sent_fields(transcript));
    }
}

// Calls that were made before this one, as its name tells.
void use_up_limit(const Recorded& r) {
    const auto use = [&](cloud::Edit kind, int calls) {
        const Account admin = r.sample.account("admin");
        const std::int64_t now_ms = r.sample.now().time_since_epoch().count();
        r.sample.with_gate([&](cloud::Gate& gate) {
            for (int i = 0; i < calls; ++i) {
                gate.take_edit(admin, now_ms, kind);
            }
        });
    };
    const std::string numbered = "401-rate-limit-patch-";
    if (r.named("patch-after-put")) {
        use(cloud::Edit::kOneField, 50);
    } else if (r.named("put-after-51-patches")) {
        use(cloud::Edit::kSeveralFields, 50);
    } else if (r.transcript.name.starts_with(numbered)) {
        use(cloud::Edit::kSeveralFields,
            std::atoi(r.transcript.name.c_str() + numbered.size()) - 1);
    }
}

}  // namespace

cloud::Profile recorded_profile(const Transcript& transcript) {
    cloud::Profile profile = cloud::Profile::named("25");
    profile.put_limit = transcript.name.rfind("400-", 0) == 0 ? 50 : 0;
    profile.refuses_app_passwords = transcript.name.rfind("410-", 0) == 0;
    return profile;
}

bool prepare_recorded_world(const Transcript& transcript, FakeCloud& sample) {
    const Recorded recorded{transcript, sample};
    const int number = std::atoi(transcript.name.c_str());
    for (const Rule& rule : kRules) {
        if (number >= rule.from && number <= rule.to) {
            sample.with([](World& world) {
                world.tokens.push_back({"admin", "dummy-app-password"});
            });
            rule.prepare(recorded);
            free_space_as_read(recorded);
            return true;
        }
    }
    return false;
}

bool is_about_patch(const Transcript& transcript) {
    for (const char* group : {"221-apppw-patch", "400-rate-limit-patch", "401-", "60"}) {
        if (transcript.name.starts_with(group)) {
            return true;
        }
    }
    return false;
}

void prepare_recorded_patch(const Transcript& transcript, FakeCloud& sample) {
    const Recorded recorded{transcript, sample};
    sample.with_gate([](cloud::Gate& gate) { gate.forget_edits(); });
    sample.with([&](World& world) {
        world.profile.put_limit = recorded.named("rate-limit") ? 50 : 0;
        for (const char* id : {"rec-q1", "rec-full", "rec-nobody"}) {
            world.remove(id);
        }
        for (const char* group : {"rec-pro", "rec-two"}) {
            world.add_group(group);
        }
        recorded.account(world, "rec-full");
        Account& edited =
            recorded.account(world, recorded.named("603-patch-self") ? "admin" : "rec-q1");
        make_before_patch(edited, transcript);
        world.rename_key(edited);
    });
    use_up_limit(recorded);
}

}  // namespace bn::testing
