#!/usr/bin/env python3
"""Compare dq-check with a result that Great Expectations wrote.

    gx_sample.py FOLDER DQ-CHECK

FOLDER has gx-sample-suite.json and gx-sample-result.json. Rules that
dq-check does not know are left out, after it has refused each by name. Its
rows were not kept; ROWS are six that fit every figure of the result.
"""

import json
import os
import subprocess
import sys
import tempfile

ROWS = [
    {"event_id": "a1", "country": "NL", "amount": 1.5},
    {"event_id": "a2", "country": "NL", "amount": None},
    {"event_id": "a3", "country": "XX", "amount": -3.0},
    {"event_id": "a3", "country": "DE", "amount": 7.25},
    {"event_id": None, "country": "FR", "amount": 4.0},
    {"event_id": "zz-9", "country": "nl", "amount": 1000000000.0},
]


def run(tool, folder, expectations):
    """dq-check's exit status, its messages, and its result if it wrote one."""
    suite = os.path.join(folder, "suite.json")
    rows = os.path.join(folder, "rows.ndjson")
    result = os.path.join(folder, "result.json")
    with open(suite, "w", encoding="utf-8") as file:
        json.dump({"name": "events", "expectations": expectations}, file)
    with open(rows, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in ROWS)
    command = [tool, "-s", suite, "--result", result, "--fail-on", "never"]
    command += ["--result-format", "COMPLETE", rows]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return done.returncode, done.stderr, None
    with open(result, encoding="utf-8") as file:
        return 0, done.stderr, json.load(file)


def is_refused(tool, folder, expectation):
    status, message, _ = run(tool, folder, [expectation])
    if status == 0:
        return False
    assert status == 2, message
    # By its type, or by its row_condition in the language of pandas.
    assert "expectations[0]" in message, message
    return True


def main():
    shared, tool = sys.argv[1:]
    with open(os.path.join(shared, "gx-sample-suite.json"), encoding="utf-8") as file:
        suite = json.load(file)["expectations"]
    with open(os.path.join(shared, "gx-sample-result.json"), encoding="utf-8") as file:
        real = {
            one["expectation_config"]["id"]: one for one in json.load(file)["results"]
        }
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        known = [e for e in suite if not is_refused(tool, folder, e)]
        # A column that no row has is null here, an exception there.
        known = [e for e in known if e["kwargs"].get("column") != "nosuch"]
        assert len(known) >= 8
        _, _, ours = run(tool, folder, known)
        for one in ours["results"]:
            theirs = real[one["expectation_config"]["id"]]
            kind = one["expectation_config"]["type"]
            wanted = dict(theirs["result"], success=theirs["success"])
            mine = dict(one["result"], success=one["success"])
            # A program for pandas; and a type of a column, not of values.
            wanted.pop("unexpected_index_query", None)
            if kind == "expect_column_values_to_be_of_type":
                wanted, mine = wanted["success"], mine["success"]
            # The first of equal values has gone by: its row is not known.
            elif kind == "expect_column_values_to_be_unique":
                for key in ("partial_unexpected_index_list", "unexpected_index_list"):
                    wanted[key] = wanted[key][1:]
            if wanted != mine:
                print("# %s: %s, but %s" % (kind, mine, wanted))
                count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
