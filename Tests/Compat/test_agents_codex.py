"""The real Codex, opened by `hotline codex` on the scripted engine, and by what `hotline connect` prints."""

import json
import pathlib
import re
import tempfile
import time

import pexpect
import pytest

from harness.agents import end_daemons, json_lines, Place, RUN_DEADLINE
from harness.connections import request
from harness.processes import server_binary

pytestmark = [pytest.mark.agents, pytest.mark.timeout(300)]

#: Codex's own protection of the machine needs rights that not every machine gives to tests; what runs here is `echo`.
EXEC = ["exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", "--json"]


@pytest.fixture
def place():
    """Codex takes no folder below the one for temporary files as its home."""
    with tempfile.TemporaryDirectory(prefix=".hotline-agents-", dir=pathlib.Path.home()) as folder:
        yield Place(pathlib.Path(folder))
        end_daemons(folder)


@pytest.fixture
def served(start_with, tmp_path, keeping):
    """A server whose scripted model has a context, and a proxy that keeps what comes to it: served(32768, "--codex-lite", "on")."""
    def start(context, *flags):
        file = tmp_path / "hotline.yaml"
        file.write_text(f"engines:\n  local:\n    url: scripted\n    models: {{scripted: {{name: scripted, context: {context}}}}}\n")
        server = start_with("--config", file, *flags)
        return server, keeping(server)

    return start


def codex(place, agents, proxy, *arguments):
    """Events of a run, and what it said on standard error."""
    done = place.run(server_binary(), "codex", "--codex", agents.codex, "--server", proxy.base_url, "--", *arguments)
    return json_lines(done.stdout), done.stderr


def frames(proxy):
    return [(socket, json.loads(text)) for socket, text in proxy.counts.texts if '"response.create"' in text]


def commands(events):
    return [e["item"] for e in events if e["type"] == "item.completed" and e["item"]["type"] == "command_execution"]


def outputs(events):
    return [item["aggregated_output"] for item in commands(events)]


def answer(events):
    assert events[-1]["type"] == "turn.completed", events[-3:]
    return [e["item"]["text"] for e in events if e["type"] == "item.completed" and e["item"]["type"] == "agent_message"][-1]


def no_complaint(events, said):
    errors = [e["item"]["message"] for e in events if "item" in e and e["item"]["type"] == "error"]
    # What it says after a compaction of its own.
    assert [error for error in errors if not error.startswith("Heads up: Long threads and multiple compactions")] == []
    for word in ("metadata", "fallback", "WARN", "ERROR"):
        assert word not in said, said


@pytest.mark.parametrize("lite", ["off", "on"])
def test_twenty_tool_calls_over_one_socket(place, agents, served, lite):
    server, proxy = served(131_072, "--codex-lite", lite)
    events, said = codex(place, agents, proxy, *EXEC, '[[tools:20 exec_command {"cmd":"echo step-{i} [$HOTLINE_API_KEY]"}]] go')
    no_complaint(events, said)
    assert [output.strip().splitlines()[-1] for output in outputs(events)] == [f"step-{i} []" for i in range(20)], "no key for commands"
    assert answer(events).startswith("Done: 20 tool calls")

    assert proxy.counts.sockets == 1
    asked = [path for method, path, _ in proxy.counts.requests if path.startswith("/v1/models?client_version=")]
    assert len(asked) == 1, "the catalog, once"
    sent = [frame for _, frame in frames(proxy)]
    assert sent[0]["generate"] is False and all("previous_response_id" in frame for frame in sent[1:])
    sizes = proxy.counts.messages
    assert len(sent) == len(sizes) == 22, "a warmup and 21 turns"
    turns = sizes[2:]
    assert max(turns) - min(turns) < 200, "a turn's frame does not grow"
    # Recorded with Codex 0.163: 18.5 kB, of which the tools are 16.5, and 2.1 kB.
    assert 15_000 < turns[0] < 22_000 if lite == "off" else turns[0] < 2_500, turns
    assert all(("tools" in frame) == (lite == "off") for frame in sent)
    assert place.leftovers() == [] and not (place.home / ".codex").exists()
    print(f"\nCodex, Lite {lite}: first frame {sizes[0]} bytes, a tool turn {turns[0]} bytes, 22 frames {sum(sizes)} bytes")


def test_a_small_context_gets_a_smaller_head(place, agents, served):
    """What `hotline codex` counts with: 20 kB before the conversation, 8 kB where the context is small."""
    for context, least, most in [(131_072, 15_000, 24_000), (16_384, 4_000, 8_500)]:
        _, proxy = served(context)
        codex(place, agents, proxy, *EXEC, "[[say:hello]]")
        assert least < proxy.counts.messages[0] < most, (context, proxy.counts.messages)


# Fills the context in three calls; those after the compaction find the count and stay small.
FILLING = "n=$(cat n 2>/dev/null || echo 0); echo $((n+1)) > n; test $n -lt 3 && seq 1 2000; echo step-{i}"


