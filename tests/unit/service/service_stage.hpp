// A whole service on one thread: both sides, the store and the clock are in memory. `restart` is a
// new process with the same store.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "controller/service/service_parts.hpp"
#include "reconciler/events/events.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/memory_event_store.hpp"
#include "tests/support/memory_sides.hpp"

namespace bn::controller {

inline const ServerId kServer(1);

class ServiceStage : public ::testing::Test {
  protected:
    // One process.
    struct Process {
        Process(ServiceStage& stage, Ledger ledger)
            : metrics("test"),
              journal(stage.store, std::move(ledger), [&stage] { return stage.clock.now(); }),
              context{
                  stage.config,
                  stage.io.get_executor(),
                  stage.clock,
                  journal,
                  metrics,
                  secrets,
                  Log(),
                  "test"},
              parts(
                  context,
                  {[](const std::string&) {},
                   [this](const std::string& reason, int) { failed = reason; }}
              ) {}

        Metrics metrics;
        Journal journal;
        SecretRegistry secrets;
        ServiceContext context;
        ServiceParts parts;
        std::string failed;
        bool ended = false;
    };

    ServiceStage() : clock(io), sides([this] { return clock.now(); }) {
        config.defaults.policy = Policy::kSync;
        config.service.jitter = Duration{0};
        config.service.interval = std::chrono::minutes(5);
    }

    ~ServiceStage() override { stop(); }

    // Begins a process and lets it do what it does at once.
    void start() {
        process = std::make_unique<Process>(*this, testing::fold(store));
        process->parts.use(sides.open(way_back));
        boost::asio::co_spawn(
            io,
            process->parts.run(),
            [p = process.get()](const std::exception_ptr& e) {
                EXPECT_FALSE(e);
                p->ended = true;
            }
        );
        clock.advance(std::chrono::milliseconds(20));
    }

    void stop() {
        if (process) {
            process->parts.stop();
            clock.advance(std::chrono::seconds(2));
            EXPECT_TRUE(process->ended);
            process.reset();
        }
    }

    void restart() {
        stop();
        start();
    }

    // The answer to one line of the control socket; empty: it is still awaited.
    std::string ask(std::string line, Duration time = std::chrono::seconds(1)) {
        auto answer = std::make_shared<std::string>();
        const auto task = [this, answer](std::string text) -> Task<void> {
            *answer = co_await process->parts.answer(std::move(text));
        };
        questions.push_back(task);
        boost::asio::co_spawn(io, questions.back()(std::move(line)), boost::asio::detached);
        clock.advance(time);
        return *answer;
    }

    template <class E>
    [[nodiscard]] std::vector<E> events() {
        std::vector<E> found;
        const auto read = store.read(EventFilter(), [&](const Envelope& envelope) {
            if (const E* event = std::get_if<E>(&envelope.event)) {
                found.push_back(*event);
            }
            return true;
        });
        EXPECT_TRUE(read.has_value());
        return found;
    }

    [[nodiscard]] const Ledger& ledger() const { return process->journal.ledger(); }

    boost::asio::io_context io;
    testing::ManualClock clock;
    testing::MemorySides sides;
    testing::MemoryEventStore store;
    Config config;
    bool way_back = true;
    std::vector<std::function<Task<void>(std::string)>> questions;
    std::unique_ptr<Process> process;
};

}  // namespace bn::controller
