"""The `openai` package against what the server stores: responses read back, listed, deleted; tokens counted; conversations;
responses in the background, and streams that go on. On both stores."""

import asyncio
import threading

import openai
import pytest
from agents import Agent, OpenAIConversationsSession, OpenAIProvider, RunConfig, Runner, set_tracing_disabled

from harness.connections import EventSocket, user
from harness.openai_client import LOOKUP, async_client, client
from harness.processes import serving, wait_until
set_tracing_disabled(True)


@pytest.fixture(scope="module", params=["memory", "sqlite"])
def server(request, tmp_path_factory):
    """One for each store, in a folder of its own."""
    state = tmp_path_factory.mktemp(request.param) / "state"
    with serving("--engine", "scripted", env={"HOTLINE_STATE": str(state), "HOTLINE_STORE": request.param}) as running:
        yield running


def texts(items):
    return [item.content[0].text for item in items if item.type == "message"]


def final(c, id):
    """Asks for a response in the background until it is over."""
    return wait_until(lambda: (read := c.responses.retrieve(id)).status not in ("queued", "in_progress") and read, f"the end of {id}")


def dicts(events):
    return [event.to_dict() for event in events]


def said(events):
    return "".join(event.delta for event in events if event.type == "response.output_text.delta")


# MARK: Responses


def test_retrieve(server):
    c = client(server)
    made = c.responses.create(
        model="scripted", input="[[think:hm]] [[say:kept]]", instructions="Be brief.", metadata={"topic": "sea"}, tools=[LOOKUP]
    )
    read = c.responses.retrieve(made.id)
    assert read.to_dict() == made.to_dict()
    assert read.output_text == "kept" and read.metadata == {"topic": "sea"} and read._request_id
    assert c.responses.retrieve(made.id, include=["reasoning.encrypted_content", "message.output_text.logprobs"]).id == made.id
    with pytest.raises(openai.BadRequestError) as wrong:
        c.responses.retrieve(made.id, include=["everything"])
    assert wrong.value.param == "include"


def test_retrieve_async(server):
    async def run():
        async with async_client(server) as c:
            made = await c.responses.create(model="scripted", input="[[say:kept]]")
            return made, await c.responses.retrieve(made.id)

    made, read = asyncio.run(run())
    assert read.to_dict() == made.to_dict()


def test_retrieve_what_was_streamed(server):
    c = client(server)
    events = list(c.responses.create(model="scripted", input="[[tools:2 lookup]]", tools=[LOOKUP], stream=True))
    last = events[-1].response
    assert c.responses.retrieve(last.id).to_dict() == last.to_dict()


def test_what_is_not_stored_is_not_found(server):
    c = client(server)
    made = c.responses.create(model="scripted", input="x", store=False)
    for ask in [c.responses.retrieve, c.responses.delete, lambda id: c.responses.input_items.list(id)]:
        with pytest.raises(openai.NotFoundError) as gone:
            ask(made.id)
        assert made.id in gone.value.message


def test_delete(server):
    c = client(server)
    first = c.responses.create(model="scripted", input="first")
    second = c.responses.create(model="scripted", input="second", previous_response_id=first.id)
    assert c.responses.delete(first.id) is None
    with pytest.raises(openai.NotFoundError):
        c.responses.retrieve(first.id)
    with pytest.raises(openai.NotFoundError):
        c.responses.delete(first.id)
    with pytest.raises(openai.BadRequestError) as gone:
        c.responses.create(model="scripted", input="on", previous_response_id=first.id)
    assert gone.value.code == "previous_response_not_found"
    # What continued it goes on, with everything before it.
    third = c.responses.create(model="scripted", input="third", previous_response_id=second.id)
    assert texts(c.responses.input_items.list(third.id, order="asc")) == ["first", "second", "third"]


