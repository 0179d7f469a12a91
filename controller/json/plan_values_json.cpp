#include "controller/json/plan_values_json.hpp"

namespace bn::controller {

Json quota_json(Quota quota) {
    if (quota.is_bytes()) {
        return quota.count();
    }
    return quota.is_unlimited() ? Json("unlimited") : Json(nullptr);
}

Json action_json(const Action& action) {
    Json json;
    json["kind"] = to_string(action.kind);
    json["server"] = action.server.value;
    json["item"] = action.item.value;
    json["login"] = action.login;
    json["before"] = action.before;
    json["after"] = action.after;
    json["reason"] = action.reason;
    json["urgent"] = action.urgent;
    json["closing"] = action.closing;
    if (!action.quota.is_unknown()) {
        json["quota"] = quota_json(action.quota);
    }
    if (!action.value.empty()) {
        json["value"] = action.value;
    }
    if (action.create) {
        Json fields;
        fields["email"] = action.create->email;
        fields["display_name"] = action.create->display_name;
        fields["group"] = action.create->group;
        fields["quota"] = quota_json(action.create->quota);
        json["create"] = std::move(fields);
    }
    return json;
}

Json hold_json(const Hold& hold) {
    Json json;
    json["item"] = hold.item.value;
    json["server"] = hold.server.value;
    json["code"] = to_string(hold.code);
    json["where"] = hold.where;
    json["detail"] = hold.detail;
    json["remedy"] = hold.remedy;
    return json;
}

Json held_json(const HeldAction& held) {
    Json json;
    json["hold"] = hold_json(held.hold);
    json["action"] = held.action ? action_json(*held.action) : Json(nullptr);
    return json;
}

Json drift_fields_json(DriftMask mask) {
    Json list = Json::array();
    for (const DriftField field : kAllDriftFields) {
        if (has(mask, field)) {
            list.push_back(to_string(field));
        }
    }
    return list;
}

Quota read_quota(const JsonPlace& place) {
    if (place.is_null()) {
        return Quota::unknown();
    }
    if (place.value().is_string()) {
        if (place.text() != "unlimited") {
            place.fault("must be a number of bytes, \"unlimited\" or null");
        }
        return Quota::unlimited();
    }
    const std::uint64_t bytes = place.count();
    if (bytes > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        place.fault("is too large");
    }
    return Quota::bytes(static_cast<std::int64_t>(bytes));
}

Action read_action(const JsonPlace& place) {
    place.only(
        {"kind",
         "server",
         "item",
         "login",
         "before",
         "after",
         "reason",
         "urgent",
         "closing",
         "quota",
         "value",
         "create"}
    );
    const auto kind = parse_action_kind(place["kind"].text());
    if (!kind) {
        place["kind"].fault("is not a kind of action that this version knows");
    }
    Action action(
        *kind, ServerId(place["server"].id()), ItemId(place["item"].id()), place["login"].text()
    );
    action.before = place["before"].text();
    action.after = place["after"].text();
    action.reason = place["reason"].text();
    action.urgent = place["urgent"].flag();
    action.closing = place["closing"].flag();
    if (place.has("quota")) {
        action.quota = read_quota(place["quota"]);
    }
    if (place.has("value")) {
        action.value = place["value"].text();
    }
    if (place.has("create")) {
        const JsonPlace fields = place["create"];
        fields.only({"email", "display_name", "group", "quota"});
        CreateFields create;
        create.email = fields["email"].text();
        create.display_name = fields["display_name"].text();
        create.group = fields["group"].text();
        create.quota = read_quota(fields["quota"]);
        action.create = std::move(create);
    }
    if ((action.kind == ActionKind::kCreate) != action.create.has_value()) {
        place.fault("\"create\" belongs to actions of the kind create, and to all of them");
    }
    return action;
}

Hold read_hold(const JsonPlace& place) {
    place.only({"item", "server", "code", "where", "detail", "remedy"});
    const auto code = parse_hold_code(place["code"].text());
    if (!code) {
        place["code"].fault("is not a reason that this version knows");
    }
    return {
        ItemId(place["item"].id()),
        ServerId(place["server"].id()),
        *code,
        place["where"].text(),
        place["detail"].text(),
        place["remedy"].text()};
}

HeldAction read_held(const JsonPlace& place) {
    place.only({"hold", "action"});
    HeldAction held;
    held.hold = read_hold(place["hold"]);
    if (!place["action"].is_null()) {
        held.action = read_action(place["action"]);
    }
    return held;
}

std::vector<DriftValue> read_drift_fields(const JsonPlace& place) {
    std::vector<DriftValue> fields;
    place.each([&](const JsonPlace& name) {
        bool known = false;
        for (const DriftField field : kAllDriftFields) {
            if (to_string(field) == name.text()) {
                fields.push_back({field, "", ""});
                known = true;
            }
        }
        if (!known) {
            name.fault("is not a field of an account");
        }
    });
    return fields;
}

}  // namespace bn::controller
