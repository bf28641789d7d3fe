"""Stored responses in a file: where a server keeps them, what stops its start, and the commands of the person at the machine."""

import json
import os
import pathlib
import pty
import subprocess

import pytest

from harness.connections import EventSocket, outputs_for, request, stream, user
from harness.processes import DEADLINE, HotlineServer, free_port, server_binary, serving, wait_until

MARKER = "MARKERCONTENT"


@pytest.fixture
def state(tmp_path):
    """A folder for state that nobody has used."""
    return tmp_path / "state"


def variables(state, **more):
    """What a server, or a command beside it, is told: `STORE=None` says nothing of the store."""
    own = {"HOTLINE_STATE": str(state), "HOTLINE_STORE": more.pop("STORE", "sqlite"), **more}
    return {name: value or "" for name, value in own.items()}


def storing(state, *flags, **more):
    return serving("--engine", "scripted", *flags, env=variables(state, **more))


def hotline(state, *arguments, **more):
    """One of the commands; exit code, output, error."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    done = subprocess.run(
        [server_binary(), *map(str, arguments)], capture_output=True, text=True, timeout=DEADLINE, stdin=subprocess.DEVNULL,
        env={**clean, **variables(state, **more)})
    assert "Fatal" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def lines(state, *arguments):
    code, out, err = hotline(state, *arguments)
    assert code == 0, err
    return [json.loads(line) for line in out.splitlines()]


def respond(server, text, **fields):
    status, _, response = request(server, "POST", "/v1/responses", {"model": "scripted", "input": f"[[say:{text}]] {MARKER}", **fields})
    assert status == 200 and response["status"] == "completed", response
    return response


def continues(server, response):
    """Whether a response is there to be continued."""
    status, _, answer = request(
        server, "POST", "/v1/responses", {"model": "scripted", "input": "[[say:on]]", "previous_response_id": response["id"], "store": False})
    assert status == 200 or answer["error"]["code"] == "previous_response_not_found", answer
    return status == 200


def mode(path):
    return path.stat().st_mode & 0o777


def failing(state, *flags, **more):
    """A start that fails; exit code and log."""
    server = HotlineServer("--engine", "scripted", *flags, env=variables(state, **more))
    try:
        return server.exit_code(), server.log
    finally:
        server.forget()


# MARK: Where a server keeps them

def test_they_outlast_the_server_even_a_killed_one(state):
    with storing(state, STORE=None) as server:
        first = respond(server, "one")
        wait_until(lambda: "is up" in server.log, "the banner")
        assert f"Stored     {state}/hotline.sqlite, for 30 days after their last use\n" in server.log
    assert mode(state) == 0o700 and mode(state / "hotline.sqlite") == 0o600
    server = HotlineServer("--engine", "scripted", env=variables(state, STORE=None))
    try:
        server.wait_ready()
        second = respond(server, "two", previous_response_id=first["id"])
        server.kill()
    finally:
        server.forget()
    with storing(state, "--store-retention", "never") as server:
        assert continues(server, first) and continues(server, second)
        wait_until(lambda: "is up" in server.log, "the banner")
        assert f"Stored     {state}/hotline.sqlite, until they are deleted\n" in server.log


def test_one_server_has_the_file(state):
    with storing(state, STORE=None) as server:
        response = respond(server, "one")
        for store in (None, "sqlite", f"sqlite:{state}/hotline.sqlite"):
            code, log = failing(state, STORE=store)
            assert code == 69 and f"(process {server.pid}) has the store '{state}/hotline.sqlite' open" in log
            assert "--store memory" in log and "--state" in log
        with storing(state, STORE="memory") as other:
            assert not continues(other, response)
        assert continues(server, response)
    # Those that keep nothing of their own run beside it.
    with storing(state, STORE=None) as server:
        bench = ["bench", "--tool-calls", "1", "--repetitions", "1", "--no-trial-run", "--rtt", "0", "--context", "100"]
        code, _, err = hotline(state, *bench, STORE=None)
        assert code == 0, err


def test_where_the_folder_cannot_be_written(tmp_path):
    (tmp_path / "way").write_text("a file in the way")
    state = tmp_path / "way" / "state"
    with storing(state, STORE=None) as server:
        assert continues(server, respond(server, "one"))
        wait_until(lambda: "is up" in server.log, "the banner")
        assert "Stored     in memory, until the server stops: cannot make" in server.log
        assert "warning no file for stored responses: they end with the server" in server.log
    code, log = failing(state)
    assert code == 73 and f"error: cannot make '{tmp_path}/way" in log and "--store memory" in log
    code, log = failing(tmp_path, STORE=f"sqlite:{tmp_path}/none/x")
    assert code == 73 and f"there is no folder '{tmp_path}/none'" in log
    assert not (tmp_path / "none").exists()


def test_another_users_folder(tmp_path):
    """As somebody else than root, who may write everywhere."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to become somebody else")
    state = tmp_path / "state"
    state.mkdir(mode=0o755)
    for folder in [tmp_path, *tmp_path.parents]:
        if folder.owner() == "root" and folder != pathlib.Path("/") and mode(folder) & 0o055 != 0o055:
            folder.chmod(mode(folder) | 0o055)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    done = subprocess.run(
        [server_binary(), "serve", "--engine", "scripted", "--port", str(free_port())], capture_output=True, text=True, timeout=DEADLINE,
        env={**clean, "HOME": str(state), **variables(state)}, user=65534, group=65534, extra_groups=[])
    assert done.returncode == 73 and f"error: the store's folder '{state}' cannot be written: Permission denied" in done.stderr, done
    assert list(state.iterdir()) == []


