// How many calls a server gets at once, and how many budgeted PUTs. ParallelLimit and PutWindow are
// pure arithmetic: time comes in as an argument. Not thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "ocs/http_transport.hpp"
#include "reconciler/model/time.hpp"
#include "reconciler/plan/plan.hpp"

namespace bn::ocs {

// Finds the number of parallel calls that serves best. It climbs while the rate of finished work
// grows; when a step up brought less than 5 % it goes back and holds that level for a while;
// errors of an overloaded server halve it. A call weighs as much as the quickest one of its kind
// took, so that slow creates and quick reads can share one measure.
class ParallelLimit {
  public:
    using Micros = std::chrono::microseconds;

    explicit ParallelLimit(std::uint32_t most, std::uint32_t first = 2);

    [[nodiscard]] std::uint32_t level() const { return level_; }

    // One call of `kind` ended at `now` (any monotonic clock) after `took`. `waiting`: other calls
    // wait for a slot, so the level is what bounds the rate.
    void on_done(std::uint8_t kind, Micros took, Micros now, bool waiting);

    // The server is overloaded: 429, 503, time-out; of writes also what fails inside it.
    void on_overload(Micros now);

  private:
    void start_window(Micros now);
    void judge(double rate);

    std::uint32_t most_;
    std::uint32_t level_;
    std::uint32_t previous_level_ = 0;  // before the step under trial; 0: no trial
    double previous_rate_ = 0;
    std::uint32_t hold_windows_ = 0;  // before the next trial
    // Of the current window:
    std::optional<Micros> window_start_;
    std::uint32_t window_calls_ = 0;
    double window_work_ = 0;
    std::array<double, 32> quickest_{};  // microseconds by kind; 0: none seen
};

// The PUTs that Nextcloud 27+ allows in a sliding window per login. Each call is taken before it is
// made and given back when it certainly did not reach the server.
class PutWindow {
  public:
    PutWindow() = default;  // no limit

    explicit PutWindow(const PutBudget& budget) : budget_(budget) {}

    // Nothing: a call may go. Otherwise not before this much time has passed. Takes nothing.
    [[nodiscard]] std::optional<Duration> wait(Time now) const;

    // As `wait`, and takes the call that may go.
    [[nodiscard]] std::optional<Duration> take(Time now);

    // The call that was taken has ended. `spent`: the server counted it.
    void done(Time now, bool spent);

    // The server said 429 although we thought there was room (another user of the login, or we were
    // restarted): closes the window and returns for how long. Repeated refusals wait longer.
    Duration refused(Time now);

  private:
    void forget(Time now);

    PutBudget budget_{0, Duration(0), false};
    std::deque<Time> spent_;
    std::uint32_t in_flight_ = 0;
    std::uint32_t refusals_ = 0;
    std::optional<Time> closed_until_;
};

// Lets as many calls through at once as the server bears (ParallelLimit); the others wait in line,
// urgent ones first. Writes have a level of their own below that, which begins at one: a server
// that serves many reads at once may answer a third of four parallel writes with 500.
class LimitedTransport : public HttpTransport {
  public:
    LimitedTransport(std::unique_ptr<HttpTransport> inner, std::uint32_t most);

    Task<HttpResult> send(HttpRequest request) override;

  private:
    class Line;
    std::unique_ptr<HttpTransport> inner_;
    std::shared_ptr<Line> calls_;
    std::shared_ptr<Line> writes_;
    std::shared_ptr<Line> single_;
};

}  // namespace bn::ocs
