"""A Chat Completions engine that answers by a script and keeps the bytes of what it was asked."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class RecordingEngine:
    """Answers a request that holds N answers of the model with the script's answer N, whichever conversation it is of.

    An answer is a dict of `reasoning`, `text` and `calls`, a list of (name, arguments as the model spells them). Ids of calls are
    those of their place, as vLLM's are, so that the same dialogue has the same ids on every way.
    """

    def __init__(self, script):
        self.script = script
        #: Which conversation it is: ids of calls begin so.
        self.series = ""
        #: The body of every request, in order.
        self.bodies = []
        engine = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                known = self.path.endswith("/models")
                body = json.dumps({"object": "list", "data": [{"id": "model", "object": "model", "created": 1, "owned_by": "tests"}]})
                self._head(200 if known else 404, "application/json", len(body))
                self.wfile.write(body.encode())

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                engine.bodies.append(body)
                self._head(200, "text/event-stream")
                for chunk in engine.chunks(json.loads(body)):
                    self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
                self.wfile.write(b"data: [DONE]\n\n")
                self.close_connection = True

            def _head(self, status, kind, size=None):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header(*(("Connection", "close") if size is None else ("Content-Length", str(size))))
                self.end_headers()

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # Who leaves a connection is no failure.
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def chunks(self, request):
        number = sum(message["role"] == "assistant" for message in request["messages"])
        answer = self.script[min(number, len(self.script) - 1)]
        deltas = [{"role": "assistant", "content": ""}]
        deltas += [{"reasoning_content": piece} for piece in halves(answer.get("reasoning"))]
        deltas += [{"content": piece} for piece in halves(answer.get("text"))]
        for index, (name, arguments) in enumerate(answer.get("calls", [])):
            call = {"index": index, "id": f"chatcmpl-tool-{self.series}{number}{index}", "type": "function"}
            deltas.append({"tool_calls": [{**call, "function": {"name": name, "arguments": ""}}]})
            deltas += [{"tool_calls": [{"index": index, "function": {"arguments": piece}}]} for piece in halves(arguments)]
        for delta in deltas:
            yield self._chunk([{"index": 0, "delta": delta, "finish_reason": None}])
        yield self._chunk([{"index": 0, "delta": {}, "finish_reason": "tool_calls" if answer.get("calls") else "stop"}])
        if (request.get("stream_options") or {}).get("include_usage"):
            size = len(json.dumps(request["messages"])) // 4
            yield {**self._chunk([]), "usage": {"prompt_tokens": size, "completion_tokens": 20, "total_tokens": size + 20}}

    @staticmethod
    def _chunk(choices):
        return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "model", "choices": choices}

    @property
    def prompts(self):
        """What of each request becomes the prompt: (the bytes of `tools`, the bytes of `messages` up to their closing bracket)."""
        return [(member(body, "tools"), member(body, "messages").removesuffix(b"]")) for body in self.bodies]


def halves(text):
    """Engines write in pieces."""
    return [piece for piece in (text[:len(text) // 2], text[len(text) // 2:]) if piece] if text else []


def member(body, name):
    """The bytes of one member of a JSON object as they were sent."""
    text = body.decode()
    key = f'"{name}":'
    decoder, at = json.JSONDecoder(), text.find(key)
    if at < 0:
        return b""
    start = at + len(key)
    start += len(text[start:]) - len(text[start:].lstrip())
    return text[start:decoder.raw_decode(text, start)[1]].encode()


def assert_only_grows(prompts, script):
    """Each prompt is the one before it, with the same tools, then the model's answer as the model wrote it, then what is new: an engine
    that keeps its last prompt and what it wrote reads only what is new."""
    for number, ((tools, messages), (next_tools, next_messages)) in enumerate(zip(prompts, prompts[1:]), 2):
        assert next_tools == tools, f"turn {number} has other tools"
        if not next_messages.startswith(messages):
            at = next(i for i in range(len(messages)) if messages[i] != (next_messages + b"\0")[min(i, len(next_messages))])
            raise AssertionError(
                f"turn {number} changes what stood in the prompt, at byte {at} of {len(messages)}:\n"
                f"{messages[max(0, at - 150):at + 150]}\n{next_messages[max(0, at - 150):at + 150]}"
            )
        said = json.loads(b"[" + next_messages[len(messages):].removeprefix(b",") + b"]")[0]
        wrote, calls = script[number - 2], [call["function"] for call in said.get("tool_calls", [])]
        assert said["role"] == "assistant"
        assert [(call["name"], call["arguments"]) for call in calls] == wrote.get("calls", []), f"turn {number} spells calls anew: {calls}"
        assert (said.get("content") or "") == wrote.get("text", ""), f"turn {number} changes the text: {said}"
        # Templates leave out the thinking of turns that a user's message ended.
        if calls:
            assert said.get("reasoning_content") == wrote.get("reasoning"), f"turn {number} changes the thinking: {said}"
