"""A provider whose services were opened by the Python module: what it saved in the panel, and the
accounts as it left them in the cloud. For the tests of this folder and of `adopt`.
"""

import base64
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["BN_SOURCE"], "tests/integration/service"))

from stage import PASSWORD, Stage  # noqa: E402

GIB = 1024 ** 3

# What was sold, as the sample panel has it. All were opened with the login user_<id>.
#   id: (GiB, group, e-mail, enabled)
SOLD = {
    101: (10, "start", "anna.kovalenko@example.com", True),
    102: (50, "pro", "office@zapad-stroy.example", True),
    103: (10, "start", "m.petrov@example.org", True),
    104: (50, "pro", "studio.lumen@example.net", True),
    105: (10, "start", "v.sidorenko@example.com", True),
    106: (75, "pro", "it@hotel-neman.example", True),
    108: (10, "start", "office@zapad-stroy.example", False),
    111: (10, "start", "studio.lumen@example.net", True),
    112: (2, "start", "v.sidorenko@example.com", True),
}
CLOSED = 109
BROKEN = 113  # its tariff has no disk space any more


def save_param(stage, item, name, value, table="itemparam"):
    """A param of a service, as whoever wrote it; a former value is replaced."""
    stage.sql(f"DELETE FROM {table} WHERE item = {item} AND intname = '{name}'")
    stage.sql(f"INSERT INTO {table} (id, item, intname, value) SELECT COALESCE(MAX(id), 0) + 1, "
              f"{item}, '{name}', '{value}' FROM {table}")


class LegacyStage(Stage):
    """The sample panel and a cloud as the Python module left them: logins saved, passwords crypted,
    the server's password plain, 0 for the group of every tariff that has one, which is what its form
    stores. Nothing differs from what was sold, unless a test changes it."""

    def __init__(self, policy="sync", accounts=3, **kwargs):
        super().__init__(policy=policy, accounts=accounts, **kwargs)
        self.panel("finish", 111)
        self.pem = self.path("billmgr.pem")
        subprocess.run(["openssl", "genrsa", "-out", self.pem, "2048"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.chmod(self.pem, 0o600)
        self.sql("DELETE FROM itemparam WHERE intname NOT IN ('username')")
        for item in SOLD:
            self.save_params(item)
        # Opened without fault: the item whose tariff was broken later is one of the tests'.
        self.sql(f"UPDATE item SET status = 4 WHERE id = {BROKEN}")
        self.sql(f"DELETE FROM itemparam WHERE item = {BROKEN}")
        self.sql("UPDATE pricelistparam SET value = '0' WHERE intname = 'usergroup' AND value != ''")
        for item, (gib, group, email, enabled) in SOLD.items():
            login = f"user_{item}"
            assert self.ctl("create", user=login, quota=f"{gib} GB", group=group, email=email)[0] == 200
            self.ctl("used", user=login, bytes=gib * GIB // 4)
            if not enabled:
                self.ctl("disable", user=login)
        assert self.writes() == []

    def choose_groups(self):
        """A person has chosen the groups in the tariffs' forms, and names are stored."""
        for name, tariff in (("start", "Cloud 10"), ("pro", "Cloud 50")):
            self.sql(f"UPDATE pricelistparam SET value = '{name}' WHERE intname = 'usergroup' "
                     f"AND pricelist = {self.tariff(tariff)}")

    def save_params(self, item):
        """What the Python module saved when it opened a service."""
        sealed = subprocess.run(
            ["openssl", "pkeyutl", "-encrypt", "-inkey", self.pem], input=b"Pa55word-of-20-chars",
            stdout=subprocess.PIPE, check=True).stdout
        save_param(self, item, "url", self.url)
        save_param(self, item, "userpassword", base64.b64encode(sealed).decode(), "itemcryptedparam")

    def adopt(self, *args):
        """Exit code and the JSON document."""
        done = self.run("adopt", "--json", *args)
        return done.returncode, (json.loads(done.stdout) if done.stdout else None), done.stderr

    def violations(self):
        return json.loads(self.ctl("stats")[1])["violations"]