def test_input_items_in_pages(server):
    c = client(server)
    first = c.responses.create(model="scripted", input=[user(str(n)) for n in range(25)])
    last = c.responses.create(model="scripted", input="25", previous_response_id=first.id)
    newest = c.responses.input_items.list(last.id)
    assert newest.has_more and len(newest.data) == 20 and newest.first_id == newest.data[0].id and newest.last_id == newest.data[-1].id
    # The package asks for the further pages by itself.
    assert texts(newest) == [str(n) for n in reversed(range(26))]
    assert texts(c.responses.input_items.list(last.id, order="asc", limit=7)) == [str(n) for n in range(26)]
    assert all(item.type == "message" and item.role == "user" and item.status == "completed" for item in newest)
    after = c.responses.input_items.list(last.id, order="asc", after=newest.data[2].id)
    assert texts(after) == ["24", "25"]
    before = c.responses.input_items.list(last.id, order="asc", limit=2, extra_query={"before": newest.data[0].id})
    assert texts(before.data) == ["23", "24"]
    for wrong in [{"limit": 0}, {"limit": 101}, {"order": "up"}, {"after": "msg_gone"}]:
        with pytest.raises(openai.BadRequestError) as refused:
            c.responses.input_items.list(last.id, **wrong)
        assert refused.value.param == next(iter(wrong))


def test_input_tokens(server):
    c = client(server)
    shape = {"model": "scripted", "instructions": "Be brief.", "tools": [LOOKUP]}
    first = c.responses.create(input="[[say:one]]", **shape)
    count = c.responses.input_tokens.count(input="[[say:one]]", **shape)
    assert count.object == "response.input_tokens" and count.input_tokens == first.usage.input_tokens
    onward = c.responses.input_tokens.count(input="and on", previous_response_id=first.id, **shape)
    second = c.responses.create(input="and on", previous_response_id=first.id, **shape)
    assert onward.input_tokens == second.usage.input_tokens > count.input_tokens


def test_compact_and_go_on(server):
    c = client(server)
    first = c.responses.create(model="scripted", input="We plan a walk.")
    compacted = c.responses.compact(model="scripted", previous_response_id=first.id, input="By the sea.")
    assert compacted.object == "response.compaction" and compacted.output[-1].type == "compaction"
    window = [item.to_dict(warnings=False) for item in compacted.output]
    onward = c.responses.create(model="scripted", input=[*window, user("[[say:On Sunday.]]")])
    assert onward.output_text == "On Sunday." and onward.previous_response_id is None
    # The window is this response's input, as it was sent.
    kinds = [item.type for item in c.responses.input_items.list(onward.id, order="asc")]
    assert kinds == [item["type"] for item in window] + ["message"]
    assert c.responses.retrieve(onward.id).output_text == "On Sunday."
    further = c.responses.create(model="scripted", input="And then?", previous_response_id=onward.id)
    again = c.responses.compact(model="scripted", previous_response_id=further.id)
    window = [item.to_dict(warnings=False) for item in again.output]
    assert window[-1]["type"] == "compaction" and texts(again.output)[-1] == "And then?"
    # What it stands for need not be there any more.
    for response in [first, onward, further]:
        c.responses.delete(response.id)
    streamed = list(c.responses.create(model="scripted", input=[*window, user("[[say:Home.]]")], stream=True))[-1].response
    assert c.responses.retrieve(streamed.id).output_text == "Home."
    with pytest.raises(openai.NotFoundError):
        c.responses.retrieve(compacted.id)


# MARK: In the background


def test_background(server):
    c = client(server)
    first = c.responses.create(model="scripted", input="We plan a walk.")
    queued = c.responses.create(
        model="scripted", input="[[slow:0.4]] By the sea.", background=True, previous_response_id=first.id, metadata={"topic": "sea"})
    assert queued.status == "queued" and queued.background and queued.output == [] and queued.usage is None and not queued.completed_at
    running = c.responses.retrieve(queued.id)
    assert running.status == "in_progress" and running.output == [] and running.metadata == {"topic": "sea"}
    done = final(c, queued.id)
    assert done.status == "completed" and done.background and done.output_text and done.usage.output_tokens and done.completed_at
    assert done.created_at == queued.created_at and done.previous_response_id == first.id
    assert c.responses.retrieve(queued.id).to_dict() == done.to_dict()
    assert texts(c.responses.input_items.list(done.id, order="asc")) == ["We plan a walk.", "[[slow:0.4]] By the sea."]
    onward = c.responses.create(model="scripted", input="And on.", previous_response_id=done.id)
    assert onward.output_text.startswith("Scripted answer to 5 items")
    # It was not streamed, so it cannot be streamed now; that it is over a cancel does not change.
    assert c.responses.cancel(done.id).to_dict() == done.to_dict()
    assert c.responses.delete(done.id) is None
    with pytest.raises(openai.NotFoundError):
        c.responses.retrieve(done.id)


