"""The real Claude Code, opened by `hotline claude` on the scripted engine."""

import base64
import json
import subprocess
import sys

import pytest

from harness.agents import Place, RUN_DEADLINE, json_lines
from harness.processes import server_binary
from harness.recording_engine import RecordingEngine, assert_only_grows

pytestmark = [pytest.mark.agents, pytest.mark.timeout(300)]

#: What runs here is `echo`; root is asked whether this is a sandbox.
PRINT = ["-p", "--output-format", "stream-json", "--verbose", "--dangerously-skip-permissions"]
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="

#: A server of tools on standard input and output.
MCP = '''
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked:
        continue
    result = {
        "initialize": {"protocolVersion": asked.get("params", {}).get("protocolVersion"), "capabilities": {"tools": {}},
                       "serverInfo": {"name": "tests", "version": "1"}},
        "tools/list": {"tools": [
            {"name": name, "description": "A tool.", "inputSchema": {"type": "object", "properties": {}}} for name in ("ping", "chapter")
        ]},
        "tools/call": {"content": [{"type": "text", "text":
            "pong from afar" if asked.get("params", {}).get("name") == "ping" else " ".join(map(str, range(3000)))}]},
    }.get(asked["method"], {})
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}), flush=True)
'''


@pytest.fixture
def place(tmp_path):
    (tmp_path / "claude").mkdir()
    return Place(tmp_path / "claude")


def far_tools(place):
    """Options for Claude Code with a server of tools named `far`."""
    (place.work / "tools.py").write_text(MCP)
    return "--mcp-config", json.dumps({"mcpServers": {"far": {"command": sys.executable, "args": [str(place.work / "tools.py")]}}})


def command(agents, proxy, *arguments):
    return [str(part) for part in (server_binary(), "claude", "--claude", agents.claude, "--server", proxy.base_url, "--", *arguments)]


def claude(place, agents, proxy, *arguments):
    """The events of a run in print mode."""
    return json_lines(place.run(*command(agents, proxy, *PRINT, *arguments), IS_SANDBOX="1").stdout)


def asked(proxy):
    """The bodies of turns, in order."""
    return [json.loads(body) for method, path, body in proxy.counts.requests if path.startswith("/v1/messages?")]


def blocks(events, kind):
    """Blocks of one kind in what Claude Code reports of its conversation."""
    return [
        block for event in events if event["type"] in ("assistant", "user")
        for block in event["message"]["content"] if isinstance(block, dict) and block["type"] == kind
    ]


def text_of(result):
    content = result["content"]
    return content if isinstance(content, str) else "".join(block.get("text", "") for block in content)


def answer(events):
    final = events[-1]
    assert final["type"] == "result" and final["subtype"] == "success" and not final["is_error"], final
    return final["result"]


def test_five_tool_calls(place, agents, server, keeping):
    proxy = keeping(server)
    events = claude(place, agents, proxy, '[[tools:5 Bash {"command":"echo step-{i} [$HOTLINE_API_KEY]"}]] go')
    assert [text_of(result) for result in blocks(events, "tool_result")] == [f"step-{i} []" for i in range(5)]
    assert answer(events).startswith("Done: 5 tool calls") and events[-1]["usage"]["cache_read_input_tokens"] > 0
    requests = asked(proxy)
    assert len(requests) == 6 and all(request["stream"] for request in requests), "no turn was asked for again"
    assert not any("safeguards" in request for request in requests), "manual mode"


def test_two_at_once(place, agents, server, keeping):
    proxy = keeping(server)
    events = claude(place, agents, proxy, '[[parallel:2 Bash {"command":"echo step-{i}"}]] go')
    assert sorted(text_of(result) for result in blocks(events, "tool_result")) == ["step-0", "step-1"]
    assert answer(events) and len(asked(proxy)) == 2


def test_thinking_comes_back(place, agents, server, keeping):
    proxy = keeping(server)
    events = claude(place, agents, proxy, '[[think:let me see]][[tools:2 Bash {"command":"echo step-{i}"}]] go')
    assert answer(events)
    thoughts = [
        block for message in asked(proxy)[-1]["messages"] if message["role"] == "assistant"
        for block in message["content"] if block["type"] == "thinking"
    ]
    assert len(thoughts) == 2 and all(thought["signature"].startswith("h1.") for thought in thoughts)


def test_continue(place, agents, server, keeping):
    """A second process goes on; what the first asked comes from the cache."""
    proxy = keeping(server)
    first = claude(place, agents, proxy, '[[tools:1 Bash {"command":"echo one"}]] go')
    second = claude(place, agents, proxy, "--continue", "[[say:and that is all]]")
    assert answer(second) == "and that is all" and second[-1]["session_id"] == first[-1]["session_id"]
    *_, before, last = asked(proxy)
    assert len(last["messages"]) > len(before["messages"])
    usage = second[-1]["usage"]
    assert usage["cache_read_input_tokens"] > 10 * usage["input_tokens"]


