#include "state/sealer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>
#include <sodium.h>

#include "state/db.hpp"
#include "state/files.hpp"

namespace bn::state {

namespace {

// One line of text, so that a look at the file says what it is: prefix, 64 hex digits, newline.
constexpr std::string_view kPrefix = "bill-nextcloud-key-1 ";
constexpr std::size_t kFileSize = kPrefix.size() + 64 + 1;
constexpr std::size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;

unsigned char* bytes(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

void create_key(const std::string& path) {
    std::array<unsigned char, 32> key{};
    randombytes_buf(key.data(), key.size());  // getrandom(2)
    std::array<char, 65> hex{};
    sodium_bin2hex(hex.data(), hex.size(), key.data(), key.size());
    std::string text = std::string(kPrefix) + hex.data() + "\n";
    // It gets its name when it is whole: a process that ends here leaves no half a key, which would
    // be worse than none.
    std::string beside = path + ".XXXXXX";
    base::Descriptor file(::mkostemp(beside.data(), O_CLOEXEC));
    const bool made = file.is_open();
    const bool good =
        made && ::fchmod(file.get(), 0600) == 0 && give_to_owner_of_directory(file.get(), path) &&
        ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::fsync(file.get()) == 0 &&
        (::link(beside.c_str(), path.c_str()) == 0 || errno == EEXIST);  // another was faster
    const int reason = errno;
    file.reset();
    sodium_memzero(key.data(), key.size());
    sodium_memzero(hex.data(), hex.size());
    sodium_memzero(text.data(), text.size());
    if (made) {
        ::unlink(beside.c_str());
    }
    if (good) {
        sync_directory_of(path);
        return;
    }
    refuse_errno(
        "store.key",
        "cannot create the key file",
        path,
        reason,
        "give the service's user write permission on its directory"
    );
}

std::string read_key_file(const std::string& path) {
    const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file.is_open()) {
        refuse_errno(
            "store.key",
            "cannot open the key file",
            path,
            errno,
            "restore it from the backup; without it the sealed passwords cannot be read"
        );
    }
    struct stat info = {};
    std::string text(kFileSize + 1, '\0');
    const bool known = ::fstat(file.get(), &info) == 0;
    const auto size = ::read(file.get(), text.data(), text.size());
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    if (!known || (info.st_mode & 077U) != 0) {
        refuse(
            "store.key_mode",
            fmt::format("the key file {} can be read by other users", path),
            fmt::format("chmod 0600 {}", path)
        );
    }
    if (info.st_uid != ::geteuid() && ::geteuid() != 0) {
        refuse(
            "store.key_owner",
            fmt::format("the key file {} belongs to another user", path),
            "chown it to the user that the service runs as"
        );
    }
    return text;
}

}  // namespace

std::string next_key(const std::string& key_file) {
    return key_file + ".next";
}

void make_next_key(const std::string& key_file) {
    const std::string next = next_key(key_file);
    create_key(next);
    struct stat info = {};
    if (::stat(key_file.c_str(), &info) == 0 && info.st_uid != ::geteuid() &&
        ::chown(next.c_str(), info.st_uid, info.st_gid) != 0) {
        const int number = errno;
        ::unlink(next.c_str());
        refuse_errno("store.key", "cannot give away", next, number, "run it as root");
    }
}

std::string key_in_use(const std::string& key_file, std::string_view fingerprint) {
    const std::string next = next_key(key_file);
    if (fingerprint.empty() || ::access(next.c_str(), F_OK) != 0) {
        return key_file;
    }
    return Sealer(next, false).fingerprint() == fingerprint ? next : key_file;
}

void settle_key(const std::string& key_file, std::string_view fingerprint) {
    const std::string next = next_key(key_file);
    if (key_file.empty() || ::access(next.c_str(), F_OK) != 0) {
        return;
    }
    if (key_in_use(key_file, fingerprint) == key_file) {
        ::unlink(next.c_str());
    } else if (::rename(next.c_str(), key_file.c_str()) != 0) {
        refuse_errno("store.key", "cannot name", key_file, errno, "rename the file .next to it");
    }
    sync_directory_of(key_file);
}

void prepare_sodium() {
    static const int state = sodium_init();
    if (state < 0) {
        throw StoreFault(Error(NextMove::kBug, "store.sodium", "libsodium did not start"));
    }
}

Sealer::Sealer(const std::string& key_file, bool create) {
    prepare_sodium();
    if (key_file.empty()) {
        refuse(
            "store.key",
            "no key file is configured for sealing passwords",
            "name one in the configuration"
        );
    }
    if (create && ::access(key_file.c_str(), F_OK) != 0) {
        create_key(key_file);
    }
    std::string text = read_key_file(key_file);
    std::size_t size = 0;
    const bool good =
        text.size() == kFileSize && text.starts_with(kPrefix) &&
        sodium_hex2bin(
            key_.data(), key_.size(), text.data() + kPrefix.size(), 64, nullptr, &size, nullptr
        ) == 0 &&
        size == key_.size();
    sodium_memzero(text.data(), text.size());
    if (!good) {
        refuse(
            "store.key",
            fmt::format("{} is not a key file of bill-nextcloud", key_file),
            "restore it from the backup"
        );
    }
}

Sealer::~Sealer() {
    sodium_memzero(key_.data(), key_.size());
}

std::string Sealer::fingerprint() const {
    static constexpr std::string_view kPurpose = "bill-nextcloud key fingerprint";
    std::string out(16, '\0');
    crypto_generichash(
        bytes(out), out.size(), sodium_bytes(kPurpose), kPurpose.size(), key_.data(), key_.size()
    );
    return out;
}

std::string Sealer::seal(std::string_view ref, const Secret& secret) const {
    const auto text = secret.reveal();
    std::string out(kNonce + text.size() + kTag, '\0');
    randombytes_buf(out.data(), kNonce);
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        bytes(out) + kNonce,
        nullptr,
        sodium_bytes(text),
        text.size(),
        sodium_bytes(ref),
        ref.size(),
        nullptr,
        bytes(out),
        key_.data()
    );
    return out;
}

Secret Sealer::open(std::string_view ref, std::string_view sealed) const {
    std::string text(sealed.size() > kNonce + kTag ? sealed.size() - kNonce - kTag : 0, '\0');
    const bool good = sealed.size() >= kNonce + kTag && crypto_aead_xchacha20poly1305_ietf_decrypt(
                                                            bytes(text),
                                                            nullptr,
                                                            nullptr,
                                                            sodium_bytes(sealed) + kNonce,
                                                            sealed.size() - kNonce,
                                                            sodium_bytes(ref),
                                                            ref.size(),
                                                            sodium_bytes(sealed),
                                                            key_.data()
                                                        ) == 0;
    if (!good) {
        refuse(
            "store.sealed",
            fmt::format("the sealed password {} cannot be opened with this key", ref),
            "restore the key file that belongs to this store"
        );
    }
    return Secret(std::move(text));
}

}  // namespace bn::state
