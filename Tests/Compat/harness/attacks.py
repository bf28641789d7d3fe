"""What attacks need beside right clients: crude sockets, crude engines, and what the server's process takes meanwhile."""

import json
import os
import socket
import struct
import threading
import time

from soak.wire import EVENT, TERMINAL, FrameReader, frame, handshake

from .processes import DEADLINE, wait_until

MB = 1 << 20


def limits(**values):
    """Flags that set limits: limits(process_memory="64MiB")."""
    return [part for name, value in values.items() for part in ("--limit", f"{name.replace('_', '-')}={value}")]


# MARK: The process

def rss(server):
    """Resident bytes."""
    with open(f"/proc/{server.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def rss_peak(server):
    """The most there ever was, by the kernel's own mark."""
    with open(f"/proc/{server.pid}/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))


def cpu(server):
    """Seconds of processor time of all threads, to the nanosecond."""
    total = 0
    for thread in os.listdir(f"/proc/{server.pid}/task"):
        try:
            with open(f"/proc/{server.pid}/task/{thread}/schedstat") as file:
                total += int(file.read().split()[0])
        except OSError:
            pass
    return total / 1e9


def descriptors(server):
    return len(os.listdir(f"/proc/{server.pid}/fd"))


# MARK: Clients

class CrudeSocket:
    """A TCP connection or WebSocket by hand, for large and wrong things: no masks to compute, no copies."""

    def __init__(self, port, key=None, path="/v1/responses", receive_buffer=None, upgrades=True, timeout=DEADLINE):
        self.tcp = socket.socket()
        if receive_buffer:
            self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.tcp.settimeout(timeout)
        self.tcp.connect(("127.0.0.1", port))
        self.tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.frames, self.waiting, self.status = FrameReader(), [], None
        if upgrades:
            self.send(handshake(port, key, path))
            head, rest = self.head()
            self.status = int(head.split()[1])
            if rest:
                self.waiting += self.frames.feed(rest)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tcp.close()

    def close(self):
        self.tcp.close()

    def reset(self):
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.tcp.close()

    def send(self, data):
        self.tcp.sendall(data)

    def send_some(self, data):
        """As `send`; False when the server is gone."""
        try:
            self.tcp.sendall(data)
            return True
        except OSError:
            return False

    def head(self):
        """The next head of HTTP, and what came with it."""
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self.tcp.recv(65536)
            if not piece:
                raise EOFError(f"closed, after {data!r}")
            data += piece
        head, _, rest = data.partition(b"\r\n\r\n")
        return head, rest

    def rest(self, most=64 * MB):
        """All up to the end of the connection, however it ends."""
        data = bytearray()
        try:
            while len(data) < most:
                piece = self.tcp.recv(65536)
                if not piece:
                    break
                data += piece
        except ConnectionError:
            pass
        return bytes(data)

    def create(self, input="hello", model="plain", store=False, **fields):
        self.send(frame(json.dumps({"type": "response.create", "model": model, "input": input, "store": store, **fields})))

    def receive(self, most=1 << 18):
        """The next (opcode, payload); pings are answered."""
        while True:
            while self.waiting:
                opcode, payload = self.waiting.pop(0)
                if opcode != 9:
                    return opcode, payload
                self.send(frame(payload, opcode=10))
            piece = self.tcp.recv(most)
            if not piece:
                raise EOFError("closed")
            self.waiting += self.frames.feed(piece)

    def end(self):
        """The last event of the turn that runs; others are not even parsed."""
        while True:
            opcode, payload = self.receive()
            if opcode == 8:
                raise EOFError(f"closed with {struct.unpack('>H', payload[:2])[0]} {payload[2:].decode()}")
            kind = EVENT.match(payload)
            if kind and (kind[1] in TERMINAL or kind[1] == b"error"):
                return json.loads(payload)

    def turn(self, input="hello", **fields):
        self.create(input, **fields)
        return self.end()

    def close_code(self):
        """The code of the server's close frame; 1006 when it just ends."""
        try:
            while True:
                opcode, payload = self.receive()
                if opcode == 8:
                    return struct.unpack(">H", payload[:2])[0]
        except (EOFError, ConnectionError):
            return 1006


def closes(sock, deadline=DEADLINE):
    """Whether the server ends this connection in time."""
    sock.tcp.settimeout(deadline)
    try:
        while sock.tcp.recv(65536):
            pass
        return True
    except ConnectionError:
        return True
    except TimeoutError:
        return False


class Others:
    """Right connections with a small turn after the other, while something large is going on."""

    def __init__(self, port, key=None, count=4, model="plain"):
        self.faults, self.waits, self.over = [], [], threading.Event()
        self.sockets = [CrudeSocket(port, key) for _ in range(count)]
        for one in self.sockets:
            one.turn(model=model)
        self.threads = [
            threading.Thread(target=self._work, args=(index, model), daemon=True) for index in range(count)
        ]

    def _work(self, index, model):
        try:
            while not self.over.is_set():
                began = time.monotonic()
                end = self.sockets[index].turn(model=model)
                self.waits.append((began, time.monotonic()))
                if end["type"] != "response.completed":
                    self.faults.append(end)
        except (OSError, EOFError) as error:
            self.faults.append(error)

    def longest_since(self, moment):
        """Seconds that the slowest turn took of those that ended after this moment."""
        return max((end - began for began, end in list(self.waits) if end > moment), default=0)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(DEADLINE)
        for one in self.sockets:
            one.close()


# MARK: Engines

class CrudeEngine:
    """A chat-completions engine whose answers `answer(socket, head, body)` writes; `models` counts the other requests."""

    def __init__(self, answer):
        self.answer, self.models, self.bodies = answer, 0, []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        try:
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
        except OSError:
            pass

    def _serve(self, connection):
        with connection, connection.makefile("rb") as lines:
            try:
                while head := self._head(lines):
                    length = next((int(l.split(b":")[1]) for l in head if l.lower().startswith(b"content-length:")), 0)
                    body = lines.read(length)
                    if b"/chat/completions" in head[0]:
                        self.bodies.append(body)
                        self.answer(connection, head, body)
                    else:
                        self.models += 1
                        listed = b'{"object":"list","data":[{"id":"plain","object":"model"}]}'
                        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                                           % (len(listed), listed))
            except OSError:
                pass

    @staticmethod
    def _head(lines):
        head = []
        while (line := lines.readline().rstrip(b"\r\n")):
            head.append(line)
        return head


# MARK: The server

def settled(server, seconds=10):
    """Waits until nothing runs any more."""
    from .connections import request

    def idle():
        health = request(server, "GET", "/health")[2]
        return health["generations"] == 0 and health["connections"] == 0

    wait_until(idle, "generations and connections back to zero", deadline=seconds)


def falls_below(server, bytes, what, seconds=10):
    """Waits until the process is that small again; answers how large it is, in MB."""
    end = time.monotonic() + seconds
    while rss(server) >= bytes and time.monotonic() < end:
        time.sleep(0.1)
    assert rss(server) < bytes, f"{what}: {rss(server) / 1e6:.0f} MB, not below {bytes / 1e6:.0f}"
    return rss(server) / 1e6
