#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "bm_reader/crypted_param.hpp"
#include "bm_reader/panel_facts.hpp"
#include "bm_reader/panel_files.hpp"
#include "bm_reader/panel_source.hpp"
#include "bm_reader/server_mapper.hpp"
#include "tests/fakes/panel/fake_panel.hpp"

namespace bn::bm_reader::server_test {
namespace {

namespace fs = std::filesystem;

class Folder : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "bn-panel-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }

    void TearDown() override { fs::remove_all(folder_); }

    [[nodiscard]] std::string path(const char* name) const { return (folder_ / name).string(); }

    fs::path folder_;
};

using CryptedParam = Folder;
using BillmgrConf = Folder;

TEST(BaseUrl, KeptWithItsSubPath) {
    EXPECT_EQ(
        usable_base_url(" https://Cloud.example.com/nc/// ", false), "https://cloud.example.com/nc"
    );
    EXPECT_EQ(usable_base_url("https://cloud.example/NC", false), "https://cloud.example/NC");
    EXPECT_EQ(usable_base_url("https://10.0.0.1:8443", false), "https://10.0.0.1:8443");
    EXPECT_EQ(usable_base_url("https://[::1]:8443/", false), "https://[::1]:8443");
    EXPECT_EQ(usable_base_url("http://cloud/", true), "http://cloud");
}

TEST(BaseUrl, OneCloudHasOneSpelling) {
    for (const char* url :
         {"https://cloud.example",
          "HTTPS://CLOUD.Example/",
          "https://cloud.example:443",
          "https://cloud.example:443//"}) {
        EXPECT_EQ(usable_base_url(url, false), "https://cloud.example") << url;
    }
    EXPECT_EQ(usable_base_url("http://cloud:80/a", true), "http://cloud/a");
    EXPECT_EQ(usable_base_url("https://cloud:80", false), "https://cloud:80");
    EXPECT_EQ(usable_base_url("https://cloud:8443", false), "https://cloud:8443");
    EXPECT_EQ(usable_base_url("https://[::1]:443/", false), "https://[::1]");
}

TEST(BaseUrl, HostsInLettersOfTheirCountryAreWrittenAsTheNetworkDoes) {
    constexpr const char* kCloud = "https://xn--80ab2acne.xn--p1ai";
    EXPECT_EQ(usable_base_url("https://облако.рф/", false), kCloud + std::string());
    EXPECT_EQ(usable_base_url("https://ОБЛАКО.рф:443", false), kCloud + std::string());
    EXPECT_EQ(
        usable_base_url("https://облако.рф:8443/nc", false), kCloud + std::string(":8443/nc")
    );
    EXPECT_FALSE(usable_base_url("https://обла\xff.рф", false));
    EXPECT_FALSE(usable_base_url("https://cloud.example/облако", false));
    std::string longer = "https://";
    for (int label = 0; label < 30; ++label) {
        longer += "я.";  // 8 bytes as it is sent
    }
    const auto refused = usable_base_url(longer + "рф", false);
    ASSERT_FALSE(refused) << *refused;
    EXPECT_NE(refused.error().what.find("longer than"), std::string::npos) << refused.error().what;
}

TEST(BaseUrl, RefusedWithAReason) {
    for (const std::string& url :
         {std::string(""),
          std::string("cloud.example.com"),
          std::string("ftp://cloud"),
          std::string("https://"),
          std::string("https:///nc"),
          std::string("https://a b"),
          std::string("https://a/?x=1"),
          std::string("https://a/#f"),
          std::string("http://a"),
          std::string("https://a:0/"),
          "https://" + std::string(250, 'a')}) {
        const auto result = usable_base_url(url, false);
        ASSERT_FALSE(result) << url;
        EXPECT_FALSE(result.error().what.empty());
        EXPECT_FALSE(result.error().remedy.empty());
    }
    const auto login = usable_base_url("https://root:hunter2@cloud", false);
    ASSERT_FALSE(login);
    EXPECT_EQ(login.error().what.find("hunter2"), std::string::npos);
}

TEST(Wishes, AreOnOrOffAndSecondsOrNotSaid) {
    EXPECT_EQ(usable_verify(" on ").value(), std::optional(true));
    EXPECT_EQ(usable_verify("off").value(), std::optional(false));
    EXPECT_EQ(usable_verify(" ").value(), std::optional<bool>());
    for (const char* bad : {"no", "ON", "0", "off off", "\xff"}) {
        const auto said = usable_verify(bad);
        ASSERT_FALSE(said) << bad;
        EXPECT_NE(said.error().remedy.find("verify_ssl"), std::string::npos);
    }
    EXPECT_EQ(usable_timeout("1").value(), std::optional<Duration>(std::chrono::seconds(1)));
    EXPECT_EQ(usable_timeout(" 3600 ").value(), std::optional<Duration>(std::chrono::hours(1)));
    EXPECT_EQ(usable_timeout("").value(), std::optional<Duration>());
    for (const char* bad : {"0", "3601", "-1", "5s", "1.5", "99999999999", "soon"}) {
        const auto said = usable_timeout(bad);
        ASSERT_FALSE(said) << bad;
        EXPECT_NE(said.error().remedy.find("timeout"), std::string::npos);
    }
}

TEST_F(CryptedParam, OpensWhatThePanelSealed) {
    testing::write_panel_key(path("billmgr.pem"));
    const auto key = ParamKey::load(path("billmgr.pem"));
    ASSERT_TRUE(key) << key.error();
    const std::string sealed = testing::crypt_param(path("billmgr.pem"), "pä$$ word");
    EXPECT_EQ(key->decrypt(sealed)->reveal(), "pä$$ word");
    EXPECT_EQ(key->decrypt(sealed.substr(0, 64) + "\n" + sealed.substr(64))->reveal(), "pä$$ word");
}

TEST_F(CryptedParam, NeverShowsWhatItCannotOpen) {
    testing::write_panel_key(path("a.pem"));
    testing::write_panel_key(path("b.pem"));
    const auto key = ParamKey::load(path("a.pem"));
    ASSERT_TRUE(key);
    const std::string foreign = testing::crypt_param(path("b.pem"), "secret");
    for (const std::string& value :
         {foreign,
          std::string("hunter2"),
          std::string("===="),
          std::string("aHVudGVyMg=="),
          std::string()}) {
        const auto opened = key->decrypt(value);
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().find("hunter2"), std::string::npos);
    }
    EXPECT_FALSE(ParamKey::load(path("missing.pem")));
    std::ofstream(path("junk.pem")) << "-----BEGIN PRIVATE KEY-----\njunk\n";
    EXPECT_FALSE(ParamKey::load(path("junk.pem")));
}

