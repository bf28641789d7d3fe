"""`hotline claude` with a shell script in Claude Code's place: what it is given, and what is left alone."""

import json
import os
import pathlib
import signal
import stat
import subprocess

import pytest

from harness.connections import request
from harness.processes import DEADLINE, server_binary, wait_until

#: Says what it was given, and how it ends.
SCRIPT = """#!/bin/sh
printf 'process %s\\n' $$
printf 'argument [%s]\\n' "$@"
env | grep -E '^(ANTHROPIC|CLAUDE|HOTLINE|ENABLE|DISABLE|API)_' | sed 's/^/variable /'
trap 'echo told; exit 42' TERM
echo ready
for last; do :; done
test "$last" = wait && while :; do sleep 0.05; done
exit 7
"""


@pytest.fixture
def claude(tmp_path):
    """Runs `hotline claude` in an empty folder, with a data folder of its own."""
    script = tmp_path / "bin" / "claude"
    script.parent.mkdir()
    script.write_text(SCRIPT)
    script.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("HOTLINE_", "ANTHROPIC_", "CLAUDE_"))}
    env = {**clean, "XDG_DATA_HOME": str(tmp_path / "data"), "HOME": str(tmp_path / "home"), "PATH": f"{script.parent}:{os.environ['PATH']}"}

    def run(*arguments, **more):
        return subprocess.Popen(
            [server_binary(), "claude", *map(str, arguments)], cwd=work, env={**env, **more}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )

    run.home, run.work, run.env = tmp_path / "data" / "hotline" / "claude", work, env
    return run


@pytest.fixture
def sized(start_with, tmp_path):
    """A server with models of several sizes."""
    file = tmp_path / "hotline.yaml"
    sizes = {"tiny": 16384, "small": 32768, "middle": 65536, "large": 131072}
    models = ", ".join(f"{name}: {{name: scripted, context: {tokens}}}" for name, tokens in sizes.items())
    file.write_text(f"engines:\n  local:\n    url: scripted\n    models: {{{models}}}\n")
    return start_with("--config", file)


def finish(process):
    out, err = process.communicate(timeout=DEADLINE)
    return process.returncode, out, err


def given(out):
    lines = out.splitlines()
    arguments = [line[len("argument ["):-1] for line in lines if line.startswith("argument ")]
    return arguments, dict(line[len("variable "):].split("=", 1) for line in lines if line.startswith("variable "))


def test_it_takes_our_place_on_a_running_server(claude, start):
    server = start("--api-key", "k")
    process = claude(
        "--server", server.base_url, "--", "-p", "a b", "--model", "x", HOTLINE_API_KEY="k", HOTLINE_ENGINE_KEY="secret",
        ANTHROPIC_API_KEY="theirs", CLAUDE_CODE_USE_BEDROCK="1", CLAUDE_CONFIG_DIR="/no/such")
    code, out, err = finish(process)
    assert code == 7, (out, err)
    assert f"process {process.pid}\n" in out, "the same process"
    arguments, variables = given(out)
    assert arguments == ["-p", "a b", "--model", "x"], "the context is not known: nothing is cut"
    assert variables["ANTHROPIC_BASE_URL"] == server.base_url.removesuffix("/v1")
    assert variables["ANTHROPIC_AUTH_TOKEN"] == "k" and variables["ANTHROPIC_MODEL"] == "scripted"
    assert variables["CLAUDE_CONFIG_DIR"] == str(claude.home) and str(claude.home) in err
    assert not {"ANTHROPIC_API_KEY", "CLAUDE_CODE_USE_BEDROCK", "HOTLINE_API_KEY", "HOTLINE_ENGINE_KEY"} & variables.keys()
    assert "secret" not in out and "theirs" not in out
    assert json.loads((claude.home / "settings.json").read_text()) == {"disableAutoMode": "disable"}
    assert json.loads((claude.home / ".claude.json").read_text()) == {"hasCompletedOnboarding": True, "theme": "auto"}
    assert stat.S_IMODE(claude.home.stat().st_mode) == 0o700
    assert list(claude.work.iterdir()) == [] and not pathlib.Path(claude.env["HOME"]).exists(), "nothing elsewhere"


@pytest.mark.parametrize("model, window, output, search, tools", [
    ("small", "32768", "4096", "false", ["--tools=Bash,Read,Edit,Write,Glob,Grep"]),
    ("middle", "65536", "8192", "false", []),
    ("large", "131072", "8192", None, []),
])
def test_sizes_are_the_servers(claude, sized, model, window, output, search, tools):
    code, out, err = finish(claude("--server", sized.base_url, "--model", model, "--", "x"))
    assert code == 7, (out, err)
    arguments, variables = given(out)
    assert arguments == tools + ["x"]
    assert variables["CLAUDE_CODE_MAX_CONTEXT_TOKENS"] == window and variables["CLAUDE_CODE_MAX_OUTPUT_TOKENS"] == output
    assert variables.get("ENABLE_TOOL_SEARCH") == search
    named = {value for name, value in variables.items() if name.endswith("_MODEL")}
    assert named == {model}


def test_a_context_that_is_too_small_is_told_with_both_numbers(claude, sized):
    code, out, err = finish(claude("--server", sized.base_url, "--model", "tiny"))
    assert code == 69 and out == "" and "'tiny' has 16384" in err and "23944" in err and "--any-context" in err
    assert not claude.home.exists()
    assert finish(claude("--server", sized.base_url, "--model", "tiny", "--any-context"))[0] == 7


def test_a_server_for_the_session(claude):
    """It serves as long as Claude Code runs, to it alone."""
    process = claude("--engine", "scripted", "--", "wait")
    lines = []
    while (line := process.stdout.readline()) != "ready\n":
        assert line, process.stderr.read()
        lines.append(line.strip())
    _, variables = given("\n".join(lines))
    key = variables["ANTHROPIC_AUTH_TOKEN"]
    assert len(key) > 20, "nobody else uses the engine meanwhile"
    server = type("Server", (), {"port": int(variables["ANTHROPIC_BASE_URL"].split(":")[2])})
    assert request(server, "GET", "/v1/models")[0] == 401
    assert request(server, "GET", "/v1/models", key=key)[0] == 200
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 42 and "told" in out, (out, err)

    def gone():
        try:
            request(server, "GET", "/health")
        except OSError:
            return True

    wait_until(gone, "the server has ended")


def test_what_its_user_changed_stays(claude, server):
    claude.home.mkdir(parents=True)
    (claude.home / "settings.json").write_text("{}")
    assert finish(claude("--server", server.base_url))[0] == 7
    assert (claude.home / "settings.json").read_text() == "{}" and (claude.home / ".claude.json").exists()


@pytest.mark.parametrize("arguments, code, words", [
    (["--claude", "no-such-program"], 69, "there is no program 'no-such-program'"),
    (["--server", "http://127.0.0.1:1/v1"], 69, "nothing listens at http://127.0.0.1:1/v1"),
    (["--engine", "scripted", "--server", "http://h"], 64, "Leave one of them out."),
])
def test_what_hinders_it_is_said(claude, arguments, code, words):
    assert (result := finish(claude(*arguments)))[0] == code and words in result[2], result
