"""The service: passes, triggers, signals, status, metrics; real processes and sockets."""

import json
import resource
import signal
import socket
import unittest

from stage import PASSWORD, Stage, get, wait_until


class Serve(unittest.TestCase):
    def test_paid_item_is_served_within_seconds_and_by_one_look(self):
        with Stage(accounts=50) as s:
            s.serve()
            item = s.order(4, 1)
            s.ctl("reset-stats")
            s.panel("pay", item)
            wait_until(lambda: s.user(f"user_{item}"), "the account of a paid item", 15)
            calls = json.loads(s.ctl("stats")[1])["calls"]
            self.assertFalse(any("details" in name for name in calls), calls)
            wait_until(lambda: "action.succeeded" in s.kinds("--item", str(item)), "its event")

    def test_an_account_that_the_cloud_left_half_made_is_finished_at_once(self):
        # A deadlock in the cloud's database: 101 "Bad request", the account stands, without limit and group.
        with Stage(service={"backoff_first": '"1h"', "doubt_grace": '"1h"'}) as s:
            s.serve()
            s.ctl("fault", kind="deadlock", endpoint="user.create")
            item = s.order(4, 1)
            s.panel("pay", item)
            made = wait_until(lambda: s.user(f"user_{item}"), "the account of a paid item")
            sold = s.user("user_101")
            wait_until(lambda: [s.user(f"user_{item}")[name] for name in ("quota", "groups")]
                       == [sold["quota"], sold["groups"]], f"the rest of {made}")
            self.assertTrue(any("password" in line for line in s.writes()), "and its password is certain")
            self.assertEqual(s.run("plan", "--item", str(item)).returncode, 0, "nothing is left to do")

    def test_drift_is_healed_by_the_next_pass(self):
        with Stage(service={"interval": '"2s"'}) as s:
            s.serve()
            s.ctl("quota", user="user_101", value="1 GB")
            s.ctl("disable", user="user_102")
            s.ctl("add-group", user="user_101", group="staff")
            wait_until(lambda: s.user("user_101")["quota"] == "10 GB"
                       and s.user("user_102")["enabled"], "healing")
            self.assertIn("staff", s.user("user_101")["groups"], "not a tariff's group: stays")

    def test_quiet_passes_record_one_event_each(self):
        with Stage(service={"interval": '"1s"'}) as s:
            s.serve()
            wait_until(lambda: s.kinds().count("pass.completed") >= 3, "the first passes")
            before = len(s.events())
            wait_until(lambda: len(s.events()) >= before + 3, "three more passes")
            later = s.events()[before:]
            self.assertEqual({e["kind"] for e in later}, {"pass.completed"})

    def test_sigterm_finishes_and_sighup_reloads(self):
        with Stage() as s:
            service = s.serve()
            s.write_config(service={"interval": '"2h"'})
            service.send_signal(signal.SIGHUP)
            wait_until(lambda: "service.config_changed" in s.kinds(), "the event of the reload")
            s.write_config(service={"interval": '"nonsense"'})
            service.send_signal(signal.SIGHUP)
            wait_until(lambda: s.metric("bill_nextcloud_config_reloads_total", result="error") == 1
                       or s.metric("bill_nextcloud_config_reloads_total", result="failed") == 1
                       or "the former one stays" in s.read("serve.log"), "the refused reload")
            self.assertIsNone(service.poll())
            self.assertEqual(s.stop(service), 0)
            s.write_config()
            self.assertEqual(s.kinds()[-1], "service.stopped")

    def test_stop_timeout_cuts_off_what_is_in_flight(self):
        with Stage(service={"stop_timeout": '"1s"'}) as s:
            service = s.serve()
            s.ctl("fault", kind="delay", endpoint="user.create", delay_ms=25000, times=100)
            item = s.order(4, 1)
            s.panel("pay", item)
            wait_until(lambda: "action.intended" in s.kinds("--item", str(item)), "the call")
            service.send_signal(signal.SIGTERM)
            self.assertEqual(service.wait(15), 0)
            self.assertIn("service.stop_timeout is over", s.read("serve.log"))
            kinds = s.kinds()
            self.assertIn("service.stopped", kinds)
            self.assertNotIn("action.failed", s.kinds("--item", str(item)), "its end is not known")

    def test_a_reload_says_what_waits_for_a_restart_and_what_was_refused(self):
        def reload(text):
            with open(s.config, "w", encoding="utf-8") as file:
                file.write(text)
            service.send_signal(signal.SIGHUP)

        def status():
            return json.loads(s.page("/status.json")[1])

        with Stage() as s:
            service = s.serve()
            with open(s.config, encoding="utf-8") as file:
                text = file.read()
            reload(text.replace(s.listen, "127.0.0.1:1"))
            wait_until(lambda: "http.listen" in status()["config_waiting"], "what waits")
            reload(text.replace("[store]", "[nonsense]", 1))
            wait_until(lambda: status()["config_refused"], "the refusal")
            reload(text)
            wait_until(lambda: not status()["config_refused"], "peace")
            self.assertEqual(status()["config_waiting"], "")

    def test_second_controller_is_refused(self):
        with Stage() as s:
            service = s.serve()
            done = s.apply()
            self.assertEqual(done.returncode, 1)
            self.assertIn(str(service.pid), done.stderr)

    def test_status_metrics_and_health(self):
        with Stage(accounts=7, service={"interval": '"1s"'}) as s:
            s.serve()
            self.assertEqual(s.page("/healthz")[0], 200)
            wait_until(lambda: s.metric("bill_nextcloud_drift", server="1", field="missing") == 0,
                       "the pass after the first")
            status = json.loads(s.run("status", "--json").stdout)
            self.assertTrue(status["running"])
            self.assertEqual(status["servers"][0]["policy"], "sync")
            self.assertIn("113", s.run("status").stdout)
            self.assertGreater(
                s.metric("bill_nextcloud_last_success_timestamp_seconds", server="1"), 1e9)
            wait_until(lambda: s.metric("bill_nextcloud_accounts", server="1", side="actual") > 10,
                       "the accounts that the first pass made")
            self.assertEqual(s.metric("bill_nextcloud_drift", server="1", field="quota"), 0)
            self.assertEqual(s.page("/nothing")[0], 404)

    def test_status_without_the_service_is_what_the_events_say(self):
        with Stage() as s:
            self.assertEqual(s.stop(s.serve()), 0)
            status = json.loads(s.run("status", "--json").stdout)
            self.assertFalse(status["running"])
            self.assertTrue(status["servers"][0]["last_success"])

    def test_outage_is_quarantined_and_released(self):
        with Stage(service={"interval": '"1s"'}) as s:
            s.serve()
            s.ctl("maintenance", on="1")
            wait_until(lambda: "server.quarantined" in s.kinds("--server", "1"), "the quarantine")
            self.assertEqual(s.page("/healthz")[0], 200)
            s.ctl("maintenance", on="0")
            wait_until(lambda: "server.recovered" in s.kinds("--server", "1"), "the release", 120)

    def test_a_mended_password_ends_the_quarantine_at_once(self):
        with Stage() as s:
            s.sql("UPDATE processingparam SET value = 'wrong' || value WHERE intname = 'nc_password'")
            s.serve()
            wait_until(lambda: "server.quarantined" in s.kinds("--server", "1"), "the quarantine")
            s.sql("UPDATE processingparam SET value = substr(value, 6) WHERE intname = 'nc_password'")
            wait_until(lambda: "server.recovered" in s.kinds("--server", "1"), "no five minutes", 90)
            self.assertEqual(s.kinds("--server", "1").count("server.quarantined"), 1)

    def test_panel_away_makes_it_unready_and_heals(self):
        with Stage(service={"interval": '"1s"'}) as s:
            s.serve()
            s.sql("ALTER TABLE item RENAME TO item_away")
            wait_until(lambda: s.page("/readyz")[0] == 503, "unready")
            self.assertTrue(s.user("user_101")["enabled"], "no panel: nothing is taken away")
            s.sql("ALTER TABLE item_away RENAME TO item")
            wait_until(lambda: s.page("/readyz")[0] == 200, "ready again")

    def test_notifies_systemd(self):
        with Stage() as s:
            address = s.path("notify")
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as box:
                box.bind(address)
                box.settimeout(30)
                env = dict(s.env, NOTIFY_SOCKET=address, WATCHDOG_USEC="400000")
                service = s.serve(env=env)
                seen = ""
                while "READY=1" not in seen or "WATCHDOG=1" not in seen:
                    seen += box.recv(4096).decode() + "\n"
                self.assertEqual(s.stop(service), 0)
                while "STOPPING=1" not in seen:
                    seen += box.recv(4096).decode() + "\n"

    def test_systemds_status_follows_readyz(self):
        with Stage(service={"interval": '"1s"'}) as s:
            address = s.path("notify")
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as box:
                box.bind(address)
                box.settimeout(30)
                service = s.serve(env=dict(s.env, NOTIFY_SOCKET=address))

                def hear(part):
                    seen = ""
                    while part not in seen:
                        seen = box.recv(4096).decode()
                hear("STATUS=last pass ended")
                s.sql("ALTER TABLE item RENAME TO item_away")
                hear("STATUS=not ready: the panel cannot be read")
                s.sql("ALTER TABLE item_away RENAME TO item")
                hear("STATUS=last pass ended")
                self.assertEqual(s.stop(service), 0)

    def test_a_file_that_grew_to_its_limit_is_an_error_and_nothing_is_lost(self):
        with Stage() as s:
            def small_files():
                resource.setrlimit(resource.RLIMIT_FSIZE, (150000, 150000))
            done = s.run("apply", "--yes", preexec_fn=small_files)
            self.assertGreater(done.returncode, 0, done)
            self.assertIn("store", done.stderr)
            self.assertEqual(s.apply().returncode, 0)
            self.assertEqual(s.run("verify").returncode, 0)
            self.assertTrue(s.user("user_101")["enabled"])

    def test_leaves_no_core(self):
        with Stage() as s:
            service = s.serve()
            with open(f"/proc/{service.pid}/limits", encoding="utf-8") as file:
                core = [line.split() for line in file if line.startswith("Max core file size")]
            self.assertEqual(core[0][4:6], ["0", "0"])

    def test_no_secret_in_log_events_or_pages(self):
        with Stage() as s:
            s.write_config(extra='[log]\nlevel = "debug"\n')
            service = s.serve()
            password = s.run("item", "111", "--show-password").stdout.strip()
            everything = s.read("serve.log") + json.dumps(s.events())
            for page in ("/metrics", "/status.json", "/healthz"):
                everything += s.page(page)[1]
            with open(f"/proc/{service.pid}/cmdline", encoding="utf-8") as file:
                everything += file.read()
            for secret in (PASSWORD, password):
                self.assertNotIn(secret, everything)

    def test_mass_suspension_stops_the_plan(self):
        with Stage() as s:
            self.assertEqual(s.apply().returncode, 0)
            for item in (101, 102, 103, 104, 105, 106):
                s.panel("suspend", item)
                s.panel("finish", item)
            code, plan, _ = s.plan()
            self.assertTrue(plan["servers"][0]["stopped"], plan["servers"][0])
            self.assertEqual(code, 2)
            s.apply()
            self.assertTrue(s.user("user_101")["enabled"])
            self.assertIn("plan.stopped", s.kinds("--server", "1"))
            stopped = s.run("plan").stderr
            self.assertEqual(s.apply("--approve", "0123456789abcdef").returncode, 1)
            self.assertTrue(s.user("user_101")["enabled"])
            done = s.apply("--approve", stopped.split("nextcloud approve ")[1].split()[0])
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertFalse(s.user("user_101")["enabled"])