TEST_F(BillmgrConf, ReadsBothFiles) {
    fs::create_directories(folder_ / "etc/billmgr.conf.d");
    const std::string conf = (folder_ / "etc/billmgr.conf").string();
    std::ofstream(conf) << "# panel\nDBHost db.example.com\nDBUser  panel\nDBPassword old\n";
    std::ofstream(conf + ".d/db.conf") << "DBPassword\tn e w \nDBName bill\n";
    std::ofstream(folder_ / "etc/billmgr.pem") << "x";
    const auto settings = settings_from_billmgr_conf(conf);
    ASSERT_TRUE(settings) << settings.error().text();
    EXPECT_EQ(settings->host, "db.example.com");
    EXPECT_EQ(settings->user, "panel");
    EXPECT_EQ(settings->password.reveal(), "n e w");
    EXPECT_EQ(settings->database, "bill");
    EXPECT_EQ(settings->socket, "");
    EXPECT_EQ(settings->crypt_key_file, (folder_ / "etc/billmgr.pem").string());
}

// The panel reads both, whichever of them is named; the key lies beside the first.
TEST_F(BillmgrConf, NamedByEitherFileIsTheSame) {
    fs::create_directories(folder_ / "etc/billmgr.conf.d");
    std::ofstream(folder_ / "etc/billmgr.pem") << "x";
    const std::string conf = (folder_ / "etc/billmgr.conf").string();
    const std::string db = conf + ".d/db.conf";
    std::ofstream(db) << "DBHost db.example.com\nDBPassword n e w\n";
    for (const bool both : {false, true}) {
        if (both) {
            std::ofstream(conf) << "DBPassword old\nDBName bill\n";
        }
        for (const std::string& from : {conf, db}) {
            EXPECT_EQ(panel_files(from).etc, (folder_ / "etc").string());
            EXPECT_EQ(panel_files(from).settings, (std::vector<std::string>{conf, db}));
            const auto settings = settings_from_billmgr_conf(from);
            ASSERT_TRUE(settings) << settings.error().text();
            EXPECT_EQ(settings->password.reveal(), "n e w");
            EXPECT_EQ(settings->database, both ? "bill" : "billmgr");
            EXPECT_EQ(settings->crypt_key_file, (folder_ / "etc/billmgr.pem").string()) << from;
        }
    }
    std::ofstream(db, std::ios::app) << "CryptKey var/own.pem\n";
    fs::create_directories(folder_ / "var");
    std::ofstream(folder_ / "var/own.pem") << "x";
    EXPECT_EQ(settings_from_billmgr_conf(db)->crypt_key_file, (folder_ / "var/own.pem").string());
    fs::remove(conf);
    fs::remove(db);
    const std::string said = settings_from_billmgr_conf(db).error().what;
    EXPECT_EQ(said, "neither " + conf + " nor " + db + " can be read");
}

