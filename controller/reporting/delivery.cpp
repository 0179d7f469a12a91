#include "controller/reporting/delivery.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "bm_writer/calls.hpp"
#include "bm_writer/error_xml.hpp"
#include "controller/reporting/error_type.hpp"
#include "reconciler/decide/panel.hpp"

namespace bn::controller {

namespace {

using bm_writer::SaveParamForm;

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
    Delivery(ServiceContext& context, ItemId item, ServerId server, OwedResult owed)
        : context_(context),
          world_(context.world),
          link_(context.link),
          item_(item),
          server_(server),
          owed_(std::move(owed)),
          record_(context.clock.id(), Actor{}) {}

    Task<DeliveryResult> completed();
    Task<DeliveryResult> failed();
    Task<DeliveryResult> problem(LedgerServer server);

  private:
    using Once = PanelCallMade::Once;

    Task<Result<PanelAnswer>> call(PanelCall call);
    Task<Result<PanelAnswer>> call(PanelCall call, Once once, std::string task_type);
    Task<std::optional<Error>> look();
    Task<std::optional<Error>> save_params();
    Task<std::optional<Error>> save(std::string name, std::string value);
    Task<std::optional<Error>> save_password(Secret password);
    Task<std::optional<Error>> make_task();
    [[nodiscard]] std::string error_document() const;
    [[nodiscard]] SaveParamForm form(bool other) const;
    [[nodiscard]] PanelCall completion() const;
    Task<DeliveryResult> done(std::string detail);
    Task<DeliveryResult> later(Error error);

