// The panel as the payment module asks it: its own tool mgrctl, run as the module runs, on the
// panel's host. Blocking; one thread. Nothing secret stands in an argument or in the text of a
// fault.
#pragma once

#include <pugixml.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "reconciler/model/secret.hpp"
#include "webpay/notice.hpp"

namespace bn::pmwebpay {

inline constexpr std::string_view kModule = "pmwebpay";

// The settings of a payment method of ours.
struct Method {
    std::string store_id;
    std::string store;
    Secret secret_key;
    bool test = false;
    std::string api_login;  // empty: nothing can be looked up
    Secret api_password;

    Method() = default;
};

// payment.info, as far as it is needed.
struct Payment {
    std::uint32_t id = 0;
    std::uint32_t user = 0;  // whose it is
    std::string module;      // of its method; "" where the panel does not say
    std::string number;
    std::string description;
    std::string page;            // the panel's address, "https://my.example.com/billmgr"
    webpay::PaymentState state;  // `due` is zero where the amount is no number
    Method method;

    Payment() = default;

    // Of a method of ours, with settings.
    [[nodiscard]] bool is_ours() const {
        return (module.empty() || module == kModule) && !method.store_id.empty();
    }
};

struct PanelFault {
    bool missing = false;  // the panel says that there is no such thing
    bool refused = false;  // the panel answered, with an error: nothing was done
    std::string what;      // one English sentence

    PanelFault() = default;

    explicit PanelFault(std::string w) : what(std::move(w)) {}
};

template <class T>
using FromPanel = tl::expected<T, PanelFault>;

// Of the answer to payment.info. A payment has two elements `paymethod` and two `currency`: the id
// and the whole.
FromPanel<Payment> read_payment(const pugi::xml_document& document);

class PaymentPanel {
  public:
    explicit PaymentPanel(std::string root) : root_(std::move(root)) {}

    [[nodiscard]] FromPanel<Payment> payment(std::uint32_t id) const;
    // What these say is no proof that it is done: read the payment again.
    [[nodiscard]] FromPanel<void> set_in_payment(std::uint32_t id, const std::string& order) const;
    [[nodiscard]] FromPanel<void> set_paid(
        std::uint32_t id, const std::string& transaction, const std::string& info
    ) const;
    // The user whom the session belongs to; `missing`: it belongs to nobody.
    [[nodiscard]] FromPanel<std::uint32_t> user_of(const Secret& session) const;
    // Into the panel's list of problems, which its staff sees.
    [[nodiscard]] FromPanel<void> register_problem(std::uint32_t payment, const std::string& text)
        const;

  private:
    using Arguments = std::vector<std::pair<std::string, std::string>>;
    [[nodiscard]] FromPanel<pugi::xml_document> call(
        const std::string& function, const Arguments& arguments, const Secret& session = Secret()
    ) const;

    std::string root_;
};

}  // namespace bn::pmwebpay