def test_image(place, agents, server, keeping):
    proxy = keeping(server)
    (place.work / "dot.png").write_bytes(base64.b64decode(DOT))
    events = claude(place, agents, proxy, f'[[tools:1 Read {{"file_path":"{place.work}/dot.png"}}]] go')
    assert answer(events)
    (result,) = blocks(events, "tool_result")
    assert result["content"][0]["type"] == "image"
    assert len(asked(proxy)) == 2


def test_deferred_tools(place, agents, start, keeping):
    """A tool of another server is searched for, loaded and called."""
    # In small contexts `hotline claude` turns the search off.
    proxy = keeping(start("--scripted", "context=200000"))
    far = far_tools(place)
    events = claude(place, agents, proxy, '[[tools:1 ToolSearch {"query":"select:mcp__far__ping"}]] go', *far)
    assert answer(events)
    events = claude(place, agents, proxy, "[[tools:1 mcp__far__ping {}]] go", "--continue", *far)
    assert answer(events) and "pong from afar" in [text_of(result) for result in blocks(events, "tool_result")][-1]
    loaded = [{tool["name"]: tool.get("defer_loading") for tool in request["tools"]} for request in asked(proxy)]
    assert "mcp__far__ping" not in loaded[0] and loaded[1]["mcp__far__ping"] is True


def test_subagent(place, agents, server, keeping):
    proxy = keeping(server)
    events = claude(
        place, agents, proxy,
        '[[tools:1 Agent {"description":"a look","prompt":"[[say:seen from below]]","subagent_type":"general-purpose","run_in_background":false}]] go',
    )
    assert answer(events)
    assert any("seen from below" in text_of(result) for result in blocks(events, "tool_result"))


def test_interrupt(place, agents, server, keeping):
    """Stopped in the middle of an answer, it goes on with the next message in the same process."""
    proxy = keeping(server)
    process = subprocess.Popen(
        command(agents, proxy, *PRINT, "--input-format", "stream-json", "--include-partial-messages"), cwd=place.work,
        env={**place.env, "IS_SANDBOX": "1"}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )

    def send(**event):
        process.stdin.write(json.dumps(event) + "\n")
        process.stdin.flush()

    def say(text):
        send(type="user", message={"role": "user", "content": [{"type": "text", "text": text}]})

    def until(is_it):
        for line in process.stdout:
            if line.startswith("{") and is_it(event := json.loads(line)):
                return event
        raise AssertionError("it ended")

    try:
        say("[[slow:600]]")
        until(lambda event: event["type"] == "stream_event" and event["event"]["type"] == "content_block_delta")
        send(type="control_request", request_id="1", request={"subtype": "interrupt"})
        until(lambda event: event["type"] == "result")
        say("[[say:still here]]")
        assert until(lambda event: event["type"] == "result")["result"] == "still here"
        process.stdin.close()
        assert process.wait(RUN_DEADLINE) == 0
    finally:
        process.kill()
        process.wait()


def test_overflow_compacts(place, agents, start, keeping):
    """A full context is answered before the stream begins, in words on which it compacts, and it goes on by itself."""
    proxy = keeping(start("--scripted", "context=24000"))
    # The scripted model calls a tool that a question names, and the question for a summary names Claude Code's own, not to be called.
    far = ("--tools", "NotebookEdit", *far_tools(place))
    events = claude(place, agents, proxy, "[[tools:12 mcp__far__chapter {}]] go", *far)
    assert answer(events)
    (boundary,) = [event for event in events if event.get("subtype") == "compact_boundary"]
    assert boundary["compact_metadata"]["trigger"] == "auto"
    sizes = [len(json.dumps(request)) for request in asked(proxy)]
    assert sizes[-1] < max(sizes), "it goes on with less"
    assert len(sizes) < 10, "and does not try what is refused again and again"


def test_prompts_only_grow(place, agents, start_with, keeping):
    """Twenty calls, some side by side and none spelled as Claude Code spells them: the engine's prompt only grows. A second conversation
    has the head of the first."""
    def call(number):
        return "Bash", f'{{"description": "step {number}",  "command":"echo step-{number} \\/ \\u00e9"}}'

    script = [
        {"reasoning": f"Thought {i}.", "text": f"Step {i}." if i % 3 else "", "calls": [call(2 * i), call(2 * i + 1)] if i % 2 else [call(2 * i)]}
        for i in range(14)
    ] + [{"text": "Done."}]
    with RecordingEngine(script) as engine:
        proxy = keeping(start_with("--engine", engine.url, "--model", "model=model"))
        assert answer(claude(place, agents, proxy, "go")) == "Done."
        assert_only_grows(engine.prompts, script)
        (tools, messages), count = engine.prompts[0], len(engine.prompts)
        assert count == len(script)
        claude(place, agents, proxy, "once more")
        other_tools, other = engine.prompts[count]
        assert tools == other_tools and b"billing" not in messages
        assert messages[:messages.index(b"\"user\"")] == other[:other.index(b"\"user\"")]
