"""`hotline codex` with a shell script in Codex's place, and `hotline connect`: what clients are given."""

import json
import os
import pathlib
import signal
import stat
import subprocess
import sys
import tomllib

import pytest

from harness.connections import request
from harness.processes import DEADLINE, server_binary, wait_until

#: Says what it was given, and how it ends.
SCRIPT = """#!/bin/sh
printf 'process %s\\n' $$
printf 'argument [%s]\\n' "$@"
printf 'home %s\\nkey [%s] keys [%s] engine key [%s]\\n' "$CODEX_HOME" "$HOTLINE_API_KEY" "$HOTLINE_API_KEYS" "$HOTLINE_ENGINE_KEY"
printf 'folder %s\\n' "$PWD"
trap 'echo told; exit 42' TERM
echo ready
test "$1" = wait && while :; do sleep 0.05; done
exit 7
"""


@pytest.fixture
def codex(tmp_path):
    """Runs `hotline codex` in an empty folder, with a data folder of its own."""
    script = tmp_path / "bin" / "codex"
    script.parent.mkdir()
    script.write_text(SCRIPT)
    script.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    clean = {k: v for k, v in os.environ.items() if not k.startswith("HOTLINE_")}
    env = {**clean, "XDG_DATA_HOME": str(tmp_path / "data"), "HOME": str(tmp_path / "home"), "PATH": f"{script.parent}:{os.environ['PATH']}"}

    def run(*arguments, **more):
        return subprocess.Popen(
            [server_binary(), "codex", *map(str, arguments)], cwd=work, env={**env, **more}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            # Tests that run under nohup ignore it, and what ignores it does not hear it.
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
        )

    run.home, run.work, run.env = tmp_path / "data" / "hotline" / "codex", work, env
    return run


def finish(process):
    out, err = process.communicate(timeout=DEADLINE)
    return process.returncode, out, err


def test_codex_takes_our_place_on_a_running_server(codex, start):
    server = start("--api-key", "k")
    process = codex("--server", server.base_url, "--", "exec", "a b", "--model", "x", HOTLINE_API_KEY="k", HOTLINE_API_KEYS="k,l",
                    HOTLINE_ENGINE_KEY="secret")
    code, out, err = finish(process)
    assert code == 7, (out, err)
    assert f"process {process.pid}\n" in out, "the same process"
    assert [line for line in out.splitlines() if line.startswith("argument")] == [
        "argument [exec]", "argument [a b]", "argument [--model]", "argument [x]"]
    assert f"home {codex.home}\n" in out and "key [k] keys [] engine key []" in out and f"folder {codex.work}\n" in out
    assert str(codex.home) in err
    written = tomllib.loads((codex.home / "config.toml").read_text())
    assert written["model"] == "scripted" and written["model_provider"] == "hotline"
    provider = written["model_providers"]["hotline"]
    assert provider["base_url"] == server.base_url and provider["model_catalog_url"] == server.base_url + "/models"
    assert provider["name"] == "OpenAI" and provider["supports_websockets"] is True
    assert stat.S_IMODE(codex.home.stat().st_mode) == 0o700
    assert "k" not in (codex.home / "config.toml").read_text().split('"'), "no key"
    assert list(codex.work.iterdir()) == [] and not pathlib.Path(codex.env["HOME"]).exists(), "nothing elsewhere"


@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 42), (signal.SIGHUP, 128 + signal.SIGHUP)])
def test_a_server_for_the_session(codex, number, code):
    """It serves as long as Codex runs, to Codex alone; signals reach Codex, and its end is ours."""
    process = codex("--engine", "scripted", "--", "wait")
    lines = []
    while (line := process.stdout.readline()) != "ready\n":
        assert line, process.stderr.read()
        lines.append(line.strip())
    key = next(line for line in lines if line.startswith("key")).split("[")[1].split("]")[0]
    assert len(key) > 20, "nobody else uses the engine meanwhile"
    url = tomllib.loads((codex.home / "config.toml").read_text())["model_providers"]["hotline"]["base_url"]
    server = type("Server", (), {"port": int(url.split(":")[2].split("/")[0])})
    assert request(server, "GET", "/v1/models")[0] == 401
    assert request(server, "GET", "/v1/models", key=key)[0] == 200
    process.send_signal(number)
    out, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == code, (out, err)
    assert ("told" in out) == (code == 42)

    def gone():
        try:
            request(server, "GET", "/health")
        except OSError:
            return True

    wait_until(gone, "the server has ended")


def test_a_small_context_is_told_with_both_numbers(codex, start_with, tmp_path):
    file = tmp_path / "hotline.yaml"
    file.write_text("engines:\n  local:\n    url: scripted\n    models: {small: {name: scripted, context: 4096}}\n")
    server = start_with("--config", file)
    code, out, err = finish(codex("--server", server.base_url, "--model", "small"))
    assert code == 69 and out == "" and "'small' has 4096" in err and "6048" in err and "--any-context" in err
    assert not codex.home.exists()
    assert finish(codex("--server", server.base_url, "--model", "small", "--any-context"))[0] == 7


