// Calls through a real process: a shell script stands in for mgrctl, records what it was given and
// answers as the test says.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bm_writer/panel_api.hpp"

namespace bn::bm_writer::mgrctl_api_test {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::vector<std::string> split(const std::string& text, char at) {
    std::vector<std::string> parts;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, at);) {
        parts.push_back(part);
    }
    return parts;
}

std::size_t open_files() {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator())
    );
}

// Gone, or dead and not yet collected by whoever inherited it.
bool is_dead(pid_t pid) {
    const std::string stat = read_file(fmt::format("/proc/{}/stat", pid));
    const std::size_t name_end = stat.rfind(") ");
    return name_end == std::string::npos || stat[name_end + 2] == 'Z';
}

bool within(std::chrono::milliseconds time, const std::function<bool()>& so) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (!so()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::sleep_for(5ms);
    }
    return true;
}

class Mgrctl : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string folder = (fs::temp_directory_path() / "bn-mgrctl-XXXXXX").string();
        ASSERT_NE(::mkdtemp(folder.data()), nullptr);
        folder_ = folder;
        fs::create_directories(folder_ / "sbin");
        settings_.program = (folder_ / "sbin" / "mgrctl").string();
        // The values of the stand-in's own arguments and environment, with NULs between.
        std::ofstream script(settings_.program);
        script << "#!/bin/sh\ndir='" << folder << "'\n"
               << "for a; do printf '%s\\0' \"$a\"; done > \"$dir/argv.$$\"\n"
               << "cat /proc/$$/environ > \"$dir/environ.$$\"\n"
               << "cat /proc/$$/cmdline > \"$dir/cmdline.$$\"\n"
               << "ls -l /proc/$$/fd > \"$dir/files.$$\"\n"
               << "pwd > \"$dir/cwd.$$\"\n"
               << ". \"$dir/answer\"\n";
        script.close();
        ::chmod(settings_.program.c_str(), 0700);
        answers("echo '<doc><ok/></doc>'");
        settings_.timeout = 20s;
    }

    void TearDown() override { fs::remove_all(folder_); }

    void answers(const std::string& shell) { std::ofstream(folder_ / "answer") << shell << "\n"; }

    // What the only call so far left behind.
    std::string recorded(const std::string& what) {
        for (const auto& entry : fs::directory_iterator(folder_)) {
            if (entry.path().filename().string().rfind(what + ".", 0) == 0) {
                return read_file(entry.path());
            }
        }
        return {};
    }

    Result<PanelAnswer> call(const PanelCall& call) {
        return make_mgrctl_api(settings_)->call(call);
    }

    Result<PanelAnswer> call() { return call(PanelCall("service.postsuspend", {{"elid", "7"}})); }

    fs::path folder_;
    MgrctlSettings settings_;
};

TEST_F(Mgrctl, SecretsAreInTheEnvironmentOnly) {
    PanelCall save("service.saveparam", {{"elid", "7"}, {"sok", "ok"}});
    save.secrets.emplace_back("value", Secret("pa$$ 'w\"ö\nrd"));
    save.secrets.emplace_back("other", Secret("-e"));
    const auto answer = call(save);
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_TRUE(answer->ok);
    EXPECT_THAT(
        split(recorded("argv"), '\0'),
        ElementsAre(
            "-m",
            "billmgr",
            "-o",
            "xml",
            "service.saveparam",
            "elid=7",
            "sok=ok",
            "lang=en",
            "-e",
            "value=$BN_SECRET_1",
            "-e",
            "other=$BN_SECRET_2"
        )
    );
    EXPECT_THAT(recorded("cmdline"), HasSubstr("BN_SECRET_1"));
    EXPECT_THAT(recorded("cmdline"), Not(HasSubstr("pa$$")));
    const auto environment = split(recorded("environ"), '\0');
    EXPECT_THAT(environment, Contains("BN_SECRET_1=pa$$ 'w\"ö\nrd"));
    EXPECT_THAT(environment, Contains("BN_SECRET_2=-e"));
    EXPECT_THAT(environment, Contains("SSH_CONNECTION=bill-nextcloud"));
}

TEST_F(Mgrctl, InheritsNeitherEnvironmentNorFiles) {
    ::setenv("BN_TEST_NOT_FOR_CHILDREN", "1", 1);
    const std::string secret_file = (folder_ / "open-without-cloexec").string();
    const int fd = ::open(secret_file.c_str(), O_CREAT | O_RDWR, 0600);
    ASSERT_GE(fd, 0);
    ASSERT_TRUE(call());
    ::close(fd);
    ::unsetenv("BN_TEST_NOT_FOR_CHILDREN");
    EXPECT_THAT(recorded("environ"), Not(HasSubstr("BN_TEST_NOT_FOR_CHILDREN")));
    EXPECT_THAT(recorded("files"), HasSubstr("/dev/null"));
    EXPECT_THAT(recorded("files"), Not(HasSubstr("open-without-cloexec")));
    EXPECT_EQ(fs::canonical(split(recorded("cwd"), '\n').at(0)), fs::canonical(folder_));
}

