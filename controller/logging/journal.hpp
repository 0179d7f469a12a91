// systemd's journal, in its own protocol: lines with a priority and with fields to select by
// (systemd.journal-fields(7), "Native Journal Protocol"). Any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/descriptor.hpp"

namespace bn::controller {

inline constexpr const char* kJournalSocket = "/run/systemd/journal/socket";

// Whether standard error goes to the journal: JOURNAL_STREAM names it. A program whose standard
// error was turned elsewhere still inherits the variable.
[[nodiscard]] bool stderr_is_journal();

// One message as the journal reads it. A key is made one of its own: "pass" is
// BILL_NEXTCLOUD_PASS. A message of several lines stays one; one of more than 64 KiB is cut.
[[nodiscard]] std::string journal_entry(
    int priority,
    std::string_view message,
    const std::vector<std::pair<std::string, std::string>>& fields
);

class JournalSocket {
  public:
    explicit JournalSocket(std::string path = kJournalSocket);

    // False: nobody took it.
    [[nodiscard]] bool send(std::string_view entry) const;

  private:
    std::string path_;
    base::Descriptor socket_;
};

}  // namespace bn::controller
