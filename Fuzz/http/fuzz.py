#!/usr/bin/env python3
"""Random requests of the whole HTTP surface against a running server, which was built with the address sanitizer.

    Fuzz/run http --seconds 600 [--seed N]      builds that server, and runs this
    Fuzz/run http --only N --seed SEED          one connection of a run again; a finding says its number

The server must live, /health must answer, every answer must be well-formed HTTP and no 500, and the log must not speak of the
sanitizer or of a fatal error. What a finding sent is kept in Fuzz/.build/http.
"""

import argparse
import asyncio
import collections
import contextlib
import os
import pathlib
import random
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from answers import Malformed, check  # noqa: E402
from mutate import KEY, conversation  # noqa: E402

FOLDER = pathlib.Path(__file__).resolve().parent.parent / ".build" / "http"
BAD_WORDS = ("AddressSanitizer", "Fatal error", "runtime error", "Crash:", "precondition")


class Server:
    def __init__(self, binary):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.log_path = FOLDER / "server.log"
        self.log_file = open(self.log_path, "wb")
        clean = {k: v for k, v in os.environ.items() if not k.startswith("HOTLINE_")}
        self.process = subprocess.Popen(
            [binary, "serve", "--host", "127.0.0.1", "--port", str(self.port), "--engine", "scripted", "--api-key", KEY,
             "--shutdown-grace", "2s", "--access-log", "--log-level", "debug"],
            stdin=subprocess.DEVNULL, stdout=self.log_file, stderr=self.log_file,
            env={**clean, "HOTLINE_STATE": str(FOLDER / "state"), "HOTLINE_STORE": "memory", "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=1", "SWIFT_BACKTRACE": "enable=no"})
        self.log_at = 0

    def bad_line(self):
        """A line of the log, since the last look, that must not be there."""
        with open(self.log_path, "rb") as file:
            file.seek(self.log_at)
            news = file.read()
        self.log_at += len(news)
        return next((line for line in news.decode(errors="replace").splitlines() if any(w in line for w in BAD_WORDS)), None)

    async def healthy(self, seconds=20):
        """Whether /health answers 200."""
        async def ask():
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
            return answer.startswith(b"HTTP/1.1 200")

        with contextlib.suppress(OSError, asyncio.TimeoutError, TimeoutError):
            return await asyncio.wait_for(ask(), seconds)
        return False


