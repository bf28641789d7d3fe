"""A store in a file that cannot be used: a sentence at the start, or a 503 for what needs it. What works without it goes on."""

import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess

import pytest

from harness.connections import EventSocket, request, stream, user
from harness.processes import DEADLINE, HotlineServer, serving, server_binary, wait_until

NOBODY = 65534


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


def variables(state):
    return {"HOTLINE_STATE": str(state), "HOTLINE_STORE": "sqlite", "HOME": str(state)}


def storing(state, *flags, **options):
    return serving("--engine", "scripted", *flags, env=variables(state), **options)


def start_fails(state, **options):
    """Exit code and log of a start that fails."""
    server = HotlineServer("--engine", "scripted", env=variables(state), **options)
    try:
        code = server.exit_code()
        assert "Fatal" not in server.log and code in (65, 69, 73, 74), (code, server.log)
        return code, server.log
    finally:
        server.forget()


def create(server, text="x", **fields):
    """Status and answer of a turn."""
    status, _, answer = request(server, "POST", "/v1/responses", {"model": "scripted", "input": text, **fields})
    return status, answer


def made(server, text="x", **fields):
    status, response = create(server, text, **fields)
    assert status == 200 and response["status"] == "completed", response
    return response


def read(server, response):
    """Whether a response is there as it was; False when the server says that it cannot tell."""
    status, _, answer = request(server, "GET", f"/v1/responses/{response['id']}")
    assert (status, answer) == (200, response) or is_unavailable(status, answer), (status, answer)
    return status == 200


def is_unavailable(status, answer):
    return status == 503 and answer["error"]["type"] == "server_error" and answer["error"]["code"] == "server_error"


def check_without_store(server):
    """What works without the store."""
    assert made(server, "[[say:free]]", store=False)["output"]
    assert stream(server, {"model": "scripted", "input": "x", "store": False}).response["status"] == "completed"
    with EventSocket(server.socket_url) as socket:
        first = socket.turn("x", store=False)
        assert socket.turn("y", store=False, previous_response_id=first.id).text.startswith("Scripted answer to 3 items")
    for path in ("/v1/models", "/health", "/ready"):
        assert request(server, "GET", path)[0] == 200
    assert request(server, "POST", "/v1/responses/input_tokens", {"model": "scripted", "input": "x"})[0] == 200
    assert request(server, "POST", "/v1/responses/compact", {"model": "scripted", "input": [user("x")]})[0] == 200


def check_refused(server, large=""):
    """What needs a store that takes nothing is refused, whole, and with the right error."""
    status, answer = create(server, large or "x")
    assert is_unavailable(status, answer) and "could not be stored" in answer["error"]["message"], (status, answer)
    turn = stream(server, {"model": "scripted", "input": large or "x"})
    assert turn.last["type"] == "response.failed" and "could not be stored" in turn.response["error"]["message"], turn.last
    with EventSocket(server.socket_url) as socket:
        turn = socket.turn(large or "x")
        assert turn.last["type"] == "response.failed" and "could not be stored" in turn.error["message"], turn.last
        assert socket.turn("x", store=False).text
    assert is_unavailable(*create(server, large or "x", background=True))
    status, _, answer = request(server, "POST", "/v1/conversations", {"items": [user(large or "x")]})
    assert is_unavailable(status, answer), answer


# MARK: Damage


def filled(state, count=40):
    with storing(state) as server:
        return [made(server, f"{'y' * 9000} {number}") for number in range(count)]


@pytest.mark.parametrize("part", [0.1, 0.35, 0.6, 0.85])
def test_a_damaged_page(state, part):
    """A page in the middle: what lies on it cannot be told, never told wrongly, and everything else goes on."""
    responses = filled(state)
    file = state / "hotline.sqlite"
    page = int(file.stat().st_size * part) // 4096 * 4096
    with file.open("r+b") as opened:
        opened.seek(page)
        opened.write(b"\x5a" * 4096)
    with storing(state) as server:
        there = [read(server, response) for response in responses]
        assert there.count(False) < 20
        check_without_store(server)
        status, answer = create(server, "new")
        assert status == 200 or is_unavailable(status, answer)
        if status == 200:
            assert read(server, answer)
        for response, is_there in zip(responses, there):
            status, answer = create(server, "on", previous_response_id=response["id"])
            assert status == 200 or is_unavailable(status, answer), answer
        if not all(there):
            assert "damaged" in server.log
    done = subprocess.run(
        [server_binary(), "store", "check"], capture_output=True, text=True, timeout=DEADLINE, env={**os.environ, **variables(state)})
    assert done.returncode == 1 and "problem" in done.stdout, "a page of the file is wrong"


def test_damage_while_it_runs(state):
    responses = filled(state)
    file = state / "hotline.sqlite"
    with storing(state) as server:
        size = file.stat().st_size
        with file.open("r+b") as opened:
            opened.write(b"\xa5" * size)
        there = [read(server, response) for response in responses]
        assert not all(there)
        check_without_store(server)
        for number in range(5):
            status, answer = create(server, f"{'z' * 50_000} {number}")
            assert status == 200 or is_unavailable(status, answer), answer
        assert "damaged" in server.log
    code, log = start_fails(state)
    assert code == 65 and f"'{file}'" in log


# MARK: The disk


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 6 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount a small disk: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill_up(folder):
    """Takes all room that is left."""
    with contextlib.suppress(OSError), (folder / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))


