"""Wrong: bytes without a meaning where events should be."""

import random

from .behaviour import STREAM, Behaviour, chunk


class Garbage(Behaviour):
    """Broken JSON, wrong types, bad UTF-8, deep nesting, or no HTTP at all. Right: the turn fails with a sentence."""

    name = "garbage"
    dice = random.Random(7)
    kinds = (
        b"data: {\"choices\":[{\"delta\":{\"content\":\"a\n\n",
        b"data: {\"choices\":{\"delta\":1}}\n\n",
        b"data: {\"choices\":[{\"index\":-9999999999999999999999,\"delta\":{\"content\":7}}]}\n\n",
        b"data: \xff\xfe\xc0\x80\n\n",
        b"data: " + b"[" * 100_000 + b"\n\n",
        b"data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":1e99}]}}]}\n\n",
    )

    async def answer(self, wire, head):
        way = self.dice.randrange(len(self.kinds) + 2)
        if way == len(self.kinds):
            await wire.write(self.dice.randbytes(4000))
        elif way > len(self.kinds):
            await wire.write(STREAM + b"zz\r\n" + self.dice.randbytes(400))
        else:
            await wire.write(STREAM + chunk(self.kinds[way]) + b"0\r\n\r\n")
        wire.close()
