"""Wrong: a compressed answer that nobody asked for, small on the wire and large unpacked."""

import zlib

from .behaviour import Behaviour


class Zipped(Behaviour):
    """100 MB of zeros in 100 kB. Right: the turn fails; nothing is unpacked without a limit."""

    name = "zipped"
    body = None

    async def answer(self, wire, head):
        if Zipped.body is None:
            pack = zlib.compressobj(9, wbits=31)
            Zipped.body = pack.compress(bytes(100_000_000)) + pack.flush()
        await wire.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
            % len(Zipped.body) + Zipped.body)
