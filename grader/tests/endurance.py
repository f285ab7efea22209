#!/usr/bin/env python3
"""What the grader leaves behind when it is killed, and whether its results are always the same.

    cargo build --package grader --package sandbox
    python3 grader/tests/endurance.py kills [COUNT]
    python3 grader/tests/endurance.py backends [COUNT]
    python3 grader/tests/endurance.py same [COUNT]
    python3 grader/tests/endurance.py levels

`kills` interrupts COUNT gradings at random moments with SIGKILL: it kills the grader, a process
of the submission or the compiler. It interrupts COUNT more with SIGINT. Then it counts the
processes, folders and incomplete programs that are left, and grades again without cleaning up.

`backends` does the same with COUNT gradings on LocalStack: it kills the container or the grader.
A grading whose container is killed gives no verdict. This needs Docker.

`same` grades the solutions and a wrong submission COUNT times alone, then COUNT times with seven
others in parallel. It compares the documents, except times and the numbers of AWS calls: code
that reads a stream to its end may make one call more or less, depending on when records arrive.

`levels` grades the solutions and every alternative at every level of the sandbox, and compares
the documents in the same way.
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
os.environ["STREAMLINGS_COURSE"] = str(ROOT)
OURS = {"grade", "submission", "sandbox", "rustc"}
# The submission is different each time, so that it is compiled and the compiler can be killed.
EDITED = "event.amount >= 100.00"


def processes():
    """The processes from this course's target directory, by pid."""
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


def kill_backend(random_, number):
    """Kills the container of a grading, or the grader; returns the grader's exit code."""
    with tempfile.TemporaryDirectory() as home:
        folder = submission(Path(home) / "submission", number)
        grader = subprocess.Popen(
            [GRADE, "--dir", folder, "--report", "json", "--backend", "localstack"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(random_.uniform(0.1, 15.0))
        running = containers()
        if running and random_.random() < 0.7:
            subprocess.run(["docker", "kill", *running], capture_output=True)
        else:
            grader.kill()
        return grader.wait()


def containers():
    listed = subprocess.run(
        ["docker", "ps", "--all", "--quiet"], capture_output=True, text=True, check=True
    )
    return listed.stdout.split()


def backends(count):
    random_ = random.Random(7)
    before = len(containers())
    codes = [kill_backend(random_, random_.randrange(1 << 40)) for _ in range(count)]
    deadline = time.time() + 60
    while (processes() or len(containers()) > before) and time.time() < deadline:
        time.sleep(0.5)
    counted = {code: codes.count(code) for code in sorted(set(codes))}
    print(f"{count} gradings on LocalStack, killed: exit codes and how often: {counted}")
    left_over = len(containers()) - before
    print(f"  containers left: {left_over}")
    print(f"  processes left: {len(processes())}")
    # The grader was killed, or gave no verdict, or had already finished.
    fine = {-signal.SIGKILL, 3, 0}
    return left_over == 0 and not processes() and set(codes) <= fine


def left():
    """What gradings that have ended left behind."""
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
    # Each process notices that its grader has ended.
    deadline = time.time() + 10
    while processes() and time.time() < deadline:
        time.sleep(0.1)
    again = subprocess.run([GRADE, "--dir", ROOT / "solutions"], capture_output=True, text=True)
    after = left()
    print(f"{count} SIGKILL and {count} SIGINT; graded once more: exit {again.returncode}")
    for what, number in after.items():
        print(f"  {what} left: {number} (before: {before[what]})")
    return again.returncode == 0 and all(after[what] <= before[what] for what in after)


def document(folder, *options):
    graded = subprocess.run(
        [GRADE, "--dir", folder, "--report", "json", "--seed", "7", *options],
        capture_output=True,
        text=True,
    )
    return json.dumps(without_times(json.loads(graded.stdout)), sort_keys=True)


def without_times(value):
    if isinstance(value, dict):
        volatile = ("seconds", "started", "asked", "sandbox")
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
            what = f"{folder.name}: {count} alone and {count} beside seven others"
            good = are_same(what, alone + beside) and good
        return good


def are_same(what, documents):
    """Whether the documents are the same; prints the first difference."""
    different = len(set(documents))
    print(f"{what}: {'all the same' if different == 1 else f'{different} different documents'}")
    if different > 1:
        one, other = sorted(set(documents))[:2]
        at = next(i for i, (a, b) in enumerate(zip(one, other)) if a != b)
        print(f"  one:   …{one[max(0, at - 200):at + 200]}…")
        print(f"  other: …{other[max(0, at - 200):at + 200]}…")
    return different == 1


def levels(_count):
    good = True
    alternatives = sorted((ROOT / "fixtures" / "alternative").iterdir())
    for alternative in [None, *alternatives]:
        with tempfile.TemporaryDirectory() as home:
            folder = Path(home) / "submission"
            shutil.copytree(ROOT / "solutions" / "src", folder / "src")
            if alternative:
                shutil.copytree(alternative, folder / "src", dirs_exist_ok=True)
            each = ("none", "restricted", "isolated")
            documents = [document(folder, "--sandbox", level) for level in each]
            name = alternative.name if alternative else "solutions"
            good = are_same(f"{name}: at {', '.join(each)}", documents) and good
    return good


# Each with the default COUNT.
COMMANDS = {
    "kills": (kills, 100),
    "backends": (backends, 20),
    "same": (same, 50),
    "levels": (levels, 0),
}

if __name__ == "__main__":
    what, count = COMMANDS[sys.argv[1]]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else count
    sys.exit(0 if what(count) else 1)
