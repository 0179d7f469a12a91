#include "controller/metrics/metrics.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "controller/metrics/process.hpp"
#include "reconciler/model/require.hpp"

namespace bn::controller {
namespace {

namespace prom = prometheus;

double seconds(Duration d) {
    return std::chrono::duration<double>(d).count();
}

std::vector<prom::MetricFamily> of_the_process() {
    std::vector<prom::MetricFamily> families;
    const std::vector<double> values = process_values();
    for (std::size_t i = 0; i < values.size(); ++i) {
        const ProcessRow& row = process_rows()[i];
        prom::ClientMetric metric;
        (row.counter ? metric.counter.value : metric.gauge.value) = values[i];
        families.push_back(
            {std::string(row.name),
             std::string(row.help),
             row.counter ? prom::MetricType::Counter : prom::MetricType::Gauge,
             {std::move(metric)}}
        );
    }
    return families;
}

}  // namespace

// The library's families are thread-safe.
struct Metrics::Series {
    using Values = std::vector<std::string>;
    // The library's own way to a series is long, and every scrape sets many.
    template <class Kind>
    using Known = std::map<std::pair<Metric, Values>, Kind*>;

    prom::Registry registry;
    std::mutex mutex;  // of what follows
    std::tuple<Known<prom::Gauge>, Known<prom::Counter>, Known<prom::Histogram>> series;
    std::multimap<std::string, std::function<void()>> drops;  // of the series of a server
    std::set<ServerId> added;                                 // servers with all their series
    std::map<std::pair<Metric, std::string>, Values> infos;   // what is 1 of a server now
    std::map<std::pair<Metric, Values>, std::function<void()>> drop_info;

    // The series of these labels, which is made at 0 when it is not there.
    template <class Kind, class... Buckets>
    Kind& at(
        prom::detail::Builder<Kind> builder,
        const MetricRow& row,
        const Values& values,
        const Buckets&... buckets
    ) {
        const std::lock_guard lock(mutex);
        auto& known = std::get<Known<Kind>>(series);
        const std::pair key(row.metric, values);
        if (const auto found = known.find(key); found != known.end()) {
            return *found->second;
        }
        BN_REQUIRE(values.size() == row.own_labels().size(), "each label of a metric has a value");
        std::map<std::string, std::string> labels;
        for (std::size_t i = 0; i < values.size(); ++i) {
            labels.emplace(row.labels[i].name, values[i]);
        }
        prom::Family<Kind>& family = builder.Name("bill_nextcloud_" + std::string(row.name))
                                         .Help(std::string(row.help))
                                         .Register(registry);
        Kind& made = family.Add(labels, buckets...);
        known.emplace(key, &made);
        if (row.of_server()) {
            const auto drop = [&family, &known, key] {
                if (const auto found = known.find(key); found != known.end()) {
                    family.Remove(found->second);
                    known.erase(found);
                }
            };
            drops.emplace(values.front(), drop);
            drop_info[key] = drop;
        }
        return made;
    }

    prom::Gauge& gauge(const MetricRow& row, const Values& values) {
        return at(prom::BuildGauge(), row, values);
    }

    prom::Counter& counter(const MetricRow& row, const Values& values) {
        return at(prom::BuildCounter(), row, values);
    }

    prom::Histogram& histogram(const MetricRow& row, const Values& values) {
        const prom::Histogram::BucketBoundaries buckets(row.buckets.begin(), row.buckets.end());
        return at(prom::BuildHistogram(), row, values, buckets);
    }

    // With every value of the labels that are left.
    void make(const MetricRow& row, const Values& values) {
        const auto labels = row.own_labels();
        if (values.size() < labels.size()) {
            for (const std::string_view value : labels[values.size()].values) {
                Values more = values;
                more.emplace_back(value);
                make(row, more);
            }
            return;
        }
        switch (row.type) {
            case MetricType::kGauge:
                gauge(row, values);
                break;
            case MetricType::kCounter:
                counter(row, values);
                break;
            case MetricType::kHistogram:
                histogram(row, values);
                break;
        }
    }
};

Metrics::Metrics(std::string_view version) : series_(std::make_unique<Series>()) {
    for (const MetricRow& row : metric_rows()) {
        if (!row.of_server()) {
            series_->make(row, {});
        }
    }
    set(Metric::kBuild, {version}, 1.0);
}

Metrics::~Metrics() = default;

void Metrics::add_server(ServerId server) {
    {
        const std::lock_guard lock(series_->mutex);
        if (!series_->added.insert(server).second) {
            return;  // each pass asks
        }
    }
    for (const MetricRow& row : metric_rows()) {
        if (row.of_server()) {
            series_->make(row, {std::to_string(server.value)});
        }
    }
}

std::set<ServerId> Metrics::servers() const {
    const std::lock_guard lock(series_->mutex);
    return series_->added;
}

void Metrics::remove_server(ServerId server) {
    const std::lock_guard lock(series_->mutex);
    const std::string id = std::to_string(server.value);
    const auto [first, last] = series_->drops.equal_range(id);
    std::for_each(first, last, [](const auto& drop) { drop.second(); });
    series_->drops.erase(first, last);
    const auto of_it = [&id](const auto& one) { return one.first.second == id; };
    std::erase_if(series_->infos, of_it);
    std::erase_if(series_->drop_info, [&id](const auto& one) {
        return one.first.second.front() == id;
    });
    series_->added.erase(server);
}

void Metrics::set(Metric metric, LabelValues labels, double value) {
    series_->gauge(row_of(metric), {labels.begin(), labels.end()}).Set(value);
}

void Metrics::set(Metric metric, LabelValues labels, std::uint64_t count) {
    set(metric, labels, static_cast<double>(count));
}

void Metrics::set(Metric metric, LabelValues labels, Duration time) {
    set(metric, labels, seconds(time));
}

void Metrics::set(Metric metric, LabelValues labels, std::optional<Time> at) {
    set(metric, labels, at ? seconds(at->time_since_epoch()) : 0.0);
}

void Metrics::set_info(Metric metric, ServerId server, LabelValues labels) {
    Series::Values values{std::to_string(server.value)};
    values.insert(values.end(), labels.begin(), labels.end());
    {
        const std::lock_guard lock(series_->mutex);
        Series::Values& now = series_->infos[{metric, values.front()}];
        if (now == values) {
            return;
        }
        if (const auto drop = series_->drop_info.find({metric, now});
            drop != series_->drop_info.end()) {
            drop->second();
        }
        now = values;
    }
    series_->gauge(row_of(metric), values).Set(1);
}

void Metrics::count(Metric metric, LabelValues labels) {
    series_->counter(row_of(metric), {labels.begin(), labels.end()}).Increment();
}

void Metrics::observe(Metric metric, LabelValues labels, Duration took) {
    series_->histogram(row_of(metric), {labels.begin(), labels.end()}).Observe(seconds(took));
}

void Metrics::on_call(
    ServerId server, std::string_view endpoint, std::string_view outcome, Duration took
) {
    const ServerLabel own(server);
    observe(Metric::kCallDuration, {own, endpoint}, took);
    count(Metric::kCalls, {own, endpoint, outcome});
}

std::string Metrics::expose() const {
    std::vector<prom::MetricFamily> all = series_->registry.Collect();
    std::ranges::move(of_the_process(), std::back_inserter(all));
    return prom::TextSerializer().Serialize(all);
}

}  // namespace bn::controller