def test_background_that_fails(server):
    c = client(server)
    queued = c.responses.create(model="scripted", input="[[fail]]", background=True)
    failed = final(c, queued.id)
    assert failed.status == "failed" and failed.error.code == "server_error" and failed.error.message
    with pytest.raises(openai.BadRequestError) as refused:
        c.responses.create(model="scripted", input="x", background=True, store=False)
    assert refused.value.param == "background"


def test_background_dropped_and_resumed(server):
    """A stream that breaks after each few events, and goes on in another client: no gap, no double, and the same for who reads late."""
    seen = []
    with client(server).responses.create(model="scripted", input="[[slow:1]]", background=True, stream=True) as stream:
        for event in stream:
            seen.append(event)
            if len(seen) == 4:
                break
    assert [event.type for event in seen[:3]] == ["response.created", "response.queued", "response.in_progress"]
    assert seen[0].response.status == "queued" == seen[1].response.status and seen[2].response.status == "in_progress"
    id, drops = seen[0].response.id, 0
    while not seen[-1].type == "response.completed":
        with client(server).responses.retrieve(id, stream=True, starting_after=seen[-1].sequence_number) as stream:
            for count, event in enumerate(stream):
                seen.append(event)
                if count == 6:
                    drops += 1
                    break
    assert drops > 2 and [event.sequence_number for event in seen] == list(range(len(seen)))
    read = client(server).responses.retrieve(id)
    assert said(seen) == read.output_text and seen[-1].response.to_dict() == read.to_dict()
    assert dicts(client(server).responses.retrieve(id, stream=True)) == dicts(seen)
    last = len(seen) - 1
    assert list(client(server).responses.retrieve(id, stream=True, starting_after=last)) == []
    assert dicts(client(server).responses.retrieve(id, stream=True, starting_after=last - 1)) == dicts(seen[-1:])
    with pytest.raises(openai.BadRequestError) as wrong:
        client(server).responses.retrieve(id, extra_query={"starting_after": 1})
    assert wrong.value.param == "starting_after"


