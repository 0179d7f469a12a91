// What facts mean: values in, findings and settings out.
#include <random>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/preflight/preflight.hpp"

namespace bn::cli::judge_test {
namespace {

using bm_reader::OpeningCall;
using bm_reader::PanelFacts;
using bm_reader::TableFacts;

const char* const kFunctions[] = {
    "backupservice.open",
    "problems.solve",
    "problems.register",
    "processing.setconfig",
    "runningoperation",
    "runningoperation.edit",
    "runningoperation.setmanual",
    "service.changepricelist.rollback",
    "service.postclose",
    "service.postopen",
    "service.postprolong",
    "service.postresume",
    "service.postsetparam",
    "service.poststat",
    "service.postsuspend",
    "service.saveparam",
    "task.edit",
    "task.gettype",
    "vds.open"};

TableFacts table(const std::string& columns) {
    TableFacts t;
    t.engine = "InnoDB";
    std::string name;
    for (const char c : columns + " ") {
        if (c != ' ') {
            name += c;
            continue;
        }
        bm_reader::ColumnFacts column;
        column.type = name == "value" ? "text" : "int(11)";
        column.charset = name == "value" ? "utf8mb4" : "";
        t.columns[name] = column;
        name.clear();
    }
    return t;
}

FileFacts file(const std::string& path, std::uint32_t mode, bool elf) {
    FileFacts f;
    f.path = path;
    f.kind = FileKind::kFile;
    f.mode = mode;
    f.owner = "root:root";
    f.elf = elf;
    return f;
}

// A panel on which everything is as it should be.
PreflightInput fine() {
    PreflightInput input;
    PanelFacts f;
    f.version = "10.5.1-MariaDB";
    f.user = "bn@localhost";
    f.database = "billmgr";
    f.clock_skew = Duration(0);
    f.tables["item"] = table(
        "id parent account pricelist processingmodule period status autosuspend employeesuspend "
        "abusesuspend opendate addonlimit addonmax addonmaxtrial intvalue lastpricelist"
    );
    f.tables["itemparam"] = f.tables["itemcryptedparam"] = table("item intname value");
    f.tables["itemtype"] = table("id intname");
    f.tables["measure"] = table("id intname lessmeasure relation");
    f.tables["pricelist"] = table(
        "id parent compound itemtype intname active addontype billtype measure addonlimit addonmax "
        "addonmaxtrial"
    );
    f.tables["pricelistparam"] = table("pricelist intname value");
    f.tables["processingparam"] = f.tables["processingcryptedparam"] =
        table("processingmodule intname value");
    f.tables["processingmodule"] = table("id name module active");
    f.tables["processingmodule2pricelist"] = table("processingmodule pricelist");
    f.tables["runningoperation"] = table("id item intname trycount manual errorxml");
    f.tables["task"] = table("id runningoperation status");
    f.tables["user"] = table("id account email realname enabled");
    f.tables["itemstat"] = table("id item statdate param value measure");
    f.tables["itemstat"].columns["value"].type = "decimal(27,4)";
    f.tables["itemstat"].keys["key"] = {true, {"item", "statdate", "param"}};
    f.tracked = {"pricelist", "status"};
    f.may_insert_usage = f.may_update_usage = f.may_delete_usage = true;
    f.status5_rows = 1;
    f.servers[3] = "cloud";
    f.itemtypes = {"backupservice"};
    f.crypted_seen = f.crypted_open = 2;
    input.facts = f;
    input.crypt_key_file = "/usr/local/mgr5/etc/billmgr.pem";
    input.panel.api = "mgrctl";
    input.panel.clear_problem = "problems.solve";
    input.panel.crypt_key = input.crypt_key_file;
    input.control.socket = "/run/bill-nextcloud/control.sock";
    HostFacts& host = input.host;
    host.user = "root";
    host.module_program = file("/p/processing/pmnextcloud", 0750, true);
    host.page_program = file("/p/addon/ncsync", 0750, true);
    host.module_form = file("/p/etc/xml/billmgr_mod_pmnextcloud.xml", 0644, false);
    host.page_form = file("/p/etc/xml/billmgr_mod_ncsync.xml", 0644, false);
    host.crypt_key = file(input.crypt_key_file, 0600, false);
    host.socket_folder = file("/run/bill-nextcloud", 0750, false);
    host.socket_folder.kind = FileKind::kFolder;
    host.socket_answers = true;
    host.mgrctl.tried = host.mgrctl.answers = true;
    host.mgrctl.functions.insert(std::begin(kFunctions), std::end(kFunctions));
    host.mgrctl.save_params = {"elid", "name", "value", "crypted"};
    return input;
}

// The line whose sentence has `words`; fails the test when there is none.
Finding line(const PreflightReport& report, const std::string& words) {
    std::string all;
    for (const Section& section : report.sections) {
        for (const Finding& l : section.lines) {
            if (l.what.find(words) != std::string::npos) {
                return l;
            }
            all += l.what + "\n";
        }
    }
    ADD_FAILURE() << "no line says '" << words << "':\n" << all;
    return {};
}

std::string setting(const PreflightReport& report, const std::string& key) {
    for (const PreflightSetting& s : report.settings) {
        if (s.key == key) {
            return s.value;
        }
    }
    return "(none)";
}

bool open_question(const PreflightReport& report, const std::string& words) {
    for (const FirstOrderQuestion& question : report.first_order) {
        EXPECT_NE(question.english, question.russian);
        if (question.english.find(words) != std::string::npos) {
            return true;
        }
    }
    return false;
}

bool plain(Verdict verdict) {
    return verdict == Verdict::kFound || verdict == Verdict::kAssumed ||
           verdict == Verdict::kUnknown;
}

void expect(const PreflightInput& input, const std::string& words, Verdict verdict) {
    const PreflightReport report = judge_preflight(input);
    const Finding found = line(report, words);
    EXPECT_EQ(static_cast<int>(found.verdict), static_cast<int>(verdict)) << words;
    EXPECT_EQ(found.remedy.empty(), plain(verdict)) << words;
    EXPECT_EQ(report.passed(), verdict != Verdict::kStops) << words;
}

TEST(Preflight, AFinePanelHasNoWarning) {
    const PreflightReport report = judge_preflight(fine());
    for (const Section& section : report.sections) {
        for (const Finding& l : section.lines) {
            EXPECT_TRUE(plain(l.verdict)) << section.title << ": " << l.what;
            EXPECT_NE(static_cast<int>(l.verdict), static_cast<int>(Verdict::kUnknown)) << l.what;
        }
    }
    EXPECT_TRUE(report.passed());
    EXPECT_EQ(
        preflight_toml(report),
        "[panel]\n"
        "api = \"mgrctl\"\n"
        "mgrctl = \"/usr/local/mgr5/sbin/mgrctl\"\n"
        "crypt_key = \"/usr/local/mgr5/etc/billmgr.pem\"\n"
        "open_function = \"{itemtype}.open\"\n"
        "save_param = \"pair\"\n"
        "clear_problem = \"problems.solve\"\n"
        "[control]\n"
        "socket = \"/run/bill-nextcloud/control.sock\"\n"
    );
    EXPECT_TRUE(open_question(report, "completion call"));
    EXPECT_FALSE(open_question(report, "status 5"));
}

TEST(Preflight, WhatIsMissingStops) {
    PreflightInput input = fine();
    input.facts->tables["item"].columns.erase("period");
    expect(input, "there is no item.period", Verdict::kStops);
    input = fine();
    input.facts =
        tl::unexpected(Error(NextMove::kHuman, "panel.access", "no access", "GRANT SELECT"));
    expect(input, "no access", Verdict::kStops);
    input = fine();
    input.facts->tables.erase("itemcryptedparam");
    expect(input, "there is no table itemcryptedparam", Verdict::kWarns);
    input = fine();
    input.facts->tables["runningoperation"].columns.erase("trycount");
    expect(input, "tries cannot be counted", Verdict::kWarns);
    input = fine();
    input.facts->tables.erase("task");
    expect(input, "whether a person already has a task", Verdict::kUnknown);
}

TEST(Preflight, EnginesCharsetsAndLengths) {
    PreflightInput input = fine();
    input.facts->tables["itemstat"].engine = "MyISAM";
    expect(input, "mix two moments", Verdict::kWarns);
    input = fine();
    input.facts->tables["itemparam"].columns["value"].charset = "latin1";
    expect(input, "1 text columns are latin1", Verdict::kWarns);
    input = fine();
    input.facts->tables["itemcryptedparam"].columns["value"].type = "varchar(255)";
    expect(input, "too short for a crypted password", Verdict::kWarns);
    input.facts->tables["itemcryptedparam"].columns["value"].type = "varchar(1024)";
    expect(input, "holds a crypted password", Verdict::kFound);
}

TEST(Preflight, StatesInProgress) {
    PreflightInput input = fine();
    expect(input, "in progress has status 5", Verdict::kFound);
    input.facts->status5_rows = 0;
    input.facts->operations = {{"suspend", 2, 1}};
    expect(input, "keeps its status", Verdict::kFound);
    // A tariff change keeps status 2 on every panel: it says nothing.
    input.facts->operations = {{"setparam", 2, 1}};
    expect(input, "whether a service in progress", Verdict::kUnknown);
    input.facts->operations.clear();
    expect(input, "whether a service in progress", Verdict::kUnknown);
    EXPECT_TRUE(open_question(judge_preflight(input), "status 5"));
    input.facts->status5_history = 4;
    expect(input, "in progress has status 5", Verdict::kFound);
}

TEST(Preflight, UsageKeyAndRights) {
    PreflightInput input = fine();
    input.facts->tables["itemstat"].keys["key"] = {true, {"param", "item", "statdate"}};
    expect(input, "one row for each service", Verdict::kFound);
    input.facts->tables["itemstat"].keys["key"] = {true, {"item", "statdate"}};
    expect(input, "nothing keeps one row", Verdict::kWarns);
    expect(input, "may write usage", Verdict::kFound);
    input.facts->may_update_usage = false;  // now it is not needed
    expect(input, "may write usage", Verdict::kFound);
    input.facts->may_delete_usage = false;  // now it is
    EXPECT_EQ(
        line(judge_preflight(input), "may not write usage").remedy,
        "GRANT INSERT, DELETE ON `billmgr`.itemstat TO 'bn'@'localhost'"
    );
    input = fine();
    input.facts->may_delete_usage = false;
    expect(input, "may write usage", Verdict::kFound);
    input.facts->may_insert_usage = false;
    const std::string remedy = line(judge_preflight(input), "may not write usage").remedy;
    EXPECT_EQ(remedy, "GRANT INSERT, UPDATE ON `billmgr`.itemstat TO 'bn'@'localhost'");
    input.facts->may_insert_usage.reset();
    expect(input, "whether this database user", Verdict::kUnknown);
}

TEST(Preflight, HowSpaceIsSold) {
    PreflightInput input = fine();
    EXPECT_TRUE(open_question(judge_preflight(input), "statistics.counted"));
    expect(input, "without external storages", Verdict::kAssumed);
    input.facts->offers = {{"tariff 12: sells {a} fixed | size", "billtype 1", ""}};
    expect(input, "tariff 12: sells {a} fixed | size", Verdict::kFound);
    input.facts->offers = {{"tariff 12: suspends", "billtype 3", "bill it by day"}};
    expect(input, "tariff 12: suspends", Verdict::kWarns);
    EXPECT_EQ(line(judge_preflight(input), "tariff 12: suspends").remedy, "bill it by day");
    input.facts->offers.clear();
    input.facts->itemtypes.clear();
    expect(input, "how space is sold", Verdict::kUnknown);
}

TEST(Preflight, TheKeyOfCryptedParams) {
    PreflightInput input = fine();
    input.facts->crypted_open = 1;
    expect(input, "does not open all", Verdict::kStops);
    input = fine();
    input.facts->key_problem = "the key file /x holds no key";
    expect(input, "holds no key", Verdict::kStops);
    input = fine();
    input.facts->crypted_open = input.facts->crypted_seen = 0;
    expect(input, "the key opens", Verdict::kAssumed);
    input.crypt_key_file.clear();
    expect(input, "no key is configured", Verdict::kDoubts);
}

TEST(Preflight, WhichCallCompletesAnOpen) {
    const auto chosen = [](const PreflightInput& input) {
        return setting(judge_preflight(input), "open_function");
    };
    PreflightInput input = fine();
    expect(input, "an open is completed by {itemtype}.open", Verdict::kAssumed);
    EXPECT_TRUE(open_question(judge_preflight(input), "{itemtype}.open"));
    // The panel has no such function: the next ones that vendors use.
    input.host.mgrctl.functions.erase("backupservice.open");
    EXPECT_EQ(chosen(input), "\"service.postopen\"");
    input.host.mgrctl.functions.erase("service.postopen");
    EXPECT_EQ(chosen(input), "\"vds.open\"");
    input.host.mgrctl.functions.erase("vds.open");
    expect(input, "which function completes an open", Verdict::kDoubts);
    // What services of ours were really opened by beats everything else.
    OpeningCall call;
    call.itemtype = "backupservice";
    call.function = "vds.open";
    call.ours = true;
    call.count = 40;
    input.facts->openings.push_back(call);
    expect(input, "an open is completed by vds.open", Verdict::kFound);
    EXPECT_FALSE(open_question(judge_preflight(input), "vds.open"));
    input.facts->openings[0].function = "backupservice.open";
    EXPECT_EQ(chosen(input), "\"{itemtype}.open\"");
    // What began an open, or was done by hand, says nothing.
    input.facts->openings[0].function = "service.edit";
    expect(input, "which function completes an open", Verdict::kDoubts);
}

TEST(Preflight, HowAParamIsSaved) {
    PreflightInput input = fine();
    for (const char* form : {"pair", "name-value"}) {
        input.panel.save_param = form;
        expect(input, std::string("a param is saved in the form ") + form, Verdict::kFound);
        EXPECT_EQ(setting(judge_preflight(input), "save_param"), '"' + std::string(form) + '"');
    }
    EXPECT_FALSE(open_question(judge_preflight(input), "save_param")) << "a panel takes both";
    input.host.mgrctl.save_params.clear();
    expect(input, "a param is saved in the form name-value", Verdict::kFound);
}

TEST(Preflight, MgrctlStopsOnlyWhereItIsNeeded) {
    PreflightInput input = fine();
    input.host.mgrctl.problem = "there is no mgrctl at /x";
    input.host.mgrctl.answers = false;
    expect(input, "there is no mgrctl", Verdict::kStops);
    input.panel.api = "off";
    expect(input, "there is no mgrctl", Verdict::kWarns);
    EXPECT_EQ(setting(judge_preflight(input), "api"), "\"off\"");
    input = fine();
    input.host.mgrctl.answers = false;
    input.host.mgrctl.answer_problem = "error access";
    input.host.uid = 998;
    expect(input, "mgrctl cannot call the panel", Verdict::kStops);
    input = fine();
    input.panel.api = "off";
    EXPECT_EQ(setting(judge_preflight(input), "api"), "\"mgrctl\"");
    input.panel.api = "https";
    EXPECT_EQ(setting(judge_preflight(input), "api"), "\"https\"");
    input.host.mgrctl.functions.erase("service.poststat");
    expect(input, "does not list service.poststat", Verdict::kWarns);
    input.host.mgrctl.functions.clear();
    expect(input, "which functions the panel has", Verdict::kUnknown);
    EXPECT_EQ(setting(judge_preflight(input), "clear_problem"), "(none)");
}

TEST(Preflight, FilesThatThePanelRunsAsRoot) {
    PreflightInput input = fine();
    input.host.module_program.kind = FileKind::kMissing;
    expect(input, "the processing module is not installed", Verdict::kWarns);
    input = fine();
    input.host.module_program.mode = 0770;
    expect(input, "others than root may change the processing", Verdict::kStops);
    input.host.module_program.mode = 0640;
    expect(input, "not executable", Verdict::kStops);
    input = fine();
    input.host.page_form.uid = 33;
    expect(input, "others than root may change the drift page's form file", Verdict::kStops);
    input = fine();
    input.host.module_program.python = true;
    expect(input, "still the Python module", Verdict::kWarns);
    input = fine();
    input.host.python_sources = file("/p/src/pmnextcloud", 0755, false);
    expect(input, "sources of the Python module", Verdict::kWarns);
    input = fine();
    input.host.do_nothing = file("/p/etc/billmgr.DoNothing", 0644, false);
    expect(input, "the panel is in maintenance", Verdict::kWarns);
    input = fine();
    input.host.crypt_key.mode = 0644;
    expect(input, "others may read the panel's key", Verdict::kWarns);
    input = fine();
    input.host.socket_folder.mode = 0777;
    expect(input, "others may replace the control socket", Verdict::kStops);
    input = fine();
    input.control.socket.clear();
    expect(input, "no control socket is configured", Verdict::kWarns);
}

TEST(Preflight, APanelOnAnotherHost) {
    PreflightInput input = fine();
    EXPECT_EQ(setting(judge_preflight(input), "listen"), "(none)");
    input.host.panel_elsewhere = true;
    expect(input, "no panel on another host is heard", Verdict::kWarns);
    expect(input, "the panel's files are not on this host", Verdict::kUnknown);
    input.host.module_program.kind = FileKind::kMissing;
    input.control.listen = "10.0.0.2:9449 [2001:db8::2]:9449";
    input.control.key_file = "/etc/bill-nextcloud/panel.key";
    input.host.listen = {{"10.0.0.2:9449", ""}, {"[2001:db8::2]:9449", "nobody listens there"}};
    expect(input, "a controller that has the key answers on 10.0.0.2:9449", Verdict::kFound);
    expect(input, "no controller that has the key answers on [2001:db8::2]:9449", Verdict::kWarns);
    const PreflightReport report = judge_preflight(input);
    const std::string text = preflight_to_json(report);
    EXPECT_EQ(text.find("is not installed"), std::string::npos)
        << "nobody looked at the panel's host";
    EXPECT_EQ(text.find("cannot reach the controller"), std::string::npos);
    EXPECT_EQ(setting(report, "listen"), "\"10.0.0.2:9449 [2001:db8::2]:9449\"");
    EXPECT_EQ(setting(report, "key_file"), "\"/etc/bill-nextcloud/panel.key\"");
    input.control.socket.clear();
    expect(input, "neither a module on this host nor a command", Verdict::kWarns);
}

TEST(Preflight, ClockOfTheDatabase) {
    PreflightInput input = fine();
    input.facts->clock_skew = -Duration(std::chrono::minutes(5));
    expect(input, "300 s behind ours", Verdict::kWarns);
}

// What is put into a sentence is said in the reader's language as well.
TEST(Preflight, ARussianReaderGetsNoEnglishWithin) {
    PreflightInput input = fine();
    input.facts->clock_skew = Duration(0);
    input.facts->time_zone = "UTC (the system's)";
    input.facts->tables.erase("itemtype");
    ScreenOptions options;
    options.language = Language::kRussian;
    const std::string text = render_preflight(judge_preflight(input), options);
    for (const char* const part :
         {"\nчасы\n",
          "часы базы относительно наших: спешат на 0 с",
          "местное время базы: UTC (системная)",
          "нет таблицы itemtype, или bn@localhost не имеет права"}) {
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
    }
}

TEST(Preflight, ScreensSayAllAndSurviveHostileTexts) {
    PreflightInput input = fine();
    input.facts->servers[3] = "evil\x1b[31m\"name";
    input.control.socket = "/run/\"x\"\\y\n/s";
    const PreflightReport report = judge_preflight(input);
    for (const Language language : {Language::kEnglish, Language::kRussian}) {
        ScreenOptions options;
        options.language = language;
        const std::string text = render_preflight(report, options);
        EXPECT_EQ(text.find('\x1b'), std::string::npos);
        EXPECT_NE(text.find("[panel]\n"), std::string::npos);
        EXPECT_NE(text.find("save_param = \"pair\""), std::string::npos);
    }
    EXPECT_NE(
        preflight_toml(report).find("socket = \"/run/\\\"x\\\"\\\\y\\u000A/s\"\n"),
        std::string::npos
    );
    const auto json = nlohmann::json::parse(preflight_to_json(report));
    EXPECT_EQ(json["format"], "bill-nextcloud-preflight");
    EXPECT_EQ(json["passed"], report.passed());
    EXPECT_EQ(json["sections"].size(), report.sections.size());
    EXPECT_EQ(json["toml"], preflight_toml(report));
    EXPECT_EQ(json["first_order"].size(), report.first_order.size());
}

// Spoils what was fine, at random.
class Spoiler {
  public:
    explicit Spoiler(std::uint32_t seed) : random_(seed) {}

