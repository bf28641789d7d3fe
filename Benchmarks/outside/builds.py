#!/usr/bin/env python3
"""Two builds of hotline side by side: what a turn costs in each.

    python3 builds.py OLD NEW [--rounds 5] [--seconds 3] [--clients 1,32] [--ways WebSocket,SSE,JSON]

OLD and NEW are `hotline` programs. Each serves the same engine that costs nothing (32 deltas at once); whole turns are
run by WebSocket, SSE and JSON, stored and not, in alternating rounds, so that a slow minute of the machine hits both.
Printed are medians of the server's processor time per turn, and the ratio of the two: the figure to compare.
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

from compare import HERE, Pinned, environment, free_port, measure

# Name, scheme and options of the load.
WAYS = [("WebSocket", "ws", []), ("SSE", "http", []), ("JSON", "http", ["--no-stream"])]


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("old", type=pathlib.Path)
    ap.add_argument("new", type=pathlib.Path)
    ap.add_argument("--rounds", type=int, default=5)
    ap.add_argument("--seconds", type=float, default=3)
    ap.add_argument("--clients", default="1,32")
    ap.add_argument("--ways", default="WebSocket,SSE,JSON")
    a = ap.parse_args()
    environment("load")
    results = {}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        upstream_binary = pathlib.Path(folder) / "fake_upstream"
        subprocess.run(["cc", "-D_GNU_SOURCE", "-O2", "-o", upstream_binary, HERE / "fake_upstream.c"], check=True)
        upstream_port = free_port()
        upstream = stack.enter_context(Pinned(1, upstream_binary, upstream_port))
        upstream.wait_answering(upstream_port, "/health")
        servers = {}
        for name, binary in (("old", a.old), ("new", a.new)):
            port = free_port()
            servers[name] = (port, stack.enter_context(Pinned(
                0, binary, "serve", "--host", "127.0.0.1", "--port", port,
                "--engine", f"http://127.0.0.1:{upstream_port}/v1", "--model", "tiny=tiny", "--log-level", "error")))
            servers[name][1].wait_answering(port, "/v1/responses", {"model": "tiny", "input": "hello"})
        for number in range(a.rounds):
            # Who goes first changes with the round.
            order = list(servers.items())[:: -1 if number % 2 else 1]
            for way, scheme, options in WAYS:
                if way not in a.ways.split(","):
                    continue
                for clients in map(int, a.clients.split(",")):
                    for stored in (True, False):
                        body = json.dumps({"input": "hello", "store": stored})
                        for name, (port, server) in order:
                            result = measure(
                                server, f"{scheme}://127.0.0.1:{port}/v1/responses", [*options, "--body", body], clients, a.seconds)
                            results.setdefault((way, clients, stored), {}).setdefault(name, []).append(result)
            print(f"round {number + 1} of {a.rounds} done", file=sys.stderr, flush=True)
    print(f"Server CPU per turn in µs, medians of {a.rounds} rounds of {a.seconds:g} s (lowest to highest); 32 deltas a turn. What else a machine does\n"
          "only ever adds, so the ratio of the lowest is printed too.\n")
    print("| what | clients | stored | old | new | new / old | of the lowest |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for (way, clients, stored), rounds in results.items():
        cells, medians, lowest = [], {}, {}
        for name in ("old", "new"):
            values = [r["cpu_us"] for r in rounds[name]]
            medians[name], lowest[name] = statistics.median(values), min(values)
            cells.append(f"{medians[name]:.1f} ({min(values):.1f} to {max(values):.1f})")
        print(f"| {way} | {clients} | {'yes' if stored else 'no'} | {cells[0]} | {cells[1]} | {medians['new'] / medians['old']:.3f} "
              f"| {lowest['new'] / lowest['old']:.3f} |")


if __name__ == "__main__":
    main()
