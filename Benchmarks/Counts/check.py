#!/usr/bin/env python3
"""Counts what a turn costs and compares that with counts.json. Run it by scripts/check-costs.

Every measure has the count that is expected and how far it may be off. More is a failure; less is reported, so that the
expectation can follow. Counts also depend on what builds the server: with another Swift or other versions of the packages
below, only measures whose expectation holds everywhere ("strict") fail.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
EXPECTED = ROOT / "Benchmarks" / "Thresholds" / "counts.json"
# Packages whose code runs in a turn.
PACKAGES = ["async-http-client", "hummingbird", "swift-http-types", "swift-log", "swift-nio", "swift-nio-extras"]
# Turns per way in a trace; twice as many again. What is once per thread, timer or table is below the tolerance then.
TURNS = 200
SERVER_START_SECONDS = 60
# System calls by kind. Those of memory are not counted: when the allocator grows depends on all that went before.
MEMORY = {"brk", "madvise", "mmap", "mprotect", "mremap", "munmap"}
KINDS = {
    "read": "read", "readv": "read", "recvfrom": "read", "recvmsg": "read", "write": "write", "writev": "write",
    "sendto": "write", "sendmsg": "write", "epoll_wait": "epoll_wait", "epoll_pwait": "epoll_wait",
    "epoll_pwait2": "epoll_wait", "epoll_ctl": "epoll_ctl", "futex": "futex", "getrandom": "getrandom",
}


def say(text):
    print(text, flush=True)


def built_with():
    """What the counts depend on besides this repository."""
    version = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout
    found = re.search(r"Swift version (\S+)", version)
    result = {"swift": found[1] if found else "unknown", "machine": os.uname().machine}
    resolved = ROOT / "Package.resolved"
    pins = json.loads(resolved.read_text())["pins"] if resolved.exists() else []
    versions = {pin["identity"]: pin["state"].get("version", "unknown") for pin in pins}
    return result | {name: versions.get(name, "unknown") for name in PACKAGES}


def allocations(program):
    out = subprocess.run([program, "allocations"], stdout=subprocess.PIPE, text=True, timeout=120)
    if out.returncode != 0:
        sys.exit("error: counting allocations failed; what went wrong stands above")
    measures = json.loads(out.stdout)
    if not measures:
        say("skipped: allocations are counted only with glibc")
    return measures


def why_no_trace():
    """Why system calls cannot be counted here; None when they can."""
    if not shutil.which("strace"):
        return "there is no strace"
    try:
        done = subprocess.run(["strace", "-f", "-o", os.devnull, "true"], capture_output=True, text=True, timeout=20)
    except subprocess.TimeoutExpired:
        return "strace hangs"
    if done.returncode == 0:
        return None
    return f"strace may not trace: {(done.stderr.strip().splitlines() or ['no reason given'])[0]}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def one_core():
    """The server has an event loop per core: with one, every machine counts alike."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def trace(program, server):
    """Runs turns against a traced server; the trace's lines."""
    engine_port, port = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        file, log = pathlib.Path(folder) / "trace", pathlib.Path(folder) / "log"
        own = {"HOTLINE_STATE": str(pathlib.Path(folder) / "state"), "HOTLINE_STORE": "memory"}
        peers = subprocess.Popen([program, "drive", str(engine_port), str(port), str(TURNS)])
        with open(log, "wb") as to:
            # -D: the tracer stands beside the server, so that signals reach the server.
            traced = subprocess.Popen(
                ["strace", "-D", "-f", "-qq", "-o", file, server, "serve", "--host", "127.0.0.1", "--port", str(port),
                 "--engine", f"http://127.0.0.1:{engine_port}/v1", "--wait-for-engine", "--log-level", "error"],
                stdout=to, stderr=to, env={**os.environ, **own}, preexec_fn=one_core)
        try:
            failed = peers.wait(timeout=SERVER_START_SECONDS + 60) != 0
        except subprocess.TimeoutExpired:
            failed = True
        finally:
            peers.kill()
            peers.wait()
            traced.send_signal(signal.SIGTERM)
            try:
                traced.wait(timeout=30)
            except subprocess.TimeoutExpired:
                traced.kill()
                traced.wait()
        if failed:
            sys.exit(f"error: the turns against a traced server failed. The server said:\n{log.read_text()[-2000:]}")
        # The tracer ends after the server and may still write.
        until = time.monotonic() + 10
        size = -1
        while time.monotonic() < until and size != file.stat().st_size:
            size = file.stat().st_size
            time.sleep(0.2)
        return file.read_text(errors="replace").splitlines()


