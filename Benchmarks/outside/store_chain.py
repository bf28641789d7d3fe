#!/usr/bin/env python3
"""What continuing a long chain costs: from memory, and after a restart, which reads it from the store.

    python store_chain.py HOTLINE [--turns 1000] [--bytes 1000] [--repeats 30]

Starts `HOTLINE serve` with the scripted engine and a file of its own, makes two chains, one of ten turns and one of --turns, and
continues the end of each, again and again: with its chain in memory, and as the first request after a restart, when the chain is
read. Prints the middle of --repeats (a tenth of that for restarts) in milliseconds as the client sees it, and the server's own time.
Only the standard library.
"""
import argparse, http.client, json, os, socket, statistics, subprocess, tempfile, time

ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
ap.add_argument("hotline"); ap.add_argument("--turns", type=int, default=1000); ap.add_argument("--bytes", type=int, default=1000)
ap.add_argument("--repeats", type=int, default=30)
a = ap.parse_args()
state = tempfile.TemporaryDirectory(prefix="hotline-state-", ignore_cleanup_errors=True)


class Server:
    def __enter__(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0)); port = s.getsockname()[1]
        self.process = subprocess.Popen([a.hotline, "serve", "--port", str(port), "--engine", "scripted"], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, env={**os.environ, "HOTLINE_STORE": "sqlite", "HOTLINE_STATE": state.name})
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close(); break
            except OSError:
                time.sleep(0.02)
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        return self

    def __exit__(self, *_):
        self.process.terminate(); self.process.wait()

    def turn(self, parent=None, store=True):
        body = {"model": "scripted", "store": store, "input": f"[[say:ok]] {os.urandom(8).hex()} {'x' * a.bytes}"}
        if parent:
            body["previous_response_id"] = parent
        self.connection.request("POST", "/v1/responses", json.dumps(body), {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        response = json.loads(answer.read())
        if answer.status != 200:
            raise SystemExit(f"{answer.status}: {response}")
        return response["id"]

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def timed(self, parent):
        start = time.perf_counter()
        # It leaves the chain as it is.
        self.turn(parent, store=False)
        return (time.perf_counter() - start) * 1000


ends = {}
with Server() as server:
    for length in (10, a.turns):
        parent = None
        for _ in range(length):
            parent = server.turn(parent)
        ends[length] = parent
    print("| chain | where it is | ms, middle | server's CPU, ms |\n|---|---|---|---|")
    for length, end in ends.items():
        server.timed(end)
        before = server.cpu()
        times = [server.timed(end) for _ in range(max(a.repeats, 200))]
        print(f"| {length} turns | in memory | {statistics.median(times):.2f} | {(server.cpu() - before) / len(times) * 1000:.2f} |")
for length, end in ends.items():
    times, cpus = [], []
    for _ in range(max(a.repeats // 10, 3)):
        with Server() as server:
            server.turn()
            before = server.cpu()
            times.append(server.timed(end)); cpus.append(server.cpu() - before)
    print(f"| {length} turns | read from the file | {statistics.median(times):.2f} | {statistics.median(cpus) * 1000:.0f} |")
