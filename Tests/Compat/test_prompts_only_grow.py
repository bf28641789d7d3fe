"""Agents resend everything, changed in their own ways: the engine's prompt only grows all the same, and is the same on every wire."""

import pytest

from harness.agent_sessions import ClaudeCode
from harness.recording_engine import RecordingEngine, assert_only_grows

#: As models write: blanks where others write none, order of their own, escapes, thinking before a call, text before a call.
SCRIPT = [
    {"reasoning": "First I look around.", "calls": [("Bash", '{"command": "ls -la",  "description":"List"}')]},
    {"text": "Two at once.", "calls": [("Bash", '{ "description": "a", "command": "caf\\u00e9 \\/ 1.0" }'), ("Read", '{"limit":10,"file_path":"a.txt"}')]},
    {"calls": [("Edit", '{"file_path": "a.txt", "old_string": "x\\ty", "new_string": ""}')]},
    {"reasoning": "Three.", "text": "  So:\n", "calls": [("Read", "{}"), ("Read", '{"file_path":"b"}'), ("Bash", '{"command":"true", "timeout": 1e3}')]},
    {"reasoning": "Enough.", "text": "Done.\n"},
    {"calls": [("Bash", '{"command":"git  diff"}')]},
    {"text": "Both done."},
]


@pytest.fixture
def recorded(start_with):
    """A server in front of an engine that records."""
    with RecordingEngine(SCRIPT) as engine:
        yield start_with("--engine", engine.url, "--model", "model=model"), engine


@pytest.mark.parametrize("kind", [ClaudeCode])
def test_prompts_only_grow(recorded, kind):
    server, engine = recorded
    agent = kind(server.port, results=lambda name, arguments: f"output of {name} with {arguments}")
    agent.say("[[go]] on")
    agent.say("and now?")
    assert len(engine.bodies) == len(SCRIPT)
    assert_only_grows(engine.prompts)


def test_conversations_share_their_head(recorded):
    """The billing block differs in every conversation, and is no part of the prompt."""
    server, engine = recorded
    for text in ("one thing", "another thing"):
        ClaudeCode(server.port).say(text, turns=1)
    (first_tools, first), (second_tools, second) = engine.prompts
    assert first_tools == second_tools
    same = next(i for i in range(len(first)) if first[i] != second[i])
    assert b"billing" not in first and first[same:].startswith(b"one"), first[same - 100:same + 100]
