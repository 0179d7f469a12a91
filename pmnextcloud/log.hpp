// The module's log, var/<program>.log under the panel's folder, in the panel's own style:
//   Nov 23 10:20:30 [1234:1] pmnextcloud INFO open: item 7 is done
//
// One write a line, so that several modules at once do not mix. A line that cannot be written is
// lost: nothing may fail because of it. Never a secret, never what came on the standard input.
#pragma once

#include <string>
#include <string_view>

namespace bn::pmnextcloud {

enum class Level { kFatal = 2, kError = 3, kWarning = 4, kInfo = 5, kExtInfo = 6, kDebug = 9 };

// The level of `program` in the text of etc/debug.conf (lines "program level"); kInfo without one.
Level log_level(std::string_view debug_conf, std::string_view program);

class Log {
  public:
    // "" as path: nothing is written.
    Log(std::string path, std::string program, Level level);

    void write(Level level, std::string_view text) const;

    void info(std::string_view text) const { write(Level::kInfo, text); }

    void warning(std::string_view text) const { write(Level::kWarning, text); }

    void error(std::string_view text) const { write(Level::kError, text); }

  private:
    std::string path_;
    std::string program_;
    Level level_;
};

}  // namespace bn::pmnextcloud
