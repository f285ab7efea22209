#!/usr/bin/env python3
"""How the time and the memory of `cargo grade class` grow with the number of submissions.

    cargo build --package grader --package sandbox
    python3 grader/tests/class_size.py [SIZE ...] [-- OPTION ...]

A class has right, wrong, hostile and unwritten submissions, copies, and broken archives, drawn
from the corpora. For each size, the output has the seconds, the seconds of the processors for
each submission, the part of the time in which the processors work, and the most memory of the
grader. Then it has the cost of one submission alone, for comparison: a `cargo build` of the
solutions after an edit, and `cargo grade` on the same edit without a sandbox. The last lines are
a plot of the seconds, for Markdown with Mermaid.
"""

import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GRADE = ROOT / "target" / "debug" / "grade"
SIZES = [10, 50, 100, 200]
# For each, how many of ten submissions.
KINDS = ["right", "wrong", "wrong", "wrong", "wrong", "partly", "stubs", "copy", "hostile", "broken"]
os.environ["STREAMLINGS_COURSE"] = str(ROOT)


def edited(folder, corpus, draw):
    """The solutions with the edits of one file of a corpus."""
    shutil.copytree(ROOT / "solutions" / "src", folder / "src")
    known = sorted((ROOT / "fixtures" / corpus).glob("*.toml"))
    for edit in tomllib.loads(draw.choice(known).read_text()).get("edit", []):
        file = folder / "src" / edit["file"]
        text = file.read_text() if file.exists() else ""
        find, replace = edit.get("find", "").strip("\n"), edit.get("replace", "").strip("\n")
        file.write_text(text.replace(find, replace) if find else text + replace)


def submission(folder, kind, draw):
    if kind == "broken":
        folder.with_suffix(".zip").write_bytes(b"PK" + draw.randbytes(200))
    elif kind in ("wrong", "hostile"):
        edited(folder, kind, draw)
    else:
        source = "exercises" if kind == "stubs" else "solutions"
        shutil.copytree(ROOT / source / "src", folder / "src")
    if kind == "partly":
        stubs = ROOT / "exercises" / "src"
        for file in ["patterns.rs", "scaling.rs", "lambda.rs"]:
            shutil.copy(stubs / file, folder / "src" / file)
    if kind in ("right", "partly", "wrong"):
        with (folder / "src" / "lib.rs").open("a") as lib:
            lib.write(f"\n// {draw.random()}\n")


def class_of(home, size):
    """A larger class begins with the submissions of a smaller one."""
    draw = random.Random(12)
    for number in range(size):
        submission(home / f"s{number:03}", KINDS[number % len(KINDS)], draw)


def memory_of(pid):
    """The most memory of a process so far, in MiB."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    most = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(most[0]) / 1024 if most else 0


def measured(command, **options):
    """The seconds, the processor's seconds, and the most memory in MiB of a command. The memory
    does not include its children's, such as rustc."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    memory = 0
    with tempfile.TemporaryFile() as said:
        program = subprocess.Popen(command, stdout=said, stderr=said, **options)
        while program.poll() is None:
            memory = max(memory, memory_of(program.pid))
            time.sleep(0.02)
        seconds = time.monotonic() - started
        if program.returncode not in (0, 1):
            said.seek(0)
            sys.exit(f"{command}: {program.returncode}\n{said.read().decode()}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, spent, memory


def grade_class(size, options):
    with tempfile.TemporaryDirectory() as home:
        home = Path(home)
        submissions = home / "submissions"
        submissions.mkdir()
        class_of(submissions, size)
        command = [GRADE, "class", submissions, "--out", home / "out", "--seed", "7", *options]
        seconds, spent, memory = measured(command)
    busy = spent / seconds / os.cpu_count()
    print(
        f"{size:>5} submissions: {seconds:6.1f} s, {spent / size:.2f} s of the processors each, "
        f"{busy:.0%} busy, {memory:.0f} MiB",
        flush=True,
    )
    return seconds, spent / size


def plot(sizes, seconds):
    """The seconds of each size, and the line from no submissions to the largest class."""
    line = [round(seconds[-1] * size / sizes[-1]) for size in sizes]
    measured = [round(one) for one in seconds]
    return "\n".join(
        [
            "```mermaid",
            "xychart-beta",
            f"    x-axis submissions {sizes}",
            f'    y-axis "seconds" 0 --> {max(measured + line)}',
            f"    bar {measured}",
            f"    line {line}",
            "```",
        ]
    )


def alone():
    """The processor's seconds of a build and a grading after an edit; the median of five."""
    spent = []
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "exercises"
        shutil.copytree(ROOT / "solutions", folder)
        for number in range(6):
            stages = ROOT / "solutions" / "src" / "stages.rs"
            before = stages.read_text()
            try:
                stages.write_text(before + f"// {random.random()}\n")
                shutil.copy(stages, folder / "src" / "stages.rs")
                build = ["cargo", "build", "--quiet", "--package", "solutions"]
                built = measured(build, cwd=ROOT)[1]
            finally:
                stages.write_text(before)
            graded = measured([GRADE, "--dir", folder, "--sandbox", "none"])[1]
            spent.append(built + graded)
    # The first round builds what is not there yet.
    return sorted(spent[1:])[2]


def main():
    at = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    sizes = [int(size) for size in sys.argv[1:at]] or SIZES
    costs = [grade_class(size, sys.argv[at + 1 :]) for size in sizes]
    seconds, spent = zip(*costs)
    one = alone()
    print(f"one submission alone: {one:.2f} s; the class {spent[-1] / one:.2f} of it")
    print(plot(sizes, seconds))


if __name__ == "__main__":
    main()
