// The sample WebPay: what it takes and refuses, how it signs, and how it tells a shop.
#include "tests/fakes/webpay/fake_webpay.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

#include <curl/curl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/fakes/cloud/http_server.hpp"
#include "tests/fakes/webpay/control.hpp"

namespace bn::testing::fake_webpay_test {
namespace {

using pay::ApiFault;
using pay::FakeWebpay;
using pay::FakeWebpayOptions;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

struct Got {
    CURLcode code = CURLE_OK;
    long status = 0;
    std::string body;
};

std::size_t keep_body(char* data, std::size_t size, std::size_t count, void* out) {
    static_cast<std::string*>(out)->append(data, size * count);
    return size * count;
}

// A POST by a client that trusts the sample's authority, or not.
Got post(const FakeWebpay& webpay, const std::string& body, bool trusting = true) {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(
        curl_easy_init(), curl_easy_cleanup
    );
    Got got;
    curl_blob authority{};
    authority.data = const_cast<char*>(webpay.ca_pem().data());
    authority.len = webpay.ca_pem().size();
    authority.flags = CURL_BLOB_NOCOPY;
    if (trusting) {
        curl_easy_setopt(curl.get(), CURLOPT_CAINFO_BLOB, &authority);
    }
    curl_easy_setopt(curl.get(), CURLOPT_URL, webpay.url().c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, 500L);
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, keep_body);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &got.body);
    got.code = curl_easy_perform(curl.get());
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &got.status);
    return got;
}

// A shop that counts the notices, and takes those after the first few.
struct SampleShop {
    explicit SampleShop(std::size_t refuse = 0)
        : refused(refuse),
          server(
              {},
              [](const cloud::Request&) { return Duration::zero(); },
              [this](const cloud::Request& request) { return take(request); }
          ) {}

    cloud::Reply take(const cloud::Request& request) {
        const std::lock_guard lock(mutex);
        notices.push_back(cloud::read_params(request).single);
        cloud::Reply reply;
        reply.status = notices.size() <= refused ? 503 : 200;
        return reply;
    }

    [[nodiscard]] std::string url() const {
        return "http://127.0.0.1:" + std::to_string(server.port()) + "/notice";
    }

    std::mutex mutex;
    std::size_t refused;
    std::vector<std::map<std::string, std::string, std::less<>>> notices;
    cloud::HttpServer server;
};

using Form = std::map<std::string, std::string>;

// WebPay's own example of a signature (docs.webpay.by, "Payment form fields").
Form good_form(const std::string& notify_url = {}) {
    return {
        {"*scart", ""},
        {"wsb_version", "2"},
        {"wsb_storeid", "11111111"},
        {"wsb_order_num", "ORDER-12345678"},
        {"wsb_currency_id", "BYN"},
        {"wsb_seed", "1242649174"},
        {"wsb_test", "1"},
        {"wsb_invoice_item_name[0]", "20 GB"},
        {"wsb_invoice_item_quantity[0]", "2"},
        {"wsb_invoice_item_price[0]", "11"},
        {"wsb_discount_price", "0.1"},
        {"wsb_total", "21.90"},
        {"wsb_notify_url", notify_url},
        {"wsb_return_url", "https://panel.example/billmgr?func=payment.success"},
        {"wsb_signature", "338d1647833079f9353907ad266ec0bb5264c0d9"}};
}

std::string encoded_form(const Form& form) {
    return pay::encoded({form.begin(), form.end()});
}

FakeWebpayOptions vendors_shop() {
    FakeWebpayOptions options;
    options.shop.secret_key = "12345678901234567890";
    options.notice_again = std::chrono::milliseconds(20);
    return options;
}

bool eventually(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!holds() && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return holds();
}

std::string question(
    const std::string& transaction,
    const std::string& password = "sample-api-pass",
    const std::string& command = "get_transaction"
) {
    const std::string xml = "<wsb_api_request><command>" + command +
                            "</command><authorization><username>shop-api</username><password>" +
                            pay::md5_hex(password) +
                            "</password></authorization><fields><transaction_id>" + transaction +
                            "</transaction_id></fields></wsb_api_request>";
    return pay::encoded({{"*API", ""}, {"API_XML_REQUEST", xml}});
}

TEST(FakeWebpay, TakesTheFormOfTheVendorsExample) {
    FakeWebpay webpay(vendors_shop());
    const Got got = post(webpay, encoded_form(good_form()));
    EXPECT_EQ(got.status, 200) << got.body;
    EXPECT_THAT(got.body, HasSubstr("ORDER-12345678: 21.90 BYN"));
    ASSERT_EQ(webpay.orders().size(), 1U);
    EXPECT_FALSE(webpay.orders()[0].paid);
}

