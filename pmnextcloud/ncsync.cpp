// The page "Nextcloud: drift" of the panel: the add-on ncsync answers its list and its buttons
// with one document on the standard output. An error is an error document (the panel reads the
// document, not a code).
//
// The panel passes everything by variables: PARAM_func, PARAM_elid ("7, 9"), PARAM_lang,
// PARAM_p_num and PARAM_p_cnt (page from 1, rows a page), PARAM_p_order ("login", "-login"),
// PARAM_sok, AUTH_LEVEL (29 administrator, 30 root; less is refused) and AUTH_USER, who is named as
// the actor.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "base/text.hpp"
#include "pmnextcloud/args.hpp"
#include "pmnextcloud/documents.hpp"
#include "pmnextcloud/environment.hpp"
#include "words/catalogue.hpp"
#include "words/language.hpp"
#include "words/local_time.hpp"

namespace bn::pmnextcloud {
namespace {

using Json = nlohmann::json;
using protocol::list_of;
using protocol::text_of;
using Done = tl::expected<std::string, Failure>;

constexpr std::uint32_t kAdminLevel = 29;
constexpr std::size_t kMaxChosen = 10000;

constexpr words::Phrase kNothing{"Nothing would be done.", "Ничего не будет сделано."};
constexpr words::Phrase kActions{"Would be done", "Будет сделано"};
constexpr words::Phrase kHolds{"Would not be done", "Не будет сделано"};
constexpr words::Phrase kService{"service", "услуга"};

constexpr std::string_view kSince = "since";
constexpr std::array kColumns = {"id", "login", "server", "drift", "since", "state", "reason"};
using Row = std::array<std::string, kColumns.size()>;

std::string sentences(const std::string& first, const std::string& second) {
    if (first.empty() || second.empty()) {
        return first + second;
    }
    const bool ended = first.ends_with('.') || first.ends_with('!') || first.ends_with('?');
    return first + (ended ? " " : ". ") + second;
}

class Page {
  public:
    Page(std::map<std::string, std::string> variables, Environment environment)
        : variables_(std::move(variables)),
          environment_(std::move(environment)),
          lang_(words::language_of(get("PARAM_lang"))) {}

    std::string answer() {
        const std::string func = get("PARAM_func");
        Done done = allowed() ? run(func) : tl::unexpected(not_allowed());
        if (done) {
            return std::move(*done);
        }
        environment_.log.error(func + ": " + done.error().text());
        return error_document(done.error(), lang_);
    }

  private:
    [[nodiscard]] std::string get(const char* name) const {
        const auto it = variables_.find(name);
        return it == variables_.end() ? std::string() : it->second;
    }

    [[nodiscard]] std::string word(std::string_view name) const {
        return std::string(words::on_page(name, lang_));
    }

    [[nodiscard]] std::string say(const words::Phrase& phrase) const {
        return std::string(phrase.in(lang_));
    }

    // A member that holds a sentence of the controller.
    [[nodiscard]] std::string ours(const Json& object, const char* key) const {
        return words::told(text_of(object, key), lang_);
    }

    [[nodiscard]] std::string side(const Json& action, const char* key) const {
        return words::side_of(text_of(action, "kind"), text_of(action, key), lang_);
    }

    [[nodiscard]] bool allowed() const {
        const auto level = parse_id(get("AUTH_LEVEL"));
        return level && *level >= kAdminLevel;
    }

    static Failure not_allowed() {
        return failure(
            "not_allowed", "the page Nextcloud: drift is for the panel's administrators"
        );
    }

    Done run(const std::string& func) {
        constexpr std::pair<std::string_view, Done (Page::*)()> kFunctions[] = {
            {"ncsync.drift", &Page::list},
            {"ncsync.drift.refresh", &Page::refresh},
            {"ncsync.drift.dryrun", &Page::dry_run},
            {"ncsync.drift.apply", &Page::apply},
            {"ncsync.drift.pause", &Page::pause},
            {"ncsync.drift.resume", &Page::resume},
            {"ncsync.maintenance", &Page::maintenance},
        };
        for (const auto& [name, function] : kFunctions) {
            if (name == func) {
                return (this->*function)();
            }
        }
        return tl::unexpected(failure("unknown_command", "", "func", func));
    }

    tl::expected<Json, Failure> ask(protocol::Request request) const {
        return environment_.ask(std::move(request), environment_.settings.page_wait);
    }

