// `mask`: what the events say of a client, replaced for good because somebody asked for it.
#include <filesystem>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "controller/json/json.hpp"

namespace bn::cli {

namespace {

constexpr Phrase kMaskQuestion{
    "Replace what the events say of the client of item {}, for good? No copy of the store is made. "
    "(yes/no) ",
    "Заменить навсегда всё, что события говорят о клиенте услуги {}? Копия хранилища не делается. "
    "(yes/no) "};
constexpr Phrase kMaskUntouched{"Nothing was changed.", "Ничего не изменено."};
constexpr Phrase kMaskDone{
    "masked {} of item {}; the file was written anew\n",
    "скрыто: {}, услуга {}; файл записан заново\n"};
constexpr Phrase kMaskNothing{
    "item {}: no event says anything of the client\n",
    "услуга {}: события ничего не говорят о клиенте\n"};
constexpr Phrase kMaskElsewhere{
    "Not in it: backups, logs, the panel and the cloud. Copies beside the store:{}\n",
    "Сюда не входят: резервные копии, журналы, панель и облако. Копии рядом с хранилищем:{}\n"};

// Former stores that a `restore` kept, and what killed processes left.
std::vector<std::string> copies_beside(const std::string& store) {
    const std::filesystem::path path = std::filesystem::absolute(store);
    const std::string start = path.filename().string() + ".";
    std::vector<std::string> found;
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator(path.parent_path(), failed)) {
        const std::string name = entry.path().filename();
        if (name.starts_with(start + "replaced-") || name.starts_with(start + "part-")) {
            found.push_back(entry.path());
        }
    }
    std::ranges::sort(found);
    return found;
}

int say_masked(const CommandContext& context, std::uint64_t rows) {
    const std::uint32_t item = *context.args.item;
    const std::vector<std::string> copies = copies_beside(context.config.store.path);
    if (context.args.json) {
        controller::Json json;
        json["format"] = 1;
        json["item"] = item;
        json["events"] = rows;
        json["copies_beside"] = copies;
        print(controller::dump(json, -1));
        return kExitOk;
    }
    print(
        rows == 0
            ? say(context.language, kMaskNothing, item)
            : say(context.language, kMaskDone, counted(rows, words::kEvents, context.language), item
              )
    );
    print_text(say(context.language, kMaskElsewhere, copies.empty() ? " -" : ""));
    for (const std::string& copy : copies) {
        print("  " + escaped(copy) + "\n");
    }
    return kExitOk;
}

}  // namespace

Result<int> run_mask(const CommandContext& context) {
    const ItemId item(*context.args.item);
    return open_store(context, Opening::kWrite).and_then([&](const auto& store) -> Result<int> {
        if (const auto trouble = store->trouble()) {
            return tl::unexpected(*trouble);
        }
        EventFilter of_item;
        of_item.item = item;
        bool known = false;
        const auto seen = [&known](const Envelope&) {
            known = true;
            return false;
        };
        if (Result<void> read = store->read(of_item, seen); !read) {
            return tl::unexpected(std::move(read.error()));
        }
        if (!known) {
            return tl::unexpected(human_error(
                "command.item",
                fmt::format("no event is about item {}", item.value),
                "the number is the service's id in the panel"
            ));
        }
        const std::string question = say(context.language, kMaskQuestion, item.value);
        if (!confirmed(context, "mask", question, kMaskUntouched)) {
            return kExitError;
        }
        return store->mask(item, context.args.reason, operator_request())
            .map([&](std::uint64_t rows) { return say_masked(context, rows); });
    });
}

}  // namespace bn::cli
