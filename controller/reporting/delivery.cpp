#include "controller/reporting/delivery.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bm_writer/calls.hpp"
#include "controller/control/answers.hpp"
#include "reconciler/decide/panel.hpp"

namespace bn::controller {

namespace {

using bm_writer::SaveParamForm;

constexpr const char* kEnded = "the panel has ended the operation already";

// A panel that was restored from a backup lacks what it was told after that.
constexpr const char* kLostPassword =
    "the panel has no password of this account, and what it was told once is not kept: if the "
    "client does not know it either, set a new one in the cloud's user list";

constexpr const char* kPassword = "userpassword";  // the one param that the panel keeps crypted
constexpr std::string_view kSaved[] = {"username", "url", kPassword};

Error service_stops() {
    return {NextMove::kRetryCall, "panel.stopping", "the service stops"};
}

bool opens(const std::string& command) {
    return command == "open" || command == "reopen" || command == "resume";
}

// How far what was saved is to be seen in the panel's own rows.
enum class Saved { kNo, kYes, kUnproved };

class Delivery {
  public:
    Delivery(ServiceContext& context, ItemId item, ServerId server, OwedResult owed)
        : context_(context),
          world_(context.world),
          item_(item),
          server_(server),
          owed_(std::move(owed)),
          record_(context.clock.id()) {}

    Task<DeliveryResult> tell() {
        Task<Result<std::string>> telling = owed_.completed ? completed() : failed();
        Result<std::string> told = co_await std::move(telling);
        if (!told) {
            co_return co_await later(std::move(told.error()));
        }
        co_return co_await done(*std::move(told));
    }

    // A panel without a function to clear a problem is told nothing.
    Task<DeliveryResult> problem(LedgerServer server) {
        const std::optional<std::string> shown = problem_of(server);
        const std::string& clear = context_.config.panel.clear_problem;
        DeliveryResult result;
        std::optional<Error> failure;
        if (shown || !clear.empty()) {
            PanelCall tell = shown ? bm_writer::register_problem(server.server, server.name, *shown)
                                   : bm_writer::clear_problem(server.server, server.name, clear);
            const Result<PanelAnswer> answer = co_await call(std::move(tell));
            if (!answer) {
                failure = answer.error();
                result.problem = failure->text();
            } else if (!answer->ok) {
                result.problem = answer->short_text();  // told once: asking again would not help
            }
        }
        if (failure && cut_off()) {
            co_return result;  // that says nothing of the panel
        }
        const Error* why = failure ? &*failure : nullptr;
        std::vector<Event> events = decide_problem_told(context_.moment(), server, shown, why);
        const Result<void> recorded = co_await context_.journal.record(std::move(events), record_);
        result.delivered = recorded.has_value() && !failure;
        co_return result;
    }

  private:
    using Once = PanelCallMade::Once;

    // By a stop, or by the beginning of the panel's maintenance.
    [[nodiscard]] bool cut_off() const { return context_.stopping || context_.hands_off(); }

    // What is delivered, in a few words for the event; an error: again later.
    Task<Result<std::string>> completed() {
        Result<void> fine = co_await look();
        if (fine && saved_.exists) {
            fine = co_await save_params();
        }
        if (fine && saved_.exists) {
            co_await drop_strays();
        }
        if (!fine) {
            co_return tl::unexpected(std::move(fine.error()));
        }
        const std::vector<std::string> functions = completions();
        if (!saved_.exists) {
            co_return "the panel has no such service any more";
        }
        if (functions.empty()) {
            co_return "the panel waits for no answer to this command";
        }
        if (!pending()) {
            co_return kEnded;
        }
        co_return co_await complete_by(functions);
    }

