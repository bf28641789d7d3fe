#!/usr/bin/env python3
"""Where the allocations of a turn are, most frequent first, with their callers.

    scripts/check-costs --places WebSocket [--stored]

The number before each stack is how often a turn of 32 deltas allocates there. Linux with glibc.
"""
import argparse
import bisect
import pathlib
import re
import subprocess

# Frames that say nothing of who allocates.
ALLOCATORS = re.compile(r"^(swift_slowAlloc|swift_allocObject|swift_allocBox|swift::swift_slowAllocTyped.*)$")


class Functions:
    """The functions of a program by address."""

    def __init__(self, program):
        out = subprocess.run(["nm", "--defined-only", program], capture_output=True, text=True, check=True).stdout
        symbols = (line.split(maxsplit=2) for line in out.splitlines())
        found = sorted((int(address, 16), name) for address, kind, name in symbols if kind in "tTwW")
        self.addresses, self.names = [address for address, _ in found], [name for _, name in found]

    def name(self, address):
        place = bisect.bisect_right(self.addresses, address) - 1
        return self.names[place] if place >= 0 else hex(address)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("program", type=pathlib.Path, help="turn-counts, built for release")
    ap.add_argument("way", choices=["WebSocket", "SSE", "JSON", "Chat", "Messages"])
    ap.add_argument("--stored", action="store_true")
    a = ap.parse_args()
    command = [a.program, "places", a.way, "stored" if a.stored else "unstored"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    functions = Functions(a.program)
    own = re.compile(rf"{re.escape(a.program.name)}\+0x([0-9a-f]+)")
    out = own.sub(lambda found: functions.name(int(found[1], 16)), out)
    demangler = ["swift", "demangle", "--simplified"]
    out = subprocess.run(demangler, input=out, capture_output=True, text=True, check=True).stdout
    last = None
    for line in out.splitlines():
        if ALLOCATORS.match(line.strip()) or line == last:
            continue
        print(line[:180])
        last = line


if __name__ == "__main__":
    main()
