#!/usr/bin/env python3
"""agg_compare.py JOB SCHEMA RESULT FILE...

Compute a job with DuckDB over the files and compare every figure with RESULT,
what agg-hourly or sessionize wrote. JOB is measures:, measures:COLUMN or
sessions. Exits 1 and shows the first rows that differ."""

import json
import sys
from decimal import Decimal

import duckdb

# What the SQL calls ts, user, track, ...: columns to read and expressions.
SCHEMAS = {
    "eventsim1": {
        "columns": {
            "ts": "BIGINT", "userId": "VARCHAR", "page": "VARCHAR",
            "level": "VARCHAR", "song": "VARCHAR", "artist": "VARCHAR",
            "length": "DECIMAL(18,6)", "userAgent": "VARCHAR",
        },
        "select": """ts, nullif(userId, '') AS usr, level,
            page = 'NextSong' AS is_play, length AS duration,
            NULL::BIGINT AS ms, NULL::BOOLEAN AS skipped,
            song, artist, NULL AS id, NULL AS aid, userAgent AS device""",
        "has_ms": False,
    },
    "playpipe": {
        "columns": {
            "topic": "VARCHAR", "ts": "BIGINT", "userId": "VARCHAR",
            "level": "VARCHAR", "song": "VARCHAR", "artist": "VARCHAR",
            "artistId": "VARCHAR", "trackId": "VARCHAR",
            "duration": "DECIMAL(18,6)", "msPlayed": "BIGINT",
            "skipped": "BOOLEAN", "platform": "VARCHAR",
        },
        "select": """ts, userId AS usr, level,
            topic = 'listen_events' AS is_play, duration, msPlayed AS ms,
            skipped, song, artist, trackId AS id, artistId AS aid,
            platform AS device""",
        "has_ms": True,
    },
}

MEASURES = """
SELECT ts // 3600000 * 3600000 AS windowStart, {by}
    count(*) AS events,
    count(*) FILTER (is_play) AS plays,
    count(*) FILTER (is_play AND ms >= 30000) AS streams,
    count(*) FILTER (is_play AND skipped) AS skips,
    count(*) FILTER (is_play AND duration > 0
        AND ms * 20 >= duration * 1000 * 19) AS completed,
    coalesce(sum(ms) FILTER (is_play), 0) AS msPlayed,
    sum(duration) FILTER (is_play) AS duration,
    count(DISTINCT usr) FILTER (is_play) AS listeners
FROM e GROUP BY ALL ORDER BY ALL
"""

# The ten most played, ties by what stands first in an entry.
TOP = """
WITH named AS (
    SELECT ts // 3600000 * 3600000 AS w, {by} {key} AS name,
        count(*) AS n, min(song) AS song, min(artist) AS artist
    FROM e WHERE is_play AND {key} IS NOT NULL
        AND (ms IS NULL OR ms >= 30000)
    GROUP BY ALL),
ranked AS (
    SELECT *, row_number() OVER (PARTITION BY w {part}
        ORDER BY n DESC) AS r
    FROM named)
SELECT w, {by} list(n ORDER BY n DESC) AS counts
FROM ranked WHERE r <= 10 GROUP BY ALL ORDER BY ALL
"""

SESSIONS = """
WITH gaps AS (
    SELECT *, ts - lag(ts) OVER (PARTITION BY usr ORDER BY ts) > 1800000
        AS is_new
    FROM e WHERE usr IS NOT NULL),
numbered AS (
    SELECT *, count(*) FILTER (is_new) OVER (
        PARTITION BY usr ORDER BY ts
        RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS s
    FROM gaps)
SELECT usr AS userId, min(ts) AS startTs, max(ts) AS endTs,
    count(*) AS events, count(*) FILTER (is_play) AS plays,
    count(*) FILTER (is_play AND ms >= 30000) AS streams,
    count(*) FILTER (is_play AND skipped) AS skips,
    coalesce(sum(ms) FILTER (is_play), 0) AS msPlayed,
    count(DISTINCT coalesce(id, song || chr(0) || coalesce(artist, '')))
        FILTER (is_play) AS tracks,
    count(DISTINCT coalesce(aid, artist)) FILTER (is_play) AS artists,
    arg_min(level, ts) AS levelStart
FROM numbered GROUP BY usr, s ORDER BY startTs, userId
"""

MS_ONLY = ("streams", "skips", "completed", "msPlayed")


def rows_of(con, sql):
    """The rows of a query as dicts, by column name."""
    cursor = con.execute(sql)
    names = [d[0] for d in cursor.description]
    return [dict(zip(names, row)) for row in cursor.fetchall()]


def compare(want, got, names):
    """Figures that differ, at most five rows of them."""
    if len(want) != len(got):
        yield f"{len(want)} rows by SQL, {len(got)} here"
    for w, g in zip(want, got):
        wrong = {
            n: (w[n], g.get(n)) for n in names
            if (float(w[n]) if isinstance(w[n], Decimal) else w[n]) != g.get(n)
        }
        if wrong:
            yield f"{wrong} in {g}"


def main():
    job, schema_name, result, *files = sys.argv[1:]
    schema = SCHEMAS[schema_name]
    with open(result, encoding="utf-8") as f:
        got = [json.loads(line) for line in f]
    con = duckdb.connect()
    con.execute(
        f"CREATE TABLE e AS SELECT {schema['select']} "
        "FROM read_json($files, format='newline_delimited', columns=$columns)"
        .replace("$columns", json.dumps(schema["columns"]).replace('"', "'"))
        .replace("$files", str(files)))
    problems = []
    if job == "sessions":
        want = rows_of(con, SESSIONS)
        names = list(want[0])
        if schema_name == "eventsim1":
            names.remove("levelStart")  # ties of one millisecond
    else:
        by = job.split(":")[1]
        want = rows_of(con, MEASURES.format(by=by and by + ","))
        names = list(want[0])
        tops = rows_of(con, TOP.format(
            by=by and by + ",", part=by and ", " + by,
            key="coalesce(id, song)" if schema["has_ms"]
            else "song || chr(0) || artist"))
        listed = [g for g in got if g["topTracks"]]
        if [t["counts"] for t in tops] != [
                [x["count"] for x in g["topTracks"]] for g in listed]:
            problems.append("top tracks differ")
    if not schema["has_ms"]:
        for name in MS_ONLY:
            if name in names:
                names.remove(name)
            problems += [f"{name} is not null" for g in got if name in g][:1]
    problems += list(compare(want, got, names))[:5]
    print(f"{len(want)} rows")
    if problems:
        print(*problems, sep="\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
