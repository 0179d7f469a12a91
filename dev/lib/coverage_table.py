"""coverage_table.py SUMMARY.json: lines covered by folder, from gcovr's JSON summary."""

import json
import sys
from collections import defaultdict
from os.path import dirname

folders = defaultdict(lambda: [0, 0])
for file in json.load(open(sys.argv[1], encoding="utf-8"))["files"]:
    for folder in (dirname(file["filename"]), "all of the core"):
        folders[folder][0] += file["line_covered"]
        folders[folder][1] += file["line_total"]
print(f"{'folder':<24}{'covered':>8}{'lines':>8}{'':>9}")
for folder, (covered, total) in sorted(folders.items(), key=lambda f: (f[0].startswith("all "), f[0])):
    print(f"{folder:<24}{covered:>8}{total:>8}{100 * covered / max(total, 1):>8.1f}%")
