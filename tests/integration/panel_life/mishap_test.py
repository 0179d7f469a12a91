"""What can go wrong with an operation, and what the panel's staff and client then see."""

import socket
import threading
import unittest
import xml.etree.ElementTree as ElementTree

from life_stage import PASSWORD, LifeCase, wait_until


class Door:
    """A way to the cloud that can be shut: while it is shut, connections are refused."""

    def __init__(self, port):
        self.target = port
        self.port = 0
        self.pairs = []
        self.open()

    def open(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        self.listener.listen(64)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def shut(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for one in self.pairs:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.pairs = []

    def _accept(self, listener):
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            self.pairs += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    @staticmethod
    def _pass_on(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Mishaps(LifeCase):
    def test_the_same_operation_delivered_twice_at_once_and_again(self):
        s = self.stage()
        s.start_service()
        s.ctl("latency", ms=200)  # the second comes while the first is at work
        item = s.tool("order", s.client, s.small)["item"]
        operation = s.tool("pay", item, s.server)["operation"]
        options = ("--item", item, "--command", "open", "--module", s.server, "--lang", "en", "--level", 30,
                   "--runningoperation", operation)
        twins = [s.begin_module(*options), s.begin_module(*options)]
        for twin in twins:
            self.assertIn("<ok/>", twin.communicate(timeout=60)[0])
            self.assertEqual(twin.returncode, 0)
        row = s.wait_settled(item)
        again = s.begin_module(*options)
        self.assertIn("<ok/>", again.communicate(timeout=60)[0])
        self.assertEqual(again.returncode, 0)
        self.assertEqual([line.split()[0] for line in s.writes()], ["user.create"])
        self.assertEqual(s.completions(item), [("backupservice.open", 1)])
        self.assertEqual(s.show(item)["status"], "2")
        self.assertEqual(s.show(item)["crypted"], row["crypted"])
        self.assertTrue(s.login_works(f"user_{item}", row["crypted"]["userpassword"]))

    def test_a_missing_group_becomes_a_task_and_ends_when_the_group_is_there(self):
        s = self.stage(panel_lines="try_limit = 3")
        s.start_service()
        s.start_runner()
        neighbour = s.opened()
        gold = s.tool("add-tariff", "gold", 20, "gold")["tariff"]
        item = s.tool("order", s.client, gold)["item"]
        s.tool("pay", item, s.server)
        wait_until(lambda: s.show(item)["tasks"], "a task for the panel's staff")
        operation = wait_until(lambda: [o for o in s.show(item)["operations"] if o["manual"] == "on"],
                               "the operation in the hands of the staff")[0]
        self.assertGreaterEqual(int(operation["trycount"]), 3)
        error = ElementTree.fromstring(operation["errorxml"])
        error = error if error.tag == "error" else error.find(".//error")
        self.assertEqual(error.get("type"), "missing_group")
        self.assertIn("gold", "".join(error.itertext()))
        self.assertIsNone(s.user(f"user_{item}"))
        s.ctl("add-group", user=f"user_{neighbour}", group="gold")
        row = s.wait_settled(item)
        self.assertEqual(row["status"], "2")
        self.assertEqual([task["status"] for task in row["tasks"]], ["2"])
        self.assertEqual(s.user(f"user_{item}")["groups"], ["gold"])
        self.assertEqual(len([c for c in s.calls() if c["func"] == "task.edit"]), 1)

    def test_a_tariff_that_cannot_be_applied_is_taken_back(self):
        s = self.stage()
        s.start_service()
        s.start_runner()
        item = s.opened()
        before = s.user(f"user_{item}")
        gold = s.tool("add-tariff", "gold", 20, "gold")["tariff"]
        s.tool("set-tariff", item, gold)
        row = s.wait_settled(item)
        self.assertEqual((row["status"], row["pricelist"]), ("2", str(s.small)))
        self.assertIsNone(row.get("lastpricelist"))
        told = [c["func"] for c in s.calls(item) if c["answer"] == "ok" and "pricelist" in c["func"]]
        self.assertEqual(told, ["service.changepricelist.rollback"])
        self.assertNotIn("service.postsetparam", dict(s.completions(item)))
        # What could be changed before the group was missed is changed back.
        wait_until(lambda: s.user(f"user_{item}") == before, "the account as it was")
        self.assertEqual(s.tool("set-tariff", item, s.large)["item"], item, "the next one goes through")
        self.assertEqual(s.wait_settled(item)["pricelist"], str(s.large))
        self.assertEqual(s.user(f"user_{item}")["groups"], ["pro"])

    def test_a_cloud_that_is_gone_is_shown_and_taken_back(self):
        s = self.stage(panel_lines='clear_problem = "problems.unregister"')
        door = Door(int(s.url.rsplit(":", 1)[1]))
        self.addCleanup(door.shut)
        second = s.tool("add-server", "second", f"https://localhost:{door.port}", "admin", "-", "crypted")["server"]
        s.start_service()
        s.start_runner()
        s.opened(server=second)
        door.shut()
        item = s.tool("order", s.client, s.small)["item"]
        s.tool("pay", item, second)
        problem = wait_until(lambda: s.tool("problems"), "a problem in the panel")
        self.assertEqual([(p["object"], p["solved"]) for p in problem], [(str(second), "0")])
        self.assertIn("second", problem[0]["params"])
        self.assertNotIn(PASSWORD, problem[0]["params"])
        # The other server's clients do not wait for it.
        self.assertTrue(s.user(f"user_{s.opened()}"))
        self.assertTrue(s.show(item)["operations"])
        door.open()
        self.assertEqual(s.wait_settled(item)["status"], "2")
        self.assertTrue(s.user(f"user_{item}"))
        wait_until(lambda: all(p["solved"] == "1" for p in s.tool("problems")), "no problem any more")
        self.assertEqual([p["times"] for p in s.tool("problems")], ["1"])

    def test_another_cloud_in_the_place_of_ours_is_shown_and_gets_nothing(self):
        s = self.stage(panel_lines='clear_problem = "problems.unregister"')
        s.start_service()
        s.start_runner()
        s.opened()
        s.ctl("swap", instance="ocother00000")
        s.ctl("reset-stats")
        item = s.tool("order", s.client, s.small)["item"]
        s.tool("pay", item)
        problem = wait_until(lambda: s.tool("problems"), "a problem in the panel")
        self.assertEqual([p["solved"] for p in problem], ["0"])
        self.assertIn("another cloud", problem[0]["params"])
        self.assertEqual(s.writes(), [])
        s.ctl("swap", instance="ocINSTANCEID")
        self.assertEqual(s.wait_settled(item)["status"], "2")
        self.assertTrue(s.user(f"user_{item}"))
        wait_until(lambda: all(p["solved"] == "1" for p in s.tool("problems")), "no problem any more")

    def test_the_controller_does_not_run(self):
        s = self.stage()
        s.start_runner()
        item = s.tool("order", s.client, s.small)["item"]
        s.tool("pay", item, s.server)
        operation = wait_until(lambda: [o for o in s.show(item)["operations"] if o.get("errorxml")],
                               "an error document")[0]
        self.assertIn("controller_down", operation["errorxml"])
        self.assertEqual(s.writes(), [])
        s.start_service()
        self.assertEqual(s.wait_settled(item)["status"], "2")
        self.assertEqual(s.completions(item), [("backupservice.open", 1)])


if __name__ == "__main__":
    unittest.main()