class Fuzzer:
    def __init__(self, wanted):
        self.wanted, self.server = wanted, Server(wanted.binary)
        self.number, self.findings, self.statuses, self.ways = wanted.start, 0, collections.Counter(), collections.Counter()
        self.recent = collections.deque(maxlen=2 * wanted.at_once)
        self.over = False

    def finding(self, words, number=None, sent=None):
        self.findings += 1
        print(f"FINDING  seed {self.wanted.seed}" + (f" number {number}" if number is not None else "") + f": {words}", flush=True)
        if sent is not None:
            path = FOLDER / f"finding-{self.wanted.seed}-{number}"
            path.write_bytes(sent)
            print(f"         sent: {path}", flush=True)
        if self.findings >= 20:
            self.over = True

    async def connection(self, number):
        """One connection from its beginning to its end; then its answers are judged."""
        dice = random.Random(f"{self.wanted.seed}/{number}")
        pieces, way = conversation(dice, self.server.port)
        self.recent.append(number)
        self.ways[way] += 1
        loop, sock = asyncio.get_running_loop(), socket.socket()
        sock.setblocking(False)
        data, ended = bytearray(), False

        async def read():
            nonlocal ended
            # Silence of so long is an answer too: the server waits for more.
            while True:
                piece = await asyncio.wait_for(loop.sock_recv(sock, 1 << 16), self.wanted.silence)
                if not piece:
                    ended = True
                    return
                data.extend(piece)

        try:
            await asyncio.wait_for(loop.sock_connect(sock, ("127.0.0.1", self.server.port)), 10)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reading = asyncio.create_task(read())
            for piece in pieces:
                with contextlib.suppress(ConnectionError):
                    await asyncio.wait_for(loop.sock_sendall(sock, piece), 10)
                if len(pieces) > 1:
                    await asyncio.sleep(0)
            if way == "half closes":
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_WR)
            elif way != "waits":
                await asyncio.sleep(dice.choice((0, 0.001, 0.05)))
                reading.cancel()
            # Cancelled, silent, reset or at its end: all are ways to end.
            await asyncio.wait([reading], timeout=30)
            reading.cancel()
            if reading.done() and not reading.cancelled():
                reading.exception()
            if way == "resets":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except (ConnectionError, asyncio.TimeoutError, TimeoutError) as error:
            if isinstance(error, (asyncio.TimeoutError, TimeoutError)) and not self.over:
                self.finding(f"the server takes nothing for 10 s: {error!r}", number, b"".join(pieces))
        finally:
            sock.close()
        if self.wanted.only is not None:
            print(b"".join(pieces)[:3000], way, bytes(data)[:3000], sep="\n")
        sent = b"".join(pieces)
        try:
            self.statuses.update(check(bytes(data), ended and way == "waits", sent))
        except Malformed as error:
            self.finding(str(error), number, sent)
        except (ValueError, RecursionError) as error:
            self.finding(f"an answer that cannot be read: {error!r}: {bytes(data[-300:])!r}", number, sent)

    async def worker(self):
        while not self.over:
            number, self.number = self.number, self.number + 1
            await self.connection(number)

    async def watch(self):
        """The process, its health and its log, every second."""
        while not self.over:
            await asyncio.sleep(1)
            if self.server.process.poll() is not None:
                self.finding(f"the server ended with {self.server.process.returncode}; the last connections: {list(self.recent)}")
                self.over = True
            elif not await self.server.healthy():
                self.finding(f"/health does not answer within 20 s; the last connections: {list(self.recent)}")
                self.over = self.server.process.poll() is not None
            elif line := self.server.bad_line():
                self.finding(f"in the log: {line[:300]}")

    async def run(self):
        for _ in range(300):
            if await self.server.healthy(1):
                break
            await asyncio.sleep(0.1)
        else:
            raise SystemExit(f"the server does not start; see {self.server.log_path}")
        if self.wanted.only is not None:
            await self.connection(self.wanted.only)
        else:
            tasks = [asyncio.create_task(self.worker()) for _ in range(self.wanted.at_once)]
            watch = asyncio.create_task(self.watch())
            end = time.monotonic() + self.wanted.seconds
            while time.monotonic() < end and not self.over:
                await asyncio.sleep(0.2)
            self.over = True
            for result in await asyncio.gather(*tasks, watch, return_exceptions=True):
                if isinstance(result, BaseException):
                    self.finding(f"the fuzzer itself failed: {result!r}")
        if self.server.process.poll() is None:
            if not await self.server.healthy():
                self.finding("/health does not answer at the end")
            self.server.process.send_signal(signal.SIGTERM)
            try:
                code = self.server.process.wait(30)
                if code != 0:
                    self.finding(f"exit code {code} at SIGTERM")
            except subprocess.TimeoutExpired:
                self.finding("still there 30 s after SIGTERM")
        if line := self.server.bad_line():
            self.finding(f"in the log: {line[:300]}")
        statuses = ", ".join(f"{code}: {count}" for code, count in sorted(self.statuses.items()))
        print(f"{self.number - self.wanted.start} connections, {sum(self.statuses.values())} answers ({statuses}); {self.findings} findings")
        return 1 if self.findings else 0


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--binary", required=True, help="the server's program")
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--seed", default=str(random.randrange(1 << 32)), help="as printed by a run; random by default")
    options.add_argument("--start", type=int, default=0, help="the number of the first connection")
    options.add_argument("--only", type=int, help="this connection only, shown")
    options.add_argument("--at-once", type=int, default=24, help="connections at one time")
    options.add_argument("--silence", type=float, default=1.5, help="seconds after which a silent server is believed to wait for more")
    wanted = options.parse_args()
    sys.setrecursionlimit(20_000)  # Deep nesting is among what is sent.
    print(f"seed {wanted.seed}", flush=True)
    fuzzer = Fuzzer(wanted)
    try:
        sys.exit(asyncio.run(fuzzer.run()))
    finally:
        if fuzzer.server.process.poll() is None:
            fuzzer.server.process.kill()


if __name__ == "__main__":
    main()
