// Events for people and programs: every kind has its sentence, and the JSON is as the page says.
#include <fstream>
#include <regex>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/events/event_view.hpp"
#include "tests/fakes/memory_event_store.hpp"
#include "tests/support/places/places.hpp"

namespace bn::cli::events_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Time kNow{Duration(1'795'000'000'000)};

Envelope envelope_of(Event event) {
    Envelope envelope;
    envelope.position = 7;
    envelope.at = kNow;
    envelope.stream = stream_of(event);
    envelope.event = std::move(event);
    return envelope;
}

TEST(Events, OneLineEachWithActor) {
    ItemPaused paused;
    paused.item = ItemId(7);
    paused.reason = "bad\nthing";
    Envelope envelope = envelope_of(paused);
    envelope.actor = {"operator", "anna"};
    EXPECT_EQ(
        render_event(envelope, ScreenOptions()),
        local_time(kNow) + "  item 7        paused: bad\\x0athing  (operator anna)\n"
    );
    ScreenOptions russian;
    russian.language = Language::kRussian;
    EXPECT_THAT(render_event(envelope, russian), HasSubstr("услуга 7      приостановлена: bad"));
}

// Nothing was sold before, and that is no value of it.
TEST(Events, ANewServiceIsToldByWhatItHas) {
    SoldChanged sold;
    sold.changes = {
        {"tariff", "0", "3"},
        {"quota", "unknown", "5368709120"},
        {"status", "nothing", "enabled"},
        {"client", "0", "2"},
        {"opened before us", "", "yes"}};
    EXPECT_EQ(
        event_sentence(sold, Language::kEnglish),
        "what was sold changed: tariff 3, quota 5 GiB, status enabled, client 2, opened before us "
        "yes"
    );
    EXPECT_EQ(
        event_sentence(sold, Language::kRussian),
        "изменилось проданное: тариф 3, квота 5 ГиБ, статус включена, клиент 2, открыта до нас да"
    );
}

TEST(Events, ACodeIsSaidOnce) {
    ActionFailed failed;
    failed.kind = ActionKind::kSetQuota;
    failed.code = "ocs.server_error";
    failed.what = "the cloud failed inside [ocs.server_error]";
    const std::string text = "failed: quota: the cloud failed inside [ocs.server_error]";
    EXPECT_EQ(event_sentence(failed, Language::kEnglish), text);
    failed.what = "the cloud failed inside";
    EXPECT_EQ(event_sentence(failed, Language::kEnglish), text);
}

TEST(Events, SizesAreSaidInTheirUnits) {
    UsageItemsMeasured measured;
    measured.day = "2026-11-25";
    measured.items = {{ItemId(7), 1073741824U, {}}, {ItemId(8), 2147483648U, {}}};
    EXPECT_EQ(
        event_sentence(measured, Language::kRussian), "занятое место услуг (2) за 2026-11-25: 3 ГиБ"
    );
}

TEST(Events, NeverIsNoTime) {
    AccountLastUsed used{ItemId(7), ServerId(3), "user_7", Time()};
    EXPECT_EQ(event_sentence(used, Language::kEnglish), "nobody has logged into user_7 so far");
    used.at = kNow;
    EXPECT_THAT(
        event_sentence(used, Language::kEnglish), HasSubstr("last logged into user_7 at 2")
    );
}

TEST(Events, TheServerIsNamedOnce) {
    const Envelope held = envelope_of(ServerRecovered{ServerId(3)});
    EXPECT_EQ(
        render_event(held, ScreenOptions()), local_time(kNow) + "  server 3      answers again\n"
    );
    EXPECT_EQ(event_json(held)["text"], "server 3 answers again");
    ScreenOptions russian;
    russian.language = Language::kRussian;
    const Envelope stopped = envelope_of(PlanStopped{
        ServerId(3),
        "0123456789abcdef",
        "on server 3 (cloud-1): 9 deletes, after 0 in the last day; 3 are allowed (100 accounts "
        "are "
        "ours)",
        9});
    EXPECT_THAT(
        render_event(stopped, russian),
        HasSubstr(
            "сервер 3      план 0123456789ab остановлен: сервер 3 (cloud-1): удаления: 9, а за "
            "последние сутки было 0; разрешено 3"
        )
    );
}

template <std::size_t... I>
std::vector<Event> one_of_each(std::index_sequence<I...> /*all*/) {
    return {Event(std::in_place_index<I>)...};
}

// A sentence names fields of its event, so an event of any values shows a wrong name.
TEST(Events, EveryKindHasASentenceInBothLanguages) {
    auto events = one_of_each(std::make_index_sequence<std::variant_size_v<Event>>());
    for (const Event& event : events) {
        const EventKind& kind = kind_of(event);
        const std::string english = event_sentence(event, Language::kEnglish);
        const std::string russian = event_sentence(event, Language::kRussian);
        EXPECT_NE(english, kind.meaning) << kind.name << " has no sentence";
        EXPECT_NE(english, russian) << kind.name;
        for (const std::string& sentence : {english, russian}) {
            EXPECT_FALSE(sentence.empty()) << kind.name;
            EXPECT_THAT(sentence, Not(::testing::ContainsRegex("[<>{}]"))) << kind.name;
        }
    }
}

TEST(Events, APassOverNothingIsNoPassOverServers) {
    PassCompleted pass;
    pass.trigger = "periodic";
    pass.took_ms = std::chrono::seconds(90);
    EXPECT_EQ(
        event_sentence(pass, Language::kEnglish),
        "pass (periodic) in 1 min 30 s: no server was looked at"
    );
}

