"""A right client: a WebSocket that answers pings, and keeps a book of its turns."""

import asyncio
import json
import re

from .book import RunningTurn, TurnEnd
from .wire import EVENT, LANE, NUMBER, TERMINAL, FrameReader, frame, handshake

RESPONSE_ID = re.compile(rb'"response":\{"id":"(resp_[^"]+)"')
CALL_ID = re.compile(rb'"call_id":"([^"]+)"')
CODE = re.compile(rb'"code":"([^"]+)"')


class LineLost(Exception):
    """The connection ended although nobody here ended it."""


class Line(asyncio.Protocol):
    """One connection. Lanes run side by side, one turn of a lane at a time."""

    def __init__(self, port, key, book):
        self.port, self.key, self.book = port, key, book
        self.running = {}
        self.head, self.reader = b"", None
        self.opened = asyncio.get_running_loop().create_future()
        self.closed = asyncio.get_running_loop().create_future()
        self.transport, self.leaving, self.why = None, False, "no close frame"

    @classmethod
    async def open(cls, port, key, book, seconds=30):
        _, line = await asyncio.get_running_loop().create_connection(lambda: cls(port, key, book), "127.0.0.1", port)
        await asyncio.wait_for(line.opened, seconds)
        return line

    # MARK: What happens

    def connection_made(self, transport):
        self.transport = transport
        transport.write(handshake(self.port, self.key))

    def data_received(self, data):
        if self.reader is None:
            self.head += data
            if b"\r\n\r\n" not in self.head:
                return
            head, _, data = self.head.partition(b"\r\n\r\n")
            if head.split()[1] != b"101":
                self.opened.set_exception(LineLost(head.split(b"\r\n")[0].decode()))
                self.opened.exception()  # Seen, also when nobody waits any longer.
                self.leave()
                return
            self.reader = FrameReader()
            self.opened.set_result(None)
            if not data:
                return
        for opcode, payload in self.reader.feed(data):
            if opcode == 1:
                self.received(payload)
            elif opcode == 9:
                self.transport.write(frame(payload, opcode=10))
            elif opcode == 8:
                self.why = "closed with %d %s" % (int.from_bytes(payload[:2], "big"), payload[2:].decode(errors="replace"))
                self.transport.close()

    def received(self, payload):
        kind = EVENT.match(payload)
        if not kind:
            self.book.fault(f"no event: {payload[:80]!r}")
            return
        kind = kind[1]
        lane = LANE.search(payload[:600])
        lane = lane[1].decode() if lane else None
        turn = self.running.get(lane)
        if turn is None:
            self.book.after_end += 1
            self.book.fault(f"{kind.decode()} although no turn runs on lane {lane}")
            return
        if kind == b"error":
            code = CODE.search(payload)
            self.ended(lane, turn, "error", code[1].decode() if code else "none")
            return
        number = NUMBER.search(payload)
        if number is None or int(number[1]) != turn.next:
            self.book.gaps += 1
            self.book.fault(f"{kind.decode()} has number {number and int(number[1])}, not {turn.next}")
        turn.next = int(number[1]) + 1 if number else turn.next + 1
        if kind == b"response.output_item.done":
            call = CALL_ID.search(payload)
            turn.call = call[1].decode() if call else None
        elif kind in TERMINAL:
            response = RESPONSE_ID.search(payload)
            turn.id = response[1].decode() if response else None
            code = CODE.search(payload) if kind == b"response.failed" else None
            self.ended(lane, turn, kind.decode(), code[1].decode() if code else None)

    def ended(self, lane, turn, kind, code):
        del self.running[lane]
        self.book.ends[kind] += 1
        if code:
            self.book.codes[code] += 1
        if not turn.future.done():
            turn.future.set_result(TurnEnd(kind, code, turn.id, turn.call))

    def connection_lost(self, error):
        for turn in self.running.values():
            if self.leaving:
                self.book.dropped += 1
            elif turn.next == 0 and self.why.startswith("closed with 1013"):
                # Its message was refused while it came: nothing of the turn was heard, and the close frame says why.
                self.book.ends["closed with 1013"] += 1
            else:
                self.book.lost += 1
                self.book.fault(f"a turn has no end: {error or self.why}")
            if not turn.future.done():
                turn.future.set_exception(LineLost(str(error or self.why)))
                turn.future.exception()
        self.running.clear()
        if not self.opened.done():
            self.opened.set_exception(LineLost(str(error or "closed in the handshake")))
            self.opened.exception()
        if not self.closed.done():
            self.closed.set_result(self.why if not self.leaving else None)

    # MARK: What is done

    def create(self, fields, lane=None):
        """Sends a turn; answers a future of its `TurnEnd`."""
        return self.create_text(json.dumps(fields)[1:], lane)

    def create_text(self, members, lane=None):
        """As `create`, from the members as text with the closing brace: large ones are written once."""
        if self.transport is None or self.transport.is_closing():
            raise LineLost(self.why)
        stream = f'"stream_id":"{lane}",' if lane else ""
        self.running[lane] = RunningTurn(asyncio.get_running_loop().create_future())
        self.book.asked += 1
        self.transport.write(frame('{"type":"response.create",' + stream + members))
        return self.running[lane].future

    def leave(self):
        self.leaving = True
        self.transport.close()

    def drop(self):
        """Goes like a killed process, in mid-turn or not."""
        self.leaving = True
        self.transport.abort()