    // Calls one after the other, until the operation has ended.
    Task<Result<std::string>> complete_by(const std::vector<std::string>& functions) {
        std::string said;
        std::optional<Error> no_answer;  // of all of them
        for (const std::string& function : functions) {
            Result<PanelAnswer> answer = co_await call(bm_writer::open(item_, function));
            if (!answer && !answer.error().effect_unknown) {
                co_return tl::unexpected(std::move(answer.error()));
            }
            // The row is the proof, whatever was answered: an answer may be lost, or come twice.
            Result<void> fine = co_await look_after(answer && answer->ok);
            if (!fine) {
                co_return tl::unexpected(std::move(fine.error()));
            }
            if (!pending()) {
                completed_by_ = function;
                co_return !saved_.exists ? "the service is gone from the panel"
                                         : std::string(lost_password_ ? kLostPassword : "");
            }
            if (answer) {
                no_answer.reset();
            } else if (said.empty()) {
                no_answer = answer.error();
            }
            said += (said.empty() ? "" : "; ") + function + ": " +
                    (answer ? answer->short_text() : answer.error().what);
        }
        if (no_answer) {
            co_return tl::unexpected(*std::move(no_answer));
        }
        const Error refused = not_completed(said);
        // Who looks at the operation in the panel sees why it does not end.
        if (owed_.command == "open" && tries_all_completions(owed_.attempts)) {
            const std::string document = error_document(refused.code, refused.what, refused.remedy);
            const Result<PanelAnswer> told =
                co_await call(bm_writer::operation_error(owed_.operation, document));
            if (!told) {
                co_return tl::unexpected(told.error());
            }
        }
        co_return tl::unexpected(refused);
    }

    // A panel that said yes gets a moment to show it, before another function is called.
    Task<Result<void>> look_after(bool said_yes) {
        Result<void> fine = co_await look();
        if (fine && said_yes && pending() && !context_.stopping) {
            co_await context_.clock.sleep_until(
                context_.steady() + std::chrono::milliseconds(500), nullptr
            );
            fine = co_await look();
        }
        co_return fine;
    }

    [[nodiscard]] Error not_completed(const std::string& said) const {
        return {
            NextMove::kWait,
            "panel.not_completed",
            fmt::format(
                "the account is as the panel asked, but no function of it ends the operation "
                "(known are {}): {}",
                fmt::join(known_completions(), ", "),
                said
            ),
            "complete the service in the panel by hand, or name the function that this panel has "
            "as panel.open_function; it is tried again by itself"};
    }

    Task<Result<std::string>> failed() {
        Result<void> fine = co_await look();
        if (!fine) {
            co_return tl::unexpected(std::move(fine.error()));
        }
        if (!pending()) {
            co_return kEnded;
        }
        Result<PanelAnswer> answer = co_await call(bm_writer::operation_error(
            owed_.operation, error_document(owed_.code, owed_.what, owed_.remedy)
        ));
        if (answer && rollback_open(context_.ledger(), item_, owed_) && saved_.last_tariff != 0) {
            answer = co_await call(bm_writer::rollback(item_), Once::kRollback);
        }
        if (answer && task_open(context_.ledger(), item_, owed_)) {
            answer = co_await make_task();
        }
        co_return std::move(answer).map([this](const PanelAnswer&) { return owed_.what; });
    }

    // One call, and its events.
    Task<Result<PanelAnswer>> call(
        PanelCall call, Once once = Once::kNo, std::string task_type = std::string()
    ) {
        if (context_.stopping) {
            co_return tl::unexpected(service_stops());
        }
        PanelCallMade made;
        made.item = item_;
        made.server = server_;
        made.operation = owed_.operation;
        made.once = once;
        made.task_type = std::move(task_type);
        Result<PanelAnswer> answer = co_await world_->call(std::move(call), made);
        answered_ = answered_ || answer.has_value();
        std::vector<Event> events = decide_called(context_.ledger(), std::move(made), answer);
        Result<void> recorded = co_await context_.journal.record(std::move(events), record_);
        if (!recorded) {
            co_return tl::unexpected(std::move(recorded.error()));
        }
        co_return answer;
    }

