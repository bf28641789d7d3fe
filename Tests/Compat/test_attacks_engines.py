"""Attacks by engines: endless, silent, broken, or telling what they were told; one must not take the server or its clients down."""

import json
import subprocess
import sys
import threading

import pytest
from soak.wire import frame, post

from harness.attacks import MB, CrudeEngine, CrudeSocket, limits, rss, rss_peak, settled
from harness.chat_terminal import clean_environment
from harness.connections import EventSocket, request, stream
from harness.processes import serving, server_binary, wait_until

pytestmark = [pytest.mark.attack, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]

#: A key of no known form, which an engine may quote.
KEY = "ENGINE-KEY-123"


@pytest.fixture(scope="module")
def server(wrong_engines):
    with serving("--engine", wrong_engines, "--engine-key", KEY, "--shutdown-grace", "1s", "--log-level", "debug") as running:
        yield running


#: What the engine's calls are of: calls of what was not offered are not the client's.
TOOLS = [{"type": "function", "name": "look", "parameters": {"type": "object", "properties": {}}}]


def ask(server, over, model, **fields):
    """A turn's final response over one of the three transports, or its error."""
    if over == "socket":
        with CrudeSocket(server.port) as line:
            end = line.turn(model=model, **fields)
            return end.get("response") or end
    with CrudeSocket(server.port, upgrades=False) as line:
        body = json.dumps({"model": model, "input": "go", "store": False, "stream": over == "SSE", **fields}).encode()
        line.send(post(server.port, body, more="Connection: close\r\n"))
        answer = line.rest(256 * MB)
    if over == "SSE":
        last = [record for record in answer.split(b"\n\n") if b"data: {" in record][-1]
        event = json.loads(last[last.index(b"data: ") + 6:])
        return event.get("response") or event
    head, _, text = answer.partition(b"\r\n\r\n")
    return json.loads(text)


# MARK: Without an end


@pytest.mark.parametrize("over", ["socket", "SSE", "JSON"])
def test_an_answer_without_an_end(server, over):
    """It ends as incomplete at the limit of a response's bytes, says which limit it was, and memory stays near that."""
    before = rss(server)
    response = ask(server, over, "endless")
    assert response["status"] == "incomplete", response
    assert response["incomplete_details"] == {"reason": "max_output_tokens", "hotline_limit": "response_bytes"}
    assert rss_peak(server) < before + 400 * MB, f"{rss_peak(server) / 1e6:.0f} MB"
    settled(server)
    assert "response_bytes" in server.log


def test_a_small_limit_of_bytes(attacked):
    server = attacked(*limits(response_bytes="64KiB"))
    response = ask(server, "socket", "endless")
    assert response["status"] == "incomplete" and response["incomplete_details"]["hotline_limit"] == "response_bytes"
    text = response["output"][0]["content"][0]["text"]
    assert 0 < len(text) <= 64 << 10
    # The connection and others go on.
    assert ask(server, "socket", "plain")["status"] == "completed"


@pytest.mark.parametrize("over", ["socket", "JSON"])
def test_ten_thousand_calls(server, over):
    response = ask(server, over, "calls", tools=TOOLS)
    assert response["status"] == "incomplete", response.get("error")
    assert response["incomplete_details"]["reason"] == "max_output_tokens"
    assert response["incomplete_details"]["hotline_limit"] == "response_items"
    assert 100 <= len(response["output"]) <= 4096


def test_a_call_without_a_name(server):
    """It never vanishes in a turn that looks complete."""
    response = ask(server, "socket", "nameless")
    assert response.get("status") != "completed" or response["output"], response
    assert response.get("status") in ("failed", "incomplete"), response


@pytest.mark.parametrize("model", ["comments", "drip"])
def test_signs_of_life_do_not_prolong_a_response(attacked, model):
    server = attacked(*limits(response_duration="1s"))
    response = ask(server, "socket", model)
    assert response["status"] == "incomplete"
    assert response["incomplete_details"] == {"reason": "max_output_tokens", "hotline_limit": "response_duration"}
    settled(server)


# MARK: Broken


@pytest.mark.parametrize("model", ["one-line", "big-head", "zipped", "dropping", "garbage"])
def test_a_broken_answer_fails_once(server, model):
    """What cannot be read ends the turn; nothing is collected without a limit."""
    before = rss(server)
    for _ in range(10 if model == "garbage" else 2):
        with EventSocket(server.socket_url) as line:
            turn = line.turn("go", model=model, store=False)
            assert [event["sequence_number"] for event in turn.events if "sequence_number" in event] == list(range(
                len(turn.events) - (turn.last["type"] == "error"))), turn.types
            assert turn.failed or turn.response["status"] == "incomplete" or model == "zipped", turn.last
            assert not line.turn("on", model="plain", store=False).failed
    assert rss_peak(server) < before + 300 * MB
    settled(server)


@pytest.mark.parametrize("model", ["silent", "drip", "comments", "endless"])
def test_a_turn_on_such_an_engine_can_be_cancelled(server, model):
    with CrudeSocket(server.port) as line:
        line.create(model=model)
        assert line.receive()[1].startswith(b'{"type":"response.created"')
        line.send(frame('{"type":"response.cancel"}'))
        end = line.end()
        assert end["type"] == "response.incomplete", end["type"]
    settled(server)


