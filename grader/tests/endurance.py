#!/usr/bin/env python3
"""What the grader leaves behind when it is killed, and whether it says the same each time.

    cargo build --package grader --package sandbox
    python3 grader/tests/endurance.py kills [COUNT]
    python3 grader/tests/endurance.py same [COUNT]

`kills` ends COUNT gradings by SIGKILL at random moments, of the grader, of a process of the
submission or of the compiler, and COUNT by SIGINT; then it counts processes, folders and
half-made programs that are left, and grades once more without any clean-up by hand.

`same` grades the solutions and a wrong submission COUNT times alone, then COUNT times beside
seven others, and compares the documents but for times and for how often AWS was asked: code
that reads a stream until it is drained asks once more or less as records come in.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "target"
GRADE = TARGET / "debug" / "grade"
OURS = {"grade", "submission", "sandbox", "rustc"}
# Its compile is killed too, so it is never the same twice.
EDITED = "event.amount >= 100.00"


def processes():
    """The processes of this course's target directory, by pid."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes().decode(errors="replace")
            name = (entry / "comm").read_text().strip()
        except OSError:
            continue
        if name in OURS and str(TARGET) in command.replace("\0", " "):
            found[int(entry.name)] = name
    return found


def submission(folder, number):
    shutil.copytree(ROOT / "solutions" / "src", folder / "src")
    stages = folder / "src" / "stages.rs"
    text = stages.read_text()
    stages.write_text(text.replace(EDITED, f"{EDITED} + {number}.0 * 0.0"))
    return folder


def kill_one(random_, how, number):
    with tempfile.TemporaryDirectory() as home:
        folder = submission(Path(home) / "submission", number)
        grader = subprocess.Popen(
            [GRADE, "--dir", folder, "--report", "json"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(random_.uniform(0.01, 3.0))
        if how == signal.SIGINT:
            grader.send_signal(signal.SIGINT)
        elif random_.random() < 0.5:
            grader.kill()
        else:
            others = [pid for pid in processes() if pid != grader.pid]
            try:
                os.kill(random_.choice(others) if others else grader.pid, signal.SIGKILL)
            except OSError:
                pass
            time.sleep(random_.uniform(0.0, 0.5))
            grader.kill()
        grader.wait()


def left():
    """What is left of gradings that have ended."""
    grade = TARGET / "grade"
    runs, programs = grade / "runs", grade / "programs"
    return {
        "processes": len(processes()),
        "folders of sessions": len(list(runs.iterdir())) if runs.exists() else 0,
        "half-made programs": len([p for p in programs.iterdir() if p.name.startswith("new-")]),
        "files in the temporary directory": len(
            [p for p in Path(tempfile.gettempdir()).iterdir() if p.name.startswith(".tmp")]
        ),
    }


def kills(count):
    random_ = random.Random(7)
    before = left()
    for how in (signal.SIGKILL, signal.SIGINT):
        for number in range(count):
            kill_one(random_, how, random_.randrange(1 << 40) + number)
    # A process notices that its grader is gone.
    deadline = time.time() + 10
    while processes() and time.time() < deadline:
        time.sleep(0.1)
    again = subprocess.run([GRADE, "--dir", ROOT / "solutions"], capture_output=True, text=True)
    after = left()
    print(f"{count} SIGKILL and {count} SIGINT; graded once more: exit {again.returncode}")
    for what, number in after.items():
        print(f"  {what} left: {number} (before: {before[what]})")
    return again.returncode == 0 and all(after[what] <= before[what] for what in after)


def document(folder):
    graded = subprocess.run(
        [GRADE, "--dir", folder, "--report", "json", "--seed", "7"],
        capture_output=True,
        text=True,
    )
    return json.dumps(without_times(json.loads(graded.stdout)), sort_keys=True)


def without_times(value):
    if isinstance(value, dict):
        volatile = ("seconds", "started", "asked")
        return {k: without_times(v) for k, v in value.items() if k not in volatile}
    if isinstance(value, list):
        return [without_times(v) for v in value]
    return value


def same(count):
    with tempfile.TemporaryDirectory() as home:
        right = submission(Path(home) / "right", 0)
        wrong = Path(home) / "wrong"
        shutil.copytree(right, wrong)
        stages = wrong / "src" / "stages.rs"
        stages.write_text(stages.read_text().replace("event.amount >=", "event.amount >"))
        good = True
        for folder in (right, wrong):
            alone = [document(folder) for _ in range(count)]
            with ThreadPoolExecutor(8) as pool:
                beside = list(pool.map(document, [folder] * count))
            different = len(set(alone + beside))
            outcome = "all the same" if different == 1 else f"{different} different documents"
            print(f"{folder.name}: {count} alone and {count} beside seven others: {outcome}")
            good = good and different == 1
            if different > 1:
                one, other = sorted(set(alone + beside))[:2]
                at = next(i for i, (a, b) in enumerate(zip(one, other)) if a != b)
                print(f"  one:   …{one[max(0, at - 200):at + 200]}…")
                print(f"  other: …{other[max(0, at - 200):at + 200]}…")
        return good


if __name__ == "__main__":
    what = {"kills": kills, "same": same}[sys.argv[1]]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else {"kills": 100, "same": 50}[sys.argv[1]]
    sys.exit(0 if what(count) else 1)
