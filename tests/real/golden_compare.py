# SPDX-License-Identifier: MIT
"""golden_compare.py FOLDER [COLUMN SECONDS] - the rows of one of Delta's golden tables, as
lake-cat prints FOLDER/delta, against those that Spark read, FOLDER/expected.
COLUMN: a timestamp, to be expected so many seconds later than Spark read it.
Exits 1 with a sentence if they differ. Called by golden.t."""

import glob
import os
import subprocess
import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import arrow_rows


def cat(*options):
    run = subprocess.run(["lake-cat", *options], capture_output=True)
    if run.returncode != 0:
        sys.exit(f"exit status {run.returncode}: {run.stderr.decode()}")
    return run.stdout.decode().splitlines()


def expected(folder):
    files = sorted(f for f in glob.glob(f"{folder}/expected/**/*.parquet",
                                        recursive=True)
                   if not os.path.basename(f).startswith("."))
    if not files:
        sys.exit("nothing is expected")
    return pa.concat_tables(
        [pq.ParquetFile(f, coerce_int96_timestamp_unit="us").read()
         for f in files], promote_options="default")


def utc(table):
    """INT96 has no zone, but Spark writes instants in it."""
    for i, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type) and not field.type.tz:
            for line in cat("--print", "schema", sys.argv[1] + "/delta"):
                column = arrow_rows.parse(line)
                if (column["name"] == field.name and
                        column["type"] == "timestamp"):
                    kind = pa.timestamp(field.type.unit, "UTC")
                    table = table.set_column(
                        i, field.name, table.column(i).cast(kind))
    return table


def moved(table, name, seconds):
    i = table.schema.get_field_index(name)
    kind = table.schema.field(i).type
    by = pa.scalar(int(seconds) * 10**6, pa.duration("us"))
    return table.set_column(
        i, name, pc.add(table.column(i), by).cast(kind))


def main():
    delta = sys.argv[1] + "/delta"
    table = utc(expected(sys.argv[1]))
    if len(sys.argv) > 2:
        table = moved(table, *sys.argv[2:])
    problem = arrow_rows.difference(
        arrow_rows.rows_of(table),
        arrow_rows.rows_printed(cat(delta), table.schema))
    if problem:
        sys.exit(problem)
    count = cat("--count", delta)
    if count != [str(table.num_rows)]:
        sys.exit(f"--count says {count}, {table.num_rows} rows are expected")


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # threads of Arrow may abort an ordinary end
