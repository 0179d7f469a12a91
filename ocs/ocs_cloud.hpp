// The port Cloud over the OCS API. Private to ocs (and its tests); made by cloud_factory.hpp.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ocs/limiter.hpp"
#include "ocs/ocs_client.hpp"
#include "reconciler/ports/cloud.hpp"

namespace bn::ocs {

// Puts the decorators on a transport: cookies (account passwords only), the limit of parallel
// calls, and, lowest of all, the refusal of writes.
std::unique_ptr<HttpTransport> decorate(
    std::unique_ptr<HttpTransport> wire,
    const CloudSettings& settings,
    const std::function<Time()>& now
);

class OcsCloud : public Cloud {
  public:
    // `retry_pause`: before the second try of a page; grows with each further one.
    OcsCloud(
        std::unique_ptr<HttpTransport> transport,
        CloudSettings settings,
        CloudObserver* observer,
        std::function<Time()> now,
        Duration retry_pause = std::chrono::milliseconds(500)
    );

    Task<Result<CloudInfo>> probe() override;
    Task<Result<ActualSnapshot>> observe(ObserveOptions options) override;
    Task<Result<std::optional<OwnedActualAccount>>> look(std::string login) override;
    Task<Outcome> apply(Action action, Secret password) override;
    [[nodiscard]] Duration budget_wait(ActionKind kind) const override;

  private:
    struct Reading;

    // status.php once, or `again`: without it the version of the API is not known. Nothing: all is
    // well.
    Task<std::optional<Error>> meet(bool again = false);
    std::optional<Error> take_status(const ServerStatus& status);

    // observe
    Task<std::optional<Error>> begin_reading(Reading* reading);
    Task<void> read_pages(Reading* reading);
    Task<void> read_owncloud(Reading* reading);
    Task<void> read_members(Reading* reading);
    Task<void> read_accounts(Reading* reading);
    // The answer of what `ask` calls, which is called again while that may help. Not good and not
    // absent: it has failed, which is noted and ends the reading.
    template <class A, class Ask>
    Task<A> tried(Reading* reading, Ask ask);
    // As many as calls may be under way.
    Task<void> in_parallel(Task<void> (OcsCloud::*worker)(Reading*), Reading* reading);
    ActualSnapshot finish_reading(Reading& reading);

    // apply
    Task<Outcome> create(Action action, Secret password);
    Task<std::string> owncloud_extras(Action action);
    Task<Outcome> change(Action action, Secret password);
    Task<Outcome> conclude(Action action, Answer answer);
    Task<Outcome> settle_by_look(Action action, Answer answer);

    CloudSettings settings_;
    std::function<Time()> now_;
    Duration retry_pause_;
    OcsClient client_;
    PutWindow puts_;
    std::optional<ServerStatus> status_;
    std::string tls_;
    std::string own_login_;
    std::optional<Error> writes_refused_;  // for good: app password
};

}  // namespace bn::ocs
