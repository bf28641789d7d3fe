"""Processes: the server under test, what it uses, and where everything runs."""

import contextlib
import http.client
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time

SOAK = pathlib.Path(__file__).resolve().parent.parent
PROJECT = SOAK.parent.parent


def binary():
    """The built server: HOTLINE_BINARY, or the release build of this checkout."""
    return os.environ.get("HOTLINE_BINARY") or str(PROJECT / ".build" / "release" / "hotline")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


#: A priority before all others: a process that measures is woken at once, whatever the load beside it computes.
AT_ONCE = object()


def pin(core, priority=0):
    """What a child process does first. Without a second core, or the right to, it runs as it comes."""
    def settle():
        if core is not None:
            with contextlib.suppress(OSError, AttributeError):
                os.sched_setaffinity(0, {core})
        if priority is AT_ONCE:
            with contextlib.suppress(OSError, AttributeError):
                os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        elif priority:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, 0, priority)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return settle


def cores():
    """(the server's core, the load's core); None twice where there is but one."""
    usable = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return (usable[0], usable[1]) if len(usable) > 1 else (None, None)


def knows_limits():
    """Whether this program takes `--limit NAME=VALUE`."""
    shown = subprocess.run([binary(), "serve", "--help"], capture_output=True, text=True, timeout=30)
    return "--limit" in shown.stdout


class Server:
    """`hotline serve` as a process, with engines by name and port; its log in a file."""

    def __init__(self, engines, engine_key, keys, limits=(), core=None):
        self.port = free_port()
        self._settings = tempfile.NamedTemporaryFile("w", prefix="hotline-soak-", suffix=".yaml")
        print("engines:", file=self._settings)
        for name, port in engines.items():
            print(f"  {name}: {{url: http://127.0.0.1:{port}, key: {{env: SOAK_ENGINE_KEY}}}}", file=self._settings, flush=True)
        command = [binary(), "serve", "--config", self._settings.name, "--host", "127.0.0.1", "--port", str(self.port)]
        for key in keys:
            command += ["--api-key", key]
        for limit in limits:
            command += ["--limit", limit]
        self._log = tempfile.NamedTemporaryFile(prefix="hotline-soak-", suffix=".log")
        # Nothing of the soak is to outlast it, in the folder of whoever runs it.
        self._state = tempfile.TemporaryDirectory(prefix="hotline-soak-")
        own = {"SOAK_ENGINE_KEY": engine_key, "HOTLINE_STATE": self._state.name, "HOTLINE_STORE": "memory"}
        clean = {k: v for k, v in os.environ.items() if not k.startswith("HOTLINE_")} | own
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, env=clean, preexec_fn=pin(core))
        for _ in range(600):
            if self.process.poll() is not None:
                raise SystemExit("the server ended at its start:\n" + self.log())
            with contextlib.suppress(OSError):
                if self.health(1):
                    break
            time.sleep(0.05)
        else:
            raise SystemExit("the server does not answer:\n" + self.log())

    def log(self):
        return pathlib.Path(self._log.name).read_text(errors="replace")

    def health(self, seconds=5):
        """What /health says, or None."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request("GET", "/health")
            return json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()

    def _status(self, name):
        with contextlib.suppress(OSError):
            for line in open(f"/proc/{self.process.pid}/status"):
                if line.startswith(name + ":"):
                    return int(line.split()[1]) * 1024
        return 0

    @property
    def rss(self):
        return self._status("VmRSS")

    @property
    def rss_peak(self):
        """The kernel's own high-water mark: no sample misses it."""
        return self._status("VmHWM")

    @property
    def descriptors(self):
        try:
            return len(os.listdir(f"/proc/{self.process.pid}/fd"))
        except OSError:
            return 0

    @property
    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self, seconds=40):
        """SIGTERM; answers the exit code, or None when it had to be killed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


class Helper:
    """One of our own programs in its own process: told by a line of JSON, answers in lines of JSON."""

    def __init__(self, module, settings, core=None, priority=0):
        self.module = module
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"soak.{module}", json.dumps(settings)], cwd=SOAK, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, preexec_fn=pin(core, priority))

    def says(self):
        """Its next line."""
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.module} ended with {self.process.wait()}")
        return json.loads(line)

    def tell(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        self.process.stdin.close()
