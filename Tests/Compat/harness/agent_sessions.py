"""Agents on the wires of chat completions and Messages, as their recordings show them: what they send first, and what they make of
our answers when they send them back. Their prose is filler of the recorded length; names and forms are theirs.

An agent is driven by `say`, which asks and runs tools until the model calls none: `agent.say("go")`. The tools give what `results` says.
"""

import hashlib
import http.client
import json
import random

from .processes import COMPAT, DEADLINE

HEADS = json.loads((COMPAT / "recordings" / "agent_heads.json").read_text())
#: Words of the tiny model's vocabulary, so that a token has about as many characters as with a real model.
WORDS = "the server reads request and model writes an answer token by until it ends when user for weather in city call function with".split()

#: Tokens of an answer of noise.
NOISE_MAX = 200


def filler(count, seed):
    """`count` characters of text, the same for the same seed."""
    source = random.Random(seed)
    words, size = [], 0
    while size < count:
        words.append(source.choice(WORDS))
        size += len(words[-1]) + 1
    return " ".join(words)[:count]


def tools_of(name, scale=1.0, bounded=False):
    """[(name, description, schema, deferred)]; each as long as it was. Bounded: a model that writes noise ends its strings."""
    tools = []
    for tool in HEADS[name]["tools"]:
        schema = {
            "type": "object",
            "properties": {key: {"type": kind} for key, kind in tool["properties"].items()},
            "required": tool["required"], "additionalProperties": False,
        }
        for key in schema["properties"].values():
            if bounded and key["type"] == "string":
                key["maxLength"] = 12
            if key["type"] == "array":
                key["items"] = {"type": "object", "properties": {}}
        missing = int(tool["schema"] * scale) - len(json.dumps(schema)) - 20
        if missing > 0:
            next(iter(schema["properties"].values()), schema)["description"] = filler(missing, tool["name"])
        description = filler(int(tool["description"] * scale), f"{tool['name']}!")
        tools.append((tool["name"], description, schema, tool.get("defer_loading", False)))
    return tools


def is_json(text):
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def post(port, path, body, headers=None):
    """One request: (status, JSON body or the list of SSE records as (event, data))."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20 * DEADLINE)
    try:
        sent = json.dumps(body, ensure_ascii=False).encode()
        connection.request("POST", path, sent, {"Content-Type": "application/json", "Authorization": "Bearer none", **(headers or {})})
        response = connection.getresponse()
        text = response.read().decode()
        if not response.headers["Content-Type"].startswith("text/event-stream"):
            return response.status, json.loads(text)
        records = []
        for record in text.split("\n\n"):
            lines = [line.split(": ", 1) for line in record.split("\n") if line and not line.startswith(":")]
            fields = dict(lines)
            if "data" in fields:
                records.append((fields.get("event"), fields["data"] if fields["data"] == "[DONE]" else json.loads(fields["data"])))
        return response.status, records
    finally:
        connection.close()


class Agent:
    """One conversation. `extra` are fields for every request, such as a tool choice; `scale` shortens the prose; `bounded` is for
    models that write noise."""

    #: The agent's name in recordings, and as a table shows it.
    name = label = path = ""
    turns_max = 64

    def __init__(self, port, model="model", scale=1.0, results=None, extra=None, bounded=False):
        self.port, self.model, self.scale, self.extra = port, model, scale, extra or {}
        self.results = results or (lambda name, arguments: f"{name} did it")
        self.tools = tools_of(self.name, scale, bounded) if self.name in HEADS else []
        self.messages = []
        #: (prompt tokens, of these cached) per turn.
        self.usage = []
        self.session = hashlib.sha256(repr(id(self)).encode()).hexdigest()

    def prose(self, count, seed):
        return filler(int(count * self.scale), f"{self.name} {seed}")

    def say(self, text, turns=turns_max):
        """A user's message and the loop behind it, of at most `turns` requests; the last answer."""
        self.user(text)
        for _ in range(turns):
            status, answer = post(self.port, self.path, {**self.body(), **self.extra}, self.headers())
            assert status == 200, answer
            answer = self.read(answer)
            calls = self.take(answer)
            if not calls:
                return answer
            self.answer(calls)
        return answer

    def headers(self):
        return {}

    def forced(self):
        """Fields that make a model call which would not by itself."""
        return {}

    def force(self, turns):
        """So many requests of a model that writes noise: a call in each, where there are tools."""
        self.extra = self.forced()
        while len(self.usage) < turns:
            self.say(self.prose(60, len(self.usage)), turns - len(self.usage))


