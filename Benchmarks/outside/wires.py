#!/usr/bin/env python3
"""Streamed turns over the three wires of one server: what each costs it.

    python3 wires.py [--rounds 5] [--seconds 3] [--clients 1,32] [--binary hotline]

One `hotline` serves an engine that costs nothing (32 deltas at once). Responses by SSE, stored and not, chat completions and Messages take
turns in alternating rounds, so that a slow minute of the machine hits all of them. Printed are medians of the server's processor time per
turn, and turns per processor second against Responses that are not stored: chat completions are to have 1, Messages 0.9.
Pinned as in compare.py. Linux with two cores or more, a C compiler and Python 3.11 or newer.
"""
import argparse
import contextlib
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

from compare import HERE, PROJECT, Pinned, environment, free_port, measure

# Name, path and body.
WIRES = [
    ("Responses, not stored", "/v1/responses", {"input": "hello", "store": False}),
    ("Responses, stored", "/v1/responses", {"input": "hello"}),
    ("chat completions", "/v1/chat/completions", {"messages": [{"role": "user", "content": "hello"}]}),
    ("Messages", "/v1/messages", {"messages": [{"role": "user", "content": "hello"}]}),
]


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--rounds", type=int, default=5)
    ap.add_argument("--seconds", type=float, default=3)
    ap.add_argument("--clients", default="1,32")
    ap.add_argument("--binary", type=pathlib.Path, default=PROJECT / ".build" / "release" / "hotline")
    a = ap.parse_args()
    environment("load")
    results = {}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        upstream_binary = pathlib.Path(folder) / "fake_upstream"
        subprocess.run(["cc", "-D_GNU_SOURCE", "-O2", "-o", upstream_binary, HERE / "fake_upstream.c"], check=True)
        upstream_port, port = free_port(), free_port()
        upstream = stack.enter_context(Pinned(1, upstream_binary, upstream_port))
        upstream.wait_answering(upstream_port, "/health")
        server = stack.enter_context(Pinned(
            0, a.binary, "serve", "--host", "127.0.0.1", "--port", port, "--store", "memory",
            "--engine", f"http://127.0.0.1:{upstream_port}/v1", "--model", "tiny=tiny", "--log-level", "error"))
        server.wait_answering(port, "/v1/responses", {"model": "tiny", "input": "hello"})
        for number in range(a.rounds):
            # Who goes first changes with the round.
            for name, path, body in WIRES[:: -1 if number % 2 else 1]:
                for clients in map(int, a.clients.split(",")):
                    result = measure(server, f"http://127.0.0.1:{port}{path}", ["--body", json.dumps(body)], clients, a.seconds)
                    results.setdefault((name, clients), []).append(result)
            print(f"round {number + 1} of {a.rounds} done", file=sys.stderr, flush=True)
    print("| wire | clients | CPU per turn, µs (lowest to highest) | turns per CPU second, to Responses not stored | turns/s |")
    print("| --- " * 5 + "|")
    for (name, clients), rounds in results.items():
        cpu = [r["cpu_us"] for r in rounds]
        base = [r["cpu_us"] for r in results[WIRES[0][0], clients]]
        print(f"| {name} | {clients} | {statistics.median(cpu):.0f} ({min(cpu):.0f} to {max(cpu):.0f}) | "
              f"{statistics.median(base) / statistics.median(cpu):.2f} | {statistics.median(r['rps'] for r in rounds):,.0f} |")


if __name__ == "__main__":
    main()