def test_a_full_disk(small_disk):
    state = small_disk / "state"
    large = "w" * 100_000
    with storing(state) as server:
        responses = [made(server, f"{'v' * 2000} {number}") for number in range(10)]
        conversation = request(server, "POST", "/v1/conversations", {"items": [user("first")]})[2]["id"]
        fill_up(small_disk)
        while True:
            status, answer = create(server, large)
            if status != 200:
                break
            responses.append(answer)
        assert is_unavailable(status, answer)
        check_refused(server, large)
        status, _, answer = request(
            server, "POST", f"/v1/conversations/{conversation}/items", {"items": [user(large)]})
        assert is_unavailable(status, answer)
        status, answer = create(server, large, conversation=conversation)
        assert is_unavailable(status, answer)
        check_without_store(server)
        assert all(read(server, response) for response in responses), "what was stored is there"
        items = request(server, "GET", f"/v1/conversations/{conversation}/items")[2]["data"]
        assert [item["content"][0]["text"] for item in items] == ["first"]
        assert "full" in server.log and server.log.count("\n") < 60, "the log says it, and not with each request"
        (small_disk / "filler").unlink()
        # It works again, of itself.
        responses += [made(server, large), made(server, large, conversation=conversation)]
        fill_up(small_disk)
    # Nor does a start on a full disk take anything away: there it is, or the sentence says what is missing.
    server = HotlineServer("--engine", "scripted", env=variables(state))
    try:
        wait_until(lambda: server.process.poll() is not None or "is up" in server.log, "up or down")
        if server.process.poll() is not None:
            assert "disk is full" in server.log and server.process.returncode in (73, 74), server.log
        else:
            assert all(read(server, response) for response in responses)
    finally:
        server.forget()
    (small_disk / "filler").unlink()
    with storing(state) as server:
        assert all(read(server, response) for response in responses)


def test_the_size_that_was_allowed(state):
    """The responses go that were not used for longest; a chain that is larger than all of it is refused, and no other."""
    with storing(state, "--store-size", "3MiB") as server:
        responses = [made(server, f"{'u' * 20_000} {number}") for number in range(200)]
        there = [request(server, "GET", f"/v1/responses/{response['id']}")[0] for response in responses]
        assert there[0] == 404 and there[-1] == 200 and set(there) == {200, 404} and there.count(200) > 30
        assert there == sorted(there, reverse=True), "the oldest went"
        assert (state / "hotline.sqlite").stat().st_size <= 3 << 20
        parent = made(server, "chain")
        for _ in range(60):
            status, answer = create(server, "t" * 100_000, previous_response_id=parent["id"])
            if status != 200:
                break
            parent = answer
        assert is_unavailable(status, answer) and "Start a new chain" in answer["error"]["message"], answer
        assert read(server, parent)
        made(server, "a new one")
        check_without_store(server)


def reachable(folder):
    """Lets everybody through to a folder of the test's."""
    for above in [folder, *folder.parents]:
        if above != pathlib.Path("/") and above.stat().st_mode & 0o055 != 0o055 and above.owner() == "root":
            above.chmod(above.stat().st_mode & 0o777 | 0o055)


def test_read_only(state, tmp_path):
    """As somebody else than root, who may write everywhere."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to become somebody else")
    reachable(tmp_path)
    state.mkdir(mode=0o700)
    os.chown(state, NOBODY, NOBODY)
    file = state / "hotline.sqlite"
    with storing(state, user=NOBODY) as server:
        first = made(server, "first")
        # What is open stays open.
        state.chmod(0o500)
        second = made(server, "second", previous_response_id=first["id"])
        check_without_store(server)
        state.chmod(0o700)
    file.chmod(0o400)
    code, log = start_fails(state, user=NOBODY)
    assert code == 73 and f"'{file}' cannot be written" in log, log
    file.chmod(0o600)
    state.chmod(0o500)
    code, log = start_fails(state, user=NOBODY)
    assert code == 73 and f"'{state}' cannot be written" in log, log
    state.chmod(0o700)
    os.chown(file, 0, 0)
    code, log = start_fails(state, user=NOBODY)
    assert code == 73 and f"'{file}'" in log, log
    os.chown(file, NOBODY, NOBODY)
    with storing(state, user=NOBODY) as server:
        assert read(server, first) and read(server, second)


def test_another_program_holds_the_file(state):
    """Not a server: somebody with a database's shell."""
    file = state / "hotline.sqlite"
    with storing(state) as server:
        first = made(server, "first")
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert read(server, first)
        check_without_store(server)
        status, answer = create(server, "second")
        assert is_unavailable(status, answer) and "could not be stored" in answer["error"]["message"], answer
        assert "another program holds the database" in server.log
        other.execute("ROLLBACK")
        second = made(server, "second", previous_response_id=first["id"])
        assert read(server, second)
        other.close()
    # A second server: test_one_server_has_the_file.


def test_the_folder_is_deleted_while_it_runs(state, tmp_path):
    """What would be gone with the server is not said to be stored."""
    with storing(state) as server:
        first = made(server, "first")
        aside = tmp_path / "aside"
        state.rename(aside)
        check_refused(server)
        check_without_store(server)
        aside.rename(state)
        second = made(server, "second", previous_response_id=first["id"])
        shutil.rmtree(state)
        check_refused(server)
        check_without_store(server)
        assert f"{state}/hotline.sqlite" in server.log
    assert not state.exists() or not (state / "hotline.sqlite").exists()
    with storing(state) as server:
        for response in (first, second):
            status, _, answer = request(server, "GET", f"/v1/responses/{response['id']}")
            assert status == 404, answer
        assert read(server, made(server, "third"))
