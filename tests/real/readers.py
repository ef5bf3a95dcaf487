# SPDX-License-Identifier: MIT
"""readers.py WHAT ARGUMENT... - tables of lake-put in everybody's readers:
the same rows, cell by cell, as lake-cat prints, and files skipped as their
contents allow. Exits 1 with a sentence at the first difference. Called by
readers.t."""

import datetime
import decimal
import functools
import json
import os
import subprocess
import sys
import urllib.parse

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable, write_deltalake

import arrow_rows

STATS_CHARS = 32


def same(what, a, b):
    if a != b:
        sys.exit(f"{what}: {str(a)[:600]} is not {str(b)[:600]}")


def cat(*options):
    return subprocess.run(["lake-cat", *options], check=True,
                          capture_output=True).stdout.decode().splitlines()


# ---- the tables' rows ----

def dump(row):
    print(json.dumps({k: v for k, v in row.items() if v is not None},
                     ensure_ascii=False, separators=(",", ":")))


LONG = ["", "a", "a" * 31, "a" * 32, "a" * 33, "a" * 32 + "\x7f",
        "\u00e9" * 32, "\u00e9" * 33, "x" * 31 + "\U0001f3b5",
        "x" * 31 + "\U0001f3b5tail", "x" * 30 + "\U0001f3b5tail",
        "y" * 32 + "\U0010ffff", "y" * 32 + "\U0010ffff" * 3 + "z",
        "\uffff" * 40, "\U0001f3b5" * 20, "line\nbreak\ttab \"quote\" \\",
        "\u4e2d" * 5000, "nul \u0000 inside", " blanks ", "e\u0301", "\u00e9"]
PARTITIONS = [None, "plain", "a/b", "x=1", "50%", "%2F", "a b", "\u00e9\u4e2d",
              "\U0001f3b5", "'\"#*:?\\{}[]^", "+&;,~!@$()|<>", "..", ".",
              "__HIVE_DEFAULT", "tab\there", "trailing "]
STAMPS = ["0001-01-01T00:00:00Z", "1582-10-04T00:00:00Z",
          "1899-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z",
          "1970-01-01T00:00:00Z", "2026-11-22T01:02:03.456789Z",
          "2262-04-12T00:00:00Z", "9999-12-31T23:59:59.999999Z"]
DATES = ["0001-01-01", "1582-10-15", "1969-12-31", "2026-11-22", "9999-12-31"]
DOUBLES = [-0.0, 0.0, 0.1, -1.7976931348623157e308, 1.7976931348623157e308,
           5e-324, 2.2250738585072014e-308, 1e15, -1e-7]
LONGS = [-2**63, 2**63 - 1, 0, -1, 2**53 + 1]
BYTES = ["", "AA==", "/////w==", "eAB5"]


