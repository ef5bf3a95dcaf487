# SPDX-License-Identifier: MIT
"""delta_compare.py WHAT ARGUMENT... - hold lake-put's and lake-cat's tables
against delta-rs and DuckDB. Exits 1 with a sentence at the first difference.
Called by delta.t."""

import collections
import datetime
import decimal
import json
import math
import os
import shutil
import subprocess
import sys

import duckdb
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

import arrow_rows


def same(what, a, b):
    if a != b:
        sys.exit(f"{what}: {str(a)[:600]} is not {str(b)[:600]}")


def run(*command, stdin=None):
    return subprocess.run(
        command, input=stdin, check=True, capture_output=True
    ).stdout


def cat(*options):
    return [json.loads(line) for line in run("lake-cat", *options).splitlines()]


def lines_of(path):
    with open(path, "rb") as f:
        return [json.loads(line) for line in f]


def duck(table, sql):
    """DuckDB over the file list that delta-rs gives."""
    files = [f.replace("file://", "") for f in DeltaTable(table).file_uris()]
    con = duckdb.connect()
    con.execute("set timezone = 'UTC'")
    return con.execute(
        sql.replace("T", "read_parquet(?, hive_partitioning=true)"), [files]
    ).fetchall()


def totals(rows):
    """What a reader must agree on: rows, sums, rows by partition."""
    return (
        len(rows),
        sum(r.get("msPlayed", 0) for r in rows),
        sum(r["ts"] for r in rows),
        sorted(collections.Counter(r.get("level") for r in rows).items(),
               key=str),
        len({r["eventId"] for r in rows}),
    )


def totals_of_delta(table, version=None):
    t = DeltaTable(table, version=version).to_pyarrow_table()
    return totals_of_arrow(t)


def totals_of_arrow(t):
    rows = [
        {k: v for k, v in r.items() if v is not None} for r in t.select(
            ["msPlayed", "ts", "level", "eventId"]).to_pylist()
    ]
    for r in rows:
        r["ts"] = round(r["ts"].timestamp() * 1000)
    return totals(rows)


