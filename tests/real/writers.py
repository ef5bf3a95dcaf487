# SPDX-License-Identifier: MIT
"""writers.py WHAT TABLE OPTIONS ARGUMENT... - other engines beside lake-put,
called by writers.t. Rows are {"w": writer, "i": number}, ROWS a commit.

    append N ROWS       delta-rs appends N times
    spark N ROWS        Spark appends N times
    watch ROWS FILE     delta-rs opens the table again and again until FILE is
                        there: every version it sees holds whole commits
    judge N ROWS        N versions, each row once, and delta-rs reads every
                        checkpoint
"""

import json
import os
import sys
import time
import traceback

what, table, options, *rest = sys.argv[1:]
options = json.loads(options) or None


def rows_of(dt):
    """By the statistics in the log."""
    return sum(dt.get_add_actions(flatten=True)["num_records"].to_pylist())


def append(n, rows):
    import pyarrow as pa
    from deltalake import write_deltalake
    for k in range(n):
        t = pa.table({
            "w": pa.array(["delta-rs"] * rows),
            "i": pa.array(range(k * rows, (k + 1) * rows), pa.int64()),
            "_rescued": pa.nulls(rows, pa.string())})
        write_deltalake(table, t, mode="append", storage_options=options)


def spark(n, rows):
    import spark_session
    session = spark_session.start()
    for k in range(n):
        (session.range(k * rows, (k + 1) * rows, 1, 1)
         .selectExpr("'spark' as w", "id as i")
         .write.format("delta").mode("append").save(table))
    count = session.read.format("delta").load(table).count()
    if count % rows != 0 or count < n * rows:
        sys.exit(f"Spark counts {count} rows")
    session.stop()


def watch(rows, stop):
    from deltalake import DeltaTable
    seen = set()
    gaps = 0
    while not os.path.exists(stop) or not seen:
        try:
            dt = DeltaTable(table, storage_options=options)
        except Exception as e:
            # before the first commit; or a folder was read while names came,
            # of which the later one was seen and the earlier not
            if seen and "found gap" not in str(e):
                raise
            gaps += len(seen) > 0
            time.sleep(0.1)
            continue
        if rows_of(dt) != (dt.version() + 1) * rows:
            sys.exit(f"version {dt.version()} has {rows_of(dt)} rows")
        seen.add(dt.version())
        time.sleep(0.2)
    print("watched", len(seen), "versions up to", max(seen), "gaps", gaps)


def judge(n, rows):
    from deltalake import DeltaTable
    dt = DeltaTable(table, storage_options=options)
    t = dt.to_pyarrow_table()
    keys = set(zip(t["w"].to_pylist(), t["i"].to_pylist()))
    got = (dt.version(), t.num_rows, len(keys))
    if got != (n - 1, n * rows, n * rows):
        sys.exit(f"{got} is not {(n - 1, n * rows, n * rows)}")
    for version in range(0, n, 10):
        old = DeltaTable(table, version=version, storage_options=options)
        if rows_of(old) != (version + 1) * rows:
            sys.exit(f"version {version} has {rows_of(old)} rows")


commands = {
    "append": lambda: append(int(rest[0]), int(rest[1])),
    "spark": lambda: spark(int(rest[0]), int(rest[1])),
    "watch": lambda: watch(int(rest[0]), rest[1]),
    "judge": lambda: judge(int(rest[0]), int(rest[1])),
}
status = 0
try:
    commands[what]()
except SystemExit as e:
    print(e)
    status = 1
except Exception:
    traceback.print_exc(file=sys.stdout)
    status = 1
sys.stdout.flush()
os._exit(status)  # pyarrow's threads do not always end in order
