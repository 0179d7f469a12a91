"""storm.py --rounds N --seed S [--fault FAULT]... [--line panel|cloud]: the real service with broken lines to its panel and its cloud.

`bill-nextcloud serve` reads a real MariaDB and talks to a sample cloud, each through a proxy. In each round
one line breaks in one way. Meanwhile an order is paid, a service is closed, a closed one becomes due to be
deleted, and another one that is due is bought back. Once the line is whole again, all that was sold must be
there and work, nothing else may have been taken away, and the store must be good. What a round waits for are
conditions, never times.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import time

sys.path[:0] = [os.environ["BN_STAGE"], os.environ["BN_PROXY"]]
from faulty_proxy import FAULTS, FaultyProxy  # noqa: E402
from mariadb import READER_PASSWORD, MariaDb  # noqa: E402
from stage import PATIENCE, Stage, free_port, get, wait_until  # noqa: E402

PANEL, CLOUD = "panel", "cloud"
ALL = [(side, fault) for side in (PANEL, CLOUD) for fault in FAULTS]
# What a service may send while a line is broken: a share a second, and what a pass sends. No more than the
# polls of the panel (five a second) and one look at the cloud a second come to.
A_SECOND, A_FAULT = 25, 150
LIMITS = "\n".join(f'limit_{what} = "500 or 100% an hour, 500 or 100% a day"'
                   for what in ("delete", "disable", "cut_below_use", "cut_quota", "remove_group", "change_email"))


# What `status` begins such lines with.
TROUBLE = ("Panel: ", "last error", "left alone")


def demand(holds, what):
    if not holds:
        raise AssertionError(what)


class Storm:
    def __init__(self, seed=1, say=lambda text: None):
        self.say = say
        self.random = random.Random(seed)
        self.next_item = 300
        self.living, self.closed, self.taken_over = set(), set(), set()
        self.stage = Stage(cloud_args=("--http",), accounts=3)
        self.db = None
        self.lines = {}
        try:
            self._set_up(seed)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.stage.__exit__()
        for line in self.lines.values():
            line.close()
        if self.db:
            self.db.close()

    def _set_up(self, seed):
        s = self.stage
        # The database's client library asks for what a damaged answer says it needs, and takes no for an
        # answer, as the system's malloc gives it.
        s.env["ASAN_OPTIONS"] = ":".join(filter(None, [s.env.get("ASAN_OPTIONS"), "allocator_may_return_null=1"]))
        port = free_port()
        self.db = MariaDb(port)
        cloud_port = int(s.url.rsplit(":", 1)[1].split("/")[0])
        self.lines = {PANEL: FaultyProxy(port, seed), CLOUD: FaultyProxy(cloud_port, seed + 1)}
        self.db.copy_from(s.path("panel.db"))
        self.sql("UPDATE processingparam SET value = "
                 f"'http://127.0.0.1:{self.lines[CLOUD].port}' WHERE intname = 'base_url'")
        with open(s.path("db.password"), "w", encoding="utf-8") as file:
            file.write(READER_PASSWORD + "\n")
        os.chmod(s.path("db.password"), 0o600)
        open(s.path("ca.pem"), "a", encoding="utf-8").close()
        service = {"interval": '"1s"', "retention": '"4s"', "backoff_max": '"2s"', "shrink_from": "1000",
                   "fight_limit": "1000", "limits_over_all": "1000"}
        s.write_config(
            service=service, server=LIMITS + '\ntimeout = "3s"\nconnect_timeout = "2s"',
            panel=f'host = "127.0.0.1"\nport = {self.lines[PANEL].port}\nuser = "reader"\nallow_http = true\n'
                  f'password_file = "{s.path("db.password")}"')
        self.service = s.serve()
        self.living = {101, 102, 103, 104, 105, 106, 112}
        self.wait_for_rest()

    # ---- the two sides, behind the proxies

    def sql(self, text):
        return self.db.sql(text, "billmgr").stdout

    def order(self):
        """A paid order that waits to be opened."""
        item, self.next_item = self.next_item, self.next_item + 1
        self.sql("INSERT INTO item (id, account, pricelist, processingmodule, period, status) "
                 f"VALUES ({item}, {1 + item % 6}, 1, 1, 1, 5);"
                 f"INSERT INTO runningoperation (id, item, intname) VALUES ({item}, {item}, 'open')")
        self.living.add(item)
        return item

    def finish(self, item):
        self.sql(f"DELETE FROM runningoperation WHERE item = {item};"
                 f"UPDATE item SET status = 2, opendate = '2026-11-01' WHERE id = {item}")

    def close_item(self, item):
        self.sql(f"UPDATE item SET status = 4 WHERE id = {item}")
        self.living.discard(item)
        self.closed.add(item)

    def buy_back(self, item):
        self.sql(f"UPDATE item SET status = 5 WHERE id = {item};"
                 f"INSERT INTO runningoperation (id, item, intname) VALUES ({item}, {item}, 'reopen')")
        self.closed.discard(item)
        self.living.add(item)

    def user(self, item):
        return self.stage.user(f"user_{item}")

    def deleted(self):
        """Logins in the order in which the cloud deleted them."""
        return [line.split()[1] for line in self.stage.writes()
                if line.startswith("user.delete ") and "-> 200" in line]

    def works(self, item):
        """Its account is there, enabled, and its client can log in."""
        account = self.user(item)
        if not account or not account["enabled"]:
            return False
        if item < 300:
            return True
        password = self.stage.run("item", str(item), "--show-password").stdout.strip()
        done = subprocess.run(
            ["curl", "-sS", "--noproxy", "*", "-u", f"user_{item}:{password}", "-H", "OCS-APIRequest: true",
             f"{self.stage.url}/ocs/v2.php/cloud/user?format=json"], text=True, capture_output=True, check=False)
        return f'"id":"user_{item}"' in done.stdout

    # ---- what the service says

    def status(self):
        page = self.stage.page("/status.json")[1]
        return json.loads(page) if page else {}

    def trouble(self):
        """What it says to be in the way; empty: nothing."""
        status = self.status()
        if not status:
            return ""
        said = [status["panel_error"]]
        for server in status["servers"]:
            said += [server["last_error"], server["quarantined_until"] or "", server["cloud_doubt"],
                     server["panel_doubt"]]
        return " ".join(text for text in said if text)

    def last_words(self):
        log = self.stage.read("serve.log")
        found = re.search("==ERROR: |terminate called|Assertion|BN_REQUIRE", log)
        return log[found.start():found.start() + 4000] if found else log[-3000:]

    def demand_lives(self):
        if self.service.poll() is not None:
            raise AssertionError("the service died: " + self.last_words())

    def demand_alive(self):
        self.demand_lives()
        demand(self.stage.page("/healthz")[0] == 200, "healthz while a line is broken")

    def demand_not_quiet(self, side, fault):
        """While something is sold and not there, nobody is told that nothing is to be done."""
        shown = self.stage.run("status").stdout
        if self.trouble_is_known(side, fault):
            demand(any(words in shown for words in TROUBLE), f"status does not say what is in the way: {shown}")
        if fault != "slice" and (side, fault) != (PANEL, "stall"):  # that waits for a minute, as it should
            plan = self.stage.run("plan")
            demand(plan.returncode in (1, 2, 3), f"plan ends with {plan.returncode}: {plan.stdout}{plan.stderr}")
            demand(not re.search("^Nothing to do", plan.stdout, re.M), plan.stdout)

    # ---- a round

    def wait_for_rest(self):
        """All that was sold is there and works, what was closed is gone, and nothing is in the way."""
        def at_rest():
            if self.service.poll() is not None:
                raise AssertionError("the service died: " + self.last_words())
            self.listen_to_a_person()
            return (self.stage.page("/readyz")[0] == 200 and not self.trouble()
                    and all((self.user(item) or {}).get("enabled") for item in self.living)
                    and not any(self.user(item) for item in self.closed if item >= 300))
        try:
            wait_until(at_rest, "rest", 3 * PATIENCE)
        except AssertionError as late:
            here = {item: self.user(item) for item in sorted(self.living | self.closed)}
            raise AssertionError(f"{late}: {self.trouble()}; {here}; {json.dumps(self.status())[:3000]}; "
                                 f"{self.stage.read('serve.log')[-3000:]}") from None

    def listen_to_a_person(self):
        """Bytes that changed on the way can look like another cloud, or like older data of the panel; what
        takes away then waits for a person, who has looked."""
        status = self.status()
        if not status:
            return
        doubted = status["panel_behind_since"] or any(
            server["cloud_doubt"] or server["panel_doubt"] for server in status["servers"])
        if doubted and self.may_doubt:
            self.doubts += 1
            self.stage.run("resume", "--server", "1")

    may_doubt = False
    doubts = 0

    def prepare(self):
        """Three services that work, two of them closed and disabled: both are due to be deleted soon."""
        closing, due, bought_back = self.order(), self.order(), self.order()
        for item in (closing, due, bought_back):
            wait_until(lambda: self.works(item), f"the account of {item}")
            self.finish(item)
        for item in (due, bought_back):
            self.close_item(item)
        return closing, due, bought_back

    def round(self, side, fault):
        begun = time.monotonic()
        closing, due, bought_back = self.prepare()
        wait_until(lambda: all(not (self.user(i) or {"enabled": False})["enabled"] for i in (due, bought_back)),
                   "the two that are closed are disabled or gone")
        line = self.lines[side]
        connections, harmed = line.connections, line.harmed
        self.stage.ctl("reset-stats")
        line.begin(fault)
        broken = time.monotonic()
        paid = self.order()
        self.close_item(closing)
        self.wait_for_harm(side, fault, harmed)
        before = self.deleted()
        self.buy_back(bought_back)
        self.demand_alive()
        self.demand_not_quiet(side, fault)
        if fault not in ("slice", "corrupt"):
            demand(not self.user(paid) or side == PANEL and fault == "stall", "an order was served over a broken line")
        self.demand_few(line.connections - connections, time.monotonic() - broken)
        line.heal()
        self.may_doubt = fault == "corrupt"
        self.wait_for_rest()
        self.may_doubt = False
        self.prove(paid, bought_back, before)
        self.finish(paid)
        self.finish(bought_back)
        self.say(f"{side} {fault}: {time.monotonic() - begun:.1f} s, {line.harmed - harmed} harmed")

    def wait_for_harm(self, side, fault, before):
        """The line did its worst, and the service says so where it can know."""
        line = self.lines[side]
        if (side, fault) == (PANEL, "corrupt"):
            # A length that was damaged is waited for for a minute: each connection ends after its harm.
            for _ in range(4):
                harmed = line.harmed
                line.begin(fault)
                wait_until(lambda: self.demand_lives() or line.harmed > harmed, "harm", 3 * PATIENCE)
                line.begin("refuse")
            return
        enough = {"refuse": 0, "slice": 20, "corrupt": 10, "cut": 4}.get(fault, 1)
        wait_until(lambda: line.harmed - before >= enough, f"{side} {fault} does harm", 3 * PATIENCE)
        if not self.trouble_is_known(side, fault):
            return
        wait_until(self.trouble, f"the service says that the {side} is away ({fault})", 2 * PATIENCE)

    @staticmethod
    def trouble_is_known(side, fault):
        """A slow line is none, and a database that says nothing is waited for for a minute."""
        return fault not in ("slice", "corrupt") and (side, fault) != (PANEL, "stall")

    def demand_few(self, connections, seconds):
        demand(connections <= A_FAULT + A_SECOND * seconds, f"{connections} connections in {seconds:.1f} s")
        calls = json.loads(self.stage.ctl("stats")[1])["total"]
        demand(calls <= A_FAULT + 4 * A_SECOND * seconds, f"{calls} calls in {seconds:.1f} s")

    def prove(self, paid, bought_back, deleted_before):
        demand(self.works(paid), f"who paid while the line was broken has no account that works: {paid}")
        gone = self.deleted()
        may_go = {f"user_{item}" for item in self.closed}
        if f"user_{bought_back}" in deleted_before:  # its retention ended before it was bought back
            may_go.add(f"user_{bought_back}")
        demand(set(gone) - self.taken_over <= may_go, f"deleted and not closed: {set(gone) - may_go - self.taken_over}")
        self.taken_over |= set(gone)
        demand(all(self.works(item) for item in self.living), "something sold does not work")
        strangers = [line for line in self.stage.writes() if not line.split()[1].startswith("user_")]
        demand(not strangers, f"written to what is not ours: {strangers}")
        verified = self.stage.run("verify", timeout=4 * PATIENCE)
        demand(verified.returncode == 0, verified.stdout + verified.stderr)
        self.demand_alive()


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--rounds", type=int, default=len(ALL))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fault", action="append", choices=FAULTS)
    parser.add_argument("--line", choices=(PANEL, CLOUD))
    args = parser.parse_args()
    order = random.Random(args.seed)
    wanted = [(side, fault) for side, fault in ALL
              if side == (args.line or side) and (not args.fault or fault in args.fault)]
    with Storm(args.seed, lambda text: print(text, flush=True)) as storm:
        for number in range(args.rounds):
            side, fault = order.choice(wanted)
            print(f"round {number + 1} of {args.rounds}, seed {args.seed}: {side} {fault}", flush=True)
            storm.round(side, fault)
    print(f"{args.rounds} rounds: nothing was lost; a person was asked {storm.doubts} times")


if __name__ == "__main__":
    main()
