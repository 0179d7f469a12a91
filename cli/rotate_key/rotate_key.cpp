// `rotate-key`: a new key for the sealed passwords.
#include <fmt/format.h>

#include "cli/command.hpp"
#include "controller/json/json.hpp"

namespace bn::cli {

namespace {

constexpr Phrase kRotateQuestion{
    "Seal all passwords with a new key, and replace the key file {}? (yes/no) ",
    "Запечатать все пароли новым ключом и заменить файл ключа {}? (yes/no) "};
constexpr Phrase kRotateUntouched{"Nothing was changed.", "Ничего не изменено."};
constexpr Phrase kRotated{
    "sealed {} with a new key, and opened each with it: {}\n"
    "Keep a copy of it elsewhere, and make a new backup: passwords in older ones need the old "
    "key.\n",
    "запечатано новым ключом и открыто им для проверки: {}; {}\n"
    "Храните его копию отдельно и сделайте новую резервную копию: паролям в прежних нужен старый "
    "ключ.\n"};

}  // namespace

Result<int> run_rotate_key(const CommandContext& context) {
    const std::string& key = context.config.store.key_file;
    return open_store(context, Opening::kWrite).and_then([&](const auto& store) -> Result<int> {
        if (const auto trouble = store->trouble()) {
            return tl::unexpected(*trouble);
        }
        const std::string question = say(context.language, kRotateQuestion, key);
        if (!confirmed(context, "rotate the key", question, kRotateUntouched)) {
            return kExitError;
        }
        return store->rotate_key(operator_request()).map([&](std::uint64_t passwords) {
            if (context.args.json) {
                controller::Json json;
                json["format"] = 1;
                json["key_file"] = key;
                json["passwords"] = passwords;
                print(controller::dump(json, -1));
            } else {
                print_text(
                    say(context.language,
                        kRotated,
                        counted(passwords, words::kPasswords, context.language),
                        key)
                );
            }
            return kExitOk;
        });
    });
}

}  // namespace bn::cli
