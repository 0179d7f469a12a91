// What must never be, and what must be so in the end.
#include "tests/scenario/simulation/world.hpp"

namespace bn::sim {

void Simulation::recorded(const Envelope& envelope) {
    say(fmt::format("  [{} {}]", envelope.stream, kind_of(envelope.event).name));
    if (const auto* intent = std::get_if<ActionIntended>(&envelope.event)) {
        intents_.emplace(intent->action.item, intent->action.kind);
    } else if (const auto* owed = std::get_if<PanelResultOwed>(&envelope.event)) {
        owed_since_[owed->item] = now_;
    } else if (std::get_if<PassCompleted>(&envelope.event) != nullptr) {
        ++ending_.passes;
    }
}

void Simulation::check_effect(
    const Action& action, const Secret& password, const SimAccount* account
) {
    const auto what = [&] { return text_of(action); };
    if (!intents_.contains({action.item, action.kind})) {
        broken("an effect without an intent: " + what());
    }
    if (action.kind == ActionKind::kCreate) {
        for (const auto& [key, other] : cloud_.accounts) {
            if (other.maker == action.item && key != login_key(action.login)) {
                broken("a second account for an item: " + what());
            }
        }
        return;
    }
    if (account == nullptr) {
        return;
    }
    if (account->maker != action.item) {
        broken("an account of somebody else is changed: " + what());
    }
    // Once more the one that is on it harms nobody.
    if (action.kind == ActionKind::kSetPassword && account->clients_own &&
        password.reveal() != account->password) {
        broken("a password is set over the client's own: " + what());
    }
    if (action.kind == ActionKind::kDelete) {
        const std::optional<Wanted> wanted = panel_.wanted(action.item);
        if (panel_.items.contains(action.item) && wanted != Wanted::kAbsent) {
            broken("the account of a living item is deleted: " + what());
        }
        if (!account->disabled_since || now_ - *account->disabled_since < kRetention) {
            broken("an account is deleted before its retention has passed: " + what());
        }
        for (const auto& [id, item] : panel_.items) {
            if (id != action.item && panel_.wanted(id) != Wanted::kAbsent && item.status != 1 &&
                login_key(SimPanel::login_of(id, item)) == login_key(action.login)) {
                broken("an account that a living item names is deleted: " + what());
            }
        }
    }
}

Outcome Simulation::effect(const Action& action, const Secret& password) {
    ++ending_.calls;
    say(text_of(action));
    check_effect(action, password, cloud_.find(action.login));
    return cloud_.obey(action, password, now_);
}

// The panel is told that an operation has come about: has it?
void Simulation::check_completion(const PanelCall& call, ItemId id) {
    const auto found = panel_.items.find(id);
    if (found == panel_.items.end() || found->second.operations.empty()) {
        return;
    }
    const SimItem& item = found->second;
    const std::string& command = item.operations.front().command;
    const SimAccount* account = cloud_.find(SimPanel::login_of(id, item));
    if (account != nullptr && account->maker != id) {
        account = nullptr;
    }
    if (touched_[SimPanel::login_of(id, item)] >= owed_since_[id]) {
        return;  // people were there since it was judged
    }
    const auto claim = [&](bool so) {
        if (!so) {
            broken(fmt::format(
                "the panel is told that {} of item {} has come about ({})",
                command,
                id.value,
                call.function
            ));
        }
    };
    if (command == "open" || command == "resume" || command == "reopen") {
        claim(account != nullptr && account->shown.enabled);
    } else if (command == "suspend" || command == "close") {
        claim(account == nullptr || !account->shown.enabled);
    } else if (command == "setparam" && panel_.wanted(id) == Wanted::kEnabled) {
        claim(account != nullptr && same_meaning(item.quota, account->shown.quota));
    }
}

PanelAnswer Simulation::obey(const PanelCall& call) {
    std::uint32_t elid = 0;
    for (const auto& [name, value] : call.arguments) {
        elid = name == "elid" ? static_cast<std::uint32_t>(std::stoul(value)) : elid;
    }
    say(fmt::format("panel: {} elid={}", call.function, elid));
    if (call.function.ends_with(".open") || call.function.starts_with("service.post")) {
        check_completion(call, ItemId(elid));
    }
    return panel_.obey(call);
}

void Simulation::check_living(ItemId id, const SimItem& item, const SimAccount* account) {
    if (account == nullptr || !account->shown.enabled) {
        broken(fmt::format("item {} is paid and has no working account", id.value));
        return;
    }
    if (!same_meaning(item.quota, account->shown.quota)) {
        broken(fmt::format("item {} has another size than was sold", id.value));
    }
    if (!account->clients_own && (!item.password || item.password->reveal() != account->password)) {
        broken(fmt::format("item {}: the password in the panel does not open the account", id.value)
        );
    }
}

void Simulation::check_item(ItemId id, Wanted wanted, const SimItem& item) {
    const SimAccount* account = cloud_.find(SimPanel::login_of(id, item));
    if (account != nullptr && account->maker != id) {
        return;  // somebody else's: held, and a person is told
    }
    if (wanted == Wanted::kEnabled) {
        check_living(id, item, account);
    } else if (wanted != Wanted::kNothing && account != nullptr && account->shown.enabled) {
        broken(fmt::format("item {} is not to work, and its account does", id.value));
    }
    if (!item.operations.empty()) {
        broken(fmt::format(
            "the panel still waits for {} of item {}", item.operations.front().command, id.value
        ));
    }
}

void Simulation::check_end() {
    for (const auto& [id, item] : panel_.items) {
        if (const std::optional<Wanted> wanted = panel_.wanted(id)) {
            check_item(id, *wanted, item);
        }
    }
    for (const auto& [key, account] : cloud_.accounts) {
        if (account.maker.value != 0 && !panel_.items.contains(account.maker) &&
            account.shown.enabled) {
            broken(fmt::format("{} works, and its item has no row any more", key));
        }
    }
    if (!(testing::fold(store_) == process_->journal.ledger())) {
        broken("what the events say is not what the process knows");
    }
}

}  // namespace bn::sim