def read(table, events):
    wanted = totals(lines_of(events))
    same("lake-cat", totals(cat(table)), wanted)
    same("delta-rs", totals_of_delta(table), wanted)
    got = duck(table, "select count(*), sum(msPlayed), sum(epoch_ms(ts)),"
                      " count(distinct eventId) from T")[0]
    same("DuckDB", tuple(int(x) for x in got),
         (wanted[0], wanted[1], wanted[2], wanted[4]))
    got = duck(table, "select level, count(*) from T group by 1 order by 1")
    same("DuckDB by level", [tuple(x) for x in got],
         sorted((k, v) for k, v in wanted[3]))
    count = int(run("lake-cat", "--count", table))
    same("--count", count, wanted[0])
    dt = DeltaTable(table)
    same("protocol", (dt.protocol().min_reader_version,
                      dt.protocol().min_writer_version), (1, 2))
    same("commits in the history", len(dt.history()),
         len(cat("--print", "history", table)))
    same("partition columns", dt.metadata().partition_columns, ["level"])
    actions = pa.table(dt.get_add_actions(flatten=True))
    same("rows by the statistics", sum(actions["num_records"].to_pylist()),
         wanted[0])
    low = min(x for x in actions["min.ts"].to_pylist())
    same("lowest ts by the statistics", round(low.timestamp() * 1000),
         min(r["ts"] for r in lines_of(events)))
    # predicates, which skip files by our statistics
    cut = sorted(r["ts"] for r in lines_of(events))[wanted[0] // 2]
    for where, keep in (
        (f"ts >= {cut}", lambda r: r["ts"] >= cut),
        ("level = 'paid' AND msPlayed > 30000",
         lambda r: r.get("level") == "paid" and r.get("msPlayed", 0) > 30000),
        ("msPlayed IS NULL", lambda r: "msPlayed" not in r),
        ("NOT skipped", lambda r: r.get("skipped") is False),
    ):
        same(where, int(run("lake-cat", "--count", "--where", where, table)),
             sum(1 for r in lines_of(events) if keep(r)))


def checkpoint(table, events):
    copy = table + ".cut"
    shutil.copytree(table, copy)
    for v in range(0, 10):
        os.unlink(f"{copy}/_delta_log/{v:020}.json")
    wanted = totals(lines_of(events))
    same("delta-rs", totals_of_delta(copy), wanted)
    same("lake-cat", totals(cat(copy)), wanted)
    os.unlink(f"{copy}/_delta_log/_last_checkpoint")
    same("lake-cat without the hint", totals(cat(copy)), wanted)
    with open(f"{copy}/_delta_log/_last_checkpoint", "w") as f:
        f.write('{"version":99')
    same("lake-cat with a damaged hint", totals(cat(copy)), wanted)
    at = DeltaTable(copy)
    same("description of the columns", [f.name for f in at.schema().fields],
         [c["name"] for c in cat("--print", "schema", copy)])


def travel(table):
    for version in (0, 5, 10, 13):
        same(f"version {version}",
             totals(cat("--at-version", str(version), table)),
             totals_of_delta(table, version))
    new = cat("--since-version", "10", table)
    same("since version 10", totals(cat(table))[0],
         totals_of_delta(table, 10)[0] + len(new))


def append(table, events):
    t = DeltaTable(table).to_pyarrow_table()
    some = t.slice(0, 100)
    write_deltalake(table, some, mode="append")
    wanted = totals(lines_of(events))
    got = totals(cat(table))
    same("rows", got[0], wanted[0] + 100)
    same("all", got, totals_of_delta(table))


def append_again(table, events):
    before = totals(cat(table))[0]
    with open(events, "rb") as f:
        lines = b"".join(f.readlines()[:50])
    run("lake-put", table, stdin=lines)
    got = totals(cat(table))
    same("rows", got[0], before + 50)
    same("all", got, totals_of_delta(table))


def rewrite(table):
    dt = DeltaTable(table)
    dt.optimize.compact()
    same("compacted", totals(cat(table)), totals_of_delta(table))
    dt = DeltaTable(table)
    dt.delete("msPlayed < 30000")
    same("deleted", totals(cat(table)), totals_of_delta(table))
    DeltaTable(table).create_checkpoint()
    same("their checkpoint", totals(cat(table)), totals_of_delta(table))
    status = subprocess.run(
        ["lake-cat", "--since-version", "0", table], capture_output=True)
    same("a reader of what is new stops at removed rows", status.returncode,
         65)
    new = [e for e in cat("--job", "j", table) if "@barrier" not in e]
    same("a new job begins behind them", totals(new),
         totals_of_delta(table))


def foreign(table):
    """Types that no event has, partitions that must be escaped."""
    day = datetime.date(2026, 11, 22)
    t = pa.table({
        "p": pa.array(["a b", "c/d=e", "f%g", None, "é:"]),
        "d": pa.array([day] * 5),
        "i8": pa.array([1, -2, 3, None, 5], pa.int8()),
        "f": pa.array([0.1, 1.5, None, math.nan, 3e10], pa.float32()),
        "x": pa.array([0.1, 1e300, None, 2.5, -1], pa.float64()),
        "dec": pa.array([decimal.Decimal("1.25"), None, decimal.Decimal("-0.05"),
                         decimal.Decimal("12345678.90"), decimal.Decimal("0")],
                        pa.decimal128(10, 2)),
        "b": pa.array([b"\x00\xff", b"", None, b"x", b"yz"]),
        "t": pa.array([datetime.datetime(2026, 11, 22, 1, 2, 3, 456789,
                                         datetime.timezone.utc)] * 5,
                      pa.timestamp("us", "UTC")),
        "ok": pa.array([True, False, None, True, False]),
    })
    write_deltalake(table, t, partition_by=["p"])
    compare_rows(table, t)
    same("one partition",
         [r["i8"] for r in cat("--where", "p = 'c/d=e'", table)], [-2])
    run("lake-put", "--mode", "replace-partitions", table,
        stdin='{"p":"c/d=e","i8":7,"x":0.5}\n{"p":"é:","i8":8}\n'.encode())
    got = DeltaTable(table).to_pyarrow_table()
    same("rows after", got.num_rows, 5)
    same("replaced", sorted(
        (r["p"], r["i8"], r["x"]) for r in got.to_pylist()
        if r["p"] in ("c/d=e", "é:")), [("c/d=e", 7, 0.5), ("é:", 8, None)])
    compare_rows(table, got)


def bronze(table):
    lines = (b'{"topic":"listen_events","eventId":"a","ts":1794787200000}\n'
             b'not json \xff\n'
             b'{"ts":1794787200000,"ts":1}\n'
             b'{"topic":"x","ts":"soon","new":[1,2]}\n')
    run("lake-put", "--schema", "playpipe", "--partition-by",
        "arrivalDate,verdict", "--now", "2026-11-23T10:00:00Z", table,
        stdin=lines)
    rows = DeltaTable(table).to_pyarrow_table().to_pylist()
    same("verdicts", sorted(r["verdict"] for r in rows),
         ["bad", "bad", "good", "good"])
    same("arrival", {r["arrivalDate"] for r in rows},
         {datetime.date(2026, 11, 23)})
    same("raw", sorted(r["_raw"] for r in rows if r["verdict"] == "bad"),
         sorted(lines.splitlines()[1:3]))
    same("rescued", [json.loads(r["_rescued"]) for r in rows
                     if r["_rescued"]], [{"ts": "soon", "new": [1, 2]}])
    out = run("lake-cat", table)
    run("lake-put", "--schema", "playpipe", "--partition-by",
        "arrivalDate,verdict", table + "2", stdin=out)
    same("second round trip", sorted(run("lake-cat", table + "2").splitlines()),
         sorted(out.splitlines()))


def compare_rows(table, arrow):
    lines = run("lake-cat", table).decode().splitlines()
    problem = arrow_rows.difference(
        arrow_rows.rows_of(arrow), arrow_rows.rows_printed(lines, arrow.schema))
    if problem:
        sys.exit(problem)


if __name__ == "__main__":
    globals()[sys.argv[1].replace("-", "_")](*sys.argv[2:])
    # All was compared. Threads of the readers' libraries now and then abort
    # the interpreter while it ends ("terminate called without an active
    # exception"), so it does not end in the usual way.
    sys.stdout.flush()
    os._exit(0)
