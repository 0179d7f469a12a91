"""The module's commands: what is asked of the controller, what the panel is told."""

import itertools
import os
import shutil
import subprocess
import unittest

from panel_side import MODULE, PanelCase, error

ITEM_COMMANDS = ["open", "close", "suspend", "resume", "setparam", "prolong", "reopen", "cancel_prolong",
                 "prolong_addon", "sync_item"]
DONE = {"state": "done", "detail": ""}


class Features(PanelCase):
    def names(self, ran, element):
        return [e.get("name") for e in ran.doc.iter(element)]

    def test_what_it_can_do(self):
        ran = self.run_module("--command", "features")
        self.assertEqual(self.names(ran, "itemtype"), ["backupservice"])
        self.assertEqual(self.names(ran, "param"), ["base_url", "nc_username", "nc_password", "verify_ssl", "timeout"])
        self.assertEqual([p.get("crypted") for p in ran.doc.iter("param")], [None, None, "yes", None, None])
        features = self.names(ran, "feature")
        for name in ["check_connection", "tune_connection", "open", "close", "suspend", "resume", "setparam",
                     "sync_item", "stat", "get_server_config", "pricelist_dynamic_settings",
                     "pricelist_dynamic_settings_tune", "import", "transition_control_panel"]:
            self.assertIn(name, features)
        for name in ["messages", "prolong", "reopen", "prolong_addon", "cancel_prolong"]:
            self.assertNotIn(name, features)

    def test_every_declared_feature_is_a_command(self):
        for name in self.names(self.run_module("--command", "features"), "feature"):
            ran = self.run_module("--command", name)
            self.assertNotEqual(ran.error_type, "unknown_command", name)

    def test_itemtypes_come_from_the_settings_and_a_bad_line_stops_nothing(self):
        self.settings("itemtype = cloud\nitemtype = storage\nnonsense")
        ran = self.run_module("-c", "features")
        self.assertEqual(self.names(ran, "itemtype"), ["cloud", "storage"])
        self.assertIn("line 4", self.log())

    def test_works_without_any_folder(self):
        shutil.rmtree(self.root + "/var")
        shutil.rmtree(self.root + "/etc")
        self.assertEqual(self.run_module("-c", "features").code, 0)

    def test_finds_the_panel_by_its_own_place(self):
        os.mkdir(f"{self.root}/processing")
        shutil.copy(MODULE, f"{self.root}/processing/pmnextcloud")
        self.settings("itemtype = by_place")
        environment = self.environment()
        del environment["BN_PANEL_ROOT"]
        run = subprocess.run([f"{self.root}/processing/pmnextcloud", "--command", "features"],
                             capture_output=True, env=environment, check=True)
        self.assertIn(b'name="by_place"', run.stdout)


