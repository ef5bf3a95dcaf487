# SPDX-License-Identifier: MIT
"""spark.py - tables that Spark makes, with what only Spark has, and lake-put
into them; one TAP line each. Called by spark.t."""

import json
import os
import subprocess
import sys
import traceback

import spark_session

count = 0
failed = 0


def tap(name, test, *rest):
    global count, failed
    count += 1
    try:
        test(*rest)
        print(f"ok {count} - {name}", flush=True)
    except Exception:
        failed = 1
        print(f"not ok {count} - {name}")
        for line in traceback.format_exc().splitlines()[-12:]:
            print("#", line[:400])
        sys.stdout.flush()


def same(got, want):
    if got != want:
        raise AssertionError(f"{str(got)[:500]} is not {str(want)[:500]}")


def put(table, rows, status=0, words="", options=()):
    """lake-put's exit status, and a word that it must say."""
    text = "".join(json.dumps(r) + "\n" for r in rows)
    p = subprocess.run(["lake-put", *options, table], input=text,
                       capture_output=True, text=True)
    if p.returncode != status or words not in p.stderr:
        raise AssertionError(f"status {p.returncode}: {p.stderr}")


def cat(table, *options):
    p = subprocess.run(["lake-cat", *options, table], check=True,
                       capture_output=True, text=True)
    return [json.loads(line) for line in p.stdout.splitlines()]


spark = spark_session.start()
sql = spark.sql


def make(name, columns, more="", **properties):
    """CREATE TABLE; the properties' dots are written __."""
    path = os.path.abspath(name)
    given = ", ".join(f"'{k.replace('__', '.')}' = '{v}'"
                      for k, v in properties.items())
    sql(f"CREATE TABLE {name} ({columns}) USING delta {more} "
        f"LOCATION '{path}'" + (f" TBLPROPERTIES ({given})" if given else ""))
    return path


def rows(name, order="a"):
    return [tuple(r) for r in sql(f"SELECT * FROM {name} ORDER BY {order}")
            .collect()]


def plain():
    t = make("plain", "a BIGINT, s STRING, d DATE, x DOUBLE, t TIMESTAMP",
             delta__checkpointInterval="2")
    sql("INSERT INTO plain VALUES (1, 'one', DATE'2026-11-22', 0.5, "
        "TIMESTAMP'2026-11-22 01:02:03.456789')")
    for a in range(2, 6):
        put(t, [{"a": a, "s": "two", "d": "2026-11-23", "x": 1.5,
                 "t": "2026-11-23T00:00:00Z"}])
    assert os.path.exists(
        t + "/_delta_log/00000000000000000004.checkpoint.parquet")
    sql("INSERT INTO plain (a) VALUES (6)")
    spark.catalog.refreshTable("plain")
    same([r[0] for r in rows("plain")], [1, 2, 3, 4, 5, 6])
    same(len(cat(t)), 6)
    sql("OPTIMIZE plain")
    sql("DELETE FROM plain WHERE a = 3")
    put(t, [{"a": 7}])
    same([r[0] for r in rows("plain")], [1, 2, 4, 5, 6, 7])
    same(sql("DESCRIBE HISTORY plain").count(), 10)


def partitions():
    t = make("parts", "a BIGINT, p STRING, b BOOLEAN",
             "PARTITIONED BY (p, b)")
    values = ["a/b%c d", "\U0001f3b5=\u00e9", None, ".. \\ {}[]^'\"#*:?", "x"]
    spark.createDataFrame(
        [(i, v, i % 2 == 0) for i, v in enumerate(values)],
        "a BIGINT, p STRING, b BOOLEAN").write.format("delta").mode(
            "append").save(t)
    put(t, [{"a": i + 10, **({} if v is None else {"p": v}),
             "b": i % 2 == 0} for i, v in enumerate(values)])
    same(rows("parts"), [(i + k, v, i % 2 == 0) for k in (0, 10)
                         for i, v in enumerate(values)])
    same({(r["a"], r.get("p")) for r in cat(t)},
         {(i + k, v) for k in (0, 10) for i, v in enumerate(values)})
    put(t, [{"a": 99, "p": "a/b%c d", "b": True}],
        options=["--mode", "replace-partitions"])
    same([r[0] for r in rows("parts")],
         [1, 2, 3, 4, 11, 12, 13, 14, 99])


def constraints():
    t = make("checked", "a BIGINT NOT NULL, kind STRING")
    sql("ALTER TABLE checked ADD CONSTRAINT kinds "
        "CHECK (kind IN ('a', 'b') AND A > 0)")
    put(t, [{"a": 1, "kind": "a"}, {"a": 2, "kind": "c"}, {"kind": "a"},
            {"a": 3}, {"a": -1, "kind": "b"}, {"a": 4, "kind": "b"}],
        options=["--max-bad", "4"], words="violates the constraint 'kinds'")
    same(rows("checked"), [(1, "a"), (4, "b")])
    sql("ALTER TABLE checked ADD CONSTRAINT odd CHECK (a % 2 = 0 OR a > 0)")
    put(t, [{"a": 5, "kind": "a"}], 2, "the constraint 'odd' (a % 2 = 0")


