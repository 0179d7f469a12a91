// A copy of a store that is proved before it bears its name. Private to state; blocking. Functions
// throw StoreFault.
#pragma once

#include <string>

#include "state/db.hpp"
#include "state/store.hpp"

namespace bn::state {

// A file beside `path` that takes its name when it is whole, and is gone when it is not. 0600. A
// process that is killed leaves it lying. Where a link, a device or a folder has the name:
// "store.file_kind", at the beginning and before it is named.
class PartFile {
  public:
    explicit PartFile(const std::string& path);
    PartFile(const PartFile&) = delete;
    PartFile& operator=(const PartFile&) = delete;
    ~PartFile();

    [[nodiscard]] const std::string& path() const { return part_; }

    // As another file, or folder, belongs to: what root puts in place is for the service's user.
    void give_to_owner_of(const std::string& other) const;

    // Durable when it returns. Without `replace`, a file of that name is "store.file_exists".
    void put_in_place(bool replace);
    // What has its name becomes `kept`; at any moment one of both is there under the name.
    void exchange(const std::string& kept);

  private:
    void make_durable() const;

    std::string path_;
    std::string part_;
    bool placed_ = false;
};

// "store.file_exists" when there is such a file.
void refuse_existing(const std::string& path);

// All of the store at one moment, as one file without a log beside it; free pages are left out.
// Others may go on writing to the store.
void copy_store(const std::string& store, const std::string& empty_file);

// The copy's own proof. One with faults gets no name: "store.bad".
VerifyReport back_up(
    const std::string& store, const std::string& key_file, const std::string& file, bool replace
);

}  // namespace bn::state
