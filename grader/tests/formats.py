#!/usr/bin/env python3
"""Reads reports for other software with the software of others.

    pip install junitparser jsonschema markdown-it-py
    python3 grader/tests/formats.py OUTCOME FOLDER

OUTCOME is `passed`, `failed`, `compiler` or `nothing`: what the reports in FOLDER must say. With
`class`, FOLDER has the results of a class, and its gradebook is read. The
schema of Classroom 50 is read from the network, or from the URL in CLASSROOM50_SCHEMA. With
`none` instead of a URL, this one form is not checked.
"""

import csv
import json
import os
import re
import sys
import urllib.request
from pathlib import Path

import jsonschema
import junitparser
from markdown_it import MarkdownIt

SCHEMA = (
    "https://raw.githubusercontent.com/foundation50/classroom50/main/schemas/result-v1.schema.json"
)


def junit(path, outcome):
    """The counts of the document are those of its elements."""
    xml = junitparser.JUnitXml.fromfile(str(path))
    kinds = {"failures": 0, "errors": 0, "skipped": 0, "tests": 0}
    names = set()
    for suite in xml:
        for case in suite:
            assert case.classname and case.name, case
            assert (case.classname, case.name) not in names, case.name
            names.add((case.classname, case.name))
            kinds["tests"] += 1
            kinds["failures"] += bool(case.is_failure)
            kinds["errors"] += bool(case.is_error)
            kinds["skipped"] += bool(case.is_skipped)
            assert all(result.message for result in case.result), case.name
    for kind, number in kinds.items():
        assert getattr(xml, kind) == number, (kind, number)
    bad = kinds["failures"] + kinds["errors"] + kinds["skipped"]
    assert (bad == 0) == (outcome == "passed"), kinds
    assert (kinds["errors"] > 0) == (outcome in ("compiler", "nothing")), kinds


def gradescope(path, outcome):
    """Each test has a score, and the scores add up; without a verdict there is no score."""
    results = json.loads(path.read_text())
    assert results["stdout_visibility"] == results["visibility"].replace("visible", "hidden")
    if outcome == "nothing":
        assert "score" not in results and "tests" not in results
        return
    assert results["score"] == sum(test["score"] for test in results["tests"])
    assert all(test["status"] in ("passed", "failed") for test in results["tests"])
    lost = any(test["score"] < test["max_score"] for test in results["tests"])
    assert lost == (outcome != "passed")


def classroom50(path, outcome):
    """The schema of Classroom 50 accepts every verdict, and refuses a document without one."""
    url = os.environ.get("CLASSROOM50_SCHEMA", SCHEMA)
    if url == "none":
        return
    with urllib.request.urlopen(url) as answer:
        schema = jsonschema.Draft202012Validator(json.load(answer))
    result = json.loads(path.read_text())
    faults = [fault.message for fault in schema.iter_errors(result)]
    if outcome == "nothing":
        assert any("'score' is a required property" in fault for fault in faults), faults
        return
    assert not faults, faults
    assert result["score"] == sum(test["score"] for test in result["tests"])
    assert all(test["passed"] for test in result["tests"]) == (outcome == "passed")


def github(path, outcome):
    """Each line is one command, read as the runner of GitHub reads it, or the score."""
    lines = path.read_text().splitlines()
    commands = [line for line in lines if line.startswith("::")]
    for command in commands:
        kind, properties, message = re.fullmatch(r"::(\w+) (.*?)::(.*)", command).groups()
        assert kind in ("error", "warning") and message
        named = [pair.split("=", 1)[0] for pair in properties.split(",")]
        assert named in (["title"], ["title", "file"], ["title", "file", "line"]), named
    assert bool(commands) == (outcome != "passed")
    assert len(lines) - len(commands) == (outcome != "nothing")


def markdown(path, _):
    """Everything that a submission wrote is in code: HTML is only what folds a check."""
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    tokens = parser.parse(path.read_text())
    tokens += [child for token in tokens for child in token.children or []]
    assert not {"link_open", "image", "html_inline"} & {token.type for token in tokens}
    html = [token.content.strip() for token in tokens if token.type == "html_block"]
    opened = [block for block in html if re.fullmatch(r"<details><summary>[^<>]*</summary>", block)]
    closed = [block for block in html if block == "</details>"]
    assert len(opened) == len(closed) and len(html) == 2 * len(opened), html


def gradebook(path):
    """Each row has a cell for each column, points are numbers, and no cell is a formula."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert rows
    for row in rows:
        assert None not in row and None not in row.values(), row
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values()), row
        for column in ("grade", "max_grade", "score", "max_score"):
            assert row["outcome"] != "graded" or float(row[column]) >= 0, row


def main():
    outcome, folder = sys.argv[1], Path(sys.argv[2])
    if outcome == "class":
        gradebook(folder / "gradebook.csv")
        return
    junit(folder / "junit.xml", outcome)
    gradescope(folder / "results.json", outcome)
    classroom50(folder / "result.json", outcome)
    github(folder / "github.txt", outcome)
    markdown(folder / "comment.md", outcome)


if __name__ == "__main__":
    main()
