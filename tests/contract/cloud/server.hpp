// The server that the suite runs against: a real one named by the environment, else the sample
// cloud. Owns the prefix of everything that the suite makes, and removes it all at the end.
//
// A real server: BN_CONTRACT_URL, BN_CONTRACT_USER, BN_CONTRACT_PASSWORD, BN_CONTRACT_CA.
// The sample cloud: BN_CONTRACT_PROFILE (25, 27, 32, 34, owncloud), BN_CONTRACT_APP_PASSWORD=1.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "reconciler/ports/cloud.hpp"
#include "tests/contract/cloud/driver.hpp"
#include "tests/contract/cloud/raw_admin.hpp"
#include "tests/fakes/cloud/fake_cloud.hpp"

namespace bn::testing {

class ContractServer {
  public:
    // Makes the group `group()`, then sweeps what older runs have left.
    ContractServer();

    // Removes all that this run has made. Nothing: it is gone, or what is left, and why.
    [[nodiscard]] std::string clean_up();

    [[nodiscard]] CloudSettings settings() const;  // may write

    [[nodiscard]] RawAdmin& admin() { return *admin_; }

    // Null: a real server.
    [[nodiscard]] FakeCloud* sample() { return sample_.get(); }

    [[nodiscard]] const std::string& prefix() const { return prefix_; }

    [[nodiscard]] std::string group() const { return prefix_ + "basic"; }

    // Why nothing can be written here; empty: it can.
    [[nodiscard]] const std::string& no_writes() const { return no_writes_; }

    [[nodiscard]] bool may_try_bad_login() const;

    // The server, once, for all tests of the process.
    static ContractServer& get();

  private:
    void sweep_older();

    std::unique_ptr<FakeCloud> sample_;
    std::string url_;
    std::string login_;
    std::string password_;
    std::string ca_file_;
    std::string prefix_;
    std::string no_writes_;
    std::unique_ptr<RawAdmin> admin_;
};

}  // namespace bn::testing
