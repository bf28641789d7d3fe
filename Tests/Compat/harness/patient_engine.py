"""A Chat Completions engine that never finishes by itself and tells when its reader went away."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class PatientEngine:
    """Streams a word every 20 ms until the reader leaves or `finish` is set. Answers /v1/models and /health too."""

    def __init__(self):
        self.started = threading.Event()
        self.abandoned = threading.Event()
        self.finish = threading.Event()
        self.requests = []
        self.models_asked = 0
        engine = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                if self.path.endswith("/models"):
                    engine.models_asked += 1
                    self._json({"object": "list", "data": [{"id": "patient", "object": "model", "created": 1, "owned_by": "tests"}]})
                else:
                    self._json({"status": "ok"})

            def do_POST(self):
                engine.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                try:
                    self._chunk({"role": "assistant", "content": ""})
                    while not engine.finish.wait(0.02):
                        self._chunk({"content": "word "})
                        engine.started.set()
                    self._chunk({}, finish="stop")
                    self.wfile.write(b"data: [DONE]\n\n")
                except OSError:
                    engine.abandoned.set()
                self.close_connection = True

            def _chunk(self, delta, finish=None):
                chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "patient",
                         "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
                self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")

            def _json(self, value):
                body = json.dumps(value).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.finish.set()
        self._server.shutdown()
        self._server.server_close()