    PreflightInput spoilt() {
        PreflightInput input = fine();
        PanelFacts& f = *input.facts;
        for (const char* const name : {"itemstat", "itemcryptedparam", "task", "item"}) {
            maybe([&] { f.tables.erase(name); });
        }
        for (auto& [name, table] : f.tables) {
            maybe([&, &t = table] { t.engine = "MyISAM"; });
            for (const char* const column : {"value", "trycount", "runningoperation", "param"}) {
                maybe([&, &t = table] { t.columns.erase(column); });
            }
            if (table.has("value")) {
                maybe([&, &c = table.columns["value"]] { c.type = "varchar(64)"; });
                maybe([&, &c = table.columns["value"]] { c.charset = "latin1"; });
            }
            maybe([&, &t = table] { t.keys.clear(); });
        }
        maybe([&] { f.tracked.clear(); });
        maybe([&] { f.tables["history_item"] = table("id"); });
        maybe([&] { f.may_update_usage.reset(); });
        maybe([&] { f.may_delete_usage = false; });
        maybe([&] { f.status5_rows = 0; });
        maybe([&] { f.operations = {{"open", 2, 1}}; });
        maybe([&] { f.servers.clear(); });
        maybe([&] { f.itemtypes = {"other"}; });
        maybe([&] { f.itemtypes.clear(); });
        maybe([&] { f.openings = {{"vds", "vds.open", false, 3}}; });
        maybe([&] { f.openings = {{"vds", "vds.open", true, 3}}; });
        maybe([&] { f.params["userpassword"].plain = 2; });
        maybe([&] { f.crypted_open = 1; });
        maybe([&] { f.crypted_open = f.crypted_seen = 0; });
        maybe([&] { f.key_problem = "bad {key}"; });
        maybe([&] { f.clock_skew = -std::chrono::minutes(2); });
        maybe([&] { input.crypt_key_file.clear(); });
        maybe([&] { input.panel.api = "off"; });
        maybe([&] { input.control.socket.clear(); });
        spoil(input.host);
        return input;
    }

