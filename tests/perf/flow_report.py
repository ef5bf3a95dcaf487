#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""flow_report.py - what runs of run-microbatch cost, stage by stage.

  flow_report.py RECORDS RUN.summary...

RUN.summary is a summary of the script, the folder RUN.stats beside it holds
the --stats files of its tools. All runs must have done the same. Medians are
printed; the last line says how many events went through in a second.
"""
import json
import os
import statistics
import sys

FLOOR, GOAL = 0.2, 0.6  # M events a second, all stages, two cores


def load(path):
    with open(path) as f:
        run = json.loads(f.read().splitlines()[-1])
    run["tools"] = {}
    folder = path.removesuffix(".summary") + ".stats"
    for name in os.listdir(folder):
        with open(os.path.join(folder, name)) as f:
            text = f.read()
        if text.startswith("{"):
            run["tools"][name] = json.loads(text)
    return run


def check(runs, records):
    for run in runs:
        if run["status"] != 0 or run["rows"] != records:
            raise SystemExit(f"a run has status {run['status']}, {run.get('rows')} rows of {records}")


def main():
    records = int(sys.argv[1])
    runs = [load(path) for path in sys.argv[2:]]
    check(runs, records)
    wall = statistics.median(r["seconds"] for r in runs)
    cpu = statistics.median(sum(t["cpuSeconds"] for t in r["tools"].values()) for r in runs)
    print(f"{'stage':8} {'tool':12} {'s':>7} {'share':>6} {'CPU s':>7} {'share':>6} {'MiB':>5} {'rows out':>9}")
    for name, stage in runs[0]["stages"].items():
        s = statistics.median(r["stages"][name]["seconds"] for r in runs)
        c = statistics.median(r["stages"][name]["cpuSeconds"] for r in runs)
        print(f"{name:8} {'':12} {s:7.2f} {s / wall:6.0%} {c:7.2f} {c / cpu:6.0%} {'':5} {stage.get('rows', ''):>9}")
        for tool in sorted(t for t in runs[0]["tools"] if t.startswith(name + ".")):
            c = statistics.median(r["tools"][tool]["cpuSeconds"] for r in runs)
            m = max(r["tools"][tool]["maxRssBytes"] for r in runs) / 2**20
            print(f"{'':8} {tool.split('.', 1)[1]:12} {'':7} {'':6} {c:7.2f} {c / cpu:6.0%} {m:5.0f}")
    rate = records / wall / 1e6
    verdict = "" if rate >= FLOOR else "  MISSED"
    print(f"all: {wall:.2f} s, {rate:.3f} M events/s (floor {FLOOR}, goal {GOAL}){verdict}; "
          f"{cpu:.2f} CPU s, with both cores to itself at most {records / cpu * 2 / 1e6:.3f} M events/s")


if __name__ == "__main__":
    main()
