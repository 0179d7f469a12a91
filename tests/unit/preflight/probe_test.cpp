// The thin readers: a stand-in mgrctl, files and a socket of the test's own.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/preflight/preflight.hpp"

namespace bn::cli::probe_test {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Duration kPatience = std::chrono::seconds(30);

class Probe : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "bn-probe-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        fs::create_directories(folder_ / "sbin");
        fs::create_directories(folder_ / "bin");
    }

    void TearDown() override { fs::remove_all(folder_); }

    std::string script(const std::string& name, const std::string& body) {
        const fs::path path = folder_ / name;
        std::ofstream(path) << "#!/bin/sh\necho \"$0 $*\" >> '" << (folder_ / "calls").string()
                            << "'\n"
                            << body;
        ::chmod(path.c_str(), 0755);
        return path.string();
    }

    std::string calls() {
        std::ifstream file(folder_ / "calls");
        return {std::istreambuf_iterator<char>(file), {}};
    }

    // Prints as many functions as a panel has, and `more`.
    static std::string listing(const std::string& more) {
        std::string out = "if [ \"$3$4\" = -i ]; then\ncat <<END\n";
        for (int i = 0; i < 30; ++i) {
            out += "some.function" + std::to_string(i) + "   Description is not available\n";
        }
        return out + more + "END\nexit 0\nfi\n";
    }

    fs::path folder_;
};

TEST_F(Probe, NamesInWhatMgrctlLists) {
    EXPECT_THAT(
        listed_names("admin.edit      Administrator . Create\n"
                     "                administrator. Function type: form\r\n"
                     "ERROR missed(func)\n\nNo such function\nvds.open\n"),
        ElementsAre("admin.edit", "vds.open")
    );
    EXPECT_THAT(
        listed_names("service.saveparam  Saves a param\n  elid\n  value  A value\n     no name\n"),
        ElementsAre("elid", "service.saveparam", "value")
    );
    EXPECT_THAT(listed_names(""), IsEmpty());
}

TEST_F(Probe, APanelThatTellsAll) {
    script("bin/core", "echo ' 6.88.0'\n");
    const std::string mgrctl = script(
        "sbin/mgrctl",
        listing("service.saveparam   Description is not available\n"
                "runningoperation   Function type: list\n") +
            "if [ \"$4\" = service.saveparam ]; then printf 'name  x\\nvalue  y\\n'; exit 0; fi\n"
            "if [ \"$5\" = runningoperation ]; then echo '<?xml version=\"1.0\"?><doc><elem><id>1"
            "</id></elem></doc>'; exit 0; fi\nexit 1\n"
    );
    const MgrctlFacts facts = probe_mgrctl(mgrctl, kPatience);
    EXPECT_EQ(facts.problem, "");
    EXPECT_EQ(facts.functions.size(), 32U);
    EXPECT_THAT(facts.save_params, ElementsAre("name", "value"));
    EXPECT_TRUE(facts.answers) << facts.answer_problem;
    EXPECT_EQ(facts.core_version, "6.88.0");
    // Nothing but reading was asked for.
    EXPECT_EQ(
        calls(),
        mgrctl + " -m billmgr -i\n" + mgrctl + " -m billmgr -i service.saveparam\n" + mgrctl +
            " -m billmgr -o xml runningoperation\n" + (folder_ / "bin/core").string() + " -V\n"
    );
}

TEST_F(Probe, PanelsThatDoNotTell) {
    EXPECT_THAT(
        probe_mgrctl((folder_ / "none").string(), kPatience).problem, HasSubstr("no mgrctl at")
    );
    std::string mgrctl = script("sbin/mgrctl", "echo 'core is not running' >&2\nexit 3\n");
    EXPECT_THAT(
        probe_mgrctl(mgrctl, kPatience).problem, HasSubstr("ended with 3: core is not running")
    );
    ::chmod(mgrctl.c_str(), 0644);
    EXPECT_THAT(probe_mgrctl(mgrctl, kPatience).problem, HasSubstr("cannot be run"));
    mgrctl = script("sbin/mgrctl", "exec sleep 600\n");
    EXPECT_THAT(
        probe_mgrctl(mgrctl, std::chrono::milliseconds(200)).problem, HasSubstr("did not end")
    );
    // A help text is no list, and an error document with exit 0 no answer.
    mgrctl = script(
        "sbin/mgrctl",
        "if [ \"$3\" = -i ]; then echo 'usage: mgrctl'; exit 0; fi\n"
        "echo '<doc><error type=\"access\"><msg>no rights</msg></error></doc>'\n"
    );
    const MgrctlFacts facts = probe_mgrctl(mgrctl, kPatience);
    EXPECT_EQ(facts.problem, "");
    EXPECT_THAT(facts.functions, IsEmpty());
    EXPECT_FALSE(facts.answers);
    EXPECT_THAT(facts.answer_problem, HasSubstr("no rights"));
}

TEST_F(Probe, Files) {
    EXPECT_EQ(probe_file("").kind, FileKind::kMissing);
    EXPECT_EQ(probe_file((folder_ / "none").string()).kind, FileKind::kMissing);
    EXPECT_EQ(probe_file(folder_.string()).kind, FileKind::kFolder);
    const std::string program = script("sbin/x", "");
    FileFacts facts = probe_file(program);
    EXPECT_EQ(facts.kind, FileKind::kFile);
    EXPECT_EQ(facts.mode, 0755U);
    EXPECT_EQ(facts.uid, ::geteuid());
    EXPECT_FALSE(facts.python || facts.elf);
    EXPECT_TRUE(probe_file("/proc/self/exe").elf);
    std::ofstream(folder_ / "py") << "#!/usr/bin/env python3\n";
    EXPECT_TRUE(probe_file((folder_ / "py").string()).python);
    std::ofstream(folder_ / "pmnextcloud.py") << "import sys\n";
    fs::create_symlink(folder_ / "pmnextcloud.py", folder_ / "pmnextcloud");
    facts = probe_file((folder_ / "pmnextcloud").string());
    EXPECT_TRUE(facts.python);
    EXPECT_EQ(facts.link, (folder_ / "pmnextcloud.py").string());
}

TEST_F(Probe, Sockets) {
    const std::string path = (folder_ / "s").string();
    EXPECT_FALSE(socket_answers(path, kPatience));
    EXPECT_FALSE(socket_answers(std::string(300, 'x'), kPatience));
    const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);

    struct sockaddr_un address {};

    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(listener, reinterpret_cast<struct sockaddr*>(&address), sizeof address), 0);
    EXPECT_FALSE(socket_answers(path, kPatience)) << "nobody listens";
    ASSERT_EQ(::listen(listener, 4), 0);
    EXPECT_FALSE(socket_answers(path, std::chrono::milliseconds(50))) << "nobody answers";
    std::thread server([listener] {
        for (int i = 0; i < 2; ++i) {  // the first is the one that gave up
            const int peer = ::accept(listener, nullptr, nullptr);
            char request[64];
            if (::recv(peer, request, sizeof request, 0) > 0) {
                ::send(peer, "{\"v\":1,\"ok\":true}\n", 18, MSG_NOSIGNAL);
            }
            ::close(peer);
        }
    });
    EXPECT_TRUE(socket_answers(path, kPatience));
    server.join();
    ::close(listener);
    EXPECT_EQ(probe_file(path).kind, FileKind::kSocket);
}

}  // namespace
}  // namespace bn::cli::probe_test
