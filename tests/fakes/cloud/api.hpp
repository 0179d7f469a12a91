// The OCS Provisioning API over a World: one request in, one reply out. Pure but for the World and
// the Gate that it changes; `now` comes in as data.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tests/fakes/cloud/gate.hpp"
#include "tests/fakes/cloud/request.hpp"
#include "tests/fakes/cloud/world.hpp"

namespace bn::testing::cloud {

// What an operation answers, before it is put into an envelope.
struct Answer {
    int code = 100;  // OCS code of version 1; 100: success
    std::string message = "OK";
    Value data;
    // Sent by the server's outer layer (exceptions, unknown routes, maintenance): no totals, and
    // "text/xml".
    bool outer = false;
    int http = 0;  // 0: by code and version
    // `data` as ready JSON; used instead of `data` when the format is JSON.
    std::shared_ptr<const std::string> json_data;

    static constexpr int kBadParameter = -3;  // an empty 400

    static Answer ok(Value data = Value(Value::List{}));
    static Answer fail(int code, std::string message = {});
    static Answer exception();  // 996 or HTTP 500
};

struct Call;
using Handler = Answer (*)(Call&);

// Where a request goes. `endpoint` names it in statistics and faults: "user.create",
// "user.edit.quota", "users.details", ...
struct Route {
    std::string endpoint = "unknown";
    std::string user;   // as in the path or, for a create, in the fields
    std::string group;  // decoded as often as the server does
    bool write = false;
    bool known = false;
    bool wrong_method = false;
    bool public_page = false;
    Handler handler = nullptr;
};

// A fault in the middle of a write.
enum class Halfway : std::uint8_t {
    kNo,
    kListenerThrows,  // an app of the server fails
    kDeadlock,        // the database: of a create the account stands, of an edit nothing
};

struct Call {
    World& world;
    Gate& gate;
    const Request& request;
    const Route& route;
    Params params;
    Login login;
    std::int64_t now_ms = 0;
    bool v2 = true;
    bool json = true;
    Halfway halfway = Halfway::kNo;

    [[nodiscard]] Account& me() const { return *login.account; }

    [[nodiscard]] bool is_admin() const { return me().groups.count("admin") > 0; }

    [[nodiscard]] bool is_subadmin() const { return !me().subadmin_of.empty(); }

    // May manage this account: admin, or subadmin of one of its groups.
    [[nodiscard]] bool manages(const Account& account) const;
};

class Api {
  public:
    Api(World& world, Gate& gate);

    // Path and method only; needs no login and changes nothing.
    [[nodiscard]] Route find_route(const Request& request) const;

    Reply handle(
        const Request& request,
        const Route& route,
        std::int64_t now_ms,
        Halfway halfway = Halfway::kNo
    );

  private:
    Reply cached(Call& call);
    Answer run(Call& call);

    World& world_;
    Gate& gate_;
    // Ready replies of list calls, for one revision of the world.
    std::unordered_map<std::string, std::shared_ptr<const std::string>> pages_;
    std::size_t pages_bytes_ = 0;
    std::uint64_t pages_revision_ = 0;
};

// The reply for an answer, in the version and format that the request asked for.
Reply render(const Answer& answer, bool v2, bool json, const Profile& profile);
// The server's 401 to a wrong login: XML whatever was asked.
// JSON where it was asked for: version 32 and later.
Reply login_refused(bool v2 = true, bool json = false);
// A parameter is missing or mistyped: from 34 on an empty 400, before that a failure inside.
Answer bad_parameter(const Call& call);

// Routes by area; `segments` are the decoded path after "ocs/vN.php". They leave `out` unknown when
// the path is not theirs.
void route_users(
    const std::string& method,
    const std::vector<std::string>& segments,
    const Profile& profile,
    Route& out
);
void route_user_reads(const std::vector<std::string>& segments, const Profile& profile, Route& out);
void route_groups(const std::string& method, const std::vector<std::string>& segments, Route& out);
void route_owncloud(
    const std::string& method, const std::vector<std::string>& segments, Route& out
);
void route_general(const std::string& method, const std::vector<std::string>& segments, Route& out);
void route_self(Route& out);

// Shared by the areas.
constexpr std::size_t kLongestPassword = 469;
constexpr std::size_t kLongestName = 64;
bool known_language(std::string_view language);
// Blanks around it are cut; an empty one changes nothing.
Answer edit_name(Call& call, Account& account, std::string_view value);
Answer edit_several_fields(Call& call);
Answer not_subadmin();
Answer create_group(Call& call);
Answer delete_group(Call& call);
Answer list_groups(Call& call);
Answer add_to_group(Call& call);
Answer remove_from_group(Call& call);
Answer set_enabled(Call& call);
std::string translated(const Call& call, std::string message);
// Limit and offset of a list call as PHP casts them; false: the server answers 500.
bool read_window(const Call& call, std::optional<std::int64_t>& limit, std::int64_t& offset);
Answer group_members_details(Call& call);
Value details(const Call& call, const Account& account, bool own);

// Replies outside OCS.
Reply status_php(const World& world);
Reply untrusted_host();
Reply web_dav(Call& call);
Value capabilities(const World& world, const Gate& gate, std::int64_t now_ms, bool logged_in);

}  // namespace bn::testing::cloud
