"""A TCP proxy that counts what the client sends: connections, WebSocket messages and HTTP bodies, each with its size, or keeps it."""

import contextlib
import socket
import threading
from dataclasses import dataclass, field


@dataclass
class Counts:
    #: Bytes of every WebSocket data message, in order, over all connections.
    messages: list = field(default_factory=list)
    #: Bytes of every HTTP request body, in order.
    bodies: list = field(default_factory=list)
    #: Upgraded connections.
    sockets: int = 0
    #: Of a proxy that keeps what it sees: every HTTP request as (method, path, body), upgrades included.
    requests: list = field(default_factory=list)
    #: And every WebSocket message as (the socket's number, text), in order.
    texts: list = field(default_factory=list)


class CountingProxy:
    """Listens on a free loopback port and passes every byte on unchanged."""

    def __init__(self, target_port, keeps=False):
        self.target_port, self.keeps = target_port, keeps
        self.counts = Counts()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    def close(self):
        # Closing alone would leave the accepting thread waiting.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop_connections()

    def drop_connections(self):
        """Cuts every connection under way, as a broken network does."""
        with self._lock:
            for tcp in self._open:
                with contextlib.suppress(OSError):
                    tcp.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self.target_port))
        except OSError:
            client.close()
            return
        for tcp in (client, server):
            tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open |= {client, server}
        back = threading.Thread(target=self._pump, args=(server, client, None), daemon=True)
        back.start()
        self._pump(client, server, _Meter(self.counts, self.keeps))
        back.join()
        with self._lock:
            self._open -= {client, server}
        client.close()
        server.close()

    @staticmethod
    def _pump(source, target, meter):
        try:
            while data := source.recv(65536):
                if meter:
                    meter.feed(data)
                target.sendall(data)
        except OSError:
            pass
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


class _Meter:
    """Reads the client's bytes just far enough to know where requests, and after an upgrade frames, end."""

    def __init__(self, counts, keeps=False):
        self.counts, self.keeps = counts, keeps
        self.socket, self.text = 0, bytearray()
        self.buffer = bytearray()
        self.upgraded = False
        self.message = 0

    def feed(self, data):
        self.buffer += data
        while self._frame() if self.upgraded else self._request():
            pass

    def _request(self):
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self.buffer[:end]).lower()
        size = 0
        for line in head.split(b"\r\n"):
            if line.startswith(b"content-length:"):
                size = int(line[15:])
        if len(self.buffer) < end + 4 + size:
            return False
        if self.keeps:
            method, path, _ = bytes(self.buffer[:end]).split(b"\r\n")[0].decode().split(" ", 2)
            self.counts.requests.append((method, path, bytes(self.buffer[end + 4:end + 4 + size])))
        del self.buffer[:end + 4 + size]
        if b"upgrade: websocket" in head:
            self.upgraded = True
            self.counts.sockets += 1
            self.socket = self.counts.sockets
        elif size:
            self.counts.bodies.append(size)
        return True

    def _frame(self):
        if len(self.buffer) < 2:
            return False
        size, at = self.buffer[1] & 0x7F, 2
        if size >= 126:
            width = 2 if size == 126 else 8
            if len(self.buffer) < 2 + width:
                return False
            size, at = int.from_bytes(self.buffer[2:2 + width], "big"), 2 + width
        at += 4  # the mask
        if len(self.buffer) < at + size:
            return False
        opcode, final = self.buffer[0] & 15, self.buffer[0] & 0x80
        if self.keeps and opcode < 8:
            mask = self.buffer[at - 4:at]
            self.text += bytes(byte ^ mask[i & 3] for i, byte in enumerate(self.buffer[at:at + size]))
            if final:
                self.counts.texts.append((self.socket, self.text.decode()))
                self.text.clear()
        del self.buffer[:at + size]
        if opcode < 8:
            self.message += size
            if final:
                self.counts.messages.append(self.message)
                self.message = 0
        return True
