#!/usr/bin/env python3
"""Streamed turns per second and latency from outside, beside gateways in Rust, in one run.

    python3 compare.py [--rounds 3] [--seconds 3] [--clients 1,32] [--peers smg,sglang-router] [--stores memory] [--binary PATH]

Starts `fake_upstream` (an engine that costs nothing: 32 deltas at once), the release build of `hotline` in front of it,
and beside it `smg` 1.13.0 and `sglang-router` 0.3.2, or `agentic-api` 0.9.0, all in Rust (PyPI wheels, in environments made here);
`--peers ''` leaves them out. `--stores memory,sqlite,sqlite-full` starts a hotline for each way of storing, as turns are stored here;
`agentic-api` stores in SQLite as well. `load_http.py` then measures each over HTTP, and
hotline over WebSocket too, in alternating rounds, so that a slow minute of the machine hits all of them. Medians are
printed, with the processor time that a server took per turn: the figure that a busy machine disturbs least.

The server under test is pinned to core 0, client and upstream to core 1: otherwise the scheduler's placement decides the
figures of one client. hotline translates from chat completions; the others pass the upstream's own Responses stream on.
sglang-router is given a new connection per request: on kept ones it waits 44 ms for acknowledgements (no TCP_NODELAY).
Linux with two cores or more, a C compiler and Python 3.11 or newer.
"""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
VENVS = HERE / ".venv"
# An environment each: both gateways bring modules of the same names.
PACKAGES = {"load": "uvloop==0.23.0", "smg": "smg==1.13.0", "sglang-router": "sglang-router==0.3.2",
            "agentic-api": "agentic-api==0.9.0"}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def environment(name):
    """The folder of programs of a peer, or of the load generator; made on the first run."""
    folder = VENVS / name
    marker = folder / "made-from"
    if not marker.exists() or marker.read_text() != PACKAGES[name]:
        print("installing", PACKAGES[name], file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin" / "pip", "install", "-q", "--disable-pip-version-check", PACKAGES[name]], check=True)
        marker.write_text(PACKAGES[name])
    return folder / "bin"


class Pinned:
    """A child process on one core, ended at the end of the `with` block."""

    def __init__(self, core, *command, **environment):
        self.environment = environment
        self.command = ["taskset", "-c", str(core), *map(str, command)]

    def __enter__(self):
        self.log = tempfile.TemporaryFile(mode="w+")
        # Nothing is left in the folder of whoever measures, and a file of responses is one server's.
        self.state = tempfile.TemporaryDirectory(prefix="hotline-state-", ignore_cleanup_errors=True)
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT,
            env={**os.environ, "HOTLINE_STATE": self.state.name, **self.environment},
        )
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.state.cleanup()

    def cpu_seconds(self):
        """Processor time of the process and of all that it started."""
        parents, times = {}, {}
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = stat.read_text().rpartition(")")[2].split()
                pid = int(stat.parent.name)
                parents[pid], times[pid] = int(fields[1]), int(fields[11]) + int(fields[12])
        def is_ours(pid):
            while pid and pid != self.process.pid:
                pid = parents.get(pid, 0)
            return pid != 0
        return sum(t for pid, t in times.items() if is_ours(pid)) / os.sysconf("SC_CLK_TCK")

    def wait_answering(self, port, path, body=None):
        """Asks until an answer below 500 comes; a POST with `body` shows that the whole way works."""
        end = time.monotonic() + 60
        while time.monotonic() < end and self.process.poll() is None:
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}{path}", json.dumps(body).encode() if body else None,
                {"Content-Type": "application/json"},
            )
            try:
                if urllib.request.urlopen(request, timeout=5).status < 300:
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        self.log.seek(0)
        sys.exit(f"not answering: {' '.join(self.command)}\n{self.log.read()[-3000:]}")


def peers(names, upstream_url):
    """The gateways to compare with: name, command, port and options of the load."""
    for name in filter(None, names.split(",")):
        port = free_port()
        if name == "smg":
            yield "smg 1.13.0, HTTP", port, [], Pinned(
                0, environment(name) / "smg", "launch", "--host", "127.0.0.1", "--port", port, "--worker-urls", upstream_url,
                "--backend", "openai", "--history-backend", "memory", "--disable-tokenizer-autoload",
                "--disable-load-monitoring")
        elif name == "sglang-router":
            yield "sglang-router 0.3.2, HTTP", port, ["--new-connections"], Pinned(
                0, environment(name) / "python", "-m", "sglang_router.launch_router", "--host", "127.0.0.1", "--port", port,
                "--worker-urls", upstream_url, "--backend", "openai", "--history-backend", "memory",
                "--disable-health-check", "--prometheus-port", free_port(), "--log-level", "error")
        elif name == "agentic-api":
            # It stores in SQLite, in a folder that ends with it.
            folder = tempfile.TemporaryDirectory()
            command = Pinned(
                0, "env", f"HOME={folder.name}", environment(name) / "agentic-server", "--llm-api-base", upstream_url,
                "--gateway-host", "127.0.0.1", "--gateway-port", port, "--db-url",
                f"sqlite://{folder.name}/store.db?mode=rwc")
            command.folder = folder
            yield "agentic-api 0.9.0, HTTP", port, [], command
        else:
            sys.exit(f"no peer is called {name}: smg, sglang-router or agentic-api")


