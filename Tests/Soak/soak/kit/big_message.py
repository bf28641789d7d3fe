"""Messages as large as they may be."""

import functools
import json

from ..wire import frame, post
from .wrong_doer import WrongDoer


@functools.cache
def big(way):
    """A create's text; written once, as it takes its time."""
    create = {"type": "response.create", "model": "plain", "store": False, "input": "hello"}
    if way == "text":
        create["input"] = "x" * (8 << 20)
    elif way == "calls":
        create["input"] = [
            {"type": "function_call", "call_id": f"c{i}", "name": "f", "arguments": "{}"} for i in range(20_000)
        ] + [{"type": "function_call_output", "call_id": f"c{i}", "output": "o"} for i in reversed(range(20_000))]
    elif way == "messages":
        create["input"] = [{"role": "user", "content": f"message {i}"} for i in range(20_000)]
    elif way == "reasoning":
        create["input"] = [
            {"type": "reasoning", "id": f"rs_{i}", "summary": [], "content": [{"type": "reasoning_text", "text": "hm"}]}
            for i in range(20_000)
        ] + [{"role": "user", "content": "well?"}]
    elif way == "instructions":
        create["instructions"] = "x" * (8 << 20)
    else:
        create["tools"] = [
            {"type": "function", "name": f"f{i}", "description": "d" * (1 << 20), "parameters": {"type": "object", "properties": {}}}
            for i in range(4)
        ]
    return json.dumps(create, separators=(",", ":")).encode()


WAYS = ("text", "calls", "messages", "reasoning", "instructions", "tools")


class BigMessage(WrongDoer):
    """8 MB of text, instructions or tools; 20,000 calls with outputs in reverse, 20,000 messages or reasonings. By socket or HTTP.

    Right: it takes its time, in slices: no other connection waits more than 50 ms. Its turn has its end.
    """

    kind = "big-message"
    ways = tuple(f"{way} by {over}" for way in WAYS for over in ("socket", "HTTP"))

    async def work(self):
        way, _, over = self.way.split()
        if over == "socket":
            async with await self.socket() as line:
                await line.send(frame(big(way)))
                kind, _ = await line.end_of_turn()
                return kind
        async with await self.connect() as line:
            await line.send(post(self.scene.port, big(way), self.scene.key, more="Connection: close\r\n"))
            head = (await line.answer(64 << 20))[:12]
            return head.decode(errors="replace")


class BigThenGone(WrongDoer):
    """As BigMessage, and gone before the answer.

    Right: the work stops, and what was read is given back.
    """

    kind = "big-then-gone"
    ways = WAYS

    async def work(self):
        async with await self.socket() as line:
            await line.send(frame(big(self.way)))
            line.reset()
        return "gone"
