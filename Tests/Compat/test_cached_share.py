"""Agents' sessions on a real llama.cpp: from the second turn on nearly all of a prompt comes from the engine's cache."""

import pytest

from harness.agent_sessions import Aider, ClaudeCode, MistralVibe, OpenHands
from harness.processes import llama, serving

#: Of the recorded lengths: the ratio of the head to what a turn adds is what counts, and a whole head takes minutes here.
SCALE = 0.35


@pytest.fixture(scope="module")
def one_slot():
    with llama("--parallel", "1") as engine, serving("--engine", engine.url, "--model", "model=tiny") as server:
        yield server


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", [ClaudeCode, MistralVibe, OpenHands, Aider], ids=lambda kind: kind.name)
def test_cached_share(one_slot, kind):
    agent = kind(one_slot.port, scale=SCALE, bounded=True)
    agent.force(5)
    read, cached = (sum(column) for column in zip(*agent.usage[1:]))
    print(f"{kind.name}: {cached} of {read} tokens from the cache, {cached / read:.1%}; {agent.usage}")
    assert cached >= 0.95 * read, agent.usage