class MessagesAgent(Agent):
    path = "/v1/messages"

    def forced(self):
        return {"tool_choice": {"type": "any", "disable_parallel_tool_use": True}, "max_tokens": NOISE_MAX}

    def read(self, answer):
        """The message, put together from its events where it is a stream."""
        if isinstance(answer, list):
            message, arguments = None, {}
            for event, data in answer:
                assert event == data["type"] and event != "error", data
                if event == "message_start":
                    message = data["message"]
                elif event == "content_block_start":
                    assert data["index"] == len(message["content"])
                    message["content"].append(data["content_block"])
                elif event == "content_block_delta":
                    block, delta = message["content"][data["index"]], data["delta"]
                    if delta["type"] == "input_json_delta":
                        arguments[data["index"]] = arguments.get(data["index"], "") + delta["partial_json"]
                    else:
                        key = delta["type"].removesuffix("_delta")
                        block[key] += delta[key]
                elif event == "message_delta":
                    message |= data["delta"]
                    message["usage"] |= data["usage"]
            for index, text in arguments.items():
                if message["stop_reason"] != "max_tokens" or is_json(text):
                    message["content"][index]["input"] = json.loads(text)
                else:
                    del message["content"][index]
            answer = message
        usage = answer["usage"]
        self.usage.append((usage["input_tokens"] + usage["cache_read_input_tokens"], usage["cache_read_input_tokens"]))
        return answer


