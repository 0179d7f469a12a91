// The state in which the recorded server was when each exchange of tests/golden/ocs was taken.
#pragma once

#include "tests/fakes/cloud/fake_cloud.hpp"
#include "tests/unit/fake_cloud/transcript.hpp"

namespace bn::testing {

// What the server was (limits, refusals) while this exchange was recorded.
cloud::Profile recorded_profile(const Transcript& transcript);

// Puts the cloud into that state. False: no rule knows this transcript.
bool prepare_recorded_world(const Transcript& transcript, FakeCloud& sample);

// Exchanges with later servers about a PATCH of an account: each has a world of its own, which is
// not the one that the others of its server left.
bool is_about_patch(const Transcript& transcript);

// Makes that world in a cloud of any state: as answered, but for what the recorded PATCH changes.
void prepare_recorded_patch(const Transcript& transcript, FakeCloud& sample);

}  // namespace bn::testing
