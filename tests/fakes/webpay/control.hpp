// Hands on a running sample WebPay from outside: plain HTTP on a loopback port of its own, as
// "/verb?name=value&...". Every call answers a line of JSON; what cannot be done is 400, with why.
#pragma once

#include "tests/fakes/cloud/request.hpp"
#include "tests/fakes/webpay/fake_webpay.hpp"

namespace bn::testing::pay {

// An unknown verb answers 404 with the list of verbs:
//   orders, notices, calls, refused              what there was so far
//   pay order [type] [amount] [currency] [signature=wrong] [copies]
//   change transaction type
//   fault kind [times]                           of the next calls of the API
cloud::Reply control(FakeWebpay& webpay, const cloud::Request& request);

}  // namespace bn::testing::pay
