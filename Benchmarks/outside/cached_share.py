#!/usr/bin/env python3
"""What of agents' prompts comes from the engine's cache: their sessions, as recorded, through hotline to a real llama.cpp.

    Tests/Compat/.venv/bin/python Benchmarks/outside/cached_share.py [--turns 10] [--scale 1.0] [--only aider,openhands]
                                                                     [--prefix-memory off]

Each agent of Tests/Compat/harness/agent_sessions.py runs a session of that many requests, with heads and tools of the recorded
lengths, and gives back our answers as that agent does. The engine is llama.cpp with the tiny random model of Tests/Compat, one
slot, one thread; it calls tools because it is made to, and what it writes is noise of up to 200 tokens a turn. Counted is what the
engine says: `cached_tokens` from the second turn on. A full head is 20,000 tokens, and read in minutes on one core; --scale 0.3
shortens all prose. HOTLINE_BINARY names the program, else the release build. scripts/test makes the venv and the model.
"""
import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Compat"))

from harness.agent_sessions import AGENTS, AiderWithoutMap, MessagesAgent  # noqa: E402
from harness.processes import llama, serving  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", default="", help="names, with commas between")
    parser.add_argument("--prefix-memory", default="10m")
    options = parser.parse_args()
    only = set(filter(None, options.only.split(",")))
    print("| agent | wire | turns | prompt tokens, first and last | from the cache, from turn 2 on |\n| --- | --- | --- | --- | --- |", flush=True)
    for kind in [*AGENTS, AiderWithoutMap]:
        if only and kind.name not in only:
            continue
        with llama("--parallel", "1") as engine, serving(
            "--engine", engine.url, "--model", "model=tiny", "--prefix-memory", options.prefix_memory
        ) as server:
            agent = kind(server.port, scale=options.scale, bounded=True)
            agent.force(options.turns)
        read, cached = (sum(column) for column in zip(*agent.usage[1:]))
        wire = "Messages" if issubclass(kind, MessagesAgent) else "chat completions"
        print(
            f"| {kind.label} | {wire} | {len(agent.usage)} | {agent.usage[0][0]:,}, {agent.usage[-1][0]:,} | {cached / read:.1%} |", flush=True
        )


if __name__ == "__main__":
    main()