    // What the panel's own rows say of the item.
    Task<Result<void>> look() {
        Result<SavedParams> saved = co_await world_->saved_params(item_);
        if (!saved) {
            Error error = std::move(saved.error());
            error.code = "panel.unreachable";  // without its database there is nothing to go by
            error.concern = Concern::kPanel;
            co_return tl::unexpected(std::move(error));
        }
        saved_ = *std::move(saved);
        co_return Result<void>{};
    }

    // What name and value leave behind on a panel that takes each argument as a param: the second
    // would be another copy of the client's password. A panel that drops no params keeps them.
    Task<void> drop_strays() {
        const auto name = saved_.plain.find("name");
        const auto sealed = saved_.crypted.find("name");
        const std::string what = name != saved_.plain.end() ? std::string(name->second.reveal())
                                 : sealed != saved_.crypted.end() && sealed->second
                                     ? std::string(sealed->second->reveal())
                                     : std::string();
        if (std::ranges::find(kSaved, what) == std::end(kSaved)) {
            co_return;
        }
        for (const char* stray : {"value", "name"}) {
            if (saved_.plain.contains(stray) || saved_.crypted.contains(stray)) {
                const Result<PanelAnswer> answer =
                    co_await call(bm_writer::drop_param(item_, stray));
                if (!answer || !answer->ok) {
                    context_.log.warning(
                        "item {}: the panel keeps a param {} that a saved one left behind: {}",
                        item_.value,
                        stray,
                        answer ? answer->short_text() : answer.error().text()
                    );
                }
            }
        }
    }

    // What the client reads in his service: address, login, first password.
    Task<Result<void>> save_params() {
        const LedgerItem* known = context_.ledger().item(item_);
        const bool news =
            known != nullptr && (opens(owed_.command) || !known->password_ref.empty());
        if (!news || !owns(*known) || row_of_another_client(*known)) {
            co_return Result<void>{};
        }
        password_ref_ = known->password_ref;
        const auto desired = world_->last_desired();
        const DesiredServer* server = desired ? desired->server(known->server) : nullptr;
        Secret url(server != nullptr ? server->base_url : std::string());
        Result<void> saved = co_await save("username", Secret(known->login));
        if (saved && !url.reveal().empty()) {
            saved = co_await save("url", std::move(url));
        }
        if (!saved || password_ref_.empty()) {
            lost_password_ = password_ref_.empty() && opens(owed_.command) &&
                             saved_.crypted.find(kPassword) == saved_.crypted.end();
            co_return saved;
        }
        Result<Secret> password = context_.journal.store().secret(password_ref_);
        if (!password && password.error().move == NextMove::kBug) {
            lost_password_ = true;  // it is not there: waiting would not bring it back
            co_return saved;
        }
        if (!password) {
            co_return tl::unexpected(std::move(password.error()));
        }
        co_return co_await save(kPassword, *std::move(password));
    }

    [[nodiscard]] Saved seen(const std::string& name, const Secret& value, bool accepted) const {
        const auto equal = [&](const Secret& there) {
            return there.reveal() == value.reveal() ? Saved::kYes : Saved::kNo;
        };
        if (name != kPassword) {
            const auto plain = saved_.plain.find(name);
            return plain == saved_.plain.end() ? Saved::kNo : equal(plain->second);
        }
        const auto crypted = saved_.crypted.find(name);
        if (crypted == saved_.crypted.end()) {
            return Saved::kNo;
        }
        // Without the panel's key nothing can be compared: our sealed copy is kept.
        return crypted->second ? equal(*crypted->second) : accepted ? Saved::kUnproved : Saved::kNo;
    }

