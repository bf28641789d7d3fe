"""Turns as fast as they go."""

from ..wire import EVENT, TERMINAL, frame
from .wrong_doer import WrongDoer


class Flood(WrongDoer):
    """300 turns at once on one lane, on 16 lanes, or on 40 names; or of 400 kB each, so that the bytes that wait are the limit.

    Right: some run, some wait, the rest is refused with an error; each gets one end, and the line stays.
    """

    kind = "flood"
    ways = ("one lane", "lanes", "names", "large")

    async def work(self):
        lanes = {"one lane": 1, "lanes": 16, "names": 40, "large": 4}[self.way]
        size, turns = (400_000, 200) if self.way == "large" else (5, 300)
        text = "x" * size
        async with await self.socket() as line:
            if self.way == "large":
                for i in range(turns):
                    await line.send(self.create(input=text, stream_id=f"l{i % lanes}"))
            else:
                await line.send(b"".join(self.create(input=text, stream_id=f"l{i % lanes}") for i in range(turns)))
            ends = 0
            while ends < turns:
                opcode, payload = await line.next_frame()
                if opcode == 8:
                    return "closed with %d" % int.from_bytes(payload[:2], "big")
                kind = EVENT.match(payload)
                ends += bool(kind and (kind[1] in TERMINAL or kind[1] == b"error"))
        return "each turn had its end"


class FrameFlood(WrongDoer):
    """Pings without reading the pongs, and empty fragments without an end.

    Right: what is answered is bounded, and the connection ends at the limit of fragments.
    """

    kind = "frame-flood"
    ways = ("pings", "fragments")

    async def work(self):
        async with await self.socket(receive_buffer=4096) as line:
            if self.way == "pings":
                pings = frame(b"x" * 100, opcode=9) * 500
                for _ in range(200):
                    await line.send(pings)
                return "100,000 were sent"
            await line.send(frame(b"", final=False))
            empty = frame(b"", opcode=0, final=False) * 1000
            for _ in range(100):
                await line.send(empty)
            return "100,000 were sent"
