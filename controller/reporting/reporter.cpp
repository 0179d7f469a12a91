#include "controller/reporting/reporter.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "bm_writer/calls.hpp"
#include "controller/reporting/delivery.hpp"
#include "controller/reporting/facts.hpp"
#include "controller/sys/random.hpp"

namespace bn::controller {

namespace {

constexpr Duration kFirstPause = std::chrono::seconds(1);
constexpr Duration kLongestPause = std::chrono::minutes(1);
constexpr Duration kFirstRetry = std::chrono::seconds(1);
constexpr Duration kLongestRetry = std::chrono::minutes(10);

// The command of a result that tells no operation: only the item's params are saved.
constexpr const char* kParamsOnly = "params";

// When a delivery that failed may go again. Not recorded: a restart asks once, at once.
struct Retry {
    std::uint32_t attempts = 0;
    Time next{};

    void failed(Time now) {
        Duration pause = kFirstRetry;
        for (std::uint32_t i = 0; i < attempts && pause < kLongestRetry; ++i) {
            pause *= 2;
        }
        ++attempts;
        next = now + std::min(pause, kLongestRetry);
    }
};

// The panel waits for no word about the others.
bool ends_by_a_call(const std::string& command) {
    return command == "open" || bm_writer::post(command, ItemId{}).has_value();
}

}  // namespace

struct PanelReporter::Impl {
    Impl(const boost::asio::any_io_executor& executor, Parts p)
        : parts(std::move(p)), deliveries(executor) {}

    Parts parts;
    TaskGroup deliveries;
    std::map<std::pair<ItemId, std::string>, JudgedOperation> judged;  // by item and command
    std::set<ItemId> delivering;
    std::set<ServerId> reporting_problem;
    std::map<ItemId, Retry> retries;
    std::map<ServerId, Retry> problem_retries;
    std::map<ItemId, std::string> offered;  // password_ref of the last result without an operation
    // What a person was told about an operation, so that he is not told again at each pass.
    std::map<PendingOperation, std::string> told_failures;
    bool stopping = false;
    // The whole panel does not answer: one call asks whether it is back.
    std::optional<Time> away_until;
    Duration pause = kFirstPause;

    void changed() const {
        if (parts.changed) {
            parts.changed();
        }
    }

