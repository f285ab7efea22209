#!/usr/bin/env python3
"""Grades every mutant of the solutions and lists which ones the grader catches.

    cargo install cargo-mutants && python3 grader/tests/mutants.py [FILE.rs ...]

A mutant is caught if it does not compile, or if a check fails. It is named right if
every check that fails belongs to the step of the mutated file, and in stages.rs to
the mutated function. The output lists the mutants that survive, with their change.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

COURSE = Path(__file__).resolve().parents[2]
STEP_OF = {
    "setup.rs": "setup",
    "stages.rs": "stages",
    "processor.rs": "pipeline",
    "stateful.rs": "stateful",
    "cleanup.rs": "cleanup",
    "patterns.rs": "patterns",
    "scaling.rs": "scaling",
    "lambda.rs": "lambda",
}


def mutants():
    """The mutants of the files in the arguments, or of all files, from cargo-mutants."""
    files = sys.argv[1:] or STEP_OF
    command = ["cargo", "mutants", "--list", "--json", "--diff", "--package", "solutions"]
    listed = subprocess.run(command, cwd=COURSE, capture_output=True, text=True, check=True)
    return [m for m in json.loads(listed.stdout) if Path(m["file"]).name in files]


def grade(mutant, folder):
    """The JSON report on the solutions with one change."""
    submission = folder / "exercises"
    shutil.rmtree(submission, ignore_errors=True)
    shutil.copytree(COURSE / "solutions" / "src", submission / "src")
    target = submission / "src" / Path(mutant["file"]).name
    patch = ["patch", "--quiet", str(target)]
    subprocess.run(patch, input=mutant["diff"], text=True, check=True)
    command = ["cargo", "grade", "--time-limit", "10", "--report", "json", "--dir", str(submission)]
    graded = subprocess.run(command, cwd=COURSE, capture_output=True, text=True)
    if graded.returncode not in (0, 1):
        sys.exit(f"{mutant['name']}: could not be graded\n{graded.stderr}")
    return json.loads(graded.stdout)


def names_right(mutant, report):
    """Whether every failed check is about the mutated place."""
    step = STEP_OF[Path(mutant["file"]).name]
    function = ((mutant.get("function") or {}).get("function_name") or "").split("::")[-1]
    stage = re.match(r"(filter|transform|enrich|classify)_event", function)
    for at in report["steps"]:
        for check in at["checks"]:
            if check["bonus"] or check["status"] not in ("failed", "error"):
                continue
            text = check["id"] + " " + check["message"]
            about = check["id"] == "generated" or not stage or stage.group(1) in text
            if at["id"] != step or not about:
                return False
    return True


def misses_a_bonus(report):
    """Whether a bonus that the solutions earn is lost."""
    checks = [check for step in report["steps"] for check in step["checks"]]
    return any(check["bonus"] and check["status"] != "passed" for check in checks)


def main():
    outcomes, survivors, misnamed = Counter(), [], []
    listed = mutants()
    with tempfile.TemporaryDirectory() as folder:
        for number, mutant in enumerate(listed, 1):
            report = grade(mutant, Path(folder))
            if report["compile_errors"]:
                outcome = "does not compile"
            elif report["passed"] and misses_a_bonus(report):
                outcome = "caught by a bonus"
            elif report["passed"]:
                outcome = "survived"
                survivors.append(mutant["name"])
            elif names_right(mutant, report):
                outcome = "caught"
            else:
                outcome = "caught elsewhere"
                misnamed.append(mutant["name"])
            outcomes[outcome] += 1
            print(f"{number}/{len(listed)} {outcome}: {mutant['name']}", flush=True)
    in_checks = outcomes["caught"] + outcomes["caught elsewhere"]
    caught = in_checks + outcomes["caught by a bonus"]
    print(f"\n{dict(outcomes)}")
    print(f"caught {caught} of {caught + len(survivors)} that compile")
    print(f"named right {outcomes['caught']} of {in_checks}")
    for title, names in (("survived", survivors), ("caught elsewhere", misnamed)):
        for name in names:
            print(f"  {title}: {name}")


if __name__ == "__main__":
    main()
