"""Latencies in a few numbers, and how late a loop of ours is itself."""

import asyncio
import time


def summary(seconds):
    """Milliseconds: the median, the 99th of a hundred, the largest."""
    if not seconds:
        return {"count": 0, "p50": 0.0, "p99": 0.0, "max": 0.0}
    ordered = sorted(seconds)
    at = lambda share: round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 2)
    return {"count": len(ordered), "p50": at(0.5), "p99": at(0.99), "max": at(1)}


async def watch_lag(into, every=0.02):
    """Collects by how much this process's own loop is late: latencies measured here are no better than that."""
    while True:
        began = time.monotonic()
        await asyncio.sleep(every)
        into.append(time.monotonic() - began - every)