@pytest.mark.parametrize("name", ["OpenAI", "Hotline"])
@pytest.mark.parametrize("lite", ["off", "on"])
def test_compacts_once_by_the_catalogs_threshold(place, agents, served, name, lite):
    """A provider of the name OpenAI asks for a compaction on the running chain, any other asks for a summary of it all anew."""
    _, proxy = served(8192, "--codex-lite", lite)
    prompt = f'[[tools:5 exec_command {json.dumps({"cmd": FILLING})}]] go'
    events, said = codex(place, agents, proxy, *EXEC, "-c", f'model_providers.hotline.name="{name}"', prompt)
    no_complaint(events, said)
    answer(events)
    sent = frames(proxy)
    triggers = [i for i, (_, frame) in enumerate(sent) if frame["input"] and frame["input"][-1]["type"] == "compaction_trigger"]
    summaries = [i for i, (_, frame) in enumerate(sent) if "CONTEXT CHECKPOINT COMPACTION" in json.dumps(frame["input"][-1:])]
    if name == "OpenAI":
        assert len(triggers) == 1 and summaries == [], (triggers, summaries)
        at = triggers[0]
        assert "previous_response_id" in sent[at][1] and proxy.counts.sockets == 1
        new = sent[at + 1][1]
        assert "previous_response_id" not in new and [i for i in new["input"] if i["type"] == "compaction"]
    else:
        assert triggers == [] and len(summaries) == 1, (triggers, summaries)
        at = summaries[0]
        assert "previous_response_id" not in sent[at][1] and not sent[at][1].get("tools")
        assert "previous_response_id" not in sent[at + 1][1]
    assert place.leftovers() == ["n"]


def test_resumes(place, agents, served):
    _, proxy = served(131_072)
    first, _ = codex(place, agents, proxy, *EXEC, '[[tools:2 exec_command {"cmd":"echo step-{i}"}]] go')
    before = len(proxy.counts.texts)
    second, said = codex(place, agents, proxy, "exec", "resume", "--last", *EXEC[1:], "[[say:there again]]")
    no_complaint(second, said)
    assert answer(second) == "there again"
    assert first[0]["thread_id"] == second[0]["thread_id"]
    resumed = json.dumps([json.loads(text) for _, text in proxy.counts.texts[before:]])
    assert "step-0" in resumed and "step-1" in resumed, "the history is there"


def test_resumes_on_a_server_for_the_session(place, agents):
    def run(*arguments):
        return json_lines(place.run(server_binary(), "codex", "--codex", agents.codex, "--engine", "scripted", "--", *arguments).stdout)

    first = run(*EXEC, "[[think:hm]] [[say:one]]")
    second = run("exec", "resume", "--last", *EXEC[1:], "[[say:two]]")
    assert (answer(first), answer(second)) == ("one", "two")
    assert first[0]["thread_id"] == second[0]["thread_id"]


def test_what_connect_prints_is_enough(place, agents, served):
    """By hand, and with Codex's own check that it knows every key."""
    _, proxy = served(32_768)
    home = place.home / "own"
    home.mkdir()
    place.connect("codex", proxy.base_url, home / "config.toml")
    done = place.run(
        agents.codex, *EXEC, "--strict-config", '[[tools:2 exec_command {"cmd":"echo step-{i}"}]] go', CODEX_HOME=str(home),
        HOTLINE_API_KEY="none")
    events = json_lines(done.stdout)
    no_complaint(events, done.stderr)
    assert len(outputs(events)) == 2 and proxy.counts.sockets == 1


@pytest.mark.parametrize("context", [8192, 1_000_000, None])
@pytest.mark.parametrize("lite", ["on", "off"])
def test_codex_reads_the_catalog(place, agents, start_with, served, tmp_path, context, lite):
    server = served(context, "--codex-lite", lite)[0] if context else start_with("--engine", "scripted", "--codex-lite", lite)
    status, _, body = request(server, "GET", "/v1/models?client_version=0.163.0")
    assert status == 200
    file = tmp_path / "catalog.json"
    file.write_text(json.dumps({"models": (body if isinstance(body, dict) else json.loads(body))["models"]}))
    done = place.run(agents.codex, "debug", "models", "-c", f'model_catalog_json="{file}"', CODEX_HOME=str(place.home))
    (entry,) = json.loads(done.stdout)["models"]
    assert entry["slug"] == "scripted" and entry.get("context_window") == context and entry["use_responses_lite"] == (lite == "on")
    assert entry["base_instructions"].startswith("You are a coding agent.")


@pytest.mark.parametrize("where", ["running", "own"])
def test_the_terminal_is_codexs(place, agents, served, where):
    """Its screen, its keys, its end: in our place on a running server, in front of us on one of the session."""
    flags = ["--server", served(131_072)[1].base_url] if where == "running" else ["--engine", "scripted"]
    screen = pexpect.spawn(
        str(server_binary()), ["codex", "--codex", str(agents.codex), *flags], cwd=place.work, env={**place.env, "TERM": "xterm-256color"},
        encoding="utf-8", timeout=RUN_DEADLINE, dimensions=(40, 120))
    try:
        # It asks where the cursor is before it paints.
        screen.expect(re.escape("\x1b[6n"))
        screen.send("\x1b[1;1R")
        screen.expect("scripted default")
        end = time.monotonic() + RUN_DEADLINE
        while screen.isalive() and time.monotonic() < end:
            screen.sendcontrol("c")
            screen.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=0.5)
        screen.close()
        assert screen.exitstatus == 0, (screen.exitstatus, screen.signalstatus)
    finally:
        screen.close(force=True)
    assert place.leftovers() == []
