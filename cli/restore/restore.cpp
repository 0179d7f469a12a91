// `restore`: a backup of the event store in its place. What happened since is found out by looking.
#include <filesystem>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "controller/json/json.hpp"
#include "controller/sys/host.hpp"
#include "reconciler/decide/operator.hpp"

namespace bn::cli {

namespace {

constexpr Phrase kRestoreFile{
    "{}: good, {:# event|# events}, head {}:{}\n", "{}: исправна, событий {}, голова {}:{}\n"};
constexpr Phrase kRestoreWhole{
    "Nothing was recorded after it: nothing is lost.\n",
    "После неё ничего не записано: ничего не потеряно.\n"};
constexpr Phrase kRestoreLacks{
    "{:# event was recorded after it and is|# events were recorded after it and are} lost with "
    "this.\n",
    "После неё записано событий: {}; они будут потеряны.\n"};
constexpr Phrase kRestoreOtherWay{
    "The store at hand is another one, or went another way: its events are not in the backup.\n",
    "Нынешнее хранилище другое или пошло другим путём: его событий в копии нет.\n"};
constexpr Phrase kRestoreUnknown{
    "What was recorded after it is not known.\n", "Что записано после неё, неизвестно.\n"};
constexpr Phrase kRestoreTrouble{
    "The store at hand cannot be read: {}\n", "Нынешнее хранилище не читается: {}\n"};
constexpr Phrase kRestorePasswords{
    "The key file at hand is not the one of the backup: first passwords that are sealed in it are "
    "lost.\n",
    "Нынешний файл ключа не от этой копии: запечатанные в ней первые пароли потеряны.\n"};
constexpr Phrase kRestoreQuestion{
    "Put it in the place of the store? (yes/no) ", "Поставить её на место хранилища? (yes/no) "};
constexpr Phrase kRestoreUntouched{"Nothing was changed.", "Ничего не изменено."};
constexpr Phrase kRestoreDone{
    "restored; {:# item is|# items are} looked at anew: nothing is taken away from an account "
    "before panel and "
    "cloud show that it is its item's\nLook at `bill-nextcloud plan`, then start the service.\n",
    "восстановлено; услуг, которые проверяются заново: {}; у учётной записи ничего не отнимается, "
    "пока панель и облако не покажут, чья она\nПосмотрите `bill-nextcloud plan` и запустите "
    "службу.\n"};
constexpr Phrase kRestoreKept{
    "The former store was kept: {}\n", "Прежнее хранилище сохранено: {}\n"};

void say_facts(Language language, const std::string& file, const state::RestoreFacts& facts) {
    const auto& [position, hash] = facts.backup;
    print_text(say(language, kRestoreFile, file, position, position, hash));
    if (!facts.present_trouble.empty()) {
        print_text(say(language, kRestoreTrouble, facts.present_trouble));
    }
    if (facts.passwords_lost) {
        print_text(say(language, kRestorePasswords));
    }
    if (facts.other_way) {
        print_text(say(language, kRestoreOtherWay));
    } else if (facts.lost() > 0) {
        print_text(say(language, kRestoreLacks, facts.lost()));
    } else {
        print_text(say(language, facts.newest ? kRestoreWhole : kRestoreUnknown));
    }
}

// Of how many items the history is lost.
Result<std::size_t> accepted(state::Restore& restore, const std::string& file) {
    const state::RestoreFacts& facts = restore.facts();
    if (facts.whole()) {
        return std::size_t{0};
    }
    return restore.copy().and_then([&](state::Store* copy) {
        return record_accepted(*copy, restored_store(file, facts.backup.position, facts.present));
    });
}

std::string restore_json(
    const std::string& file,
    const state::RestoreFacts& facts,
    std::size_t items,
    const std::string& kept
) {
    controller::Json json;
    json["format"] = 1;
    json["file"] = file;
    json["events"] = facts.backup.position;
    json["lost"] = facts.lost();
    json["whole"] = facts.whole();
    json["items_looked_at_anew"] = items;
    json["kept"] = kept;
    return controller::dump(json, -1);
}

}  // namespace

Result<int> run_restore(const CommandContext& context) {
    const std::string file = std::filesystem::absolute(context.args.file).lexically_normal();
    return state::begin_restore(store_settings(context, Opening::kWrite), file)
        .and_then([&](const auto& restore) -> Result<int> {
            const state::RestoreFacts& facts = restore->facts();
            if (!context.args.json) {
                say_facts(context.language, file, facts);
            }
            if (!confirmed(
                    context, "restore", say(context.language, kRestoreQuestion), kRestoreUntouched
                )) {
                return kExitError;
            }
            return accepted(*restore, file).and_then([&](std::size_t items) {
                return restore->put_in_place(system_now()).map([&](const std::string& kept) {
                    if (context.args.json) {
                        print(restore_json(file, facts, items, kept));
                        return kExitOk;
                    }
                    print_text(say(context.language, kRestoreDone, items));
                    if (!kept.empty()) {
                        print_text(say(context.language, kRestoreKept, kept));
                    }
                    return kExitOk;
                });
            });
        });
}

}  // namespace bn::cli