TEST_F(BillmgrConf, ACopyIsReadAlone) {
    fs::create_directories(folder_ / "etc");
    std::ofstream(folder_ / "etc/billmgr.pem") << "x";
    const std::string copy = (folder_ / "etc/panel.conf").string();
    std::ofstream(copy) << "DBName bill\nCryptKey etc/billmgr.pem\n";
    EXPECT_EQ(panel_files(copy).settings, std::vector<std::string>{copy});
    auto settings = settings_from_billmgr_conf(copy);
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->database, "bill");
    EXPECT_EQ(settings->crypt_key_file, "") << "a copy does not say where its panel is";
    std::ofstream(copy, std::ios::app) << "CryptKey " << (folder_ / "etc/billmgr.pem").string();
    settings = settings_from_billmgr_conf(copy);
    EXPECT_EQ(settings->crypt_key_file, (folder_ / "etc/billmgr.pem").string());
    fs::remove(copy);
    EXPECT_EQ(settings_from_billmgr_conf(copy).error().what, copy + " cannot be read");
}

TEST_F(BillmgrConf, WhatAnErrorNamesIsOneOfThem) {
    EXPECT_FALSE(panel_files(kUsualSettings).etc.empty());
    PanelSettings sample;
    sample.kind = DatabaseKind::kSqlite;
    const auto facts = read_panel_facts(sample, {});
    ASSERT_FALSE(facts);
    EXPECT_NE(facts.error().remedy.find(kUsualSettings), std::string::npos);
}

TEST_F(BillmgrConf, LocalhostMeansTheSocket) {
    std::ofstream(path("billmgr.conf")) << "DBSocket /tmp/own.sock\n";
    const auto settings = settings_from_billmgr_conf(path("billmgr.conf"));
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->socket, "/tmp/own.sock");
    EXPECT_EQ(settings->user, "root");
    EXPECT_EQ(settings->database, "billmgr");
    const auto missing = settings_from_billmgr_conf(path("nothing.conf"));
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().move, NextMove::kHuman);
}

}  // namespace
}  // namespace bn::bm_reader::server_test