    ServiceContext& context_;
    std::shared_ptr<World> world_;  // held: a reload may replace the context's
    std::shared_ptr<PanelLink> link_;
    ItemId item_;
    ServerId server_;
    OwedResult owed_;
    RecordContext record_;
    bool was_away_ = context_.ledger().panel().away_since.has_value();  // when this began
    bool reached_ = false;  // the panel answered at least one call of this
    SavedParams saved_;
    PasswordState password_ = PasswordState::kNone;
    std::string password_ref_;
};

Task<Result<PanelAnswer>> Delivery::call(PanelCall call) {
    std::string no_task;
    return this->call(std::move(call), Once::kNo, std::move(no_task));
}

// One call, and its events.
Task<Result<PanelAnswer>> Delivery::call(PanelCall call, Once once, std::string task_type) {
    if (context_.stopping) {
        Error stop(NextMove::kRetryCall, "panel.stopping", "the service stops");
        co_return tl::unexpected(std::move(stop));
    }
    PanelCallMade made;
    made.item = item_;
    made.server = server_;
    made.operation = owed_.operation;
    made.function = call.function;
    made.arguments = call.masked_arguments();
    made.once = once;
    made.task_type = std::move(task_type);
    const Time begun = context_.now();
    Result<PanelAnswer> answer = co_await link_->call(std::move(call));
    made.took = context_.now() - begun;
    reached_ = reached_ || answer.has_value();
    std::vector<Event> events = decide_called(context_.ledger(), std::move(made), answer);
    Result<void> recorded = co_await context_.journal.record(std::move(events), record_);
    if (!recorded) {
        co_return tl::unexpected(std::move(recorded.error()));
    }
    co_return answer;
}

// Not delivered: again later, or when the panel is back.
Task<DeliveryResult> Delivery::later(Error error) {
    DeliveryResult result;
    result.unreachable = panel_is_away(error);
    if (context_.stopping) {
        co_return result;
    }
    std::vector<Event> events;
    if (result.unreachable) {
        events = decide_reached(context_.ledger(), &error);
    }
    if (!result.unreachable || !was_away_ || reached_) {
        // Of an outage, once: a panel that answers one call and not the next is no outage, and
        // must not be asked every second.
        std::vector<Event> deferred =
            decide_deferred(context_.ledger(), item_, owed_, error, context_.now());
        events.insert(events.end(), deferred.begin(), deferred.end());
    }
    if (!result.unreachable) {
        result.problem = error.text();
    }
    const Result<void> recorded = co_await context_.journal.record(std::move(events), record_);
    if (!recorded) {
        result.problem = recorded.error().text();
    }
    co_return result;
}

// What the panel's own rows say of the item.
Task<std::optional<Error>> Delivery::look() {
    Result<SavedParams> saved = co_await world_->saved_params(item_);
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
    const bool pair = context_.config.panel.save_param == "pair";
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
        Result<PanelAnswer> answer = co_await call(std::move(save));
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
        Result<PanelAnswer> answer = co_await call(std::move(save));
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
    const LedgerItem* known = context_.ledger().item(item_);
    const bool news = known != nullptr && (opens(owed_.command) || !known->password_ref.empty());
    if (!news || !owns(*known)) {
        co_return std::nullopt;
    }
    const std::string login = known->login;
    password_ref_ = known->password_ref;
    const auto desired = world_->last_desired();
    const DesiredServer* server = desired ? desired->server(known->server) : nullptr;
    const std::string url = server != nullptr ? server->base_url : std::string();
    std::optional<Error> error = co_await save("username", login);
    if (!error && !url.empty()) {
        error = co_await save("url", url);
    }
    if (error || password_ref_.empty()) {
        co_return error;
    }
    Result<Secret> password = context_.journal.store().secret(password_ref_);
    if (!password) {
        co_return password.error();
    }
    co_return co_await save_password(*std::move(password));
}

PanelCall Delivery::completion() const {
    if (owed_.command == "open") {
        return bm_writer::open(item_, owed_.itemtype, context_.config.panel.open_function);
    }
    std::optional<PanelCall> post = bm_writer::post(owed_.command, item_);
    return post ? *std::move(post) : PanelCall();
}

Task<DeliveryResult> Delivery::done(std::string detail) {
    std::vector<std::string> forget;
    if (password_ == PasswordState::kSaved) {
        forget.push_back(password_ref_);
    }
    const std::string saved_ref = forget.empty() ? std::string() : password_ref_;
    std::vector<Event> events = decide_reached(context_.ledger(), nullptr);
    events.emplace_back(
        decide_delivered(context_.ledger(), item_, owed_, saved_ref, std::move(detail))
    );
    std::vector<AppendRequest::NewSecret> none;
    Result<void> recorded = co_await context_.journal.record_with_secrets(
        std::move(events), record_, std::move(none), std::move(forget)
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
        co_return co_await later(*std::move(error));
    }
    PanelCall call = completion();
    if (call.function.empty()) {
        co_return co_await done("the panel waits for no answer to this command");
    }
    if (!pending(saved_, owed_.operation)) {
        co_return co_await done("the panel has ended the operation already");
    }
    const std::string function = call.function;
    Result<PanelAnswer> answer = co_await this->call(std::move(call));
    if (!answer && !answer.error().effect_unknown) {
        co_return co_await later(std::move(answer.error()));
    }
    // The row is the proof, whatever was answered: an answer may be lost, or come twice.
    error = co_await look();
    if (error) {
        co_return co_await later(*std::move(error));
    }
    if (!pending(saved_, owed_.operation)) {
        std::string detail = saved_.exists ? "" : "the service is gone from the panel";
        co_return co_await done(std::move(detail));
    }
    if (!answer) {
        co_return co_await later(std::move(answer.error()));
    }
    Error refused(
        NextMove::kWait,
        "panel.refused",
        function + " did not end the operation: " + answer->short_text(),
        "`bill-nextcloud preflight` says which function this panel wants"
    );
    co_return co_await later(std::move(refused));
}

std::string Delivery::error_document() const {
    const LedgerServer* server = context_.ledger().server(server_);
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
    document.message = owed_.remedy.empty() ? owed_.what : owed_.what + "; " + owed_.remedy;
    return bm_writer::error_xml(document);
}

// The panel's staff is asked: the operation is tried no more by itself.
Task<std::optional<Error>> Delivery::make_task() {
    PanelCall manual = bm_writer::set_manual(owed_.operation);
    Result<PanelAnswer> answer = co_await call(std::move(manual));
    if (!answer) {
        co_return answer.error();
    }
    PanelCall ask = bm_writer::task_type(owed_.command, item_);
    answer = co_await call(std::move(ask));
    if (!answer) {
        co_return answer.error();
    }
    const auto type = answer->fields.find("task_type");
    if (!answer->ok || type == answer->fields.end() || type->second.empty()) {
        co_return std::nullopt;  // no task for this command: the operation's error says it all
    }
    PanelCall task = bm_writer::edit_task(item_, owed_.operation, type->second);
    std::string kind = type->second;
    answer = co_await call(std::move(task), Once::kTask, std::move(kind));
    co_return answer ? std::nullopt : std::optional<Error>(answer.error());
}

Task<DeliveryResult> Delivery::failed() {
    std::optional<Error> error = co_await look();
    if (error) {
        co_return co_await later(*std::move(error));
    }
    if (!pending(saved_, owed_.operation)) {
        co_return co_await done("the panel has ended the operation already");
    }
    PanelCall tell = bm_writer::operation_error(owed_.operation, error_document());
    Result<PanelAnswer> answer = co_await call(std::move(tell));
    if (!answer) {
        co_return co_await later(std::move(answer.error()));
    }
    if (rollback_open(context_.ledger(), item_, owed_) && saved_.last_tariff != 0) {
        PanelCall back = bm_writer::rollback(item_);
        std::string no_task;
        answer = co_await call(std::move(back), Once::kRollback, std::move(no_task));
        if (!answer) {
            co_return co_await later(std::move(answer.error()));
        }
    }
    if (task_open(context_.ledger(), item_, owed_)) {
        error = co_await make_task();
        if (error) {
            co_return co_await later(*std::move(error));
        }
    }
    co_return co_await done(owed_.what);
}

// A panel without a function to clear a problem is told nothing.
Task<DeliveryResult> Delivery::problem(LedgerServer server) {
    const bool away = server.quarantined_until.has_value();
    const std::string& clear = context_.config.panel.clear_problem;
    DeliveryResult result;
    std::optional<Error> failure;
    if (away || !clear.empty()) {
        PanelCall tell =
            away ? bm_writer::register_problem(server.server, server.name, server.last_error)
                 : bm_writer::clear_problem(server.server, server.name, clear);
        const Result<PanelAnswer> answer = co_await call(std::move(tell));
        if (!answer) {
            failure = answer.error();
            result.unreachable = panel_is_away(*failure);
            result.problem = failure->text();
        } else if (!answer->ok) {
            result.problem = answer->short_text();  // told once: asking again would not help
        }
    }
    if (failure && context_.stopping) {
        co_return result;  // the stop cut it off: that says nothing of the panel
    }
    const Error* why = failure ? &*failure : nullptr;
    std::vector<Event> events =
        decide_problem_told(context_.ledger(), server, away, why, context_.now());
    const Result<void> recorded = co_await context_.journal.record(std::move(events), record_);
    result.delivered = recorded.has_value() && !failure;
    co_return result;
}

}  // namespace

Task<DeliveryResult> deliver(ServiceContext& context, ItemId item, OwedResult owed) {
    const LedgerItem* known = context.ledger().item(item);
    const ServerId server = known != nullptr ? known->server : ServerId{};
    const bool completed = owed.completed;
    Delivery delivery(context, item, server, std::move(owed));
    if (completed) {
        co_return co_await delivery.completed();
    }
    co_return co_await delivery.failed();
}

Task<DeliveryResult> tell_problem(ServiceContext& context, LedgerServer server) {
    Delivery delivery(context, ItemId{}, server.server, OwedResult());
    co_return co_await delivery.problem(std::move(server));
}

}  // namespace bn::controller