def test_what_is_new_is_said_once_to_those_who_served_before(state):
    news = "responses with store: true are now kept in a file; --store memory turns that off"
    with storing(state, STORE="memory"):
        pass
    assert [file.name for file in state.iterdir()] == ["sealing-key"]
    with storing(state, STORE=None) as server:
        assert server.log.count(news) == 1 and f"file={state}/hotline.sqlite" in server.log
    with storing(state, STORE=None) as server:
        assert news not in server.log
    with storing(state.with_name("new"), STORE=None) as server:
        assert news not in server.log, "who never served from here has the banner"


def test_a_damaged_file_stops_the_start(state):
    with storing(state) as server:
        respond(server, "one")
    file = state / "hotline.sqlite"
    whole = file.read_bytes()
    for bytes_ in (b"no database at all, but a text that is long enough" * 100, whole[:100] + bytes(len(whole) - 100)):
        file.write_bytes(bytes_)
        for store in (None, "sqlite"):
            code, log = failing(state, STORE=store)
            assert code == 65 and f"'{file}' is" in log and "hotline store check" in log
        assert file.read_bytes() == bytes_, "nothing was done to it"
        code, out, _ = hotline(state, "store", "check")
        assert code == 1 and "problem" in out
        code, out, _ = hotline(state, "store", "check", "--json")
        assert code == 1 and json.loads(out)["is_whole"] is False and json.loads(out)["problems"]
    file.write_bytes(whole)
    assert hotline(state, "store", "check")[0] == 0


def test_no_data_is_kept(state):
    with storing(state, "--zdr", STORE=None) as server:
        response = respond(server, "one", store=True)
        assert response["store"] is False and not continues(server, response)
        wait_until(lambda: "is up" in server.log, "the banner")
        assert "Stored     none (--zdr): store: true counts as false\n" in server.log
    assert [file.name for file in state.iterdir()] == ["sealing-key"]
    with storing(state, HOTLINE_ZDR="yes") as server:
        assert "the store that was named is not used" in server.log and "named=HOTLINE_STORE" in server.log
        assert respond(server, "two")["store"] is False
    assert [file.name for file in state.iterdir()] == ["sealing-key"]
    with storing(state) as server:
        kept = respond(server, "three")
    with storing(state, "--zdr", STORE=None) as server:
        assert "a file of stored responses is left from before" in server.log
        assert not continues(server, kept)
        assert [listed["id"] for listed in lines(state, "responses", "list", "--json")] == [kept["id"]]


def files_with(marker, folder):
    """The files under a folder that hold a text."""
    return [path.name for path in folder.rglob("*") if path.is_file() and marker.encode() in path.read_bytes()]


