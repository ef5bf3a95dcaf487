#!/usr/bin/env python3
"""Judge the same rows by Great Expectations and compare with dq-check.

    gx_compare.py SUITE ROWS RESULT    figures of every expectation
    gx_compare.py --load SUITE...      these suites load

Prints a line for each difference; exit status 1 if there was one.
"""

import json
import os
import sys

os.environ["GX_ANALYTICS_ENABLED"] = "false"

import great_expectations as gx  # noqa: E402
import pandas as pd  # noqa: E402
from great_expectations.core.expectation_validation_result import (  # noqa: E402
    expectationSuiteValidationResultSchema,
)
from great_expectations.render.renderer import (  # noqa: E402
    ValidationResultsPageRenderer,
)
from great_expectations.render.view import DefaultJinjaPageView  # noqa: E402

FIGURES = (
    "element_count",
    "unexpected_count",
    "unexpected_percent",
    "missing_count",
    "missing_percent",
    "unexpected_percent_total",
    "unexpected_percent_nonmissing",
    "observed_value",
)
LISTS = (
    "partial_unexpected_list",
    "partial_unexpected_counts",
    "partial_unexpected_index_list",
)


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def load_suite(suite):
    """Each expectation carries its index, since results come in any order."""
    expectations = []
    for index, expectation in enumerate(suite["expectations"]):
        copy = dict(expectation)
        copy["meta"] = {"index": index}
        expectations.append(copy)
    return gx.ExpectationSuite(name=suite["name"], expectations=expectations)


def columns_of(node):
    """Every column that a suite names, in conditions too."""
    if isinstance(node, list):
        return set().union(*map(columns_of, node)) if node else set()
    if not isinstance(node, dict):
        return set()
    found = set()
    for key, value in node.items():
        if key == "column":
            found.add(value["name"] if isinstance(value, dict) else value)
        else:
            found |= columns_of(value)
    return found


def judge(suite, rows):
    """Columns of Python objects: a frame's own types would change values."""
    names = sorted(columns_of(suite["expectations"]))
    data = {
        name: pd.Series([row.get(name) for row in rows], dtype=object)
        for name in names
    }
    context = gx.get_context(mode="ephemeral")
    batch = (
        context.data_sources.add_pandas("mem")
        .add_dataframe_asset("rows")
        .add_batch_definition_whole_dataframe("all")
        .get_batch(batch_parameters={"dataframe": pd.DataFrame(data)})
    )
    result = batch.validate(load_suite(suite), result_format="SUMMARY")
    text = json.dumps(
        result.to_json_dict(),
        default=lambda o: o.item() if hasattr(o, "item") else str(o),
    )
    by_index = {}
    for one in json.loads(text)["results"]:
        by_index[one["expectation_config"]["meta"]["index"]] = one
    return by_index


def differences(suite, theirs, ours):
    for index, expectation in enumerate(suite["expectations"]):
        mine, real = ours["results"][index], theirs[index]
        name = "%d %s" % (index, expectation["type"])
        if mine["success"] != real["success"]:
            yield "%s: success %s, Great Expectations says %s: %s" % (
                name,
                mine["success"],
                real["success"],
                json.dumps(real["exception_info"])[:300],
            )
        # Of equal values the first has gone by: neither its place nor its
        # turn in a list is known.
        is_unique = expectation["type"].endswith("to_be_unique")
        for key in FIGURES + (() if is_unique else LISTS):
            a, b = mine["result"].get(key), real["result"].get(key)
            if key == "partial_unexpected_counts" and a and b:
                # Ties are in no order that two programs would share.
                a, b = sorted(map(str, a)), sorted(map(str, b))
            if a != b:
                yield "%s: %s is %s, Great Expectations says %s" % (name, key, a, b)


def main():
    if sys.argv[1] == "--load":
        for path in sys.argv[2:]:
            suite = read(path)
            loaded = load_suite(suite)
            assert len(loaded.expectations) == len(suite["expectations"])
        return 0
    suite = read(sys.argv[1])
    with open(sys.argv[2], encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    ours = read(sys.argv[3])
    count = 0
    for line in differences(suite, judge(suite, rows), ours):
        print("#", line)
        count += 1
    loaded = expectationSuiteValidationResultSchema.load(ours)
    if loaded["success"] is not ours["success"]:
        print("# our result does not load as a validation result")
        count += 1
    page = DefaultJinjaPageView().render(ValidationResultsPageRenderer().render(loaded))
    if suite["name"] not in page:
        print("# Data Docs do not show our result")
        count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
