"""A service from its order to its deletion, undisturbed and with everything dying under it: the end
is the same, the panel was told of each operation once, and no password is where it must not be."""

import concurrent.futures
import datetime
import unittest

from life_stage import PASSWORD, LifeStage, MariaDb, wait_until

RETENTION = 2  # seconds that a closed account is kept


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def kept_until(stage, item):
    """When the closed account may be deleted, as the controller promised."""
    words = "deletion not before "
    events = stage.events("--item", str(item))
    promises = [moment(e["text"].split(words)[1]) for e in events if words in e["text"]]
    # Killed between the call and its record: a look settled it, and the time counts from there.
    looks = [moment(e["at"]) + datetime.timedelta(seconds=RETENTION) for e in events
             if "disable had taken effect" in e["text"]]
    return (promises or looks[-1:])[0]


class Quiet:
    """How one step goes; the others override it."""

    def __init__(self, stage):
        self.stage = stage

    def step(self, item, act):
        act()

    def while_retained(self, item):
        """The account is closed and kept."""

    def tried(self, item, tries):
        """Waits until the module was started so often for the item's operation, or it is over."""
        def condition():
            row = self.stage.show(item)
            return not row["operations"] or int(row["operations"][0]["trycount"]) >= tries
        wait_until(condition, f"try {tries} for item {item}")


class KilledWhenStarted(Quiet):
    def step(self, item, act):
        act()
        self.tried(item, 1)
        self.again()

    def while_retained(self, item):
        self.again()

    def again(self):
        self.stage.kill_service()
        self.stage.start_service()


class KilledAfterTheWrite(KilledWhenStarted):
    """The cloud has it; whether the panel was told is anybody's guess."""

    def step(self, item, act):
        before = len(self.stage.writes())
        act()
        wait_until(lambda: len(self.stage.writes()) > before or self.stage.settled(item),
                   "a write to the cloud")
        self.again()


class PanelAway(Quiet):
    """Its mgrctl cannot reach it, its runner dies as well; then all of it is back."""

    def step(self, item, act):
        self.stage.tool("away")
        before = len([c for c in self.stage.calls() if c["fault"]])
        act()
        self.tried(item, 1)
        wait_until(lambda: len([c for c in self.stage.calls() if c["fault"]]) > before,
                   "a call of the panel that is away")
        self.stage.stop_runner()
        self.stage.tool("back")
        self.stage.start_runner()


class DatabaseRestarted(Quiet):
    """Under the panel, its runner and the controller, while each is at work with it."""

    def step(self, item, act):
        act()
        self.stage.db.stop()
        self.stage.db.start()

    def while_retained(self, item):
        self.stage.db.stop()
        self.stage.db.start()


class AnswersLost(Quiet):
    """Each first call takes effect and its answer is lost; the next answer is cut in half."""

    def step(self, item, act):
        self.stage.tool("fault", '{"kind":"lost","times":1}')
        self.stage.tool("fault", '{"kind":"cut","times":1}')
        self.stage.tool("fault", '{"kind":"error","times":1,"exit":0,"type":"busy"}')
        act()
        self.stage.wait_settled(item)
        self.stage.tool("no-faults")


class CloudInMaintenance(Quiet):
    def step(self, item, act):
        self.stage.ctl("maintenance", on="1")
        act()
        self.tried(item, 2)
        self.stage.ctl("maintenance", on="0")

    def while_retained(self, item):
        """Its time ends while the cloud cannot be told."""
        self.stage.ctl("maintenance", on="1")
        end = kept_until(self.stage, item)
        wait_until(lambda: datetime.datetime.now(datetime.timezone.utc) > end, "the end of the retention")
        self.stage.ctl("maintenance", on="0")


