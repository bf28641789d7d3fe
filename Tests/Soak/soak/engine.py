"""A chat-completions engine in its own process, right or wrong as the model's name says:  python3 -m soak.engine '["plain"]'

Its setting are the models it has, each a behaviour of `engines/`. It prints {"port": …} and serves until it is ended; a line of standard
input is answered with how late its loop was.
"""

import asyncio
import json
import re
import sys

from .engines import BEHAVIOURS
from .engines.behaviour import Wire
from .figures import summary, watch_lag
from .orders import settings

MODEL = re.compile(rb'"model":"([a-z-]+)"')
LENGTH = re.compile(rb"(?im)^content-length:\s*(\d+)")


class EngineConnection(asyncio.Protocol):
    """One connection of the server: requests are read whole, one is answered after the other."""

    open = set()
    models = []

    def __init__(self):
        self.parts, self.have, self.need = [], 0, 1
        self.transport, self.wire, self.task = None, None, None

    def connection_made(self, transport):
        self.transport = transport
        transport.set_write_buffer_limits(high=256 << 10)
        self.wire = Wire(transport)
        EngineConnection.open.add(self)

    def connection_lost(self, error):
        EngineConnection.open.discard(self)
        self.wire.lost()
        if self.task:
            self.task.cancel()

    def pause_writing(self):
        self.wire.pause()

    def resume_writing(self):
        self.wire.resume()

    def data_received(self, data):
        self.parts.append(data)
        self.have += len(data)
        if self.have < self.need:
            return
        buffer = b"".join(self.parts)
        at = buffer.find(b"\r\n\r\n")
        if at < 0:
            self.parts = [buffer]
            return
        length = LENGTH.search(buffer, 0, at)
        self.need = at + 4 + (int(length[1]) if length else 0)
        if len(buffer) < self.need:
            self.parts = [buffer]
            return
        self.parts, self.have, self.need = [buffer[self.need:]], len(buffer) - self.need, 1
        self.request(buffer[:at], buffer, at + 4)

    def request(self, head, buffer, body_at):
        first = head.split(b"\r\n", 1)[0]
        if b"/chat/completions" not in first:
            models = [{"id": name, "object": "model", "created": 1, "owned_by": "soak"}
                      for name in EngineConnection.models]
            self.wire.json(200, {"object": "list", "data": models})
            return
        model = MODEL.search(buffer, body_at, body_at + 400) or MODEL.search(buffer, body_at)
        behaviour = BEHAVIOURS.get(model[1].decode() if model else "", BEHAVIOURS["plain"])
        if behaviour.at_once is not None:
            self.transport.write(behaviour.at_once)
        else:
            self.task = asyncio.get_running_loop().create_task(self.work(behaviour, head))

    async def work(self, behaviour, head):
        try:
            await behaviour().answer(self.wire, head)
        except ConnectionError:
            pass


async def main():
    EngineConnection.models = settings()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(EngineConnection, "127.0.0.1", 0, backlog=2048)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    lag = []
    watch = loop.create_task(watch_lag(lag))
    # The end of standard input is the end of who started us.
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps({"lag": summary(lag)}), flush=True)
    watch.cancel()


if __name__ == "__main__":
    asyncio.run(main())
