#!/usr/bin/env python3
"""Instructions of a turn, and which functions run them, by callgrind.

    scripts/check-costs --instructions [--ways WebSocket,SSE,JSON,Chat,Messages] [--turns 200] [--top 40] [--callers 12]

Runs the server, its engine and its client in one process under valgrind, once with some turns and once with twice as
many; the difference of the two, divided, is a turn. Only the thread of the server's event loop is counted. Two runs
differ by less than 1 %. Linux with valgrind.
"""
import argparse
import collections
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# Of one run: own instructions by function, instructions within calls by (caller, callee).
Profile = collections.namedtuple("Profile", "own calls")


def read(path):
    """Reads a file of callgrind's, whose names are written out once and then by number."""
    names, own, calls = {}, collections.Counter(), collections.Counter()
    function = callee = None
    is_call = False
    pattern = re.compile(r"c?fn=\((\d+)\)(?: (.*))?")
    with open(path) as lines:
        for line in lines:
            if line.startswith(("fn=", "cfn=")):
                number, name = pattern.match(line.rstrip("\n")).groups()
                if name is not None:
                    # A function's calls of itself are noted under its name and '2.
                    names[number] = re.sub(r"'\d+$", "", name)
                if line[0] == "c":
                    callee = names[number]
                else:
                    function = names[number]
            elif line.startswith("calls="):
                is_call = True
            elif line[:1].isdigit() or line[:1] in "+-*":
                count = int(line.split()[-1])
                if is_call:
                    calls[function, callee] += count
                    is_call = False
                else:
                    own[function] += count
    return Profile(own, calls)


def profile(program, way, turns, folder):
    """The event loop's profile of a run: of all threads but the first, the one that ran most."""
    out = pathlib.Path(folder) / f"{way}-{turns}"
    valgrind = ["valgrind", "--tool=callgrind", "--separate-threads=yes", f"--callgrind-out-file={out}"]
    command = [*valgrind, program, "turns", way, str(turns)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"error: valgrind failed:\n{done.stderr[-2000:]}")
    profiles = [read(path) for path in out.parent.glob(f"{out.name}-*") if not path.name.endswith("-01")]
    return max(profiles, key=lambda one: sum(one.own.values()))


def difference(more, less, turns):
    def parts(a, b):
        return collections.Counter({key: (count - b[key]) / turns for key, count in a.items() if count > b[key]})
    return Profile(parts(more.own, less.own), parts(more.calls, less.calls))


def demangle(names):
    done = subprocess.run(["swift", "demangle", "--simplified"], input="\n".join(names), capture_output=True, text=True)
    return dict(zip(names, done.stdout.splitlines())) if done.returncode == 0 else {name: name for name in names}


def module(name):
    """The module that a function's mangled name begins with; one group for each of the libraries below Swift code."""
    found = re.match(r"\$s(\d+)", name)
    if found:
        start = found.end()
        return name[start:start + int(found[1])]
    if name.startswith("$s"):
        return "Swift's standard library"
    if re.search(r"swift_(retain|release|bridgeObject|unknownObject|weak)|RefCount|swift_cvw_|Release|Retain", name):
        return "retain and release"
    if re.search(r"malloc|calloc|realloc|free|memalign|swift_(alloc|dealloc|slow)|_int_|tcache|unlink_chunk", name):
        return "memory"
    if re.search(r"mem(cpy|move|set|cmp|chr|mem)", name):
        return "memcpy and its like"
    if re.search(r"swift_|swift::|_ZN5swift|_ZNK5swift|_ZL", name):
        return "Swift's runtime, other"
    if name.startswith("c_nio_llhttp") or "llhttp" in name:
        return "llhttp"
    return "other"


def inclusive(of):
    result = collections.Counter(of.own)
    for (caller, callee), count in of.calls.items():
        if caller != callee:
            result[caller] += count
    return result


def show(title, rows, total, demangled):
    print(f"\n### {title}\n")
    for name, count in rows:
        print(f"{count:>11,.0f} {count / total:>6.1%}  {demangled.get(name, name)[:170]}")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("program", type=pathlib.Path, help="turn-counts, built for release")
    ap.add_argument("--ways", default="WebSocket,SSE,JSON,Chat,Messages")
    ap.add_argument("--turns", type=int, default=200)
    ap.add_argument("--top", type=int, default=40)
    ap.add_argument("--callers", type=int, default=12)
    a = ap.parse_args()
    if not shutil.which("valgrind"):
        sys.exit("error: there is no valgrind here. On Debian: apt-get install valgrind")
    with tempfile.TemporaryDirectory() as folder:
        # Valgrind does not understand the debug information of Swift's compiler; the names of functions stay.
        program = pathlib.Path(folder) / "turn-counts"
        subprocess.run(["strip", "-g", "-o", program, a.program], check=True)
        for way in a.ways.split(","):
            less, more = (profile(program, way, turns, folder) for turns in (a.turns, 2 * a.turns))
            turn = difference(more, less, a.turns)
            total = sum(turn.own.values())
            print(f"\n## {way}: {total:,.0f} instructions per turn of 32 deltas, on the event loop's thread")
            within = inclusive(turn)
            modules, callers = collections.Counter(), collections.defaultdict(collections.Counter)
            for name, count in turn.own.items():
                modules[module(name)] += count
            for (caller, callee), count in turn.calls.items():
                callers[callee][caller] += count
            top = turn.own.most_common(a.top)
            wide = [(name, count) for name, count in within.most_common() if count <= total][:2 * a.top]
            # What Swift code calls of the runtime and the C library, by all that is spent there.
            called = {name: collections.Counter({caller: count for caller, count in by.items() if caller.startswith("$s")})
                      for name, by in callers.items() if not name.startswith("$s") and module(name) != "llhttp"}
            busy = sorted(called, key=lambda name: -min(within[name], called[name].total()))
            busy = [name for name in busy if within[name] <= total / 4][:a.callers]
            names = {name for name, _ in top + wide} | {caller for name in busy for caller in called[name]} | set(busy)
            demangled = demangle(sorted(names))
            show("By module, each function's own instructions", modules.most_common(), total, {})
            show("By function, own instructions", top, total, demangled)
            show("By function, with what it calls (too much where two call each other)", wide, total, demangled)
            for name in busy:
                rows = called[name].most_common(a.callers)
                show(f"Swift code that calls {demangled[name]}", rows, total, demangled)


if __name__ == "__main__":
    main()
