"""Agents resend everything, changed in their own ways: the engine's prompt only grows all the same, and is the same on every wire."""

import json

import pytest

from harness.agent_sessions import AGENTS, Aider, ChatAgent, ClaudeCode, Gptme, tools_of
from harness.connections import EventSocket, request, stream, user
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


@pytest.mark.parametrize("kind", [kind for kind in AGENTS if kind is not Aider], ids=lambda kind: kind.name)
def test_prompts_only_grow(recorded, kind):
    server, engine = recorded
    agent = kind(server.port, results=lambda name, arguments: f"output of {name} with {arguments}")
    agent.say("[[go]] on")
    agent.say("and now?")
    assert len(engine.bodies) == len(SCRIPT)
    assert_only_grows(engine.prompts, SCRIPT)


def test_aider_moves_only_the_end(recorded):
    """What stands in front of its list of files stays."""
    server, engine = recorded
    agent = Aider(server.port)
    for number in range(3):
        agent.messages += [{"role": "user", "content": f"change {number}"}, {"role": "assistant", "content": f"changed {number}"}]
        agent.say("and now?")
    for (_, messages), (_, later) in zip(engine.prompts, engine.prompts[1:]):
        files = messages.index(b"I am not sharing any files")
        assert later[:files - 30] == messages[:files - 30]


def test_conversations_share_their_head(recorded):
    """The billing block differs in every conversation, and is no part of the prompt."""
    server, engine = recorded
    for text in ("one thing", "another thing"):
        ClaudeCode(server.port).say(text, turns=1)
    (first_tools, first), (second_tools, second) = engine.prompts
    assert first_tools == second_tools
    same = next(i for i in range(len(first)) if first[i] != second[i])
    assert b"billing" not in first and first[same:].startswith(b"one"), first[same - 100:same + 100]


def test_the_memory_does_it(start_with):
    """Without it what clients rewrite changes the prompt, so that these tests would show it."""
    with RecordingEngine(SCRIPT) as engine:
        server = start_with("--engine", engine.url, "--model", "model=model", "--prefix-memory", "off")
        Gptme(server.port).say("go on")
        with pytest.raises(AssertionError, match="spells calls anew"):
            assert_only_grows(engine.prompts, SCRIPT)


# MARK: The same loop on every wire


TOOLS = tools_of("claude_code", scale=0.1, bounded=True)
INSTRUCTIONS = "Be brief."
RESULTS = "output of {}"


def by_socket(server, stored):
    """Responses over a WebSocket, chained."""
    with EventSocket(server.socket_url) as socket:
        return chained(lambda **fields: socket.turn(model="model", **fields).response, store=stored)


def by_previous_response(server, streams):
    """Responses over HTTP, chained."""
    def turn(**fields):
        body = {"model": "model", **fields, "stream": streams}
        if streams:
            return stream(server, body).last["response"]
        status, _, response = request(server, "POST", "/v1/responses", body)
        assert status == 200, response
        return response

    return chained(turn)


def chained(turn, texts=("go", "and now?"), turns=64, **fields):
    tools = [{"type": "function", "name": n, "description": d, "parameters": p, "strict": False} for n, d, p, _ in TOOLS]
    fields |= {"tools": tools, "instructions": INSTRUCTIONS}
    for text in texts:
        response = turn(input=[user(text)], **fields)
        for _ in range(turns - 1):
            calls = [item for item in response["output"] if item["type"] == "function_call"]
            if not calls:
                break
            outputs = [{"type": "function_call_output", "call_id": c["call_id"], "output": RESULTS.format(c["name"])} for c in calls]
            response = turn(input=outputs, **{**fields, "previous_response_id": response["id"]})
        fields["previous_response_id"] = response["id"]


class PlainChat(ChatAgent):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.tools = TOOLS

    def head(self):
        return [{"role": "system", "content": INSTRUCTIONS}]

    def own(self, answer, calls):
        keys = ("content", "reasoning_content", "tool_calls")
        return [{"role": "assistant", **{key: answer[key] for key in keys if answer.get(key)}}]


class PlainMessages(ClaudeCode):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.tools, self.system = TOOLS, [self.system[0], {"type": "text", "text": INSTRUCTIONS}]

    def user(self, text):
        self.messages.append({"role": "user", "content": [{"type": "text", "text": text}]})

    def body(self):
        body = super().body()
        body["tools"] = [{"name": n, "description": d, "input_schema": p} for n, d, p, _ in TOOLS]
        return body


def resending(kind):
    def run(server):
        agent = kind(server.port, results=lambda name, _: RESULTS.format(name))
        agent.say("go")
        agent.say("and now?")

    return run


WAYS = {
    "socket": lambda server: by_socket(server, True), "socket, not stored": lambda server: by_socket(server, False),
    "previous_response_id": lambda server: by_previous_response(server, False),
    "previous_response_id, streamed": lambda server: by_previous_response(server, True),
    "chat": resending(PlainChat), "Messages": resending(PlainMessages),
}


def test_the_same_loop_on_every_wire(start_with):
    """Byte for byte the same prompts, with the model's own spelling."""
    prompts = {}
    for name, run in WAYS.items():
        with RecordingEngine(SCRIPT) as engine:
            run(start_with("--engine", engine.url, "--model", "model=model"))
            prompts[name] = engine.prompts
    first = prompts["socket"]
    assert len(first) == len(SCRIPT) and json.dumps(SCRIPT[1]["calls"][0][1]).encode() in first[-1][1]
    assert_only_grows(first, SCRIPT)
    for name, others in prompts.items():
        for turn, (one, other) in enumerate(zip(first, others, strict=True), 1):
            assert one == other, f"{name}, turn {turn}:\n{one}\n{other}"
