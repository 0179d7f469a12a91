// The clouds' answers: "200 a n" (status, call, product) in the first line, then the body.
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "ocs/ocs_codec.hpp"
#include "ocs/ocs_errors.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace bn::fuzz::ocs_answers_fuzz {
namespace {

using namespace bn::ocs;
using Json = nlohmann::json;

constexpr std::size_t kLongest = 255;

// Reads a copy, which stays as it is.
template <class Read>
auto of_copy(std::string_view body, Read read) {
    std::string copy(body);
    auto result = read(copy);
    demand(copy == body, "reading leaves the body as it is", body);
    return result;
}

struct Details {
    Meta meta;
    std::uint32_t entries = 0;
    ActualTable table;
};

Details details_of(std::string_view body) {
    return of_copy(body, [](std::string& copy) {
        Details details;
        AccountSink sink;
        PageCount page;
        details.meta = read_details(copy, sink, 3, page);
        details.entries = static_cast<std::uint32_t>(page.entries);
        demand(sink.table.size() <= page.entries, "no account that no entry gave", copy);
        demand(page.fresh <= page.entries, "no more are new than are there", copy);
        details.table = std::move(sink.table).finish();
        return details;
    });
}

void demand_sound(const Meta& meta, std::string_view body) {
    demand(meta.code >= 0 && meta.code <= 9999, "a code is one of the API", body);
    demand(meta.message.size() <= 303, "a message is cut", body);
    demand(meta.shape != Shape::kOcs || meta.code != 0, "an answer of the API has a code", body);
}

void demand_sound(const Quota& quota, std::string_view body) {
    demand(!quota.is_bytes() || quota.count() >= 0, "a quota", body);
}

void read_lists(std::string_view body) {
    demand_sound(of_copy(body, [](std::string& copy) { return read_meta(copy); }), body);
    std::string id;
    demand_sound(of_copy(body, [&id](std::string& copy) { return read_created(copy, id); }), body);
    demand(id.size() <= kLongest, "an id is cut", body);
    for (const char* list : {"users", "groups"}) {
        std::vector<std::string> names;
        const auto read = [&](std::string& copy) { return read_names(copy, list, names); };
        demand_sound(of_copy(body, read), body);
        for (const std::string& name : names) {
            demand(name.size() <= kLongest, "a name is cut", body);
        }
    }
    std::uint32_t least = 0;
    of_copy(body, [&least](std::string& copy) { return read_password_rule(copy, least); });
    demand(least < 1000, "a password's length is one", body);
}

void read_one(std::string_view body) {
    OwnedActualAccount account;
    bool groups = false;
    of_copy(body, [&](std::string& copy) { return read_account(copy, "user_7", account, groups); });
    demand(!account.login.empty(), "an account has a login", body);
    demand(
        !account.details_known || body.find("enabled") != std::string_view::npos ||
            body.find('\\') != std::string_view::npos,
        "what was not said is not known",
        body
    );
    demand(std::is_sorted(account.groups.begin(), account.groups.end()), "groups are sorted", body);
    demand_sound(account.quota, body);
    if (const auto status = of_copy(body, [](std::string& copy) { return read_status(copy); })) {
        demand(!status->product.empty() && status->product.size() <= kLongest, "a product", body);
        demand(status->version.size() <= kLongest, "a version", body);
    }
    if (const auto home = read_home(body)) {
        demand(base::only_letters_digits_and("", home->identity), "an identity", body);
        demand(base::only_letters_digits_and("", home->data_fingerprint), "a fingerprint", body);
    }
}

// A body that was cut is no whole answer: nobody that is missing counts as gone.
void demand_cut_is_seen(std::string_view body, std::uint64_t where) {
    const std::string_view whole = base::trim(body);
    const auto shape_of = [](std::string_view part) {
        return of_copy(part, [](std::string& copy) { return read_meta(copy).shape; });
    };
    for (const std::size_t at : {whole.size() - 1, whole.size() - 2, whole.size() * where / 1000}) {
        if (at < whole.size()) {
            const std::string_view part = whole.substr(0, at);
            demand(
                details_of(part).meta.shape != Shape::kOcs, "a list that was cut is damaged", part
            );
            demand(shape_of(part) != Shape::kOcs, "an answer that was cut is damaged", part);
        }
    }
}

void read_page(std::string_view body, std::uint64_t where) {
    const Details seen = details_of(body);
    demand_sound(seen.meta, body);
    for (std::size_t i = 0; i < seen.table.size(); ++i) {
        const ActualAccount account = seen.table[i];
        demand(!account.login.empty() && account.login.size() <= kLongest, "a login", body);
        demand(
            i == 0 || seen.table.key(i - 1) < seen.table.key(i), "each key once, in order", body
        );
        demand(account.email.size() <= kLongest, "an address is cut", body);
        demand_sound(account.quota, body);
    }
    const Json strict = Json::parse(body, nullptr, false);
    // For this reader a NUL is the end, whatever follows.
    if (!strict.is_object() || body.find('\0') != std::string_view::npos) {
        return;
    }
    demand_cut_is_seen(body, where);
    const Json::json_pointer place("/ocs/data/users");
    const bool lists = strict.contains(Json::json_pointer("/ocs/data")) &&
                       strict[Json::json_pointer("/ocs/data")].is_object();
    const Json users = lists ? strict.value(place, Json()) : Json();
    const bool success = seen.meta.code == 100 || seen.meta.code == 200;
    if (seen.meta.shape == Shape::kOcs && success) {
        demand(
            users.is_object() || users.is_array(), "a page that is not there is not empty", body
        );
        demand(seen.entries >= users.size(), "no entry of a sound page is passed over", body);
    }
}

void judge_all(std::string_view head, std::string_view body) {
    const Meta meta = of_copy(body, [](std::string& copy) { return read_meta(copy); });
    Question question;
    question.subject = "user ivan on https://cloud.example";
    question.base_url = "https://cloud.example";
    HttpResponse response;
    response.status = base::whole_number<std::uint16_t>(head.substr(0, 3)).value_or(200);
    response.body = body;
    const auto letter = [head](std::size_t at) {
        return at < head.size() ? static_cast<unsigned char>(head[at]) : 0U;
    };
    question.call = static_cast<Call>((letter(4) + kCallCount - 'a' % kCallCount) % kCallCount);
    question.product = letter(6) == 'o' ? Product::kOwncloud : Product::kNextcloud;
    question.major = static_cast<int>(letter(7) % 40);
    const Judgement judged = judge(question, response, meta);
    demand(judged.error.code != "ocs.unclassified", "every answer has a rule", body);
    if (judged.ok()) {
        demand(
            judged.effect == Effect::kDone || judged.effect == Effect::kAlready,
            "a success did it",
            body
        );
        demand(
            judged.effect == Effect::kAlready || response.status < 300,
            "what was done says so in its status",
            head
        );
        return;
    }
    demand(judged.effect != Effect::kDone, "a failure did nothing that is known", body);
    demand(
        !judged.error.what.empty() && base::valid_utf8(judged.error.what),
        "a failure says what is wrong",
        body
    );
    demand(
        judged.error.move != NextMove::kHuman || !judged.error.remedy.empty(),
        "a person is told what to do",
        judged.error.what
    );
    demand(!judged.error.wait || *judged.error.wait >= Duration(0), "a wait is not negative", body);
}

}  // namespace

BN_FUZZ_TARGET(ocs_answers) {
    const std::string_view head = input.line();
    const std::string_view body = input.rest();
    read_lists(body);
    read_one(body);
    read_page(body, head.empty() ? 500 : static_cast<unsigned char>(head.back()) * 4U);
    judge_all(head, body);
}

}  // namespace bn::fuzz::ocs_answers_fuzz
