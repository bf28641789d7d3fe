#!/usr/bin/env python3
"""What a turn costs that comes with its whole history, by the history's length.

    python3 history_cost.py [--lengths 10,100,1000] [--turns 40] [--kilobytes 1] [--binary hotline]

A conversation over chat completions and over Messages, to which each turn adds an answer and so many kilobytes of a user's. Printed is the
server's processor time of a turn behind so many others, with `--prefix-memory` and without, and the bytes of a request. The engine costs nothing, but is sent the whole prompt.
Pinned as in compare.py. Linux with two cores or more, a C compiler and Python 3.11 or newer.
"""
import argparse
import contextlib
import http.client
import json
import pathlib
import subprocess
import tempfile

from compare import HERE, PROJECT, Pinned, free_port


def chat(event):
    return "".join(choice["delta"].get("content") or "" for choice in event["choices"])


def messages(event):
    return event["delta"].get("text", "") if event["type"] == "content_block_delta" else ""


# Of each wire its path, and what an event says.
WIRES = {"chat completions": ("/v1/chat/completions", chat), "Messages": ("/v1/messages", messages)}


def measure(server, port, path, said, length, turns, size):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    history = [{"role": "user", "content": "begin"}]

    def turn(number):
        body = json.dumps({"model": "tiny", "max_tokens": 100, "stream": True, "messages": history})
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read().decode()
        assert answer.status == 200, text[:300]
        events = (json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {"))
        history.append({"role": "assistant", "content": "".join(map(said, events))})
        history.append({"role": "user", "content": f"{number} " + "x" * size})
        return len(body)

    for number in range(length):
        turn(number)
    cpu = server.cpu_seconds()
    for number in range(length, length + turns):
        size_sent = turn(number)
    return (server.cpu_seconds() - cpu) / turns * 1e6, size_sent


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--lengths", default="10,100,300")
    ap.add_argument("--turns", type=int, default=40)
    ap.add_argument("--kilobytes", type=int, default=1)
    ap.add_argument("--binary", type=pathlib.Path, default=PROJECT / ".build" / "release" / "hotline")
    a = ap.parse_args()
    print("| wire | turns before | bytes of a request | CPU of a turn, known, µs | not known, µs |\n| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        upstream_binary = pathlib.Path(folder) / "fake_upstream"
        subprocess.run(["cc", "-D_GNU_SOURCE", "-O2", "-o", upstream_binary, HERE / "fake_upstream.c"], check=True)
        upstream_port = free_port()
        stack.enter_context(Pinned(1, upstream_binary, upstream_port)).wait_answering(upstream_port, "/health")
        servers = []
        for memory in ("10m", "off"):
            port = free_port()
            server = stack.enter_context(Pinned(
                0, a.binary, "serve", "--host", "127.0.0.1", "--port", port, "--store", "memory", "--prefix-memory", memory,
                "--engine", f"http://127.0.0.1:{upstream_port}/v1", "--model", "tiny=tiny", "--log-level", "error"))
            server.wait_answering(port, "/v1/responses", {"model": "tiny", "input": "hello"})
            servers.append((server, port))
        for name, (path, said) in WIRES.items():
            for length in map(int, a.lengths.split(",")):
                (known, size), (unknown, _) = (
                    measure(server, port, path, said, length, a.turns, 1024 * a.kilobytes) for server, port in servers)
                print(f"| {name} | {length} | {size:,} | {known:,.0f} | {unknown:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