def measure(server, url, options, clients, seconds):
    cpu = server.cpu_seconds()
    done = subprocess.run(
        ["taskset", "-c", "1", str(environment("load") / "python"), str(HERE / "load_http.py"), url,
         "-c", str(clients), "-t", str(seconds), "--json", *options],
        capture_output=True, text=True, check=True,
    )
    result = json.loads(done.stdout.strip().splitlines()[-1])
    if result["bad"] or not result["good"]:
        print(f"warning: {url} -c {clients}: {result['bad']} bad answers. {done.stderr.strip()}", file=sys.stderr)
    result["cpu_us"] = (server.cpu_seconds() - cpu) / max(1, result["ended"]) * 1e6
    return result


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--rounds", type=int, default=3)
    ap.add_argument("--seconds", type=float, default=3)
    ap.add_argument("--clients", default="1,32")
    ap.add_argument("--peers", default="smg,sglang-router")
    ap.add_argument("--stores", default=os.environ.get("HOTLINE_STORE", "memory"))
    ap.add_argument("--binary", type=pathlib.Path, default=PROJECT / ".build" / "release" / "hotline")
    a = ap.parse_args()
    for tool in ("taskset", "cc"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is missing: on Debian, apt-get install util-linux gcc libc6-dev")
    if not a.binary.exists():
        sys.exit(f"{a.binary} is missing: swift build -c release --product hotline")
    environment("load")

    with tempfile.TemporaryDirectory() as folder:
        upstream_binary = pathlib.Path(folder) / "fake_upstream"
        subprocess.run(["cc", "-D_GNU_SOURCE", "-O2", "-o", upstream_binary, HERE / "fake_upstream.c"], check=True)
        upstream_port = free_port()
        upstream_url = f"http://127.0.0.1:{upstream_port}"
        body = {"model": "tiny", "input": "hello"}

        with contextlib.ExitStack() as stack:
            upstream = stack.enter_context(Pinned(1, upstream_binary, upstream_port))
            upstream.wait_answering(upstream_port, "/health")
            targets = {}
            for store in filter(None, a.stores.split(",")):
                kind, _, synchronous = store.partition("-")
                port = free_port()
                hotline = stack.enter_context(Pinned(
                    0, a.binary, "serve", "--host", "127.0.0.1", "--port", port,
                    "--engine", f"{upstream_url}/v1", "--model", "tiny=tiny", "--log-level", "error",
                    HOTLINE_STORE=kind, HOTLINE_STORE_SYNC=synchronous or "normal"))
                hotline.wait_answering(port, "/v1/responses", body)
                told = f", {store}" if "," in a.stores else ""
                targets[f"hotline, WebSocket{told}"] = (hotline, f"ws://127.0.0.1:{port}/v1/responses", [])
                targets[f"hotline, HTTP{told}"] = (hotline, f"http://127.0.0.1:{port}/v1/responses", [])
            for name, port, options, command in peers(a.peers, upstream_url):
                peer = stack.enter_context(command)
                peer.wait_answering(port, "/v1/responses", body)
                targets[name] = (peer, f"http://127.0.0.1:{port}/v1/responses", options)
            targets["the fake upstream itself"] = (upstream, f"{upstream_url}/v1/chat/completions", [])

            clients = [int(c) for c in a.clients.split(",")]
            results = {}
            for round_number in range(a.rounds):
                for name, (server, url, options) in targets.items():
                    for c in clients:
                        results.setdefault((name, c), []).append(measure(server, url, options, c, a.seconds))
                print(f"round {round_number + 1} of {a.rounds} done", file=sys.stderr, flush=True)

    print(f"Medians of {a.rounds} rounds of {a.seconds:g} s, 32 deltas per answer (lowest to highest round).\n")
    print("| what | clients | turns/s | server CPU per turn, µs | first delta p50 / p99 ms | whole answer p50 / p99 ms |")
    print("| --- | --- | --- | --- | --- | --- |")
    for (name, c), rounds in sorted(results.items(), key=lambda kv: kv[0][1]):
        def middle(key):
            return statistics.median(r[key] for r in rounds)
        turns = [r["rps"] for r in rounds]
        print(f"| {name} | {c} | {middle('rps'):,.0f} ({min(turns):,.0f} to {max(turns):,.0f}) | {middle('cpu_us'):,.0f} | {middle('first_p50'):.2f} / {middle('first_p99'):.2f} "
              f"| {middle('whole_p50'):.2f} / {middle('whole_p99'):.2f} |")


if __name__ == "__main__":
    main()
