#include "state/anchor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

#include "base/descriptor.hpp"
#include "reconciler/model/plural.hpp"
#include "state/chain.hpp"
#include "state/files.hpp"

namespace bn::state {

namespace {

constexpr std::string_view kFirstLine = "bill-nextcloud-anchor-1";
constexpr const char* kRemedy =
    "stop the service and put the newest copy of the store back; if there is none, look at "
    "`bill-nextcloud plan`, then say that this store is to be gone on with: "
    "`bill-nextcloud verify --accept`";

Error doubted(const char* code, std::string what) {
    return Error(Concern::kStore, NextMove::kHuman, code, std::move(what), kRemedy);
}

std::string hash_at(Connection& db, std::uint64_t position) {
    Statement find(db, "SELECT hash FROM events WHERE position = ?1");
    find.bind(position);
    return find.step() ? to_hex(find.blob(0)) : std::string();
}

}  // namespace

std::optional<Anchor> read_anchor(const std::string& path) {
    const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        refuse_errno(
            "store.anchor",
            "cannot read the anchor of the event store",
            path,
            errno,
            "run it as root or as the service's user; the service itself must be able to read it"
        );
    }
    std::string text(4096, '\0');
    const auto size = ::read(file.get(), text.data(), text.size());
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    std::istringstream in(text);
    std::string first;
    Anchor anchor;
    if (!(in >> first >> anchor.store >> anchor.position >> anchor.event >> anchor.head) ||
        first != kFirstLine) {
        refuse(
            "store.anchor",
            path + " is not the anchor of an event store",
            "if you know that the store is the newest one, remove this file: it is made anew"
        );
    }
    return anchor;
}

void write_anchor(const std::string& path, const Anchor& anchor) {
    constexpr const char* kMayWrite =
        "let the service's user write in its folder, or set store.anchor to another path";
    std::error_code failed;
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    if (!folder.empty() && !std::filesystem::exists(folder, failed)) {
        std::filesystem::create_directory(folder, failed);
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
    }
    const std::string next = path + ".new";
    const std::string text = fmt::format(
        "{}\n{}\n{}\n{}\n{}\n", kFirstLine, anchor.store, anchor.position, anchor.event, anchor.head
    );
    // No link: root would write, and give away, whatever the folder's owner has it name.
    constexpr int kHow = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
    const base::Descriptor file(::open(next.c_str(), kHow, 0600));
    if (!file.is_open() || !give_to_owner_of_directory(file.get(), path) ||
        ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::fsync(file.get()) != 0 || ::rename(next.c_str(), path.c_str()) != 0) {
        refuse_errno("store.anchor", "cannot write the anchor", path, errno, kMayWrite);
    }
    sync_directory_of(path);
}

Anchor anchor_of(Connection& db) {
    Anchor anchor;
    if (check_schema(db) == 0) {
        return anchor;
    }
    const Transaction moment(db, Transaction::Kind::kRead);
    anchor.store = db.text("SELECT value FROM meta WHERE key = 'store_id'");
    anchor.position =
        static_cast<std::uint64_t>(db.number("SELECT coalesce(max(position), 0) FROM events"));
    anchor.event = hash_at(db, anchor.position);
    anchor.head = to_hex(view(load_chains(db).head()));
    return anchor;
}

std::optional<Error> compare_with_anchor(Connection& db, const Anchor& anchor) {
    const Anchor here = anchor_of(db);
    if (here.position == 0 && anchor.position > 0) {
        return lost_store(db.path(), anchor);
    }
    if (!here.store.empty() && anchor.position > 0 && here.store != anchor.store) {
        return doubted(
            "store.other",
            fmt::format(
                "{} is another event store than the one that was used last: events up to {} were "
                "recorded there",
                db.path(),
                anchor.position
            )
        );
    }
    if (here.position < anchor.position) {
        return doubted(
            "store.older",
            fmt::format(
                "the event store {} ends at event {}, but {:# was|# were} recorded: it is an older "
                "copy",
                db.path(),
                here.position,
                Plural(anchor.position)
            )
        );
    }
    if (anchor.position > 0 && hash_at(db, anchor.position) != anchor.event) {
        return doubted(
            "store.other",
            fmt::format(
                "event {} of {} is not the one that was recorded: the store went another way "
                "after an older copy was put back",
                anchor.position,
                db.path()
            )
        );
    }
    return std::nullopt;
}

Error lost_store(const std::string& path, const Anchor& anchor) {
    return doubted(
        "store.lost",
        fmt::format(
            "the event store {} is gone or empty, but {:# event was|# events were} recorded",
            path,
            Plural(anchor.position)
        )
    );
}

}  // namespace bn::state