TEST(FakeWebpay, RefusesAFormThatWebPayWould) {
    FakeWebpay webpay(vendors_shop());
    const std::vector<std::pair<const char*, const char*>> changes = {
        {"wsb_version", "1"},
        {"wsb_storeid", "2"},
        {"wsb_order_num", ""},
        {"wsb_currency_id", "XYZ"},
        {"wsb_seed", ""},
        {"wsb_test", "0"},
        {"wsb_invoice_item_price[0]", "11.01"},
        {"wsb_invoice_item_price[0]", "11.001"},
        {"wsb_invoice_item_name[1]", "more"},
        {"wsb_total", "21.9"},
        {"wsb_total", "21,90"},
        {"wsb_notify_url", "javascript:1"},
        {"wsb_signature", ""},
        {"wsb_signature", "338d1647833079f9353907ad266ec0bb5264c0d8"}};
    for (const auto& [field, value] : changes) {
        Form form = good_form();
        form[field] = value;
        EXPECT_EQ(post(webpay, encoded_form(form)).status, 400) << field << " = " << value;
    }
    Form form = good_form();
    form.erase("*scart");
    EXPECT_EQ(post(webpay, encoded_form(form)).status, 400);
    EXPECT_TRUE(webpay.orders().empty());
    EXPECT_EQ(webpay.refused_forms().size(), changes.size() + 1);
}

TEST(FakeWebpay, SignsNoticesAndAnswersAsWebPayDoes) {
    pay::Shop shop;
    shop.secret_key = "the key";
    pay::Transaction paid;
    paid.id = "987654";
    paid.batch_timestamp = "1790000000";
    paid.currency = "BYN";
    paid.amount = "50.01";
    paid.type = "1";
    paid.order_id = "123456";
    paid.site_order_id = "A-1";
    paid.rrn = "555444333222";
    // By md5sum, of the fields in the order of WebPay's pages.
    EXPECT_EQ(pay::notice_of(paid, shop).back().second, "ddca328e780ebf022916f79b877232f2");
    EXPECT_EQ(pay::answer_signature(paid, shop), "470910a5e58f1860752552e76c8dd1ee");
    paid.site_order_id = "B-2";
    EXPECT_EQ(pay::answer_signature(paid, shop), "470910a5e58f1860752552e76c8dd1ee")
        << "the shop's number is not in it";
}

TEST(FakeWebpay, TellsTheShopUntilItListens) {
    SampleShop shop(2);
    FakeWebpay webpay(vendors_shop());
    ASSERT_EQ(post(webpay, encoded_form(good_form(shop.url()))).status, 200);
    const auto made = webpay.pay("ORDER-12345678", {});
    ASSERT_TRUE(made);
    EXPECT_TRUE(eventually([&] { return webpay.notices().back().taken; }));
    EXPECT_EQ(webpay.notices().back().tries, 3U);
    {
        const std::lock_guard lock(shop.mutex);
        ASSERT_EQ(shop.notices.size(), 3U);
        EXPECT_EQ(shop.notices[0], shop.notices[2]);
        EXPECT_EQ(shop.notices[0]["site_order_id"], "ORDER-12345678");
        EXPECT_EQ(shop.notices[0]["transaction_id"], made->id);
        EXPECT_EQ(shop.notices[0]["amount"], "21.90");
    }
    EXPECT_TRUE(webpay.orders()[0].paid);
    EXPECT_EQ(post(webpay, encoded_form(good_form())).status, 400) << "it is paid already";
    EXPECT_TRUE(webpay.change(made->id, "5"));
    EXPECT_TRUE(eventually([&] { return webpay.notices().back().taken; }));
    const std::lock_guard lock(shop.mutex);
    EXPECT_EQ(shop.notices.back()["payment_type"], "5");
}

TEST(FakeWebpay, SpoilsNoticesAsItIsTold) {
    SampleShop shop;
    FakeWebpay webpay(vendors_shop());
    ASSERT_EQ(post(webpay, encoded_form(good_form(shop.url()))).status, 200);
    pay::Payment payment;
    payment.type = "2";
    payment.amount = "1.00";
    payment.wrong_signature = true;
    payment.copies = 2;
    ASSERT_TRUE(webpay.pay("ORDER-12345678", payment));
    EXPECT_FALSE(webpay.pay("another", payment));
    EXPECT_FALSE(webpay.change("1", "5"));
    EXPECT_TRUE(eventually([&] {
        const auto all = webpay.notices();
        return all.size() == 2 && std::ranges::all_of(all, &pay::Notice::taken);
    }));
    EXPECT_FALSE(webpay.orders()[0].paid) << "it was declined";
    const std::lock_guard lock(shop.mutex);
    ASSERT_EQ(shop.notices.size(), 2U);
    EXPECT_EQ(shop.notices[0]["amount"], "1.00");
    EXPECT_EQ(shop.notices[0]["wsb_signature"], std::string(32, 'a'));
}

