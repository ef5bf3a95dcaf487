# SPDX-License-Identifier: MIT
"""foreign_tables.py - tables as other writers may make them, their data files
by pyarrow and their logs by hand, and the rows that lake-cat must find.
Exits 1 with a sentence at the first difference. Called by foreign.t."""

import datetime
import json
import os
import subprocess
import sys
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq


def same(what, a, b):
    if a != b:
        sys.exit(f"{what}: {str(a)[:600]} is not {str(b)[:600]}")


def cat(*options):
    out = subprocess.run(("lake-cat",) + options, check=True,
                         capture_output=True).stdout
    return [json.loads(line, parse_float=Decimal) for line in out.splitlines()]


def commit(table, version, *actions):
    os.makedirs(f"{table}/_delta_log", exist_ok=True)
    with open(f"{table}/_delta_log/{version:020}.json", "w") as f:
        f.writelines(json.dumps(a) + "\n" for a in actions)


def protocol(*features):
    return {"protocol": {
        "minReaderVersion": 3, "minWriterVersion": 7,
        "readerFeatures": features, "writerFeatures": features}}


def meta(fields, partition=(), **configuration):
    return {"metaData": {
        "id": "i", "format": {"provider": "parquet", "options": {}},
        "schemaString": json.dumps({"type": "struct", "fields": fields}),
        "partitionColumns": partition, "configuration": configuration}}


def add(path, partition=None, **stats):
    return {"add": {"path": path, "partitionValues": partition or {},
                    "size": 1, "modificationTime": 1, "dataChange": True,
                    "stats": json.dumps(stats)}}


def column(name, type_, physical=None, id_=None, **metadata):
    if physical:
        metadata |= {"delta.columnMapping.id": id_,
                     "delta.columnMapping.physicalName": physical}
    return {"name": name, "type": type_, "nullable": True,
            "metadata": metadata}


def struct_list(*fields):
    return {"type": "array", "containsNull": True,
            "elementType": {"type": "struct", "fields": fields}}


def mapped(table, mode):
    """Columns renamed, dropped and added again, at two depths."""
    # by id, the names in files say nothing
    def leaf(name, type_, id_):
        return pa.field(name if mode == "name" else "x" + name, type_,
                        metadata={"PARQUET:field_id": str(id_)})

    inner = [leaf("c5", pa.int32(), 5), leaf("c8", pa.string(), 8)]
    listed = leaf("c4", pa.list_(pa.struct(inner)), 4)
    value = {inner[0].name: 7, inner[1].name: "x"}
    os.makedirs(table)
    pq.write_table(pa.table(
        [[1, 2], ["a", "b"], pa.array([[value], None], listed.type)],
        schema=pa.schema([leaf("c1", pa.int64(), 1),
                          leaf("c2", pa.string(), 2), listed])),
        f"{table}/f1.parquet")
    pq.write_table(pa.table(
        [["new"], [9]], schema=pa.schema([leaf("c9", pa.string(), 9),
                                          leaf("c1", pa.int64(), 1)])),
        f"{table}/f2.parquet")
    on = {"delta.columnMapping.mode": mode}
    commit(table, 0, protocol("columnMapping"),
           meta([column("id", "long", "c1", 1),
                 column("s", "string", "c2", 2),
                 column("p", "string", "c3", 3),
                 column("e", struct_list(column("d", "integer", "c5", 5),
                                         column("gone", "string", "c8", 8)),
                        "c4", 4)], ["p"], **on),
           add("f1.parquet", {"c3": "P"}, numRecords=2,
               minValues={"c1": 1}, maxValues={"c1": 2}))
    commit(table, 1,
           meta([column("key", "long", "c1", 1),
                 column("id", "string", "c3", 3),
                 column("e", struct_list(column("dd", "integer", "c5", 5)),
                        "c4", 4),
                 column("s", "string", "c9", 9)], ["id"], **on),
           add("f2.parquet", {"c3": None}, numRecords=1,
               minValues={"c1": 9}, maxValues={"c1": 9}))
    same("before", cat("--at-version", "0", table),
         [{"id": 1, "s": "a", "p": "P", "e": [{"d": 7, "gone": "x"}]},
          {"id": 2, "s": "b", "p": "P"}])
    same("after", cat(table),
         [{"key": 1, "id": "P", "e": [{"dd": 7}]}, {"key": 2, "id": "P"},
          {"key": 9, "s": "new"}])
    same("by a statistic", cat("--where", "key > 2", table),
         [{"key": 9, "s": "new"}])
    same("by a partition", cat("--count", "--where", "id = 'P'", table), [2])
    same("partitions of files",
         [f["partition"] for f in cat("--print", "files", table)],
         [{"id": "P"}, {"id": None}])


