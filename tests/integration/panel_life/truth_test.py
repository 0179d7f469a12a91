"""What a real panel does: it is in maintenance, it completes an open by a function of its own, and it
judges a command by what that command needs."""

import json
import os
import unittest
import xml.etree.ElementTree as ElementTree

from life_stage import PASSWORD, LifeCase, LifeStage, wait_until


class Truth(LifeCase):
    def bought(self, stage, tariff=None):
        item = stage.tool("order", stage.client, tariff or stage.small)["item"]
        stage.tool("pay", item, stage.server)
        return item

    @staticmethod
    def passes(stage):
        return sum(e["kind"] == "pass.completed" for e in stage.events())

    # ---- maintenance

    def switch(self, stage, on):
        path = os.path.join(stage.mgr, "etc/billmgr.DoNothing")
        if on:
            stage.write(path, "")
        else:
            os.remove(path)

    def test_nothing_is_done_or_told_in_maintenance(self):
        s = self.stage()
        self.switch(s, True)
        s.service = s.serve(ready=False)
        wait_until(lambda: "maintenance" in s.page("/readyz")[1], "the state")
        s.start_runner()
        item = self.bought(s)
        wait_until(lambda: s.runs(), "a start of the module")
        passes = self.passes(s)
        wait_until(lambda: self.passes(s) > passes, "another pass: reads go on")
        self.assertEqual(s.writes(), [])
        self.assertEqual(s.calls(), [])
        self.assertTrue(s.show(item)["operations"])
        status, body = s.page("/readyz")
        self.assertEqual(status, 503)
        self.assertIn("DoNothing exists", body)
        self.assertEqual(s.metric("bill_nextcloud_panel_maintenance"), 1)
        told = s.run("status", "--json")
        self.assertIn("DoNothing", json.loads(told.stdout)["panel_maintenance"]["reason"])
        self.assertIn("in maintenance", s.run("status").stdout)
        self.assertIn("на обслуживании", s.run("status", env=dict(s.env, LC_ALL="ru_RU.UTF-8")).stdout)
        check = s.run("check")
        self.assertEqual(check.returncode, 1)
        self.assertIn("in maintenance", check.stdout)
        self.assertIn("panel-maintenance", s.run("plan", "--json").stdout)
        applied = s.apply()
        self.assertEqual(applied.returncode, 1)
        self.assertIn("in maintenance", applied.stderr)
        self.switch(s, False)
        self.assertEqual(s.wait_settled(item)["status"], "2")
        self.assertTrue(s.user(f"user_{item}"))
        wait_until(lambda: s.page("/readyz")[0] == 200, "ready")
        self.assertEqual(s.metric("bill_nextcloud_panel_maintenance"), 0)
        kinds = [e["kind"] for e in s.events()]
        self.assertEqual((kinds.count("panel.maintenance_began"), kinds.count("panel.maintenance_ended")), (1, 1))

    def test_maintenance_that_begins_while_the_service_runs_and_over_a_restart(self):
        s = self.stage()
        s.start_service()
        s.start_runner()
        first = s.opened()
        self.switch(s, True)
        s.ctl("reset-stats")
        before = len(s.calls())
        second = self.bought(s)
        s.ctl("change", user=f"user_{first}", quota="1 GB")
        wait_until(lambda: s.metric("bill_nextcloud_panel_maintenance") == 1, "the state")
        s.kill_service()
        s.service = s.serve(ready=False)
        wait_until(lambda: "maintenance" in s.page("/readyz")[1], "the state")
        passes = self.passes(s)
        wait_until(lambda: self.passes(s) > passes + 1, "passes")
        self.assertEqual(s.writes(), [])
        self.assertEqual(len(s.calls()), before)
        self.switch(s, False)
        self.assertEqual(s.wait_settled(second)["status"], "2")

    def test_without_the_service_apply_refuses_too(self):
        s = self.stage()
        self.bought(s)
        self.switch(s, True)
        refused = s.apply()
        self.assertEqual(refused.returncode, 1)
        self.assertIn("DoNothing exists", refused.stderr)
        self.assertIn("in maintenance", s.run("plan").stdout)
        self.assertEqual(s.writes(), [])
        self.switch(s, False)
        self.assertEqual(s.apply().returncode, 0)

    # ---- how an open is completed

    def test_each_function_that_completes_an_open_is_found_and_remembered(self):
        for call in ("vds.open", "service.postopen", "{itemtype}.open"):
            with self.subTest(call=call), LifeStage(self.db, panel_settings={"open_call": call},
                                                    panel_lines='open_function = "nobody.open"') as s:
                function = call.replace("{itemtype}", "backupservice")
                s.start_service()
                s.start_runner()
                first = s.opened()
                self.assertEqual(s.calls(first)[-1]["func"], function)
                second = s.opened()
                opens = [c["func"] for c in s.calls(second) if "open" in c["func"]]
                self.assertEqual(opens, [function])
                found = [e for e in s.events() if e["kind"] == "panel.completion_found"]
                self.assertEqual(len(found), 1)
                self.assertIn(function, found[0]["text"])

    def test_a_panel_with_none_of_them_says_so_at_the_operation(self):
        s = self.stage(panel_settings={"open_call": "nobody.open"})
        s.start_service()
        s.start_runner()
        item = self.bought(s)

        def told():
            return [o["errorxml"] for o in s.show(item)["operations"] if o.get("errorxml")]

        error = ElementTree.fromstring(wait_until(told, "the operation's error")[0]).find("error")
        self.assertIsNotNone(error, "at the root")
        self.assertIn("vds.open", error.findtext("param[@name='what']"))
        self.assertIn("service.postopen", error.findtext("param[@name='what']"))
        self.assertTrue(s.user(f"user_{item}"))
        shown = s.run("item", str(item)).stdout
        self.assertNotIn("nothing: all is as it was sold", shown)
        self.assertIn("vds.open", shown)

    # ---- params

    def test_nothing_but_its_params_is_left_behind(self):
        for taken, form in (("both", "pair"), ("both", "name-value"), ("pair", "name-value"),
                            ("name-value", "pair")):
            with self.subTest(taken=taken, form=form), LifeStage(
                    self.db, panel_settings={"save_param": taken},
                    panel_lines=f'save_param = "{form}"') as s:
                s.start_service()
                s.start_runner()
                row = s.show(s.opened())
                self.assertEqual(sorted(row["params"]), ["url", "username"])
                self.assertEqual(sorted(row["crypted"]), ["userpassword"])
                self.assertEqual(s.leaks([PASSWORD, row["crypted"]["userpassword"]]), [])

    # ---- what a command needs

    def test_a_group_that_is_gone_fails_neither_a_suspension_nor_a_renewal(self):
        s = self.stage()
        s.start_service()
        s.start_runner()
        item = s.opened(s.studio)
        s.ctl("rename-group", **{"from": "staff", "to": "former"})
        s.tool("prolong", item, 1)
        self.assertEqual(s.wait_settled(item)["status"], "2")
        s.tool("suspend", item)
        self.assertEqual(s.wait_settled(item)["status"], "3")
        self.assertFalse(s.user(f"user_{item}")["enabled"])
        s.tool("resume", item)
        self.assertEqual(s.wait_settled(item)["status"], "2")
        self.assertTrue(s.user(f"user_{item}")["enabled"])
        self.assertEqual(s.calls(item, "runningoperation.edit"), [], "none was told as failed")


if __name__ == "__main__":
    unittest.main()
