// What this program was built of. Constants, in a source that the build generates
// (cmake/BnBuildInfo.cmake).
#pragma once

#include <string>

#include "words/language.hpp"

namespace bn::cli {

struct BuildInfo {
    const char* version;
    const char* commit;  // `git describe`, "-dirty" behind it where files differ; empty: not known
    const char* compiler;
    const char* type;   // CMake's build type
    const char* flags;  // of the compiler
};

extern const BuildInfo kBuildInfo;

// What `version` prints.
std::string version_text(const BuildInfo& build, words::Language language);
std::string version_json(const BuildInfo& build);

}  // namespace bn::cli
