# SPDX-License-Identifier: MIT
"""tidy_compare.py WHAT ARGUMENT... - tables that lake-tidy cared for, as
delta-rs and Spark read them. Exits 1 with a sentence at the first difference.
Called by tidy.t."""

import datetime
import decimal
import glob
import json
import os
import re
import struct
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, write_deltalake


def same(what, a, b):
    if a != b:
        sys.exit(f"{what}: {str(a)[:600]} is not {str(b)[:600]}")


def run(*command, stdin=None, status=0):
    done = subprocess.run(command, input=stdin, capture_output=True)
    if done.returncode != status:
        sys.exit(f"{command}: status {done.returncode}, "
                 f"{done.stderr.decode()}")
    return done.stdout


def rows(table):
    """All rows of an Arrow table as a multiset, every value told exactly."""
    return sorted(repr(sorted(r.items())) for r in table.to_pylist())


def vacuumed(table):
    t = DeltaTable(table)
    same("operations", {h["operation"] for h in t.history()}, {"OPTIMIZE"})
    same("to be vacuumed", t.vacuum(
        retention_hours=0, dry_run=True, enforce_retention_duration=False), [])


def again(table):
    before = DeltaTable(table).to_pyarrow_table()
    write_deltalake(table, before.slice(0, 1000), mode="append")
    write_deltalake(table, before.slice(1000, 1000), mode="append")
    wanted = rows(DeltaTable(table).to_pyarrow_table())
    run("lake-tidy", "--compact", "--checkpoint", table)
    t = DeltaTable(table)
    same("rows", rows(t.to_pyarrow_table()), wanted)
    same("files", len(t.file_uris()), 2)


def types(table):
    now = datetime.datetime(2026, 11, 22, 1, 2, 3, 456789,
                            datetime.timezone.utc)
    for i in range(7):
        write_deltalake(table, pa.table({
            "p": ["a b", "c/d=e", None, "é:%20"],
            "d": pa.array([datetime.date(2026, 11, 1 + i)] * 4),
            "i8": pa.array([1, None, -128, 127], pa.int8()),
            "i16": pa.array([1, None, -2**15, 2**15 - 1], pa.int16()),
            "i32": pa.array([i, None, -2**31, 2**31 - 1], pa.int32()),
            "i64": pa.array([i, None, -2**63, 2**63 - 1], pa.int64()),
            "f": pa.array([0.1, None, float("nan"), -0.0], pa.float32()),
            "x": pa.array([0.1, None, float("inf"), 5e-324]),
            "dec": pa.array([decimal.Decimal("1.10"), None,
                             decimal.Decimal("-99999999.99"),
                             decimal.Decimal("0.01")],
                            pa.decimal128(10, 2)),
            "b": pa.array([b"\x00\xff", None, b"", bytes(range(256))]),
            "s": ["", None, "a\"\\\n\u0001", "𝄞" * 40],
            "t": pa.array([now, None, now.replace(year=1969),
                           now.replace(microsecond=1)],
                          pa.timestamp("us", "UTC")),
            "ok": pa.array([True, None, False, True]),
        }), partition_by=["p"], mode="append")
    wanted = DeltaTable(table).to_pyarrow_table()
    schema = DeltaTable(table).schema().to_json()
    run("lake-tidy", "--compact", "--checkpoint", "--vacuum", "--clean-log",
        "--retain", "0s", "--now", "2100-01-01", table)
    t = DeltaTable(table)
    same("rows", rows(t.to_pyarrow_table()), rows(wanted))
    same("schema", t.schema().to_json(), schema)
    same("files", len(t.file_uris()), 4)
    same("files on disk",
         len(glob.glob(f"{table}/p=*/*.parquet")), 4)
    same("statistics", sum(
        a["num_records"] for a in pa.table(
            t.get_add_actions(flatten=True)).to_pylist()), 28)


def erased(events):
    table = "erased"
    with open(events, "rb") as f:
        lines = f.read().splitlines()
    ids = [re.search(rb'"userId":(\d+)', x) for x in lines]
    ids = [int(x[1]) for x in ids if x]
    busy = max(set(ids), key=ids.count)
    user = 770077007700
    lines = [re.sub(rb'"userId":%d\b' % busy, b'"userId":%d' % user, x)
             for x in lines]
    for part in (lines[::2], lines[1::2], [b"cut of %d," % user]):
        run("lake-put", "--schema", "playpipe", "--partition-by",
            "arrivalDate,verdict", table, stdin=b"\n".join(part) + b"\n")
    run("lake-tidy", "--checkpoint", table)
    before = DeltaTable(table).to_pyarrow_table()
    run("lake-tidy", "--delete-where", f"userId = {user}", "--vacuum",
        "--retain", "0s", "--now", "2100-01-01", table)
    t = DeltaTable(table)
    after = t.to_pyarrow_table()
    wanted = [r for r in before.to_pylist()
              if r["userId"] != user and not r["_raw"]]
    same("rows", rows(after), rows(pa.Table.from_pylist(
        wanted, schema=before.schema)))
    number = re.compile(
        rb"(?<!\d)%d(?!\d)|" % user + re.escape(struct.pack("<q", user)))
    for path in glob.glob(table + "/**", recursive=True):
        if os.path.isdir(path):
            continue
        with open(path, "rb") as f:
            same(path, number.search(f.read()), None)
        if path.endswith(".parquet"):
            for column in pq.read_table(path).columns:
                for value in column.to_pylist():
                    if number.search(repr(value).encode()):
                        sys.exit(f"{path}: {value}")
    same("history", [h["operation"] for h in t.history(1)], ["DELETE"])


def spark(table, jars):
    from pyspark.sql import SparkSession
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.jars", ",".join(glob.glob(jars + "/*.jar")))
        .config("spark.sql.extensions",
                "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog",
                "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate())
    frame = session.read.format("delta").load(table)
    wanted = [json.loads(x) for x in run("lake-cat", table).splitlines()]
    got = frame.selectExpr(
        "count(*)", "sum(msPlayed)", "count(distinct eventId)").collect()[0]
    same("Spark", tuple(got), (
        len(wanted), sum(r.get("msPlayed", 0) for r in wanted),
        len({r["eventId"] for r in wanted})))
    history = session.sql(f"DESCRIBE HISTORY delta.`{os.path.abspath(table)}`")
    same("operations", "OPTIMIZE" in {
        r["operation"] for r in history.collect()}, True)
    same("Spark's vacuum", session.sql(
        f"VACUUM delta.`{os.path.abspath(table)}` RETAIN 168 HOURS DRY RUN"
    ).collect(), [])
    session.stop()


if __name__ == "__main__":
    globals()[sys.argv[1].replace("-", "_")](*sys.argv[2:])
    sys.stdout.flush()
    os._exit(0)  # as delta_compare.py
