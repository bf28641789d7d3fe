"""The programs under test as processes: the built server, and a real llama.cpp engine with a tiny random model."""

import atexit
import contextlib
import http.client
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

COMPAT = pathlib.Path(__file__).resolve().parent.parent
PROJECT = COMPAT.parent.parent
MODEL = COMPAT / "engine" / "tiny.gguf"

#: Where servers keep what outlasts them: not in the folder of whoever runs the tests.
STATE = os.environ["HOTLINE_STATE"] = tempfile.mkdtemp(prefix="hotline-state-")
#: Many servers share that folder, and a file of responses is one server's. A test of stored responses gives its server a folder, and
#: HOTLINE_STORE=sqlite.
STORE = os.environ["HOTLINE_STORE"] = "memory"
atexit.register(shutil.rmtree, STATE, ignore_errors=True)

#: Seconds any single awaited event may take before its test fails. Generous: it is never waited out by a passing test.
DEADLINE = float(os.environ.get("HOTLINE_TEST_DEADLINE", "30"))


def server_binary():
    """The built server: HOTLINE_BINARY, or the release build of this checkout."""
    return pathlib.Path(os.environ.get("HOTLINE_BINARY") or PROJECT / ".build" / "release" / "hotline")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(condition, what, deadline=DEADLINE, interval=0.02):
    """Asks `condition` until it returns something true, and returns that; fails after `deadline` seconds."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline:g} s: {what}")
        time.sleep(interval)


def http_status(port, path, timeout=5):
    """The status of a GET, or None while nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


class Program:
    """A child process whose output is collected in a file, so that it can never block on a full pipe."""

    def __init__(self, command, env=None, descriptors=None, user=None):
        self.command = [str(part) for part in command]
        self._log = tempfile.NamedTemporaryFile(mode="w+b", prefix="hotline-compat-", suffix=".log", delete=False)
        # How many files it may open: a number, or the soft and the hard limit.
        limits = (descriptors, descriptors) if isinstance(descriptors, int) else descriptors
        few = limits and (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limits))
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT, env=env,
            preexec_fn=few, **({"user": user, "group": user, "extra_groups": []} if user else {}),
        )

    @property
    def log(self):
        return pathlib.Path(self._log.name).read_text(errors="replace")

    @property
    def pid(self):
        return self.process.pid

    def exit_code(self, deadline=DEADLINE):
        """Waits for the process to end by itself."""
        try:
            return self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {deadline:g} s: {self.command}\n{self.log}") from None

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def kill(self):
        """SIGKILL: gone without a word, as in a crash."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def forget(self):
        """Ends the process if need be and removes its log."""
        self.kill()
        self._log.close()
        with contextlib.suppress(OSError):
            os.unlink(self._log.name)


class HotlineServer(Program):
    """`hotline serve` on a free loopback port; `descriptors` are its soft and its hard limit of open files, `user` is the number of
    another user than root."""

    def __init__(self, *arguments, port=None, env=None, descriptors=None, user=None):
        binary = server_binary()
        if not binary.exists():
            raise AssertionError(f"{binary} is missing: run scripts/test, or set HOTLINE_BINARY.")
        self.port = port or free_port()
        # Settings of the developer's own shell must not reach the server under test.
        clean = {k: v for k, v in os.environ.items() if not k.startswith("HOTLINE_")}
        super().__init__(
            [binary, "serve", "--host", "127.0.0.1", "--port", self.port, *arguments],
            env={**clean, "HOTLINE_STATE": STATE, "HOTLINE_STORE": STORE, **(env or {})}, descriptors=descriptors, user=user,
        )

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def socket_url(self):
        return f"ws://127.0.0.1:{self.port}/v1/responses"

    def wait_ready(self, path="/ready"):
        def answered():
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode} at start:\n{self.log}")
            return http_status(self.port, path) == 200

        wait_until(answered, f"GET {path} answers 200\n{self.log}")
        return self


@contextlib.contextmanager
def serving(*arguments, env=None, ready="/ready", descriptors=None, user=None):
    """A running server. At the end it gets SIGTERM and must leave with 0; its log is shown when something fails."""
    server = HotlineServer(*arguments, env=env, descriptors=descriptors, user=user)
    try:
        server.wait_ready(ready)
        yield server
        if server.process.poll() is None:
            server.terminate()
        code = server.exit_code()
        assert code == 0, f"exit code {code} after SIGTERM"
    except BaseException:
        sys.stderr.write(f"--- log of {' '.join(server.command)}\n{server.log[-6000:]}\n---\n")
        raise
    finally:
        server.forget()


class LlamaEngine(Program):
    """llama.cpp's server on loopback. The text is noise, the protocol is real."""

    def __init__(self, *arguments, port=None):
        if not MODEL.exists():
            raise AssertionError(f"{MODEL} is missing: scripts/test makes it with engine/make_tiny_gguf.py.")
        self.port = port or free_port()
        super().__init__([sys.executable, COMPAT / "engine" / "serve.py", MODEL, "--port", self.port, *arguments])

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/v1"

    def wait_ready(self):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"the engine ended with {self.process.returncode} at start:\n{self.log}")
            return re.search(r"^ready ", self.log, re.MULTILINE)

        wait_until(ready, "the engine says that it is ready", deadline=60)
        return self

    def busy_slots(self):
        """How many of the engine's slots are generating."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", "/slots")
            return sum(slot["is_processing"] for slot in json.loads(connection.getresponse().read()))
        finally:
            connection.close()


@contextlib.contextmanager
def llama(*arguments):
    engine = LlamaEngine(*arguments)
    try:
        yield engine.wait_ready()
    finally:
        engine.forget()