class Items(PanelCase):
    def test_each_command_is_one_question(self):
        controller = self.controller_says(DONE)
        for command in ITEM_COMMANDS:
            ran = self.run_module("--command", command, "--item", "7", "--runningoperation", "3")
            self.assertEqual(ran.code, 0)
            self.assertIsNotNone(ran.doc.find("ok"))
        self.assertEqual(controller.requests, [
            {"verb": "converge", "item": 7, "command": c} for c in ITEM_COMMANDS])
        self.assertEqual(set(controller.waits), {15000})

    def test_any_order_of_options(self):
        controller = self.controller_says(DONE)
        groups = [["--command", "open"], ["--item=7"], ["--runningoperation", "3"], ["--level", "30"], ["-l", "en"]]
        orders = list(itertools.permutations(groups))[::7]
        for order in orders:
            self.run_module(*[word for group in order for word in group], "--unknown", "x", "--another=1")
        self.assertEqual(len(controller.requests), len(orders))
        self.assertTrue(all(r == controller.requests[0] for r in controller.requests))
        self.assertEqual(controller.requests[0], {"verb": "converge", "item": 7, "command": "open"})

    def test_no_operation_is_fine(self):
        controller = self.controller_says(DONE)
        self.assertEqual(self.run_module("-c", "sync_item", "-i", "7").code, 0)
        self.assertEqual(self.run_module("-c", "sync_item", "-i", "7", "--runningoperation", "0").code, 0)
        self.assertEqual(len(controller.requests), 2)

    def test_the_way_to_the_cloud(self):
        controller = self.controller_says({"url": "https://cloud.example.com/nc?a=1&b=<2>", "login": "user_7"})
        for command in ("transition_control_panel", "transition"):
            ran = self.run_module("--command", command, "--item", "7", "--level", "16", "--lang", "ru")
            self.assertEqual(ran.code, 0)
            self.assertEqual({e.tag: e.text for e in ran.doc},
                             {"url": "https://cloud.example.com/nc?a=1&b=<2>", "panelcount": "1"})
        self.assertEqual(controller.requests, [{"verb": "link", "item": 7}] * 2)
        for bad in ({}, {"url": ""}, {"url": "javascript:alert(1)"}, {"url": 7}):
            self.controller_says(bad)
            self.assertEqual(self.run_module("-c", "transition", "-i", "7").error_type, "bad_answer", bad)
        self.controller_says(error("no_account"))
        for lang, words in (("en", "has no account in the cloud"), ("ru", "нет учётной записи в облаке")):
            ran = self.run_module("-c", "transition", "-i", "7", "--lang", lang)
            self.assertEqual((ran.code, ran.error_type), (1, "no_account"))
            self.assertIn(words, ran.message)
        self.assertEqual(self.run_module("-c", "transition").error_type, "option_missing")

    def test_still_working_is_success(self):
        self.controller_says({"state": "working", "detail": "the cloud is slow"})
        ran = self.run_module("-c", "open", "-i", "7")
        self.assertEqual(ran.code, 0)
        self.assertIn("completes it later", self.log())

    def test_the_wait_comes_from_the_settings(self):
        controller = self.controller_says(DONE)
        self.settings("wait = 2500ms")
        self.run_module("-c", "open", "-i", "7")
        self.assertEqual(controller.waits, [2500])

    def test_a_refusal_says_why_in_the_panels_language(self):
        self.controller_says(error("missing_group", "There is no group pro & <co>.", "Create it.",
                                   group="pro & <co>", login="user_7"))
        english = self.run_module("-c", "open", "-i", "7", "--lang", "en")
        self.assertEqual((english.code, english.error_type), (1, "missing_group"))
        self.assertIn("no group pro & <co>", english.message)
        self.assertEqual(english.param("what"), "There is no group pro & <co>.")
        self.assertEqual(english.param("remedy"), "Create it.")
        self.assertEqual(english.param("group"), "pro & <co>")
        self.assertEqual(english.param("item"), "7")
        russian = self.run_module("-c", "open", "-i", "7", "--lang", "ru")
        self.assertIn("В облаке нет группы, указанной в тарифном плане.", russian.message)
        self.assertEqual(russian.error.get("lang"), "ru")

    def test_options_that_are_missing_or_bad(self):
        controller = self.controller_says(DONE)
        for args, type_, object_ in [
                (["-c", "open"], "option_missing", "item"),
                (["-c", "open", "--item"], "option_missing", "item"),
                (["-c", "open", "--item", "--lang", "ru"], "option_missing", "item"),
                (["-c", "open", "--item", "7; rm"], "option_bad", "item"),
                (["-c", "open", "--item="], "option_bad", "item"),
                (["-c", "open", "--item", "0"], "option_bad", "item"),
                (["-c", "open", "--item", "99999999999"], "option_bad", "item"),
                (["-c", "open", "--item", "7", "--runningoperation", "x"], "option_bad", "runningoperation"),
                (["-c", "stat"], "option_missing", "module"),
                (["-c", "get_server_config", "-m", "x"], "option_bad", "module"),
                (["-c", "import"], "option_missing", "module"),
                (["-c", "explode"], "unknown_command", "command"),
                (["-c", "explode\x01\udcff<&>"], "unknown_command", "command"),
                ([], "option_missing", "command"),
                (["stray"], "option_missing", "command")]:
            ran = self.run_module(*args)
            self.assertEqual((ran.error_type, ran.error.get("object")), (type_, object_), args)
        self.assertEqual(controller.requests, [])

    def test_the_dry_run_switch_of_the_panel(self):
        controller = self.controller_says(DONE)
        with open(f"{self.root}/etc/billmgr.DoNothing", "w", encoding="utf-8"):
            pass
        for command in [*ITEM_COMMANDS, "stat"]:
            ran = self.run_module("--command", command, "--item", "7", "--module", "3")
            self.assertEqual(ran.code, 0)
            self.assertIsNotNone(ran.doc.find("ok"))
        told = len(ITEM_COMMANDS) + 1
        self.assertEqual(controller.requests, [{"verb": "maintenance"}] * told, "a controller elsewhere hears of it")
        self.run_module("-c", "get_server_config", "-m", "3")
        self.assertEqual(len(controller.requests), told + 1, "looking is no change")
        self.assertEqual(set(controller.maintenance), {True})
        os.remove(f"{self.root}/etc/billmgr.DoNothing")
        self.run_module("-c", "open", "-i", "7")
        self.assertEqual(controller.maintenance[-1], False)

    def test_the_dry_run_switch_needs_no_controller(self):
        with open(f"{self.root}/etc/billmgr.DoNothing", "w", encoding="utf-8"):
            pass
        ran = self.run_module("--command", "open", "--item", "7")
        self.assertEqual(ran.code, 0)
        self.assertIsNotNone(ran.doc.find("ok"))

    def test_many_at_once(self):
        controller = self.controller_says(DONE)
        runs = [subprocess.Popen([MODULE, "-c", "open", "-i", str(i)], stdout=subprocess.PIPE,
                                 env=self.environment()) for i in range(1, 41)]
        for run in runs:
            out, _ = run.communicate(timeout=60)
            self.assertEqual(run.returncode, 0, out)
        self.assertEqual(sorted(r["item"] for r in controller.requests), list(range(1, 41)))
        self.assertEqual(self.log().count(": done"), 40)
        self.assertEqual(self.log().count("\n"), 80, "lines do not mix")