    // "7, 9" as numbers. A row of a cloud ("server 3") has no account that could be acted on.
    [[nodiscard]] tl::expected<std::vector<ItemId>, Failure> chosen(bool may_be_empty) const {
        const std::string elid = get("PARAM_elid");
        std::vector<ItemId> items;
        for (const auto part : std::views::split(elid, ',')) {
            const std::string_view word(part.begin(), part.end());
            if (base::trim(word).empty()) {
                continue;
            }
            const auto id = parse_id(word);
            if (!id || items.size() >= kMaxChosen) {
                return tl::unexpected(failure(
                    "option_bad",
                    id ? "more than 10000 rows are chosen" : "choose rows of services only",
                    "elid",
                    std::string(word.substr(0, 100))
                ));
            }
            items.emplace_back(*id);
        }
        if (items.empty() && !may_be_empty) {
            return tl::unexpected(failure("option_missing", "choose at least one row", "elid"));
        }
        return items;
    }

    // What the controller says to a request about the chosen rows.
    [[nodiscard]] tl::expected<Json, Failure> ask_about(
        protocol::Request request, bool may_be_empty
    ) const {
        return chosen(may_be_empty).and_then([&](std::vector<ItemId> items) {
            request.items = std::move(items);
            return ask(std::move(request));
        });
    }

    Done list() {
        return ask(protocol::Request("drift.list")).map([&](const Json& answer) {
            std::vector<Row> rows;
            for (const Json& server : list_of(answer, "servers")) {
                if (server.is_object() && !text_of(server, "error").empty()) {
                    rows.push_back(
                        {"server " + text_of(server, "server"),
                         "",
                         text_of(server, "name"),
                         "",
                         text_of(server, "last_success"),
                         word("unreadable"),
                         ours(server, "error")}
                    );
                }
            }
            for (const Json& row : list_of(answer, "rows")) {
                if (row.is_object()) {
                    rows.push_back(
                        {text_of(row, "item"),
                         text_of(row, "login"),
                         text_of(row, "server_name"),
                         fields_of(row),
                         text_of(row, "since"),
                         word(text_of(row, "state")),
                         sentences(ours(row, "reason"), ours(row, "remedy"))}
                    );
                }
            }
            sort(rows);
            return list_document(rows);
        });
    }

    [[nodiscard]] std::string fields_of(const Json& row) const {
        std::string drift;
        for (const Json& field : list_of(row, "fields")) {
            if (field.is_string()) {
                drift += (drift.empty() ? "" : ", ") + word(field.get<std::string>());
            }
        }
        return drift;
    }

    // By the column of p_order; numbers by value, so that service 9 stands before 10.
    void sort(std::vector<Row>& rows) const {
        std::string order = get("PARAM_p_order");
        const bool down = order.starts_with('-');
        order.erase(0, down || order.starts_with('+') ? 1 : 0);
        const auto column =
            static_cast<std::size_t>(std::ranges::find(kColumns, order) - kColumns.begin());
        if (column == kColumns.size()) {
            return;
        }
        std::ranges::stable_sort(rows, [&](const Row& a, const Row& b) {
            const std::string& first = (down ? b : a)[column];
            const std::string& second = (down ? a : b)[column];
            const auto x = parse_id(first);
            const auto y = parse_id(second);
            return x && y ? *x < *y : first < second;
        });
    }

    [[nodiscard]] std::string list_document(const std::vector<Row>& rows) const {
        const auto count = parse_id(get("PARAM_p_cnt"));
        const std::size_t size = count ? *count : rows.size();
        const std::size_t page = parse_id(get("PARAM_p_num")).value_or(1);
        const std::size_t begin = std::min((page - 1) * size, rows.size());
        const std::size_t end = std::min(begin + size, rows.size());
        pugi::xml_document document;
        auto doc = document.append_child("doc");
        for (std::size_t i = begin; i < end; ++i) {
            auto elem = doc.append_child("elem");
            for (std::size_t column = 0; column < kColumns.size(); ++column) {
                // Sorted by its time in UTC, read as a local one.
                const std::string& text = rows[i][column];
                const bool time = kColumns[column] == kSince;
                add_text(elem, kColumns[column], time ? words::with_local_times(text) : text);
            }
        }
        add_text(doc, "p_elems", std::to_string(rows.size()));
        return print(document);
    }

    Done refresh() { return ask_about(protocol::Request("drift.refresh"), true).map(said_yes); }

    static std::string said_yes(const Json&) { return ok_document(); }

    Done dry_run() {
        if (!get("PARAM_sok").empty()) {
            return ok_document();
        }
        return ask_about(protocol::Request("drift.plan"), true).map([&](const Json& answer) {
            const bool one = chosen(true)->size() == 1;
            pugi::xml_document document;
            auto doc = document.append_child("doc");
            add_text(doc, "elid", get("PARAM_elid"));
            add_text(doc, "login", one ? login_of(answer) : std::string());
            add_text(doc, "plan", plan_text(answer));
            return print(document);
        });
    }

