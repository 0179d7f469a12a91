// Many services, cheaply: for integration tests and benchmarks.
#pragma once

#include "tests/fakes/panel/fake_panel.hpp"

namespace bn::testing {

// Services with the ids `from` .. `from + count - 1`, each with a client, a user and a saved login;
// every third one has ordered more of `disk`. Ids are used as they are: not to be mixed with the
// panel's own add functions for items, accounts and users.
void add_many(FakePanel& panel, Id server, Id tariff, Id disk, Id from, Id count);

}  // namespace bn::testing
