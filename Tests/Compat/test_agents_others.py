"""Real agents beside Codex and Claude Code, each with exactly what `hotline connect` prints, over each protocol that it speaks."""

import json

import pytest

from harness.agents import Place

pytestmark = [pytest.mark.agents, pytest.mark.timeout(300)]

ROUNDS = 3

PATHS = {"": "/v1/responses", "-chat": "/v1/chat/completions", "-messages": "/v1/messages"}


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def outputs(asked):
    """What tools gave, in a request of any protocol."""
    if "input" in asked:
        return [item for item in asked["input"] if item.get("type") == "function_call_output"]
    contents = [message.get("content") for message in asked["messages"]]
    blocks = [block for content in contents if isinstance(content, list) for block in content]
    return [message for message in asked["messages"] if message["role"] == "tool"] + [
        block for block in blocks if block.get("type") == "tool_result"]


def check_loop(proxy, kind, said):
    posted = [(path.partition("?")[0], json.loads(body)) for method, path, body in proxy.counts.requests if method == "POST"]
    asked = [body for path, body in posted if path == PATHS[kind]] + [json.loads(text) for _, text in proxy.counts.texts]
    assert len(asked) >= ROUNDS + 1, "a turn for each call, and the answer"
    assert all(each["model"] == "scripted" for each in asked)
    given = outputs(asked[-1])
    assert [f"step-{i}" in json.dumps(item) for i, item in enumerate(given)] == [True] * ROUNDS, given
    assert f"Done: {ROUNDS} tool calls" in said, said
    others = set(PATHS.values()) - {PATHS[kind]}
    assert not [path for path, _ in posted if path in others], "one protocol"


@pytest.mark.parametrize("kind", PATHS)
def test_copilot(agents, place, keeping, server, kind):
    proxy = keeping(server)
    file = place.connect(f"copilot{kind}", proxy.base_url, place.home / "copilot.env")
    prompt = f'[[tools:{ROUNDS} bash {{"command":"echo step-{{i}}","description":"a step"}}]] go'
    done = place.run(
        "sh", "-c", '. "$1" && exec "$2" -p "$3" --allow-all-tools --no-color', "sh", file, agents.copilot, prompt)
    check_loop(proxy, kind, done.stdout)
    assert (place.home / ".local" / "share" / "hotline" / "copilot").is_dir() and not (place.home / ".copilot").exists()


@pytest.mark.parametrize("kind", PATHS)
def test_vibe(agents, place, keeping, server, kind):
    proxy = keeping(server)
    home = place.home / "vibe"
    home.mkdir()
    place.connect(f"vibe{kind}", proxy.base_url, home / "config.toml")
    prompt = f'[[tools:{ROUNDS} bash {{"command":"echo step-{{i}}"}}]] go'
    done = place.run(agents.vibe, "-p", prompt, "--output", "json", "--auto-approve", VIBE_HOME=str(home), HOTLINE_API_KEY="none")
    check_loop(proxy, kind, done.stdout)
