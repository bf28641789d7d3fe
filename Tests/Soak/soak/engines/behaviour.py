"""What an engine's behaviour is made of."""

import asyncio
import json

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"


def chunk(data):
    return b"%x\r\n" % len(data) + data + b"\r\n"


def event(choice=None, **more):
    """One event of a stream, in an HTTP chunk of its own."""
    value = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
             "choices": [choice] if choice else [], **more}
    return chunk(b"data: " + json.dumps(value).encode() + b"\n\n")


def text(words):
    return event({"index": 0, "delta": {"content": words}, "finish_reason": None})


def call(index, name, arguments="{}", call_id=None):
    function = {"arguments": arguments, **({"name": name} if name is not None else {})}
    one = {"index": index, "id": call_id or f"call_{index}", "type": "function", "function": function}
    return event({"index": 0, "delta": {"tool_calls": [one]}, "finish_reason": None})


def end(reason="stop"):
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    return event({"index": 0, "delta": {}, "finish_reason": reason}) + event(usage=usage) + chunk(b"data: [DONE]\n\n") + LAST


class Wire:
    """The server's side of one answer: writes wait while it does not read."""

    def __init__(self, transport):
        self.transport, self.free, self.is_lost = transport, asyncio.Event(), False
        self.free.set()

    def pause(self):
        self.free.clear()

    def resume(self):
        self.free.set()

    def lost(self):
        self.is_lost = True
        self.free.set()

    async def write(self, data):
        if self.is_lost:
            raise ConnectionError("the server is gone")
        self.transport.write(data)
        await self.free.wait()
        # Others of this process have their turn, also when the server reads at once.
        await asyncio.sleep(0)

    def json(self, status, value):
        data = json.dumps(value).encode()
        self.transport.write(
            b"HTTP/1.1 %d Status\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(data)) + data)

    def close(self):
        self.transport.close()

    def abort(self):
        self.transport.abort()


class Behaviour:
    """One way to answer. `at_once` is a whole answer that never changes; otherwise `answer` writes it."""

    name = ""
    at_once = None

    async def answer(self, wire, head):
        raise NotImplementedError
