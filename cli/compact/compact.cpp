// `compact`: old events cut off, a checkpoint in their place.
#include <filesystem>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "controller/config/config_values.hpp"
#include "controller/json/json.hpp"
#include "controller/sys/host.hpp"

namespace bn::cli {

namespace {

constexpr Phrase kCompactQuestion{
    "Cut off all events that are older than {}, for good{}? (yes/no) ",
    "Отрезать навсегда все события старше {}{}? (yes/no) "};
constexpr Phrase kCompactWithout{", without an archive", ", без архива"};
constexpr Phrase kCompactUntouched{"Nothing was changed.", "Ничего не изменено."};
constexpr Phrase kCompactNothing{
    "there is nothing to cut: no event is older than that\n",
    "отрезать нечего: таких старых событий нет\n"};
constexpr Phrase kCompacted{
    "cut off {} up to {}, where the head was {}; a checkpoint stands for them\n",
    "отрезано: {}, до номера {}, где цепочка кончалась на {}; вместо них контрольная точка\n"};
constexpr Phrase kCompactArchive{
    "They are kept, and proved, in {}\n", "Они сохранены и проверены: {}\n"};

int say_compacted(
    const CommandContext& context,
    const std::string& archive,
    const std::optional<StoreCompacted>& done
) {
    if (context.args.json) {
        controller::Json json;
        json["format"] = 1;
        json["events"] = done ? done->events : 0;
        json["position"] = done ? done->position : 0;
        json["head"] = done ? done->head : "";
        json["archive"] = done ? archive : "";
        print(controller::dump(json, -1));
    } else if (!done) {
        print_text(say(context.language, kCompactNothing));
    } else {
        print_text(
            say(context.language,
                kCompacted,
                counted(done->events, words::kEvents, context.language),
                done->position,
                done->head)
        );
        if (!archive.empty()) {
            print_text(say(context.language, kCompactArchive, archive));
        }
    }
    return kExitOk;
}

}  // namespace

Result<int> run_compact(const CommandContext& context) {
    const std::string& span = context.args.older_than;
    const auto age = controller::parse_duration(span);
    if (!age || *age <= Duration{0}) {
        return tl::unexpected(human_error(
            "command.older_than", "'" + span + "' is no span of time", "give one such as 400d"
        ));
    }
    const std::string& given = context.args.archive;
    if (given == "-") {
        return tl::unexpected(human_error(
            "command.archive",
            "an archive is proved as a file before anything is cut off: it cannot go to standard "
            "output",
            "name a new file"
        ));
    }
    const std::string archive =
        given.empty() ? given : std::filesystem::absolute(given).lexically_normal().string();
    return open_store(context, Opening::kWrite).and_then([&](const auto& store) -> Result<int> {
        if (const auto trouble = store->trouble()) {
            return tl::unexpected(*trouble);
        }
        const std::string without =
            archive.empty() ? say(context.language, kCompactWithout) : std::string();
        const std::string question = say(context.language, kCompactQuestion, span, without);
        if (!confirmed(context, "compact", question, kCompactUntouched)) {
            return kExitError;
        }
        AppendRequest request = operator_request();
        const Time before = request.at - *age;
        return store->compact(before, archive, std::move(request)).map([&](const auto& done) {
            return say_compacted(context, archive, done);
        });
    });
}

}  // namespace bn::cli
