"""Real agents beside Codex that speak the Responses API, each with exactly what `hotline connect` prints."""

import json

import pytest

from harness.agents import Place

pytestmark = [pytest.mark.agents, pytest.mark.timeout(300)]

ROUNDS = 3


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def responses(proxy):
    """What was asked for over HTTP, and over sockets."""
    posted = [json.loads(body) for method, path, body in proxy.counts.requests if (method, path) == ("POST", "/v1/responses")]
    return posted + [json.loads(text) for _, text in proxy.counts.texts]


def check_loop(proxy, said):
    asked = responses(proxy)
    assert len(asked) >= ROUNDS + 1, "a turn for each call, and the answer"
    assert all(each["model"] == "scripted" for each in asked)
    outputs = [item for item in asked[-1]["input"] if item.get("type") == "function_call_output"]
    assert [f"step-{i}" in json.dumps(item) for i, item in enumerate(outputs)] == [True] * ROUNDS, outputs
    assert f"Done: {ROUNDS} tool calls" in said, said
    assert not [path for method, path, _ in proxy.counts.requests if "completions" in path or "messages" in path]


def test_copilot(agents, place, keeping, server):
    proxy = keeping(server)
    file = place.connect("copilot", proxy.base_url, place.home / "copilot.env")
    prompt = f'[[tools:{ROUNDS} bash {{"command":"echo step-{{i}}","description":"a step"}}]] go'
    done = place.run(
        "sh", "-c", '. "$1" && exec "$2" -p "$3" --allow-all-tools --no-color', "sh", file, agents.copilot, prompt)
    check_loop(proxy, done.stdout)
    assert (place.home / ".local" / "share" / "hotline" / "copilot").is_dir() and not (place.home / ".copilot").exists()


def test_vibe(agents, place, keeping, server):
    proxy = keeping(server)
    home = place.home / "vibe"
    home.mkdir()
    place.connect("vibe", proxy.base_url, home / "config.toml")
    prompt = f'[[tools:{ROUNDS} bash {{"command":"echo step-{{i}}"}}]] go'
    done = place.run(agents.vibe, "-p", prompt, "--output", "json", "--auto-approve", VIBE_HOME=str(home), HOTLINE_API_KEY="none")
    check_loop(proxy, done.stdout)