    // Saves and reads back; the form that this panel does not know leaves no trace, then the other
    // one is tried.
    Task<Result<void>> save(std::string name, Secret value) {
        std::vector<SaveParamForm> forms{SaveParamForm::kPair, SaveParamForm::kNameValue};
        if (context_.config.panel.save_param == "name-value") {
            std::swap(forms[0], forms[1]);
        }
        std::string said;
        Saved saved = seen(name, value, false);
        for (std::size_t i = 0; saved == Saved::kNo && i < forms.size(); ++i) {
            const auto storage =
                name == kPassword ? bm_writer::Storage::kCrypted : bm_writer::Storage::kPlain;
            Result<PanelAnswer> answer =
                co_await call(bm_writer::save_param(item_, name, value, storage, forms[i]));
            if (!answer) {
                co_return tl::unexpected(std::move(answer.error()));
            }
            said = answer->short_text();
            Result<void> looked = co_await look();
            if (!looked) {
                co_return looked;
            }
            saved = seen(name, value, answer->ok);
        }
        if (saved == Saved::kNo) {
            co_return tl::unexpected(Error(
                NextMove::kWait,
                "panel.not_saved",
                "the param " + name + " was not saved; the panel answered: " + said,
                "look at the function service.saveparam in the panel's log"
            ));
        }
        if (name == kPassword) {
            password_ = saved;
        }
        co_return Result<void>{};
    }

    // The panel's staff is asked: the operation is tried no more by itself.
    Task<Result<PanelAnswer>> make_task() {
        Result<PanelAnswer> answer = co_await call(bm_writer::set_manual(owed_.operation));
        if (answer) {
            answer = co_await call(bm_writer::task_type(owed_.command, item_));
        }
        // Without a task for this command, the operation's error says it all.
        if (answer && answer->ok && !answer->fields["task_type"].empty()) {
            std::string kind = answer->fields["task_type"];
            PanelCall task = bm_writer::edit_task(item_, owed_.operation, kind);
            answer = co_await call(std::move(task), Once::kTask, std::move(kind));
        }
        co_return answer;
    }

    [[nodiscard]] std::string error_document(
        const std::string& code, const std::string& what, const std::string& remedy
    ) const {
        const LedgerServer* server = context_.ledger().server(server_);
        bm_writer::OperationError document;
        document.date = bm_writer::panel_date(owed_.since);
        document.module = server_;
        document.module_name = server != nullptr ? server->name : std::string();
        document.type = error_type(code);
        document.object = "item";
        document.value = std::to_string(item_.value);
        document.params.emplace_back("item", std::to_string(item_.value));
        document.params.emplace_back("what", what);
        document.params.emplace_back("remedy", remedy);
        document.message = remedy.empty() ? what : what + "; " + remedy;
        return bm_writer::error_xml(document);
    }

    // The functions that may complete it; none: the panel waits for no word.
    [[nodiscard]] std::vector<std::string> known_completions() const {
        if (owed_.command == "open") {
            return completions_of_open(
                context_.ledger(), owed_.itemtype, context_.config.panel.open_function
            );
        }
        const std::optional<PanelCall> call = bm_writer::post(owed_.command, item_);
        return call ? std::vector{call->function} : std::vector<std::string>();
    }

    // Those that are called now.
    [[nodiscard]] std::vector<std::string> completions() const {
        std::vector<std::string> functions = known_completions();
        // The one that did it before, and the configured one.
        const std::size_t few = known_completion(context_.ledger(), owed_.itemtype).empty() ? 1 : 2;
        if (!tries_all_completions(owed_.attempts)) {
            functions.resize(std::min(functions.size(), few));
        }
        return functions;
    }

    [[nodiscard]] bool pending() const {
        return std::ranges::find(saved_.operations, owed_.operation) != saved_.operations.end();
    }