def check_compactions(server, post, body, key, fields):
    """Every way to one: within a turn, in a turn of its own, and going on from it."""
    long = [user(f"{MARKER} {'and so on ' * 800}"), {"role": "assistant", "content": MARKER}, user(MARKER)]
    managed = {**body, "input": long, "context_management": [{"type": "compaction", "compact_threshold": 1000}]}
    status, _, compacted = post("/v1/responses", managed)
    assert status == 200 and compacted["output"][0]["type"] == "compaction" and compacted["store"] is False
    with EventSocket(server.socket_url, key=key) as socket:
        turn = socket.turn([*long, {"type": "compaction_trigger"}], **fields)
        assert [item["type"] for item in turn.response["output"]] == ["compaction"]
        assert socket.turn([*turn.response["output"], user(MARKER)], **fields).response["store"] is False


def check_refusals(server, post, body, key, fields):
    """What needs storing is refused by the field's name, and errors that have something of the request are in no file either."""
    if fields["store"]:
        status, _, answer = post("/v1/conversations", {"items": [user(MARKER)], "metadata": {MARKER: MARKER}})
        assert status == 403 and answer["error"]["code"] == "storage_not_allowed", answer
        conversation = "conv_none"
    else:
        conversation = post("/v1/conversations", {"items": [user("STOREDCONTENT")]})[2]["id"]
        assert post("/v1/responses/input_tokens", {"input": MARKER, "conversation": conversation})[0] == 200
    for field in ({"background": True}, {"background": True, "stream": True}, {"conversation": conversation}):
        status, _, answer = post("/v1/responses", {**body, **field})
        assert status == 400 and answer["error"]["param"] == next(iter(field)), answer
    wrongs = [
        {"input": [{"type": "item_reference", "id": MARKER}]}, {"tool_choice": {"type": "function", "name": MARKER}},
        {"metadata": [MARKER]},
        {"input": [{"type": "function_call_output", "call_id": MARKER, "output": MARKER}]}, {"text": {"format": {"type": MARKER}}},
        {"truncation": MARKER}, {"input": [{"type": "compaction", "encrypted_content": MARKER}]}, {"conversation": [MARKER]},
        {"tools": [{"type": "function", "name": 1, "description": MARKER}]}, {"input": [user(f"[[tokens:{MARKER}]]")]},
    ]
    with EventSocket(server.socket_url, key=key) as socket:
        for wrong in wrongs:
            assert post("/v1/responses", {**body, **wrong})[0] >= 400, wrong
            assert socket.turn(**{"input": MARKER, **fields, **wrong}).failed, wrong
        socket.send_text(json.dumps({"type": MARKER, "input": MARKER}))
        assert socket.receive()["type"] == "error"
        socket.send_text(f'{{"type": "response.create", "input": "{MARKER}')
        assert socket.receive()["type"] == "error"
    # What is not known is passed over, or refused.
    post("/v1/responses", {**body, "input": [{"type": MARKER, "text": MARKER}, user("x")], "tools": [{"type": MARKER}], MARKER: MARKER})
    assert request(server, "POST", "/v1/responses", f'{{"input": "{MARKER}', key=key)[0] == 400


