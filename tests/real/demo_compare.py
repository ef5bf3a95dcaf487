# SPDX-License-Identifier: MIT
"""demo_compare.py LAKE PLAYS COUNT... - delta-rs and DuckDB against the figures
of lake-cat, jq and agg-hourly. Called by demo.t. COUNTs: rows of the four
tables, then plays by jq, by agg-hourly, and in gold/hourly. Exits 1 with a
sentence at the first difference."""

import os
import sys

import duckdb
from deltalake import DeltaTable

TABLES = ("bronze/events", "silver/sessions", "gold/partials", "gold/hourly")


def same(what, a, b):
    if a != b:
        sys.exit(f"{what}: {a} is not {b}")


def main(lake, plays, *counts):
    counts = [int(c) for c in counts]
    column, value = plays.lstrip(".").replace('"', "").split(" == ")
    con = duckdb.connect()
    for table, count in zip(TABLES, counts):
        dt = DeltaTable(f"{lake}/{table}")
        same(f"{table} by delta-rs", dt.to_pyarrow_table().num_rows, count)
        files = [f.replace("file://", "") for f in dt.file_uris()]
        source = "read_parquet(?, hive_partitioning=true)"
        same(f"{table} by DuckDB",
             con.execute(f"select count(*) from {source}", [files]).fetchall()[0][0], count)
        if table == "bronze/events":
            sql = f"select count(*) from {source} where verdict = 'good' and {column} = '{value}'"
        elif table == "silver/sessions":
            sql = None  # sessions may still be open
        else:
            sql = f"select sum(plays) from {source}"
        if sql:
            for who, wanted in zip(("jq", "agg-hourly", "gold/hourly"), counts[4:]):
                same(f"plays of {table} by DuckDB and by {who}",
                     int(con.execute(sql, [files]).fetchall()[0][0]), wanted)


if __name__ == "__main__":
    main(*sys.argv[1:])
    # All was compared; see delta_compare.py for why it ends like this.
    sys.stdout.flush()
    os._exit(0)