def times():
    t = make("timed", "a BIGINT", delta__enableInCommitTimestamps="true")
    for a in (1, 2):
        sql(f"INSERT INTO timed VALUES ({a})")
        put(t, [{"a": a + 10}])
    history = sql("DESCRIBE HISTORY timed").orderBy("version").collect()
    stamps = [r["timestamp"] for r in history]
    same(len(stamps), 5)
    same(sorted(set(stamps)), stamps)
    same([r["a"] for r in cat(t, "--as-of",
                              stamps[2].strftime("%Y-%m-%dT%H:%M:%S.%fZ"))],
         [1, 11])
    same(sql(f"SELECT count(*) FROM timed TIMESTAMP AS OF "
             f"'{stamps[2]}'").collect()[0][0], 2)


def vectors():
    t = make("vectors", "a BIGINT", delta__enableDeletionVectors="true")
    spark.range(10).selectExpr("id AS a").coalesce(1).write.format(
        "delta").mode("append").save(t)
    sql("DELETE FROM vectors WHERE a = 3")
    put(t, [{"a": 30}])
    same([r[0] for r in rows("vectors")], [0, 1, 2, 4, 5, 6, 7, 8, 9, 30])
    same(sorted(r["a"] for r in cat(t)), [0, 1, 2, 4, 5, 6, 7, 8, 9, 30])
    put(t, [{"a": 50}], options=["--mode", "overwrite"])
    same([r[0] for r in rows("vectors")], [50])


def feed():
    t = make("feed", "a BIGINT", delta__enableChangeDataFeed="true")
    put(t, [{"a": 1}, {"a": 2}])
    changes = sql("SELECT a, _change_type FROM table_changes('feed', 0) "
                  "ORDER BY a").collect()
    same([tuple(r) for r in changes], [(1, "insert"), (2, "insert")])
    put(t, [{"a": 3}], 2, "changeDataFeed", ["--mode", "overwrite"])


def checkpoints():
    t = make("second", "a BIGINT", delta__checkpointPolicy="v2",
             delta__checkpointInterval="2")
    for a in range(1, 6):
        sql(f"INSERT INTO second VALUES ({a})")
        put(t, [{"a": a + 10}])
    same([r[0] for r in rows("second")], [1, 2, 3, 4, 5, 11, 12, 13, 14, 15])
    same(len(cat(t)), 10)


def clustered():
    t = make("clustered", "a BIGINT, s STRING", "CLUSTER BY (s)",
             delta__checkpointInterval="2")
    sql("INSERT INTO clustered VALUES (1, 'x')")
    for a in range(2, 5):
        put(t, [{"a": a, "s": "y"}])
    sql("INSERT INTO clustered VALUES (5, 'z')")
    # what it is clustered by is in domainMetadata, which our checkpoint keeps
    same(sql("DESCRIBE DETAIL clustered").collect()[0]["clusteringColumns"],
         ["s"])
    sql("OPTIMIZE clustered")
    same([r[0] for r in rows("clustered")], [1, 2, 3, 4, 5])


def refused():
    t = make("generated", "a BIGINT, g BIGINT GENERATED ALWAYS AS (a + 1)")
    put(t, [{"a": 1}], 2, "the column 'g' is generated")
    t = make("ident", "a BIGINT, i BIGINT GENERATED ALWAYS AS IDENTITY")
    put(t, [{"a": 1}], 2, "the column 'i' is an identity column")
    t = make("mapped", "a BIGINT", delta__columnMapping__mode="name")
    put(t, [{"a": 1}], 2, "'columnMapping'")
    t = make("tracked", "a BIGINT", delta__enableRowTracking="true")
    put(t, [{"a": 1}], 2, "'rowTracking'")
    t = make("only", "a BIGINT", delta__appendOnly="true")
    put(t, [{"a": 1}])
    put(t, [{"a": 1}], 2, "'appendOnly'", ["--mode", "overwrite"])
    same(rows("only"), [(1,)])


def defaults():
    t = make("defaults", "a BIGINT, v BIGINT DEFAULT 7",
             delta__feature__allowColumnDefaults="supported")
    put(t, [{"a": 1}], 2, "the column 'v' has a default value")


tap("plain: checkpoints, OPTIMIZE and DELETE between our appends", plain)
tap("partition values of every kind, appended and replaced", partitions)
tap("NOT NULL and CHECK are kept, or the constraint is named", constraints)
tap("in-commit timestamps rise; time travel agrees", times)
tap("beside deletion vectors", vectors)
tap("a change data feed shows our appends", feed)
tap("version 2 checkpoints", checkpoints)
tap("a clustered table stays one", clustered)
tap("what cannot be written is named", refused)
tap("default values are named", defaults)
print(f"1..{count}", flush=True)
spark.stop()
os._exit(failed)
