// What the panel's web server gives a page of ours, and what the page gives back. Pure but for
// `say`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reconciler/model/secret.hpp"
#include "webpay/notice.hpp"
#include "words/language.hpp"

namespace bn::pmwebpay {

using Variables = std::map<std::string, std::string>;

struct CgiRequest {
    std::string method;        // "GET", "POST"
    webpay::FormValues query;  // empty where it cannot be read
    std::size_t length = 0;    // of the body; 0 where nothing sensible is said
    Secret session;            // empty: nobody is logged in
    words::Language language = words::Language::kEnglish;

    CgiRequest() = default;
};

// From the variables of the process.
CgiRequest read_cgi(const Variables& variables);

struct Page {
    std::string status = "200 OK";
    std::string type = "text/html; charset=utf-8";
    std::string location;  // where the browser is to go; empty: nowhere
    std::string body;

    Page() = default;
};

// Headers, an empty line, the body. No page of ours may be kept, framed, or run a script.
std::string written(const Page& page);

// What a page says, as its title and a paragraph, with at most one link.
struct Message {
    words::Phrase title;
    words::Phrase text;
    std::string link;  // an address; empty: none
    words::Phrase link_text{"", ""};
};

std::string message_page(const Message& message, words::Language language);

// The page that leads to WebPay: a form with hidden fields and a button. It needs no script.
struct PayForm {
    std::string action;
    std::vector<std::pair<std::string, std::string>> fields;
    std::string number;  // of the payment, as the panel shows it
    std::string amount;  // "50.01 BYN"
    bool test = false;
    std::string back;  // the panel's address
};

std::string pay_page(const PayForm& form, words::Language language);

// "https://my.example.com/billmgr?func=payment.pending&elid=17&module=pmwebpay". "" where the
// panel's address is no address of the web.
std::string panel_page(std::string_view panel, std::string_view state, std::uint32_t payment);
// "https://my.example.com/mancgi/webpayresult"; "" where a notice would travel in clear.
std::string result_page(std::string_view panel);

}  // namespace bn::pmwebpay
