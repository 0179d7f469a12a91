// Small files, read and written with care.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "reconciler/model/error.hpp"
#include "reconciler/model/secret.hpp"

namespace bn::controller {

// The file's first line without its line end. Refuses a file that others may read (any bit of
// 007), an empty one, and one over 64 KiB. Errors are kHuman: "file.open", "file.mode",
// "file.empty", "file.size".
Result<Secret> read_secret_file(const std::string& path);

// The whole file, at most `limit` bytes. Errors: kHuman "file.open", "file.size", "file.read".
Result<std::string> read_file(const std::string& path, std::size_t limit = 256u << 20);

// Writes beside the target, syncs, renames: others see the old file or the new one, never a part.
// Only a new or a regular file is written: a link is not followed, and nothing else is replaced.
// Errors: kHuman "file.write", "file.kind" (there is something else).
Result<void> write_file_atomically(
    const std::string& path, std::string_view text, unsigned mode = 0600
);

// A secret in one line, for the service: mode 0600, and where root makes it in a folder of another
// group, 0640 for that group. What is there already is replaced only when `replace` is given.
// Errors: kHuman "file.write", "file.kind", "file.exists".
Result<void> write_secret_file(const std::string& path, const Secret& secret, bool replace);

// As write_file_atomically, but "-" is standard output, whose errors close_output tells
// (output.hpp).
Result<void> write_output(const std::string& path, std::string_view text, unsigned mode = 0600);

}  // namespace bn::controller
