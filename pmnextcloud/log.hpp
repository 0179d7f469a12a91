// The module's log, var/<program>.log under the panel's folder, in the panel's own style:
//   Nov 23 10:20:30 [1234:1] pmnextcloud INFO open: item 7 is done
//
// One write a line, so that several modules at once do not mix. A line that cannot be written is
// lost: nothing may fail because of it. Never a secret, never what came on the standard input.
#pragma once

#include <string>
#include <string_view>

namespace bn::pmnextcloud {

// The panel's levels, of which the module writes three: 3 error, 4 warning, 5 info.
inline constexpr int kInfo = 5;

// The level of `program` in the text of etc/debug.conf (lines "program level"); kInfo without one.
int log_level(std::string_view debug_conf, std::string_view program);

class Log {
  public:
    // "" as path: nothing is written.
    Log(std::string path, std::string program, int level);

    void info(std::string_view text) const { write(kInfo, "INFO", text); }

    void warning(std::string_view text) const { write(4, "WARNING", text); }

    void error(std::string_view text) const { write(3, "ERROR", text); }

  private:
    void write(int level, std::string_view name, std::string_view text) const;

    std::string path_;
    std::string program_;
    int level_;
};

}  // namespace bn::pmnextcloud
