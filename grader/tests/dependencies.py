#!/usr/bin/env python3
"""The time to compile each direct dependency of the grader, in processor seconds.

Builds the grader in an empty target directory, one crate at a time: so the seconds of
`cargo build --timings` are processor time. Prints a table in Markdown, with each dependency
alone, and together with all crates that only this dependency needs.
"""

import json
import pathlib
import re
import subprocess
import tempfile

COURSE = pathlib.Path(__file__).resolve().parents[2]
# What a student's first `cargo grade` compiles.
ROOT = "grader"


def timings():
    """The seconds of each package, by name and version."""
    with tempfile.TemporaryDirectory() as target:
        build = ["cargo", "build", "--quiet", "--timings", "--jobs", "1", "--target-dir", target]
        subprocess.run(build + ["--package", ROOT, "--bin", "grade"], cwd=COURSE, check=True)
        page = (pathlib.Path(target) / "cargo-timings" / "cargo-timing.html").read_text()
    units = json.loads(re.search(r"const UNIT_DATA = (\[.*?\]);", page, re.DOTALL)[1])
    seconds = {}
    for unit in units:
        package = (unit["name"], unit["version"])
        seconds[package] = seconds.get(package, 0) + unit["duration"]
    return seconds


def graph():
    """The packages of this course, and for each package those that it uses to build or run."""
    host = re.search(r"host: (\S+)", subprocess.check_output(["rustc", "-vV"], text=True))[1]
    command = ["cargo", "metadata", "--format-version", "1", "--filter-platform", host]
    metadata = json.loads(subprocess.check_output(command, cwd=COURSE))
    named = {p["id"]: (p["name"], p["version"]) for p in metadata["packages"]}
    uses = {}
    for node in metadata["resolve"]["nodes"]:
        wanted = [d for d in node["deps"] if any(k["kind"] != "dev" for k in d["dep_kinds"])]
        uses[named[node["id"]]] = {named[d["pkg"]] for d in wanted}
    return {named[member] for member in metadata["workspace_members"]}, uses


def reached(roots, uses, without=None):
    """All packages that these use, directly or not, as if `without` did not exist."""
    seen, left = set(), list(roots)
    while left:
        package = left.pop()
        if package not in seen and package != without:
            seen.add(package)
            left += uses[package]
    return seen


def main():
    members, uses = graph()
    root = next(member for member in members if member[0] == ROOT)
    seconds = timings()
    all_packages = reached([root], uses)
    own = all_packages & members
    direct = {used for member in own for used in uses[member]} - members
    rows = []
    for package in direct:
        alone = all_packages - reached([root], uses, without=package)
        cost = sum(seconds.get(one, 0) for one in alone)
        rows.append((cost, seconds.get(package, 0), len(alone) - 1, package[0]))
    print("| dependency | itself | with what it alone brings | crates it alone brings |")
    print("|---|---:|---:|---:|")
    for cost, itself, brought, name in sorted(rows, reverse=True):
        print(f"| {name} | {itself:.1f} s | {cost:.1f} s | {brought} |")
    course = sum(seconds.get(member, 0) for member in own)
    total = sum(seconds.values())
    shared = total - course - sum(cost for cost, *_ in rows)
    print(f"\nAll: {total:.0f} s, {course:.0f} s of them this course's own crates, and")
    print(f"{shared:.0f} s what several of these dependencies bring.")


if __name__ == "__main__":
    main()