def test_several_read_one_response(server):
    queued = client(server).responses.create(model="scripted", input="[[slow:0.8]]", background=True, stream=False)
    read = [None] * 4

    def reading(number):
        read[number] = list(client(server).responses.retrieve(queued.id, stream=True, starting_after=number if number else openai.omit))

    readers = [threading.Thread(target=reading, args=[number]) for number in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    whole = dicts(read[0])
    assert [event["sequence_number"] for event in whole] == list(range(len(whole))) and whole[-1]["type"] == "response.completed"
    for number in range(1, 4):
        assert dicts(read[number]) == whole[number + 1:]


def test_cancel(server):
    c = client(server)
    with c.responses.create(model="scripted", input="[[slow:30]] [[think:hm]]", background=True, stream=True) as stream:
        seen = []
        for event in stream:
            seen.append(event)
            if event.type == "response.output_text.delta" and len(seen) < 100:
                id = seen[0].response.id
                cancelled = c.responses.cancel(id)
        # There is no event for it: the stream ends.
        assert seen[-1].type == "response.output_item.done"
    assert cancelled.status == "cancelled" and cancelled.output_text == said(seen) and cancelled.output_text
    assert [item.type for item in cancelled.output] == ["reasoning", "message"] and cancelled.output[-1].status == "incomplete"
    assert cancelled.to_dict() == c.responses.retrieve(id).to_dict() == c.responses.cancel(id).to_dict()
    assert dicts(c.responses.retrieve(id, stream=True)) == dicts(seen)
    foreground = c.responses.create(model="scripted", input="x")
    with pytest.raises(openai.BadRequestError) as refused:
        c.responses.cancel(foreground.id)
    assert "background" in refused.value.message
    with pytest.raises(openai.NotFoundError):
        c.responses.cancel("resp_gone")


def test_background_async(server):
    async def run():
        async with async_client(server) as c:
            queued = [await c.responses.create(model="scripted", input=f"[[say:{n}]]", background=True) for n in range(8)]
            ends = []
            for one in queued:
                async for event in await c.responses.retrieve(one.id, stream=True):
                    last = event
                ends.append(last.response)
            return [end.output_text for end in ends]

    assert asyncio.run(run()) == [str(n) for n in range(8)]


def test_replay_of_a_finished_stream(server):
    c = client(server)
    seen = list(c.responses.create(model="scripted", input="[[think:hm]] [[tools:2 lookup]] go", tools=[LOOKUP], stream=True))
    id = seen[0].response.id
    assert dicts(c.responses.retrieve(id, stream=True)) == dicts(seen)
    assert dicts(c.responses.retrieve(id, stream=True, starting_after=3)) == dicts(seen[4:])
    plain = c.responses.create(model="scripted", input="x")
    with pytest.raises(openai.BadRequestError) as refused:
        c.responses.retrieve(plain.id, stream=True)
    assert refused.value.param == "stream"
    unstored = list(c.responses.create(model="scripted", input="x", stream=True, store=False))
    with pytest.raises(openai.NotFoundError):
        c.responses.retrieve(unstored[0].response.id, stream=True)


# MARK: Conversations


def test_conversation(server):
    c = client(server)
    made = c.conversations.create(metadata={"topic": "sea"}, items=[user("hello")])
    assert made.object == "conversation" and made.id.startswith("conv_") and made.metadata == {"topic": "sea"}
    assert c.conversations.retrieve(made.id).to_dict() == made.to_dict()
    assert c.conversations.update(made.id, metadata={"topic": "land"}).metadata == {"topic": "land"}
    assert c.conversations.update(made.id, metadata=None).metadata == {}
    deleted = c.conversations.delete(made.id)
    assert deleted.deleted and deleted.object == "conversation.deleted" and deleted.id == made.id
    for ask in [c.conversations.retrieve, c.conversations.delete, c.conversations.items.list]:
        with pytest.raises(openai.NotFoundError) as gone:
            ask(made.id)
        assert made.id in gone.value.message


def test_conversation_items(server):
    c = client(server)
    id = c.conversations.create().id
    assert c.conversations.items.list(id).data == []
    call = {"type": "function_call", "call_id": "call_1", "name": "lookup", "arguments": "{}"}
    output = {"type": "function_call_output", "call_id": "call_1", "output": "done"}
    added = c.conversations.items.create(id, items=[user("hello"), call, output])
    assert [item.type for item in added.data] == ["message", "function_call", "function_call_output"]
    assert added.first_id == added.data[0].id and added.last_id == added.data[-1].id and not added.has_more
    c.conversations.items.create(id, items=[user(str(n)) for n in range(20)])
    everything = list(c.conversations.items.list(id, order="asc", limit=7, include=["message.output_text.logprobs"]))
    assert texts(everything) == ["hello", *(str(n) for n in range(20))] and len({item.id for item in everything}) == 23
    one = c.conversations.items.retrieve(added.data[1].id, conversation_id=id)
    assert one.type == "function_call" and one.name == "lookup" and one.status == "completed"
    left = c.conversations.items.delete(added.data[2].id, conversation_id=id)
    assert left.object == "conversation" and left.id == id
    with pytest.raises(openai.NotFoundError):
        c.conversations.items.retrieve(added.data[2].id, conversation_id=id)
    with pytest.raises(openai.BadRequestError) as many:
        c.conversations.items.create(id, items=[user("x")] * 21)
    assert many.value.param == "items[20]"
    with pytest.raises(openai.NotFoundError):
        c.conversations.items.create("conv_gone", items=[user("x")])


def test_tokens_of_a_conversation(server):
    c = client(server)
    id = c.conversations.create(items=[user("hello"), {"role": "assistant", "content": "good day"}]).id
    count = c.responses.input_tokens.count(model="scripted", conversation=id, input="and on")
    whole = c.responses.create(
        model="scripted", input=[user("hello"), {"role": "assistant", "content": "good day"}, user("and on")], store=False
    )
    assert count.input_tokens == whole.usage.input_tokens


def test_conversation_async(server):
    async def run():
        async with async_client(server) as c:
            made = await c.conversations.create(items=[user(str(n)) for n in range(3)])
            found = [item async for item in await c.conversations.items.list(made.id, limit=1, order="asc")]
            await c.conversations.delete(made.id)
            return texts(found)

    assert asyncio.run(run()) == ["0", "1", "2"]


def test_session_of_the_agents_sdk(server):
    """The Agents SDK keeps a session in a conversation: it adds what each run said, and sends all of it with the next."""

    async def run():
        async with async_client(server) as c:
            session = OpenAIConversationsSession(openai_client=c)
            config = RunConfig(model_provider=OpenAIProvider(openai_client=c, use_responses=True))
            agent = Agent(name="helper", instructions="Be brief.", model="scripted")
            for said in ["one", "two"]:
                result = await Runner.run(agent, f"[[say:{said}]]", session=session, run_config=config)
                assert result.final_output == said
            await session.add_items([user(str(n)) for n in range(45)])
            kept = await session.get_items()
            newest = await session.get_items(limit=3)
            popped = await session.pop_item()
            left = await session.get_items()
            await session.clear_session()
            return kept, newest, popped, left

    kept, newest, popped, left = asyncio.run(run())
    said = [item["content"][0]["text"] for item in kept]
    assert said == ["[[say:one]]", "one", "[[say:two]]", "two", *(str(n) for n in range(45))]
    assert newest == kept[-3:] and popped == kept[-1] and left == kept[:-1]


# MARK: Turns in a conversation


def listed(c, id):
    """The list of a conversation: of each item its text, or its type."""
    items = c.conversations.items.list(id, order="asc", limit=100)
    return [item.content[0].text if item.type == "message" else item.type for item in items]


def test_turns_in_a_conversation(server):
    c = client(server)
    id = c.conversations.create(items=[user("hello"), {"role": "assistant", "content": "good day"}]).id
    first = c.responses.create(model="scripted", input="[[say:one]]", conversation=id)
    assert first.conversation.id == id and first.previous_response_id is None and first.output_text == "one"
    second = c.responses.create(model="scripted", input=[user("and on")], conversation={"id": id}, stream=True)
    second = list(second)[-1].response
    assert second.output_text.startswith("Scripted answer to 5 items") and second.conversation.id == id
    assert listed(c, id) == ["hello", "good day", "[[say:one]]", "one", "and on", second.output_text]
    c.conversations.items.create(id, items=[user("between")])
    third = c.responses.create(model="scripted", input="last", conversation=id)
    assert third.output_text.startswith("Scripted answer to 8 items")
    # The same as with everything in one request.
    whole = c.responses.create(model="scripted", store=False, input=[
        user("hello"), {"role": "assistant", "content": "good day"}, user("[[say:one]]"), {"role": "assistant", "content": "one"},
        user("and on"), {"role": "assistant", "content": second.output_text}, user("between"), user("last")])
    assert whole.output_text == third.output_text and whole.usage.input_tokens == third.usage.input_tokens
    # What a response adds it keeps when the conversation is gone.
    c.conversations.delete(id)
    assert c.responses.retrieve(third.id).to_dict() == third.to_dict()
    for wrong, kind, param in [
        ({"conversation": id}, openai.NotFoundError, "conversation"),
        ({"conversation": "conv_gone"}, openai.NotFoundError, "conversation"),
        ({"conversation": c.conversations.create().id, "previous_response_id": third.id}, openai.BadRequestError, "previous_response_id"),
        ({"conversation": c.conversations.create().id, "store": False}, openai.BadRequestError, "conversation"),
    ]:
        with pytest.raises(kind) as refused:
            c.responses.create(model="scripted", input="x", **wrong)
        assert refused.value.param == param, refused.value


def test_failed_turns_add_nothing(server):
    c = client(server)
    id = c.conversations.create(items=[user("hello")]).id
    with pytest.raises(openai.APIStatusError):
        c.responses.create(model="scripted", input="[[fail]]", conversation=id)
    with pytest.raises(openai.BadRequestError):
        c.responses.create(model="scripted", conversation=id, input=[{"type": "function_call_output", "call_id": "none", "output": ""}])
    with pytest.raises(openai.APIError):
        list(c.responses.create(model="scripted", input="[[fail]]", conversation=id, stream=True))
    assert final(c, c.responses.create(model="scripted", input="[[fail]]", conversation=id, background=True).id).status == "failed"
    with c.responses.create(model="scripted", input="[[slow:30]]", conversation=id, stream=True) as stream:
        next(iter(stream))
    # A client that is gone lets go of the conversation.
    wait_until(lambda: not busy(c, id), "the conversation is free")
    with c.responses.connect() as line:
        line.response.create(model="scripted", input="[[fail]]", conversation=id)
        assert [event.type for event in until_end(line)][-1] == "response.failed"
    assert listed(c, id) == ["hello"]
    assert c.responses.create(model="scripted", input="on", conversation=id).output_text.startswith("Scripted answer to 2 items")


def busy(c, id):
    try:
        c.conversations.items.delete("msg_gone", conversation_id=id)
    except openai.ConflictError:
        return True
    except openai.NotFoundError:
        return False


def until_end(line):
    events = []
    for event in line:
        events.append(event)
        if event.type in ("response.completed", "response.failed", "response.incomplete", "error"):
            return events


def test_one_turn_at_a_time(server):
    """A conversation is busy for other connections; on its own connection the next turn waits."""
    c = client(server)
    id = c.conversations.create().id
    with EventSocket(server.socket_url) as one, EventSocket(server.socket_url) as other:
        one.create("[[slow:1]] first", conversation=id, stream_id="a")
        one.create("[[say:second]]", conversation={"id": id}, stream_id="b")
        while one.receive()["type"] != "response.in_progress":
            pass
        for refused in [
            lambda: c.responses.create(model="scripted", input="x", conversation=id),
            lambda: c.responses.create(model="scripted", input="x", conversation=id, stream=True),
            lambda: c.responses.create(model="scripted", input="x", conversation=id, background=True),
            lambda: c.conversations.items.create(id, items=[user("x")]),
        ]:
            with pytest.raises(openai.ConflictError) as conflict:
                refused()
            assert conflict.value.code == "conversation_locked"
        busy = other.turn("x", conversation=id)
        assert busy.last["type"] == "error" and busy.last["status"] == 409 and busy.error["code"] == "conversation_locked"
        ended = []
        while len(ended) < 2:
            event = one.receive()
            if event["type"] == "response.completed":
                ended.append((event["stream_id"], event["response"]))
        assert [lane for lane, _ in ended] == ["a", "b"] and all(response["conversation"] == {"id": id} for _, response in ended)
        answer = ended[0][1]["output"][0]["content"][0]["text"]
        assert other.turn("third", conversation=id).text.startswith("Scripted answer to 5 items")
    assert listed(c, id)[:-1] == ["[[slow:1]] first", answer, "[[say:second]]", "second", "third"]


def test_conversation_on_a_line(server):
    c = client(server)
    id = c.conversations.create(items=[user("hello")]).id
    with c.responses.connect() as line:
        for text in ["[[say:one]]", "[[say:two]]"]:
            line.response.create(model="scripted", input=text, conversation=id)
            assert until_end(line)[-1].response.conversation.id == id
        line.response.create(model="scripted", input="x", conversation=id, store=False)
        assert until_end(line)[-1].error.param == "conversation"
    assert listed(c, id) == ["hello", "[[say:one]]", "one", "[[say:two]]", "two"]


def test_background_in_a_conversation(server):
    c = client(server)
    id = c.conversations.create(items=[user("hello")]).id
    queued = c.responses.create(model="scripted", input="[[slow:0.5]]", conversation=id, background=True)
    assert queued.status == "queued" and queued.conversation.id == id
    with pytest.raises(openai.ConflictError):
        c.responses.create(model="scripted", input="x", conversation=id)
    done = final(c, queued.id)
    assert listed(c, id) == ["hello", "[[slow:0.5]]", done.output_text]
    onward = c.responses.create(model="scripted", input="on", conversation=id)
    assert onward.output_text.startswith("Scripted answer to 4 items")
    before = listed(c, id)
    long = c.responses.create(model="scripted", input="[[slow:30]]", conversation=id, background=True)
    assert c.responses.cancel(long.id).status == "cancelled"
    # What was cancelled is part of the response, and of no list.
    assert listed(c, id) == before
    assert c.responses.create(model="scripted", input="on", conversation=id).output_text.startswith("Scripted answer to 6 items")