class ClaudeCode(MessagesAgent):
    """Moves its cache mark, sends a message as a list once and as text afterwards, answers calls as they end, keeps signatures."""

    name = "claude_code"
    label = "Claude Code 2.1.332"
    path = "/v1/messages?beta=true"
    #: Whether results come in the order of their calls.
    in_order = False

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.system = [
            {"type": "text", "text": f"x-anthropic-billing-header: cc_version=2.1.332.{self.session[:3]}; cc_entrypoint=sdk-cli;"},
            {"type": "text", "text": "You are an agent of the tests, who runs in a terminal and edits files.", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": self.prose(6777, "system"), "cache_control": {"type": "ephemeral"}},
        ]

    def headers(self):
        return {
            "anthropic-version": "2023-06-01", "X-Claude-Code-Session-Id": self.session[:32], "User-Agent": "claude-cli/2.1.332 (external, sdk-cli)",
            "anthropic-beta": "claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,effort-2025-11-24",
        }

    def user(self, text):
        if self.messages:
            self.messages.append({"role": "user", "content": [{"type": "text", "text": text}]})
        else:
            first = [{"type": "text", "text": self.prose(576, "reminder")}, {"type": "text", "text": text}]
            self.messages = [{"role": "user", "content": first}, {"role": "system", "content": self.prose(9123, "environment")}]

    def body(self):
        messages = [dict(message) for message in self.messages]
        last = messages[-1]
        blocks = [{"type": "text", "text": last["content"]}] if isinstance(last["content"], str) else [dict(b) for b in last["content"]]
        blocks[-1]["cache_control"] = {"type": "ephemeral"}
        last["content"] = blocks
        # What a user typed is a list while it is the newest message.
        for message in messages[2:-1]:
            content = message["content"]
            if message["role"] == "user" and len(content) == 1 and content[0]["type"] == "text":
                message["content"] = content[0]["text"]
        return {
            "model": self.model, "messages": messages, "system": self.system,
            "tools": [
                {"name": name, "description": text, "input_schema": {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema},
                 **({"defer_loading": True} if deferred else {})}
                for name, text, schema, deferred in self.tools
            ],
            "metadata": {"user_id": json.dumps({"device_id": self.session, "account_uuid": "", "session_id": self.session[:32]})},
            "max_tokens": 32000, "thinking": {"type": "adaptive", "display": "omitted"},
            "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
            "output_config": {"effort": "high"}, "stream": True,
        }

    def take(self, answer):
        keys = {"thinking": ("type", "thinking", "signature"), "text": ("type", "text"), "tool_use": ("type", "id", "name", "input")}
        content = [{key: block[key] for key in keys[block["type"]]} for block in answer["content"]]
        if content:
            self.messages.append({"role": "assistant", "content": content})
        return [block for block in content if block["type"] == "tool_use"]

    def answer(self, calls):
        results = []
        for number, call in enumerate(calls):
            text = self.results(call["name"], call["input"])
            result = {"tool_use_id": call["id"], "type": "tool_result", "content": text}
            if number % 2:  # Another tool writes the same members in another order.
                result = {"type": "tool_result", "tool_use_id": call["id"], "content": [{"type": "text", "text": text}]}
            results.append({**result, "is_error": False} if call["name"] == "Bash" else result)
        self.messages.append({"role": "user", "content": results if self.in_order else results[::-1]})


class ChatAgent(Agent):
    path = "/v1/chat/completions"
    #: Whether it streams, and asks for the usage then.
    streams = counts = True
    fields = {}

    def forced(self):
        return {**({"tool_choice": "required", "parallel_tool_calls": False} if self.tools else {}), "max_tokens": NOISE_MAX}

    def user(self, text):
        self.messages.append({"role": "user", "content": text})

    def head(self):
        return []

    def body(self):
        body = {"model": self.model, "messages": self.head() + self.messages, **self.fields}
        if self.tools:
            body["tools"] = [
                {"type": "function", "function": {"name": name, "description": text, "parameters": schema}}
                for name, text, schema, _ in self.tools
            ]
        if self.streams:
            body["stream"] = True
            if self.counts:
                body["stream_options"] = {"include_usage": True}
        return body

    def read(self, answer):
        """The message, put together from its chunks where it is a stream."""
        if not isinstance(answer, list):
            usage, message = answer["usage"], answer["choices"][0]["message"]
        else:
            usage, message = None, {"role": "assistant", "content": "", "reasoning_content": "", "tool_calls": []}
            assert answer[-1][1] == "[DONE]"
            for _, chunk in answer[:-1]:
                assert "error" not in chunk, chunk
                usage = chunk.get("usage") or usage
                for choice in chunk["choices"]:
                    delta = choice["delta"]
                    for key in ("content", "reasoning_content"):
                        message[key] += delta.get(key) or ""
                    for piece in delta.get("tool_calls") or []:
                        if piece["index"] == len(message["tool_calls"]):
                            message["tool_calls"].append({"id": piece["id"], "type": "function", "function": {**piece["function"]}})
                        else:
                            message["tool_calls"][piece["index"]]["function"]["arguments"] += piece["function"]["arguments"]
        if usage:
            self.usage.append((usage["prompt_tokens"], (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0))
        # A call that was cut is not run.
        if not all(is_json(call["function"]["arguments"]) for call in message.get("tool_calls") or []):
            message["tool_calls"] = None
        return message

    def take(self, answer):
        calls = answer.get("tool_calls") or []
        self.messages += self.own(answer, calls)
        return calls

    def own(self, answer, calls):
        """An answer as this client sends it back."""
        return [{"role": "assistant", "content": answer["content"], **({"tool_calls": calls} if calls else {})}]

    def run(self, call):
        return self.results(call["function"]["name"], json.loads(call["function"]["arguments"]))

    def answer(self, calls):
        self.messages += [{"role": "tool", "tool_call_id": call["id"], "content": self.run(call)} for call in calls]


class MistralVibe(ChatAgent):
    """Keeps reasoning and arguments; content falls away where there is none; calls have their index."""

    name, fields = "mistral_vibe", {"temperature": 0.2}
    label = "Mistral Vibe 3.0.2"

    def head(self):
        return [{"role": "system", "content": self.prose(18481, "system")}]

    def headers(self):
        return {"x-affinity": self.session[:32]}

    def own(self, answer, calls):
        message = {"role": "assistant"}
        for key in ("content", "reasoning_content"):
            if answer.get(key):
                message[key] = answer[key]
        if calls:
            message["tool_calls"] = [
                {"id": call["id"], "index": index, "function": call["function"], "type": "function"} for index, call in enumerate(calls)
            ]
        return [message]

    def answer(self, calls):
        for call in calls:
            text = json.dumps({"returncode": 0, "stderr": "", "stdout": self.run(call)})
            self.messages.append({"role": "tool", "content": text, "name": call["function"]["name"], "tool_call_id": call["id"]})


class OpenHands(ChatAgent):
    """Not streamed; parts everywhere; a turn in pieces, one for each call; no reasoning."""

    name, streams = "openhands", False
    label = "OpenHands 1.16.0"

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.fields = {"reasoning_effort": "high", "prompt_cache_key": self.session[:32]}

    def head(self):
        texts = [self.prose(13733, "system"), self.prose(219, "place")]
        return [{"content": [{"type": "text", "text": text} for text in texts], "role": "system"}]

    def user(self, text):
        self.messages.append({"content": [{"type": "text", "text": text}], "role": "user"})

    def own(self, answer, calls):
        content = [{"type": "text", "text": answer["content"]}] if answer.get("content") else None
        pieces = [{"role": "assistant", "tool_calls": [call]} for call in calls] or [{"role": "assistant"}]
        if content:
            pieces[0]["content"] = content
        self.pieces = pieces
        return [] if calls else pieces

    def answer(self, calls):
        self.messages += self.pieces
        for call in calls:
            self.messages.append({
                "content": [{"type": "text", "text": self.run(call)}], "role": "tool", "tool_call_id": call["id"],
                "name": call["function"]["name"],
            })


class CopilotCLI(ChatAgent):
    """Null for no content, reasoning kept, results as the tools end."""

    name = "copilot_cli"
    label = "Copilot CLI 1.0.64-0"

    def head(self):
        return [{"role": "system", "content": self.prose(23615, "system")}]

    def user(self, text):
        super().user(f"<current_datetime>2026-11-27</current_datetime>\n\n{text}\n\n{self.prose(120, 'reminder')}")

    def own(self, answer, calls):
        message = {"role": "assistant", "content": answer.get("content") or None, "refusal": None}
        if answer.get("reasoning_content"):
            message = {"reasoning_content": answer["reasoning_content"], **message}
        return [{**message, **({"tool_calls": calls} if calls else {})}]

    def answer(self, calls):
        super().answer(calls[::-1])


class HermesAgent(ChatAgent):
    """Drops reasoning; trims text."""

    name, fields = "hermes_agent", {"max_tokens": 65536}
    label = "Hermes Agent 0.19.0"

    def head(self):
        return [{"role": "system", "content": self.prose(6772, "system")}]

    def own(self, answer, calls):
        return super().own({"content": answer["content"].strip()}, calls)


class Gptme(ChatAgent):
    """Several system messages; reasoning as text in think tags; arguments parsed and written anew; text parts."""

    name, fields = "gptme", {"temperature": 0.0, "top_p": 0.1}
    label = "gptme 0.35.1"

    def head(self):
        texts = [self.prose(22923, "system"), "# Cache boundary\n\nWhat changes stands below.", self.prose(274, "place")]
        return [{"role": "system", "content": [{"type": "text", "text": text}]} for text in texts]

    def user(self, text):
        self.messages.append({"role": "user", "content": [{"type": "text", "text": text}]})

    def own(self, answer, calls):
        message, text = {"role": "assistant"}, answer["content"].strip()
        if answer.get("reasoning_content"):
            text = f"<think>\n{answer['reasoning_content']}\n</think>\n\n{text}"
        if text:
            message["content"] = [{"type": "text", "text": text}]
        if calls:
            message["tool_calls"] = [
                {**call, "function": {**call["function"], "arguments": json.dumps(json.loads(call["function"]["arguments"]))}} for call in calls
            ]
        return [message]

    def answer(self, calls):
        for call in calls:
            self.messages.append({"role": "tool", "content": [{"type": "text", "text": self.run(call)}], "tool_call_id": call["id"]})


class Aider(ChatAgent):
    """Edits from plain text. It moves things itself: the reminder behind the newest request falls away on the next, and the list of
    files stands in front of the newest request only. The map of a repository is as large as it makes it where no file was added."""

    name = "aider"
    label = "aider 0.86.2 with a map of a repository"
    #: Characters of 8,192 tokens.
    map_size = 32_768

    def head(self):
        pairs = [
            ("Change the greeting to be more casual", self.prose(201, "example")),
            ("I switched to a new code base. Leave the files above alone.", "Ok."),
        ]
        if self.map_size:
            pairs.append((self.prose(self.map_size, "map"), "Ok, I won't try and edit those files without asking first."))
        turns = [{"role": role, "content": text} for pair in pairs for role, text in zip(("user", "assistant"), pair)]
        return [{"role": "system", "content": self.prose(1155, "system")}, *turns]

    def body(self):
        # Aider itself does not ask for the usage.
        *done, newest = self.messages
        files = [{"role": "user", "content": "I am not sharing any files that you can edit yet."}, {"role": "assistant", "content": "Ok."}]
        newest = {**newest, "content": f"{newest['content']}\n\n{self.prose(800, 'reminder')}"}
        return {
            "model": self.model, "messages": self.head() + done + files + [newest], "temperature": 0, "stream": True,
            "stream_options": {"include_usage": True},
        }

    def force(self, turns):
        self.extra = self.forced()
        for number in range(turns):
            self.say(self.prose(60, number))


class AiderWithoutMap(Aider):
    """Outside of a repository, as it was recorded."""

    label = "aider 0.86.2 outside of a repository"
    map_size = 0


AGENTS = [ClaudeCode, MistralVibe, OpenHands, CopilotCLI, HermesAgent, Gptme, Aider]
