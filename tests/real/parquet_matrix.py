# SPDX-License-Identifier: MIT
"""parquet_matrix.py VERB TOOL FOLDER - files of every encoding, codec, page
version, type and nesting, written by Arrow and DuckDB, read by TOOL (which
prints JSON as lake-cat does) and compared value by value, row by row. Exits 1
with a sentence at the first difference. Called by parquet.t."""

import datetime
import decimal
import json
import os
import subprocess
import sys
import uuid

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

import arrow_rows

ROWS = 700
DAY = datetime.date(2020, 1, 1)
EPOCH = datetime.datetime(1970, 1, 1)


def micros(i):
    return (i * 7919 - 2**20) * 10**7 + i % 1000


def number(digits, scale):
    """Decimals from -10^digits to 10^digits, both ends among them."""
    def value(i):
        most = 10**digits - 1
        unscaled = (most, -most, 0, 1, -1)[i % 7] if i % 7 < 5 else (
            i * 1234567890123456789 % (2 * most) - most)
        with decimal.localcontext() as c:
            c.prec = 80
            return decimal.Decimal(unscaled).scaleb(-scale)
    return value


def whole(bits, is_signed=True):
    low = -2**(bits - 1) if is_signed else 0
    return lambda i: (low, low + 2**bits - 1, 0, 1)[i % 9] if i % 9 < 4 else (
        low + i * 2654435761 % 2**bits if i % 3 else i % 50)


def real(i):
    odd = (float("nan"), float("inf"), float("-inf"), -0.0, 1e-45)
    return odd[i % 17] if i % 17 < 5 else i / 8 - 30


def text(i):
    return ("", "a", "k%d" % (i % 5), "prefix/%06d" % i, 'q"\\\n\u00e9\U0001f600',
            "x" * (i % 90))[i % 6]


INT = ("PLAIN", "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT")
REAL = ("PLAIN", "BYTE_STREAM_SPLIT")
BYTES = ("PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY")
FIXED = ("PLAIN", "BYTE_STREAM_SPLIT", "DELTA_BYTE_ARRAY")