  private:
    void spoil(HostFacts& host) {
        for (FileFacts* file :
             {&host.module_program,
              &host.module_form,
              &host.python_sources,
              &host.do_nothing,
              &host.crypt_key,
              &host.socket_folder,
              &host.socket}) {
            maybe([&] { file->kind = static_cast<FileKind>(random_() % 5); });
            maybe([&] { file->mode = 0647; });
            maybe([&] { file->uid = 7; });
            maybe([&] { file->elf = false; });
            maybe([&] { file->python = true; });
        }
        maybe([&] { host.socket_answers = false; });
        maybe([&] { host.mgrctl.tried = false; });
        maybe([&] { host.mgrctl.problem = "no {as}"; });
        maybe([&] { host.mgrctl.functions.clear(); });
        maybe([&] { host.mgrctl.functions.erase("problems.solve"); });
        maybe([&] { host.mgrctl.functions.erase("backupservice.open"); });
        maybe([&] { host.mgrctl.functions.erase("service.postopen"); });
        maybe([&] { host.mgrctl.functions.erase("vds.open"); });
        maybe([&] { host.mgrctl.save_params.clear(); });
        maybe([&] { host.mgrctl.answers = false; });
        maybe([&] { host.mgrctl.core_version = "5.1"; });
    }

    template <class Change>
    void maybe(Change change) {
        if (random_() % 4 == 0) {
            change();
        }
    }

    std::minstd_rand random_;
};

// The texts of the rules name facts: a name that is none throws.
TEST(Preflight, EveryVerdictCanBeSaid) {
    Spoiler spoiler(4711);
    std::set<std::string> remedies;
    for (int i = 0; i < 100; ++i) {
        for (const Section& section : judge_preflight(spoiler.spoilt()).sections) {
            for (const Finding& l : section.lines) {
                EXPECT_FALSE(l.what.empty()) << section.title;
                EXPECT_EQ(l.remedy.empty(), plain(l.verdict)) << l.what;
                remedies.insert(l.remedy);
                for (const std::string& text : {section.title, l.what, l.remedy}) {
                    const bool none = text.empty() || text.starts_with("GRANT ") ||
                                      text.find('{') != std::string::npos;  // the spoiler's own
                    EXPECT_TRUE(none || said(text, Language::kRussian) != text) << text;
                }
            }
        }
    }
    EXPECT_GE(remedies.size(), 25U) << "too few of the verdicts were reached";
}

}  // namespace
}  // namespace bn::cli::judge_test
