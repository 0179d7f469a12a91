#include "controller/reporting/notices.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <fmt/format.h>

#include "bm_writer/calls.hpp"
#include "controller/config/config_values.hpp"
#include "controller/reporting/delivery.hpp"
#include "reconciler/decide/panel.hpp"
#include "words/language.hpp"

namespace bn::controller {

namespace {

constexpr Duration kBudgetOver = std::chrono::hours(1);

// What mends it is a bigger tariff: the panel knows a type of task for its command.
constexpr const char* kCommand = "setparam";

constexpr words::Phrase kNotice{
    "Service {}, login {}: {} of {} used ({} %). Offer the client a bigger tariff, or ask him to "
    "delete files; what lies in the trash does not count.",
    "Услуга {}, логин {}: занято {} из {} ({} %). Предложите клиенту тариф побольше или попросите "
    "удалить лишние файлы; содержимое корзины не учитывается."};

}  // namespace

FullnessRules fullness_rules(const StatisticsConfig& config, bool way_back) {
    FullnessRules rules;
    rules.thresholds = parse_percents(config.thresholds).value_or(rules.thresholds);
    rules.margin = config.threshold_margin;
    rules.tell = way_back && config.threshold_notice == "task";
    return rules;
}

std::string notice_text(const LedgerItem& item, const OwedNotice& notice) {
    const auto in = [&](words::Language language) {
        return fmt::format(
            fmt::runtime(kNotice.in(language)),
            item.item.value,
            item.login,
            to_string(Quota::bytes(static_cast<std::int64_t>(notice.used))),
            to_string(notice.quota),
            notice.share
        );
    };
    return fmt::format("{} / {}", in(words::Language::kEnglish), in(words::Language::kRussian));
}

std::vector<ItemId> Notices::items_due() const {
    const StatisticsConfig& config = context_.config.statistics;
    if (config.threshold_notice != "task") {
        return {};
    }
    const Steady hour_ago = context_.steady() - kBudgetOver;
    const auto spent = static_cast<std::size_t>(std::ranges::count_if(told_, [&](Steady at) {
        return at > hour_ago;
    }));
    const std::size_t most = config.threshold_calls;
    return notices_due(context_.moment(), most - std::min(most, spent));
}

// The type of a task is the panel's word, and its text may be more than this panel takes: what is
// refused with the text is asked for once more without.
Task<Result<PanelAnswer>> Notices::make_task(const LedgerItem& item, const OwedNotice& notice) {
    const ItemId id = item.item;
    const ServerId server = item.server;
    const std::string text = notice_text(item, notice);
    Result<PanelAnswer> answer =
        co_await call_for_item(context_, id, server, bm_writer::task_type(kCommand, id));
    if (!answer) {
        answer.error().effect_unknown = false;  // a question
    }
    if (!answer || !answer->ok) {
        co_return answer;
    }
    const std::string kind = answer->fields["task_type"];
    if (kind.empty()) {
        answer->ok = false;
        answer->message = "the panel has no type of task for a change of tariff";
        co_return answer;
    }
    answer = co_await call_for_item(context_, id, server, bm_writer::item_task(id, kind, text));
    if (answer && !answer->ok) {
        answer = co_await call_for_item(context_, id, server, bm_writer::item_task(id, kind, ""));
    }
    co_return answer;
}

Task<bool> Notices::tell(ItemId id) {
    const LedgerItem* known = context_.ledger().item(id);
    if (known == nullptr || !known->notice) {
        co_return false;
    }
    const LedgerItem item = *known;  // the ledger goes on while the panel is asked
    const OwedNotice notice = *item.notice;
    const std::string needless = why_no_notice(item);
    Result<PanelAnswer> answer{PanelAnswer()};
    if (needless.empty()) {
        told_.push_back(context_.steady());
        answer = co_await make_task(item, notice);
    } else {
        answer->message = needless;
    }
    std::vector<Event> events = decide_noticed(item, notice, answer);
    const bool told = !events.empty();
    const Result<void> recorded = co_await context_.record(std::move(events));
    if (!answer || !answer->ok) {
        context_.log.warning(
            "item {}: {} % of its quota is used; the panel's staff was not told: {}",
            id.value,
            notice.share,
            answer ? answer->short_text() : answer.error().text()
        );
    }
    co_return told&& recorded;
}

Task<bool> Notices::tell_next() {
    const std::vector<ItemId> items = items_due();
    if (items.empty()) {
        co_return false;
    }
    const Steady hour_ago = context_.steady() - kBudgetOver;
    std::erase_if(told_, [&](Steady at) { return at <= hour_ago; });
    co_return co_await tell(items.front());
}

}  // namespace bn::controller
