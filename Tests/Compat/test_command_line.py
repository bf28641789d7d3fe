"""The command line: exit codes with one clear sentence, the banner, settings from the environment, the scripted speed."""

import subprocess
import time

import pytest

from harness.connections import EventSocket, request, user
from harness.processes import HotlineServer, free_port, server_binary, wait_until


def run_cli(*arguments, deadline=20):
    done = subprocess.run(
        [server_binary(), *map(str, arguments)], capture_output=True, text=True, timeout=deadline, stdin=subprocess.DEVNULL
    )
    return done.returncode, done.stdout, done.stderr


def test_port_in_use(server):
    code, out, err = run_cli("serve", "--engine", "scripted", "--port", server.port)
    assert 0 < code < 128
    assert str(server.port) in out + err and "use" in (out + err).lower()
    assert "Fatal" not in err and ".swift" not in err


@pytest.mark.parametrize("flags", [
    ["--no-such-flag"], ["--port", "many"], ["--port", "70000"], ["--lifetime", "soon"], ["--scripted", "speed=fast"],
    ["--engine", "not a url"], ["--model", "missing-equals"], ["--log-level", "loud"],
])
def test_bad_flag(flags):
    code, out, err = run_cli("serve", *(flags if "--engine" in flags else ["--engine", "scripted", *flags]))
    assert 0 < code < 128, (code, out, err)
    assert flags[0].lstrip("-") in out + err, "the sentence names the flag"
    assert "Fatal" not in err


def test_version_and_help():
    code, out, _ = run_cli("--version")
    assert code == 0 and out.strip()
    code, out, _ = run_cli("--help")
    assert code == 0 and "serve" in out
    code, out, _ = run_cli("serve", "--help")
    assert code == 0
    for flag in ("--host", "--port", "--engine", "--engine-key", "--model", "--api-key", "--scripted", "--lifetime", "--log-level"):
        assert flag in out


def test_banner(start):
    server = start()
    wait_until(lambda: str(server.port) in server.log, "the banner")
    assert f"http://127.0.0.1:{server.port}/v1" in server.log
    assert "scripted" in server.log.lower()


def test_settings_from_the_environment():
    port = free_port()
    server = HotlineServer(port=port, env={"HOTLINE_ENGINE": "scripted", "HOTLINE_API_KEYS": "k"})
    try:
        server.wait_ready()
        assert request(server, "GET", "/v1/models", key="k")[0] == 200
        server.terminate()
        assert server.exit_code() == 0
    finally:
        server.forget()


def test_scripted_speed(start):
    """Told to be slow it is slow, and its prefix cache shows in the usage."""
    server = start("--scripted", "prefill=4000,decode=50,ttft=20ms")
    with EventSocket(server.socket_url) as socket:
        began = time.monotonic()
        turn = socket.turn("[[tokens:50]]", store=False)
        assert 0.5 < time.monotonic() - began < 10
        long = socket.turn(user_text(4000), store=False)
        on = socket.turn("[[say:on]]", store=False, previous_response_id=long.id)
    assert turn.response["usage"]["output_tokens"] == 50
    usage = on.response["usage"]
    assert usage["input_tokens_details"]["cached_tokens"] > 0.8 * long.response["usage"]["input_tokens"]


def user_text(words):
    return [user(" ".join(f"word{i}" for i in range(words)))]
