// Requests per second of the HTTP engine at 32 in flight over TLS with keep-alive, as a share of
// what a bare libcurl loop (curl_multi_perform + curl_multi_poll) gets from the same server.
//
// The server is a child process. The two take turns, and the median ratio counts.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <curl/curl.h>

#include "ocs/cloud_factory.hpp"
#include "ocs/http_transport.hpp"
#include "tests/bench/report.hpp"
#include "tests/unit/ocs/loopback_server.hpp"

namespace asio = boost::asio;

namespace {

using Clock = std::chrono::steady_clock;
using bn::bench::median;
constexpr int kInFlight = 32;
constexpr double kAim = 0.85;

std::size_t append(char* data, std::size_t, std::size_t size, void* body) {
    static_cast<std::string*>(body)->append(data, size);
    return size;
}

struct Place {
    std::string url;
    std::string ca_file;
};

class BareLoop {
  public:
    explicit BareLoop(const Place& place)
        : url_(place.url + "/ocs/v2.php/cloud/users/acc00001?format=json"),
          multi_(curl_multi_init()),
          bodies_(kInFlight) {
        headers_ = curl_slist_append(nullptr, "OCS-APIRequest: true");
        headers_ = curl_slist_append(headers_, "Accept: application/json");
        for (int i = 0; i < kInFlight; ++i) {
            CURL* easy = curl_easy_init();
            auto& body = bodies_[static_cast<std::size_t>(i)];
            curl_easy_setopt(easy, CURLOPT_URL, url_.c_str());
            curl_easy_setopt(easy, CURLOPT_CAINFO, place.ca_file.c_str());
            curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_);
            curl_easy_setopt(easy, CURLOPT_USERNAME, "admin");
            curl_easy_setopt(easy, CURLOPT_PASSWORD, "secret");
            curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
            curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &append);
            curl_easy_setopt(easy, CURLOPT_WRITEDATA, &body);
            curl_easy_setopt(easy, CURLOPT_PRIVATE, &body);
            easies_.push_back(easy);
        }
    }

    ~BareLoop() {
        for (CURL* easy : easies_) {
            curl_easy_cleanup(easy);
        }
        curl_multi_cleanup(multi_);
        curl_slist_free_all(headers_);
    }

    BareLoop(const BareLoop&) = delete;
    BareLoop& operator=(const BareLoop&) = delete;

    // Requests per second; 0: something failed.
    double run(int total) {
        auto start = Clock::now();
        int begun = 0;
        int ended = 0;
        for (CURL* easy : easies_) {
            curl_multi_add_handle(multi_, easy);
            ++begun;
        }
        while (ended < total) {
            int running = 0;
            curl_multi_perform(multi_, &running);
            int left = 0;
            while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
                CURL* easy = message->easy_handle;
                if (message->data.result != CURLE_OK) {
                    return 0;
                }
                char* body = nullptr;
                curl_easy_getinfo(easy, CURLINFO_PRIVATE, &body);
                static_cast<std::string*>(static_cast<void*>(body))->clear();
                curl_multi_remove_handle(multi_, easy);
                ++ended;
                if (begun < total) {
                    ++begun;
                    curl_multi_add_handle(multi_, easy);
                }
            }
            if (ended < total) {
                curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
            }
        }
        return total / std::chrono::duration<double>(Clock::now() - start).count();
    }

  private:
    std::string url_;
    CURLM* multi_;
    std::vector<std::string> bodies_;
    curl_slist* headers_ = nullptr;
    std::vector<CURL*> easies_;
};

class Engine {
  public:
    explicit Engine(const Place& place) : engine_(bn::ocs::make_engine(io_.get_executor())) {
        bn::CloudSettings settings;
        settings.base_url = place.url;
        settings.ca_file = place.ca_file;
        settings.login = "admin";
        settings.password = bn::Secret("secret");
        transport_ = bn::ocs::connect(engine_, settings);
    }

    double run(int total) {
        left_ = total;
        failed_ = false;
        auto start = Clock::now();
        for (int i = 0; i < kInFlight; ++i) {
            asio::co_spawn(io_, worker(), asio::detached);
        }
        io_.restart();
        io_.run();
        double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        return failed_ ? 0 : total / seconds;
    }

  private:
    bn::Task<void> worker() {
        while (left_ > 0) {
            --left_;
            bn::ocs::HttpRequest request(
                bn::ocs::Method::kGet, "/ocs/v2.php/cloud/users/acc00001?format=json"
            );
            bn::ocs::HttpResult result = co_await transport_->send(std::move(request));
            if (!result || result->status != 200) {
                failed_ = true;
            }
        }
    }

    asio::io_context io_{1};
    std::shared_ptr<bn::ocs::HttpEngine> engine_;
    std::unique_ptr<bn::ocs::HttpTransport> transport_;
    int left_ = 0;
    bool failed_ = false;
};

// The child tells its address through the pipe and serves until it is killed.
pid_t start_server(Place& place) {
    int ends[2];
    if (pipe(ends) != 0) {
        return -1;
    }
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        std::string body = R"({"ocs":{"meta":{"status":"ok","statuscode":200,"message":"OK"},)"
                           R"("data":{"enabled":true,"id":"acc00001","lastLogin":0,"backend":)"
                           R"("Database","quota":{"quota":5368709120,"used":0},"email":null,)"
                           R"("displayname":"acc00001","groups":["basic"],"language":"en"}}})";
        std::string reply = bn::testing::http_reply(200, body);
        bn::testing::LoopbackServer server(true, [&](const bn::testing::Heard&) { return reply; });
        std::string told = server.url() + "\n" + server.ca_file() + "\n";
        (void)!write(ends[1], told.data(), told.size());
        for (;;) {
            pause();
        }
    }
    close(ends[1]);
    FILE* in = fdopen(ends[0], "r");
    char line[512];
    for (std::string* text : {&place.url, &place.ca_file}) {
        if (std::fgets(line, sizeof(line), in) == nullptr) {
            return -1;
        }
        *text = line;
        text->pop_back();
    }
    std::fclose(in);
    return child;
}

}  // namespace

int main(int argc, char** argv) {
    int total = argc > 1 ? std::stoi(argv[1]) : 20000;
    Place place;
    pid_t server = start_server(place);
    if (server < 0) {
        std::fprintf(stderr, "the server did not start\n");
        return 1;
    }
    std::vector<double> bare_rates;
    std::vector<double> our_rates;
    std::vector<double> ratios;
    {
        BareLoop bare(place);
        Engine ours(place);
        bare.run(total / 10);
        ours.run(total / 10);
        for (int round = 0; round < 5; ++round) {
            bare_rates.push_back(bare.run(total));
            our_rates.push_back(ours.run(total));
            ratios.push_back(our_rates.back() / bare_rates.back());
        }
    }
    kill(server, SIGKILL);
    waitpid(server, nullptr, 0);
    unlink(place.ca_file.c_str());
    double ratio = median(ratios);
    bn::bench::report("client.bare_libcurl_loop", median(bare_rates), "requests/s");
    bn::bench::report(
        "client.tls_keepalive_32", median(our_rates), "requests/s", ratio, bn::bench::at_least(kAim)
    );
    return 0;
}
