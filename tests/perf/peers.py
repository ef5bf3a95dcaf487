#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""peers.py - each tool against its peers on the same file, in one run.

Runs are interleaved (ours, peer, ours, peer, ...), since these machines are
noisy, and medians are printed: CPU seconds (user + system, from wait4), records
and bytes per CPU second, and peak memory. DuckDB's CPU seconds are of the query
alone, without the start of its interpreter, which favours it; ours are of the
whole process. Slow peers get a part of the file and are compared a record.

  peers.py DATA_DIR BIN_DIR [JOB...]
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

RUNS = int(os.environ.get("PERF_RUNS", "5"))
SLOW_LINES = 50_000

DUCK = r"""
import duckdb, json, resource, sys
con = duckdb.connect()
con.execute("SET threads=1; SET TimeZone='UTC'; SET enable_progress_bar=false")
sql = sys.argv[1]
a = resource.getrusage(resource.RUSAGE_SELF)
con.execute(sql).fetchall()
b = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"cpu": b.ru_utime + b.ru_stime - a.ru_utime - a.ru_stime,
                  "rss": b.ru_maxrss * 1024}))
"""


def wait(argv):
    """Run; return (cpu seconds, peak bytes).

    time(1) stands in between because a process inherits the peak of the one
    that started it, and ours is an interpreter.
    """
    with tempfile.NamedTemporaryFile() as peak:
        p = subprocess.Popen(["/usr/bin/time", "-q", "-f", "%M", "-o", peak.name] + argv,
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        err = p.stderr.read()
        _, status, use = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
        if p.returncode != 0:
            raise RuntimeError(f"{argv[0]} exits {p.returncode}: {err.decode()[-300:]}")
        return use.ru_utime + use.ru_stime, int(peak.read()) * 1024


def duck(sql):
    out = subprocess.run([sys.executable, "-c", DUCK, sql], check=True,
                         capture_output=True, text=True).stdout
    r = json.loads(out)
    return r["cpu"], r["rss"]


def tool_argv(bin_dir, line, **names):
    words = [w.format(**names) for w in line.split()]
    return [os.path.join(bin_dir, words[0])] + words[1:]


JOBS = {
    "simulate": {
        "file": "events",
        "ours": "evgen --users 20000 --from 2026-11-01 --to 2026-12-01 --seed 3 --limit {lines}",
    },
    "hour x level": {
        "file": "v1",
        "ours": "agg-hourly --schema eventsim1 --by level --measures plays,duration --validate structural {v1}",
        "duckdb": "SELECT ts//3600000 h, level, count(*), sum(length) FROM read_json('{v1}',format='newline_delimited',"
                  "columns={{ts:'BIGINT',level:'VARCHAR',length:'DOUBLE'}}) WHERE length IS NOT NULL GROUP BY ALL ORDER BY ALL",
        "jq": ["jq", "-n", 'reduce (inputs|select(.page=="NextSong")) as $e ({{}}; .["\\($e.ts/3600000|floor)\\($e.level)"] '
               "|= [(.[0]//0)+1,(.[1]//0)+$e.length])", "{slow}"],
        "mlr": ["mlr", "--ijsonl", "--ocsv", "filter", '$page=="NextSong"', "then", "put", "$h=$ts//3600000", "then",
                "stats1", "-a", "count,sum", "-f", "length", "-g", "h,level", "{slow}"],
    },
    "hour x level, full": {
        "file": "v1",
        "ours": "agg-hourly --schema eventsim1 --by level --measures plays,duration,listeners --validate full {v1}",
        "duckdb": "SELECT ts//3600000 h, level, count(*), sum(length), count(distinct userId) FROM read_json('{v1}',"
                  "format='newline_delimited',columns={{ts:'BIGINT',level:'VARCHAR',length:'DOUBLE',userId:'VARCHAR'}}) "
                  "WHERE length IS NOT NULL GROUP BY ALL ORDER BY ALL",
    },
    "sessions": {
        "file": "v1",
        "ours": "sessionize --schema eventsim1 {v1}",
        "duckdb": "WITH e AS (SELECT userId u, ts, CASE WHEN ts - lag(ts) OVER w > 1800000 OR lag(ts) OVER w IS NULL "
                  "THEN 1 ELSE 0 END n FROM read_json('{v1}',format='newline_delimited',columns={{ts:'BIGINT',userId:'VARCHAR'}}) "
                  "WHERE userId <> '' WINDOW w AS (PARTITION BY userId ORDER BY ts)), s AS (SELECT u, ts, sum(n) OVER "
                  "(PARTITION BY u ORDER BY ts ROWS UNBOUNDED PRECEDING) k FROM e) SELECT u, k, min(ts), max(ts), count(*) "
                  "FROM s GROUP BY ALL ORDER BY ALL",
    },
    "quality": {
        "file": "events",
        "ours": "dq-check --suite tests/perf/ten-rules.json --fail-on never {events}",
        "duckdb": "COPY (SELECT * FROM read_json('{events}',format='newline_delimited',columns={{topic:'VARCHAR',ts:'BIGINT',"
                  "userId:'BIGINT',eventId:'VARCHAR',level:'VARCHAR',msPlayed:'BIGINT',duration:'DOUBLE',lat:'DOUBLE',"
                  "lon:'DOUBLE',country:'VARCHAR'}}) WHERE eventId IS NOT NULL AND ts BETWEEN 0 AND 4102444800000 AND "
                  "topic IN ('listen_events','page_view_events','auth_events','status_change_events') AND "
                  "(level IS NULL OR level IN ('free','paid')) AND (msPlayed IS NULL OR msPlayed BETWEEN 0 AND 86400000) AND "
                  "(duration IS NULL OR duration > 0) AND (lat IS NULL OR lat BETWEEN -90 AND 90) AND (lon IS NULL OR lon "
                  "BETWEEN -180 AND 180) AND regexp_matches(eventId,'^[0-9a-f]+$') AND (country IS NULL OR "
                  "regexp_matches(country,'^[A-Z][A-Z]$'))) TO '{tmp}/good.json'",
    },
    "to the lake": {
        "file": "events",
        "ours": "lake-put --schema playpipe --mode overwrite {tmp}/lake {events}",
        "duckdb": "COPY (SELECT * FROM read_json('{events}',format='newline_delimited',sample_size=100000)) TO '{tmp}/e.parquet' "
                  "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)",
    },
    "from the lake": {
        "file": "events",
        "ours": "lake-cat --columns ts,userId,level,msPlayed --where level='paid' {tmp}/lake",
        "duckdb": "COPY (SELECT ts,userId,level,msPlayed FROM read_parquet('{tmp}/e.parquet') WHERE level='paid') TO "
                  "'{tmp}/cat.json'",
    },
    "page": {
        "file": "measures",
        "ours": "dash-html {measures}",
    },
}


def median(rows):
    return [statistics.median(r[i] for r in rows) for i in (0, 1)]


def show(name, who, cpu, rss, records, size, base=None):
    ratio = f"{cpu / records / base:7.1f}x" if base else "       "
    print(f"{name:20} {who:8} {cpu:8.3f} {records / cpu / 1e6:9.3f} {size / cpu / 1e9:7.3f} {rss / 2**20:8.1f} {ratio}",
          flush=True)


def run_job(name, job, files, bin_dir, tmp, have_duck):
    path = files[job["file"]]
    records = files[job["file"] + "_lines"]
    size = os.path.getsize(path)
    names = dict(files, tmp=tmp, lines=records)
    ours, theirs = [], []
    argv = tool_argv(bin_dir, job["ours"], **names)
    for i in range(RUNS + 1):
        a = wait(argv)
        b = duck(job["duckdb"].format(**names)) if have_duck and "duckdb" in job else None
        if i > 0:  # the first pair warms up
            ours.append(a)
            theirs.append(b)
    cpu, rss = median(ours)
    base = cpu / records
    show(name, "playpipe", cpu, rss, records, size)
    if theirs[0]:
        show(name, "duckdb", *median(theirs), records, size, base)
    for slow in ("jq", "mlr"):
        if slow in job:
            try:
                rows = [wait([w.format(**names) for w in job[slow]]) for _ in range(3)]
            except FileNotFoundError:
                continue
            show(name, slow, *median(rows), SLOW_LINES, os.path.getsize(files["slow"]), base)


def startup(bin_dir, names):
    print("\nstart-up, empty input (fork to exit, minimum and median of 20)")
    for line in ("agg-hourly --schema eventsim1 {empty}", "sessionize {empty}",
                 "dq-check --suite {share}/suites/playpipe.json {empty}", "dash-html {empty}"):
        argv = tool_argv(bin_dir, line, **names)
        times = []
        for _ in range(20):
            t = time.perf_counter()
            wait(argv)
            times.append((time.perf_counter() - t) * 1e3)
        print(f"{argv[0].rsplit('/', 1)[1]:20} {min(times):6.2f} ms {statistics.median(times):6.2f} ms")


def main():
    data, bin_dir = sys.argv[1], sys.argv[2]
    wanted = sys.argv[3:]
    files = {"v1": f"{data}/v1.ndjson", "events": f"{data}/events.ndjson", "empty": f"{data}/empty",
             "slow": f"{data}/v1-slow.ndjson", "share": os.environ["PLAYPIPE_SHARE"]}
    open(files["empty"], "w").close()
    files["measures"] = f"{data}/measures.ndjson"
    with open(files["measures"], "wb") as out:
        subprocess.run(tool_argv(bin_dir, "agg-hourly --by country {events}", **files), stdout=out, check=True)
    for k in ("v1", "events", "measures"):
        with open(files[k], "rb") as f:
            files[k + "_lines"] = sum(b.count(b"\n") for b in iter(lambda: f.read(1 << 20), b""))
    with open(files["v1"], "rb") as f, open(files["slow"], "wb") as out:
        for _ in range(SLOW_LINES):
            out.write(f.readline())
    try:
        import duckdb
        have_duck = True
        print(f"DuckDB {duckdb.__version__}, one thread; {RUNS} paired runs, medians")
    except ImportError:
        have_duck = False
        print("DuckDB is not installed: its rows are missing")
    with open("/proc/cpuinfo") as f:
        print(next(l.split(":", 1)[1].strip() for l in f if l.startswith("model name")), os.cpu_count(), "processors")
    print(f"{'job':20} {'who':8} {'CPU s':>8} {'M rec/s':>9} {'GB/s':>7} {'MiB':>8} {'CPU a record':>8}")
    with tempfile.TemporaryDirectory(dir=data) as tmp:
        for name, job in JOBS.items():
            if not wanted or name in wanted:
                run_job(name, job, files, bin_dir, tmp, have_duck)
    startup(bin_dir, files)


if __name__ == "__main__":
    main()
