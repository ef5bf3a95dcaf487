#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""kafka_peers.py - kcat-in and kcat-out against kcat on the same broker.

Runs are interleaved, as in peers.py, and medians are printed: CPU seconds of
the client alone (user + system, all processes of a pipe), the same for a
million records, peak memory of the largest process, and how many times more
kcat takes, beside the floor that it should be at least.

  kafka_peers.py BROKERS DATA_DIR TOOL [JOB...]

TOOL is tests/real/kafka_tool; topics "v1" and "events" hold the files of
DATA_DIR, "empty" nothing; our tools are on the PATH. A JOB is the begin of a job's name.
"""
import os
import subprocess
import sys
import time

from peers import RUNS, median, wait

READ = {
    "raw": ("kcat-in -b {b} {t} >/dev/null",
            "kcat -q -b {b} -C -e -t {t} >/dev/null", 1.3),
    "raw, piped": ("kcat-in -b {b} {t} | wc -c >/dev/null",
                   "kcat -q -b {b} -C -e -t {t} | wc -c >/dev/null", 1.6),
    "envelope": ("kcat-in -b {b} --format envelope {t} >/dev/null",
                 "kcat -q -b {b} -C -e -J -t {t} >/dev/null", 4),
}
# The first compares what is not alike, for scale: ours compresses by zstd.
WRITE = {
    "produce": ("kcat-out -b {b} out {f}",
                "kcat -b {b} -P -t out -l {f}", None),
    "produce, zstd": ("kcat-out -b {b} -z zstd out {f}",
                      "kcat -b {b} -P -z zstd -t out -l {f}", 1.4),
    "produce, lz4": ("kcat-out -b {b} -z lz4 out {f}",
                     "kcat -b {b} -P -z lz4 -t out -l {f}", 1.4),
    "produce, plain": ("kcat-out -b {b} -z none out {f}",
                       "kcat -b {b} -P -z none -t out -l {f}", 1.4),
}
EMPTY = ("kcat-in -b {b} empty", "kcat -q -b {b} -C -e -t empty")
EMPTY_MS = 100  # floor of an empty bounded run


def shell(line):
    return ["bash", "-c", "set -o pipefail; " + line]


def new_topic(tool, name):
    """Six partitions, empty; what is deleted leaves the disk at once."""
    subprocess.run(tool + ["delete", name], stderr=subprocess.DEVNULL)
    subprocess.run(tool + ["create", name, "6", "file.delete.delay.ms=0"], check=True)


def stored(brokers, topic):
    """How many records are there, by kcat."""
    out = subprocess.run(["bash", "-c", f"kcat -q -b {brokers} -C -e -t {topic} -f '\\n' | wc -l"],
                         check=True, capture_output=True, text=True).stdout
    return int(out)


def pair(job, names, tool, writes):
    """Medians of ours and kcat's; the first pair warms up and is checked."""
    rows = ([], [])
    for i in range(RUNS + 1):
        for who in (0, 1):
            if writes:
                new_topic(tool, "out")
            row = wait(shell(job[who].format(**names)))
            if i > 0:
                rows[who].append(row)
            elif writes and stored(names["b"], "out") != names["n"]:
                raise RuntimeError(f"{job[who]}: not {names['n']} records")
    if writes:
        new_topic(tool, "out")
    return median(rows[0]), median(rows[1])


def show(name, job, ours, theirs, names):
    ratio = theirs[0] / ours[0]
    floor = "     -" if job[2] is None else f"{job[2]:5.1f}x"
    verdict = "" if job[2] is None or ratio >= job[2] else "  MISSED"
    for who, row in ((job[0].split()[0], ours), ("kcat", theirs)):
        print(f"{name:24} {who:9} {row[0]:7.3f} {row[0] / names['n'] * 1e6:9.3f} "
              f"{names['size'] / row[0] / 1e9:6.2f} {row[1] / 2**20:7.1f}"
              + (f" {ratio:6.2f}x {floor}{verdict}" if who != "kcat" else ""), flush=True)


def count(argv):
    return int(subprocess.run(shell(argv), check=True, capture_output=True, text=True).stdout)


def run_topic(topic, data, brokers, tool, wanted):
    path = f"{data}/{topic}.ndjson"
    names = {"b": brokers, "t": topic, "f": path, "size": os.path.getsize(path)}
    names["n"] = count(f"wc -l <{path}")
    for line in (READ["raw"][0], READ["raw"][1]):
        line = line.replace(">/dev/null", "| wc -lc").format(**names)
        out = subprocess.run(shell(line), check=True, capture_output=True, text=True).stdout.split()
        if [int(n) for n in out] != [names["n"], names["size"]]:
            raise RuntimeError(f"{line}: {out}, not {names['n']} lines, {names['size']} bytes")
    for jobs in (READ, WRITE):
        for name, job in jobs.items():
            name = f"{name}, {names['size'] // names['n']} B"
            if not wanted or any(name.startswith(w) for w in wanted):
                ours, theirs = pair(job, names, tool, jobs is WRITE)
                show(name, job, ours, theirs, names)


def empty(brokers):
    times = ([], [])
    for _ in range(RUNS + 1):
        for who in (0, 1):
            begin = time.perf_counter()
            cpu, _ = wait(shell(EMPTY[who].format(b=brokers)))
            times[who].append((cpu * 1e3, (time.perf_counter() - begin) * 1e3))
    for who, name in ((0, "kcat-in"), (1, "kcat")):
        cpu, wall = median(times[who][1:])
        verdict = "  MISSED" if who == 0 and wall > EMPTY_MS else ""
        print(f"{'empty topic':24} {name:9} {cpu:5.0f} ms of CPU, {wall:5.0f} ms by the clock{verdict}")


def main():
    brokers, data, tool = sys.argv[1:4]
    wanted = sys.argv[4:]
    tool = [tool, "-b", brokers]
    print(f"{'job':24} {'who':9} {'CPU s':>7} {'s/million':>9} {'GB/s':>6} {'MiB':>7} {'kcat':>7} {'floor':>6}")
    for topic in ("v1", "events"):
        run_topic(topic, data, brokers, tool, wanted)
    if not wanted or "empty" in wanted:
        empty(brokers)


if __name__ == "__main__":
    main()