    static std::string login_of(const Json& plan) {
        for (const char* key : {"actions", "held"}) {
            for (const Json& row : list_of(plan, key)) {
                if (row.is_object() && !text_of(row, "login").empty()) {
                    return text_of(row, "login");
                }
            }
        }
        return {};
    }

    [[nodiscard]] std::string who(const Json& row) const {
        return text_of(row, "login") + " (" + say(kService) + " " + text_of(row, "item") + "): ";
    }

    [[nodiscard]] std::string plan_text(const Json& plan) const {
        std::string actions;
        for (const Json& action : list_of(plan, "actions")) {
            if (!action.is_object()) {
                continue;
            }
            actions += "  " + who(action) + word(text_of(action, "kind"));
            const std::string before = side(action, "before");
            const std::string after = side(action, "after");
            if (!before.empty() || !after.empty()) {
                actions +=
                    ": " + (before.empty() ? "-" : before) + " -> " + (after.empty() ? "-" : after);
            }
            if (const std::string reason = ours(action, "reason"); !reason.empty()) {
                actions += " (" + reason + ")";
            }
            actions += "\n";
        }
        std::string held;
        for (const Json& hold : list_of(plan, "held")) {
            if (hold.is_object()) {
                held +=
                    "  " + who(hold) + sentences(ours(hold, "what"), ours(hold, "remedy")) + "\n";
            }
        }
        std::string text = actions.empty() ? say(kNothing) + "\n" : say(kActions) + ":\n" + actions;
        if (!held.empty()) {
            text += "\n" + say(kHolds) + ":\n" + held;
        }
        return text;
    }

    Done apply() {
        protocol::Request request("drift.apply");
        request.actor = actor();
        return ask_about(std::move(request), false).and_then([&](const Json& answer) {
            return applied(answer);
        });
    }

    [[nodiscard]] Done applied(const Json& answer) const {
        const std::string done = text_of(answer, "done");
        const std::string failed = text_of(answer, "failed");
        environment_.log.info("apply by " + actor() + ": " + done + " done, " + failed + " failed");
        if (parse_id(failed)) {
            return tl::unexpected(Failure{
                "apply_failed", "", "", {{"done", done.empty() ? "0" : done}, {"failed", failed}}});
        }
        const Json& held = list_of(answer, "held");
        const bool idle = !parse_id(done) && text_of(answer, "state") != "working";
        if (idle && !held.empty() && held.front().is_object()) {
            return tl::unexpected(held_failure(held.front()));
        }
        return ok_document();
    }

    // Nothing at all was done: the first reason says why.
    static Failure held_failure(const Json& hold) {
        Failure made =
            to_failure({text_of(hold, "code"), text_of(hold, "what"), text_of(hold, "remedy")});
        made.params["login"] = text_of(hold, "login");
        made.params["item"] = text_of(hold, "item");
        return made;
    }

    // A controller on another host asks this: nobody there can see the file.
    // NOLINTNEXTLINE(readability-make-member-function-const): as the table of functions has it
    Done maintenance() {
        pugi::xml_document document;
        add_text(
            document.append_child("doc"), "maintenance", environment_.do_nothing ? "on" : "off"
        );
        return print(document);
    }

    Done pause() { return change("pause"); }

    Done resume() { return change("resume"); }

    Done change(const char* verb) {
        protocol::Request request(verb);
        request.actor = actor();
        request.reason = "the panel's page Nextcloud: drift";
        return chosen(false)
            .and_then([&](std::vector<ItemId> items) {
                request.items = std::move(items);
                environment_.log.info(
                    request.verb + " by " + request.actor + ": " + get("PARAM_elid")
                );
                return ask(std::move(request));
            })
            .map(said_yes);
    }

    [[nodiscard]] std::string actor() const {
        const std::string user = get("AUTH_USER");
        return user.empty() ? "panel" : user;
    }

    std::map<std::string, std::string> variables_;
    Environment environment_;
    Language lang_;
};

std::string internal_error(const std::string& what) {
    return error_document(failure("internal", what), Language::kEnglish);
}

int say(const std::string& text) {
    return write_all(STDOUT_FILENO, text) ? 0 : 1;
}

}  // namespace
}  // namespace bn::pmnextcloud

int main(int argc, char** argv) {
    using namespace bn::pmnextcloud;
    try {
        if (argc > 1 && std::string_view(argv[1]) == "--version") {
            return say("ncsync " BN_VERSION "\n");
        }
        return say(Page(variables(), read_environment("ncsync")).answer());
    } catch (const std::exception& error) {
        return say(internal_error(error.what()));
    } catch (...) {
        return say(internal_error("an error of an unknown kind"));
    }
}
