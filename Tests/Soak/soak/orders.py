"""How a process of the load hears from its driver: one word a line."""

import asyncio
import json
import sys


def say(value):
    print(json.dumps(value), flush=True)


async def heard():
    """The next word; empty when the driver is gone."""
    return (await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)).strip()


def settings():
    return json.loads(sys.argv[1])