@pytest.mark.parametrize("how", ["store: false", "--zdr", "a key without storage"])
def test_what_is_not_stored_is_in_no_file(state, tmp_path, how):
    """After turns by every way: neither in the folder, while the server runs and when it has ended, nor in the log."""
    flags, key, fields = ["--access-log", "--log-level", "trace"], None, {"store": False}
    if how == "--zdr":
        flags += ["--zdr"]
        fields = {"store": True}
    elif how == "a key without storage":
        key, fields = "k", {"store": True}
        (tmp_path / "hotline.yaml").write_text("keys:\n  k: {env: K, storage: no}\n  l: {env: L}\n")
        flags += ["--config", tmp_path / "hotline.yaml"]
    tools = [{"type": "function", "name": f"tool_{MARKER}", "description": MARKER, "parameters": {"type": "object", "properties": {}}}]
    body = {
        "model": "scripted", "input": [user(f"[[think:{MARKER}]][[say:{MARKER}]]")], "instructions": MARKER, "tools": tools,
        "metadata": {MARKER: MARKER}, "include": ["reasoning.encrypted_content"], **fields,
    }
    with storing(state, *flags, K="k", L="l") as server:
        def post(path, body, key=key):
            return request(server, "POST", path, {"model": "scripted", **body}, key=key)

        status, _, response = post("/v1/responses", body)
        assert status == 200 and response["store"] is False and MARKER in json.dumps(response["output"])
        assert stream(server, body, key=key).response["store"] is False
        with EventSocket(server.socket_url, key=key) as socket:
            first = socket.turn(body["input"], **{k: v for k, v in body.items() if k not in ("model", "input")})
            assert first.response["store"] is False
            call = socket.turn(
                [user(f'[[tools:1 tool_{MARKER} {{"a":"{MARKER}"}}]]')], previous_response_id=first.id, tools=tools, **fields)
            calls = [item for item in call.response["output"] if item["type"] == "function_call"]
            assert calls and MARKER in calls[0]["arguments"]
            last = socket.turn(outputs_for(calls, MARKER), previous_response_id=call.id, tools=tools, **fields)
            assert last.response["store"] is False
            assert socket.turn([user(MARKER)], generate=False, **fields).response["status"] == "completed"
            assert socket.turn([user(f"[[fail]] {MARKER}")], **fields).last["type"] == "response.failed"
        assert post("/v1/responses", {**body, "input": f"[[fail]] {MARKER}"})[0] == 502
        assert post("/v1/responses", {**body, "input": [{"type": "message", "role": MARKER, "content": MARKER}]})[0] == 400
        assert post("/v1/responses/compact", {"input": [user(MARKER), {"role": "assistant", "content": MARKER}]})[0] == 200
        assert post("/v1/responses/input_tokens", {"input": MARKER, "instructions": MARKER, "tools": tools})[0] == 200
        check_compactions(server, post, body, key, fields)
        check_refusals(server, post, body, key, fields)
        with EventSocket(server.socket_url, key=key) as socket:
            socket.create([user(f"[[think:{MARKER}]][[slow:30]] {MARKER}")], **fields)
            socket.wait_for("response.output_text.delta")
        # What is stored beside it is in the file, which shows that the search finds what is there.
        seen = how != "--zdr" and post("/v1/responses", {"input": "STOREDCONTENT", "store": True}, key=key and "l")[2]["store"]
        found = files_with("STOREDCONTENT", state)
        assert bool(found) == (how != "--zdr") == bool(seen), found
        assert files_with(MARKER, state) == [] and MARKER not in server.log
    assert files_with(MARKER, state) == [] and bool(files_with("STOREDCONTENT", state)) == bool(seen)


def test_what_is_stored_is_in_no_line_of_the_log(state):
    """Stored by every way, with every level of the log, and where the store fails."""
    tools = [{"type": "function", "name": f"tool_{MARKER}", "description": MARKER, "parameters": {"type": "object", "properties": {}}}]
    body = {
        "model": "scripted", "input": [user(f"[[think:{MARKER}]][[say:{MARKER}]]")], "instructions": MARKER, "tools": tools,
        "metadata": {MARKER: MARKER},
    }
    with storing(state, "--access-log", "--log-level", "trace") as server:
        def ask(method, path, body=None):
            return request(server, method, path, body)

        def everything():
            for fields in ({}, {"background": True}, {"conversation": conversation}, {"input": f"[[fail]] {MARKER}"}):
                yield ask("POST", "/v1/responses", {**body, **fields})
            yield 0, {}, stream(server, body).last
            with EventSocket(server.socket_url) as socket:
                yield 0, {}, socket.turn(**{k: v for k, v in body.items() if k != "model"}).last

        conversation = ask("POST", "/v1/conversations", {"items": [user(MARKER)], "metadata": {MARKER: MARKER}})[2]["id"]
        response = ask("POST", "/v1/responses", body)[2]
        assert MARKER in json.dumps(response) and all(MARKER in json.dumps(answer) or status == 502 for status, _, answer in everything())
        for path in (f"/responses/{response['id']}", f"/responses/{response['id']}/input_items", f"/conversations/{conversation}/items"):
            assert MARKER in json.dumps(ask("GET", f"/v1{path}")[2])
        streamed = stream(server, body).id
        assert MARKER in ask("GET", f"/v1/responses/{streamed}?stream=true")[2]
        assert ask("POST", "/v1/responses/compact", {"model": "scripted", "previous_response_id": response["id"]})[0] == 200
        assert ask("DELETE", f"/v1/responses/{response['id']}")[0] == 200
        assert files_with(MARKER, state)
        # And where what is asked of it goes wrong.
        aside = state.rename(state.with_name("aside"))
        assert all(status in (0, 502, 503) for status, _, answer in everything())
        aside.rename(state)
        wait_until(lambda: server.log.count("store failed") >= 3, "what went wrong is in the log")
        assert MARKER not in server.log
    with (state / "hotline.sqlite").open("r+b") as file:
        file.seek(4096)
        file.write(b"MARKER" * 4096)
    server = HotlineServer("--engine", "scripted", env=variables(state))
    wait_until(lambda: server.process.poll() is not None or "is up" in server.log, "up or down")
    if server.process.poll() is None:
        ask("GET", f"/v1/responses/{streamed}")
    assert MARKER not in server.log
    server.forget()