class Life:
    """The way of a service, with its checks; the classes below walk it."""

    @classmethod
    def setUpClass(cls):
        cls.db = MariaDb()

    @classmethod
    def tearDownClass(cls):
        cls.db.close()

    def side_by_side(self, **walks):
        """Most of a walk is waiting: each by itself, on a database of its own. name=(disturbance, settings)"""
        with concurrent.futures.ThreadPoolExecutor(len(walks)) as pool:
            begun = {name: pool.submit(self.walk, how, name=name, **settings)
                     for name, (how, settings) in walks.items()}
        for name, walk in begun.items():
            with self.subTest(walk=name):
                walk.result()

    def walk(self, disturbance, **stage_settings):
        service = {"retention": f'"{RETENTION}s"'}
        with LifeStage(self.db, service=service, **stage_settings) as s:
            s.start_service()
            s.start_runner()
            how = disturbance(s)
            item = s.tool("order", s.client, s.small)["item"]
            login = f"user_{item}"
            self.assertIsNone(s.user(login))

            def step(*verb):
                how.step(item, lambda: s.tool(*verb))
                return s.wait_settled(item)

            password = self.opened(s, step("pay", item, s.server), login)
            self.assertEqual(step("set-tariff", item, s.large)["status"], "2")
            self.assertCloud(s, login, quota="50 GB", groups=["pro"], enabled=True)
            step("order-more", item, 5)
            self.assertCloud(s, login, quota="55 GB", groups=["pro"], enabled=True)
            self.assertEqual(step("set-tariff", item, s.studio)["status"], "2")
            self.assertCloud(s, login, quota="50 GB", groups=["staff"], enabled=True)
            self.assertEqual(step("suspend", item)["status"], "3")
            self.assertCloud(s, login, quota="50 GB", groups=["staff"], enabled=False)
            self.assertFalse(s.login_works(login, password))
            self.assertEqual(step("resume", item)["status"], "2")
            self.assertTrue(s.login_works(login, password))
            self.assertEqual(step("prolong", item, 1)["status"], "2")
            self.assertEqual(step("close", item)["status"], "4")
            self.assertFalse(s.login_works(login, password))
            how.while_retained(item)
            wait_until(lambda: s.user(login) is None, "the end of the account")
            self.kept_first(s, item)
            self.told_once(s, item)
            self.assertEqual(s.leaks([PASSWORD, password]), [])

    def opened(self, s, row, login):
        self.assertEqual(row["status"], "2")
        self.assertEqual(row["params"]["username"], login)
        self.assertTrue(row["params"]["url"].startswith(s.url), row["params"])
        self.assertNotIn("userpassword", row["params"])
        password = row["crypted"]["userpassword"]
        self.assertTrue(s.login_works(login, password))
        self.assertFalse(s.login_works(login, password + "x"))
        self.assertCloud(s, login, quota="10 GB", groups=["start"], enabled=True)
        return password

    def kept_first(self, s, item):
        """Disabled, kept for as long as was promised, then deleted."""
        deleted = [moment(e["at"]) for e in s.events("--item", str(item))
                   if e["kind"] == "action.succeeded" and e["text"].startswith("done: delete ")]
        self.assertEqual(len(deleted), 1)
        self.assertGreaterEqual(deleted[0], kept_until(s, item))
        words = [line.split()[0] for line in s.writes() if f" user_{item} " in line]
        self.assertLess(words.index("user.disable"), words.index("user.delete"))

    def told_once(self, s, item):
        self.assertEqual(dict(s.completions(item)), {
            "backupservice.open": 1, "service.postsetparam": 3, "service.postsuspend": 1,
            "service.postresume": 1, "service.postprolong": 1, "service.postclose": 1})
        self.assertEqual(s.tool("operations"), [])

    def assertCloud(self, s, login, quota, groups, enabled):
        user = s.user(login)
        self.assertEqual((user["quota"], user["groups"], user["enabled"]), (quota, groups, enabled))


class Undisturbed(Life, unittest.TestCase):
    def test_every_kind_of_panel(self):
        self.side_by_side(
            plain=(Quiet, {}),
            only_the_operation=(Quiet, {"panel_settings": {"in_progress": "operation"}}),
            other_form_of_params=(Quiet, {
                "panel_settings": {"save_param": "pair", "id_gap": 3, "error_exit": 0},
                "panel_lines": 'save_param = "pair"'}))


class Killed(Life, unittest.TestCase):
    def test_controller_killed(self):
        self.side_by_side(when_the_module_has_started=(KilledWhenStarted, {}),
                          after_the_write=(KilledAfterTheWrite, {}))


class Trouble(Life, unittest.TestCase):
    def test_panel_and_cloud(self):
        self.side_by_side(
            panel_away=(PanelAway, {}),
            answers_lost_cut_and_false=(AnswersLost, {}),
            # The panel comes back soon and often.
            cloud_in_maintenance=(CloudInMaintenance, {"module_wait": "300ms"}))


class Database(Life, unittest.TestCase):
    def test_restarted(self):
        self.walk(DatabaseRestarted)


if __name__ == "__main__":
    unittest.main()
