#include <algorithm>
#include <optional>

#include "tests/scenario/simulation/world.hpp"

namespace bn::sim {

using namespace std::chrono_literals;

Task<void> Simulation::take_time(Process& process) {
    if (process.dead) {
        co_await never(process);
    }
    if (history_.hazards.people_during_calls && faults_) {
        ++calls_under_way_;
        co_await process.clock.sleep_until(process.clock.steady() + dice_.up_to(3s), nullptr);
        --calls_under_way_;
    }
}

void Simulation::start() {
    ++ending_.lives;
    calls_under_way_ = 0;
    panel_read_at_ = Time{};
    row_read_at_.clear();
    progressed();  // a host lets some time pass between two lives, and no history does
    process_ = std::make_unique<Process>(*this);
}

void Simulation::stop() {
    process_->parts.stop();
    for (int i = 0; i < 400 && !process_->ended && !process_->dead && ending_.broken.empty(); ++i) {
        it_is(now_ + 100ms);
        late_effects();
        let_run();
    }
    if (!process_->ended && !process_->dead && ending_.broken.empty()) {
        broken("a stop does not end");
    }
    end_process();
}

// At once, whatever it does.
void Simulation::end_process() {
    ids_ = process_->clock.ids();
    process_.reset();
}

void Simulation::it_is(Time now) {
    now_ = now;
    process_->clock.chance = dice_.share();
    process_->clock.jump(wall());
}

// What can run now. A service that is busy for ever without any time passing would be as busy in
// real time, and so would be whom it calls.
void Simulation::let_run() {
    constexpr int kMost = 500'000;
    process_->io.restart();
    for (int i = 0; i < kMost; ++i) {
        if (process_->io.poll_one() == 0) {
            return;
        }
    }
    broken("the service does not come to rest");
}

void Simulation::settle() {
    for (;;) {
        let_run();
        if (!ending_.broken.empty()) {
            return;
        }
        if (process_->dead) {
            end_process();
            start();
        } else if (process_->failed) {
            say("the service ends by itself");
            stop();
            now_ += 10s;
            start();
        } else {
            return;
        }
    }
}

void Simulation::late_effects() {
    for (std::size_t i = 0; i < late_.size();) {
        if (late_[i].due <= now_) {
            const Late late = late_[i];
            late_.erase(late_.begin() + static_cast<std::ptrdiff_t>(i));
            if (late.cloud == answering().identity) {
                say("late:");
                touched_[login_key(late.action.login)] = now_;  // since whatever was judged
                static_cast<void>(effect(late.action, late.password));
                const SimAccount* account = answering().find(late.action.login);
                if (late.action.kind == ActionKind::kSetPassword && account != nullptr &&
                    account->born != late.to) {
                    // Of the account before it, which people deleted: nobody can tell.
                    passwords_lost_.insert({late.action.item, account->born});
                }
            }
        } else {
            ++i;
        }
    }
}

// Whoever is due within one `grain` is woken at its end: a long calm costs little.
void Simulation::go_on(Duration time, Duration grain) {
    const Time end = now_ + time;
    settle();
    for (;;) {
        std::optional<Time> next = process_->clock.next_due();
        if (next && *next != Time::max()) {
            *next -= clock_set_by_;
        }
        for (const Late& late : late_) {
            next = std::min(next.value_or(late.due), late.due);
        }
        if (!next || *next > end || !ending_.broken.empty()) {
            break;
        }
        const Time coarse = now_ + (calls_under_way_ > 0 ? Duration(1) : grain);
        it_is(std::max(now_, std::min(std::max(*next, coarse), end)));
        late_effects();
        settle();
        if (now_ >= end) {
            break;
        }
    }
    it_is(std::max(now_, end));  // what ends by itself is started again later than that
}

namespace {

// A pass takes seconds: short pauses are looked at closely, a year costs three hundred passes.
Duration grain_of(Duration pause) {
    return std::clamp<Duration>(pause / 24, 5min, 24h);
}

}  // namespace

CommitFate Simulation::fate_of_commit() {
    if (process_ == nullptr || process_->dead) {
        return CommitFate::kDiesBefore;
    }
    if (one_in(history_.rates.disk_full * 4, "full disks")) {
        say("the disk is full");
        return CommitFate::kDiskFull;
    }
    if (one_in(history_.rates.dies_in_commit, "deaths in commits")) {
        const bool after = dice_.one_in(2);
        die(*process_, after ? "a commit, after it" : "a commit, before it");
        return after ? CommitFate::kDiesAfter : CommitFate::kDiesBefore;
    }
    return CommitFate::kDone;
}

Ending Simulation::run() {
    start();
    go_on(1min, 1s);
    for (const Step& step : history_.steps) {
        if (!ending_.broken.empty()) {
            break;
        }
        do_deed(step);
        go_on(std::min<Duration>(step.then, 20s), 1s);
        if (step.then > 20s) {
            go_on(step.then - 20s, grain_of(step.then));
        }
    }
    if (ending_.broken.empty()) {
        say("-- the faults end");
        faults_ = false;
        cloud_away_ = panel_away_ = api_away_ = half_readings_ = maintenance_ = throttled_ = false;
        instead_.reset();
        panel_.complete = true;
        do_deed({Deed::kClockRight, 0, {}});
        do_deed({Deed::kPauseEnds, 0, {}});
        while (!lost_rows_.empty()) {
            do_deed({Deed::kRowBack, 0, {}});
        }
        go_on(1h, 1min);
        do_deed({Deed::kSaysRight, 0, {}});
        go_on(history_.calm, history_.calm > 24h * 30 ? Duration(6h) : Duration(4h));
        go_on(1h, 1min);
        // What waits for an approval gets it; more may wait when retentions have ended.
        for (int rounds = 0; rounds < 5 && history_.hazards.tight_limits; ++rounds) {
            do_deed({Deed::kSaysRight, 0, {}});
            go_on(25h, 1h);
        }
        check_end();
    }
    if (ending_.broken.empty()) {
        stop();
    } else {
        end_process();
    }
    return std::move(ending_);
}

Ending run(const History& history, bool tell) {
    Simulation simulation(history, tell);
    return simulation.run();
}

History shrink(History history) {
    const auto breaks = [](const History& h) { return !run(h).broken.empty(); };
    for (std::size_t piece = history.steps.size() / 2; piece > 0;) {
        bool shorter = false;
        for (std::size_t at = 0; at + piece <= history.steps.size();) {
            History less = history;
            less.steps.erase(
                less.steps.begin() + static_cast<std::ptrdiff_t>(at),
                less.steps.begin() + static_cast<std::ptrdiff_t>(at + piece)
            );
            if (breaks(less)) {
                history = std::move(less);
                shorter = true;
            } else {
                at += piece;
            }
        }
        piece = shorter ? std::min(piece, history.steps.size()) : piece / 2;
    }
    return history;
}

}  // namespace bn::sim
