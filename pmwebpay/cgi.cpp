#include "pmwebpay/cgi.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "base/text.hpp"

namespace bn::pmwebpay {
namespace {

using words::Language;
using words::Phrase;

constexpr std::size_t kLongestSession = 128;
constexpr Phrase kPayTitle{"Payment through WebPay", "Оплата через WebPay"};
constexpr Phrase kPayNumber{"Payment", "Платёж"};
constexpr Phrase kPayAmount{"Amount", "Сумма"};
constexpr Phrase kPayText{
    "You enter the card on WebPay's page. The payment is shown as paid when WebPay has confirmed "
    "it.",
    "Данные карты вводятся на странице WebPay. Платёж станет оплаченным, когда WebPay его "
    "подтвердит."};
constexpr Phrase kPayTest{
    "This is WebPay's test environment: no money is taken.",
    "Это тестовая среда WebPay: деньги не списываются."};
constexpr Phrase kPayButton{"Go to WebPay's page", "Перейти на страницу WebPay"};
constexpr Phrase kBack{"Back to the billing panel", "Вернуться в панель"};

// Dark on white, 16 : 1 and 7 : 1; sizes in rem, so that they follow the reader's own.
constexpr std::string_view kStyle =
    "body{margin:2rem auto;max-width:34rem;padding:0 1rem;font:1rem/1.5 sans-serif;color:#1b1b1b;"
    "background:#fff}h1{font-size:1.5rem}dt{font-weight:bold}dd{margin:0 0 .5rem}"
    "button{font:inherit;padding:.75rem 1.5rem;color:#fff;background:#0b4f8a;border:2px solid "
    "#0b4f8a;"
    "border-radius:.25rem;cursor:pointer}a{color:#0b4f8a}"
    "button:focus-visible,a:focus-visible{outline:3px solid #b34700;outline-offset:2px}"
    ".test{border:2px solid #b34700;padding:.5rem 1rem}";

std::string get(const Variables& variables, const char* name) {
    const auto it = variables.find(name);
    return it == variables.end() ? std::string() : it->second;
}

// Of "a=1; b=2", as it stands there.
std::string cookie(std::string_view all, std::string_view name) {
    while (!all.empty()) {
        const std::string_view pair = all.substr(0, all.find(';'));
        all.remove_prefix(std::min(all.size(), pair.size() + 1));
        const std::size_t equals = std::min(pair.find('='), pair.size());
        if (base::trim(pair.substr(0, equals)) == name) {
            return std::string(base::trim(pair.substr(std::min(equals + 1, pair.size()))));
        }
    }
    return {};
}

// "SESSION" or "SESSION:more". It becomes an argument's value: nothing else than letters and
// digits.
Secret session_of(const std::string& value) {
    const std::string text = value.substr(0, value.find(':'));
    const bool fits = text.size() <= kLongestSession && base::only_letters_digits_and("", text);
    return fits ? Secret(text) : Secret();
}

// "skin:lang".
Language language_of_cookie(const std::string& value) {
    const std::size_t colon = value.find(':');
    return words::language_of(colon == std::string::npos ? value : value.substr(colon + 1));
}

std::string element(std::string_view name, std::string_view text) {
    std::string out = "<";
    out.append(name).append(">").append(base::xml_escaped(text)).append("</");
    return out.append(name).append(">\n");
}

std::string html(std::string_view title, const std::string& content, Language language) {
    std::string out = "<!DOCTYPE html>\n<html lang=\"";
    out += language == Language::kRussian ? "ru" : "en";
    out +=
        "\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
    out += element("title", title);
    out.append("<style>").append(kStyle).append("</style>\n</head>\n<body>\n<main>\n");
    out += element("h1", title) + content + "</main>\n</body>\n</html>\n";
    return out;
}

std::string link_to(std::string_view address, std::string_view text) {
    return "<p><a href=\"" + base::xml_escaped(address) + "\">" + base::xml_escaped(text) +
           "</a></p>\n";
}

// "https://host[:port]" of an address; nothing where it is none, or has what an address has not.
std::optional<std::string_view> origin_of(std::string_view address) {
    for (const std::string_view scheme : {"https://", "http://"}) {
        if (!address.starts_with(scheme)) {
            continue;
        }
        const std::string_view host =
            address.substr(scheme.size()).substr(0, address.substr(scheme.size()).find('/'));
        const bool fits = !host.empty() && base::only_letters_digits_and(".-:[]", host) &&
                          base::only_letters_digits_and(".-:[]/_~", address);
        return fits ? std::optional(address.substr(0, scheme.size() + host.size())) : std::nullopt;
    }
    return std::nullopt;
}

}  // namespace

CgiRequest read_cgi(const Variables& variables) {
    CgiRequest request;
    request.method = get(variables, "REQUEST_METHOD");
    request.query =
        webpay::read_form(get(variables, "QUERY_STRING")).value_or(webpay::FormValues());
    std::string length = get(variables, "CONTENT_LENGTH");
    length = length.empty() ? get(variables, "HTTP_CONTENT_LENGTH") : length;
    request.length = base::whole_number<std::size_t>(length).value_or(0);
    const std::string cookies = get(variables, "HTTP_COOKIE");
    request.session = session_of(cookie(cookies, "billmgrses5"));
    request.language = language_of_cookie(cookie(cookies, "billmgrlang5"));
    return request;
}

std::string written(const Page& page) {
    std::string out = "Status: " + page.status + "\r\nContent-Type: " + page.type + "\r\n";
    if (!page.location.empty()) {
        out += "Location: " + page.location + "\r\n";
    }
    out +=
        "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: origin\r\n"
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
        "frame-ancestors 'none'\r\n\r\n";
    return out + page.body;
}

std::string message_page(const Message& message, Language language) {
    std::string content = element("p", message.text.in(language));
    if (!message.link.empty()) {
        content += link_to(message.link, message.link_text.in(language));
    }
    return html(message.title.in(language), content, language);
}

std::string pay_page(const PayForm& form, Language language) {
    std::string content = "<dl>\n" + element("dt", kPayNumber.in(language)) +
                          element("dd", form.number) + element("dt", kPayAmount.in(language)) +
                          element("dd", form.amount) + "</dl>\n";
    content += element("p", kPayText.in(language));
    if (form.test) {
        content += "<p class=\"test\">" + std::string(kPayTest.in(language)) + "</p>\n";
    }
    content += "<form method=\"post\" action=\"" + base::xml_escaped(form.action) +
               "\" accept-charset=\"utf-8\">\n";
    for (const auto& [name, value] : form.fields) {
        content += "<input type=\"hidden\" name=\"" + base::xml_escaped(name) + "\" value=\"" +
                   base::xml_escaped(value) + "\">\n";
    }
    content += "<p><button type=\"submit\">" + std::string(kPayButton.in(language)) +
               "</button></p>\n</form>\n";
    if (!form.back.empty()) {
        content += link_to(form.back, kBack.in(language));
    }
    return html(kPayTitle.in(language), content, language);
}

std::string panel_page(std::string_view panel, std::string_view state, std::uint32_t payment) {
    const auto origin = origin_of(panel);
    if (!origin) {
        return {};
    }
    const std::string_view path = panel.substr(origin->size());
    std::string address =
        path.empty() || path == "/" ? std::string(*origin) + "/billmgr" : std::string(panel);
    address.append("?func=payment.").append(state);
    return address + "&elid=" + std::to_string(payment) + "&module=pmwebpay";
}

std::string result_page(std::string_view panel) {
    const auto origin = origin_of(panel);
    constexpr std::string_view kSelf = "http://127.0.0.1";  // never leaves the host
    const bool self = origin && (*origin == kSelf || origin->starts_with(std::string(kSelf) + ":"));
    const bool safe = self || (origin && origin->starts_with("https://"));
    return safe ? std::string(*origin) + "/mancgi/webpayresult" : std::string();
}

}  // namespace bn::pmwebpay
