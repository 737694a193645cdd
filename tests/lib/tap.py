# SPDX-License-Identifier: MIT
#
# Reads TAP version 12 (testanything.org) as the test programs here write it, and says what is wrong
# with it: no plan, a plan that does not fit, numbers out of order.

import re

PLAN = re.compile(r"1\.\.(\d+)(?:\s*#\s*skip\S*\s*(.*))?$", re.IGNORECASE)
TEST = re.compile(r"(not )?ok\b\s*(\d+)?\s*-?\s*(.*?)(?:\s*#\s*skip\S*\s*(.*))?$", re.IGNORECASE)


class Tap:
    """What a program's output says: counts, names of failed tests, skips with reasons, problems."""

    def __init__(self, text):
        self.passed = 0
        self.failed = []
        self.skipped = []
        self.problems = []
        self.planned = None
        self.seen = 0
        for line in text.splitlines():
            self.read(line)
        self.check()

    def read(self, line):
        if line.startswith("Bail out!"):
            self.problems.append(line)
        elif match := PLAN.match(line):
            if self.planned is not None:
                self.problems.append("a second plan")
            self.planned = int(match[1])
            if self.planned == 0:
                self.skipped.append(("all", match[2] or ""))
        elif (match := TEST.match(line)) and (match[1] or line.startswith("ok")):
            self.read_test(*match.groups())

    def read_test(self, not_ok, number, name, skip):
        self.seen += 1
        if number and int(number) != self.seen:
            self.problems.append(f"test {number} where {self.seen} should be")
            self.seen = int(number)
        if not_ok:
            self.failed.append(name)
        elif skip is not None:
            self.skipped.append((name, skip))
        else:
            self.passed += 1

    def check(self):
        if self.planned is None:
            self.problems.append("no plan")
        elif self.planned != self.seen:
            self.problems.append(f"{self.planned} tests planned, {self.seen} run")
