#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""day_report.py - what day.sh did: freshness, files, bytes, CPU seconds.

  day_report.py FOLDER

Freshness, by the clock: from the moment that a slice's first line is sent to
Kafka until run-microbatch has ended, so that its events are in gold/live and
on the page. With the cadence: a slice is sent while its two minutes go by, so
an event waits for their end as well, any time from 0 to 120 s, and then for the
run alone.
"""
import json
import os
import statistics
import sys

EVERY = 120.0  # s between two batches
POINTS = 100   # of arrival in a slice


def quantile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(q * len(values)))]


def lines(path):
    with open(path) as f:
        return [json.loads(line) for line in f]


def cpu(path):
    """Children's user and system seconds, by the shell."""
    def seconds(word):
        minutes, rest = word.rstrip("s").split("m")
        return 60 * int(minutes) + float(rest)

    with open(path) as f:
        return sum(seconds(w) for w in f.read().splitlines()[1].split())


def most_files(table):
    """The most files that one commit has added."""
    log = os.path.join(table, "_delta_log")
    adds = [sum(line.startswith('{"add"') for line in open(os.path.join(log, name)))
            for name in os.listdir(log) if name.endswith(".json")]
    return max(adds)


def show_table(name):
    used = lines("files." + name)
    data, log = [], []
    with open("disk." + name) as f:
        for line in f:
            size, path = line.rstrip("\n").split(" ", 1)
            (log if "/_delta_log/" in path else data).append(int(size))
    print(f"{name:9} {len(data):6} {sum(data) / 2**20:8.1f} {len(used):6} {sum(u['bytes'] for u in used) / 2**20:8.1f} "
          f"{len(log):6} {sum(log) / 2**20:8.1f}")


def check(batches):
    sent = sum(b["sent"]["delivered"] for b in batches)
    rows = sum(b["summary"]["rows"] for b in batches)
    if sent != rows or any(b["summary"]["status"] != 0 for b in batches):
        raise SystemExit(f"{sent} records sent, {rows} rows")
    most = most_files("lake/bronze/events")
    if most > 2:
        raise SystemExit(f"bronze: a batch of {most} files")
    return rows


def main():
    os.chdir(sys.argv[1])
    batches = lines("batches.ndjson")
    rows = check(batches)
    bad = sum(b["summary"]["bad"] for b in batches)
    clock = [(b["send"] + b["run"]) / 1e6 for b in batches]
    cadence = [EVERY * (i + 0.5) / POINTS + b["run"] / 1e6 for b in batches for i in range(POINTS)]
    print(f"{len(batches)} batches, {rows} rows in bronze, {bad} of them bad, at most 2 files a batch")
    for name, values in (("by the clock", clock), ("with the cadence", cadence)):
        print(f"freshness {name}: p50 {quantile(values, .5):.2f} s, p99 {quantile(values, .99):.2f} s")
    for name, part in (("first", batches[:50]), ("last", batches[-50:])):
        runs = [b["run"] / 1e6 for b in part]
        print(f"run-microbatch, {name} 50: {statistics.median(runs):.2f} s")
    print(f"CPU of all: {cpu('cpu'):.0f} s, {cpu('cpu') / len(batches):.2f} s a batch; of the stages' tools: "
          + ", ".join(f"{s} {sum(b['summary']['stages'][s]['cpuSeconds'] for b in batches if b['summary']['stages'][s]['status'] is not None):.1f}"
                      for s in batches[-1]["summary"]["stages"]))
    print(f"{'table':9} {'files':>6} {'MiB':>8} {'in use':>6} {'MiB':>8} {'log':>6} {'MiB':>8}")
    for name in ("events", "sessions", "partials", "live"):
        show_table(name)


if __name__ == "__main__":
    main()