# MARK: Looking at them

@pytest.fixture
def stored(state):
    """A server with three responses of two keys, still running."""
    with storing(state, "--api-key", "k", "--api-key", "l") as server:
        def make(key, **body):
            status, _, response = request(server, "POST", "/v1/responses", {"model": "scripted", **body}, key=key)
            assert status == 200, response
            return response

        first = make("k", input=f"[[say:one]] {MARKER}", metadata={"user": "u1", "kind": "a"})
        second = make("k", input="[[say:two]]", previous_response_id=first["id"], metadata={"user": "u2"})
        failed = request(server, "POST", "/v1/responses", {"model": "scripted", "input": "[[fail]]"}, key="l")
        assert failed[0] == 502
        third = make("l", input="[[tokens:40]]", max_output_tokens=16)
        make("l", input=f"[[say:never]] {MARKER}", store=False)
        yield server, first, second, third


def test_reading_beside_a_running_server(state, stored, tmp_path):
    _, first, second, third = stored
    code, table, err = hotline(state, "responses", "list")
    assert code == 0, err
    assert MARKER not in table and "u1" not in table, "no content in a list"
    head, *rows = table.splitlines()
    assert head.split() == ["id", "created", "(UTC)", "model", "status", "tokens", "in", "out"]
    ids = [row.split()[0] for row in rows]
    for response in (first, second, third):
        row = rows[ids.index(response["id"])].split()
        assert row[3:] == ["scripted", response["status"], str(response["usage"]["input_tokens"]), str(response["usage"]["output_tokens"])]

    def found(*filters):
        return {entry["id"] for entry in lines(state, "responses", "list", "--json", *filters)}

    assert {first["id"], second["id"], third["id"]} <= found() and MARKER not in json.dumps(lines(state, "responses", "list", "--json"))
    assert found("--metadata", "user=u1") == {first["id"]} == found("--metadata", "user=u1", "--metadata", "kind=a")
    assert found("--metadata", "user=u1", "--metadata", "kind=b") == set()
    assert found("--status", "incomplete") == {third["id"]}
    assert found("--model", "none") == set() and first["id"] in found("--model", "scripted", "--since", "1h")
    assert found("--until", "1h") == set() == found("--since", "2100-01-01") and first["id"] in found("--until", "2100-01-01T00:00")
    code, out, err = hotline(state, "responses", "list", "--json", "--limit", "1")
    assert code == 0 and len(out.splitlines()) == 1 and "--limit" in err
    entry = next(entry for entry in lines(state, "responses", "list", "--json") if entry["id"] == second["id"])
    assert entry["previous_response_id"] == first["id"] and entry["metadata"] == {"user": "u2"} and entry["status"] == "completed"
    assert entry["created_at"] == second["created_at"] and entry["input_items"] == 1 == entry["output_items"]

    assert lines(state, "responses", "show", first["id"]) == [first]
    whole, = lines(state, "responses", "show", first["id"], "--input")
    assert whole["response"] == first and MARKER in json.dumps(whole["input"])
    code, _, err = hotline(state, "responses", "show", "resp_none")
    assert code == 1 and "no response 'resp_none'" in err

    exported = {entry["response"]["id"]: entry for entry in lines(state, "responses", "export")}
    assert exported[first["id"]] == whole and exported[second["id"]]["response"] == second
    file = tmp_path / "all.jsonl"
    code, _, err = hotline(state, "responses", "export", "--metadata", "user=u1", "--output", file)
    assert code == 0 and err == f"1 response in {file}.\n"
    assert mode(file) == 0o600 and [json.loads(line) for line in file.read_text().splitlines()] == [whole]
    assert hotline(state, "responses", "export", "--output", file)[0] == 73
    assert hotline(state, "responses", "export", "--output", file, "--force", "--limit", "2")[0] == 0
    assert len(file.read_text().splitlines()) == 2

    statistics, = lines(state, "store", "stats", "--json")
    assert statistics["responses"] == len(exported) and statistics["keys"] == 2 and statistics["models"]["scripted"] == len(exported)
    assert "responses" in hotline(state, "store", "stats")[1] and "is whole" in hotline(state, "store", "check")[1]


