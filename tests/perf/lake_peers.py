#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""lake_peers.py - lake-put and lake-cat against DuckDB and delta-rs, in one run.

Two inputs: evgen's events (36 of 47 columns, 725 bytes a line) and plays.awk's
(13 columns, 286 bytes). Runs are interleaved as peers.py's are, and medians are
printed: M rows a CPU second, MB of NDJSON a CPU second, peak memory, bytes
written. All know their columns beforehand. Ours and delta-rs are whole
processes with statistics and a commit, ours durable; DuckDB is the query alone,
without the start of its interpreter, and writes a Parquet file.

  lake_peers.py DATA_DIR BIN_DIR [put|cat|open]...
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

import peers

FILES = 100_000
DUCK_TYPES = {"string": "VARCHAR", "long": "BIGINT", "integer": "INTEGER", "double": "DOUBLE", "boolean": "BOOLEAN",
              "timestamp": "BIGINT"}
DELTA_RS = r"""
import json, sys, pyarrow as pa, pyarrow.json as pj, deltalake
kinds = {"string": pa.string(), "long": pa.int64(), "integer": pa.int32(), "double": pa.float64(),
         "boolean": pa.bool_()}
def kind(c):
    if c["type"] != "timestamp":
        return kinds[c["type"]]
    return pa.timestamp("us", "UTC") if c["wire"] == "rfc3339" else pa.int64()
schema = pa.schema([(c["name"], kind(c)) for c in json.load(open(sys.argv[1]))["columns"]])
reader = pj.open_json(sys.argv[2], read_options=pj.ReadOptions(use_threads=False, block_size=16 << 20),
                      parse_options=pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"))
deltalake.write_deltalake(sys.argv[3], reader, mode="overwrite", writer_properties=deltalake.WriterProperties(
    compression="ZSTD", compression_level=1))
"""


def columns(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)["columns"]


def duck_columns(schema):
    kinds = {c["name"]: "TIMESTAMP" if c.get("wire") == "rfc3339" else DUCK_TYPES[c["type"]] for c in columns(schema)}
    return "{" + ",".join(f"'{k}':'{v}'" for k, v in kinds.items()) + "}"


def written(path):
    """Bytes of a file, or of a table's newest data files."""
    if os.path.isfile(path):
        return os.path.getsize(path)
    logs = sorted(n for n in os.listdir(f"{path}/_delta_log") if n.endswith(".json"))
    with open(f"{path}/_delta_log/{logs[-1]}", encoding="utf-8") as f:
        return sum(json.loads(line)["add"]["size"] for line in f if line.startswith('{"add"'))


def show(job, who, rows, size, out, records, base):
    cpu, rss = peers.median(rows)
    print(f"{job:14} {who:10} {cpu:7.3f} {records / cpu / 1e6:9.3f} {size / cpu / 1e6:7.0f} {rss / 2**20:7.1f} "
          f"{out / 1e6:8.1f} {cpu / base:6.2f}x", flush=True)
    return cpu


def run(job, size, records, contestants):
    """contestants: name -> (a function that gives CPU seconds and peak, path written)."""
    rows = {who: [] for who in contestants}
    for i in range(peers.RUNS + 1):
        for who, (once, _) in contestants.items():
            r = once()
            if i > 0:  # the first round warms up
                rows[who].append(r)
    base = peers.median(rows["playpipe"])[0]
    for who, (_, path) in contestants.items():
        out = written(path) if path else size
        show(job, who, rows[who], size, out, records, base)


def put(data, bin_dir, tmp, name, schema):
    path = f"{data}/{name}.ndjson"
    parquet = f"{tmp}/{name}.parquet"
    sql = (f"COPY (SELECT * FROM read_json('{path}',format='newline_delimited',columns={duck_columns(schema)})) TO "
           f"'{parquet}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)")
    ours = peers.tool_argv(bin_dir, f"lake-put --schema {schema} --mode overwrite {tmp}/{name} {path}")
    who = {"playpipe": (lambda: peers.wait(ours), f"{tmp}/{name}"), "duckdb": (lambda: peers.duck(sql), parquet)}
    try:
        import deltalake  # noqa: F401
        import pyarrow  # noqa: F401
        theirs = [sys.executable, "-c", DELTA_RS, schema, path, f"{tmp}/{name}.rs"]
        who["delta-rs"] = (lambda: peers.wait(theirs), f"{tmp}/{name}.rs")
    except ImportError:
        print("delta-rs or pyarrow is not installed: its rows are missing")
    run(f"put {name}", os.path.getsize(path), lines_of(path), who)


