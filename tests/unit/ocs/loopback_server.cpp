#include "tests/unit/ocs/loopback_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace bn::testing {

namespace {

void must(bool ok, const char* what) {
    if (!ok) {
        throw std::runtime_error(what);
    }
}

void add_extension(X509* certificate, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
    must(extension != nullptr, "extension");
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

std::shared_ptr<SSL_CTX> make_context(std::string& ca_file) {
    std::shared_ptr<EVP_PKEY> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    std::shared_ptr<X509> certificate(X509_new(), X509_free);
    must(key && certificate, "key");
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86400);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* name = X509_get_subject_name(certificate.get());
    std::string common = "loopback.test";
    X509_NAME_add_entry_by_txt(
        name,
        "CN",
        MBSTRING_ASC,
        static_cast<const unsigned char*>(static_cast<const void*>(common.data())),
        -1,
        -1,
        0
    );
    X509_set_issuer_name(certificate.get(), name);
    add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate.get(), NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
    must(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0, "sign");

    std::string path = (std::filesystem::temp_directory_path() / "bn-loopback-XXXXXX").string();
    int fd = mkstemp(path.data());
    must(fd >= 0, "mkstemp");
    FILE* file = fdopen(fd, "w");
    PEM_write_X509(file, certificate.get());
    std::fclose(file);
    ca_file = path;

    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    must(SSL_CTX_use_certificate(context.get(), certificate.get()) == 1, "certificate");
    must(SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1, "private key");
    return context;
}

// One connection: bytes in and out, plain or TLS.
class Wire {
  public:
    Wire(int fd, SSL_CTX* context) : fd_(fd) {
        if (context != nullptr) {
            ssl_ = SSL_new(context);
            SSL_set_fd(ssl_, fd);
            good_ = SSL_accept(ssl_) == 1;
        }
    }

    ~Wire() { SSL_free(ssl_); }

    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    [[nodiscard]] bool good() const { return good_; }

    bool read_more(std::string& buffer) {
        std::array<char, 16384> block{};
        auto got =
            ssl_ != nullptr
                ? static_cast<ssize_t>(SSL_read(ssl_, block.data(), static_cast<int>(block.size())))
                : recv(fd_, block.data(), block.size(), 0);
        if (got <= 0) {
            return false;
        }
        buffer.append(block.data(), static_cast<std::size_t>(got));
        return true;
    }

    bool write_all(std::string_view text) {
        while (!text.empty()) {
            auto put = ssl_ != nullptr ? static_cast<ssize_t>(SSL_write(
                                             ssl_, text.data(), static_cast<int>(text.size())
                                         ))
                                       : send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
            if (put <= 0) {
                return false;
            }
            text.remove_prefix(static_cast<std::size_t>(put));
        }
        return true;
    }

  private:
    int fd_;
    SSL* ssl_ = nullptr;
    bool good_ = true;
};

void parse_headers(const std::string& head, Heard& heard) {
    auto line_end = head.find("\r\n");
    std::string first = head.substr(0, line_end);
    auto space = first.find(' ');
    auto second = first.find(' ', space + 1);
    heard.method = first.substr(0, space);
    heard.target = first.substr(space + 1, second - space - 1);
    while (line_end != std::string::npos && line_end + 2 < head.size()) {
        auto next = head.find("\r\n", line_end + 2);
        std::string line = head.substr(line_end + 2, next - line_end - 2);
        auto colon = line.find(": ");
        if (colon != std::string::npos) {
            std::string name = line.substr(0, colon);
            for (char& c : name) {
                c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
            }
            heard.headers[name] = line.substr(colon + 2);
        }
        line_end = next;
    }
}

bool read_request(Wire& wire, std::string& buffer, Heard& heard) {
    std::size_t end = 0;
    while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
        if (!wire.read_more(buffer)) {
            return false;
        }
    }
    parse_headers(buffer.substr(0, end), heard);
    std::size_t length = 0;
    if (auto found = heard.headers.find("content-length"); found != heard.headers.end()) {
        length = std::stoul(found->second);
    }
    while (buffer.size() < end + 4 + length) {
        if (!wire.read_more(buffer)) {
            return false;
        }
    }
    heard.body = buffer.substr(end + 4, length);
    buffer.erase(0, end + 4 + length);
    return true;
}

}  // namespace

LoopbackServer::LoopbackServer(bool tls, Reply reply) : reply_(std::move(reply)), tls_(tls) {
    std::signal(SIGPIPE, SIG_IGN);
    if (tls_) {
        context_ = make_context(ca_file_);
    }
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = static_cast<sockaddr*>(static_cast<void*>(&address));
    must(bind(listener_, generic, sizeof(address)) == 0, "bind");
    must(listen(listener_, 256) == 0, "listen");
    socklen_t size = sizeof(address);
    must(getsockname(listener_, generic, &size) == 0, "getsockname");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_loop(); });
}

LoopbackServer::~LoopbackServer() {
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    close(listener_);
    std::list<std::thread> threads;
    {
        std::lock_guard lock(mutex_);
        for (int fd : open_) {
            shutdown(fd, SHUT_RDWR);
        }
        threads.swap(all_);
    }
    for (auto& thread : threads) {
        thread.join();
    }
    if (!ca_file_.empty()) {
        unlink(ca_file_.c_str());
    }
}

std::string LoopbackServer::url() const {
    return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_);
}

void LoopbackServer::accept_loop() {
    for (;;) {
        int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        ++connections_;
        std::lock_guard lock(mutex_);
        open_.push_back(fd);
        all_.emplace_back([this, fd] { serve(fd); });
    }
}

void LoopbackServer::serve(int fd) {
    {
        Wire wire(fd, context_.get());
        std::string buffer;
        while (wire.good()) {
            Heard heard;
            if (!read_request(wire, buffer, heard)) {
                break;
            }
            ++requests_;
            std::string reply = reply_(heard);
            if (reply.empty() || !wire.write_all(reply)) {
                break;
            }
        }
    }
    std::lock_guard lock(mutex_);
    open_.remove(fd);
    close(fd);
}

std::string http_reply(int status, const std::string& body, const std::string& extra) {
    return "HTTP/1.1 " + std::to_string(status) +
           " X\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n" + extra + "\r\n" + body;
}

}  // namespace bn::testing
