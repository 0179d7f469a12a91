#include "controller/reporting/delivery.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "bm_writer/calls.hpp"
#include "bm_writer/error_xml.hpp"
#include "controller/reporting/error_type.hpp"
#include "controller/sys/random.hpp"

namespace bn::controller {

namespace {

using bm_writer::SaveParamForm;

constexpr Duration kFirstDeliveryRetry = std::chrono::seconds(1);
constexpr Duration kLastRetry = std::chrono::minutes(10);

Duration retry_after(std::uint32_t attempts) {
    Duration pause = kFirstDeliveryRetry;
    for (std::uint32_t i = 0; i < attempts && pause < kLastRetry; ++i) {
        pause *= 2;
    }
    return std::min(pause, kLastRetry);
}

bool away(const Error& error) {
    return error.concern == Concern::kPanel || error.move == NextMove::kHuman;
}

bool opens(const std::string& command) {
    return command == "open" || command == "reopen" || command == "resume";
}

bool pending(const SavedParams& saved, std::uint32_t operation) {
    return std::find(saved.operations.begin(), saved.operations.end(), operation) !=
           saved.operations.end();
}

enum class PasswordState { kNone, kSaved, kUnproved };

class Delivery {
  public:
    Delivery(DeliveryParts parts, ItemId item, ServerId server, OwedResult owed)
        : parts_(std::move(parts)), item_(item), server_(server), owed_(std::move(owed)) {
        context_.correlation = random_id(parts_.now());
    }

    Task<DeliveryResult> completed();
    Task<DeliveryResult> failed();
    Task<Result<PanelAnswer>> call(PanelCall call, bool last);

  private:
    Task<std::optional<Error>> look();
    Task<std::optional<Error>> save_params();
    Task<std::optional<Error>> save(std::string name, std::string value);
    Task<std::optional<Error>> save_password(Secret password);
    Task<std::optional<Error>> make_task();
    [[nodiscard]] std::string error_document() const;
    [[nodiscard]] SaveParamForm form(bool other) const;
    [[nodiscard]] PanelCall completion() const;
    Task<DeliveryResult> done(std::string detail);
    DeliveryResult later(const Error& error) const;

