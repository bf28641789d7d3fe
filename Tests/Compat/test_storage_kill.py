"""`kill -9` of a server that keeps 32 chains at once, and a restart on the same folder: what a client saw completed is there.

Three rounds here; `HOTLINE_KILL_ROUNDS=200 pytest test_storage_kill.py -s` by hand. `HOTLINE_KILL_SEED` repeats the moments of a run, which
says its seed.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import random
import subprocess
import time

import pytest
import websockets
from websockets.asyncio.client import connect

from harness.connections import request, stream, text_of, user
from harness.processes import DEADLINE, HotlineServer, server_binary, wait_until

ROUNDS = int(os.environ.get("HOTLINE_KILL_ROUNDS", "3"))
SEED = int(os.environ.get("HOTLINE_KILL_SEED") or time.time_ns() % 1_000_000)
CHAINS = 32
#: After so many rounds a chain makes way for a new one; what it had is looked at once more at the end.
ROUNDS_OF_A_CHAIN = 4
LOST = (OSError, EOFError, websockets.ConnectionClosed)


# MARK: The client


class Line:
    """One kept HTTP connection."""

    def __init__(self, port):
        self.port = port
        self.reader = None

    async def begin(self, method, path, body=None):
        if not self.reader:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 24)
        text = json.dumps(body).encode() if body is not None else b""
        self.writer.write(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(text)}\r\n\r\n".encode() + text)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        return int(head.split()[1]), head

    async def pieces(self, head):
        """The body as it comes; ends only where the body ends."""
        if "transfer-encoding: chunked" not in head:
            size = int(head.split("content-length: ")[1].split("\r")[0])
            yield await self.reader.readexactly(size)
            return
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            yield (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readexactly(2)

    async def ask(self, method, path, body=None):
        """Status and body, byte for byte."""
        status, head = await self.begin(method, path, body)
        return status, b"".join([piece async for piece in self.pieces(head)])

    async def events(self, method, path, body=None):
        """The data of each event, byte for byte, to the end of the stream."""
        status, head = await self.begin(method, path, body)
        rest = b""
        async for piece in self.pieces(head):
            assert status == 200, piece
            *records, rest = (rest + piece).split(b"\n\n")
            for record in records:
                data = record.split(b"data: ", 1)[1]
                if data != b"[DONE]":
                    yield data

    def close(self):
        if self.reader:
            self.writer.close()


class Chain:
    """A client with a history. What it saw completed it remembers."""

    def __init__(self, number, way, in_conversation):
        self.number, self.way, self.conversation = number, way, in_conversation
        #: (text, answer) of each turn that is part of its history.
        self.turns = []
        #: The id of each response it saw completed, and a digest of its bytes.
        self.seen = []
        self.parent = None
        #: Of the turn that runs: its text, and its id when that is known.
        self.pending = self.pending_id = None

    async def open(self, port):
        """Whatever it needs before it may be killed."""
        self.line = Line(port)
        if self.conversation is True:
            self.conversation = json.loads((await self.line.ask("POST", "/v1/conversations", {}))[1])["id"]
        if self.way == "socket":
            self.events_line = await connect(f"ws://127.0.0.1:{port}/v1/responses", max_size=None, compression=None)

    def close(self):
        self.line.close()
        if self.way == "socket":
            self.events_line.transport.abort()

    async def run(self, chance):
        while True:
            await self.turn(chance)

    async def turn(self, chance):
        size = chance.choice([0, 0, 0, 300, 3000, 30000])
        text = f"{'x' * size} chain {self.number} turn {len(self.turns)}"
        if self.way in ("polled", "followed"):
            text += " [[slow:0.2]]" if chance.random() < 0.3 else ""
        self.pending, self.pending_id = text, None
        body = {"model": "scripted", "input": text}
        body |= {"conversation": self.conversation} if self.conversation else {"previous_response_id": self.parent}
        raw = await getattr(self, self.way)(body)
        response = json.loads(raw)
        assert response["status"] == "completed", response
        self.seen.append((response["id"], digest(raw)))
        self.add(text, text_of(response), response["id"])

    def add(self, text, answer, id):
        if "[[" not in text:
            count = 2 * len(self.turns) + 1
            assert answer.startswith(f"Scripted answer to {count} item"), (answer, count)
        self.turns.append((text, answer))
        self.parent, self.pending = id, None

    # The ways of a turn: each gives the response object, byte for byte.

    async def json(self, body):
        status, answer = await self.line.ask("POST", "/v1/responses", body)
        assert status == 200, answer
        return answer

    async def stream(self, body):
        return await self.last(self.line.events("POST", "/v1/responses", {**body, "stream": True}))

    async def last(self, events):
        data = None
        async for data in events:
            if not self.pending_id:
                self.pending_id = json.loads(data)["response"]["id"]
        text = data.decode()
        assert '"type":"response.completed"' in text, text
        start = text.index('"response":') + len('"response":')
        _, end = json.JSONDecoder().raw_decode(text, start)
        return text[start:end].encode()

    async def socket(self, body):
        return await self.last(self.socket_events(body))

    async def socket_events(self, body):
        await self.events_line.send(json.dumps({"type": "response.create", **body}))
        while True:
            data = (await self.events_line.recv()).encode()
            yield data
            if b'"type":"response.completed"' in data or b'"type":"error"' in data or b'"type":"response.failed"' in data:
                return

    async def polled(self, body):
        status, answer = await self.line.ask("POST", "/v1/responses", {**body, "background": True})
        assert status == 200, answer
        self.pending_id = json.loads(answer)["id"]
        while True:
            status, answer = await self.line.ask("GET", f"/v1/responses/{self.pending_id}")
            assert status == 200, answer
            if json.loads(answer)["status"] not in ("queued", "in_progress"):
                return answer
            await asyncio.sleep(0.01)

    async def followed(self, body):
        return await self.last(self.line.events("POST", "/v1/responses", {**body, "background": True, "stream": True}))


WAYS = ["json", "stream", "socket", "polled", "followed"]


def digest(raw):
    return hashlib.sha256(raw).digest()


# MARK: After the restart


class Figures:
    rounds = seen = background = interrupted = unseen = 0

    def __str__(self):
        return (
            f"seed {SEED}: {self.rounds} rounds, {self.seen} responses seen completed, all there; {self.background} in the background"
            f" were cut off, {self.interrupted} of them failed then; {self.unseen} turns of conversations complete without having been seen"
        )


async def check(chain, line, figures):
    """All that a client saw, and one turn more."""
    for one in chain.seen:
        await check_response(line, *one)
    pending = None
    if chain.pending_id:
        status, answer = await line.ask("GET", f"/v1/responses/{chain.pending_id}")
        if chain.way in ("polled", "followed"):
            figures.background += 1
            assert status == 200, "it was answered as queued"
            pending = json.loads(answer)
            assert pending["status"] in ("completed", "failed"), pending
            figures.interrupted += pending["status"] == "failed"
            if pending["status"] == "failed":
                assert pending["error"]["code"] == "server_error" and pending["output"] == []
        elif status == 200:
            pending = json.loads(answer)
            assert pending["status"] == "completed", pending
        else:
            assert status == 404, answer
    if chain.conversation:
        await check_conversation(chain, line, pending, figures)
    elif chain.turns:
        inputs = [item["content"][0]["text"] for item in await listed(line, f"/v1/responses/{chain.parent}/input_items")]
        assert inputs == [text for text, _ in chain.turns]
    chain.pending = None
    # Its history is whole: the model answers as to all of it in one request.
    text = f"chain {chain.number} after a restart"
    history = [item for said, answer in chain.turns for item in (user(said), {"role": "assistant", "content": answer})]
    status, answer = await line.ask("POST", "/v1/responses", {"model": "scripted", "store": False, "input": [*history, user(text)]})
    expected = text_of(json.loads(answer))
    body = {"model": "scripted", "input": text}
    body |= {"conversation": chain.conversation} if chain.conversation else {"previous_response_id": chain.parent}
    status, answer = await line.ask("POST", "/v1/responses", body)
    assert status == 200, answer
    response = json.loads(answer)
    assert text_of(response) == expected
    chain.seen.append((response["id"], digest(answer)))
    chain.add(text, expected, response["id"])


async def check_response(line, id, whole):
    status, answer = await line.ask("GET", f"/v1/responses/{id}")
    assert status == 200 and digest(answer) == whole, (id, answer)


async def listed(line, path):
    items, after = [], ""
    while True:
        status, answer = await line.ask("GET", f"{path}?order=asc&limit=100{after}")
        assert status == 200, answer
        page = json.loads(answer)
        items += page["data"]
        if not page["has_more"]:
            return items
        after = f"&after={page['last_id']}"


async def check_conversation(chain, line, pending, figures):
    """The turns that were seen, and perhaps all of the one that ran."""
    listing = await listed(line, f"/v1/conversations/{chain.conversation}/items")
    items = [(item["role"], item["content"][0]["text"]) for item in listing]
    known = [said for text, answer in chain.turns for said in (("user", text), ("assistant", answer))]
    assert items[:len(known)] == known
    more = items[len(known):]
    if more:
        assert len(more) == 2 and more[0] == ("user", chain.pending) and more[1][0] == "assistant", more
        if chain.pending_id:
            assert pending and pending["status"] == "completed" and text_of(pending) == more[1][1]
        figures.unseen += 1
        chain.add(chain.pending, more[1][1], None)
    else:
        assert not pending or pending["status"] == "failed", "a response is stored, and its conversation does not have it"


# MARK: Rounds


async def load(chains, server, chance):
    """All chains at once, until the server is killed at some moment; returns when every client has noticed."""
    await asyncio.gather(*(chain.open(server.port) for chain in chains))
    tasks = [asyncio.create_task(chain.run(random.Random(chance.random()))) for chain in chains]
    await asyncio.wait(tasks, timeout=chance.choice([0.02, 0.1, 0.5, 1]) * (0.5 + chance.random()), return_when=asyncio.FIRST_COMPLETED)
    early = [task for task in tasks if task.done()]
    server.kill()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    for end in [task.exception() for task in early] + [end for end in ends if not isinstance(end, LOST)]:
        raise AssertionError("a chain ended before the server did") from end
    for chain in chains:
        chain.close()


async def check_all(chains, server, figures, gone=()):
    lines = [Line(server.port) for _ in chains]
    await asyncio.gather(*(check(chain, line, figures) for chain, line in zip(chains, lines)))
    for one in gone:
        await check_response(lines[0], *one)
    for line in lines:
        line.close()


def new_chain(number):
    return Chain(number, WAYS[number % len(WAYS)], number // len(WAYS) % 2 == 1)


@pytest.mark.timeout(60 * ROUNDS)
def test_kill_under_32_chains(tmp_path):
    chance, figures, gone = random.Random(SEED), Figures(), []
    state = tmp_path / "state"
    env = {"HOTLINE_STATE": str(state), "HOTLINE_STORE": "sqlite"}
    chains = [new_chain(number) for number in range(CHAINS)]
    print(f"seed {SEED}")
    with contextlib.ExitStack() as stack:
        def start():
            server = HotlineServer("--engine", "scripted", env=env)
            stack.callback(server.forget)
            return server.wait_ready()

        for round in range(ROUNDS):
            server = start()
            if round:
                asyncio.run(check_all(chains, server, figures))
            for place, chain in enumerate(chains):
                if round and (round + chain.number) % ROUNDS_OF_A_CHAIN == 0:
                    gone += chain.seen
                    chains[place] = new_chain(chain.number + CHAINS)
            asyncio.run(load(chains, server, chance))
            server.forget()
            figures.rounds += 1
        server = start()
        asyncio.run(check_all(chains, server, figures, gone))
        figures.seen = sum(len(chain.seen) for chain in chains) + len(gone)
        server.terminate()
        assert server.exit_code() == 0
    print(figures)
    assert figures.seen > 20 * ROUNDS
    done = subprocess.run(
        [server_binary(), "store", "check", "--json"], capture_output=True, text=True, timeout=DEADLINE + ROUNDS,
        env={**os.environ, **env})
    assert done.returncode == 0, (done.stdout, done.stderr)


# MARK: The background


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_the_background_across_a_restart(tmp_path, how):
    """What was over can be streamed as before; what ran is failed, and its conversation free."""
    env = {"HOTLINE_STATE": str(tmp_path / "state"), "HOTLINE_STORE": "sqlite"}
    flags = ["--engine", "scripted", "--shutdown-grace", "200ms"]
    server = HotlineServer(*flags, env=env)
    try:
        server.wait_ready()

        def ask(method, path, body=None):
            return request(server, method, f"/v1{path}", body)

        def create(**body):
            status, _, response = ask("POST", "/responses", {"model": "scripted", **body})
            assert status == 200, response
            return response

        seen = stream(server, {"model": "scripted", "input": "[[tokens:40]]", "background": True})
        conversation = ask("POST", "/conversations", {"items": [user("hello")]})[2]["id"]
        long = {"input": "[[slow:3000]]", "background": True}
        running = [create(**long), create(**long, conversation=conversation)]
        for response in running:
            wait_until(lambda: ask("GET", f"/responses/{response['id']}")[2]["status"] == "in_progress", "it runs")
        server.kill() if how == "killed" else server.terminate()
        assert server.exit_code() == (-9 if how == "killed" else 0)
        assert "internal error" not in server.log, server.log
        server.forget()
        server = HotlineServer(*flags, env=env)
        server.wait_ready()
        records = ask("GET", f"/responses/{seen.id}?stream=true")[2].split("\n\n")[:-2]
        assert [json.loads(record.split("data: ")[1]) for record in records] == seen.events
        for response in running:
            status, _, failed = ask("GET", f"/responses/{response['id']}")
            assert status == 200 and failed["status"] == "failed", failed
            assert failed["error"]["code"] == "server_error" and "interrupted" in failed["error"]["message"], failed
            assert failed["created_at"] == response["created_at"] and failed["background"] is True
            assert ask("POST", f"/responses/{response['id']}/cancel")[2] == failed
            status, _, answer = ask("GET", f"/responses/{response['id']}?stream=true")
            assert status == 400 and answer["error"]["param"] == "stream" or "response.failed" in answer, answer
            status, _, answer = ask("POST", "/responses", {"model": "scripted", "input": "on", "previous_response_id": response["id"]})
            assert status == 400 and answer["error"]["code"] == "previous_response_not_found", answer
        assert create(input="on", conversation=conversation)["output"][0]["content"][0]["text"].startswith("Scripted answer to 2 items")
        for response in running:
            assert ask("DELETE", f"/responses/{response['id']}")[0] == 200
            assert ask("GET", f"/responses/{response['id']}")[0] == 404
    finally:
        server.forget()
