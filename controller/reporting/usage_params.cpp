#include "controller/reporting/usage_params.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "bm_writer/calls.hpp"
#include "controller/reporting/delivery.hpp"
#include "reconciler/decide/panel.hpp"

namespace bn::controller {

namespace {

constexpr std::uint32_t kRefusals = 3;  // in a row: the panel takes none of them

// The params that the panel shows otherwise.
std::vector<ServiceParam> not_shown(const SavedParams& there, const MeasuredUsage& seen) {
    std::vector<ServiceParam> params = usage_params(seen.usage, bm_writer::panel_date(seen.at));
    std::erase_if(params, [&there](const ServiceParam& param) {
        const auto shown = there.plain.find(param.name);
        return shown != there.plain.end() && shown->second.reveal() == param.value;
    });
    return params;
}

}  // namespace

void UsageParams::measured(ServerId server, const UsageReport& report) {
    if (context_.config.statistics.params_per_minute == 0) {
        measured_.clear();
        return;
    }
    refused_ = 0;
    for (const auto& [how, items] : report.measured) {
        for (const ItemUsage& usage : items) {
            measured_.insert_or_assign(usage.item, MeasuredUsage{usage, server, context_.now()});
        }
    }
}

bool UsageParams::may_tell() const {
    return context_.config.statistics.params_per_minute > 0 && !context_.stopping &&
           context_.world->may_tell() && !context_.hands_off() &&
           !context_.ledger().panel().away_since && results_due(context_.moment()).empty();
}

void UsageParams::earn(std::uint32_t per_minute) {
    const Steady now = context_.steady();
    const Duration passed = earned_at_ ? now - *earned_at_ : Duration(std::chrono::minutes(1));
    const double earned = static_cast<double>(per_minute) * static_cast<double>(passed.count()) /
                          static_cast<double>(Duration(std::chrono::minutes(1)).count());
    const auto most = static_cast<double>(std::max<std::size_t>(per_minute, kUsageParams));
    calls_left_ = std::min(most, calls_left_ + earned);
    earned_at_ = now;
}

// The panel's own rows are the proof: what they do not show was not told.
Task<Result<void>> UsageParams::save(std::shared_ptr<World> held, MeasuredUsage seen) {
    Result<SavedParams> there = co_await held->saved_params(seen.usage.item);
    if (!there) {
        co_return tl::unexpected(std::move(there.error()));
    }
    std::string said;
    const std::vector<ServiceParam> wanted = not_shown(*there, seen);
    const auto form = context_.config.panel.save_param == "pair"
                          ? bm_writer::SaveParamForm::kPair
                          : bm_writer::SaveParamForm::kNameValue;
    for (const ServiceParam& param : wanted) {
        calls_left_ -= 1;
        PanelCall call = bm_writer::save_param(
            seen.usage.item, param.name, Secret(param.value), bm_writer::Storage::kPlain, form
        );
        const Result<PanelAnswer> answer =
            co_await call_for_item(context_, seen.usage.item, seen.server, std::move(call), true);
        if (!answer) {
            co_return tl::unexpected(answer.error());
        }
        said = answer->short_text();
    }
    if (!wanted.empty()) {
        there = co_await held->saved_params(seen.usage.item);
    }
    if (!there) {
        co_return tl::unexpected(std::move(there.error()));
    }
    if (!not_shown(*there, seen).empty()) {
        co_return tl::unexpected(Error(
            NextMove::kWait,
            "panel.not_saved",
            "the params of used space were not saved; the panel answered: " + said,
            "look at the function service.saveparam in the panel's log, or set "
            "statistics.params_per_minute = 0"
        ));
    }
    std::vector<Event> told;
    told.push_back(decide_usage_told(seen));
    Result<void> recorded = co_await context_.record(std::move(told));
    co_return recorded;
}

// False: no more now. What the panel refuses is offered again after the next measurement.
Task<bool> UsageParams::tell_item(ItemId id) {
    const std::shared_ptr<World> held = context_.world;
    const Result<void> saved = co_await save(held, measured_.at(id));
    if (saved) {
        refused_ = 0;
        co_return true;
    }
    const Error& why = saved.error();
    if (context_.hands_off()) {
        co_return false;  // that says nothing of it
    }
    if (why.concern != Concern::kPanel) {
        measured_.erase(id);  // it keeps nobody else waiting until the next measurement
        if (++refused_ >= kRefusals) {
            measured_.clear();
        }
    }
    if (!context_.stopping) {
        context_.log.warning("item {}: {}", id.value, why.text());
    }
    co_return false;
}

Task<void> UsageParams::tell() {
    if (measured_.empty() || !may_tell()) {
        co_return;
    }
    earn(context_.config.statistics.params_per_minute);
    const auto items = static_cast<std::size_t>(std::max(calls_left_, 0.0)) / kUsageParams;
    for (const ItemId id : usage_due(context_.ledger(), measured_, context_.now(), items)) {
        if (!may_tell() || !measured_.contains(id)) {
            break;
        }
        const bool more = co_await tell_item(id);
        if (!more) {
            break;
        }
    }
}

}  // namespace bn::controller
