"""What the configuration may ask for beside what was sold: made groups, readable accounts of who owes, retentions by tariff,
kept names; the real program against a sample panel and a sample cloud."""

import unittest

from stage import Stage


class Policies(unittest.TestCase):
    def kinds(self, s):
        """What the plan would do, by item."""
        code, plan, error = s.plan()
        self.assertIn(code, (0, 2), error)
        return [(action["item"], action["kind"]) for server in plan["servers"] for action in server["actions"]]

    def test_a_group_that_is_missing_is_made_once_a_service_needs_it(self):
        with Stage(groups="staff") as s:
            s.apply()
            self.assertIsNone(s.user("user_101"), "held: its tariff's group is missing")
            s.write_config(server="make_groups = true")
            self.assertIn((101, "make-group"), self.kinds(s))
            done = s.apply()
            self.assertEqual(s.user("user_101")["groups"], ["start"], done.stdout + done.stderr)
            self.assertEqual(s.user("user_102")["groups"], ["pro"])
            self.assertEqual(self.kinds(s), [], "nothing is left to do")
            writes = len(s.writes())
            s.apply()
            self.assertEqual(len(s.writes()), writes)
            self.assertIn("make-group", s.run("events", "--json", "--limit", "1000").stdout)

    def test_a_group_whose_call_had_no_answer_is_asked_for_again(self):
        with Stage(groups="staff") as s:
            s.write_config(server="make_groups = true")
            s.ctl("fault", kind="drop", endpoint="group.create", times=1)
            for _ in range(3):
                s.apply()
            self.assertEqual(s.user("user_101")["groups"], ["start"])
            self.assertEqual(self.kinds(s), [])

    def test_who_owes_reads_and_has_his_space_back_when_he_has_paid(self):
        with Stage() as s:
            s.write_config(server='overdue = "read-only"')
            s.apply()
            s.apply()  # which product the cloud is was not on record for the first
            was = s.user("user_101")["quota"]
            s.panel("suspend", 101)
            s.panel("finish", 101)
            self.assertEqual(self.kinds(s), [(101, "set-quota")])
            s.apply()
            self.assertEqual((s.user("user_101")["enabled"], s.user("user_101")["quota"]), (True, "0 B"))
            self.assertEqual(self.kinds(s), [], "and it rests")
            s.panel("resume", 101)
            s.panel("finish", 101)
            s.apply()
            self.assertEqual((s.user("user_101")["enabled"], s.user("user_101")["quota"]), (True, was))
            self.assertEqual(self.kinds(s), [])

    def test_a_tariff_has_its_own_way_with_who_owes_and_its_own_retention(self):
        with Stage() as s:
            small = s.tariff("Cloud 10")
            s.write_config(extra=f'[tariff.{small}]\noverdue = "read-only"\nretention = "0"')
            s.apply()
            for item in (101, 102):
                s.panel("suspend", item)
                s.panel("finish", item)
            s.apply()
            self.assertTrue(s.user("user_101")["enabled"])
            self.assertFalse(s.user("user_102")["enabled"], "of another tariff")
            for item in (101, 102):
                s.panel("close", item)
                s.panel("finish", item)
            s.apply()
            self.assertFalse(s.user("user_101")["enabled"], "disabled first")
            s.apply()
            self.assertIsNone(s.user("user_101"))
            self.assertIsNotNone(s.user("user_102"), "kept for 14 days")

    def test_a_name_is_kept_where_the_configuration_says_so(self):
        with Stage() as s:
            s.apply()
            name = s.user("user_101")["displayname"]
            owner = f"(SELECT account FROM item WHERE id = 101)"
            s.sql(f"UPDATE user SET realname = 'Another Name' WHERE account = {owner}")
            self.assertEqual(self.kinds(s), [])
            s.write_config(server='display_name = "equal"')
            self.assertIn((101, "set-name"), self.kinds(s))
            s.apply()
            self.assertNotEqual(name, "Another Name")
            self.assertEqual(s.user("user_101")["displayname"], "Another Name")
            self.assertEqual(self.kinds(s), [])

    def test_what_cannot_be_kept_is_a_fault_of_the_configuration(self):
        with Stage() as s:
            s.write_config(server='overdue = "read-only"\nby_hand = "quota"')
            done = s.run("plan")
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("needs the quota to be kept", done.stderr)


if __name__ == "__main__":
    unittest.main()
