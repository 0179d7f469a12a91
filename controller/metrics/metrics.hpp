// The values of what Prometheus may see (families.hpp says what that is). Thread-safe.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "controller/metrics/families.hpp"
#include "reconciler/model/ids.hpp"
#include "reconciler/model/time.hpp"
#include "reconciler/ports/cloud.hpp"

namespace bn::controller {

// Values of a metric's labels, in the order of its row.
using LabelValues = std::initializer_list<std::string_view>;

// The value of the label of a server.
class ServerLabel {
  public:
    explicit ServerLabel(ServerId server) : text_(std::to_string(server.value)) {}

    operator std::string_view() const { return text_; }  // NOLINT: it is one

  private:
    std::string text_;
};

class Metrics final : public CloudObserver {
  public:
    explicit Metrics(std::string_view version);
    ~Metrics() override;

    // Makes all series of a server, at 0. Does nothing for a known one.
    void add_server(ServerId server);
    [[nodiscard]] std::set<ServerId> servers() const;
    // Drops the series of a server that the panel no longer has.
    void remove_server(ServerId server);

    // Of gauges.
    void set(Metric metric, LabelValues labels, double value);
    void set(Metric metric, LabelValues labels, std::uint64_t count);

    void set(Metric metric, LabelValues labels, bool so) { set(metric, labels, so ? 1.0 : 0.0); }

    void set(Metric metric, LabelValues labels, Duration time);
    void set(Metric metric, LabelValues labels, std::optional<Time> at);  // nothing: 0
    // Of gauges that are 1, and whose labels say something: this is so of the server now, and what
    // was so before is not.
    void set_info(Metric metric, ServerId server, LabelValues labels);
    // Of counters.
    void count(Metric metric, LabelValues labels);
    // Of histograms.
    void observe(Metric metric, LabelValues labels, Duration took);

    void on_call(
        ServerId server, std::string_view endpoint, std::string_view outcome, Duration took
    ) override;

    // The text for GET /metrics, with what Linux says of the process.
    [[nodiscard]] std::string expose() const;

  private:
    struct Series;
    std::unique_ptr<Series> series_;
};

}  // namespace bn::controller
