// `backup`: the event store as one file, proved, while the service runs.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "controller/json/json.hpp"
#include "controller/sys/output.hpp"

namespace bn::cli {

namespace {

constexpr Phrase kWritten{
    "{}: {:# event|# events}, head {}:{}\nproved: chain, versions and ledger are as the events "
    "say\n",
    "{}: событий {}, голова {}:{}\nпроверено: цепочка, версии и учёт соответствуют событиям\n"};
constexpr Phrase kKeepTheKey{
    "Keep the key file too, elsewhere: {}\nWithout it the {} sealed passwords in the copy are "
    "lost; "
    "nothing else is. The anchor is no part of a backup.\n",
    "Храните и файл ключа, отдельно: {}\nБез него потеряны запечатанные пароли в копии ({}), и "
    "больше ничего. Якорь в копию не входит.\n"};

std::string backup_json(
    const std::string& file, const std::string& key, const state::VerifyReport& proof
) {
    controller::Json json;
    json["format"] = 1;
    json["file"] = file;
    json["events"] = proof.events;
    json["secrets"] = proof.secrets;
    json["key_file"] = key;
    json["head"] = {{"position", proof.head.position}, {"hash", proof.head.hash}};
    return controller::dump(json, -1);
}

// A folder of our own that goes with us.
class Workplace {
  public:
    Workplace() {
        std::error_code failed;
        const std::filesystem::path folder = std::filesystem::temp_directory_path(failed);
        std::string name = folder / "bill-nextcloud-XXXXXX";
        if (!failed && ::mkdtemp(name.data()) != nullptr) {
            path_ = name;
        }
    }

    Workplace(const Workplace&) = delete;
    Workplace& operator=(const Workplace&) = delete;

    ~Workplace() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] bool made() const { return !path_.empty(); }

    [[nodiscard]] std::string file(const char* name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

// "-": proved before the first byte is printed.
Result<void> print_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string block(1u << 20, '\0');
    while (output_good() && file.read(block.data(), static_cast<std::streamsize>(block.size()))) {
        print(block);
    }
    if (!file.eof() && output_good()) {
        return tl::unexpected(human_error("file.read", "cannot read " + path, "look at its disk"));
    }
    print(std::string_view(block).substr(0, static_cast<std::size_t>(file.gcount())));
    return {};
}

std::string told(
    const CommandContext& context, const std::string& file, const state::VerifyReport& proof
) {
    const std::string& key = context.config.store.key_file;
    if (context.args.json) {
        return backup_json(file, key, proof);
    }
    const auto& [position, hash] = proof.head;
    return say(context.language, kWritten, file, proof.events, position, hash) +
           say(context.language, kKeepTheKey, key, proof.secrets);
}

}  // namespace

Result<int> run_backup(const CommandContext& context) {
    const bool to_output = context.args.file == "-";
    const Workplace workplace;
    if (to_output && !workplace.made()) {
        return tl::unexpected(human_error(
            "file.write",
            "cannot make a folder for the copy among the temporary files",
            "let TMPDIR name a folder that this user may write in, with enough free space"
        ));
    }
    const std::string file =
        to_output ? workplace.file("events.db")
                  : std::filesystem::absolute(context.args.file).lexically_normal().string();
    return open_store(context, Opening::kRead)
        .and_then([&](const auto& store) { return store->backup(file, context.args.force); })
        .and_then([&](const state::VerifyReport& proof) -> Result<int> {
            tell_checked(context, "backup", proof.head);
            if (!to_output) {
                const std::string done = told(context, file, proof);
                context.args.json ? print(done) : print_text(done);
                return kExitOk;
            }
            const std::string done = told(context, "-", proof);
            context.args.json ? void(std::fputs(done.c_str(), stderr)) : say_on_stderr(done);
            return print_file(file).map([] { return kExitOk; });
        });
}

}  // namespace bn::cli
