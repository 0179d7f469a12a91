// The pages of the admin HTTP server, and the status that `status` and the page show. Of the loop's
// thread.
#pragma once

#include <memory>
#include <string>

#include "controller/http/admin_http.hpp"
#include "controller/service/context.hpp"
#include "controller/service/pass_loop.hpp"
#include "controller/service/status_view.hpp"

namespace bn::controller {

class ServicePages {
  public:
    ServicePages(ServiceContext& context, const PassLoop& loop);

    // Does nothing when `http.listen` is empty. Errors are those of AdminHttp.
    Result<void> start();
    void stop();

    [[nodiscard]] StatusView status() const;
    // Ready: the store is open and replayed, the panel answered, and no stop is under way.
    [[nodiscard]] HttpAnswer ready() const;

    // What became of the last reading of the configuration; both empty: all of it is in force.
    void note_reload(std::string refused, std::string waiting) {
        config_refused_ = std::move(refused);
        config_waiting_ = std::move(waiting);
    }

  private:
    ServiceContext& context_;
    const PassLoop& loop_;
    Time started_at_;
    std::unique_ptr<AdminHttp> http_;
    std::string config_refused_;
    std::string config_waiting_;
};

}  // namespace bn::controller
