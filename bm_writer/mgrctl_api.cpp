#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "base/child_process.hpp"
#include "base/text.hpp"
#include "bm_writer/answer.hpp"
#include "bm_writer/calls.hpp"
#include "bm_writer/panel_api.hpp"

namespace bn::bm_writer {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeptStderr = 2048;
constexpr std::size_t kShownStderr = 300;

std::vector<std::string> base_environment() {
    std::vector<std::string> environment = {"SSH_CONNECTION=bill-nextcloud"};
    const auto keep = [&](const char* name, const char* otherwise) {
        const char* value = std::getenv(name);
        value = value == nullptr ? otherwise : value;
        if (value != nullptr) {
            environment.push_back(fmt::format("{}={}", name, value));
        }
    };
    keep("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    keep("HOME", "/root");
    keep("LANG", "C.UTF-8");
    keep("TZ", nullptr);
    return environment;
}

class MgrctlApi : public PanelApi {
  public:
    explicit MgrctlApi(MgrctlSettings settings)
        : settings_(std::move(settings)), environment_(base_environment()) {}

    Result<PanelAnswer> call(const PanelCall& call) override {
        if (auto bad = argument_fault(call)) {
            return tl::unexpected(std::move(*bad));
        }
        base::ChildCommand command = command_of(call);
        base::ChildResult result = base::run_child(command);
        for (std::string& entry : command.environment) {
            ::explicit_bzero(entry.data(), entry.size());
        }
        return judge(call, result);
    }

  private:
    [[nodiscard]] base::ChildCommand command_of(const PanelCall& call) const {
        base::ChildCommand command;
        command.argv = {settings_.program, "-m", "billmgr", "-o", "xml", call.function};
        command.environment = environment_;
        for (const auto& [name, value] : call.arguments) {
            command.argv.push_back(fmt::format("{}={}", name, value));
        }
        command.argv.emplace_back("lang=en");
        int number = 0;
        for (const auto& [name, secret] : call.secrets) {
            const std::string variable = fmt::format("BN_SECRET_{}", ++number);
            command.argv.emplace_back("-e");
            command.argv.push_back(fmt::format("{}=${}", name, variable));
            std::string entry;
            entry.reserve(variable.size() + 1 + secret.reveal().size());
            entry.append(variable).append("=").append(secret.reveal());
            command.environment.push_back(std::move(entry));
        }
        const fs::path folder = fs::path(settings_.program).parent_path().parent_path();
        std::error_code ignored;
        if (fs::is_directory(folder, ignored)) {
            command.working_dir = folder.string();
        }
        command.timeout = settings_.timeout;
        command.max_stdout = settings_.max_answer_bytes;
        command.max_stderr = kKeptStderr;
        return command;
    }

    [[nodiscard]] Result<PanelAnswer> judge(const PanelCall& call, const base::ChildResult& result)
        const {
        if (result.end == base::ChildEnd::kNotStarted) {
            return tl::unexpected(not_started(call, result.start_errno));
        }
        if (result.end == base::ChildEnd::kTimeout || result.end == base::ChildEnd::kTooMuch) {
            return tl::unexpected(failed(call, result));
        }
        const bool well = result.end == base::ChildEnd::kExited && result.exit_code == 0;
        auto answer = parse_answer(result.out);
        if (!answer) {
            if (!well) {
                return tl::unexpected(failed(call, result));
            }
            Error error = answer.error();
            error.what = without_secrets(
                fmt::format("{} {}: {}", settings_.program, call.function, error.what), call.secrets
            );
            return tl::unexpected(std::move(error));
        }
        if (answer->ok && !well) {
            // A document without an error, but a bad end: nobody knows what that means.
            return tl::unexpected(failed(call, result));
        }
        return masked(std::move(*answer), call.secrets);
    }

    [[nodiscard]] Error not_started(const PanelCall& call, int error) const {
        const std::string what = fmt::format(
            "{} cannot be run for {}: {}", settings_.program, call.function, std::strerror(error)
        );
        if (error == E2BIG) {
            return {NextMove::kBug, "panel.argument", what + ": an argument is too long"};
        }
        if (error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE) {
            return {
                Concern::kPanel,
                NextMove::kRetryCall,
                "panel.unreachable",
                what,
                "look at this host's memory, processes and open files"};
        }
        const bool forbidden = error == EACCES || error == EPERM;
        return {
            Concern::kPanel,
            NextMove::kHuman,
            "panel.mgrctl",
            what,
            forbidden ? "run bill-nextcloud as root, and check that the file is executable"
                      : "run bill-nextcloud on the panel's host, or correct the path of mgrctl in "
                        "the configuration"};
    }

    [[nodiscard]] std::string how_it_ended(const PanelCall& call, const base::ChildResult& result)
        const {
        switch (result.end) {
            case base::ChildEnd::kTimeout:
                return fmt::format(
                    " did not end within {} s and was killed",
                    static_cast<double>(settings_.timeout.count()) / 1000.0
                );
            case base::ChildEnd::kTooMuch:
                return fmt::format(" answered with more than {} bytes", settings_.max_answer_bytes);
            case base::ChildEnd::kSignalled:
                return fmt::format(
                    " was killed by signal {}; {}", result.signal_number, said(call, result)
                );
            case base::ChildEnd::kLost:
                return ": its exit code was taken by somebody else";
            default:
                return fmt::format(
                    " ended with exit code {}; {}", result.exit_code, said(call, result)
                );
        }
    }

    [[nodiscard]] Error failed(const PanelCall& call, const base::ChildResult& result) const {
        Error error(
            Concern::kPanel,
            NextMove::kRetryCall,
            "panel.unreachable",
            fmt::format("{} {}{}", settings_.program, call.function, how_it_ended(call, result)),
            "check that the panel runs (systemctl status billmgr; var/billmgr.log)"
        );
        error.effect_unknown = true;
        if (result.end == base::ChildEnd::kTooMuch) {
            error.code = "panel.answer";
            error.concern = Concern::kCall;
        } else if (result.end == base::ChildEnd::kExited && ::geteuid() != 0) {
            error.move = NextMove::kHuman;
            error.code = "panel.mgrctl";
            error.remedy = "run bill-nextcloud as root: mgrctl serves nobody else";
        }
        return error;
    }

    [[nodiscard]] static std::string said(const PanelCall& call, const base::ChildResult& result) {
        std::string text =
            without_secrets(result.err.empty() ? result.out : result.err, call.secrets);
        text = base::shortened(base::clean_utf8(base::shortened(text, kKeptStderr)), kShownStderr);
        text = base::one_line(std::move(text));
        const std::size_t last = text.find_last_not_of(' ');
        text.resize(last == std::string::npos ? 0 : last + 1);
        return text.empty() ? "it said nothing" : fmt::format("it said '{}'", text);
    }

    MgrctlSettings settings_;
    std::vector<std::string> environment_;
};

}  // namespace

std::unique_ptr<PanelApi> make_mgrctl_api(MgrctlSettings settings) {
    return std::make_unique<MgrctlApi>(std::move(settings));
}

}  // namespace bn::bm_writer
