"""The `openai` package against what the server stores: responses read back, listed, deleted; tokens counted; conversations."""

import asyncio

import openai
import pytest
from agents import Agent, OpenAIConversationsSession, OpenAIProvider, RunConfig, Runner, set_tracing_disabled

from harness.connections import user
from harness.openai_client import LOOKUP, async_client, client
set_tracing_disabled(True)


def texts(items):
    return [item.content[0].text for item in items if item.type == "message"]


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
    window = [item.to_dict() for item in compacted.output]
    onward = c.responses.create(model="scripted", input=[*window, user("[[say:On Sunday.]]")])
    assert onward.output_text == "On Sunday." and onward.previous_response_id is None
    # The window is this response's input, as it was sent.
    kinds = [item.type for item in c.responses.input_items.list(onward.id, order="asc")]
    assert kinds == [item["type"] for item in window] + ["message"]
    assert c.responses.retrieve(onward.id).output_text == "On Sunday."
    with pytest.raises(openai.NotFoundError):
        c.responses.retrieve(compacted.id)


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


# MARK: Keys


def test_another_key_finds_nothing(start):
    server = start("--api-key", "alice", "--api-key", "bob")
    alice, bob = client(server, "alice"), client(server, "bob")
    response = alice.responses.create(model="scripted", input="mine")
    conversation = alice.conversations.create(items=[{**user("mine"), "id": "msg_mine"}])
    for ask in [
        lambda c: c.responses.retrieve(response.id),
        lambda c: c.responses.input_items.list(response.id),
        lambda c: c.responses.delete(response.id),
        lambda c: c.conversations.retrieve(conversation.id),
        lambda c: c.conversations.update(conversation.id, metadata={}),
        lambda c: c.conversations.items.list(conversation.id),
        lambda c: c.conversations.items.create(conversation.id, items=[user("yours")]),
        lambda c: c.conversations.items.retrieve("msg_mine", conversation_id=conversation.id),
        lambda c: c.conversations.items.delete("msg_mine", conversation_id=conversation.id),
        lambda c: c.conversations.delete(conversation.id),
    ]:
        with pytest.raises(openai.NotFoundError):
            ask(bob)
    assert texts(alice.conversations.items.list(conversation.id)) == ["mine"]
    assert alice.responses.retrieve(response.id).output_text
