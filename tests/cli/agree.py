# SPDX-License-Identifier: MIT
"""
Whether znvme's JSON has all that nvme-cli's has: agree.py NVME.json ZNVME.json DEVICE. Keys of nvme-cli 2.3 that are not
in ours, or have another value there, are named; what we have beyond is not looked at. Not differences:

- numbers of 128 bits, which nvme-cli gives as text, and a number with its meaning behind it, "(0) Never sanitized";
- text that it pads with blanks;
- numbers of 32 bits that it takes for signed;
- nvme0 for the device, where ours has its address;
- names of opcodes that it does not know.
"""
import json
import re
import sys

device = sys.argv[3]


def same(theirs, ours):
    if isinstance(theirs, str) and isinstance(ours, int):
        return theirs == str(ours) or re.match(rf"\({ours}\) ", theirs)
    if isinstance(theirs, str) and isinstance(ours, str):
        return theirs.strip() == ours or (theirs == "nvme0" and ours == device)
    if isinstance(theirs, int) and isinstance(ours, int) and theirs < 0:
        return theirs % (1 << 32) == ours
    return theirs == ours


def key_of(key, ours):
    if key == "nvme0" and device in ours:
        return device
    if key.endswith("(Unknown)"):
        known = [k for k in ours if k.startswith(key[:-len("Unknown)")])]
        return known[0] if known else key
    return key


def differences(theirs, ours, path):
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key, value in theirs.items():
            own = key_of(key, ours)
            if own in ours:
                yield from differences(value, ours[own], f"{path}.{key}")
            else:
                yield f"{path}.{key}: {value!r}, ours has no such"
    elif isinstance(theirs, list) and isinstance(ours, list):
        if len(theirs) != len(ours):
            yield f"{path}: {len(theirs)} entries, ours has {len(ours)}"
        for i, (a, b) in enumerate(zip(theirs, ours)):
            yield from differences(a, b, f"{path}[{i}]")
    elif not same(theirs, ours):
        yield f"{path}: {theirs!r}, ours is {ours!r}"


with open(sys.argv[1]) as theirs, open(sys.argv[2]) as ours:
    found = list(differences(json.load(theirs), json.load(ours), ""))
for text in found[:20]:
    print(text, file=sys.stderr)
sys.exit(1 if found else 0)