class LifeCycle(unittest.TestCase):
    def test_order_pay_open_tariff_suspend_resume_close(self):
        with Stage(service={"retention": '"1h"'}) as s:
            s.serve()
            item = s.order(2, 1)
            login = f"user_{item}"
            s.panel("pay", item)
            wait_until(lambda: s.user(login), "the account")
            s.panel("finish", item)
            self.assertEqual(s.user(login)["quota"], "10 GB")
            s.panel("tariff", item, s.tariff("Cloud 50"))
            wait_until(lambda: s.user(login)["quota"] == "50 GB"
                       and s.user(login)["groups"] == ["pro"], "the larger tariff")
            s.panel("finish", item)
            s.panel("suspend", item)
            wait_until(lambda: not s.user(login)["enabled"], "the suspension")
            s.panel("finish", item)
            s.panel("resume", item)
            wait_until(lambda: s.user(login)["enabled"], "the resumption")
            s.panel("finish", item)
            s.panel("close", item)
            wait_until(lambda: not s.user(login)["enabled"], "the closing disables first")
            s.panel("finish", item)
            self.assertTrue(s.user(login), "kept for its retention")

    def test_suspensions_one_by_one_are_no_way_around_the_limit(self):
        with Stage() as s:
            s.write_config(extra=f'[control]\nsocket = "{s.path("control")}"')
            self.assertEqual(s.apply().returncode, 0)
            service = s.serve()
            for item in (101, 102, 103, 104, 105):
                s.panel("suspend", item)
                wait_until(lambda: not s.user(f"user_{item}")["enabled"], f"suspension of {item}")
                s.panel("finish", item)
            s.panel("suspend", 106)
            wait_until(lambda: "plan.stopped" in s.kinds("--server", "1"), "the stop")
            self.assertTrue(s.user("user_106")["enabled"], "the sixth waits")
            self.assertIn("after 5 in the last hour; 5 are allowed", s.run("status").stdout)
            s.panel("resume", 101)
            wait_until(lambda: s.user("user_101")["enabled"], "who pays is served")
            self.assertEqual(s.stop(service), 0)
            s.serve()
            self.assertEqual(s.run("refresh").returncode, 0)
            self.assertTrue(s.user("user_106")["enabled"], "a restart forgets nothing")
            self.assertEqual(s.run("approve", "0123456789abcdef").returncode, 1, "nothing of that name")
            command = s.run("status").stdout.split("if it is right: ")[1].split()
            self.assertEqual(command[:2], ["bill-nextcloud", "approve"])
            done = s.run("approve", command[2], "--reason", "the client said so", "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(json.loads(done.stdout)["service_runs"])
            wait_until(lambda: not s.user("user_106")["enabled"], "what was approved")
            said = s.events("--kind", "plan.approved")[-1]
            self.assertIn("the client said so", json.dumps(said))
            self.assertIn("operator", json.dumps(said["actor"]))


if __name__ == "__main__":
    unittest.main()
