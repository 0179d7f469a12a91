// The plan for a ticket or a chat: tables in Markdown, long lists counted as on the screen.
#include "cli/plan/plan_view.hpp"

namespace bn::cli {

namespace {

constexpr std::size_t kNamedInARow = 10;  // services of a row

// In a cell: what comes from outside must not end it, nor become a mark of its own.
std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (std::string_view(R"(|\`*_<>[]#)").find(c) != std::string_view::npos) {
            out += '\\';
        }
        out += c;
    }
    return out;
}

class Tables {
  public:
    Tables(Language language, std::string& out) : language_(language), out_(out) {}

    void title(std::string_view marks, const std::string& text) {
        out_ += fmt::format("{} {}\n\n", marks, cell(text));
    }

    void head(const std::vector<Phrase>& columns) {
        std::string under;
        for (const Phrase& column : columns) {
            out_ += fmt::format("| {} ", column.in(language_));
            under += "|---";
        }
        out_ += "|\n" + under + "|\n";
    }

    void row(const std::vector<std::string>& cells) {
        for (const std::string& one : cells) {
            out_ += fmt::format("| {} ", cell(one));
        }
        out_ += "|\n";
    }

    void end() { out_ += "\n"; }

    [[nodiscard]] Language language() const { return language_; }

  private:
    Language language_;
    std::string& out_;
};

// "7 user_7, 8 user_8, …"
template <class List, class Name>
std::string named(const List& list, Name name) {
    std::vector<std::string> shown;
    for (const auto& one : list) {
        if (shown.size() == kNamedInARow) {
            shown.emplace_back("…");
            break;
        }
        shown.push_back(name(one));
    }
    return enumerated(shown, [](const std::string& text) { return text; });
}

void actions(Tables& tables, const std::vector<Action>& would) {
    if (would.empty()) {
        return;
    }
    tables.head(
        {{"what", "что"}, {"how many", "сколько"}, {"services", "услуги"}, {"why", "почему"}}
    );
    for (const ActionGroup& group : grouped(would)) {
        const std::string services = named(group, [&](const Action& action) {
            const std::string change = change_of(action, tables.language());
            return fmt::format(
                "{} {}{}",
                action.item.value,
                escaped(action.login),
                change.empty() || action.create ? "" : " (" + change + ")"
            );
        });
        tables.row(
            {std::string(word(group.front().kind, tables.language())),
             std::to_string(group.size()),
             services,
             reason_of(group.front(), tables.language())}
        );
    }
    tables.end();
}

void held(Tables& tables, const std::vector<HeldGroup>& groups) {
    if (groups.empty()) {
        return;
    }
    tables.head(
        {{"held", "удержано"},
         {"services", "услуги"},
         {"why", "почему"},
         {"what to do", "что делать"}}
    );
    for (const HeldGroup& group : groups) {
        tables.row(
            {std::to_string(group.held.size()),
             named(
                 group.held,
                 [](const HeldAction* held) { return std::to_string(held->hold.item.value); }
             ),
             hold_text(group.common, tables.language()),
             said(group.common.remedy, tables.language())}
        );
    }
    tables.end();
}

void unknown_parts(Tables& tables, const std::vector<Unknown>& unknown) {
    if (unknown.empty()) {
        return;
    }
    tables.head({{"not known", "неизвестно"}, {"why", "почему"}, {"what to do", "что делать"}});
    for (const Unknown& one : unknown) {
        tables.row(
            {say(tables.language(), {"server {} {}", "сервер {} {}"}, one.server.value, one.name),
             said(one.why.what, tables.language()),
             said(one.why.remedy, tables.language())}
        );
    }
    tables.end();
}

}  // namespace

std::string plan_to_markdown(
    const Plan& plan, const std::vector<Unknown>& unknown, Language language
) {
    std::string out;
    Tables tables(language, out);
    tables.title("##", say(language, {"Plan, {}", "План, {}"}, local_time(plan.made_at)));
    unknown_parts(tables, unknown);
    for (const ServerPlan& server : plan.servers) {
        const auto policy = to_string(server.policy);
        const Phrase title{"Server {} {}, policy {}", "Сервер {} {}, политика {}"};
        tables.title("###", say(language, title, server.server.value, server.name, policy));
        if (server.policy == Policy::kObserve) {
            out +=
                say(language,
                    {"Nothing will be done here.\n\n", "Здесь ничего не будет сделано.\n\n"});
        }
        if (!server.stopped.empty()) {
            const Phrase waits{"Waits for an approval: {}\n\n", "Ждёт одобрения: {}\n\n"};
            out += say(language, waits, cell(said(server.stopped, language)));
        }
        const std::vector<Action> would = would_be_done(server);
        const std::vector<HeldGroup> holds = held_by_reason(server.held, server.policy);
        actions(tables, would);
        held(tables, holds);
        if (would.empty() && holds.empty()) {
            out += say(language, {"Nothing to do.\n\n", "Делать нечего.\n\n"});
        }
    }
    std::vector<HeldAction> unplaced;
    unplaced.reserve(plan.unplaced.size());
    for (const Hold& hold : plan.unplaced) {
        unplaced.push_back({std::nullopt, hold});
    }
    held(tables, held_by_reason(unplaced, Policy::kSync));
    return out;
}

}  // namespace bn::cli
