// What a person says while the service runs: pause, resume, undelete, replay, approve, refresh,
// accept-address, accept-cloud. The service is told over its socket; where none runs, the event
// store is, if the word needs no look at panel or cloud.
#include <algorithm>
#include <ranges>

#include <fmt/ranges.h>

#include "cli/command.hpp"
#include "cli/plan/planning_session.hpp"
#include "cli/screen/doubts.hpp"
#include "controller/control/said.hpp"
#include "controller/json/json.hpp"
#include "controller/pass/journal.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/random.hpp"
#include "protocol/answer.hpp"
#include "reconciler/decide/operator.hpp"
#include "reconciler/decide/pass.hpp"

namespace bn::cli {

namespace {

using protocol::Request;

constexpr Duration kUndeleteLasts = std::chrono::hours(24 * 14);

constexpr Phrase kPaused{
    "Paused{}: nothing is changed there. End it by `bill-nextcloud resume{}`.\n",
    "Приостановлено{}: там ничего не меняется. Возобновить: `bill-nextcloud resume{}`.\n"};
constexpr Phrase kPausedAlready{"It is paused so already.\n", "Так уже приостановлено.\n"};
constexpr Phrase kUntil{" until {}", " до {}"};
constexpr Phrase kPauseEnded{"Resumed: the pause has ended.\n", "Возобновлено.\n"};
constexpr Phrase kStillPaused{
    "Still nothing is changed there: a wider pause holds it, {}; it ends by `bill-nextcloud resume "
    "{}`.\n",
    "Но там по-прежнему ничего не меняется: действует более широкая приостановка, {}; возобновить: "
    "`bill-nextcloud resume {}`.\n"};
constexpr Phrase kKeptEnded{
    "Item {}: it is not kept any more; it is closed anew, with a whole retention.\n",
    "Услуга {}: больше не сохраняется; она закрывается заново, с полным сроком хранения.\n"};
constexpr Phrase kKept{
    "Item {}: its account is not deleted{}, whatever the panel says. It is enabled with the next "
    "look, if nothing holds that: `bill-nextcloud item {}` says so. After that, or by "
    "`bill-nextcloud undelete {} --end`, it is closed anew.\n",
    "Услуга {}: учётная запись не удаляется{}, что бы ни говорила панель. Она включится при "
    "следующем просмотре, если этому ничто не мешает: см. `bill-nextcloud item {}`. После этого "
    "или по `bill-nextcloud undelete {} --end` она закрывается заново.\n"};
constexpr Phrase kDoubted{
    "Server {}: what is accepted as right:\n", "Сервер {}: что признаётся верным:\n"};
constexpr Phrase kDoubtedClock{"  the clock of this host\n", "  часы этой машины\n"};
constexpr Phrase kDoubtedReading{"  what was read: {}\n", "  прочитанное: {}\n"};
constexpr Phrase kDoubtedMissing{
    "  {:# account is|# accounts are} gone, to be made anew, EMPTY, with new passwords: {}\n",
    "  учётных записей пропало: {}; они создаются заново, ПУСТЫЕ, с новыми паролями: {}\n"};
constexpr Phrase kNothingDoubted{
    "Server {}: no doubt is on record; neither side was looked at, nothing was changed. Where "
    "`bill-nextcloud plan` names a doubt, `bill-nextcloud refresh` puts it on record, or `apply` "
    "where no service runs; then say this again.\n",
    "Сервер {}: сомнений не записано; ни одна сторона не просмотрена, ничего не изменено. Если "
    "сомнение называет `bill-nextcloud plan`, его записывает `bill-nextcloud refresh` или `apply`, "
    "если служба не запущена; затем повторите эту команду.\n"};
constexpr Phrase kReadingsQuestion{
    "Is all that right? Only 'yes' is taken as such: ",
    "Всё это верно? Только «да» считается согласием: "};
constexpr Phrase kReadingsAccepted{
    "Server {}: accepted; the service goes on with it.\n",
    "Сервер {}: принято; служба продолжает работу.\n"};
constexpr Phrase kReadingsAcceptedForLater{
    "Server {}: accepted; no service runs, the next pass goes on with it.\n",
    "Сервер {}: принято; служба не запущена, с этим продолжит следующий проход.\n"};
constexpr Phrase kNothingAccepted{"Nothing was changed.", "Ничего не изменено."};
constexpr Phrase kKeptAlready{"It is kept so already.\n", "Так уже сохраняется.\n"};
constexpr Phrase kReplayed{
    "{:# item is|# items are} tried again.\n", "Пробуем снова, услуг: {}.\n"};
constexpr Phrase kParked{
    "item {}  server {}  {}: {}, {:# time|# times} since {}: {}\n",
    "услуга {}  сервер {}  {}: {}, раз: {}, с {}: {}\n"};
constexpr Phrase kNoneParked{"Nothing is parked.\n", "Отложенных нет.\n"};
constexpr Phrase kHowToReplay{
    "Mend what is named, then: bill-nextcloud replay ITEM, replay --code CODE, or replay --all\n",
    "Исправьте названное, затем: bill-nextcloud replay УСЛУГА, replay --code КОД или replay "
    "--all\n"};
constexpr Phrase kLooked{
    "Looked at {:# server|# servers}: {:# account differs|# accounts differ}. Nothing was "
    "changed.\n",
    "Просмотрено серверов: {}, расходится учётных записей: {}. Ничего не изменено.\n"};
constexpr Phrase kLookedNowhere{
    "No server was looked at: it is not known what differs. Nothing was changed.\n",
    "Ни один сервер не просмотрен: что расходится, неизвестно. Ничего не изменено.\n"};
constexpr Phrase kApproved{
    "Approved: the service does exactly that now, if it is still what waits.\n",
    "Одобрено: служба сейчас сделает именно это, если ждёт всё ещё оно.\n"};
constexpr Phrase kApprovedForLater{
    "Approved for an hour: no service runs, the next one that starts does exactly that.\n",
    "Одобрено на час: служба не запущена, следующая сделает именно это.\n"};
constexpr Phrase kAddress{
    "Server {}: it is the same cloud, at its new address.\n",
    "Сервер {}: это то же облако по новому адресу.\n"};
constexpr Phrase kAddressKnown{
    "Server {}: its address is known already.\n", "Сервер {}: этот адрес уже известен.\n"};
constexpr Phrase kCloud{
    "Server {}: the cloud that answers there is ours.\n",
    "Сервер {}: облако, которое там отвечает, наше.\n"};
constexpr Phrase kCloudKnown{
    "Server {}: it is the cloud that is known already, or it does not show which one it is.\n",
    "Сервер {}: это уже известное облако, или оно себя не называет.\n"};
constexpr Phrase kAcceptedPanel{
    "The panel's data is gone on with as it is.\n",
    "Работа продолжится с данными панели как есть.\n"};
constexpr Phrase kNotOlder{
    "The panel's data is not older than what was seen before.\n",
    "Данные панели не старее уже виденных.\n"};

// What came of a word.
struct Heard {
    bool by_service = false;
    nlohmann::json answer;  // of the service, or as it would be

