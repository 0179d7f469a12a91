#include "controller/service/service_parts.hpp"

#include <utility>

#include <boost/asio/awaitable.hpp>

namespace bn::controller {

namespace {

constexpr Duration kTellPeriod = std::chrono::milliseconds(500);
constexpr Duration kMeasurePeriod = std::chrono::seconds(30);
constexpr Duration kWhenNotPolled = std::chrono::seconds(5);

}  // namespace

ServiceParts::ServiceParts(ServiceContext& context, PassLoop::Hooks hooks)
    : context_(context),
      maintenance_(
          context,
          [this] {
              loop_.trigger_full();
              loop_.poke();
          }
      ),
      watch_(context, [this](ItemId item) { loop_.trigger(item); }),
      reporter_(context),
      loop_(
          context,
          watch_,
          reporter_,
          {[this, status = std::move(hooks.status)](std::string text) {
               measuring_.wake();
               status(std::move(text));
           },
           std::move(hooks.failed),
           [this] { return maintenance_.look_before(); }}
      ),
      statistics_(context),
      payments_(context),
      desk_{context, maintenance_, loop_, watch_, reporter_, statistics_, payments_},
      polling_(
          context.clock,
          [this] {
              const Duration period = context_.config.service.operations_poll;
              return Period(period > Duration{0} ? period : kWhenNotPolled);
          },
          [this] { return look_at_operations(); }
      ),
      telling_(
          context.clock, [] { return Period(kTellPeriod); }, [this] { return tell(); }
      ),
      measuring_(
          context.clock, [] { return Period(kMeasurePeriod); }, [this] { return measure(); }
      ),
      looking_(
          context.clock,
          [this] { return Period(maintenance_.period()); },
          [this] { return maintenance_.look(); }
      ) {}

WorldOptions ServiceParts::world_options() const {
    WorldOptions options;
    options.read_only = context_.store_trouble().has_value();
    options.metrics = &context_.metrics;
    options.secrets = &context_.secrets;
    options.now = [&clock = context_.clock] { return clock.now(); };
    options.panel_is_shut = [&context = context_] { return in_maintenance(context.ledger()); };
    return options;
}

void ServiceParts::use(Sides sides) {
    const std::shared_ptr<World> former = context_.world;
    context_.world = std::make_shared<World>(context_.config, std::move(sides), world_options());
    if (former) {
        context_.world->take_tried(*former);
    }
    loop_.use_world();
}

Task<void> ServiceParts::replace(Sides sides) {
    co_await reporter_.hold();
    context_.world->shutdown();
    use(std::move(sides));
    loop_.trigger_full();
    reporter_.resume();
}

Task<void> ServiceParts::run() {
    base::TaskGroup jobs(context_.executor);
    jobs.spawn(polling_.run());
    jobs.spawn(telling_.run());
    jobs.spawn(measuring_.run());
    jobs.spawn(looking_.run());
    co_await loop_.run();
    co_await reporter_.hold();
    co_await statistics_.finished();
    co_await jobs.join();
}

void ServiceParts::stop() {
    context_.stopping = true;
    for (Periodic* job : {&polling_, &telling_, &measuring_, &looking_}) {
        job->stop();
    }
    loop_.stop();
    context_.tell_news();
}

Task<bool> ServiceParts::look_at_operations() {
    if (context_.config.service.operations_poll <= Duration{0} || loop_.held() ||
        !loop_.state().ever_passed || context_.store_trouble()) {
        co_return true;
    }
    const bool read = co_await watch_.look();
    if (co_await watch_.way_in_changed()) {
        loop_.trigger_full();
        loop_.poke();
    }
    co_return read;
}

// What could not be told at once is told when its time has come.
Task<bool> ServiceParts::tell() {
    if (!context_.hands_off()) {
        reporter_.wake();
    }
    co_return true;
}

Task<bool> ServiceParts::measure() {
    if (context_.world->panel_is_ours() && !context_.hands_off()) {
        co_await statistics_.look();
    }
    co_return true;
}

}  // namespace bn::controller
