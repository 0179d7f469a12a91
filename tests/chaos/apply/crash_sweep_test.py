"""Kill an apply at its N-th commit, N = 1, 2, ... until it lives; then apply again.

After each death the next start must settle what is in doubt by looking: every sold account exists
once, with the password that we keep; nothing was created or deleted twice; the store is whole.
"""

import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.environ["BN_STAGE"])
from stage import Stage  # noqa: E402

DYING = os.environ["BN_DYING_APPLY"]
FIRST = int(os.environ.get("BN_SWEEP_FIRST", "1"))
STEP = int(os.environ.get("BN_SWEEP_STEP", "1"))


def kept_password_works(stage, login, item):
    password = stage.run("item", str(item), "--show-password").stdout.strip()
    done = subprocess.run(
        ["curl", "-sS", "--noproxy", "*", "--cacert", stage.path("ca.pem"), "-u",
         f"{login}:{password}", "-H", "OCS-APIRequest: true",
         f"{stage.url}/ocs/v2.php/cloud/user?format=json"], text=True, capture_output=True,
        check=True)
    return f'"id":"{login}"' in done.stdout


class CrashSweep(unittest.TestCase):
    def die_once(self, number, point):
        """True when the process lived to its end."""
        with Stage() as s:
            s.ctl("create", user="user_101", quota="1 GB")
            s.ctl("create", user="user_108", quota="10 GB", group="start")
            s.ctl("create", user="user_109", quota="10 GB", group="start")
            s.sql("UPDATE item SET status = 2 WHERE id = 109")
            adopted = s.run("adopt", "--item", "109", "--yes")
            self.assertEqual(adopted.returncode, 0, adopted.stdout + adopted.stderr)
            s.sql("UPDATE item SET status = 4 WHERE id = 109")
            done = subprocess.run([DYING, s.config, str(number), point], env=s.env, text=True,
                                  capture_output=True, timeout=120, check=False)
            lived = done.returncode >= 0
            again = s.apply()
            self.assertEqual(again.returncode, 0, f"{number} {point}: {again.stdout}{again.stderr}")
            self.assertEqual(s.run("verify").returncode, 0, f"{number} {point}")
            self.assertEqual(s.plan()[0], 0, f"{number} {point}")
            for item in (102, 103, 104, 105, 106, 111, 112):
                login = f"user_{item}"
                self.assertTrue(s.user(login), f"{number} {point}: {login}")
                self.assertTrue(kept_password_works(s, login, item), f"{number} {point}: {login}")
            self.assertEqual(s.user("user_101")["quota"], "10 GB")
            self.assertFalse(s.user("user_108")["enabled"])
            self.assertFalse(s.user("user_109")["enabled"], "closed: disabled, kept")
            created = [w.split()[1] for w in s.writes()
                       if w.startswith("user.create ") and "-> 200" in w]
            self.assertEqual(len(created), len(set(created)), f"{number} {point}: {created}")
            self.assertFalse([w for w in s.writes() if w.startswith("user.delete ")])
            return lived

    def sweep(self, point):
        for number in range(FIRST, 1000, STEP):
            if self.die_once(number, point):
                self.assertGreater(number, 3, "the sweep did not reach any action")
                return
        self.fail("no end of commits")

    def test_killed_before_each_commit(self):
        self.sweep("before")

    def test_killed_after_each_commit(self):
        self.sweep("after")


if __name__ == "__main__":
    unittest.main()
