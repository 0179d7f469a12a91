// What a page is given, and what it gives: everything from outside is text on a page, never a part
// of it.
#include "pmwebpay/cgi.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "pmwebpay/pages.hpp"

namespace bn::pmwebpay::cgi_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using words::Language;

CgiRequest with_cookies(const std::string& cookies) {
    return read_cgi(
        {{"REQUEST_METHOD", "GET"}, {"QUERY_STRING", "elid=17&x=%zz"}, {"HTTP_COOKIE", cookies}}
    );
}

TEST(Cgi, ReadsTheSessionAndTheLanguage) {
    const CgiRequest request =
        with_cookies("a=b; billmgrses5=0123abCD:more; billmgrlang5=dragon:ru");
    EXPECT_EQ(request.session.reveal(), "0123abCD");
    EXPECT_EQ(request.language, Language::kRussian);
    EXPECT_TRUE(request.query.empty()) << "what is not encoded as a form is not half read";
    EXPECT_EQ(with_cookies("billmgrlang5=orion:en").language, Language::kEnglish);
    EXPECT_EQ(with_cookies("billmgrlang5=ru").language, Language::kRussian);
}

TEST(Cgi, ASessionIsLettersAndDigitsOnly) {
    for (const char* cookies :
         {"",
          "billmgrses5=",
          "billmgrses5=:abc",
          "billmgrses5=a b",
          "billmgrses5=a'b",
          "xbillmgrses5=abc",
          "billmgrses5=../x",
          "other=billmgrses5"}) {
        EXPECT_TRUE(with_cookies(cookies).session.empty()) << cookies;
    }
    EXPECT_TRUE(with_cookies("billmgrses5=" + std::string(129, 'a')).session.empty());
}

TEST(Cgi, ReadsTheLengthOfTheBody) {
    EXPECT_EQ(read_cgi({{"CONTENT_LENGTH", "12"}}).length, 12U);
    EXPECT_EQ(read_cgi({{"HTTP_CONTENT_LENGTH", "12"}}).length, 12U);
    EXPECT_EQ(read_cgi({{"CONTENT_LENGTH", "-1"}}).length, 0U);
    EXPECT_EQ(read_cgi({{"CONTENT_LENGTH", "1e3"}}).length, 0U);
}

PayForm form() {
    PayForm pay;
    pay.action = "https://securesandbox.webpay.by/";
    pay.fields = {
        {"*scart", ""}, {"wsb_total", "50.01"}, {"wsb_store", "\"><script>alert(1)</script>"}};
    pay.number = "<b>17</b>";
    pay.amount = "50.01 BYN";
    pay.test = true;
    pay.back = "https://my.example.com/billmgr";
    return pay;
}

TEST(PayPage, IsAFormWithAButtonInTheClientsLanguage) {
    const std::string page = pay_page(form(), Language::kRussian);
    EXPECT_THAT(page, HasSubstr("<html lang=\"ru\">"));
    EXPECT_THAT(page, HasSubstr("<title>Оплата через WebPay</title>"));
    EXPECT_THAT(
        page, HasSubstr("<form method=\"post\" action=\"https://securesandbox.webpay.by/\"")
    );
    EXPECT_THAT(page, HasSubstr("<input type=\"hidden\" name=\"wsb_total\" value=\"50.01\">"));
    EXPECT_THAT(page, HasSubstr("<button type=\"submit\">Перейти на страницу WebPay</button>"));
    EXPECT_THAT(page, HasSubstr("деньги не списываются"));
    EXPECT_THAT(pay_page(form(), Language::kEnglish), HasSubstr("<html lang=\"en\">"));
}

TEST(PayPage, HasNoMarksFromOutsideAndNoScript) {
    const std::string page = pay_page(form(), Language::kEnglish);
    EXPECT_THAT(page, Not(HasSubstr("<script")));
    EXPECT_THAT(page, Not(HasSubstr("<b>")));
    EXPECT_THAT(page, HasSubstr("&lt;b&gt;17&lt;/b&gt;"));
}

TEST(PayPage, NoValueEndsItsAttribute) {
    EXPECT_TRUE(rc::check([](const std::string& value) {
        PayForm plain = form();
        plain.fields = {{"wsb_store", ""}};
        PayForm filled = plain;
        filled.fields.front().second = value;
        const auto marks = [](const std::string& text) {
            return std::ranges::count_if(text, [](char c) {
                return c == '<' || c == '>' || c == '"';
            });
        };
        RC_ASSERT(
            marks(pay_page(filled, Language::kEnglish)) ==
            marks(pay_page(plain, Language::kEnglish))
        );
    }));
}

TEST(Page, MayNotBeKeptFramedOrScripted) {
    Page page;
    page.location = "https://my.example.com/x";
    page.body = "text";
    const std::string out = written(page);
    EXPECT_THAT(
        out, ::testing::StartsWith("Status: 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n")
    );
    EXPECT_THAT(out, HasSubstr("Location: https://my.example.com/x\r\n"));
    EXPECT_THAT(out, HasSubstr("Cache-Control: no-store"));
    EXPECT_THAT(out, HasSubstr("default-src 'none'"));
    EXPECT_THAT(out, HasSubstr("frame-ancestors 'none'"));
    EXPECT_THAT(out, ::testing::EndsWith("\r\n\r\ntext"));
}

TEST(Addresses, AreThoseOfThePanel) {
    EXPECT_EQ(
        panel_page("https://my.example.com/billmgr", "pending", 17),
        "https://my.example.com/billmgr?func=payment.pending&elid=17&module=pmwebpay"
    );
    EXPECT_EQ(
        panel_page("https://my.example.com:1500", "fail", 17),
        "https://my.example.com:1500/billmgr?func=payment.fail&elid=17&module=pmwebpay"
    );
    EXPECT_EQ(
        result_page("https://my.example.com:1500/billmgr"),
        "https://my.example.com:1500/mancgi/webpayresult"
    );
    EXPECT_EQ(result_page("http://my.example.com/billmgr"), "") << "a notice is not sent in clear";
    EXPECT_EQ(result_page("http://127.0.0.1.example.com/billmgr"), "");
    EXPECT_EQ(
        result_page("http://127.0.0.1:8080/billmgr"), "http://127.0.0.1:8080/mancgi/webpayresult"
    );
    for (const char* panel :
         {"",
          "my.example.com",
          "javascript:alert(1)",
          "https://",
          "ftp://a/b",
          "https://a\r\nSet-Cookie: x",
          "https://a/b c",
          "https://a/b?x=1",
          "https://u@a/"}) {
        EXPECT_EQ(panel_page(panel, "pending", 17), "") << panel;
        EXPECT_EQ(result_page(panel), "") << panel;
    }
}

TEST(Nonce, IsNeverTheSame) {
    const std::string one = fresh_nonce();
    EXPECT_EQ(one.size(), 20U);
    EXPECT_NE(one, fresh_nonce());
}

}  // namespace
}  // namespace bn::pmwebpay::cgi_test