class Servers(PanelCase):
    def test_statistics(self):
        controller = self.controller_says({"state": "done", "items": 12, "days": ["2026-11-22"]})
        self.assertEqual(self.run_module("--command", "stat", "--module", "3").code, 0)
        self.assertEqual(controller.requests, [{"verb": "statistics", "module": 3}])
        self.assertEqual(controller.waits, [60000])

    def test_server_config(self):
        controller = self.controller_says({"product": "Nextcloud", "version": "25.0.2"})
        self.assertEqual(self.run_module("--command", "get_server_config", "--module", "3").code, 0)
        self.assertEqual(controller.requests, [{"verb": "server_config", "module": 3}])
        self.controller_says(error("unknown_server"))
        self.assertEqual(self.run_module("-c", "get_server_config", "-m", "4").error_type, "unknown_server")

    def test_import(self):
        controller = self.controller_says({"imported": [{"login": "anna", "service": "15"}],
                                           "skipped": [{"login": "bob", "why": "a <stranger>"}]})
        ran = self.run_module("-c", "import", "-m", "3", "-t", "cloud", "--searchstring", "anna bob")
        self.assertEqual(controller.requests,
                         [{"verb": "import", "module": 3, "itemtype": "cloud", "search": "anna bob"}])
        self.assertEqual(ran.doc.findtext("imported/service"), "15")
        self.assertEqual(ran.doc.findtext("skipped/why"), "a <stranger>")
        self.run_module("-c", "import", "-m", "3")
        self.assertEqual(controller.requests[1]["itemtype"], "backupservice")

    def test_the_flag_feature_is_answered(self):
        self.assertIsNotNone(self.run_module("-c", "pricelist_dynamic_settings", "-m", "3").doc.find("ok"))


class People(PanelCase):
    def text(self, *args):
        run = subprocess.run([MODULE, *args], capture_output=True, env=self.environment(), check=True)
        return run.stdout.decode()

    def test_help_version_copyright(self):
        self.assertIn("--command COMMAND", self.text("--help"))
        self.assertRegex(self.text("--version"), r"^pmnextcloud \d+\.\d+\.\d+\n$")
        self.assertIn("bill-nextcloud", self.text("-T"))
        self.assertEqual(self.text("-T").count("\n"), 1)

    def test_messages_in_both_languages(self):
        ran = self.run_module("--command", "messages")
        keys = {lang.get("name"): [m.get("name") for m in lang] for lang in ran.doc}
        self.assertEqual(set(keys), {"en", "ru"})
        self.assertEqual(keys["en"], keys["ru"])
        self.assertIn("msg_error_controller_down", keys["en"])


if __name__ == "__main__":
    unittest.main()
