"""Compare what lib/parquet writes and reads with Arrow and DuckDB.

parquet_compare.py VERB ARGUMENT...; exit status 1 and a sentence on the
first difference. See parquet.t.
"""
import datetime
import decimal
import json
import os
import math
import subprocess
import sys

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

EPOCH = datetime.datetime(1970, 1, 1)


# ---- the formulas of parquet_tool's "make" ----

def made_value(i, c):
    if c > 0 and (i + c) % 7 == 0:
        return None
    word = lambda: "w\u00f6rd-%d" % (i % 50)
    name = lambda: "name-%09d" % (i * 7919 % 1000003)
    raw = lambda: bytes([i % 256, i // 256 % 256])[: i % 3]
    return [
        lambda: i, lambda: i % 3 == 0, lambda: i % 256 - 128,
        lambda: i % 65536 - 32768, lambda: i * 7919 % 1000003 - 500000,
        lambda: i * 1000000007 - 1, lambda: i / 4 - 100, lambda: i / 4 - 100,
        lambda: i % 40000 - 10000, lambda: 1795338000000000 + i * 1000001,
        lambda: 1795338000000000 + i * 1000001, lambda: i % 1000000 - 500,
        lambda: i * 123456789, word, name, raw][c]()


MADE = ["id", "flag", "i8", "i16", "i32", "i64", "f32", "f64", "day",
        "moment", "local", "price", "total", "word", "name", "raw"]


def plain(column):
    """An Arrow column as our dump writes it: times and decimals as integers."""
    t = column.type
    if pa.types.is_dictionary(t):
        column = column.cast(t.value_type)
        t = column.type
    if pa.types.is_timestamp(t):
        column = column.cast(pa.timestamp("us", t.tz), safe=False)
        column = column.cast(pa.int64())
    elif pa.types.is_date(t):
        column = column.cast(pa.int32())
    values = column.to_pylist()
    if pa.types.is_decimal(t):
        with decimal.localcontext() as context:
            context.prec = 60
            values = [None if v is None else int(v.scaleb(t.scale))
                      for v in values]
    return values


def read(path):
    return pq.ParquetFile(path, coerce_int96_timestamp_unit="us",
                          page_checksum_verification=True).read()


def same(where, want, got):
    if isinstance(want, float) and isinstance(got, float):
        if math.isnan(want) and math.isnan(got):
            return
    if want != got or isinstance(want, bool) != isinstance(got, bool):
        sys.exit(f"{where}: wanted {want!r}, got {got!r}")


def arrow_reads(path, rows):
    table = read(path)
    same(f"{path}: rows", int(rows), table.num_rows)
    same(f"{path}: columns", MADE, table.column_names)
    for c, name in enumerate(MADE):
        for i, got in enumerate(plain(table.column(name))):
            same(f"{path}: {name} of row {i}", made_value(i, c), got)


def query(sql):
    """The first row; a DuckDB 2 relation has no fetchone."""
    return (duckdb.sql(sql).fetchall() or [None])[0]


def duckdb_reads(path, rows):
    rows = int(rows)
    for c, name in enumerate(MADE):
        values = [made_value(i, c) for i in range(rows)]
        values = [v for v in values if v is not None]
        expr = f'"{name}"'
        if name in ("moment", "local"):
            expr = f"epoch_us({expr})"
        elif name == "day":
            expr = f"({expr} - date '1970-01-01')"
        elif name in ("price", "total"):
            expr = f"({expr} * {100 if name == 'price' else 10000})"
        source = f"(select {expr} x from '{path}')"
        count, low, high = query(
            f"select count(x), min(x), max(x) from {source}")
        same(f"duckdb {path}: count of {name}", len(values), count)
        if values:
            same(f"duckdb {path}: min of {name}", min(values), low)
            same(f"duckdb {path}: max of {name}", max(values), high)
        if values and name not in ("word", "name", "raw", "flag"):
            same(f"duckdb {path}: sum of {name}", sum(values),
                 query(f"select sum(x) from {source}")[0])


def statistics(path):
    """Every chunk's statistics against the values of its row group."""
    file = pq.ParquetFile(path)
    for g in range(file.num_row_groups):
        group = file.read_row_group(g)
        for c, name in enumerate(group.column_names):
            chunk = file.metadata.row_group(g).column(c)
            stats = chunk.statistics
            values = [v for v in group.column(name).to_pylist()
                      if v is not None]
            where = f"{path}: group {g}, {name}"
            same(f"{where}: page index", "plain" not in path,
                 chunk.has_offset_index and chunk.has_column_index)
            same(f"{where}: null_count", group.num_rows - len(values),
                 stats.null_count)
            same(f"{where}: has_min_max", len(values) > 0, stats.has_min_max)
            if values:
                same(f"{where}: min", min(values), stats.min)
                same(f"{where}: max", max(values), stats.max)


# ---- what we read ----

def lines(command):
    run = subprocess.run(command, capture_output=True)
    if run.returncode != 0:
        sys.exit(run.stderr.decode())
    rows = [json.loads(x) for x in run.stdout.decode().split("\n") if x]
    return rows, run.stderr.decode().split("\n")


def we_read(tool, *paths):
    skipped = {}
    for path in paths:
        rows, notes = lines([tool, "dump", path])
        skip = {x[len("skipped: "):] for x in notes if x}
        table = read(path)
        same(f"{path}: rows", table.num_rows, len(rows))
        for name in table.column_names:
            kind = table.schema.field(name).type
            if name in skip:
                kind = str(kind).split("<")[0].split("(")[0]
                skipped[kind] = skipped.get(kind, 0) + 1
                continue
            for i, want in enumerate(plain(table.column(name))):
                if isinstance(want, bytes):
                    want = want.hex()
                same(f"{path}: {name} of row {i}", want, rows[i][name])
    print(f"{len(paths)} files, columns skipped: {skipped}")


CHECKPOINT = ["txn", "txn.appId", "txn.version", "add", "add.path",
              "add.partitionValues.key", "add.partitionValues.value",
              "add.size", "add.stats", "add.deletionVector",
              "add.deletionVector.cardinality", "remove", "remove.path",
              "remove.deletionTimestamp", "metaData.schemaString",
              "metaData.partitionColumns.element",
              "metaData.configuration.key", "protocol.minReaderVersion",
              "protocol.readerFeatures.element", "sidecar.path", "sidecar"]


def found(value, path):
    """Items of a path in one record: what parquet_items should give."""
    for n, part in enumerate(path):
        if value is None:
            return [] if {"key", "value", "element"} & set(path) else [None]
        if part in ("key", "value"):
            return [pair[part == "value"] for pair in value]
        if part == "element":
            return list(value)
        value = value[part]
    return [value]


def we_read_nested(tool, *paths):
    for path in paths:
        table = read(path)
        have = [p for p in CHECKPOINT
                if has_path(table.schema, p.split("."))]
        rows, _ = lines([tool, "items", path] + have)
        same(f"{path}: rows", table.num_rows, len(rows))
        for i, record in enumerate(table.to_pylist()):
            for p in have:
                want = found(record, p.split("."))
                if isinstance(rows[i][p], bool):
                    want = want != [None]
                same(f"{path}: {p} of row {i}", want, rows[i][p])


def has_path(schema, parts):
    kind = pa.struct(list(schema))
    for part in parts:
        if part in ("key", "value", "element"):
            return True
        if not pa.types.is_struct(kind) or kind.get_field_index(part) < 0:
            return False
        kind = kind.field(part).type
    return True


def arrow_reads_nested(path, rows):
    table = read(path)
    same("rows", int(rows), table.num_rows)
    for i, got in enumerate(table.to_pylist()):
        want = {"txn": None, "add": None, "protocol": None}
        if i % 4 == 0:
            want["txn"] = {"appId": f"app-{i}", "version": i}
        elif i % 4 == 1:
            pairs = [(f"k{k}", f"v{i}" if k % 2 == 0 else None)
                     for k in range(i % 3)]
            want["add"] = {"path": f"p-{i}", "partitionValues": pairs,
                           "size": None if i % 8 == 1 else i, "tags": None}
        elif i % 4 == 2:
            want["protocol"] = {"readerFeatures":
                                [f"feature-{k}" for k in range(i % 5)]}
        same(f"row {i}", want, got)


# ---- what others write ----

def mixed(n):
    """A table of every flat type, with nulls, repeats, runs and edges."""
    def gap(values):
        return [None if i % 11 == 3 else v for i, v in enumerate(values)]

    day = datetime.date(2020, 1, 1)
    ends = [-2**63, 2**63 - 1, 0, -1]
    return pa.table({
        "b": pa.array(gap(i % 5 == 0 or i > n // 2 for i in range(n))),
        "i8": pa.array(gap(i % 256 - 128 for i in range(n)), pa.int8()),
        "i16": pa.array(gap(i * 7 % 65536 - 32768 for i in range(n)),
                        pa.int16()),
        "u8": pa.array(gap(i % 256 for i in range(n)), pa.uint8()),
        "i32": pa.array(gap(i * i % 2**31 - 2**30 for i in range(n)),
                        pa.int32()),
        "i64": pa.array(gap(ends[i % 4] if i % 100 < 4 else i * 10**12
                            for i in range(n))),
        "sorted": pa.array(range(n), pa.int64()),
        "f32": pa.array(gap(i / 3 for i in range(n)), pa.float32()),
        "f64": pa.array(gap(float("nan") if i % 97 == 0 else i / 7
                            for i in range(n))),
        "day": pa.array(gap(day + datetime.timedelta(i % 9999 - 5000)
                            for i in range(n))),
        "us": pa.array(gap(i * 10**9 - 10**15 for i in range(n)),
                       pa.timestamp("us", "UTC")),
        "ms": pa.array(gap(i * 10**6 - 10**12 for i in range(n)),
                       pa.timestamp("ms", "UTC")),
        "ntz": pa.array(gap(i * 10**9 for i in range(n)),
                        pa.timestamp("us")),
        "d9": pa.array(gap(decimal.Decimal(i % 10**6) / 100 - 5000
                           for i in range(n)), pa.decimal128(9, 2)),
        "d18": pa.array(gap(decimal.Decimal(i * 10**9 - 10**14) / 10000
                            for i in range(n)), pa.decimal128(18, 4)),
        "few": pa.array(gap("k%d" % (i % 7) for i in range(n))),
        "long": pa.array(gap("x" * (i % 300) for i in range(n))),
        "unique": pa.array(gap("prefix/%012d" % i for i in range(n))),
        "empty": pa.array(gap("" for i in range(n))),
        "nulls": pa.array([None] * n, pa.string()),
        "bin": pa.array(gap(bytes([i % 256]) * (i % 4) for i in range(n)),
                        pa.binary()),
        "fixed": pa.array(gap(b"%08d" % i for i in range(n)), pa.binary(8)),
    })


def write_arrow(folder):
    table = mixed(30011)
    for codec in ("none", "snappy", "gzip", "zstd"):
        for version in ("1.0", "2.0"):
            pq.write_table(table, f"{folder}/{codec}-{version}.parquet",
                           compression=codec, data_page_version=version,
                           row_group_size=12000, data_page_size=20000,
                           write_page_checksum=True)
    ints = ["i32", "i64", "sorted", "us", "i16", "day"]
    texts = ["few", "long", "unique", "empty", "nulls", "bin"]
    for name, columns, encoding in (
            ("delta-binary", ints, "DELTA_BINARY_PACKED"),
            ("delta-length", texts, "DELTA_LENGTH_BYTE_ARRAY"),
            ("delta-bytes", texts + ["fixed"], "DELTA_BYTE_ARRAY"),
            ("split", ["f32", "f64", "i32", "i64"], "BYTE_STREAM_SPLIT"),
            ("plain", ints + texts + ["b"], "PLAIN"),
            ("rle", ["b"], "RLE")):
        for version in ("1.0", "2.0"):
            pq.write_table(table.select(columns),
                           f"{folder}/{name}-{version}.parquet",
                           compression="snappy", use_dictionary=False,
                           column_encoding={c: encoding for c in columns},
                           data_page_version=version, data_page_size=8000)
    times = table.select(["us", "ms", "ntz"])
    pq.write_table(times, f"{folder}/int96.parquet",
                   use_deprecated_int96_timestamps=True)
    required = pa.schema([pa.field("sorted", pa.int64(), nullable=False)])
    pq.write_table(table.select(["sorted"]).cast(required),
                   f"{folder}/required.parquet")
    pq.write_table(table.slice(0, 0), f"{folder}/no-rows.parquet")


def write_duckdb(folder):
    duckdb.sql("set threads=1")
    for codec in ("uncompressed", "snappy", "gzip", "zstd"):
        for version in ("V1", "V2"):
            duckdb.sql(f"""
                copy (select i, i % 2 = 0 flag, (i % 100)::tinyint i8,
                    (i % 1000)::smallint i16, (i * 31)::integer i32,
                    case when i % 9 > 0 then i / 3 end f64,
                    (i / 3)::float f32, date '2020-01-01' + (i % 999)::int d,
                    make_timestamp(i * 1000000) ts,
                    make_timestamp(i * 1000000)::timestamptz tz,
                    (i / 100)::decimal(9, 2) d9, (i / 7)::decimal(18, 4) d18,
                    'k' || (i % 20) few, 'unique ' || i u,
                    encode('b' || i % 50) bin,
                    case when i > 70000 then 'late' end late
                  from range(150000) t(i))
                to '{folder}/{codec}-{version}.parquet'
                (format parquet, codec {codec}, parquet_version {version})""")


def write_nested(path):
    rows = []
    for i in range(5000):
        row = {"txn": None, "add": None, "protocol": None}
        if i % 3 == 0:
            row["txn"] = {"appId": None if i % 9 == 0 else f"a{i}",
                          "version": i}
        elif i % 3 == 1:
            pairs = None if i % 5 == 0 else [
                (f"k{k}", None if k == 1 else f"v{k}") for k in range(i % 4)]
            row["add"] = {"path": f"p{i}", "partitionValues": pairs,
                          "size": i}
        else:
            row["protocol"] = {"readerFeatures": None if i % 7 == 0 else
                               ["f"] * (i % 300)}
        rows.append(row)
    schema = pa.schema([
        ("txn", pa.struct([("appId", pa.string()), ("version", pa.int64())])),
        ("add", pa.struct([
            ("path", pa.string()),
            ("partitionValues", pa.map_(pa.string(), pa.string())),
            ("size", pa.int64())])),
        ("protocol", pa.struct([
            ("readerFeatures", pa.list_(pa.string()))]))])
    pq.write_table(pa.Table.from_pylist(rows, schema), path,
                   data_page_size=3000, row_group_size=2100)


if __name__ == "__main__":
    globals()[sys.argv[1].replace("-", "_")](*sys.argv[2:])
    # All was compared. Threads of the readers' libraries now and then abort
    # the interpreter while it ends ("terminate called without an active
    # exception"), so it does not end in the usual way.
    sys.stdout.flush()
    os._exit(0)