    DeliveryParts parts_;
    ItemId item_;
    ServerId server_;
    OwedResult owed_;
    RecordContext context_;
    std::optional<Event> consequence_;  // of the next call, whatever its answer
    SavedParams saved_;
    PasswordState password_ = PasswordState::kNone;
    std::string password_ref_;
};

// One call, and its event. `last`: a refusal of this call ends the attempt.
Task<Result<PanelAnswer>> Delivery::call(PanelCall call, bool last) {
    if (parts_.stopping && parts_.stopping()) {
        Error stop(NextMove::kRetryCall, "panel.stopping", "the service stops");
        co_return tl::unexpected(std::move(stop));
    }
    PanelCalled called;
    called.item = item_;
    called.server = server_;
    called.operation = owed_.operation;
    called.function = call.function;
    called.arguments = call.masked_arguments();
    const Time begun = parts_.now();
    Result<PanelAnswer> answer = co_await parts_.link.call(std::move(call));
    called.took = parts_.now() - begun;
    called.ok = answer && answer->ok;
    called.answer = answer ? answer->short_text() : answer.error().text();
    if (!called.ok && last && answer) {
        called.next_attempt_at = parts_.now() + retry_after(owed_.attempts);
    }
    if (!answer && away(answer.error()) && parts_.panel_was_away) {
        co_return answer;  // still away: no news
    }
    std::vector<Event> events;
    events.emplace_back(std::move(called));
    if (consequence_) {
        events.push_back(*std::exchange(consequence_, std::nullopt));
    }
    Result<void> recorded = co_await parts_.journal.record(std::move(events), context_);
    if (!recorded) {
        co_return tl::unexpected(std::move(recorded.error()));
    }
    co_return answer;
}

DeliveryResult Delivery::later(const Error& error) const {
    DeliveryResult result;
    if (away(error)) {
        result.unreachable = error;
    } else if (error.code != "panel.stopping") {
        result.problem = error.text();
    }
    return result;
}

// What the panel's own rows say of the item.
Task<std::optional<Error>> Delivery::look() {
    Result<SavedParams> saved = co_await parts_.world.saved_params(item_);
    if (!saved) {
        Error error = std::move(saved.error());
        error.code = "panel.unreachable";  // without its database there is nothing to go by
        error.concern = Concern::kPanel;
        co_return error;
    }
    saved_ = *std::move(saved);
    co_return std::nullopt;
}

SaveParamForm Delivery::form(bool other) const {
    const bool pair = parts_.config.panel.save_param == "pair";
    return pair != other ? SaveParamForm::kPair : SaveParamForm::kNameValue;
}

// Saves and reads back; the form that this panel does not know leaves no trace, then the other one
// is tried.
Task<std::optional<Error>> Delivery::save(std::string name, std::string value) {
    const auto arrived = [&] {
        const auto it = saved_.plain.find(name);
        return it != saved_.plain.end() && it->second.reveal() == value;
    };
    std::string said;
    for (const bool other : {false, true}) {
        if (arrived()) {
            co_return std::nullopt;
        }
        PanelCall save = bm_writer::save_param(item_, name, value, form(other));
        Result<PanelAnswer> answer = co_await call(std::move(save), other);
        if (!answer) {
            co_return answer.error();
        }
        said = answer->short_text();
        std::optional<Error> error = co_await look();
        if (error) {
            co_return error;
        }
    }
    if (arrived()) {
        co_return std::nullopt;
    }
    co_return Error(
        NextMove::kWait,
        "panel.not_saved",
        "the param " + name + " was not saved; the panel answered: " + said,
        "look at the function service.saveparam in the panel's log"
    );
}

Task<std::optional<Error>> Delivery::save_password(Secret password) {
    const auto arrived = [&] {
        const auto it = saved_.crypted.find("userpassword");
        return it != saved_.crypted.end() && it->second &&
               it->second->reveal() == password.reveal();
    };
    const auto stored = [&] { return saved_.crypted.contains("userpassword"); };
    std::string said;
    for (const bool other : {false, true}) {
        if (arrived()) {
            break;
        }
        PanelCall save =
            bm_writer::save_crypted_param(item_, "userpassword", password, form(other));
        Result<PanelAnswer> answer = co_await call(std::move(save), other);
        if (!answer) {
            co_return answer.error();
        }
        said = answer->short_text();
        std::optional<Error> error = co_await look();
        if (error) {
            co_return error;
        }
        if (answer->ok && stored() && !saved_.crypted.at("userpassword")) {
            // Without the panel's key nothing can be compared: our sealed copy is kept.
            password_ = PasswordState::kUnproved;
            co_return std::nullopt;
        }
    }
    if (arrived()) {
        password_ = PasswordState::kSaved;
        co_return std::nullopt;
    }
    co_return Error(
        NextMove::kWait,
        "panel.not_saved",
        "the param userpassword was not saved; the panel answered: " + said,
        "look at the function service.saveparam in the panel's log"
    );
}

// What the client reads in his service: address, login, first password.
Task<std::optional<Error>> Delivery::save_params() {
    const LedgerItem* known = parts_.journal.ledger().item(item_);
    const bool news = known != nullptr && (opens(owed_.command) || !known->password_ref.empty());
    if (!news || !owns(*known)) {
        co_return std::nullopt;
    }
    const std::string login = known->login;
    password_ref_ = known->password_ref;
    const auto desired = parts_.world.last_desired();
    const DesiredServer* server = desired ? desired->server(known->server) : nullptr;
    const std::string url = server != nullptr ? server->base_url : std::string();
    std::optional<Error> error = co_await save("username", login);
    if (!error && !url.empty()) {
        error = co_await save("url", url);
    }
    if (error || password_ref_.empty()) {
        co_return error;
    }
    Result<Secret> password = parts_.journal.store().secret(password_ref_);
    if (!password) {
        co_return password.error();
    }
    co_return co_await save_password(*std::move(password));
}

PanelCall Delivery::completion() const {
    if (owed_.command == "open") {
        return bm_writer::open(item_, owed_.itemtype, parts_.config.panel.open_function);
    }
    std::optional<PanelCall> post = bm_writer::post(owed_.command, item_);
    return post ? *std::move(post) : PanelCall();
}

Task<DeliveryResult> Delivery::done(std::string detail) {
    PanelResultDelivered delivered;
    delivered.item = item_;
    delivered.operation = owed_.operation;
    delivered.command = owed_.command;
    // Meanwhile the account may have been made anew, with another password.
    const LedgerItem* known = parts_.journal.ledger().item(item_);
    const bool newest = known != nullptr && known->password_ref == password_ref_;
    delivered.password_saved = password_ == PasswordState::kSaved && newest;
    delivered.detail = std::move(detail);
    std::vector<std::string> forget;
    if (password_ == PasswordState::kSaved) {
        forget.push_back(password_ref_);
    }
    std::vector<Event> events;
    events.emplace_back(std::move(delivered));
    std::vector<AppendRequest::NewSecret> none;
    Result<void> recorded = co_await parts_.journal.record_with_secrets(
        std::move(events), context_, std::move(none), std::move(forget)
    );
    DeliveryResult result;
    result.delivered = recorded.has_value();
    if (!recorded) {
        result.problem = recorded.error().text();
    }
    co_return result;
}

Task<DeliveryResult> Delivery::completed() {
    std::optional<Error> error = co_await look();
    if (!error && !saved_.exists) {
        co_return co_await done("the panel has no such service any more");
    }
    if (!error) {
        error = co_await save_params();
    }
    if (error) {
        co_return later(*error);
    }
    PanelCall call = completion();
    if (call.function.empty()) {
        co_return co_await done("the panel waits for no answer to this command");
    }
    if (!pending(saved_, owed_.operation)) {
        co_return co_await done("the panel has ended the operation already");
    }
    const std::string function = call.function;
    Result<PanelAnswer> answer = co_await this->call(std::move(call), true);
    if (!answer && !answer.error().effect_unknown) {
        co_return later(answer.error());
    }
    // The row is the proof, whatever was answered: an answer may be lost, or come twice.
    error = co_await look();
    if (error) {
        co_return later(*error);
    }
    if (!pending(saved_, owed_.operation)) {
        std::string detail = saved_.exists ? "" : "the service is gone from the panel";
        co_return co_await done(std::move(detail));
    }
    if (!answer) {
        co_return later(answer.error());
    }
    Error refused(
        NextMove::kWait,
        "panel.refused",
        function + " did not end the operation: " + answer->short_text(),
        "`bill-nextcloud preflight` says which function this panel wants"
    );
    co_return later(refused);
}

std::string Delivery::error_document() const {
    const LedgerServer* server = parts_.journal.ledger().server(server_);
    bm_writer::OperationError document;
    document.date = bm_writer::panel_date(owed_.since);
    document.module = server_;
    document.module_name = server != nullptr ? server->name : std::string();
    document.type = error_type(owed_.code);
    document.object = "item";
    document.value = std::to_string(item_.value);
    document.params.emplace_back("item", std::to_string(item_.value));
    document.params.emplace_back("what", owed_.what);
    document.params.emplace_back("remedy", owed_.remedy);
    std::string text = owed_.remedy.empty() ? owed_.what : owed_.what + "; " + owed_.remedy;
    document.messages.emplace_back(document.date, std::move(text), true);
    return bm_writer::error_xml(document);
}

// The panel's staff is asked: the operation is tried no more by itself.
Task<std::optional<Error>> Delivery::make_task() {
    PanelCall manual = bm_writer::set_manual(owed_.operation);
    Result<PanelAnswer> answer = co_await call(std::move(manual), false);
    if (!answer) {
        co_return answer.error();
    }
    PanelCall ask = bm_writer::task_type(owed_.command, item_);
    answer = co_await call(std::move(ask), false);
    if (!answer) {
        co_return answer.error();
    }
    const auto type = answer->fields.find("task_type");
    if (!answer->ok || type == answer->fields.end() || type->second.empty()) {
        co_return std::nullopt;  // no task for this command: the operation's error says it all
    }
    PanelCall task = bm_writer::edit_task(item_, owed_.operation, type->second);
    consequence_ = OperationTaskMade{item_, server_, owed_.operation, type->second};
    answer = co_await call(std::move(task), false);
    co_return answer ? std::nullopt : std::optional<Error>(answer.error());
}

Task<DeliveryResult> Delivery::failed() {
    std::optional<Error> error = co_await look();
    if (error) {
        co_return later(*error);
    }
    if (!pending(saved_, owed_.operation)) {
        co_return co_await done("the panel has ended the operation already");
    }
    PanelCall tell = bm_writer::operation_error(owed_.operation, error_document());
    Result<PanelAnswer> answer = co_await call(std::move(tell), false);
    if (!answer) {
        co_return later(answer.error());
    }
    const LedgerItem* known = parts_.journal.ledger().item(item_);
    const bool rolled_back = known != nullptr && known->rolled_back == owed_.operation;
    if (owed_.rollback && saved_.last_tariff != 0 && !rolled_back) {
        PanelCall back = bm_writer::rollback(item_);
        consequence_ = OperationRolledBack{item_, server_, owed_.operation, ""};
        answer = co_await call(std::move(back), false);
        if (!answer) {
            co_return later(answer.error());
        }
    }
    known = parts_.journal.ledger().item(item_);
    if (owed_.manual_task && known != nullptr && known->task_made != owed_.operation) {
        error = co_await make_task();
        if (error) {
            co_return later(*error);
        }
    }
    co_return co_await done(owed_.what);
}

}  // namespace

Task<DeliveryResult> deliver(DeliveryParts parts, ItemId item, OwedResult owed) {
    const LedgerItem* known = parts.journal.ledger().item(item);
    const ServerId server = known != nullptr ? known->server : ServerId{};
    const bool completed = owed.completed;
    Delivery delivery(std::move(parts), item, server, std::move(owed));
    if (completed) {
        co_return co_await delivery.completed();
    }
    co_return co_await delivery.failed();
}

Task<DeliveryResult> tell_problem(DeliveryParts parts, LedgerServer server, bool is_away) {
    Journal& journal = parts.journal;
    const std::string clear = parts.config.panel.clear_problem;
    const std::function<Time()> now = parts.now;
    Delivery delivery(std::move(parts), ItemId{}, server.server, OwedResult());
    DeliveryResult result;
    if (is_away || !clear.empty()) {
        PanelCall call =
            is_away ? bm_writer::register_problem(server.server, server.name, server.last_error)
                    : bm_writer::clear_problem(server.server, server.name, clear);
        Result<PanelAnswer> answer = co_await delivery.call(std::move(call), false);
        if (!answer) {
            if (away(answer.error())) {
                result.unreachable = answer.error();
            }
            result.problem = answer.error().text();
            co_return result;
        }
        if (!answer->ok) {
            result.problem = answer->short_text();  // told once: asking again would not help
        }
    }
    std::vector<Event> events;
    if (is_away) {
        events.emplace_back(PanelProblemRegistered{server.server, server.last_error});
    } else {
        events.emplace_back(PanelProblemCleared{server.server});
    }
    RecordContext context(random_id(now()), Actor{});
    Result<void> recorded = co_await journal.record(std::move(events), std::move(context));
    result.delivered = recorded.has_value();
    co_return result;
}

}  // namespace bn::controller
