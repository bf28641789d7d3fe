"""Real agents, installed by `scripts/test --agents` beside the venv of the tests, and the folders they run in."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess

import pytest

from .processes import COMPAT, DEADLINE, server_binary, wait_until

#: Seconds for an agent's whole run: they start slowly on a busy machine.
RUN_DEADLINE = 4 * DEADLINE


#: Variables of the developer's own agents.
PREFIXES = ("HOTLINE_", "ANTHROPIC_", "CLAUDE", "CODEX_", "COPILOT_", "OPENAI_", "VIBE_", "XDG_")


class Agents:
    """The programs; a test whose program is not there is skipped by its name."""

    def __init__(self):
        self.venv = pathlib.Path(os.environ.get("HOTLINE_AGENTS") or COMPAT / ".venv-agents")

    def _find(self, name, place, venv, way):
        found = sorted(venv.glob(place))
        if not found:
            pytest.skip(f"{name} is not installed: {way}")
        return found[0]

    @property
    def codex(self):
        return self._find("Codex", "lib/python3*/site-packages/codex_cli_bin/bin/codex", self.venv, "scripts/test --agents")

    @property
    def claude(self):
        return self._find("Claude Code", "lib/python3*/site-packages/claude_agent_sdk/_bundled/claude", self.venv, "scripts/test --agents")

    @property
    def copilot(self):
        return self._find("Copilot CLI", "lib/python3*/site-packages/copilot/bin/copilot", self.venv, "scripts/test --agents")

    @property
    def mini(self):
        return self._find("mini-swe-agent", "bin/mini", self.venv, "scripts/test --agents")

    @property
    def aider(self):
        return self._find("aider", "bin/aider", self.venv.with_name(self.venv.name + "-aider"), "scripts/test --agents")

    @property
    def openhands(self):
        venv = self.venv.with_name(self.venv.name + "-openhands")
        return self._find("OpenHands", "bin/openhands", venv, "scripts/test --agents --python3.12 PATH")

    @property
    def vibe(self):
        venv = self.venv.with_name(self.venv.name + "-3.12")
        return self._find("Mistral Vibe", "bin/vibe", venv, "scripts/test --agents --python3.12 PATH")


class Place:
    """An empty home and working folder for one agent, apart from the developer's; the user's folder is one that programs accept."""

    def __init__(self, folder):
        self.home, self.work = folder / "home", folder / "work"
        self.home.mkdir()
        self.work.mkdir()
        clean = {k: v for k, v in os.environ.items() if not k.startswith(PREFIXES)}
        self.env = {**clean, "HOME": str(self.home), "TERM": "dumb", "SHELL": "/bin/sh"}

    def run(self, *command, **env):
        done = subprocess.run(
            list(map(str, command)), cwd=self.work, env={**self.env, **env}, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=RUN_DEADLINE,
        )
        assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done

    def connect(self, name, url, file):
        """What `hotline connect` writes for a client."""
        self.run(server_binary(), "connect", name, "--server", url, "--write", file)
        return file

    def leftovers(self):
        return sorted(path.name for path in self.work.iterdir())


def end_daemons(folder):
    """Codex's terminal leaves a server of its own behind, which it runs from its folder, and which starts another."""
    def are_gone():
        found = False
        for process in pathlib.Path("/proc").glob("[0-9]*/exe"):
            with contextlib.suppress(OSError):
                if pathlib.Path(os.readlink(process)).is_relative_to(folder):
                    found = True
                    os.kill(int(process.parent.name), signal.SIGKILL)
        return not found

    wait_until(are_gone, "Codex's own server is gone")


def json_lines(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]