    Task<DeliveryResult> done(std::string detail) {
        Journal::Secrets secrets;
        std::string saved_ref;
        if (password_ == Saved::kYes) {
            saved_ref = password_ref_;
            if (!secret_in_use(context_.ledger(), item_, saved_ref)) {
                secrets.forget.push_back(saved_ref);
            }
        }
        std::vector<Event> events = decide_reached(context_.ledger(), nullptr);
        if (owed_.command == "open" && !completed_by_.empty()) {
            std::ranges::move(
                decide_completed_by(
                    context_.ledger(),
                    owed_.itemtype,
                    completed_by_,
                    context_.config.panel.open_function
                ),
                std::back_inserter(events)
            );
        }
        events.emplace_back(
            decide_delivered(context_.ledger(), item_, owed_, saved_ref, std::move(detail))
        );
        Result<void> recorded =
            co_await context_.journal.record(std::move(events), record_, std::move(secrets));
        DeliveryResult result;
        result.delivered = recorded.has_value();
        if (!recorded) {
            result.problem = recorded.error().text();
        }
        co_return result;
    }

    // Not delivered: again later, or when the panel is back.
    Task<DeliveryResult> later(Error error) {
        DeliveryResult result;
        if (cut_off()) {
            co_return result;
        }
        std::vector<Event> events;
        if (panel_is_away(error)) {
            events = decide_reached(context_.ledger(), &error);
        } else {
            result.problem = error.text();
        }
        std::vector<Event> deferred =
            decide_deferred(context_.moment(), item_, owed_, error, answered_);
        events.insert(events.end(), deferred.begin(), deferred.end());
        const Result<void> recorded = co_await context_.journal.record(std::move(events), record_);
        if (!recorded) {
            result.problem = recorded.error().text();
        }
        co_return result;
    }

    ServiceContext& context_;
    std::shared_ptr<World> world_;  // held: a reload may replace the context's
    ItemId item_;
    ServerId server_;
    OwedResult owed_;
    RecordContext record_;
    bool answered_ = false;  // the panel took at least one call of this
    SavedParams saved_;
    Saved password_ = Saved::kNo;
    bool lost_password_ = false;
    std::string password_ref_;
    std::string completed_by_;  // this function
};

}  // namespace

Task<DeliveryResult> deliver(ServiceContext& context, ItemId item, OwedResult owed) {
    const LedgerItem* known = context.ledger().item(item);
    const ServerId server = known != nullptr ? known->server : ServerId{};
    Delivery delivery(context, item, server, std::move(owed));
    co_return co_await delivery.tell();
}

Task<DeliveryResult> tell_problem(ServiceContext& context, LedgerServer server) {
    Delivery delivery(context, ItemId{}, server.server, OwedResult());
    co_return co_await delivery.problem(std::move(server));
}

Task<Result<PanelAnswer>> call_for_item(
    ServiceContext& context, ItemId item, ServerId server, PanelCall call, bool only_failures
) {
    if (context.stopping) {
        co_return tl::unexpected(service_stops());
    }
    const std::shared_ptr<World> world = context.world;
    PanelCallMade made;
    made.item = item;
    made.server = server;
    Result<PanelAnswer> told = co_await world->call(std::move(call), made);
    made.news = made.news && (!only_failures || !told || !told->ok);
    std::vector<Event> events = decide_called(context.ledger(), std::move(made), told);
    const Result<void> recorded = co_await context.record(std::move(events));
    if (!recorded) {
        co_return tl::unexpected(recorded.error());
    }
    co_return told;
}

Task<Result<PanelAnswer>> call_for_server(
    ServiceContext& context,
    std::shared_ptr<World> world,
    ServerId server,
    PanelCall call,
    FollowUp follow
) {
    PanelCallMade made;
    made.server = server;
    Result<PanelAnswer> told = co_await world->call(std::move(call), made);
    CallFollows follows;
    if (follow) {
        follows = follow(told);
    }
    made.news = follows.news;
    std::vector<Event> events = decide_called(context.ledger(), std::move(made), told);
    events.insert(events.end(), follows.events.begin(), follows.events.end());
    Result<void> recorded = co_await context.record(std::move(events));
    if (!recorded) {
        context.log.warning(
            "server {}: a call of the panel: {}", server.value, recorded.error().text()
        );
    }
    co_return told;
}

}  // namespace bn::controller
