// A backup in the place of the store: the copy is proved, and accepted, before it has its name.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "reconciler/model/require.hpp"
#include "state/anchor.hpp"
#include "state/backup.hpp"
#include "state/compaction.hpp"
#include "state/files.hpp"
#include "state/projections.hpp"
#include "state/proof.hpp"
#include "state/sealer.hpp"
#include "state/store.hpp"
#include "state/verify.hpp"

namespace bn::state {

namespace {

constexpr const char* kSuffixes[] = {"-wal", "-shm", ".lock"};

std::string panel_of(Connection& db) {
    const Transaction moment(db, Transaction::Kind::kRead);
    return load_current(db).panel().fingerprint;
}

class SqliteRestore final : public Restore {
  public:
    SqliteRestore(StoreSettings settings, const std::string& file)
        : settings_(std::move(settings)),
          lock_((prepare_sodium(), lock_process(settings_.path + ".lock"))) {
        if (std::error_code failed; std::filesystem::equivalent(file, settings_.path, failed)) {
            refuse("store.file", file + " is the store itself", "name a backup of it");
        }
        if (std::error_code failed; std::filesystem::exists(file, failed) &&
                                    !std::filesystem::is_regular_file(file, failed)) {
            refuse("store.file_kind", file + " is no regular file", "name a backup of the store");
        }
        {
            Connection backup(file, Connection::Mode::kReadOnly);
            if (check_schema(backup) == 0) {
                refuse("store.not_ours", file + " is empty", "name a backup of the event store");
            }
            if (is_archive(backup)) {
                refuse(
                    "store.archive",
                    file + " is an archive of events that were cut off",
                    "name a backup of the event store"
                );
            }
        }
        part_.emplace(settings_.path);
        copy_store(file, part_->path());
        prove(file);
        Connection copy(part_->path(), Connection::Mode::kReadWrite);
        compare(copy, file);
        step("proved");
    }

    SqliteRestore(const SqliteRestore&) = delete;
    SqliteRestore& operator=(const SqliteRestore&) = delete;

    ~SqliteRestore() override {
        copy_.reset();
        remove_beside_part();
    }

    const RestoreFacts& facts() const override { return facts_; }

    Result<Store*> copy() override {
        if (!copy_) {
            StoreSettings settings = settings_;
            settings.path = part_->path();
            settings.anchor.clear();
            settings.accept = true;
            auto opened = open_store(std::move(settings));
            if (!opened) {
                return tl::unexpected(std::move(opened.error()));
            }
            copy_ = *std::move(opened);
        }
        return copy_.get();
    }

    Result<std::string> put_in_place(Time now) override {
        return guarded([&]() -> Result<std::string> {
            copy_.reset();
            BN_REQUIRE(file_size(part_->path() + "-wal") == 0, "a store that is closed has no log");
            remove_beside_part();
            const bool there = std::filesystem::exists(settings_.path);
            const std::string folder = std::filesystem::absolute(settings_.path).parent_path();
            part_->give_to_owner_of(there ? settings_.path : folder);
            step("accepted");
            std::string kept;
            if (there) {
                kept = name_to_keep(now);
                put_log_away(kept);
                step("log away");
                part_->exchange(kept);
            } else {
                put_log_away(settings_.path + ".lost");
                part_->put_in_place(false);
            }
            step("in place");
            if (!settings_.anchor.empty()) {
                Connection db(settings_.path, Connection::Mode::kReadOnly);
                write_anchor(settings_.anchor, anchor_of(db));
            }
            return kept;
        });
    }

  private:
    void step(std::string_view name) const {
        if (settings_.on_step) {
            settings_.on_step(name);
        }
    }

    // Passwords are not opened: they are forgotten with what was under way then.
    void prove(const std::string& file) {
        Connection copy(part_->path(), Connection::Mode::kReadOnly);
        const VerifyReport proof = verify_store(copy, {}, VerifyOptions());
        if (!proof.good()) {
            throw StoreFault(bad_store(file, proof.faults.front()));
        }
        facts_.backup = proof.head;
    }

