#include "controller/reporting/reporter.hpp"

#include <utility>

#include <boost/asio/awaitable.hpp>

#include "bm_writer/calls.hpp"
#include "controller/reporting/delivery.hpp"
#include "reconciler/decide/panel.hpp"
#include "reconciler/decide/verdict.hpp"

namespace bn::controller {

namespace {

// That the panel's own list showed to the service: what a person asked for is no order.
bool opens_an_order(const PendingOperation& operation) {
    return operation.command == "open" && operation.id != 0;
}

}  // namespace

PanelReporter::PanelReporter(ServiceContext& context)
    : context_(context), deliveries_(context.executor), notices_(context) {}

// The panel ends such an operation by a call of ours; it waits for no word about the others.
bool PanelReporter::tells(const PendingOperation& operation) const {
    return context_.world->has_way_back() && operation.id != 0 &&
           (operation.command == "open" || bm_writer::post(operation.command, ItemId{}).has_value()
           );
}

void PanelReporter::measure_login(const JudgedOperation& word) {
    const LedgerItem* item = context_.ledger().item(word.operation.item);
    if (!opens_an_order(word.operation) || item == nullptr ||
        word.verdict.verdict != Verdict::kCompleted) {
        return;
    }
    const auto before = judged_.find({word.operation.item, word.operation.command});
    if (before != judged_.end() && before->second.operation == word.operation &&
        before->second.verdict.verdict == Verdict::kCompleted) {
        return;  // it was so already
    }
    observe_order(Metric::kOpenToLogin, word.operation, item->server);
}

void PanelReporter::observe_order(
    Metric metric, const PendingOperation& operation, ServerId server
) {
    const Steady now = context_.steady();
    context_.metrics.observe(
        metric,
        {ServerLabel(server)},
        now - operation.seen - silent_.between(server, operation.seen, now)
    );
}

bool PanelReporter::told(const JudgedOperation& word) const {
    return !tells(word.operation) || !owed_to_panel(context_.ledger(), word.operation);
}

Task<void> PanelReporter::after_pass(
    const PassReport& report, std::vector<PendingOperation> operations
) {
    const PassRequest& request = report.observation.request;
    for (const ServerObservation& server : report.observation.servers) {
        silent_.note(server.server, !server.error, report.observation.begun, context_.steady());
    }
    context_.world->believe_panel();  // a pass over another one than the store's ends before this
    const auto facts = operation_facts(report, operations, context_.ledger());
    const PanelRules rules{context_.config.panel.try_limit, context_.config.panel.rollback_tariff};
    std::vector<Event> events;
    std::vector<JudgedOperation> words;
    for (const auto& [operation, fact] : facts) {
        const auto before = judged_.find({operation.item, operation.command});
        if (before != judged_.end() && before->second.operation == operation &&
            before->second.begun > report.observation.begun) {
            continue;  // a pass that began later has looked already
        }
        JudgedOperation& word = words.emplace_back();
        word.operation = operation;
        word.verdict = judge(fact);
        word.begun = report.observation.begun;
        if (tells(operation)) {
            std::vector<Event> owed =
                decide_owed(context_.ledger(), operation, word.verdict, rules);
            events.insert(events.end(), owed.begin(), owed.end());
        }
    }
    if (context_.world->has_way_back()) {
        std::vector<Event> owed = decide_passwords(context_.ledger(), request.items, operations);
        events.insert(events.end(), owed.begin(), owed.end());
    }
    const Result<void> recorded =
        co_await context_.journal.record(std::move(events), RecordContext(report.id));
    if (!recorded) {  // judged anew by the next pass
        context_.log.error("what the panel is owed was not recorded: {}", recorded.error().text());
        co_return;
    }
    if (!request.narrow()) {  // operations that the panel has ended are forgotten
        std::erase_if(judged_, [&](const auto& word) {
            return !facts.contains(word.second.operation);
        });
    }
    for (JudgedOperation& word : words) {
        measure_login(word);
        const std::pair<ItemId, std::string> key(word.operation.item, word.operation.command);
        judged_.insert_or_assign(key, std::move(word));
    }
    wake();
    context_.tell_news();
}

// True: delivered, the next one may go. False: later.
Task<bool> PanelReporter::deliver_first(ItemId item) {
    const LedgerItem known = *context_.ledger().item(item);
    const OwedResult& owed = known.owed.front();
    const auto word = judged_.find({item, owed.command});
    std::optional<PendingOperation> order;
    if (word != judged_.end() && word->second.operation.id == owed.operation &&
        opens_an_order(word->second.operation)) {
        order = word->second.operation;
    }
    const bool was_away = panel_away();
    const DeliveryResult result = co_await deliver(context_, item, owed);
    if (panel_away() != was_away) {
        context_.log.warning(
            "the panel {}: {}",
            was_away ? "takes results again" : "does not take results, they are kept",
            was_away ? "what is owed is told now" : context_.ledger().panel().what
        );
    }
    context_.metrics.count(
        Metric::kPanelResults, {owed.command, result.delivered ? "told" : "not_told"}
    );
    if (!result.problem.empty()) {
        context_.log.warning(
            "item {}: the panel did not take the result of {}: {}",
            item.value,
            owed.command,
            result.problem
        );
    }
    if (result.delivered) {
        if (order) {
            observe_order(Metric::kOpenToTold, *order, known.server);
        }
        context_.tell_news();
    }
    co_return result.delivered;
}

Task<void> PanelReporter::deliver_item(ItemId item) {
    bool more = true;
    while (more && !held_ && !context_.stopping && !context_.hands_off()) {
        const LedgerItem* known = context_.ledger().item(item);
        if (known == nullptr || known->owed.empty()) {
            break;
        }
        more = co_await deliver_first(item);
    }
    delivering_.erase(item);
}

Task<void> PanelReporter::report_problem(ServerId server) {
    const LedgerServer known = *context_.ledger().server(server);
    const DeliveryResult result = co_await tell_problem(context_, known);
    if (!result.problem.empty()) {
        context_.log.warning(
            "server {}: the panel did not take the problem: {}", server.value, result.problem
        );
    }
    reporting_problem_.erase(server);
}

Task<void> PanelReporter::tell_notices() {
    bool more = true;
    while (more && !held_ && !context_.stopping && !context_.hands_off() &&
           context_.world->may_tell()) {
        more = co_await notices_.tell_next();
    }
    noticing_ = false;
}

void PanelReporter::wake() {
    if (!context_.world->may_tell() || held_ || context_.stopping || context_.hands_off()) {
        return;
    }
    const LedgerPanel& panel = context_.ledger().panel();
    if (panel.away_since) {
        // One at a time asks whether it is back.
        if (context_.steady() < next_look_ || !delivering_.empty() || !reporting_problem_.empty() ||
            noticing_) {
            return;
        }
        next_look_ = context_.steady_at(next_look_at_panel(*panel.away_since, context_.now()));
    }
    for (const ItemId item : results_due(context_.moment())) {
        if (delivering_.insert(item).second) {
            deliveries_.spawn(deliver_item(item));
        }
    }
    for (const ServerId id : problems_due(context_.moment())) {
        if (reporting_problem_.insert(id).second) {
            deliveries_.spawn(report_problem(id));
        }
    }
    if (!noticing_ && delivering_.empty() && notices_.due()) {
        noticing_ = true;
        deliveries_.spawn(tell_notices());
    }
}

const JudgedOperation* PanelReporter::judged(ItemId item, std::string_view command, Steady since)
    const {
    const auto word = judged_.find({item, std::string(command)});
    return word != judged_.end() && word->second.begun >= since ? &word->second : nullptr;
}

Task<void> PanelReporter::hold() {
    held_ = true;
    return deliveries_.join();
}

void PanelReporter::resume() {
    held_ = false;
    wake();
}

}  // namespace bn::controller