TEST(Events, SentencesFillTheirFields) {
    ActionSucceeded done;
    done.kind = ActionKind::kDisable;
    done.login = "user_7";
    EXPECT_EQ(event_sentence(done, Language::kEnglish), "done: disable user_7");
    done.detail = "asked twice";
    done.retained_until = kNow;
    EXPECT_EQ(
        event_sentence(done, Language::kEnglish),
        "done: disable user_7 (asked twice), deletion not before " + format_time(kNow)
    );
    PassCompleted pass;
    pass.trigger = "periodic";
    pass.took_ms = std::chrono::seconds(90);
    pass.servers.resize(2);
    pass.servers[0].done = 3;
    pass.servers[1].done = 4;
    pass.servers[1].failed = 1;
    EXPECT_EQ(
        event_sentence(pass, Language::kEnglish),
        "pass (periodic) over 2 servers in 1 min 30 s: 0 differed, 7 done, 1 failed"
    );
    pass.servers.resize(1);
    EXPECT_EQ(
        event_sentence(pass, Language::kEnglish),
        "pass (periodic) over 1 server in 1 min 30 s: 0 differed, 3 done, 0 failed"
    );
    ActionIntended intent;
    intent.action = Action(ActionKind::kCreate, ServerId(3), ItemId(7), "user_7");
    intent.action.create = CreateFields{"a@b.c", "", "Basic", Quota::bytes(5368709120)};
    EXPECT_EQ(
        event_sentence(intent, Language::kRussian),
        "будет сделано: создать user_7: квота 5 ГиБ, группа Basic, почта a@b.c"
    );
    SoldChanged sold;
    sold.changes = {{"quota", "5368709120", "10737418240"}, {"group", "enabled", "Basic"}};
    EXPECT_EQ(
        event_sentence(sold, Language::kRussian),
        "изменилось проданное: квота 5 ГиБ -> 10 ГиБ, группа enabled -> Basic"
    );
    sold.changes = {
        {"status", "nothing", "enabled"}, {"group", "Basic", ""}, {"opened before us", "yes", ""}};
    EXPECT_EQ(
        event_sentence(sold, Language::kRussian),
        "изменилось проданное: статус не оплачена -> включена, группа Basic -> нет, открыта до нас "
        "да -> нет"
    );
    PanelWentAway away;
    away.what = "panel database at db:3306: read saved logins: gone (2006)";
    EXPECT_EQ(
        event_sentence(away, Language::kRussian),
        "панель не отвечает: база панели на db:3306: чтение: сохранённые логины: gone (2006)"
    );
    ItemHeld held;
    held.holds = {Hold(ItemId(7), ServerId(3), HoldCode::kBadGroup, "", "no\x1b[2J", "")};
    EXPECT_EQ(event_sentence(held, Language::kEnglish), "held: bad group: no\\x1b[2J");
    DoubtResolved doubt;
    doubt.kind = ActionKind::kSetQuota;
    EXPECT_THAT(event_sentence(doubt, Language::kEnglish), HasSubstr("quota had not taken"));
    doubt.took_effect = true;
    EXPECT_THAT(event_sentence(doubt, Language::kEnglish), HasSubstr("quota had taken"));
}

// A -> B -> C, with an event that has nothing to do with them between.
TEST(Events, WhyWalksBackToTheFirstCause) {
    bn::testing::MemoryEventStore store;
    const auto add = [&store](Event event, const std::string& cause) {
        AppendRequest request;
        request.events.emplace_back(std::move(event), kAnyVersion, cause);
        request.at = kNow;
        return store.append_now(std::move(request)).value().at(0).id;
    };
    const std::string first = add(ServiceStopped{"SIGTERM"}, "");
    add(ServerRecovered{ServerId(3)}, "");
    const std::string second = add(ItemVanished{ItemId(7), 1}, first);
    const std::string third = add(ItemReappeared{ItemId(7)}, second);
    add(ItemReappeared{ItemId(8)}, second);
    for (const std::string& name : {third, std::string("4")}) {
        const auto chain = causes_of(store, name);
        ASSERT_TRUE(chain);
        std::vector<std::string> ids;
        for (const Envelope& event : *chain) {
            ids.push_back(event.id);
        }
        EXPECT_THAT(ids, ::testing::ElementsAre(first, second, third));
    }
    EXPECT_EQ(causes_of(store, "nothing").error().code, "command.event");
}

// docs/events.md lists the members between two marks, in their order.
TEST(Events, TheJsonIsAsTheCatalogueSays) {
    std::ifstream file(testing::source_dir("/docs/events.md"));
    std::stringstream page;
    page << file.rdbuf();
    const std::string text = page.str();
    const std::size_t begin = text.find("## The JSON lines");
    ASSERT_NE(begin, std::string::npos);
    const std::string section = text.substr(begin, text.find("\n## ", begin + 1) - begin);
    std::vector<std::string> documented;
    const std::regex row("\n\\| `([a-z_]+)` \\|");
    for (std::sregex_iterator it(section.begin(), section.end(), row), end; it != end; ++it) {
        documented.push_back((*it)[1]);
    }
    std::vector<std::string> members;
    const controller::Json json = event_json(envelope_of(ServerRecovered{ServerId(3)}));
    for (const auto& member : json.items()) {
        members.push_back(member.key());
    }
    EXPECT_EQ(members, documented);
}

}  // namespace
}  // namespace bn::cli::events_test