# name: type, value of row i, the encodings besides a dictionary
TYPES = {
    "bool": (pa.bool_(), lambda i: i % 3 == 0 or i % 100 > 60,
             ("PLAIN", "RLE")),
    "i8": (pa.int8(), whole(8), INT),
    "i16": (pa.int16(), whole(16), INT),
    "i32": (pa.int32(), whole(32), INT),
    "i64": (pa.int64(), whole(64), INT),
    "u8": (pa.uint8(), whole(8, False), INT),
    "u16": (pa.uint16(), whole(16, False), INT),
    "u32": (pa.uint32(), whole(32, False), INT),
    "u64": (pa.uint64(), whole(64, False), INT),
    "f16": (pa.float16(), real, FIXED),
    "f32": (pa.float32(), real, REAL),
    "f64": (pa.float64(), real, REAL),
    "day": (pa.date32(), lambda i: DAY + datetime.timedelta(i * 97 % 90000 -
                                                            40000), INT),
    "ms": (pa.timestamp("ms", "UTC"), lambda i: EPOCH + datetime.timedelta(
        milliseconds=micros(i) // 1000), INT),
    "us": (pa.timestamp("us", "UTC"), lambda i: EPOCH + datetime.timedelta(
        microseconds=micros(i)), INT),
    "ns": (pa.timestamp("ns", "UTC"), lambda i: EPOCH + datetime.timedelta(
        microseconds=micros(i)), INT),
    "ntz": (pa.timestamp("us"), lambda i: EPOCH + datetime.timedelta(
        microseconds=micros(i)), INT),
    "tms": (pa.time32("ms"), lambda i: (EPOCH + datetime.timedelta(
        milliseconds=i * 7919)).time(), INT),
    "tus": (pa.time64("us"), lambda i: (EPOCH + datetime.timedelta(
        microseconds=i * 79190001)).time(), INT),
    "tns": (pa.time64("ns"), lambda i: (EPOCH + datetime.timedelta(
        microseconds=i * 79190001)).time(), INT),
    "d5": (pa.decimal128(5, 2), number(5, 2), FIXED),
    "d9": (pa.decimal128(9, 0), number(9, 0), FIXED),
    "d18": (pa.decimal128(18, 18), number(18, 18), FIXED),
    "d19": (pa.decimal128(19, 4), number(19, 4), FIXED),
    "d38": (pa.decimal128(38, 10), number(38, 10), FIXED),
    "text": (pa.string(), text, BYTES),
    "bytes": (pa.binary(), lambda i: bytes([i % 256, 255, 0]) * (i % 4), BYTES),
    "fixed": (pa.binary(5), lambda i: b"%05d" % (i % 300), FIXED),
    "uuid": (pa.uuid(), lambda i: uuid.UUID(int=i * 2**100 + 7 * i), FIXED),
}


def gap(i, v, every=11):
    return None if i % every == 3 else v(i)


def some(i, v, n):
    return [gap(i + k, v, 5) for k in range(n)]


def nestings(kind, v):
    """name: type and value of row i; what is null, empty or absent varies."""
    distinct = lambda i: list(dict.fromkeys(map(v, range(i, i + i % 3))))
    return {
        "flat": (kind, lambda i: gap(i, v)),
        "list": (pa.list_(kind), lambda i: gap(
            i, lambda i: some(i, v, i % 4), 7)),
        "deep": (pa.list_(pa.list_(kind)), lambda i: gap(
            i, lambda i: [gap(i + k, lambda i: some(i, v, i % 3), 4)
                          for k in range(i % 3)], 9)),
        "struct": (pa.struct([("a", kind), ("b", pa.list_(kind)),
                              ("c", pa.struct([("d", kind)]))]),
                   lambda i: gap(i, lambda i: {
                       "a": gap(i, v, 4), "b": gap(i, lambda i: some(
                           i, v, i % 3), 5),
                       "c": gap(i, lambda i: {"d": gap(i, v, 6)}, 7)}, 8)),
        "map": (pa.map_(pa.string(), kind), lambda i: gap(
            i, lambda i: [("k%d" % k, gap(i + k, v, 4)) for k in range(i % 4)],
            6)),
        "keys": (pa.map_(kind, pa.list_(kind)), lambda i: gap(
            i, lambda i: [(key, gap(i, lambda i: some(i, v, i % 3), 4))
                          for key in distinct(i)], 6)),
        "records": (pa.list_(pa.struct([("a", kind), ("m", pa.map_(
            pa.int32(), kind))])), lambda i: gap(i, lambda i: [gap(
                i + k, lambda i: {"a": gap(i, v, 3), "m": gap(
                    i, lambda i: [(k, gap(i + k, v, 3)) for k in range(i % 3)],
                    4)}, 5) for k in range(i % 4)], 6)),
    }


LEAVES = {
    "flat": ("",), "list": (".list.element",),
    "deep": (".list.element.list.element",),
    "struct": (".a", ".b.list.element", ".c.d"),
    "map": (".key_value.value",),
    "keys": (".key_value.key", ".key_value.value.list.element"),
    "records": (".list.element.a", ".list.element.m.key_value.value"),
}


def make_array(kind, value):
    values = [value(i) for i in range(ROWS)]
    if kind == pa.uuid():
        values = [None if v is None else v.bytes for v in values]
        return pa.ExtensionArray.from_storage(
            kind, pa.array(values, kind.storage_type))
    return pa.array(values, kind)


def make_table():
    columns = {}
    for name, (kind, value, _) in TYPES.items():
        for form, (nested, row) in nestings(kind, value).items():
            if kind != pa.uuid() or form == "flat":
                columns[f"{name}_{form}"] = make_array(nested, row)
        columns[f"{name}_need"] = make_array(kind, value)
    fields = [pa.field(n, a.type, nullable=not n.endswith("_need"))
              for n, a in columns.items()]
    return pa.table(list(columns.values()), schema=pa.schema(fields))


def encodings(which, as_integer):
    """Each leaf's encoding, the `which`th of those its type has."""
    out = {}
    for name, (kind, _, those) in TYPES.items():
        if as_integer and pa.types.is_decimal(kind) and kind.precision <= 18:
            those = INT
        encoding = those[which % len(those)]
        for form, leaves in LEAVES.items():
            for leaf in leaves:
                out[f"{name}_{form}{leaf}"] = encoding
        out[f"{name}_need"] = encoding
    return out


def read(tool, path):
    run = subprocess.run([tool, "json", path], capture_output=True)
    if run.returncode != 0:
        sys.exit(f"{path}: {run.stderr.decode()}")
    return run.stdout.decode().splitlines()


def compare(tool, path, want, schema):
    """want: rows of arrow_rows.rows_of; in order, so that a row can be told."""
    got = arrow_rows.rows_printed(read(tool, path), schema)
    if len(got) != len(want):
        sys.exit(f"{path}: {len(want)} rows, {len(got)} printed")
    for i, (a, b) in enumerate(zip(want, got)):
        if a == b:
            continue
        for name in schema.names:
            if a.get(name) != b.get(name):
                sys.exit(f"{path}: row {i}, {name}: wanted {a.get(name)!r},"
                         f" got {b.get(name)!r}")


CODECS = ("none", "snappy", "gzip", "zstd", "lz4")


def arrow(tool, folder):
    table = make_table()
    want = arrow_rows.rows_of(table)
    n = 0
    for version in ("1.0", "2.0"):
        for which in range(4):
            for codec in CODECS if which == 0 else CODECS[which:which + 1]:
                n += 1
                path = f"{folder}/{version}-{which}-{codec}.parquet"
                pq.write_table(
                    table, path, compression=codec, data_page_version=version,
                    use_dictionary=which == 3, row_group_size=300,
                    column_encoding=None if which == 3 else encodings(
                        which, which == 2),
                    data_page_size=600, write_page_checksum=which == 1,
                    store_decimal_as_integer=which == 2,
                    dictionary_pagesize_limit=2000, store_schema=False)
                compare(tool, path, want, table.schema)
                os.unlink(path)
    print(f"{n} files of {len(table.schema)} columns")


def odd(tool, folder):
    """What the matrix above has no place for."""
    n = 1000
    table = pa.table({
        "moment": pa.array([micros(i) for i in range(n)],
                           pa.timestamp("us", "UTC")),
        "list": pa.array([[micros(i)] * (i % 3) for i in range(n)],
                         pa.list_(pa.timestamp("us", "UTC")))})
    path = f"{folder}/odd.parquet"
    pq.write_table(table, path, use_deprecated_int96_timestamps=True)
    compare(tool, path, arrow_rows.rows_of(table), table.schema)
    # nanoseconds that are cut, downwards
    ns = pa.table({"ns": pa.array([-1, 0, 999, 1000, -1000, -1001],
                                  pa.timestamp("ns", "UTC"))})
    pq.write_table(ns, path)
    us = pa.table({"ns": pa.array([-1, 0, 0, 1, -1, -2],
                                  pa.timestamp("us", "UTC"))})
    compare(tool, path, arrow_rows.rows_of(us), us.schema)
    # row groups without rows, lists as Arrow named them once, other names
    with pq.ParquetWriter(path, table.schema) as writer:
        writer.write_table(table.slice(0, 0))
        writer.write_table(table.slice(0, 10))
        writer.write_table(table.slice(0, 0))
    compare(tool, path, arrow_rows.rows_of(table.slice(0, 10)), table.schema)
    pq.write_table(table, path, use_compliant_nested_type=False)
    compare(tool, path, arrow_rows.rows_of(table), table.schema)
    nulls = pa.table({"n": pa.nulls(5), "s": pa.array(
        [{"n": None}] * 5, pa.struct([("n", pa.null())]))})
    pq.write_table(nulls, path)
    compare(tool, path, arrow_rows.rows_of(nulls), nulls.schema)
    deep = pa.array([1, None, 3])
    kind = deep.type
    for _ in range(30):
        deep = pa.ListArray.from_arrays([0, 1, 2, 3], deep)
        deep = pa.StructArray.from_arrays([deep], ["s"])
    deep = pa.table({"deep": deep})
    pq.write_table(deep, path)
    compare(tool, path, arrow_rows.rows_of(deep), deep.schema)


def refused(tool, path, words):
    run = subprocess.run([tool, "json", path], capture_output=True)
    said = run.stderr.decode()
    if run.returncode != 65 or words not in said or path not in said:
        sys.exit(f"{path}: exit status {run.returncode}: {said}")


def damaged(tool, folder):
    """Codecs that we lack, depth, and any byte of a page with a checksum."""
    path = f"{folder}/damaged.parquet"
    table = pa.table({"a": list(range(5000)), "l": [["x%d" % i] for i in
                                                    range(5000)]})
    pq.write_table(table, path, compression="brotli")
    refused(tool, path, "brotli")
    wide = pa.table({"d": pa.array([decimal.Decimal(1)],
                                   pa.decimal256(60, 2))})
    pq.write_table(wide, path)
    refused(tool, path, "decimal")
    for version in ("1.0", "2.0"):
        pq.write_table(table, path, write_page_checksum=True,
                       data_page_version=version, compression="none")
        whole_file = open(path, "rb").read()
        meta = pq.ParquetFile(path).metadata.row_group(0).column(1)
        for at in (meta.data_page_offset + 100, meta.data_page_offset + 5000):
            with open(path, "wb") as f:
                f.write(whole_file[:at])
                f.write(bytes([whole_file[at] ^ 1]))
                f.write(whole_file[at + 1:])
            refused(tool, path, "checksum")
        for n in (0, 3, 11, 100, len(whole_file) // 2, len(whole_file) - 1):
            with open(path, "wb") as f:
                f.write(whole_file[:n])
            refused(tool, path, "arquet")


DUCK_QUERY = """
    select i, case when i % 7 > 0 then i % 2 = 0 end b,
    (i % 256 - 128)::tinyint i8, (i % 256)::utinyint u8,
    (i % 65536)::usmallint u16, (i * 429496)::uinteger u32,
    (i::hugeint * 1844674407370000)::ubigint u64,
    (i / 3)::float f32, case when i % 5 > 0 then i / 7 end f64,
    date '1960-01-01' + (i * 3)::int d,
    time '00:00:00' + to_microseconds(i * 8640001) t,
    make_timestamp(i * 1000000007 - 5000000000000) ts,
    make_timestamp(i * 1000000007)::timestamp_ms tms,
    make_timestamp(i * 1000000007)::timestamptz tz,
    ((i - 5000) / 10)::decimal(4, 1) d4,
    (i / 100)::decimal(9, 2) d9, (i / 7)::decimal(18, 4) d18,
    (i * 1000003 / 7)::decimal(38, 12) d38,
    'k' || (i % 20) few, 'unique ' || i many,
    encode('b' || i % 50) bin,
    md5(i::varchar)::uuid id, [md5(i::varchar)::uuid] ids,
    (['sad', 'ok', 'happy'])[1 + i % 3]::mood m,
    case when i % 4 > 0 then [i, null, i * 2] end l,
    [[i], [], null] ll,
    {'x': i, 'y': case when i % 3 > 0 then 'y' || i end,
    'z': {'w': [i::varchar]}} s,
    case when i % 6 > 0 then
    map {'a': i, 'b' || i % 9: null} end mp,
    map {i: [{'v': 'e' || i}]} mk,
    case when i > 7000 then 'late' end late
    from range(9000) t(i)"""


def duck(tool, folder):
    """DuckDB's files against the query that made them."""
    con = duckdb.connect()
    con.execute("set threads=1")
    con.execute("set timezone='UTC'")
    con.execute("create type mood as enum ('sad', 'ok', 'happy')")
    table = con.sql(DUCK_QUERY).to_arrow_table()
    want = arrow_rows.rows_of(table)
    n = 0
    for codec in ("uncompressed", "snappy", "gzip", "zstd", "lz4_raw"):
        for version in ("V1", "V2"):
            n += 1
            path = f"{folder}/duck-{codec}-{version}.parquet"
            con.execute(f"""copy ({DUCK_QUERY}) to '{path}' (format parquet,
                codec {codec}, parquet_version {version},
                row_group_size 2048)""")
            compare(tool, path, want, table.schema)
            os.unlink(path)
    print(f"{n} files of {len(table.schema)} columns")


# ---- Delta tables with a history ----

def delta_table(folder, fields, files, features, config):
    os.makedirs(f"{folder}/_delta_log")
    actions = [
        {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7,
                      "readerFeatures": features,
                      "writerFeatures": features}},
        {"metaData": {"id": str(uuid.UUID(int=1)), "format": {
            "provider": "parquet", "options": {}}, "schemaString": json.dumps(
                {"type": "struct", "fields": fields}),
            "partitionColumns": [], "configuration": config}}]
    for i, table in enumerate(files):
        pq.write_table(table, f"{folder}/{i}.parquet", store_schema=False)
        actions.append({"add": {
            "path": f"{i}.parquet", "partitionValues": {}, "dataChange": True,
            "size": os.path.getsize(f"{folder}/{i}.parquet"),
            "modificationTime": 0, "stats": json.dumps(
                {"numRecords": table.num_rows})}})
    with open(f"{folder}/_delta_log/{0:020}.json", "w") as f:
        f.writelines(json.dumps(a) + "\n" for a in actions)


def field(name, kind, ident=None, physical=None):
    metadata = {}
    if ident is not None:
        metadata = {"delta.columnMapping.id": ident,
                    "delta.columnMapping.physicalName": physical}
    return {"name": name, "type": kind, "nullable": True, "metadata": metadata}


def cat(folder):
    run = subprocess.run(["lake-cat", folder], capture_output=True)
    if run.returncode != 0:
        sys.exit(run.stderr.decode())
    return run.stdout.decode().splitlines()


def same(what, want, got):
    if want != got:
        sys.exit(f"{what}: wanted {want}, got {got}")


def widening(_, folder):
    """Each pair of Delta's type widening, in a column and inside of one."""
    D = decimal.Decimal
    pairs = [
        (pa.int8(), -5, "short", "-5"), (pa.int8(), -5, "integer", "-5"),
        (pa.int8(), -5, "long", "-5"), (pa.int16(), 300, "integer", "300"),
        (pa.int16(), 300, "long", "300"),
        (pa.int32(), 2**31 - 1, "long", "2147483647"),
        (pa.float32(), 0.5, "double", "0.5"), (pa.int8(), 7, "double", "7"),
        (pa.int16(), 7, "double", "7"), (pa.int32(), 7, "double", "7"),
        (pa.date32(), DAY, "timestamp_ntz", '"2020-01-01T00:00:00"'),
        (pa.decimal128(5, 2), D("123.45"), "decimal(7,2)", "123.45"),
        (pa.decimal128(5, 2), D("123.45"), "decimal(18,4)", "123.4500"),
        (pa.decimal128(5, 2), D("-0.05"), "decimal(38,4)", "-0.0500"),
        (pa.decimal128(20, 2), D("123.45"), "decimal(30,3)", "123.450"),
        (pa.int8(), -5, "decimal(10,0)", "-5"),
        (pa.int32(), 12, "decimal(12,2)", "12.00"),
        (pa.int64(), -2**63, "decimal(20,0)", str(-2**63)),
    ]
    names = [f"c{i}" for i in range(len(pairs))]
    flat = pa.table({n: pa.array([v, None], k)
                     for n, (k, v, _, _) in zip(names, pairs)})
    nested = pa.table({"s": pa.array(
        [{n: [v] for n, (_, v, _, _) in zip(names, pairs)}], pa.struct(
            [(n, pa.list_(k)) for n, (k, _, _, _) in zip(names, pairs)]))})
    kinds = [kind for _, _, kind, _ in pairs]
    texts = [text for _, _, _, text in pairs]
    delta_table(f"{folder}/flat", [field(n, k) for n, k in zip(names, kinds)],
                [flat], ["typeWidening", "timestampNtz"], {})
    same("flat", ["{" + ",".join(f'"{n}":{t}' for n, t in zip(names, texts)) +
                  "}", "{}"], cat(f"{folder}/flat"))
    arrays = [field(n, {"type": "array", "elementType": k,
                        "containsNull": True}) for n, k in zip(names, kinds)]
    delta_table(f"{folder}/nested", [field("s", {
        "type": "struct", "fields": arrays})], [nested],
        ["typeWidening-preview"], {})
    same("nested", ['{"s":{' + ",".join(
        f'"{n}":[{t}]' for n, t in zip(names, texts)) + "}}"],
        cat(f"{folder}/nested"))


def mapping(_, folder):
    """Columns renamed, dropped and added since a file was written; by id the
    file's own names mean nothing."""
    def fields(name):
        ident = {b"PARQUET:field_id": b"%d" % name[1]}
        return pa.field(name[0], name[2], metadata=ident)

    inner = pa.struct([fields(("x1", 3, pa.int64())),
                       fields(("x2", 4, pa.string()))])
    schema = pa.schema([
        fields(("p1", 1, pa.int64())), fields(("p2", 2, inner)),
        fields(("p3", 5, pa.list_(inner))),
        fields(("p4", 6, pa.map_(pa.string(), inner)))])
    one = {"x1": 1, "x2": "a"}
    table = pa.Table.from_pylist(
        [{"p1": 7, "p2": one, "p3": [one, None], "p4": [("k", one)]}], schema)

    def wanted_fields(rename):
        member = {"type": "struct", "fields": [
            field("text", "string", 4, rename("x2")),
            field("gone", "string", 9, rename("x9")),
            field("count", "long", 3, rename("x1"))]}
        return [
            field("whole", "long", 1, rename("p1")),
            field("record", member, 2, rename("p2")),
            field("list", {"type": "array", "elementType": member,
                           "containsNull": True}, 5, rename("p3")),
            field("map", {"type": "map", "keyType": "string",
                          "valueType": member, "valueContainsNull": True}, 6,
                  rename("p4")),
            field("new", "long", 10, rename("p9"))]

    inside = '{"text":"a","count":1}'
    want = ['{"whole":7,"record":%s,"list":[%s,null],"map":{"k":%s}}' % (
        inside, inside, inside)]
    delta_table(f"{folder}/name", wanted_fields(lambda n: n), [table],
                ["columnMapping"], {"delta.columnMapping.mode": "name"})
    same("by name", want, cat(f"{folder}/name"))
    delta_table(f"{folder}/id", wanted_fields(lambda n: "col-" + n), [table],
                ["columnMapping"], {"delta.columnMapping.mode": "id"})
    same("by id", want, cat(f"{folder}/id"))


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
    sys.stdout.flush()
    os._exit(0)  # threads of the readers' libraries may abort an ordinary end