    // With all that tells what was recorded: the store at hand, and the anchor.
    void compare(Connection& copy, const std::string& file) {
        const std::optional<Anchor> anchor =
            settings_.anchor.empty() ? std::nullopt : read_anchor(settings_.anchor);
        bool behind = anchor && compare_with_anchor(copy, *anchor);
        facts_.present = anchor ? anchor->position : 0;
        std::optional<Anchor> end;
        std::string panel;
        if (file_size(settings_.path) > 0) {
            try {
                Connection present(settings_.path, Connection::Mode::kReadOnly);
                panel = panel_of(present);
                facts_.other_way = compare_with_anchor(present, anchor_of(copy)).has_value();
                end = anchor_of(present);
                // Before the copy, whose key may be an older one, has a say in it.
                settle_key(settings_.key_file, key_fingerprint(present));
            } catch (const StoreFault& fault) {
                facts_.present_trouble = fault.error().what;
            }
        }
        if (end) {
            refuse_other_panel(panel, panel_of(copy), file);
            behind = behind || compare_with_anchor(copy, *end).has_value();
            facts_.present = std::max(facts_.present, end->position);
            facts_.other_way = facts_.other_way && end->position >= facts_.backup.position;
        }
        forget_passwords_of_another_key(copy);
        facts_.newest = (anchor || end) && facts_.present_trouble.empty() && !behind;
    }

    static void refuse_other_panel(
        const std::string& here, const std::string& there, const std::string& file
    ) {
        if (!here.empty() && !there.empty() && here != there) {
            refuse(
                "store.other_panel",
                fmt::format("{} belongs to another panel than the store at hand", file),
                "name a backup of this panel's store; if this host serves the other panel from now "
                "on, move the store away first"
            );
        }
    }

    void forget_passwords_of_another_key(Connection& copy) {
        const std::string fingerprint = key_fingerprint(copy);
        if (fingerprint.empty()) {
            return;
        }
        try {
            const Sealer key(key_in_use(settings_.key_file, fingerprint), false);
            facts_.passwords_lost = key.fingerprint() != fingerprint;
        } catch (const StoreFault&) {
            facts_.passwords_lost = true;
        }
        if (facts_.passwords_lost) {
            copy.run("DELETE FROM secrets; DELETE FROM meta WHERE key = 'key_fingerprint'");
        }
    }

    [[nodiscard]] std::string name_to_keep(Time now) const {
        const std::string name = settings_.path + ".replaced-" + format_time(now);
        std::string kept = name;
        for (int n = 2; std::filesystem::exists(kept) || std::filesystem::exists(kept + "-wal");
             ++n) {
            kept = fmt::format("{}-{}", name, n);
        }
        return kept;
    }

    // SQLite would take the log of the former store for one of the new.
    void put_log_away(const std::string& kept) const {
        const std::string log = settings_.path + "-wal";
        try {
            Connection present(settings_.path, Connection::Mode::kReadWrite);
            present.checkpoint(true);
            if (file_size(log) > 0) {
                refuse(
                    "store.busy",
                    "another program reads the event store " + settings_.path,
                    "find it with `fuser -v` on the file, and end it"
                );
            }
        } catch (const StoreFault& fault) {
            if (facts_.present_trouble.empty() && std::filesystem::exists(settings_.path)) {
                throw;
            }
        }
        if (file_size(log) > 0) {
            std::filesystem::rename(log, kept + "-wal");
        }
        ::unlink(log.c_str());
        ::unlink((settings_.path + "-shm").c_str());
    }

    void remove_beside_part() const {
        for (const char* suffix : kSuffixes) {
            ::unlink((part_->path() + suffix).c_str());
        }
    }

    const StoreSettings settings_;
    base::Descriptor lock_;
    RestoreFacts facts_;
    std::optional<PartFile> part_;
    std::unique_ptr<Store> copy_;
};

}  // namespace

Result<std::unique_ptr<Restore>> begin_restore(StoreSettings settings, const std::string& file) {
    return guarded([&]() -> Result<std::unique_ptr<Restore>> {
        return std::make_unique<SqliteRestore>(std::move(settings), file);
    });
}

}  // namespace bn::state