@pytest.mark.parametrize("arguments, env, code, words", [
    (["--codex", "no-such-program"], {}, 69, "there is no program 'no-such-program'"),
    (["--server", "http://127.0.0.1:1/v1"], {}, 69, "nothing listens at http://127.0.0.1:1/v1"),
    ([], {"HOTLINE_SERVER": "http://127.0.0.1:1"}, 69, "nothing listens at http://127.0.0.1:1/v1"),
    (["--engine", "scripted", "--server", "http://h"], {}, 64, "Leave one of them out."),
    (["--engine", "scripted", "--model", "other"], {}, 64, "has no model 'other'"),
    (["--engine", "http://127.0.0.1:1"], {}, 70, "does not answer"),
])
def test_what_hinders_it_is_said(codex, arguments, env, code, words):
    assert (result := finish(codex(*arguments, **env)))[0] == code and words in result[2], result
    assert "Fatal" not in result[2]


# MARK: connect

def connect(*arguments, **env):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("HOTLINE_")}
    done = subprocess.run(
        [server_binary(), "connect", *map(str, arguments)], capture_output=True, text=True, timeout=DEADLINE, env={**clean, **env})
    return done.returncode, done.stdout, done.stderr


def names():
    code, out, _ = connect()
    assert code == 0
    return [line.split()[0] for line in out.splitlines()]


def test_every_configuration_can_be_read(server, tmp_path):
    assert set(names()) >= {"codex", "claude", "copilot", "copilot-chat", "vibe-messages", "openai-python", "opencode", "zed", "aider", "curl"}
    for name in names():
        code, out, err = connect(name, "--server", server.base_url)
        assert code == 0 and "scripted" in out and f"127.0.0.1:{server.port}" in out and err.strip(), (name, out, err)
        if name == "codex" or name.startswith("vibe"):
            tomllib.loads(out)
        elif name in ("opencode", "pi", "zed", "vscode"):
            json.loads(out)
        elif "import " in out and name not in ("openai-node", "ai-sdk", "swift"):
            compile(out, name, "exec")
        elif "export " in out or name in ("curl", "letta"):
            subprocess.run(["sh", "-n"], input=out, text=True, check=True)


def test_curl_runs_as_it_is_printed(server):
    _, command, _ = connect("curl", HOTLINE_SERVER=server.base_url)
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=DEADLINE)
    assert "response.completed" in done.stdout, done


@pytest.mark.parametrize("name", [
    "openai-python", "agents-sdk", "openai-chat-python", "anthropic-python", "litellm", "langchain-openai", "langchain-anthropic",
    "pydantic-ai-chat", "pydantic-ai-messages",
])
def test_python_runs_as_it_is_printed(server, tmp_path, name):
    file = tmp_path / "hello.py"
    assert connect(name, "--server", server.base_url, "--write", file)[0] == 0
    # LiteLLM would ask for prices elsewhere, again and again.
    env = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    done = subprocess.run([sys.executable, file], capture_output=True, text=True, timeout=DEADLINE, env=env)
    assert done.returncode == 0 and "Hello" in done.stdout, done


def test_a_file_is_written_once(server, tmp_path):
    file = tmp_path / "config.toml"
    code, out, err = connect("codex", "--server", server.base_url, "--write", file)
    assert code == 0 and out == "" and str(file) in err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and file.read_text() == connect("codex", "--server", server.base_url)[1]
    file.write_text("mine")
    code, _, err = connect("codex", "--server", server.base_url, "--write", file)
    assert code == 73 and "--force" in err and file.read_text() == "mine"
    assert connect("codex", "--server", server.base_url, "--write", file, "--force")[0] == 0 and file.read_text() != "mine"
    assert list(tmp_path.iterdir()) == [file]


def test_the_key_is_asked_for_by_its_variable(start):
    server = start("--api-key", "k-1234")
    code, _, err = connect("codex", "--server", server.base_url)
    assert code == 77 and "HOTLINE_API_KEY" in err
    for name in names():
        code, out, err = connect(name, "--server", server.base_url, HOTLINE_API_KEY="k-1234")
        assert code == 0 and "k-1234" not in out + err


def test_an_unknown_client_and_no_server():
    code, _, err = connect("emacs")
    assert code == 64 and "codex" in err
    code, _, err = connect("codex", "--server", "http://127.0.0.1:1")
    assert code == 69 and "hotline serve" in err


def test_the_key_of_a_session_is_the_same_each_time(codex, tmp_path):
    """A session that Codex takes up again holds compactions, which open for the key that they were made for."""
    def key(state):
        code, out, err = finish(codex("--engine", "scripted", "--", "x", HOTLINE_STATE=str(tmp_path / state)))
        assert code == 7, (out, err)
        return next(line for line in out.splitlines() if line.startswith("key")).split("[")[1].split("]")[0]

    assert key("one") == key("one") != key("two")