def types():
    """Rows of every type of a schema; every value of each stands somewhere,
    as does null."""
    def at(values, i):
        values = [None] + values
        return values[i % len(values)]
    for i in range(240):
        dump({"id": i, "p": PARTITIONS[i % len(PARTITIONS)],
              "pd": at(DATES[3:4], i // 3), "pb": (None, True, False)[i % 3],
              "flag": at([True, False], i), "i": at(
                  [-2**31, 2**31 - 1, 0, 7], i), "l": at(LONGS, i),
              "x": at(DOUBLES, i), "s": at(LONG, i), "t": at(STAMPS, i),
              "d": at(DATES, i), "y": at(BYTES, i)})


def numbers(table):
    """The types that no schema of ours has. lake-put fills no decimals, but
    a compaction writes those of others."""
    reals = [-3.4028234663852886e38, 3.4028234663852886e38, 1e-45, 0.1, None]
    rows = {"i8": pa.array([-128, 127, 0, 1, None], pa.int8()),
            "i16": pa.array([-32768, 32767, 0, None, 1], pa.int16()),
            "f": pa.array(reals, pa.float32())}
    for precision, scale in ((5, 2), (9, 0), (18, 4), (18, 18)):
        ends = [f"{sign}{'9' * precision}e-{scale}" for sign in ("-", "")]
        small = f"-1e-{scale}"
        rows[f"d{precision}_{scale}"] = pa.array(
            [v and decimal.Decimal(v) for v in (*ends, small, None, "0")],
            pa.decimal128(precision, scale))
    half = pa.table(rows)
    write_deltalake(table, half.slice(0, 3))
    write_deltalake(table, half.slice(3), mode="append")
    for i8, i16, f in zip(*(half[c].to_pylist() for c in ("i8", "i16", "f"))):
        dump({"i8": i8, "i16": i16, "f": f})


def cuts(k):
    """Rows of the K-th file: long texts of one beginning, times that differ
    in microseconds, real numbers about K."""
    k = int(k)
    head = chr(0xe0 + k) * STATS_CHARS
    for i in range(20):
        dump({"s": head + f"{i:02}", "n": 20 * k + i, "x": k + i / 32,
              "t": f"2026-11-22T00:00:{k:02}.{123400 + i:06}Z",
              "e": "\U0001f3b5" if k == 3 else None})


# ---- readers: a table, and how many files a predicate leaves ----

@functools.cache
def schema(table):
    return pa.schema(DeltaTable(table).schema().to_arrow())


def in_schema(got, table):
    """The columns in the order and, where a reader has another form of the
    same (large strings, bytes for text), in the types of the schema."""
    return pa.table([got.column(f.name).cast(f.type) for f in schema(table)],
                    schema=schema(table))


def delta_rs(table):
    return DeltaTable(table).to_pyarrow_table()


def delta_rs_files(table, predicate):
    data = DeltaTable(table).to_pyarrow_dataset()
    where = as_arrow(predicate)
    same(f"delta-rs's rows {predicate}", data.count_rows(filter=where),
         count(table, predicate))
    return len(list(data.get_fragments(filter=where)))


def polars(table):
    import polars as pl
    return pl.read_delta(table).to_arrow()


def files_of(table):
    return [f.replace("file://", "") for f in DeltaTable(table).file_uris()]


def duckdb(table):
    """DuckDB has no Delta reader of its own without a download: the list of
    files is delta-rs's, their content and partitions are as DuckDB reads."""
    import duckdb as db
    con = db.connect()
    con.execute("set timezone = 'UTC'")
    kinds = {"string": "VARCHAR", "date": "DATE", "boolean": "BOOLEAN"}
    fields = {f.name: f.type.type for f in DeltaTable(table).schema().fields}
    hive = ", ".join(f"'{c}': {kinds[fields[c]]}" for c in
                     DeltaTable(table).metadata().partition_columns)
    more = f", hive_partitioning=true, hive_types={{{hive}}}" if hive else ""
    return con.sql(
        f"select * from read_parquet(?, union_by_name=true{more})",
        params=[files_of(table)]).to_arrow_table()


def chdb(table):
    import chdb as ch
    data = ch.query(f"select * from deltaLakeLocal('{os.path.abspath(table)}')",
                    "ArrowStream").bytes()
    return pa.ipc.open_stream(data).read_all()


def spark_table(table):
    return spark.read.format("delta").load(os.path.abspath(table)).toArrow()


def spark_files(table, predicate):
    """What the scan of a finished query says of itself."""
    frame = spark.read.format("delta").load(os.path.abspath(table)).where(
        as_sql(predicate, "TIMESTAMP"))
    same(f"Spark's rows {predicate}", len(frame.collect()),
         count(table, predicate))
    scan = frame._jdf.queryExecution().executedPlan().collectLeaves().head()
    if not scan.metrics().contains("numFiles"):
        return 0 # no file at all: an empty relation
    return scan.metrics().apply("numFiles").value()


def count(table, predicate):
    return int(cat("--count", "--where", as_sql(predicate), table)[0])


def lake_cat_files(table, predicate):
    cat("--count", "--where", as_sql(predicate), "--stats", "stats", table)
    with open("stats", encoding="utf-8") as f:
        said = json.load(f)
    same("files and files skipped", said["files"], len(files_of(table)))
    return said["files"] - said["files_skipped"]


READERS = {"delta-rs": delta_rs, "polars": polars, "duckdb": duckdb,
           "chdb": chdb, "spark": spark_table}
PRUNERS = {"lake-cat": lake_cat_files, "delta-rs": delta_rs_files,
           "spark": spark_files}


# ---- content ----

@functools.cache
def wanted(table):
    """What lake-cat prints, as a multiset."""
    names = ",".join(f.name for f in schema(table))
    return arrow_rows.rows_printed(
        cat("--columns", names, "--times", "rfc3339", table), schema(table))


def lines(path, table):
    """The lines that lake-put was given are the rows."""
    with open(path, encoding="utf-8") as f:
        problem = arrow_rows.difference(
            arrow_rows.rows_printed(f, schema(table)), wanted(table))
    if problem:
        sys.exit(f"{table}: {problem}")


def content(reader, *tables):
    if reader == "spark":
        start_spark()
    for table in tables:
        got = arrow_rows.rows_of(in_schema(READERS[reader](table), table))
        want = wanted(table)
        problem = arrow_rows.difference(want, got)
        if problem:
            sys.exit(f"{reader}, {table}: {problem}")
    if reader == "spark":
        skipping("spark", *tables)
        spark.stop()


# ---- files skipped ----

def stamp(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def literal(v, word=""):
    if isinstance(v, datetime.datetime):
        return f"{word} '{v.strftime('%Y-%m-%dT%H:%M:%S.%fZ')}'"
    if isinstance(v, datetime.date):
        return f"{'DATE' if word else ''} '{v.isoformat()}'"
    return "'" + v.replace("'", "''") + "'" if isinstance(v, str) else str(v)


def as_sql(predicate, word=""):
    return " AND ".join(f"{c} {op} {literal(v, word)}"
                        for c, op, v in predicate)


def as_arrow(predicate):
    ops = {"=": pc.equal, ">=": pc.greater_equal, "<=": pc.less_equal,
           "<": pc.less, ">": pc.greater}
    out = None
    for column, op, v in predicate:
        kind = pa.timestamp("us", "UTC") if isinstance(
            v, datetime.datetime) else None
        one = ops[op](pc.field(column), pa.scalar(v, kind))
        out = one if out is None else out & one
    return out


def can_match(low, high, op, v):
    """May a file with these bounds have a row? The bounds are of the values
    in the file; of texts as many characters as statistics have."""
    if low is None:
        return False
    if isinstance(low, str):
        low, v_cut = low[:STATS_CHARS], v[:STATS_CHARS]
        reaches = high[:STATS_CHARS] >= v_cut
        return {"=": low <= v and reaches, ">=": reaches, ">": reaches,
                "<": low < v, "<=": low <= v}[op]
    return {"=": low <= v <= high, ">=": high >= v, ">": high > v,
            "<": low < v, "<=": low <= v}[op]


def expected(table, predicate):
    """Files that may have such rows, by what is in them, without any
    statistics."""
    left = 0
    adds = pa.table(DeltaTable(table).get_add_actions()).to_pylist()
    for add in adds:
        path = os.path.join(table, urllib.parse.unquote(add["path"]))
        parts = add.get("partition") or {}
        for column, op, v in predicate:
            if column in parts:
                low = high = parts[column]
            else:
                bounds = pc.min_max(pq.ParquetFile(path).read(
                    columns=[column]).column(0)).as_py()
                low, high = bounds["min"], bounds["max"]
            if not can_match(low, high, op, v):
                break
        else:
            left += 1
    return left, len(adds)


def predicates(table):
    """Of a table by its name, up to the first dot."""
    if table.startswith("events"):
        return [[("verdict", "=", "bad")],
                [("arrivalDate", "=", datetime.date(2026, 11, 17))],
                [("ts", ">=", stamp("2026-11-16T06:00:00Z")),
                 ("ts", "<", stamp("2026-11-16T09:00:00Z"))],
                [("ts", ">", stamp("2026-11-30T00:00:00Z"))]]
    if table.startswith("cuts"):
        head = "\u00e5" * STATS_CHARS # of the sixth file
        return [[("s", "=", head + "07")], [("s", ">=", head + "19")],
                [("s", "<", head)], [("n", "=", 105)],
                [("x", ">=", 3.0), ("x", "<", 5.0)],
                [("t", ">=", stamp("2026-11-22T00:00:05.123410Z"))],
                [("e", "=", "\U0001f3b5")]]
    return []


def skipping(reader, *tables):
    for table in tables:
        for predicate in predicates(table):
            left, files = expected(table, predicate)
            got = PRUNERS[reader](table, predicate)
            print(f"{reader}, {table}: {as_sql(predicate)}: {got} of {files}"
                  f" read, {left} expected")
            if got != left:
                bad.append(f"{reader}, {table}: {as_sql(predicate)}: {got} of"
                           f" {files} files read, {left} expected")


bad = []


def start_spark():
    global spark
    import spark_session
    spark = spark_session.start()


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
    for line in bad:
        print(line)
    sys.stdout.flush()
    os._exit(1 if bad else 0) # as in delta_compare.py
