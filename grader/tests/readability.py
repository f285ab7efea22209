#!/usr/bin/env python3
"""Prints the Flesch-Kincaid grade of the pages for students, of now or of a commit.

    pip install 'textstat==0.7.3' 'setuptools<80' && python3 grader/tests/readability.py [COMMIT]

A grade is about the number of school years that a reader needs. Code, tables and headings are
left out. The second figure is for the texts of the checks and of the known mistakes.
"""

import re
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path

import textstat

COURSE = Path(__file__).resolve().parents[2]
COMMIT = sys.argv[1] if len(sys.argv) > 1 else None


def names(folder):
    """The files below a folder."""
    if COMMIT:
        command = ["git", "ls-tree", "-r", "--name-only", COMMIT, folder]
        listed = subprocess.run(command, cwd=COURSE, capture_output=True, text=True, check=True)
        return listed.stdout.split()
    return sorted(str(file.relative_to(COURSE)) for file in (COURSE / folder).rglob("*"))


def text(name):
    if COMMIT:
        command = ["git", "show", f"{COMMIT}:{name}"]
        return subprocess.run(command, cwd=COURSE, capture_output=True, text=True, check=True).stdout
    return (COURSE / name).read_text()


def prose(markdown):
    """Sentences alone: each name in code is one short word."""
    markdown = re.sub(r"```.*?```", "", markdown, flags=re.S)
    markdown = re.sub(r"^[|#].*$", "", markdown, flags=re.M)
    markdown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    markdown = re.sub(r"`[^`]*`", "it", markdown)
    markdown = re.sub(r"^\s*(-|\d+\.)\s+", "", markdown, flags=re.M)
    return re.sub(r"\n(?!\n)", " ", re.sub(r"[*_]", "", markdown))


def grade(markdown):
    return textstat.flesch_kincaid_grade(prose(markdown))


def main():
    pages = ["README.md", "exercises/README.md"]
    pages += [name for name in names("exercises/steps") if name.endswith(".md")]
    grades = {page: grade(text(page)) for page in pages}
    for page, of_page in grades.items():
        print(f"{of_page:5.1f}  {page}")
    print(f"{statistics.median(grades.values()):5.1f}  median of the pages")
    texts = []
    for name in names("grader/steps"):
        if name.endswith("/step.toml"):
            checks = tomllib.loads(text(name))["check"]
            texts += [f"{check['rule']}. {check['hint']}" for check in checks]
        if name.endswith("/misconceptions.toml"):
            known = tomllib.loads(text(name)).get("misconception", [])
            texts += [f"{one['name']}. {' '.join(one['hints'][:2])}" for one in known]
    median = statistics.median(grade(one) for one in texts)
    print(f"{median:5.1f}  median of {len(texts)} texts of checks and known mistakes")


if __name__ == "__main__":
    main()