TEST_F(Mgrctl, ValuesArriveAsTheyAre) {
    const std::vector<std::string> values = {
        "-x", "--help", "a\nb", "$HOME", "`id`", "$(id)", "a=b", "", "'\"", "ключ", "* ?", "\\n"};
    PanelCall with_all("f.g");
    std::vector<std::string> expected = {"-m", "billmgr", "-o", "xml", "f.g"};
    for (std::size_t i = 0; i < values.size(); ++i) {
        with_all.arguments.emplace_back(fmt::format("p{}", i), values[i]);
        expected.push_back(fmt::format("p{}={}", i, values[i]));
    }
    expected.emplace_back("lang=en");
    ASSERT_TRUE(call(with_all));
    EXPECT_EQ(split(recorded("argv"), '\0'), expected);
}

TEST_F(Mgrctl, WhatCannotBePassedIsOurFault) {
    std::vector<PanelCall> calls = {
        PanelCall("-R"),
        PanelCall(""),
        PanelCall("f g"),
        PanelCall("f", {{"-e", "x"}}),
        PanelCall("f", {{"a=b", "x"}}),
        PanelCall("f", {{"a", std::string("x\0y", 3)}}),
        PanelCall("f", {{"a", std::string(1U << 18U, 'x')}})};
    calls.emplace_back("f");
    calls.back().secrets.emplace_back("a", Secret(std::string("x\0y", 3)));
    for (const PanelCall& c : calls) {
        const auto answer = call(c);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, "panel.argument") << answer.error().text();
        EXPECT_EQ(answer.error().move, NextMove::kBug);
        EXPECT_FALSE(answer.error().effect_unknown);
    }
    EXPECT_EQ(recorded("argv"), "");
}

TEST_F(Mgrctl, AnErrorDocumentIsAnAnswerWhateverTheExitCode) {
    for (const char* end : {"exit 0", "exit 1", "kill -9 $$"}) {
        answers(fmt::format(
            "echo '<doc><error type=\"missed\" object=\"task\"><msg>gone</msg></error></doc>'; {}",
            end
        ));
        const auto answer = call();
        ASSERT_TRUE(answer) << end;
        EXPECT_FALSE(answer->ok);
        EXPECT_EQ(answer->short_text(), "error missed (task): gone");
    }
}

TEST_F(Mgrctl, WithoutADocumentThePanelIsUnreachable) {
    const bool root = ::geteuid() == 0;
    for (const char* shell :
         {"echo 'cannot connect to core' >&2; exit 1",
          "echo 'cannot connect to core'; exit 2",
          "echo '<doc><ok/></doc>'; echo 'cannot connect to core' >&2; exit 1"}) {
        answers(shell);
        const auto answer = call();
        ASSERT_FALSE(answer) << shell;
        EXPECT_EQ(answer.error().code, root ? "panel.unreachable" : "panel.mgrctl");
        EXPECT_TRUE(answer.error().effect_unknown);
        EXPECT_THAT(answer.error().what, HasSubstr("cannot connect to core"));
        EXPECT_THAT(answer.error().what, HasSubstr("service.postsuspend"));
    }
    answers("kill -SEGV $$");
    const auto killed = call();
    ASSERT_FALSE(killed);
    EXPECT_EQ(killed.error().code, "panel.unreachable");
    EXPECT_EQ(killed.error().concern, Concern::kPanel);
    EXPECT_THAT(killed.error().what, HasSubstr("signal 11"));
}

TEST_F(Mgrctl, GarbageIsNoAnswer) {
    for (const char* shell : {"echo '<html>502</html>'", "true", "printf '<doc><ok/>'"}) {
        answers(shell);
        const auto answer = call();
        ASSERT_FALSE(answer) << shell;
        EXPECT_EQ(answer.error().code, "panel.answer");
        EXPECT_EQ(answer.error().concern, Concern::kCall);
        EXPECT_EQ(answer.error().move, NextMove::kRetryCall);
    }
}

TEST_F(Mgrctl, SecretsAreMaskedInWhatComesBack) {
    PanelCall save("service.saveparam");
    save.secrets.emplace_back("value", Secret("Geheim&1"));
    answers("echo \"bad value $BN_SECRET_1\" >&2; exit 1");
    const auto failed = call(save);
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().text(), Not(HasSubstr("Geheim")));
    EXPECT_THAT(failed.error().text(), HasSubstr("bad value ***"));
    answers("echo \"<p>$BN_SECRET_1</p>\"");
    const auto garbage = call(save);
    ASSERT_FALSE(garbage);
    EXPECT_THAT(garbage.error().text(), Not(HasSubstr("Geheim")));
    answers(
        "echo '<doc><error type=\"value\" "
        "value=\"Geheim&amp;1\"><msg>Geheim&amp;1?</msg></error></doc>'"
    );
    const auto refused = call(save);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->short_text(), "error value ( ***): ***?");
}

