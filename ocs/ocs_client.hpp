// One method per call of the OCS API. Knows paths and forms; judges every answer.
//
// A refused login is final: after it no call leaves this object any more (each further failure
// would make the server slower for us), until the cloud is made anew with other credentials. So is
// an answer of another cloud than the one that is believed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ocs/http_transport.hpp"
#include "ocs/ocs_codec.hpp"
#include "ocs/ocs_errors.hpp"
#include "ocs/page_plan.hpp"
#include "reconciler/ports/cloud.hpp"

namespace bn::ocs {

// What a call taught us besides its data.
struct Answer : Judgement {
    std::optional<Time> date;  // the server's clock
    TlsFacts tls;
    std::string id;     // create: the stored spelling
    std::string shown;  // the instance id that this answer's cookie shows; empty: none

    Answer() = default;
};

struct AccountAnswer : Answer {
    OwnedActualAccount account;
    bool groups_known = false;

    AccountAnswer() = default;
};

// With its data.
template <class T>
struct Told : Answer {
    T data{};

    Told() = default;
};

using NamesAnswer = Told<std::vector<std::string>>;

// A group as a path segment. Nextcloud decodes it twice: there a name with '+' or '%' must be
// encoded twice (a single encoding is answered by 404 or 101). ownCloud decodes it once.
std::string group_segment(std::string_view group, Product product);

// True for the two forms of Nextcloud's app passwords: five dashed groups of five (made in the
// web interface) and 72 letters and digits (made by the API).
bool looks_like_app_password(std::string_view password);

// What we log in with is a token: quick to verify, and nothing that a session would stand for.
bool logs_in_by_token(const CloudSettings& settings);

class OcsClient {
  public:
    OcsClient(
        std::unique_ptr<HttpTransport> transport,
        const CloudSettings& settings,
        CloudObserver* observer,
        std::function<Time()> now
    );

    // Decides between v2 (Nextcloud) and v1 (ownCloud) and between the sets of codes.
    void set_product(Product product, int major);

    [[nodiscard]] Product product() const { return about_.product; }

    // The instance id that was shown last: the cloud's, or that of another one which answered in
    // its place; then no call leaves this object any more either.
    [[nodiscard]] const std::string& shown_identity() const { return shown_; }

    [[nodiscard]] bool met_another_cloud() const { return !shown_.empty() && shown_ != identity_; }

    Task<Told<ServerStatus>> status();
    // The least length of a password that the capabilities name; 0: none.
    Task<Told<std::uint32_t>> password_rule();
    Task<AccountAnswer> who_am_i();
    // What the files of our own login say of their cloud. Fails alone: nothing follows from that.
    Task<Told<HomeFacts>> home(std::string own_login);
    Task<NamesAnswer> list_users(std::uint64_t limit, std::uint64_t offset);
    // Adds the page's accounts to `sink`. `part`: in the order of the reading.
    Task<Told<PageCount>> details(PageRange range, AccountSink* sink, std::uint16_t part);
    Task<AccountAnswer> get_user(std::string login, bool urgent);
    Task<NamesAnswer> user_groups(const std::string& login);
    Task<NamesAnswer> list_groups();
    Task<NamesAnswer> group_members(const std::string& group);

    // REQUIRES: action.create.
    Task<Answer> create(const Action& action, const Secret& password);
    // Makes a group of the cloud.
    Task<Answer> create_group(const std::string& group, bool urgent);
    // Every other write to an account. `value`: the field's new value, or the group.
    Task<Answer> change(Call call, const std::string& login, const Secret& value, bool urgent);
    // Several fields, by name; tells the account as it is then. The cloud says "done" of fields
    // that it passed over, too.
    Task<AccountAnswer> patch(
        std::string login, std::vector<std::pair<std::string, std::string>> fields, bool urgent
    );

  private:
    struct Asked {
        Question question;
        HttpResult result;
        std::string none;

        Asked() = default;

        // The body when there is one; parsers want something to hold on to.
        std::string& body() { return result ? result->body : none; }
    };

    [[nodiscard]] std::string path(std::string_view below) const;
    Task<Asked> ask(Call call, std::string subject, HttpRequest request);
    // Asks, lets `read` (of Asked& and A&) take the data from the answer, and settles.
    template <class A, class Read>
    Task<A> told(Call call, std::string subject, HttpRequest request, Read read);
    Task<NamesAnswer> names(
        Call call, std::string subject, std::string_view below, const char* list
    );
    // A call that the account itself answers.
    Task<AccountAnswer> account(
        Call call, Method method, std::string login, std::string form, bool urgent
    );
    Task<Answer> write(Call call, std::string subject, HttpRequest request);
    // Judges, tells the observer, and stops everything when the login is refused.
    void settle(Answer& answer, Asked& asked, const Meta& meta);
    [[nodiscard]] std::string account_subject(std::string_view login) const;
    [[nodiscard]] std::string group_subject(std::string_view group) const;
    // The answer is another cloud's: it says nothing, and a write may have taken effect there.
    std::optional<Judgement> another_cloud(const Question& question, const HttpResponse& response);

    std::unique_ptr<HttpTransport> transport_;
    ServerId server_;
    CloudObserver* observer_;
    std::function<Time()> now_;
    Question about_;  // what all calls are judged by
    std::optional<Error> stopped_;
    std::string identity_;  // the only one that is believed; empty: not known yet
    bool by_token_;         // it is quick without a session
    std::string shown_;
};

}  // namespace bn::ocs
