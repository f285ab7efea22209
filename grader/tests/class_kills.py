#!/usr/bin/env python3
"""Whether `cargo grade class` loses nothing when it is killed or divided.

    cargo build --package grader --package sandbox
    python3 grader/tests/class_kills.py [--size N] [--kills N] [--parts N] [--random N] [-- OPTION ...]

A class of right, wrong, hostile and broken submissions is graded three times: without a
disturbance, with KILLS times `kill -9` at random moments and the same command after each, and in
PARTS partitions that are merged in random order. The three gradebooks must be the same byte for
byte. After each kill, every result that was finished before must still be there and unchanged: so
nothing is lost, and nothing is graded twice.
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import class_size


def command(submissions, out, *options):
    return [class_size.GRADE, "class", submissions, "--out", out, "--seed", "7", *options]


def run(arguments):
    """Ends this program if the command does not end with 0."""
    ended = subprocess.run(arguments, capture_output=True, text=True)
    if ended.returncode != 0:
        sys.exit(f"{arguments}: {ended.returncode}\n{ended.stdout}{ended.stderr}")


def documents(out):
    """The finished results, by name."""
    files = (out / "results").glob("*.json")
    return {file.name: file.read_bytes() for file in files if not file.name.startswith(".")}


def changes(before, after):
    """How many results were lost, and how many were written again."""
    lost = [name for name in before if name not in after]
    again = [name for name in before if name in after and before[name] != after[name]]
    return len(lost), len(again)


def killed(arguments, out, size, draw, kills):
    """Runs the command, kills it at random moments, and runs it to its end. Returns the lost
    results and those that were graded twice."""
    finished, lost, again = {}, 0, 0
    for number in range(kills):
        program = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # Some kills come before the first result of a run, and most after some results.
        wanted = len(finished) + draw.choice([0, 0, 1, 1, 2, 3])
        while len(documents(out)) < min(wanted, size) and program.poll() is None:
            time.sleep(0.02)
        time.sleep(draw.uniform(0, 4))
        program.send_signal(signal.SIGKILL)
        ended = program.wait()
        now = documents(out)
        missing, written = changes(finished, now)
        lost, again, finished = lost + missing, again + written, now
        how = "killed" if ended == -signal.SIGKILL else f"had ended with {ended}"
        print(f"  run {number + 1} {how}: {len(now)} of {size} results", flush=True)
    run(arguments)
    missing, written = changes(finished, documents(out))
    return lost + missing, again + written


def in_parts(submissions, home, parts, draw, options):
    """Grades each partition, and merges them in random order. Returns the merged results."""
    outs = [home / f"part-{number}" for number in range(1, parts + 1)]
    for number, out in enumerate(outs, 1):
        partition = ["--partition", f"{number}/{parts}"]
        run(command(submissions, out, *partition, *options))
        print(f"  part {number}: {len(documents(out))} results", flush=True)
    draw.shuffle(outs)
    merged = home / "merged"
    run([class_size.GRADE, "class", "merge", *outs, "--out", merged])
    return merged


def main():
    options = []
    if "--" in sys.argv:
        at = sys.argv.index("--")
        options, sys.argv = sys.argv[at + 1 :], sys.argv[:at]
    arguments = argparse.ArgumentParser(usage=__doc__)
    arguments.add_argument("--size", type=int, default=40)
    arguments.add_argument("--kills", type=int, default=10)
    arguments.add_argument("--parts", type=int, default=20)
    arguments.add_argument("--random", type=int, default=12)
    asked = arguments.parse_args()
    draw = random.Random(asked.random)
    with tempfile.TemporaryDirectory() as home:
        home = Path(home)
        submissions = home / "submissions"
        submissions.mkdir()
        class_size.class_of(submissions, asked.size)
        run(command(submissions, home / "whole", *options))
        whole = (home / "whole" / "gradebook.csv").read_bytes()
        print(f"undisturbed: {len(whole.splitlines()) - 1} rows", flush=True)
        out = home / "killed"
        resumed = command(submissions, out, *options)
        lost, again = killed(resumed, out, asked.size, draw, asked.kills)
        same_resumed = (out / "gradebook.csv").read_bytes() == whole
        merged = in_parts(submissions, home, asked.parts, draw, options)
        same_merged = (merged / "gradebook.csv").read_bytes() == whole
        for name, out in [("resumed", out), ("merged", merged)]:
            ours = (out / "gradebook.csv").read_text().splitlines()
            for one, other in zip(whole.decode().splitlines(), ours):
                if one != other:
                    print(f"{name} differs:\n  {one}\n  {other}")
    print(
        f"{asked.kills} kills: {lost} results lost, {again} graded twice, "
        f"gradebook {'the same' if same_resumed else 'DIFFERENT'}\n"
        f"{asked.parts} parts: gradebook {'the same' if same_merged else 'DIFFERENT'}"
    )
    if lost or again or not (same_resumed and same_merged):
        sys.exit(1)


if __name__ == "__main__":
    main()
