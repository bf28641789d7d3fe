"""hotline.yaml: several engines chosen by the model's name, keys and what they may do, problems with their place."""

import json
import subprocess

import pytest

from harness.attacks import CrudeEngine
from harness.chat_terminal import clean_environment
from harness.connections import request
from harness.processes import HotlineServer, free_port, server_binary, wait_until


def saying(text):
    """An engine that answers every turn with `text`, and lists one model, `plain`."""
    def answer(connection, head, body):
        chunk = {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": "stop"}]}
        stream = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode()
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n%s" % (len(stream), stream))
    return CrudeEngine(answer)


def ask(server, model, key="k", **fields):
    body = {"input": "hi", "store": False, **({"model": model} if model else {}), **fields}
    status, _, answer = request(server, "POST", "/v1/responses", body, key=key)
    return status, answer


def text(answer):
    return "".join(part["text"] for item in answer["output"] if item["type"] == "message" for part in item["content"])


def run_cli(*arguments, **variables):
    done = subprocess.run([server_binary(), *map(str, arguments)], capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL,
                          env=clean_environment(**variables))
    return done.returncode, done.stdout, done.stderr


def test_engines_are_chosen_by_the_models_name(start_with, tmp_path):
    file = tmp_path / "hotline.yaml"
    with saying("one") as one, saying("two") as two:
        file.write_text(f"""
engines:
  first:
    url: {one.url}
    models: {{a: plain, b: {{name: plain, context: 32k}}}}
  second:
    url: {two.url}
    models: [c]
keys:
  all: {{env: ALL_KEY}}
  some: {{env: SOME_KEY, models: [c], storage: no}}
""")
        server = start_with("--config", file, env={"ALL_KEY": "k", "SOME_KEY": "s"}, ready="/health")
        assert [text(ask(server, model)[1]) for model in ("a", "b", "c")] == ["one", "one", "two"]
        # Both list it.
        status, answer = ask(server, "plain")
        assert status == 404 and "'first' and 'second'" in answer["error"]["message"], answer
        assert ask(server, "none")[0] == 404
        listed = {model["id"]: model.get("context_length") for model in request(server, "GET", "/v1/models", key="k")[2]["data"]}
        assert listed == {"a": None, "b": 32768, "c": None}
        # The other key is for one model, does not see the others, and stores nothing.
        assert [model["id"] for model in request(server, "GET", "/v1/models", key="s")[2]["data"]] == ["c"]
        assert ask(server, "a", key="s")[0] == 404 and ask(server, "a", key="x")[0] == 401
        status, answer = ask(server, None, key="s", store=True)
        assert status == 200 and text(answer) == "two" and answer["model"] == "c" and answer["store"] is False


def test_an_engine_that_comes_up_later_is_found(start_with, tmp_path):
    file, port = tmp_path / "hotline.yaml", free_port()
    with saying("one") as one:
        file.write_text(f"engines:\n  first: {{url: {one.url}, only-these-models: yes, models: [a]}}\n  late: http://127.0.0.1:{port}\n"
                        "keys: {all: {env: ALL_KEY}}\n")
        server = start_with("--config", file, env={"ALL_KEY": "k"}, ready="/health")
        assert text(ask(server, "a")[1]) == "one"
        status, answer = ask(server, "plain")
        assert status == 502 and "'late'" in answer["error"]["message"], answer
        late = HotlineServer("--engine", "scripted", port=port)
        try:
            late.wait_ready()
            # What listens there now lists `scripted`, and speaks another API: it is found, and that is all.
            wait_until(lambda: "scripted" in [m["id"] for m in request(server, "GET", "/v1/models", key="k")[2]["data"]], "its models")
        finally:
            late.forget()


@pytest.mark.parametrize("content, place, words", [
    ("acess-log: yes\n", "1:1", "Did you mean 'access-log'?"), ("engines:\n  a: {url: http://x, key: SECRET}\n", "2:27", "{env: VARIABLE}"),
    ("port: 1\nkeys: [\n", "3:1", "not YAML"), ("engines: {a: {url: http://x, models: [m]}, b: {url: http://y, models: [m]}}\n", "1:", "'m'"),
])
def test_check_names_the_place(tmp_path, content, place, words):
    file = tmp_path / "x.yaml"
    file.write_text(content)
    code, out, err = run_cli("config", "check", "--config", file)
    assert code == 78 and f"{file}:{place}" in err and words in out + err and "SECRET" not in out + err, (code, out, err)
    code, _, err = run_cli("serve", "--config", file)
    assert code == 78 and f"{file}:{place}" in err, (code, err)


def test_show_masks_secrets(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text("engines: {a: {url: http://x, key: {env: KEY_A}, headers: {X: {env: KEY_B}}}}\nkeys: {k: {env: KEY_C}}\n")
    code, out, err = run_cli("config", "show", "--config", file, "--api-key", "SECRET0", KEY_A="SECRET1", KEY_B="SECRET2", KEY_C="SECRET3")
    assert code == 0 and "SECRET" not in out + err and "KEY_C" in out and "http://x" in out, (out, err)


def test_engines_lists_what_is_configured(tmp_path):
    file = tmp_path / "x.yaml"
    with saying("one") as one:
        file.write_text(f"engines:\n  here: {one.url}\n  gone: http://127.0.0.1:{free_port()}\n")
        code, out, err = run_cli("engines", "--config", file)
    assert code == 0 and "here  " in out and "first byte  after" in out and "answers     no;" in out, (out, err)
