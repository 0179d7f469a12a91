#include "tests/fakes/panel/runner.hpp"

#include <poll.h>

#include <set>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

namespace bn::testing {

namespace {

Id to_id(const std::string& text) {
    return static_cast<Id>(std::stoul(text));
}

// Changes one operation; it may be gone by now.
void change(const PanelHome& home, const std::string& sql) {
    PanelChange change(home);
    change.panel().exec(sql);
    change.commit();
}

constexpr const char* kDue =
    "SELECT r.id, r.item, r.intname, r.trycount, m.id AS server, m.module, i.account, r.manual "
    "FROM runningoperation r JOIN item i ON i.id = r.item "
    "JOIN processingmodule m ON m.id = i.processingmodule ORDER BY r.id";

}  // namespace

OperationRunner::OperationRunner(PanelHome home) : home_(std::move(home)) {}

void OperationRunner::step() {
    collect();
    start_due();
    wait();
}

void OperationRunner::collect() {
    for (auto it = running_.begin(); it != running_.end();) {
        if (it->second.run->pump()) {
            ended(it->first, it->second);
            it = running_.erase(it);
        } else {
            ++it;
        }
    }
}

void OperationRunner::ended(Id operation, const Running& running) {
    running.run->log(home_);
    const bool failed = running.run->exit_code() != 0;
    due_[operation] = Clock::now() + home_.runner.retry;
    if (failed && !running.run->text().empty()) {
        change(
            home_,
            fmt::format(
                "UPDATE runningoperation SET errorxml = {} WHERE id = {}",
                sql_text(running.run->text()),
                operation
            )
        );
    }
    if (!failed && running.command == "sync_item") {  // it has no completion call
        PanelChange change(home_);
        change.panel().delete_rows("runningoperation", fmt::format("id = {}", operation));
        change.commit();
    } else if (!failed && !home_.runner.again_after_success) {
        due_[operation] = Clock::time_point::max();
    }
}

void OperationRunner::start_due() {
    std::vector<SqlRow> operations;
    try {
        if (!reading_) {
            reading_.emplace(home_.open());
        }
        operations = reading_->rows(kDue);
    } catch (const std::exception&) {
        reading_.reset();  // a connection that broke is not used again
        throw;
    }
    std::set<std::string> busy;  // items
    for (const auto& [id, running] : running_) {
        busy.insert(running.item);
    }
    for (const SqlRow& operation : operations) {
        const Id id = to_id(operation.at("id"));
        const bool oldest = busy.insert(operation.at("item")).second;
        const auto manual = operation.find("manual");
        const auto due = due_.find(id);
        if (oldest && running_.size() < home_.runner.concurrency &&
            (manual == operation.end() || manual->second != "on") &&
            (due == due_.end() || due->second <= Clock::now())) {
            start(operation);
        }
    }
}

void OperationRunner::start(const SqlRow& operation) {
    const Id id = to_id(operation.at("id"));
    const int tries = std::stoi(operation.at("trycount"));
    const int limit = home_.runner.try_limit;
    if (limit > 0 && tries >= limit) {
        change(home_, fmt::format("UPDATE runningoperation SET manual = 'on' WHERE id = {}", id));
        return;
    }
    due_[id] = Clock::now() + home_.runner.retry;  // should the start itself fail
    change(
        home_, fmt::format("UPDATE runningoperation SET trycount = trycount + 1 WHERE id = {}", id)
    );
    std::vector<Option> options = {
        {"--command", operation.at("intname")},
        {"--item", operation.at("item")},
        {"--runningoperation", operation.at("id")},
        {"--level", "30"},
        {"--lang", tries % 2 == 0 ? "en" : "ru"},
        {"--module", operation.at("server")}};
    if (operation.at("intname") == "setparam") {
        options.emplace_back("--userid", "1");
    }
    Running running;
    running.command = operation.at("intname");
    running.item = operation.at("item");
    const auto seed = id * 100U + static_cast<std::uint32_t>(tries);
    running.run = std::make_unique<ModuleRun>(
        home_, operation.at("module"), in_some_order(std::move(options), seed)
    );
    running_[id] = std::move(running);
}

void OperationRunner::wait() const {
    std::vector<pollfd> descriptors;
    for (const auto& [id, running] : running_) {
        if (running.run->output() >= 0) {
            descriptors.push_back({running.run->output(), POLLIN, 0});
        }
    }
    ::poll(descriptors.data(), descriptors.size(), static_cast<int>(home_.runner.poll.count()));
}

}  // namespace bn::testing
