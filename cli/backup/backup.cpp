// `backup`: the event store as one file, proved, while the service runs.
#include <filesystem>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "controller/json/json.hpp"

namespace bn::cli {

namespace {

constexpr Phrase kWritten{
    "{}: {} events, head {}:{}\nproved: chain, versions and ledger are as the events say\n",
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

}  // namespace

Result<int> run_backup(const CommandContext& context) {
    const std::string file = std::filesystem::absolute(context.args.file).lexically_normal();
    return open_store(context, Opening::kRead)
        .and_then([&](const auto& store) { return store->backup(file, context.args.force); })
        .map([&](const state::VerifyReport& proof) {
            const std::string& key = context.config.store.key_file;
            if (context.args.json) {
                print(backup_json(file, key, proof));
                return kExitOk;
            }
            const auto& [position, hash] = proof.head;
            print(say(context.language, kWritten, file, proof.events, position, hash));
            print(say(context.language, kKeepTheKey, key, proof.secrets));
            return kExitOk;
        });
}

}  // namespace bn::cli