TEST(FakeWebpay, AnswersAboutATransactionToItsOwnerOnly) {
    FakeWebpay webpay(vendors_shop());
    ASSERT_EQ(post(webpay, encoded_form(good_form())).status, 200);
    const auto made = webpay.pay("ORDER-12345678", {});
    ASSERT_TRUE(made);
    EXPECT_TRUE(webpay.notices().empty()) << "no address of the shop";
    const std::string said = post(webpay, question(made->id)).body;
    EXPECT_THAT(said, HasSubstr("<status>success</status>"));
    EXPECT_THAT(said, HasSubstr("<transaction_id>" + made->id + "</transaction_id>"));
    EXPECT_THAT(said, HasSubstr(pay::answer_signature(*made, vendors_shop().shop)));
    for (const std::string& asked :
         {question("1"),
          question(made->id, "wrong"),
          question(made->id, "", "other"),
          std::string("*API=&API_XML_REQUEST=%3C")}) {
        const std::string refused = post(webpay, asked).body;
        EXPECT_THAT(refused, HasSubstr("<status>failed</status>")) << asked;
        EXPECT_THAT(refused, Not(HasSubstr(made->rrn))) << asked;
    }
    EXPECT_THAT(webpay.calls(), ElementsAre(made->id, "1", made->id, "", ""));
}

TEST(FakeWebpay, FailsAsItIsTold) {
    FakeWebpay webpay(vendors_shop());
    const auto asked_with = [&](const char* name) {
        webpay.set_fault(*pay::parse_api_fault(name), 1);
        return post(webpay, question("7"));
    };
    EXPECT_EQ(asked_with("hang").code, CURLE_OPERATION_TIMEDOUT);
    EXPECT_EQ(asked_with("drop").code, CURLE_GOT_NOTHING);
    EXPECT_EQ(asked_with("server-error").status, 500);
    EXPECT_EQ(asked_with("unauthorized").status, 401);
    EXPECT_EQ(asked_with("redirect").status, 302);
    EXPECT_THAT(asked_with("garbage").body, HasSubstr("repaired"));
    EXPECT_THAT(asked_with("forged").body, HasSubstr(std::string(32, 'a')));
    EXPECT_THAT(asked_with("other").body, HasSubstr("<status>success</status>"));
    EXPECT_THAT(asked_with("echo").body, HasSubstr(pay::md5_hex("sample-api-pass")));
    EXPECT_GT(asked_with("huge").body.size(), 1U << 20U);
    EXPECT_FALSE(pay::parse_api_fault("none"));
    EXPECT_THAT(post(webpay, question("7")).body, HasSubstr("not found")) << "and no longer";
    EXPECT_EQ(post(webpay, question("7"), false).code, CURLE_PEER_FAILED_VERIFICATION);
}

TEST(FakeWebpay, IsHandledFromOutside) {
    FakeWebpay webpay(vendors_shop());
    const auto said = [&](const std::string& target) {
        cloud::Request request;
        request.method = "GET";
        request.target = target;
        const cloud::Reply reply = pay::control(webpay, request);
        return std::pair(reply.status, nlohmann::json::parse(*reply.body));
    };
    ASSERT_EQ(post(webpay, encoded_form(good_form())).status, 200);
    EXPECT_EQ(said("/orders").second[0]["order"], "ORDER-12345678");
    const auto [status, made] = said("/pay?order=ORDER-12345678&type=4");
    EXPECT_EQ(status, 200);
    EXPECT_EQ(
        made["return_url"],
        "https://panel.example/billmgr?func=payment.success&wsb_order_num=ORDER-12345678&wsb_tid=" +
            made["transaction"].get<std::string>()
    );
    EXPECT_EQ(said("/pay?order=another").first, 400);
    EXPECT_EQ(said("/fault?kind=garbage").first, 200);
    EXPECT_THAT(post(webpay, question("7")).body, HasSubstr("repaired"));
    EXPECT_EQ(said("/fault?kind=none").first, 400);
    EXPECT_EQ(said("/calls").second, nlohmann::json({"7"}));
    EXPECT_EQ(said("/notices").second, nlohmann::json::array());
    EXPECT_EQ(said("/refused").second, nlohmann::json::array());
    EXPECT_EQ(said("/change?transaction=1&type=5").first, 400);
    EXPECT_EQ(said("/dance").first, 404);
}

}  // namespace
}  // namespace bn::testing::fake_webpay_test