def widened(table):
    """What PROTOCOL.md's Type Widening lists, each read as it is now."""
    day = datetime.date
    columns = [  # name, from, to, in the file, values, rows
        ("a", "byte", "long", pa.int8(), [1, -2], [1, -2]),
        ("b", "float", "double", pa.float32(), [0.5, 2.5],
         [Decimal("0.5"), Decimal("2.5")]),
        ("c", "short", "double", pa.int16(), [3, 4],
         [Decimal("3.0"), Decimal("4.0")]),
        ("d", "date", "timestamp_ntz", pa.date32(),
         [day(2026, 1, 2), day(1969, 12, 31)],
         ["2026-01-02T00:00:00", "1969-12-31T00:00:00"]),
        ("e", "decimal(5,2)", "decimal(10,4)", pa.decimal128(5, 2),
         [Decimal("1.25"), Decimal("-0.01")],
         [Decimal("1.25"), Decimal("-0.01")]),
        ("f", "decimal(20,2)", "decimal(38,4)", pa.decimal128(20, 2),
         [Decimal("123456789012345678.25"), Decimal("-0.01")],
         [Decimal("123456789012345678.25"), Decimal("-0.01")]),
        ("g", "integer", "decimal(12,2)", pa.int32(), [5, -6], [5, -6]),
        ("h", "long", "decimal(22,2)", pa.int64(), [7, -8], [7, -8]),
    ]
    os.makedirs(table)
    pq.write_table(pa.table({c[0]: pa.array(c[4], c[3]) for c in columns}),
                   f"{table}/f.parquet")
    commit(table, 0, protocol("typeWidening", "timestampNtz"),
           meta([column(c[0], c[2], **{"delta.typeChanges": [
               {"fromType": c[1], "toType": c[2]}]}) for c in columns]),
           add("f.parquet", numRecords=2))
    same("rows", cat(table),
         [{c[0]: c[5][i] for c in columns} for i in range(2)])


def floats(table):
    """A float's bound is written in its shortest form: it is no double."""
    os.makedirs(table)
    pq.write_table(pa.table({"x": pa.array([0.1], pa.float32())}),
                   f"{table}/f.parquet")
    for version, type_ in enumerate(("float", "double")):
        actions = [meta([column("x", type_)])]
        if version == 0:
            actions += [protocol(), add(
                "f.parquet", numRecords=1, minValues={"x": 0.1},
                maxValues={"x": 0.1})]
        commit(table, version, *actions)
        same(type_, cat("--count", "--where", "x > 0.1", "--at-version",
                        str(version), table), [1])


def parsed(table):
    """Statistics and partition values in a checkpoint as columns alone, and
    nothing else left of the log."""
    day = datetime.date(2026, 1, 2)
    os.makedirs(f"{table}/_delta_log")
    pq.write_table(pa.table({"id": [1, 2, 3]}), f"{table}/a.parquet")
    texts = pa.map_(pa.string(), pa.string())
    bounds = pa.struct([("id", pa.int64())])
    types = {
        "protocol": pa.struct([("minReaderVersion", pa.int32()),
                               ("minWriterVersion", pa.int32())]),
        "metaData": pa.struct([
            ("id", pa.string()), ("schemaString", pa.string()),
            ("partitionColumns", pa.list_(pa.string())),
            ("configuration", texts)]),
        "add": pa.struct([
            ("path", pa.string()), ("partitionValues", texts),
            ("size", pa.int64()), ("modificationTime", pa.int64()),
            ("dataChange", pa.bool_()),
            ("partitionValues_parsed", pa.struct([("p", pa.date32())])),
            ("stats_parsed", pa.struct([
                ("numRecords", pa.int64()), ("minValues", bounds),
                ("maxValues", bounds)]))]),
    }
    fields = [column("id", "long"), column("p", "date")]
    rows = [
        {"add": {"path": "a.parquet", "partitionValues": [("p", str(day))],
                 "size": 1, "modificationTime": 1, "dataChange": False,
                 "partitionValues_parsed": {"p": day},
                 "stats_parsed": {"numRecords": 3, "minValues": {"id": 1},
                                  "maxValues": {"id": 3}}}},
        {"metaData": {
            "id": "i", "partitionColumns": ["p"], "configuration": [],
            "schemaString": json.dumps({"type": "struct",
                                        "fields": fields})}},
        {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}},
    ]
    pq.write_table(pa.table({
        name: pa.array([r.get(name) for r in rows], type_)
        for name, type_ in types.items()}),
        f"{table}/_delta_log/{7:020}.checkpoint.parquet")
    same("rows", cat(table), [{"id": i, "p": str(day)} for i in (1, 2, 3)])
    os.unlink(f"{table}/a.parquet")
    same("counted by the log alone", cat("--count", table), [3])


globals()[sys.argv[1]](*sys.argv[2:])
