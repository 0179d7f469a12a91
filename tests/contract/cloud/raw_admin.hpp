// The little that the suite has to do behind the port's back: groups, and cleaning up. Talks OCS
// with libcurl directly, one call at a time, and shares no code with the product.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace bn::testing {

struct RawAdminSettings {
    std::string url;
    std::string login;
    std::string password;
    std::string ca_file;  // empty: the system's store
};

class RawAdmin {
  public:
    explicit RawAdmin(RawAdminSettings settings);
    ~RawAdmin();

    // HTTP status and body of one call; status 0: the call failed, `body` says why.
    struct Answer {
        long status = 0;
        int code = 0;  // OCS code; 0: none
        std::string body;

        [[nodiscard]] bool ok() const { return code == 100 || code == 200; }
    };

    Answer call(const std::string& method, const std::string& path, const std::string& form = {});
    // The same as another user.
    Answer call_as(const std::string& login, const std::string& password, const std::string& path);

    Answer create_group(const std::string& id);
    void delete_group(const std::string& id);
    void delete_user(const std::string& id);
    // Both throw std::runtime_error when the list cannot be read.
    std::vector<std::string> users_with(const std::string& prefix);
    std::vector<std::string> groups_with(const std::string& prefix);

    [[nodiscard]] std::string escaped(const std::string& text) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bn::testing
