"""Agents' sessions on a real llama.cpp: from the second turn on nearly all of a prompt comes from the engine's cache."""

import contextlib
import re

import pytest

from harness.agent_sessions import NOISE_MAX, Aider, ClaudeCode, MistralVibe, OpenHands
from harness.connections import EventSocket
from harness.counting_proxy import CountingProxy
from harness.processes import llama, serving
from harness.recording_engine import member
from test_prompts_only_grow import PlainChat, PlainMessages, RESULTS, chained

#: Of the recorded lengths: the ratio of the head to what a turn adds is what counts, and a whole head takes minutes here.
SCALE = 0.3


@pytest.fixture(scope="module")
def one_slot():
    with llama("--parallel", "1") as engine, serving("--engine", engine.url, "--model", "model=tiny") as server:
        yield server


#: Half a minute each, and like Claude Code's: with the real agents.
LONG = [pytest.param(kind, marks=pytest.mark.agents) for kind in (MistralVibe, OpenHands)]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", [ClaudeCode, Aider, *LONG], ids=lambda kind: kind.name)
def test_cached_share(one_slot, kind):
    # The head of Claude Code is the longest by far.
    agent = kind(one_slot.port, scale=SCALE / 2 if kind is ClaudeCode else SCALE, bounded=True)
    agent.force(5)
    read, cached = (sum(column) for column in zip(*agent.usage[1:]))
    print(f"{kind.name}: {cached} of {read} tokens from the cache, {cached / read:.1%}; {agent.usage}")
    assert cached >= 0.95 * read, agent.usage


def by_socket(server, turns):
    with EventSocket(server.socket_url) as socket:
        chained(
            lambda **fields: socket.turn(model="model", deadline=200, **fields).response, texts=["go"], turns=turns, store=False,
            reasoning={"effort": "high"}, tool_choice="required", parallel_tool_calls=False, max_output_tokens=NOISE_MAX,
        )


def resending(kind, **extra):
    def run(server, turns):
        agent = kind(server.port, results=lambda name, _: RESULTS.format(name))
        agent.extra = {**agent.forced(), **extra}
        agent.say("go", turns)

    return run


def without_ids(messages):
    """llama.cpp makes up ids of calls, which its template leaves out of the prompt: by their order instead."""
    ids = dict.fromkeys(re.findall(rb'"tool_calls":\[{"id":"(\w+)"', messages))
    for number, name in enumerate(ids):
        messages = messages.replace(name, b"call %d" % number)
    return messages


@pytest.mark.timeout(900)
def test_the_same_loop_on_every_wire():
    """A model with a fixed seed answers equal prompts equally: byte for byte the same prompts on all wires, with what it wrote."""
    prompts = {}
    ways = {"socket": by_socket, "chat": resending(PlainChat, reasoning_effort="high"), "Messages": resending(PlainMessages)}
    for name, run in ways.items():
        with llama("--parallel", "1", "--seed", "11") as engine, contextlib.closing(CountingProxy(engine.port, keeps=True)) as proxy:
            with serving("--engine", proxy.base_url, "--model", "model=tiny") as server:
                run(server, 3)
            bodies = [body for _, path, body in proxy.counts.requests if path.endswith("/chat/completions")]
            prompts[name] = [(member(body, "tools"), without_ids(member(body, "messages"))) for body in bodies]
    first = prompts["socket"]
    assert len(first) == 3 and first[2][1].count(b'"tool_calls"') == 2
    for name, others in prompts.items():
        for turn, (one, other) in enumerate(zip(first, others, strict=True), 1):
            assert one == other, f"{name}, turn {turn}:\n{one[1]}\n{other[1]}"
