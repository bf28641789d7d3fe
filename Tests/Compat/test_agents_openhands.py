"""OpenHands, the real program: calls of one turn that its own check refuses come back as turns of their own."""

import json

import pytest

from harness.agents import Place
from harness.recording_engine import RecordingEngine, assert_only_grows

pytestmark = [pytest.mark.agents, pytest.mark.timeout(300)]

CHAT = "/v1/chat/completions"


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def call(command, risk=True):
    """Arguments of its terminal tool, which refuses calls that do not say how risky they are."""
    return json.dumps({"command": command, **({"security_risk": "LOW", "summary": "a step"} if risk else {})})


def run(place, agents, prompt, **env):
    """The events it prints, one JSON object each."""
    done = place.run(
        agents.openhands, "--headless", "--json", "--override-with-envs", "-t", prompt,
        LITELLM_LOCAL_MODEL_COST_MAP="True", OPENHANDS_SUPPRESS_BANNER="1", LLM_API_KEY="none", **env,
    )
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"id"')]


def asked(proxy, path):
    """Bodies of turns; nothing was asked for by another wire."""
    posted = [(place.split("?")[0], json.loads(body)) for method, place, body in proxy.counts.requests if method == "POST"]
    assert posted and {place for place, _ in posted} == {path}
    return [body for _, body in posted]


def outputs(events):
    return [
        event["observation"]["content"][0]["text"] for event in events
        if event["kind"] == "ObservationEvent" and event["tool_name"] == "terminal"
    ]


@pytest.mark.parametrize("risk", [True, False], ids=["run", "refused by its own check"])
def test_turn_in_pieces(agents, place, keeping, start_with, risk):
    """Two calls of one turn come back, and calls it refuses itself come back as two turns: the engine's prompt only grows."""
    script = [
        {"text": "Two at once.", "calls": [("terminal", call("echo one", risk)), ("terminal", call("echo  two", risk))]},
        {"calls": [("terminal", call("echo three"))]},
        {"text": "Done."},
    ]
    with RecordingEngine(script) as engine:
        server = start_with("--engine", engine.url, "--model", "model=model")
        proxy = keeping(server)
        events = run(place, agents, "go", LLM_MODEL="openai/model", LLM_BASE_URL=proxy.base_url)
        assert outputs(events) == (["one", "two", "three"] if risk else ["three"])
        assert len(engine.bodies) == len(script)
        assert_only_grows(engine.prompts, script)
    last = asked(proxy, CHAT)[-1]["messages"]
    calls = [len(message["tool_calls"]) for message in last if message.get("tool_calls")]
    assert calls == ([2, 1] if risk else [1, 1, 1])
