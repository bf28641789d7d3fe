#!/usr/bin/env python3
"""Two builds of hotline side by side: what a turn costs in each.

    python3 builds.py OLD NEW [--rounds 5] [--seconds 3] [--clients 1,32] [--ways WebSocket,SSE,JSON]
                          [--peer agentic-api]

OLD and NEW are `hotline` programs. Each serves the same engine that costs nothing (32 deltas at once); whole turns are
run by WebSocket, SSE and JSON, stored and not, in alternating rounds, so that a slow minute of the machine hits both.
Printed are medians of the server's processor time per turn, and the ratio of the two: the figure to compare; then turns
per second. `--peer` runs another gateway in the same rounds, by WebSocket and SSE.
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

from compare import HERE, Pinned, environment, free_port, measure, peers

# Name and options of the load.
WAYS = [("WebSocket", None), ("SSE", []), ("JSON", ["--no-stream"])]


def measure_sockets(server, program, port, members, clients, seconds):
    """As `measure`, by a generator that costs less than reading each frame in Python: otherwise it is what is full."""
    cpu = server.cpu_seconds()
    done = subprocess.run(
        ["taskset", "-c", "1", str(program), str(port), str(clients), str(seconds), members],
        capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    if result["bad"] or not result["good"]:
        print(f"warning: WebSocket, {clients} clients: {result['bad']} bad answers", file=sys.stderr)
    result["cpu_us"] = (server.cpu_seconds() - cpu) / max(1, result["ended"]) * 1e6
    return result


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("old", type=pathlib.Path)
    ap.add_argument("new", type=pathlib.Path)
    ap.add_argument("--rounds", type=int, default=5)
    ap.add_argument("--seconds", type=float, default=3)
    ap.add_argument("--clients", default="1,32")
    ap.add_argument("--ways", default="WebSocket,SSE,JSON")
    ap.add_argument("--peer", default="")
    a = ap.parse_args()
    environment("load")
    results = {}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        upstream_binary = pathlib.Path(folder) / "fake_upstream"
        socket_load = pathlib.Path(folder) / "load_ws"
        for program in (upstream_binary, socket_load):
            subprocess.run(["cc", "-D_GNU_SOURCE", "-O2", "-o", program, HERE / f"{program.name}.c"], check=True)
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
        for _, port, _, command in peers(a.peer, f"http://127.0.0.1:{upstream_port}"):
            servers["peer"] = (port, stack.enter_context(command))
            servers["peer"][1].wait_answering(port, "/v1/responses", {"model": "tiny", "input": "hello"})
        for number in range(a.rounds):
            # Who goes first changes with the round.
            order = list(servers.items())[:: -1 if number % 2 else 1]
            for way, options in WAYS:
                if way not in a.ways.split(","):
                    continue
                for clients in map(int, a.clients.split(",")):
                    for stored in (True, False):
                        body = json.dumps({"input": "hello", "store": stored})
                        for name, (port, server) in order:
                            if name == "peer" and way == "JSON":
                                continue
                            if way == "WebSocket":
                                members = f'"model":"tiny",{body[1:-1]}'
                                result = measure_sockets(server, socket_load, port, members, clients, a.seconds)
                            else:
                                result = measure(
                                    server, f"http://127.0.0.1:{port}/v1/responses", [*options, "--body", body], clients, a.seconds)
                            results.setdefault((way, clients, stored), {}).setdefault(name, []).append(result)
            print(f"round {number + 1} of {a.rounds} done", file=sys.stderr, flush=True)
    print(f"Server CPU per turn in µs, medians of {a.rounds} rounds of {a.seconds:g} s (lowest to highest); 32 deltas a turn. What else a machine does\n"
          "only ever adds, so the ratio of the lowest is printed too.\n")
    names = [name for name in ("old", "new", "peer") if name in servers]
    print("| what | clients | stored | " + " | ".join(names) + " | new / old | of the lowest |")
    print("| --- " * (5 + len(names)) + "|")
    for (way, clients, stored), rounds in results.items():
        values = {name: [r["cpu_us"] for r in rounds[name]] for name in rounds}
        medians = {name: statistics.median(v) for name, v in values.items()}
        cells = [f"{medians[n]:.1f} ({min(values[n]):.1f} to {max(values[n]):.1f})" if n in values else "" for n in names]
        print(f"| {way} | {clients} | {'yes' if stored else 'no'} | {' | '.join(cells)} | {medians['new'] / medians['old']:.3f} "
              f"| {min(values['new']) / min(values['old']):.3f} |")
    print("\nTurns per second, medians (highest).\n")
    print("| what | clients | stored | " + " | ".join(names) + " |")
    print("| --- " * (3 + len(names)) + "|")
    for (way, clients, stored), rounds in results.items():
        rates = {name: [r["rps"] for r in rounds[name]] for name in rounds}
        cells = [f"{statistics.median(rates[n]):,.0f} ({max(rates[n]):,.0f})" if n in rates else "" for n in names]
        print(f"| {way} | {clients} | {'yes' if stored else 'no'} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
