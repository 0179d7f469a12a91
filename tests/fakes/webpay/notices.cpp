#include "tests/fakes/webpay/notices.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <curl/curl.h>

namespace bn::testing::pay {
namespace {

std::size_t keep_answer(char* data, std::size_t size, std::size_t count, void* out) {
    static_cast<std::string*>(out)->append(data, size * count);
    return size * count;
}

}  // namespace

Notices::Notices(Duration again, Duration timeout, std::string ca_file)
    : again_(again), timeout_(timeout), ca_file_(std::move(ca_file)) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    thread_ = std::thread([this] { run(); });
}

Notices::~Notices() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    news_.notify_all();
    thread_.join();
}

void Notices::send(Notice notice) {
    const std::lock_guard lock(mutex_);
    due_.push_back({notices_.size(), std::chrono::steady_clock::now()});
    notices_.push_back(std::move(notice));
    news_.notify_all();
}

std::vector<Notice> Notices::all() {
    const std::lock_guard lock(mutex_);
    return {notices_.begin(), notices_.end()};
}

void Notices::deliver(Notice& notice) const {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(
        curl_easy_init(), curl_easy_cleanup
    );
    notice.said.clear();
    curl_easy_setopt(curl.get(), CURLOPT_URL, notice.url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, long{timeout_.count()});
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, notice.body.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, keep_answer);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &notice.said);
    if (!ca_file_.empty()) {
        curl_easy_setopt(curl.get(), CURLOPT_CAINFO, ca_file_.c_str());
    }
    long status = 0;
    if (curl_easy_perform(curl.get()) == CURLE_OK) {
        curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    }
    ++notice.tries;
    notice.status = static_cast<int>(status);
    notice.taken = status == 200;
}

void Notices::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        const auto next = std::ranges::min_element(due_, {}, &Due::at);
        if (next == due_.end()) {
            news_.wait(lock);
            continue;
        }
        const Due first = *next;
        if (first.at > std::chrono::steady_clock::now()) {
            news_.wait_until(lock, first.at);
            continue;
        }
        const std::size_t place = first.place;
        due_.erase(next);
        Notice notice = notices_[place];
        lock.unlock();
        deliver(notice);
        lock.lock();
        if (!notice.taken) {
            due_.push_back({place, std::chrono::steady_clock::now() + again_});
        }
        notices_[place] = std::move(notice);
    }
}

}  // namespace bn::testing::pay