def system_calls(program, server):
    reason = why_no_trace()
    if reason:
        say(f"skipped: system calls are not counted, as {reason}")
        return {}
    # Calls between two requests for /health; three of these a way.
    parts = [collections.Counter()]
    for line in trace(program, server):
        found = re.match(r"\d+ +(\w+)\(", line)
        if '"GET /health' in line:
            parts.append(collections.Counter())
        elif found and found[1] not in MEMORY:
            parts[-1][KINDS.get(found[1], "other")] += 1
    ways = ["WebSocket", "SSE", "JSON", "Chat", "Messages"]
    kinds = list(dict.fromkeys(KINDS.values())) + ["other"]
    if len(parts) != 1 + 3 * len(ways):
        sys.exit(f"error: the trace has {len(parts) - 1} marks where {3 * len(ways)} are due")
    measures = {}
    for number, way in enumerate(ways):
        some, twice = parts[3 * number + 1], parts[3 * number + 2]
        counts = {kind: (twice[kind] - some[kind]) / TURNS for kind in kinds}
        measures[f"system calls per turn, {way}"] = round(sum(counts.values()), 3)
        for kind in kinds:
            measures[f"system calls per turn, {way}, {kind}"] = round(counts[kind], 3)
    return measures


def tolerance(name):
    """How far a count may be off: what was seen to vary, and a little more."""
    if name.startswith("allocations per delta"):
        # Buffers that double as a turn grows.
        return 0.02
    if name.startswith("allocations per turn"):
        return 0.4
    if name.startswith("allocations"):
        return 0.2
    if name.count(",") == 1:
        # All kinds together: a question to the engine that is not a turn's, such as for its models, is some sixty calls.
        return 0.5
    return 0.25


def expectation(count):
    """Steps of a turn come a whole number of times; what is a little off is what was once in many turns."""
    whole = round(count)
    return whole if abs(count - whole) <= 0.1 else round(count, 1)


def family(name):
    """`allocations` or `system calls`: counted together or not at all."""
    return name.split(" per ")[0]


def update(measures, versions):
    old = json.loads(EXPECTED.read_text())["measures"] if EXPECTED.exists() else {}
    lines = []
    for name, count in measures.items():
        strict = name.startswith("allocations per delta")
        value = {"expected": 0 if strict else expectation(count), "tolerated": tolerance(name)}
        lines.append((name, value | ({"strict": True} if strict else {})))
    counted = {family(name) for name in measures}
    lines += [(name, value) for name, value in old.items() if family(name) not in counted]
    width = max(len(name) for name, _ in lines) + 3
    text = ",\n".join(f'    {json.dumps(name) + ":":<{width}} {json.dumps(value)}' for name, value in lines)
    EXPECTED.parent.mkdir(exist_ok=True)
    EXPECTED.write_text(f'{{\n  "built with": {json.dumps(versions)},\n  "measures": {{\n{text}\n  }}\n}}\n')
    say(f"wrote {EXPECTED.relative_to(ROOT)}")


def check(measures, versions):
    """Compares; returns how many measures failed."""
    if not EXPECTED.exists():
        sys.exit("error: there is no counts.json yet; make it with scripts/check-costs --update")
    expected = json.loads(EXPECTED.read_text())
    others = [f"{name} {versions[name]} instead of {version}" for name, version in expected["built with"].items()
              if versions.get(name) != version]
    failures = lower = 0
    for name, count in measures.items():
        limit = expected["measures"].get(name)
        if limit is None:
            say(f"  NEW      {name}: {count:g}; add it with scripts/check-costs --update")
            failures += 1
            continue
        low, high = limit["expected"] - limit["tolerated"], limit["expected"] + limit["tolerated"]
        words = f"{name}: {count:g}, expected {limit['expected']:g} ± {limit['tolerated']:g}"
        if count > high and (limit.get("strict") or not others):
            say(f"  TOO MUCH {words}")
            failures += 1
        elif count > high:
            say(f"  more     {words}")
        elif count < low:
            say(f"  less     {words}")
            lower += 1
        else:
            say(f"  ok       {words}")
    counted = {family(name) for name in measures}
    for name in expected["measures"]:
        if family(name) in counted and name not in measures:
            say(f"  GONE     {name}; it is not counted any more: scripts/check-costs --update")
            failures += 1
    if others:
        say(f"Made with other versions, so only what holds everywhere is demanded: {', '.join(others)}.")
    if lower:
        say("Turns cost less than expected. Keep that: scripts/check-costs --update, and commit counts.json.")
    if failures:
        say(f"{failures} counts are not as they should be. Where allocations are: scripts/check-costs --places WebSocket. "
            "If the cost is meant: scripts/check-costs --update, and say why in the commit.")
    return failures


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("program", type=pathlib.Path, help="turn-counts, built for release")
    ap.add_argument("server", type=pathlib.Path, help="hotline, built for release")
    ap.add_argument("--update", action="store_true", help="write counts.json instead of comparing with it")
    a = ap.parse_args()
    measures = allocations(a.program) | system_calls(a.program, a.server)
    versions = built_with()
    if a.update:
        return update(measures, versions)
    sys.exit(1 if check(measures, versions) else 0)


if __name__ == "__main__":
    main()
