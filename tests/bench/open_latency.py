#!/usr/bin/env python3
"""From the panel starting `open` to the client's login being valid: real processes (the panel's module,
the service, a MariaDB with the panel's tables, its mgrctl), a sample cloud. Prints one JSON object a
line, as every benchmark does; `value` leaves out the cloud's own answer time, measured in the same run.

  one     one order after the other: from the start of the module's process to the account
  burst   200 orders paid at once and started by the panel's runner: the same, for each of them
"""

import json
import os
import statistics
import subprocess
import sys
import time
from datetime import datetime

sys.path.insert(0, os.path.join(os.environ["BN_SOURCE"], "tests/integration/panel_life"))

from life_stage import LifeStage, MariaDb, wait_until  # noqa: E402

ONE = 60
BURST = 200
OTHERS = 1000  # services that are ordered and not paid: rows that each reading meets


def stamp(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def report(name, seconds, aim=None):
    line = {"name": name, "value": round(seconds * 1000, 2), "unit": "ms"}
    if aim is not None:
        line.update(ratio=round(seconds / aim, 3), aim="<= 1", ok=seconds <= aim)
    print(json.dumps(line), flush=True)


def call_times(s):
    """Sum and count of the cloud's answer times, by endpoint."""
    sums, counts = {}, {}
    for line in s.page("/metrics")[1].splitlines():
        for suffix, into in (("_sum{", sums), ("_count{", counts)):
            if "call" in line and suffix in line and 'endpoint="' in line:
                endpoint = line.split('endpoint="')[1].split('"')[0]
                into[endpoint] = into.get(endpoint, 0) + float(line.rsplit(" ", 1)[1])
    return sums, counts


def mean_call(before, after, endpoint):
    count = after[1].get(endpoint, 0) - before[1].get(endpoint, 0)
    return (after[0].get(endpoint, 0) - before[0].get(endpoint, 0)) / count if count else 0


def created_at(s):
    """When each item's account was there, by item."""
    return {event["event"]["item"]: stamp(event["at"])
            for event in s.events("--kind", "action.succeeded") if event["event"]["kind"] == "create"}


def one_by_one(s):
    module = os.path.join(s.mgr, "processing/pmnextcloud")
    begun, ended = {}, {}
    before = call_times(s)
    for _ in range(ONE):
        item = s.tool("order", s.client, s.small)["item"]
        operation = s.tool("pay", item, s.server)["operation"]
        begun[item] = time.time()
        done = subprocess.run([module, "--command", "open", "--item", str(item), "--runningoperation",
                               str(operation), "--level", "30", "--lang", "en", "--module", str(s.server)],
                              capture_output=True, text=True, env=s.env, check=False)
        ended[item] = time.time()
        assert done.returncode == 0, done.stdout
    after = call_times(s)
    there = created_at(s)
    cloud = mean_call(before, after, "user.get") + mean_call(before, after, "user.create")
    whole = statistics.median(there[item] - begun[item] for item in begun)
    report("open.one.login_valid", whole)
    report("open.one.cloud", cloud)
    report("open.one.ours", whole - cloud, aim=0.050)
    report("open.one.panel_told", statistics.median(ended[item] - begun[item] for item in begun))


def burst(s):
    items = [s.tool("order", s.client, s.small)["item"] for _ in range(BURST)]
    before = call_times(s)
    paid = time.time()
    for item in items:
        s.tool("pay", item, s.server)
    all_paid = time.time()
    s.start_runner()
    started = time.time()
    wait_until(lambda: (s.metric("bill_nextcloud_panel_owed") == 0.0 and
                        not any(not s.settled(item) for item in items)), "all of them opened", 600)
    ended = time.time()
    after = call_times(s)
    there = created_at(s)
    runs = {}
    for run in s.runs():
        item = int(run["argv"][run["argv"].index("--item") + 1])
        runs[item] = min(runs.get(item, 1e12), stamp(run["at"]))
    # The service's own look at the operations may be sooner than the panel's start of the module.
    waits = [there[item] - min(runs[item], started) for item in items]
    create = mean_call(before, after, "user.create")
    report(f"open.burst{BURST}.paying", all_paid - paid)
    report(f"open.burst{BURST}.last_login_valid", max(there[item] for item in items) - started)
    report(f"open.burst{BURST}.login_valid", statistics.median(waits))
    report(f"open.burst{BURST}.cloud_one_call", create)
    report(f"open.burst{BURST}.all_told", ended - started)


def main():
    database = MariaDb()
    try:
        settings = {"runner": {"poll_ms": 10, "retry_ms": 60000, "concurrency": BURST}}
        service = {"interval": '"1h"', "operations_poll": '"1h"'}
        with LifeStage(database, service=service, panel_settings=settings, panel_lines="api_parallel = 4") as s:
            s.tool("order", s.client, s.small, OTHERS)
            s.start_service()
            one_by_one(s)
            burst(s)
    finally:
        database.close()


main()