TEST_F(Mgrctl, MissingOrForbiddenProgram) {
    settings_.program = (folder_ / "sbin" / "none").string();
    const auto missing = call();
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, "panel.mgrctl");
    EXPECT_EQ(missing.error().concern, Concern::kPanel);
    EXPECT_EQ(missing.error().move, NextMove::kHuman);
    EXPECT_FALSE(missing.error().effect_unknown);
    EXPECT_THAT(missing.error().remedy, HasSubstr("panel's host"));
    std::ofstream(settings_.program) << "#!/bin/sh\n";
    const auto forbidden = call();
    ASSERT_FALSE(forbidden);
    EXPECT_EQ(forbidden.error().code, "panel.mgrctl");
    EXPECT_THAT(forbidden.error().remedy, HasSubstr("as root"));
}

TEST_F(Mgrctl, AfterTheTimeTheWholeGroupIsKilled) {
    settings_.timeout = 2500ms;  // its record is written before
    answers("sleep 300 & echo $! > \"$dir/grandchild\"; wait");
    const auto begin = std::chrono::steady_clock::now();
    const auto answer = call();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "panel.unreachable");
    EXPECT_EQ(answer.error().move, NextMove::kRetryCall);
    EXPECT_TRUE(answer.error().effect_unknown);
    EXPECT_THAT(answer.error().what, HasSubstr("2.5 s"));
    const pid_t grandchild = std::stoi(read_file(folder_ / "grandchild"));
    EXPECT_TRUE(within(10s, [&] { return is_dead(grandchild); }));
}

TEST_F(Mgrctl, TimeAlsoEndsForOneThatClosedItsOutput) {
    settings_.timeout = 500ms;
    answers("exec >&- 2>&-; sleep 300");
    const auto answer = call();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "panel.unreachable");
}

TEST_F(Mgrctl, DoesNotWaitForWhatIsLeftInTheBackground) {
    answers("sleep 300 & echo $! > \"$dir/left\"; echo '<doc><ok/></doc>'");
    const auto begin = std::chrono::steady_clock::now();
    const auto answer = call();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 15s);
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->ok);
    const pid_t left = std::stoi(read_file(folder_ / "left"));
    EXPECT_FALSE(is_dead(left));  // it may be the panel's server, started by mgrctl
    ::kill(left, SIGKILL);
}

TEST_F(Mgrctl, TooMuchOutputIsCut) {
    settings_.max_answer_bytes = 100000;
    answers("yes '<a/>'");
    const auto answer = call();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "panel.answer");
    EXPECT_TRUE(answer.error().effect_unknown);
    EXPECT_THAT(answer.error().what, HasSubstr("more than 100000 bytes"));
    // Much on the other output does not matter, nor does an answer larger than a pipe holds.
    answers(
        "yes x | head -c 300000 >&2; echo '<doc><ok/>'; yes '<a/>' | head -c 90000; echo '</doc>'"
    );
    const auto large = call();
    ASSERT_TRUE(large) << large.error().text();
    EXPECT_TRUE(large->ok);
}

TEST_F(Mgrctl, ManyAtOnceFromManyThreads) {
    answers("echo \"<doc><ok/><who>$6</who></doc>\"");
    const auto api = make_mgrctl_api(settings_);
    ASSERT_TRUE(api->call(PanelCall("f", {{"n", "0"}})));
    const std::size_t before = open_files();
    std::atomic<int> right = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 25; ++i) {
                const std::string n = std::to_string(t * 100 + i);
                PanelCall one("f", {{"n", n}});
                one.secrets.emplace_back("s", Secret("secret-" + n));
                const auto answer = api->call(one);
                right += answer && answer->fields.at("who") == "n=" + n ? 1 : 0;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(right, 100);
    EXPECT_EQ(open_files(), before);
    std::set<std::string> secrets;
    for (const auto& entry : fs::directory_iterator(folder_)) {
        if (entry.path().filename().string().rfind("environ.", 0) == 0) {
            for (const std::string& variable : split(read_file(entry.path()), '\0')) {
                if (variable.rfind("BN_SECRET_", 0) == 0) {
                    secrets.insert(variable);
                }
            }
        }
    }
    // A process number may come twice and its record be written over; most must be there.
    EXPECT_GT(secrets.size(), 90U);
}

TEST_F(Mgrctl, FailuresLeaveNoFilesOpen) {
    settings_.timeout = 100ms;
    answers("sleep 300");
    (void)call();
    const std::size_t before = open_files();
    (void)call();
    settings_.program += "-not-there";
    (void)call();
    EXPECT_EQ(open_files(), before);
}

}  // namespace
}  // namespace bn::bm_writer::mgrctl_api_test
