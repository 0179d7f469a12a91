"""bench_table.py LINES RESULTS.json: one table of all measurements, and the same as one JSON file.

A line is {"name", "value", "unit"} and, where there is something to compare with, "ratio" (to the
limit measured in the same run), "aim" (a text such as "<= 1.3") and "ok". Other lines are notes.
An aim that is missed is shown as such and is no error: docs/performance.md gives the reason.
"""

import json
import os
import platform
import sys

results = []
with open(sys.argv[1], encoding="utf-8") as lines:
    for line in lines:
        if line.startswith("{"):
            results.append(json.loads(line))
width = max((len(r["name"]) for r in results), default=10) + 2
print(f"   {'measurement':<{width}}{'value':>12} {'unit':<12}{'ratio':>8}  {'aim':<10}")
for r in results:
    ratio = f"{r['ratio']:.2f}" if r.get("ratio") is not None else ""
    verdict = "" if r.get("ok") is None else ("met" if r["ok"] else "MISSED")
    print(f"   {r['name']:<{width}}{r['value']:>12,.6g} {r.get('unit', ''):<12}{ratio:>8}  {r.get('aim') or '':<10}{verdict}")
machine = {"cores": os.cpu_count(), "kernel": platform.release(), "processor": platform.machine()}
with open(sys.argv[2], "w", encoding="utf-8") as out:
    json.dump({"machine": machine, "results": results}, out, indent=2)
missed = sum(1 for r in results if r.get("ok") is False)
print(f"   {len(results)} measurements, {missed} aims missed; written to {sys.argv[2]}")
