"""Real agents on chat completions and Messages by way of LiteLLM: aider edits a file, mini-swe-agent and OpenHands run commands."""

import json

import pytest

from harness.agents import Place

pytestmark = [pytest.mark.agents, pytest.mark.timeout(300)]

ROUNDS = 3
PATHS = {"chat": "/v1/chat/completions", "Messages": "/v1/messages"}


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def asked(proxy, wire):
    """Bodies of turns; nothing was asked for by another wire."""
    posted = [(path.split("?")[0], json.loads(body)) for method, path, body in proxy.counts.requests if method == "POST"]
    found = {name: [body for place, body in posted if place == path] for name, path in PATHS.items()}
    assert not any(bodies for name, bodies in found.items() if name != wire)
    return found[wire]


@pytest.mark.parametrize("wire", ["chat", "Messages"])
def test_aider(agents, place, keeping, server, wire):
    """It has no tools: a file is edited by the text of the answer."""
    proxy = keeping(server)
    (place.work / "a.txt").write_text("old\n")
    answer = "a.txt\n```\nnew words\n```\n"
    url = proxy.base_url if wire == "chat" else proxy.base_url.removesuffix("/v1")
    name = {"chat": "openai/scripted", "Messages": "anthropic/scripted"}[wire]
    kind = {"chat": "OPENAI", "Messages": "ANTHROPIC"}[wire]
    done = place.run(
        agents.aider, "--model", name, "--no-git", "--yes-always", "--no-show-model-warnings", "--no-check-update", "--analytics-disable",
        "--edit-format", "whole", "--message", f"[[say:{answer}]]", "a.txt",
        **{f"{kind}_API_BASE": url, f"{kind}_BASE_URL": url, f"{kind}_API_KEY": "none", "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    )
    assert (place.work / "a.txt").read_text() == "new words\n", done.stdout
    assert len(asked(proxy, wire)) == 1


@pytest.mark.parametrize("wire", ["chat", "Messages"])
def test_mini_swe_agent(agents, place, keeping, server, wire):
    """Not streamed; the run ends by the output of a command."""
    proxy = keeping(server)
    base = proxy.base_url if wire == "chat" else proxy.base_url.removesuffix("/v1")
    name = {"chat": "openai/scripted", "Messages": "anthropic/scripted"}[wire]
    script = "test {i} = 2 && echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT; echo step-{i}"
    call = json.dumps({"command": script})
    done = place.run(
        agents.mini, "-m", name, "-t", f"[[tools:{ROUNDS} bash {call}]] go", "-y", "--exit-immediately", "-o", place.work / "run.json",
        "-c", "mini.yaml", "-c", f"model.model_kwargs.api_base={base}", "-c", "model.cost_tracking=ignore_errors",
        OPENAI_API_KEY="none", ANTHROPIC_API_KEY="none", MSWEA_CONFIGURED="true", MSWEA_COST_TRACKING="ignore_errors",
        MSWEA_SILENT_STARTUP="1", LITELLM_LOCAL_MODEL_COST_MAP="True",
    )
    bodies = asked(proxy, wire)
    assert len(bodies) == ROUNDS, done.stdout
    assert "step-1" in json.dumps(bodies[-1]["messages"])


@pytest.mark.parametrize("wire", ["chat", "Messages"])
@pytest.mark.parametrize("calls", ["tools", "parallel"])
def test_openhands(agents, place, keeping, server, wire, calls):
    """Not streamed; calls side by side come back as a turn in pieces."""
    proxy = keeping(server)
    base = proxy.base_url if wire == "chat" else proxy.base_url.removesuffix("/v1")
    name = {"chat": "openai/scripted", "Messages": "anthropic/scripted"}[wire]
    call = json.dumps({"command": "echo step-{i}", "security_risk": "LOW", "summary": "a step"})
    done = place.run(
        agents.openhands, "--headless", "--json", "--override-with-envs", "-t", f"[[{calls}:{ROUNDS} terminal {call}]] go",
        LLM_MODEL=name, LLM_BASE_URL=base, LLM_API_KEY="none", LITELLM_LOCAL_MODEL_COST_MAP="True", OPENHANDS_SUPPRESS_BANNER="1",
    )
    bodies = asked(proxy, wire)
    assert len(bodies) == (ROUNDS + 1 if calls == "tools" else 2), done.stdout
    assert [f"step-{i}" in json.dumps(bodies[-1]["messages"]) for i in range(ROUNDS)] == [True] * ROUNDS
    assert "Agent finished" in done.stdout
