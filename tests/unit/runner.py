#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# tests/run itself: what it must call a failure, whatever a suite prints. Suites of one line of
# shell play each case. And device_test: a test that fails prints the command that repeats it. The
# output is TAP.

import contextlib
import importlib.machinery
import importlib.util
import io
import os
import shlex
import subprocess
import sys
import tempfile
import types

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(TESTS, "lib"))

import suites  # noqa: E402
import tap  # noqa: E402

loader = importlib.machinery.SourceFileLoader("run", os.path.join(TESTS, "run"))
run = importlib.util.module_from_spec(importlib.util.spec_from_loader("run", loader))
loader.exec_module(run)

# name: output: passed, failed, skipped, whether something is wrong with it
TAPS = (
    ("a plan first", "1..2\nok 1 - a\nok 2 - b\n", 2, 0, 0, False),
    ("a plan last", "ok 1 - a\nnot ok 2 - b\n1..2\n", 1, 1, 0, False),
    ("a skip", "ok 1 - a # SKIP no device\n1..1\n", 0, 0, 1, False),
    ("a skip of all", "1..0 # SKIP no QEMU\n", 0, 0, 1, False),
    ("no numbers", "ok\nok - b\n1..2\n", 2, 0, 0, False),
    ("comments and chatter", "# ok 1\nokay\nnotice\n1..1\nok 1 - a\n# not ok\n", 1, 0, 0, False),
    ("no plan", "ok 1 - a\n", 1, 0, 0, True),
    ("a short run", "1..3\nok 1 - a\nok 2 - b\n", 2, 0, 0, True),
    ("a long run", "1..1\nok 1 - a\nok 2 - b\n", 2, 0, 0, True),
    ("two plans", "1..1\nok 1 - a\n1..1\n", 1, 0, 0, True),
    ("a number twice", "1..2\nok 1 - a\nok 1 - b\n", 2, 0, 0, True),
    ("a bail-out", "1..1\nok 1 - a\nBail out! disk full\n", 1, 0, 0, True),
    ("nothing", "", 0, 0, 0, True),
)

# name: shell command: number of failures, a word of what is said
RUNS = (
    ("a suite that passes", "echo 1..1; echo ok 1", 0, ""),
    ("a failing test", "echo 1..1; echo not ok 1 - it; exit 1", 1, ""),
    ("an exit status without a failing test", "echo 1..1; echo ok 1; exit 3", 1, "exit status 3"),
    ("a crash", "echo 1..2; echo ok 1; kill -SEGV $$", 2, "SIGSEGV"),
    ("a crash in the end", "echo 1..1; echo ok 1; kill -ABRT $$", 1, "SIGABRT"),
    ("a hang", "echo 1..1; echo ok 1; exec sleep 100", 1, "longer than"),
    ("a hang that ignores being asked", "trap '' TERM; echo 1..1; while :; do sleep 1; done", 1,
     "longer than"),
    ("a process left behind", "sleep 100 & echo 1..1; echo ok 1", 1, "left 1 processes"),
    ("a program that is not there", None, 1, "not there"),
    ("a check that is not there", "echo 1..1; echo ok 1; frobnicate || :", 1, "frobnicate: not found"),
    ("the same in bash", "echo 1..1; echo ok 1; exec bash -c 'frobnicate || :'", 1,
     "frobnicate: command not found"),
)


# A device of which a test fails, and that test; both want quoting.
FAULT = "sim:bs=512,fault=when opcode=flush do status=0x6"
TEST = "command: flush"


class Counter:
    def __init__(self):
        self.number = 0
        self.failed = 0

    def check(self, name, good, remark=""):
        self.number += 1
        print(f"{'' if good else 'not '}ok {self.number} - {name}")
        if not good:
            self.failed += 1
            print(f"# {remark}")


def again(counter):
    """A failing device test prints one command, which fails in the same way."""
    build = os.environ.get("BUILD", os.path.join(os.path.dirname(TESTS), "build"))
    program = os.path.join(build, "tests", "device_test")
    if not os.access(program, os.X_OK):
        counter.check("device_test is there", False, program)
        return
    first = subprocess.run([program, "--seconds", "50", FAULT, TEST], capture_output=True,
                           text=True, check=False).stdout.splitlines()
    failed = [line.partition(" - ")[2] for line in first if line.startswith("not ok")]
    commands = [line[9:] for line in first if line.startswith("# again: ")]
    wanted = [shlex.join([program, "--seconds", "50", FAULT, title]) for title in failed]
    counter.check("each test that fails prints the command that repeats it",
                  failed and [shlex.split(line) for line in commands]
                  == [shlex.split(line) for line in wanted], f"{commands}, wanted {wanted}")
    for command, title in zip(commands, failed):
        second = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True,
                                check=False).stdout.splitlines()
        counter.check(f"which repeats it: {title}", f"not ok 2 - {title}" in second, f"{second}")


def main():
    counter = Counter()
    for name, text, passed, failed, skipped, wrong in TAPS:
        got = tap.Tap(text)
        found = (got.passed, len(got.failed), len(got.skipped), bool(got.problems))
        counter.check(f"TAP with {name}", found == (passed, failed, skipped, wrong), f"{found}")

    run.GRACE_SECONDS = 1
    with tempfile.TemporaryDirectory() as build:
        os.mkdir(os.path.join(build, "test-logs"))
        options = types.SimpleNamespace(build=build)
        results = []
        for name, script, failed, word in RUNS:
            command = ["/bin/sh", "-c", script] if script else ["{build}/nothing"]
            suite = suites.Suite("unit", "play", command, timeout=2)
            result = run.run_suite(suite, "release", options)
            results.append(result)
            said = "; ".join(result.problems)
            counter.check(name, result.failed == failed and word in said,
                          f"{result.failed}: {said}")

        with contextlib.redirect_stdout(io.StringIO()) as out:
            status = run.summary(results, options)
        last = [line for line in out.getvalue().splitlines() if line.startswith("failed: ")]
        counter.check("the summary tells again what failed",
                      status == 1 and len(last) == sum(r.failed for r in results)
                      and "failed: unit: play: it" in last, f"{last}")

    again(counter)
    names = [(suite.tier, suite.name) for suite in suites.suites()]
    counter.check("every suite has a name of its own", len(names) == len(set(names)))
    counter.check("every suite belongs to a tier", all(tier in suites.TIERS for tier, _ in names))
    print(f"1..{counter.number}")
    return 1 if counter.failed else 0


if __name__ == "__main__":
    sys.exit(main())