def test_many_wrong_turns_at_once_leave_nothing(server):
    models = ["endless", "silent", "drip", "dropping", "garbage", "calls", "comments", "one-line", "big-head", "quoting"]
    lines = []
    for model in models * 4:
        line = CrudeSocket(server.port)
        line.create(model=model)
        lines.append(line)
    with CrudeSocket(server.port) as right:
        for _ in range(30):
            assert right.turn()["type"] == "response.completed"
    for line in lines:
        line.reset()
    settled(server)


# MARK: Secrets


@pytest.mark.parametrize("over, model, key", [
    *((over, model, KEY) for over in ("socket", "SSE", "JSON") for model in ("quoting", "quoting-late")),
    *(("socket", "quoting", key) for key in ("sk-proj-abcdef0123456789", "a b'c\"d", "short7!")),
])
def test_an_engine_that_quotes_its_key(start_with, wrong_engines, over, model, key):
    server = start_with("--engine", wrong_engines, "--engine-key", key, "--log-level", "debug", "--shutdown-grace", "1s")
    text = json.dumps(ask(server, over, model), ensure_ascii=False)
    wait_until(lambda: "engine failed" in server.log, "the failure stands in the log")
    for spelling in {key, json.dumps(key)[1:-1]}:
        assert spelling not in text, "the engine's key is in the answer"
        assert spelling not in server.log, "the engine's key is in the log"


def test_lists_of_models_that_quote_the_key(start_with):
    """An engine whose every answer is an error with the key in it: not at /ready, not at /v1/models, not in the log."""
    def quote(connection, head, body):
        words = json.dumps({"error": {"message": "no: " + b" ".join(head).decode()}}).encode()
        connection.sendall(b"HTTP/1.1 403 No\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(words), words))

    class Quoting(CrudeEngine):
        """Quotes in the list of models as well, from the second time on."""

        def _serve(self, connection):
            with connection, connection.makefile("rb") as lines:
                while head := self._head(lines):
                    length = next((int(l.split(b":")[1]) for l in head if l.lower().startswith(b"content-length:")), 0)
                    lines.read(length)
                    quote(connection, head, b"")

    with Quoting(quote) as engine:
        server = start_with("--engine", engine.url, "--engine-key", KEY, "--wait-for-engine", "--log-level", "debug", ready="/health")
        answers = [request(server, "GET", path)[2] for path in ("/ready", "/v1/models", "/v1/models/x")]
        answers.append(request(server, "POST", "/v1/responses", {"model": "x", "input": "hi"})[2])
        assert KEY not in json.dumps(answers)
        assert KEY not in server.log


def test_sealed_content_is_its_owners(start):
    server = start("--api-key", "alice", "--api-key", "bob", "--shutdown-grace", "1s")
    with EventSocket(server.socket_url, key="alice") as line:
        response = line.turn("[[think:the vault is open]] hi", include=["reasoning.encrypted_content"], store=False).response
        sealed = next(item for item in response["output"] if item["type"] == "reasoning")
        assert sealed["encrypted_content"]
        sealed = {"type": "reasoning", "id": sealed["id"], "summary": [], "encrypted_content": sealed["encrypted_content"]}
        again = [sealed, {"role": "user", "content": "and?"}]
        assert not line.turn(again, store=False).failed
    with EventSocket(server.socket_url, key="bob") as line:
        # It stays closed: a help that is left out, and nothing of it is told.
        turn = line.turn(again, store=False)
        assert not turn.failed and "vault" not in json.dumps(turn.response)
    status, _, body = request(server, "POST", "/v1/responses", {"model": "scripted", "input": again, "store": False}, key="bob")
    assert status == 200 and "vault" not in json.dumps(body)


def test_a_tool_of_chat_cannot_read_keys(start, tmp_path):
    """The key given to `hotline chat` in its environment is in no tool's reach: not its own environment, not its parents'."""
    scripted, key = start("--api-key", "key-of-the-chat-4711"), "key-of-the-chat-4711"
    look = ("p=$$; while [ $p -gt 1 ]; do cat /proc/$p/environ /proc/$p/cmdline; p=$(sed -n 's/^PPid:.//p' /proc/$p/status); "
            "done > seen.txt 2> errors.txt; env >> seen.txt")
    done = subprocess.run(
        [server_binary(), "chat", "--url", scripted.base_url, "--tools", "shell", "--yes", "--cwd", str(tmp_path),
         '[[tools:1 shell {"command":%s}]] go' % json.dumps(look)],
        capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
        env=clean_environment(HOTLINE_KEY=key, HOTLINE_API_KEYS=key, OPENAI_API_KEY=key))
    seen = (tmp_path / "seen.txt")
    assert seen.exists(), done.stdout + done.stderr
    # Processes above the chat are this test's own; they hold no such key.
    assert "PATH=" in seen.read_text() and key not in seen.read_text()


def test_errors_quote_no_prompt_of_another(server):
    """Two turns at once on an engine that quotes: each answer has nothing of the other's."""
    texts, answers = ("first secret of a", "second secret of b"), {}

    def one(text):
        with CrudeSocket(server.port) as line:
            answers[text] = json.dumps(line.turn(text, model="quoting"))

    threads = [threading.Thread(target=one, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts[0] not in answers[texts[1]] and texts[1] not in answers[texts[0]]


def test_a_stream_whose_engine_fails_is_well_formed(server):
    for model in ("dropping", "quoting-late"):
        turn = stream(server, {"model": model, "input": "go", "store": False})
        assert turn.last["type"] in ("response.failed", "error")