    [[nodiscard]] bool recorded(std::string_view kind) const {
        const nlohmann::json& kinds = protocol::list_of(answer, "recorded");
        return std::any_of(kinds.begin(), kinds.end(), [kind](const nlohmann::json& one) {
            return one == kind;
        });
    }

    [[nodiscard]] std::string count() const { return protocol::text_of(answer, "changed"); }

    [[nodiscard]] bool changed() const { return count() != "0"; }
};

using DecideAlone = Result<std::vector<Event>> (*)(const Moment&, const Request&);

// In the store itself.
Result<Heard> record_alone(const CommandContext& context, const Request& request, DecideAlone how) {
    return open_with_ledger(context, Opening::kWrite)
        .and_then([&](OpenStore open) -> Result<Heard> {
            if (const std::optional<Error> trouble = open.store->trouble()) {
                return tl::unexpected(*trouble);  // what it lacks may be what is spoken of
            }
            Journal journal(*open.store, std::move(open.ledger), system_now);
            const RecordContext why(random_id(system_now()), operator_actor());
            if (clock_went_back(journal.ledger(), system_now())) {
                // No pass has noticed it yet: what a person trusts is on record first.
                const Time now = system_now();
                const Duration moved = now - journal.ledger().panel().recorded_at;
                Result<void> noticed =
                    journal.record_now(decide_clock({journal.ledger(), now}, moved), why);
                if (!noticed) {
                    return tl::unexpected(noticed.error());
                }
            }
            return how({journal.ledger(), system_now()}, request)
                .and_then([&](std::vector<Event> events) -> Result<Heard> {
                    Heard heard;
                    heard.answer = {
                        {"changed", events.size()}, {"recorded", nlohmann::json::array()}};
                    for (const Event& event : events) {
                        heard.answer["recorded"].push_back(std::string(kind_of(event).name));
                    }
                    return journal.record_now(std::move(events), why).map([&heard] {
                        return heard;
                    });
                });
        });
}

// `alone`: how it is decided where no service runs; none: it cannot be, and `remedy` says what to
// do.
Result<Heard> say_it(
    const CommandContext& context, const Request& request, DecideAlone alone, const char* remedy
) {
    return told_service(context, request)
        .and_then([&](std::optional<nlohmann::json> answer) -> Result<Heard> {
            if (answer) {
                return Heard{true, *std::move(answer)};
            }
            if (alone == nullptr) {
                const std::string& socket = context.config.control.socket;
                return tl::unexpected(
                    socket.empty()
                        ? human_error(
                              "command.no_service",
                              "no service can be told: control.socket is not set",
                              fmt::format("{}; or set control.socket and restart it", remedy)
                          )
                        : human_error(
                              "command.no_service",
                              fmt::format("no service answers at {}", socket),
                              fmt::format(
                                  "{}; where one runs, restart it: its socket is gone", remedy
                              )
                          )
                );
            }
            return record_alone(context, request, alone);
        });
}

// What the command line names, as a request.
Result<Request> request_of(const CommandContext& context, const char* verb) {
    const Arguments& args = context.args;
    Request request(verb);
    request.reason = args.reason;
    request.code = args.code;
    request.checksum = args.approve;
    request.item = ItemId(args.item.value_or(0));
    request.module = ServerId(args.server.value_or(0));
    request.command = args.everything ? protocol::kEverything : "";
    for (const std::uint32_t item : args.items) {
        request.items.emplace_back(item);
    }
    if (args.until.empty()) {
        return request;
    }
    return parse_moment_ahead(args.until, system_now()).map([&](Time until) {
        request.until = until;
        return request;
    });
}

// Where `--json` is given, the answer; else the text.
int tell(const CommandContext& context, const Heard& heard, const std::string& text) {
    if (context.args.json) {
        nlohmann::json out = heard.answer;
        out.erase("v");
        out.erase("ok");
        out["service_runs"] = heard.by_service;
        print(out.dump(2) + "\n");
    } else {
        print(text);
    }
    return kExitOk;
}

std::string until_text(const CommandContext& context, const Request& request) {
    return request.until ? say(context.language, kUntil, local_time(*request.until)) : "";
}

std::string scope_text(const Request& request) {
    std::string text = request.command.empty() ? "" : " --all";
    if (request.module.value != 0) {
        text += fmt::format(" --server {}", request.module.value);
    }
    for (const ItemId item : request.items) {
        text += fmt::format(" --item {}", item.value);
    }
    return text;
}

Error nothing_named(const char* verb) {
    return human_error(
        "command.scope",
        fmt::format("`{}` names nothing: nothing was changed", verb),
        "name --item N, --server N or --all"
    );
}

// What is resumed, or kept, may lie within a wider pause.
std::string still_paused(const CommandContext& context, const Request& request) {
    const Result<KnownSoFar> known = known_so_far(context);
    const std::optional<WiderPause> wider =
        known ? wider_pause({known->ledger, system_now()}, controller::scope_of(request))
              : std::nullopt;
    return wider ? say(context.language,
                       kStillPaused,
                       said(to_text(wider->pause), context.language),
                       wider->scope)
                 : "";
}

Result<int> accept_this_panel(const CommandContext& context, const Request& request) {
    const auto report = [&context](const Heard& heard) {
        return tell(
            context, heard, say(context.language, heard.changed() ? kAcceptedPanel : kNotOlder)
        );
    };
    return told_service(context, request)
        .and_then([&](const std::optional<nlohmann::json>& answer) -> Result<int> {
            if (answer) {
                return report({true, *answer});
            }
            return with_journal(context, true, [&](PlanningSession& session, Journal& journal) {
                return accept_panel_with(session, journal, request.reason).map([&](bool accepted) {
                    return report({false, {{"changed", accepted ? 1 : 0}}});
                });
            });
        });
}

Result<int> list_parked(const CommandContext& context) {
    return known_so_far(context).map([&](const KnownSoFar& known) {
        const std::vector<Failed> parked = failed_items(known.ledger, true);
        const int code = known.store_trouble ? kExitUnknown : kExitOk;  // there may be more
        InDoubt doubts;
        doubts.store = known.store_trouble;
        if (context.args.json) {
            controller::Json json;
            json["doubts"] = controller::json_of(doubts.in(Language::kEnglish));
            json["parked"] = controller::json_of(parked);
            print(controller::dump(json, 2));
            return code;
        }
        print(render_doubts(doubts.in(context.language), context.screen()));
        for (const Failed& one : parked) {
            print_text(
                say(context.language,
                    kParked,
                    one.item.value,
                    one.server.value,
                    one.login,
                    word(one.setback.kind, context.language),
                    one.setback.failures,
                    local_time(one.setback.since),
                    said(one.setback.what, context.language))
            );
        }
        if (!parked.empty() || !known.store_trouble) {
            print_text(say(context.language, parked.empty() ? kNoneParked : kHowToReplay));
        }
        return code;
    });
}

Result<std::vector<Event>> approve_alone(const Moment& at, const Request& request) {
    return decide_approved(at.ledger, request.checksum, request.reason);
}

}  // namespace

Result<int> run_pause(const CommandContext& context) {
    return request_of(context, "pause").and_then([&](const Request& request) -> Result<int> {
        if (scope_text(request).empty()) {
            return tl::unexpected(nothing_named("pause"));
        }
        return say_it(context, request, controller::decide_said, "").map([&](const Heard& heard) {
            const std::string until = until_text(context, request);
            return tell(
                context,
                heard,
                heard.changed() ? say(context.language, kPaused, until, scope_text(request))
                                : say(context.language, kPausedAlready)
            );
        });
    });
}

Result<int> run_resume(const CommandContext& context) {
    return request_of(context, "resume").and_then([&](Request request) -> Result<int> {
        if (context.args.accept_panel) {
            request.verb = "accept_panel";
            return accept_this_panel(context, request);
        }
        if (scope_text(request).empty()) {
            return tl::unexpected(nothing_named("resume"));
        }
        return say_it(context, request, controller::decide_said, "").map([&](const Heard& heard) {
            return tell(
                context, heard, say(context.language, kPauseEnded) + still_paused(context, request)
            );
        });
    });
}

Result<int> run_undelete(const CommandContext& context) {
    return request_of(context, "undelete").and_then([&](Request request) {
        const bool ends = context.args.end;
        request.command = ends ? protocol::kEnd : std::string_view();
        if (!ends) {
            request.until = request.until.value_or(system_now() + kUndeleteLasts);
        }
        return say_it(context, request, controller::decide_said, "").map([&](const Heard& heard) {
            const std::string until = until_text(context, request);
            const std::uint32_t item = request.item.value;
            request.items = {request.item};
            return tell(
                context,
                heard,
                ends              ? say(context.language, kKeptEnded, item)
                : heard.changed() ? say(context.language, kKept, item, until, item, item) +
                                        still_paused(context, request)
                                  : say(context.language, kKeptAlready)
            );
        });
    });
}

Result<int> run_replay(const CommandContext& context) {
    return request_of(context, "replay").and_then([&](Request request) -> Result<int> {
        if (request.item.value != 0) {
            request.items.push_back(request.item);
            request.item = ItemId();
        }
        if (request.items.empty() && request.code.empty() && request.command.empty()) {
            return list_parked(context);
        }
        return say_it(context, request, controller::decide_said, "").map([&](const Heard& heard) {
            return tell(context, heard, say(context.language, kReplayed, heard.count()));
        });
    });
}

Result<int> run_approve(const CommandContext& context) {
    return request_of(context, "approve").and_then([&](const Request& request) {
        return say_it(context, request, approve_alone, "").map([&](Heard heard) {
            heard.answer["approved"] = request.checksum;
            return tell(
                context,
                heard,
                say(context.language, heard.by_service ? kApproved : kApprovedForLater)
            );
        });
    });
}

Result<int> run_refresh(const CommandContext& context) {
    return request_of(context, "drift.refresh").and_then([&](const Request& request) {
        return say_it(
                   context, request, nullptr, "`bill-nextcloud plan` looks at both sides by itself"
        )
            .map([&](const Heard& heard) {
                const auto number = [&heard](const char* key) {
                    return protocol::text_of(heard.answer, key);
                };
                const bool none = number("servers") == "0";
                tell(
                    context,
                    heard,
                    none ? say(context.language, kLookedNowhere)
                         : say(context.language, kLooked, number("servers"), number("differ"))
                );
                for (const nlohmann::json& one : protocol::list_of(heard.answer, "off")) {
                    tell_aside(
                        context.language,
                        fmt::format(
                            "server {} was not looked at: {}",
                            protocol::text_of(one, "server"),
                            protocol::text_of(one, "why")
                        )
                    );
                }
                const nlohmann::json& unread = protocol::list_of(heard.answer, "unread");
                for (const nlohmann::json& one : unread) {
                    const std::string server = protocol::text_of(one, "server");
                    const std::string error = protocol::text_of(one, "error");
                    tell_aside(
                        context.language,
                        server == "0"
                            ? fmt::format("error: {}", error)
                            : fmt::format("error: server {} was not read: {}", server, error)
                    );
                }
                return unread.empty() && !none ? kExitOk : kExitUnknown;
            });
    });
}

namespace {

Result<int> accept(
    const CommandContext& context,
    const char* verb,
    const char* remedy,
    const Phrase& changed,
    const Phrase& known
) {
    return request_of(context, verb).and_then([&](const Request& request) {
        return say_it(context, request, nullptr, remedy).map([&](const Heard& heard) {
            const Phrase& said = heard.changed() ? changed : known;
            return tell(context, heard, say(context.language, said, request.module.value));
        });
    });
}

}  // namespace

Result<int> run_accept_address(const CommandContext& context) {
    return accept(
        context,
        "accept_address",
        "say it with `bill-nextcloud apply --accept-address N`, or start the service",
        kAddress,
        kAddressKnown
    );
}

Result<int> run_accept_cloud(const CommandContext& context) {
    return accept(
        context,
        "accept_cloud",
        "say it with `bill-nextcloud apply --accept-cloud N`, or start the service",
        kCloud,
        kCloudKnown
    );
}

namespace {

std::string doubts_text(const CommandContext& context, const DoubtedReadings& doubts) {
    const Language language = context.language;
    std::string text = say(language, kDoubted, doubts.server.value);
    text += doubts.clock ? say(language, kDoubtedClock) : "";
    for (const std::string* why : {&doubts.panel, &doubts.cloud}) {
        text += why->empty() ? "" : say(language, kDoubtedReading, said(*why, language));
    }
    if (!doubts.missing.empty()) {
        const auto logins = std::views::transform(doubts.missing, &DoubtedAccount::login);
        text += say(language, kDoubtedMissing, doubts.missing.size(), fmt::join(logins, ", "));
    }
    return text;
}

}  // namespace

Result<int> run_accept_readings(const CommandContext& context) {
    return request_of(context, "accept_readings").and_then([&](const Request& request) {
        return known_so_far(context).and_then([&](const KnownSoFar& known) -> Result<int> {
            const ServerId server = request.module;
            if (known.store_trouble) {
                return tl::unexpected(*known.store_trouble);  // what it lacks may be in doubt
            }
            if (known.ledger.server(server) == nullptr) {
                return tl::unexpected(unknown_server(server.value));
            }
            DoubtedReadings doubts = readings_in_doubt(known.ledger, server);
            doubts.clock = doubts.clock || clock_in_doubt(known.ledger, server, system_now());
            const std::string list = doubts_text(context, doubts);
            if (in_doubt(doubts)) {
                if (!context.args.json) {
                    print(list);
                }
                const std::string_view question = kReadingsQuestion.in(context.language);
                if (!confirmed(context, "accept-readings", question, kNothingAccepted)) {
                    return kExitError;
                }
            }
            return say_it(context, request, controller::decide_said, "").map([&](Heard heard) {
                heard.answer["accepted"] = nlohmann::json(controller::json_of(doubts));
                const bool changed = heard.changed();
                const int told = tell(
                    context,
                    heard,
                    say(context.language,
                        !heard.changed()   ? kNothingDoubted
                        : heard.by_service ? kReadingsAccepted
                                           : kReadingsAcceptedForLater,
                        server.value)
                );
                return changed ? told : kExitUnknown;
            });
        });
    });
}

}  // namespace bn::cli
