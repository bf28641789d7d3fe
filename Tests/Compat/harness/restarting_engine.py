"""A Chat Completions engine that is restarted while it works: it hangs up, refuses connections, loads its model, and goes on."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


class RestartingEngine:
    """Calls the first tool it is offered, `calls` times, then says "done". Numbers of answers in `restarts` are those before which it
    is restarted: the request is dropped, nothing listens for a while, then 503 says for a while that the model loads."""

    def __init__(self, calls=20, restarts=(), refuses=0.6, loads=2):
        self.calls, self.restarts, self.refuses, self.loads = calls, set(restarts), refuses, loads
        self.answers, self.refused, self.restarted = 0, 0, 0
        self.loading, self.down = False, False
        self._lock = threading.Lock()
        self._server = None
        self.port = 0
        self._open()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    def _open(self):
        engine = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                if engine.loading:
                    return self._json(503, LOADING)
                names = ["restarting", "scripted"]
                self._json(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in names]})

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if engine.down:
                    self.close_connection = True
                    return None
                if engine.loading:
                    engine.refused += 1
                    return self._json(503, LOADING)
                is_warmup = body.get("max_tokens") == 1 or body.get("max_completion_tokens") == 1
                if not is_warmup and engine._next_is_restart():
                    threading.Thread(target=engine._restart, daemon=True).start()
                    # As a process that is killed: no answer, and the connection ends.
                    self.close_connection = True
                    return None
                return self._stream(body, is_warmup)

            def _stream(self, body, is_warmup):
                done = sum(message["role"] == "tool" for message in body["messages"])
                tool = (body.get("tools") or [{}])[0].get("function", {}).get("name")
                if is_warmup or not tool or done >= engine.calls:
                    deltas, finish = [{"content": "done"}], "stop"
                else:
                    arguments = json.dumps({"cmd": f"echo {done}"} if tool == "exec_command" else {"key": f"k{done}"})
                    call = {"index": 0, "id": f"call_{done:08}", "type": "function", "function": {"name": tool, "arguments": arguments}}
                    deltas, finish = [{"tool_calls": [call]}], "tool_calls"
                chunks = [self._chunk(delta) for delta in deltas] + [self._chunk({}, finish)]
                chunks.append({"choices": [], "usage": {"prompt_tokens": 10 + done, "completion_tokens": 3}})
                text = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
                self._send(200, text.encode(), "text/event-stream")

            def _chunk(self, delta, finish=None):
                return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "restarting",
                        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

            def _json(self, status, value):
                self._send(status, json.dumps(value).encode(), "application/json")

            def _send(self, status, body, kind):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = True

        self._server = _Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def _next_is_restart(self):
        with self._lock:
            if self.answers in self.restarts:
                self.restarts.discard(self.answers)
                self.down = True
                return True
            self.answers += 1
            return False

    def _restart(self):
        self._close()
        time.sleep(self.refuses)
        self.loading, self.down = True, False
        self._open()
        time.sleep(self.loads)
        self.restarted += 1
        self.loading = False

    def _close(self):
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._close()


LOADING = {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}