def test_pretty_on_a_terminal(state, stored):
    _, first, *_ = stored
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [server_binary(), "responses", "show", first["id"]], stdout=end, stdin=subprocess.DEVNULL, env={**clean, **variables(state)})
    os.close(end)
    text = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        text += piece
    os.close(terminal)
    assert process.wait(DEADLINE) == 0
    assert json.loads(text) == first and text.startswith(b'{\r\n  "id": ')


def test_deleting(state, stored):
    server, first, second, third = stored
    for command in (["responses", "delete", first["id"], "--yes"], ["store", "vacuum"]):
        code, _, err = hotline(state, *command)
        assert code == 69 and f"a server uses '{state}/hotline.sqlite'" in err and "DELETE /v1/responses/ID" in err
    server.terminate()
    assert server.exit_code() == 0
    code, _, err = hotline(state, "responses", "delete", first["id"])
    assert code == 64 and "--yes" in err
    for wrong in ([], ["--all", first["id"]], ["--older-than", "soon"]):
        assert hotline(state, "responses", "delete", "--yes", *wrong)[0] == 64
    code, out, err = hotline(state, "responses", "delete", "--yes", first["id"], "resp_none")
    assert code == 1 and out == "Deleted 1 response.\n" and "no response 'resp_none'" in err
    assert hotline(state, "responses", "show", first["id"])[0] == 1
    with storing(state, "--api-key", "k", "--api-key", "l") as server:
        def status(response, key):
            body = {"model": "scripted", "input": "x", "previous_response_id": response["id"]}
            return request(server, "POST", "/v1/responses", body, key=key)[0]

        # What others continue stays part of their chains.
        assert status(first, "k") == 400 and status(second, "k") == 200 and status(third, "l") == 200
    assert hotline(state, "responses", "delete", "--older-than", "1h", "--yes")[1] == "No stored response fits.\n"
    code, out, _ = hotline(state, "responses", "delete", "--model", "scripted", "--yes")
    assert code == 0 and out.startswith("Deleted ") and lines(state, "responses", "list", "--json") == []
    assert hotline(state, "responses", "list")[1] == "No responses are stored.\n"
    code, out, _ = hotline(state, "store", "vacuum")
    assert code == 0 and "takes" in out and hotline(state, "store", "check")[0] == 0
    assert MARKER not in (state / "hotline.sqlite").read_bytes().decode(errors="replace")


def test_asking_before_a_deletion(state):
    with storing(state) as server:
        response = respond(server, "one")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    for answer, code, is_there in (("n", 1, True), ("", 1, True), ("y", 0, False)):
        terminal, end = pty.openpty()
        process = subprocess.Popen(
            [server_binary(), "responses", "delete", "--all"], stdin=end, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**clean, **variables(state)})
        os.close(end)
        os.write(terminal, f"{answer}\n".encode())
        _, err = process.communicate(timeout=DEADLINE)
        os.close(terminal)
        assert process.returncode == code and f"Delete 1 response from {state}/hotline.sqlite? [y/N] " in err
        assert (hotline(state, "responses", "show", response["id"])[0] == 0) == is_there


@pytest.mark.parametrize("command", [
    ["responses", "list"], ["responses", "show", "x"], ["responses", "export"], ["responses", "delete", "--all", "--yes"],
    ["store", "check"], ["store", "stats"], ["store", "vacuum"],
])
def test_without_a_file(state, command):
    code, out, err = hotline(state, *command)
    assert (code, out) == (66, "") and f"'{state}" in err and "--state" in err
    assert not state.exists(), "nothing is made"
    code, _, err = hotline(state, *command, STORE="memory")
    assert code == 66 and "HOTLINE_STORE: responses in memory are in no file" in err