def lines_of(path):
    with open(path, "rb") as f:
        return sum(b.count(b"\n") for b in iter(lambda: f.read(1 << 20), b""))


def make_table(folder, parquet, schema):
    """A Delta table of one Parquet file that somebody else wrote."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(f"{folder}/_delta_log")
    shutil.copy(parquet, f"{folder}/a.parquet")
    fields = [{"name": c["name"], "type": "timestamp" if c.get("wire") == "rfc3339" else
               "long" if c["type"] == "timestamp" else c["type"], "nullable": True, "metadata": {}}
              for c in columns(schema)]
    add = {"path": "a.parquet", "partitionValues": {}, "size": os.path.getsize(parquet), "modificationTime": 0,
           "dataChange": True}
    write_log(folder, fields, [add])


def write_log(folder, fields, adds):
    meta = {"id": "7f9f6c6e-0000-4000-8000-000000000001", "format": {"provider": "parquet", "options": {}},
            "schemaString": json.dumps({"type": "struct", "fields": fields}), "partitionColumns": [],
            "configuration": {}, "createdTime": 0}
    with open(f"{folder}/_delta_log/{0:020}.json", "w", encoding="utf-8") as f:
        for action in [{"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}, {"metaData": meta}] + \
                [{"add": a} for a in adds]:
            f.write(json.dumps(action) + "\n")


def cat(data, bin_dir, tmp, name, schema):
    path = f"{data}/{name}.ndjson"
    size, records = os.path.getsize(path), lines_of(path)
    peers.wait(peers.tool_argv(bin_dir, f"lake-put --schema {schema} {tmp}/{name}.own {path}"))
    peers.duck(f"COPY (SELECT * FROM read_json('{path}',format='newline_delimited',columns={duck_columns(schema)})) TO "
               f"'{tmp}/{name}.snappy' (FORMAT parquet, COMPRESSION snappy)")
    make_table(f"{tmp}/{name}.duck", f"{tmp}/{name}.snappy", schema)
    for folder, label in ((f"{tmp}/{name}.own", "own"), (f"{tmp}/{name}.duck", "duck")):
        sql = (f"COPY (SELECT * FROM read_parquet('{folder}/*.parquet')) TO '/dev/null' (FORMAT json)")
        ours = peers.tool_argv(bin_dir, f"lake-cat {folder}")
        run(f"cat {name} {label}", size, records, {"playpipe": (lambda a=ours: peers.wait(a), None),
                                                   "duckdb": (lambda s=sql: peers.duck(s), None)})


def path_of(i):
    return f"part-{i:05}-7f9f6c6e-0000-4000-8000-{i:012}-c000.zstd.parquet"


def make_wide_log(folder, parts):
    """A table of FILES files, all in one checkpoint of some parts."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    os.makedirs(f"{folder}/_delta_log")
    fields = [{"name": n, "type": t, "nullable": True, "metadata": {}}
              for n, t in (("id", "long"), ("name", "string"), ("at", "timestamp"))]
    write_log(folder, fields, [])
    with open(f"{folder}/_delta_log/{0:020}.json", encoding="utf-8") as f:
        protocol, meta = (json.loads(line) for line in f)
    meta["metaData"]["partitionColumns"] = []
    rows = [protocol, meta]
    for i in range(FILES):
        stats = json.dumps({"numRecords": 1000, "minValues": {"id": i * 1000, "name": f"a{i}",
                                                              "at": "2026-11-22T00:00:00.000Z"},
                            "maxValues": {"id": i * 1000 + 999, "name": f"z{i}", "at": "2026-11-22T01:00:00.000Z"},
                            "nullCount": {"id": 0, "name": 0, "at": 0}}, separators=(",", ":"))
        rows.append({"add": {"path": path_of(i),
                             "partitionValues": [], "size": 123456 + i, "modificationTime": 1795338000000 + i,
                             "dataChange": False, "stats": stats}})
    strings = pa.map_(pa.string(), pa.string())
    schema = pa.schema([
        ("add", pa.struct([("path", pa.string()), ("partitionValues", strings), ("size", pa.int64()),
                           ("modificationTime", pa.int64()), ("dataChange", pa.bool_()), ("stats", pa.string())])),
        ("metaData", pa.struct([("id", pa.string()), ("format", pa.struct([("provider", pa.string()),
                                                                          ("options", strings)])),
                                ("schemaString", pa.string()), ("partitionColumns", pa.list_(pa.string())),
                                ("configuration", strings), ("createdTime", pa.int64())])),
        ("protocol", pa.struct([("minReaderVersion", pa.int32()), ("minWriterVersion", pa.int32())]))])
    for m in (meta["metaData"], meta["metaData"]["format"]):
        for k in ("configuration", "options"):
            if k in m:
                m[k] = []
    step = -(-len(rows) // parts)
    for p in range(parts):
        name = f"{1:020}.checkpoint" + (f".{p + 1:010}.{parts:010}" if parts > 1 else "") + ".parquet"
        pq.write_table(pa.Table.from_pylist(rows[p * step:(p + 1) * step], schema=schema),
                       f"{folder}/_delta_log/{name}", compression="snappy")
    last = {"version": 1, "size": len(rows)}
    if parts > 1:
        last["parts"] = parts
    with open(f"{folder}/_delta_log/{1:020}.json", "w", encoding="utf-8") as f:
        f.write('{"commitInfo":{"timestamp":1795338000000}}\n')
    with open(f"{folder}/_delta_log/_last_checkpoint", "w", encoding="utf-8") as f:
        json.dump(last, f)


def open_tables(bin_dir, tmp):
    import pyarrow as pa
    import pyarrow.parquet as pq
    for parts in (1, 10):
        folder = f"{tmp}/wide-{parts}"
        make_wide_log(folder, parts)
        # the only data file that is there, which is the first to be read
        pq.write_table(pa.table({"id": [1], "name": ["a1"]}), f"{folder}/{path_of(0)}")
        for what in ("--count", "--limit 1", "--count --where id=-5"):
            argv = peers.tool_argv(bin_dir, f"lake-cat {what} {folder}")
            rows, wall = [], []
            for _ in range(peers.RUNS):
                t = time.perf_counter()
                rows.append(peers.wait(argv))
                wall.append(time.perf_counter() - t)
            cpu, rss = peers.median(rows)
            print(f"open {FILES} files, {parts:2} parts, {what:24} {cpu:7.3f} CPU s {sorted(wall)[len(wall) // 2]:7.3f} s "
                  f"{rss / 2**20:7.1f} MiB", flush=True)


def main():
    data, bin_dir = sys.argv[1], sys.argv[2]
    wanted = sys.argv[3:] or ["put", "cat", "open"]
    inputs = (("events", f"{os.environ['PLAYPIPE_SHARE']}/schemas/playpipe.json"),
              ("plays", "tests/perf/plays.json"))
    try:
        import duckdb
        print(f"DuckDB {duckdb.__version__}, one thread; {peers.RUNS} paired runs, medians")
    except ImportError:
        print("DuckDB is not installed: nothing to compare with")
        return
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        print(next(line.split(":", 1)[1].strip() for line in f if line.startswith("model name")), os.cpu_count(),
              "processors; load", os.getloadavg())
    print(f"{'job':14} {'who':10} {'CPU s':>7} {'M rows/s':>9} {'MB/s':>7} {'MiB':>7} {'MB out':>8}")
    with tempfile.TemporaryDirectory(dir=data) as tmp:
        for name, schema in inputs:
            if "put" in wanted:
                put(data, bin_dir, tmp, name, schema)
        for name, schema in inputs:
            if "cat" in wanted:
                cat(data, bin_dir, tmp, name, schema)
        if "open" in wanted:
            open_tables(bin_dir, tmp)
    if shutil.which("free"):
        subprocess.run(["uptime"], check=False)


if __name__ == "__main__":
    main()