    [[nodiscard]] bool is_owed(const PendingOperation& operation) const;
    std::optional<Event> judge_one(const PendingOperation& operation, const OperationFacts& facts);
    std::optional<Event> owed_failure(
        const PendingOperation& operation, const OperationVerdict& verdict, ServerId server
    );
    void owe_passwords(
        const PassRequest& request,
        const std::vector<PendingOperation>& operations,
        std::vector<Event>& events
    );
    std::optional<Event> owed_password(
        const LedgerItem& item, const std::vector<PendingOperation>& operations
    );
    [[nodiscard]] Time due_at(ItemId item) const;
    [[nodiscard]] bool problem_open(const LedgerServer& server) const;
    Task<void> deliver_item(ItemId item);
    Task<bool> deliver_first(ItemId item);
    void note_away(const Error& error);
    void note_back();
    Task<void> report_problem(ServerId server, bool away);
    void begin_deliveries();
    void begin_problems();
};

bool PanelReporter::Impl::is_owed(const PendingOperation& operation) const {
    const LedgerItem* known = parts.journal.ledger().item(operation.item);
    return known != nullptr &&
           std::any_of(known->owed.begin(), known->owed.end(), [&](const OwedResult& owed) {
               return owed.operation == operation.id && owed.command == operation.command &&
                      owed.completed;
           });
}

// Told once for each reason, and once more when the tries have reached their limit.
std::optional<Event> PanelReporter::Impl::owed_failure(
    const PendingOperation& operation, const OperationVerdict& verdict, ServerId server
) {
    const LedgerItem* known = parts.journal.ledger().item(operation.item);
    const bool tried = known != nullptr && known->task_made == operation.id;
    const bool limit = operation.trycount >= parts.config.panel.try_limit && !operation.manual &&
                       !operation.has_task && !tried;
    std::string said = verdict.code + '\n' + verdict.what + (limit ? "\nlimit" : "");
    std::string& before = told_failures[operation];
    if (before == said) {
        return std::nullopt;
    }
    before = std::move(said);
    PanelResultOwed owed;
    owed.item = operation.item;
    owed.server = server;
    owed.operation = operation.id;
    owed.command = operation.command;
    owed.itemtype = operation.itemtype;
    owed.code = verdict.code;
    owed.what = verdict.what;
    owed.remedy = verdict.remedy;
    owed.rollback = parts.config.panel.rollback_tariff && operation.command == "setparam" &&
                    operation.last_tariff != 0 && lies_in_the_tariff(verdict.code);
    owed.manual_task = limit;
    return owed;
}

std::optional<Event> PanelReporter::Impl::judge_one(
    const PendingOperation& operation, const OperationFacts& facts
) {
    JudgedOperation& word = judged[{operation.item, operation.command}];
    word.operation = operation;
    word.verdict = judge(facts);
    word.told = !parts.link || operation.id == 0 || !ends_by_a_call(operation.command);
    const LedgerItem* known = parts.journal.ledger().item(operation.item);
    const ServerId server = known != nullptr ? known->server : ServerId{};
    if (word.told || word.verdict.verdict == Verdict::kWorking) {
        return std::nullopt;
    }
    if (word.verdict.verdict == Verdict::kRefused) {
        return owed_failure(operation, word.verdict, server);
    }
    told_failures.erase(operation);
    if (is_owed(operation)) {
        return std::nullopt;
    }
    PanelResultOwed owed;
    owed.item = operation.item;
    owed.server = server;
    owed.operation = operation.id;
    owed.command = operation.command;
    owed.itemtype = operation.itemtype;
    owed.completed = true;
    return owed;
}

// The whole panel is away: nothing is asked of it for a while, then one call is the scout.
void PanelReporter::Impl::note_away(const Error& error) {
    if (!away_until) {
        parts.log.warning("the panel does not take results, they are kept: {}", error.text());
    }
    away_until = parts.now() + pause;
    pause = std::min(pause * 2, kLongestPause);
}

void PanelReporter::Impl::note_back() {
    if (away_until) {
        parts.log.info("the panel takes results again");
    }
    away_until.reset();
    pause = kFirstPause;
}

// True: delivered, the next one may go. False: later.
Task<bool> PanelReporter::Impl::deliver_first(ItemId item) {
    const OwedResult owed = parts.journal.ledger().item(item)->owed.front();
    DeliveryParts delivery{parts.config, parts.journal, *parts.world, *parts.link, parts.now};
    delivery.panel_was_away = away_until.has_value();
    delivery.stopping = [this] { return stopping; };
    const DeliveryResult result = co_await deliver(std::move(delivery), item, owed);
    if (result.unreachable) {
        note_away(*result.unreachable);
    } else {
        note_back();
    }
    if (result.delivered) {
        retries.erase(item);
    } else {
        retries[item].failed(parts.now());  // so that others are asked about before it
    }
    if (parts.metrics != nullptr) {
        parts.metrics->panel_result(owed.command, result.delivered);
    }
    if (!result.problem.empty()) {
        parts.log.warning(
            "item {}: the panel did not take the result of {}: {}",
            item.value,
            owed.command,
            result.problem
        );
    }
    if (result.delivered) {
        const auto word = judged.find({item, owed.command});
        if (word != judged.end() && word->second.operation.id == owed.operation) {
            word->second.told = true;
        }
        changed();
    }
    co_return result.delivered;
}

Task<void> PanelReporter::Impl::deliver_item(ItemId item) {
    bool more = true;
    while (more && !stopping) {
        const LedgerItem* known = parts.journal.ledger().item(item);
        if (known == nullptr || known->owed.empty()) {
            break;
        }
        more = co_await deliver_first(item);
    }
    delivering.erase(item);
}

Time PanelReporter::Impl::due_at(ItemId item) const {
    const auto retry = retries.find(item);
    const OwedResult& first = parts.journal.ledger().item(item)->owed.front();
    const Time recorded = first.next_attempt_at.value_or(Time{});
    return retry == retries.end() ? recorded : std::max(recorded, retry->second.next);
}

void PanelReporter::Impl::begin_deliveries() {
    const Time now = parts.now();
    if (away_until) {
        // One item at a time asks whether the panel is back: the one that waited longest.
        std::optional<ItemId> scout;
        for (const ItemId item : parts.journal.ledger().owing()) {
            if (!delivering.contains(item) && (!scout || due_at(item) < due_at(*scout))) {
                scout = item;
            }
        }
        if (scout && delivering.empty()) {
            delivering.insert(*scout);
            deliveries.spawn(deliver_item(*scout));
        }
        return;
    }
    const std::vector<ItemId> owing(
        parts.journal.ledger().owing().begin(), parts.journal.ledger().owing().end()
    );
    for (const ItemId item : owing) {
        if (due_at(item) <= now && delivering.insert(item).second) {
            deliveries.spawn(deliver_item(item));
        }
    }
}

// An account that was made with a new password while no operation of the panel asked for it: the
// client would read one that no longer works.
std::optional<Event> PanelReporter::Impl::owed_password(
    const LedgerItem& item, const std::vector<PendingOperation>& operations
) {
    const bool told_by_another =
        !item.owed.empty() || std::any_of(operations.begin(), operations.end(), [&](const auto& o) {
            return o.item == item.item && o.id != 0;
        });
    if (item.password_ref.empty() || !owns(item) || told_by_another ||
        offered[item.item] == item.password_ref) {
        return std::nullopt;
    }
    offered[item.item] = item.password_ref;
    PanelResultOwed owed;
    owed.item = item.item;
    owed.server = item.server;
    owed.command = kParamsOnly;
    owed.completed = true;
    return owed;
}

void PanelReporter::Impl::owe_passwords(
    const PassRequest& request,
    const std::vector<PendingOperation>& operations,
    std::vector<Event>& events
) {
    const auto look = [&](const LedgerItem& item) {
        if (std::optional<Event> owed = owed_password(item, operations)) {
            events.push_back(*std::move(owed));
        }
    };
    const Ledger& ledger = parts.journal.ledger();
    for (const ItemId id : request.items) {
        if (const LedgerItem* item = ledger.item(id)) {
            look(*item);
        }
    }
    if (!request.narrow()) {
        for (const auto& [id, item] : ledger.items()) {
            if (!item.password_ref.empty()) {
                look(item);
            }
        }
    }
}

Task<void> PanelReporter::Impl::report_problem(ServerId server, bool away) {
    const LedgerServer known = *parts.journal.ledger().server(server);
    DeliveryParts delivery{parts.config, parts.journal, *parts.world, *parts.link, parts.now};
    delivery.panel_was_away = away_until.has_value();
    delivery.stopping = [this] { return stopping; };
    const DeliveryResult result = co_await tell_problem(std::move(delivery), known, away);
    if (result.unreachable) {
        note_away(*result.unreachable);
    } else {
        note_back();
    }
    if (result.delivered) {
        problem_retries.erase(server);
    } else {
        problem_retries[server].failed(parts.now());
    }
    if (!result.problem.empty()) {
        parts.log.warning(
            "server {}: the panel did not take the problem: {}", server.value, result.problem
        );
    }
    reporting_problem.erase(server);
}

void PanelReporter::Impl::begin_problems() {
    const Time now = parts.now();
    for (const auto& [id, server] : parts.journal.ledger().servers()) {
        const auto retry = problem_retries.find(id);
        const bool due = retry == problem_retries.end() || retry->second.next <= now;
        if (problem_open(server) && due && reporting_problem.insert(id).second) {
            deliveries.spawn(report_problem(id, server.quarantined_until.has_value()));
        }
    }
}

bool PanelReporter::Impl::problem_open(const LedgerServer& server) const {
    return server.quarantined_until.has_value() != server.problem_registered;
}

PanelReporter::PanelReporter(const boost::asio::any_io_executor& executor, Parts parts)
    : impl_(std::make_unique<Impl>(executor, std::move(parts))) {}

PanelReporter::~PanelReporter() = default;

Task<void> PanelReporter::after_pass(
    const PassReport& report, const PassRequest& request, std::vector<PendingOperation> operations
) {
    Impl& self = *impl_;
    const auto facts = operation_facts(report, request, operations, self.parts.journal.ledger());
    std::vector<Event> events;
    for (const auto& [operation, fact] : facts) {
        const auto word = self.judged.find({operation.item, operation.command});
        if (word != self.judged.end() && word->second.operation == operation &&
            word->second.at > report.observation.started_at) {
            continue;  // a pass that began later has looked already
        }
        std::optional<Event> owed = self.judge_one(operation, fact);
        self.judged[{operation.item, operation.command}].at = report.observation.started_at;
        if (owed) {
            events.push_back(*std::move(owed));
        }
    }
    if (!request.narrow()) {
        // Operations that the panel has ended are forgotten, and what was said about them.
        std::erase_if(self.told_failures, [&](const auto& told) {
            return !facts.contains(told.first);
        });
        std::erase_if(self.judged, [&](const auto& word) {
            return !facts.contains(word.second.operation);
        });
    }
    if (self.parts.link) {
        self.owe_passwords(request, operations, events);
    }
    if (!events.empty()) {
        RecordContext context(report.id, Actor{});
        Result<void> recorded = co_await self.parts.journal.record(std::move(events), context);
        if (!recorded) {
            self.parts.log.error(
                "what the panel is owed was not recorded: {}", recorded.error().text()
            );
            self.told_failures.clear();  // judged anew by the next pass
        }
    }
    wake();
    self.changed();
}

void PanelReporter::wake() {
    Impl& self = *impl_;
    if (!self.parts.link || self.stopping ||
        (self.away_until && *self.away_until > self.parts.now())) {
        return;
    }
    self.begin_deliveries();
    self.begin_problems();
}

std::optional<Time> PanelReporter::next_due() const {
    const Impl& self = *impl_;
    if (!self.parts.link || self.stopping) {
        return std::nullopt;
    }
    std::optional<Time> next;
    const auto sooner = [&](Time at) { next = next ? std::min(*next, at) : at; };
    for (const ItemId item : self.parts.journal.ledger().owing()) {
        if (!self.delivering.contains(item)) {
            sooner(self.away_until ? Time{} : self.due_at(item));
        }
    }
    for (const auto& [id, server] : self.parts.journal.ledger().servers()) {
        if (self.problem_open(server) && !self.reporting_problem.contains(id)) {
            const auto retry = self.problem_retries.find(id);
            sooner(retry == self.problem_retries.end() ? Time{} : retry->second.next);
        }
    }
    return next && self.away_until ? std::max(*next, *self.away_until) : next;
}

const JudgedOperation* PanelReporter::judged(ItemId item, std::string_view command, Time since)
    const {
    const auto word = impl_->judged.find({item, std::string(command)});
    return word != impl_->judged.end() && word->second.at >= since ? &word->second : nullptr;
}

bool PanelReporter::panel_away() const {
    return impl_->away_until.has_value();
}

Task<void> PanelReporter::stop() {
    impl_->stopping = true;
    co_await impl_->deliveries.join();
}

}  // namespace bn::controller
