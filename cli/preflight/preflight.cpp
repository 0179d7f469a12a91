// `preflight`: what this panel is like, where panels are known to differ; which settings follow;
// and what only a first real order can show. Changes nothing.
#include "cli/command.hpp"
#include "cli/preflight/facts.hpp"
#include "cli/preflight/probe.hpp"
#include "controller/pass/panel_settings.hpp"
#include "controller/sys/host.hpp"

namespace bn::cli {

namespace {

constexpr Duration kPatience = std::chrono::seconds(60);

void read_facts(const CommandContext& context, PreflightInput& input) {
    Result<bm_reader::PanelSettings> settings = panel_settings(context.config);
    if (!settings) {
        input.facts_error = std::move(settings.error());
        return;
    }
    input.crypt_key_file = settings->crypt_key_file;
    Result<bm_reader::PanelFacts> facts = bm_reader::read_panel_facts(*settings, system_now());
    if (facts) {
        input.facts = *std::move(facts);
    } else {
        input.facts_error = std::move(facts.error());
    }
}

}  // namespace

int run_preflight(const CommandContext& context) {
    PreflightInput input;
    input.panel = context.config.panel;
    input.control = context.config.control;
    read_facts(context, input);
    input.host =
        probe_host(input.panel, input.control, input.crypt_key_file, program_runner(kPatience));
    const PreflightReport report = judge_preflight(input);
    print(
        context.args.json ? preflight_to_json(report) : render_preflight(report, context.screen())
    );
    return report.passed() ? kExitOk : kExitError;
}

}  // namespace bn::cli
