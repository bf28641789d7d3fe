"""The 17 tests of the Open Responses suite, in our own words (responses-api 16, websocket-mode 15.1).

Every event and response is held to our own rules (harness/conformance.py). A second fixture value does the same against
the published schema, where that file is at hand, and is skipped elsewhere.
"""

import pytest

from harness import published_schema
from harness.conformance import check_error_body, check_error_frame, check_response, check_stream, check_usage
from harness.connections import EventSocket, request, stream

MODEL = "scripted"
# A PNG of one red pixel.
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Get the current weather for a location",
    "parameters": {
        "type": "object",
        "properties": {"location": {"type": "string", "description": "City and state"}},
        "required": ["location"],
    },
}


class OwnRules:
    """Our own validators, with the rules the schema cannot express."""

    def response(self, response):
        check_response(response, "completed")

    def events(self, events):
        check_stream(events)

    def error(self, frame):
        check_error_frame(frame)

    def compaction(self, resource):
        assert resource["object"] == "response.compaction" and resource["id"]
        assert isinstance(resource["created_at"], int)
        check_usage(resource["usage"])


class PublishedSchema:
    def response(self, response):
        published_schema.validate_response(response)
        assert response["status"] == "completed"

    def events(self, events):
        for event in events:
            published_schema.validate_event(event)
        assert events[-1]["type"] == "response.completed"
        self.response(events[-1]["response"])

    def error(self, frame):
        published_schema.validate_event(frame)

    def compaction(self, resource):
        published_schema.validate_compaction(resource)


@pytest.fixture(params=["own-rules", "published-schema"])
def judge(request):
    if request.param == "own-rules":
        return OwnRules()
    published_schema.need_schema()
    return PublishedSchema()


def message(role, content, **fields):
    return {"type": "message", "role": role, "content": content, **fields}


def create(server, judge, **body):
    status, _, response = request(server, "POST", "/v1/responses", {"model": MODEL, **body})
    assert status == 200, response
    judge.response(response)
    assert response["output"], "the output is not empty"
    return response


def open_socket(server):
    # The suite's own runner sends a content type with the upgrade; it must do no harm.
    return EventSocket(server.socket_url, headers={"Content-Type": "application/json"})


def completed(judge, turn):
    assert turn.last["type"] == "response.completed", turn.last
    judge.events(turn.events)
    return turn.response


# MARK: HTTP


def test_basic_response(server, judge):
    create(server, judge, input=[message("user", "Say hello in exactly 3 words.")])


def test_assistant_phase(server, judge):
    create(server, judge, input=[
        message("user", "What is two and two?"),
        message("assistant", "I add the numbers.", phase="commentary"),
        message("assistant", "Four.", phase="final_answer"),
        message("user", "And three and three?"),
    ])


def test_response_output_phase_schema(judge):
    """The suite checks a fixture of its own here: an output message may carry a phase."""
    judge.response({
        "id": "resp_1", "object": "response", "created_at": 1, "completed_at": 2, "status": "completed",
        "incomplete_details": None, "model": MODEL, "previous_response_id": None, "instructions": None, "error": None,
        "output": [{"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "phase": "final_answer",
                    "content": [{"type": "output_text", "text": "Four.", "annotations": [], "logprobs": []}]}],
        "tools": [], "tool_choice": "auto", "truncation": "disabled", "parallel_tool_calls": True,
        "text": {"format": {"type": "text"}}, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0,
        "top_logprobs": 0, "temperature": 1, "reasoning": None, "max_output_tokens": None, "max_tool_calls": None,
        "store": True, "background": False, "service_tier": "default", "metadata": {}, "safety_identifier": None,
        "prompt_cache_key": None,
        "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2,
                  "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}},
    })


def test_streaming_response(server, judge):
    turn = stream(server, {"model": MODEL, "input": [message("user", "Count from 1 to 5.")]})
    completed(judge, turn)


def test_system_prompt(server, judge):
    create(server, judge, input=[
        message("system", "You are a pirate. Always answer in pirate speak."), message("user", "Say hello."),
    ])


def test_tool_calling(server, judge):
    # The suite asks in plain words and leaves it to the model; the scripted model is told to call.
    response = create(server, judge, tools=[WEATHER], input=[
        message("user", "What's the weather like in San Francisco? [[tools:1]]")
    ])
    assert "function_call" in [item["type"] for item in response["output"]]


def test_image_input(server, judge):
    create(server, judge, input=[message("user", [
        {"type": "input_text", "text": "What do you see in this image? Answer in one sentence."},
        {"type": "input_image", "image_url": PIXEL},
    ])])


def test_multi_turn(server, judge):
    create(server, judge, input=[
        message("user", "My name is Alice."),
        message("assistant", "Hello Alice! Nice to meet you. How can I help you today?"),
        message("user", "What is my name?"),
    ])


def compact(server, judge):
    status, _, resource = request(server, "POST", "/v1/responses/compact", {
        "model": MODEL,
        "input": [message("user", "We plan a walk by the sea."), message("assistant", "At low tide, then."),
                  message("user", "Yes, on Sunday.")],
    })
    assert status == 200, resource
    judge.compaction(resource)
    return resource


def test_compact_response(server, judge):
    resource = compact(server, judge)
    assert resource["object"] == "response.compaction" and isinstance(resource["usage"], dict)
    assert "compaction" in [item["type"] for item in resource["output"]]


def test_compact_missing_model(server, judge):
    status, _, body = request(server, "POST", "/v1/responses/compact", {"input": [message("user", "hello")]})
    assert status in (400, 422)
    check_error_body(body, param="model")


# MARK: WebSocket


def test_websocket_response(server, judge):
    with open_socket(server) as socket:
        completed(judge, socket.turn([message("user", "Say hello.")]))


def test_websocket_sequential_responses(server, judge):
    with open_socket(server) as socket:
        for text in ("Say one.", "Say two."):
            completed(judge, socket.turn([message("user", text)], store=False))


def test_websocket_continuation(server, judge):
    with open_socket(server) as socket:
        first = completed(judge, socket.turn([message("user", "Remember the word orange.")], store=False))
        second = completed(judge, socket.turn(
            [message("user", "Which word?")], store=False, previous_response_id=first["id"]
        ))
        assert second["previous_response_id"] == first["id"]


def test_websocket_reconnect_store_false_recovery(server, judge):
    with open_socket(server) as socket:
        first = completed(judge, socket.turn([message("user", "Remember this.")], store=False))
    with open_socket(server) as socket:
        lost = socket.turn([message("user", "What was it?")], store=False, previous_response_id=first["id"])
        assert lost.failed and lost.error["code"] == "previous_response_not_found"
        judge.error(lost.last)
        completed(judge, socket.turn([message("user", "Then afresh.")], store=False))


def test_websocket_previous_response_not_found(server, judge):
    with open_socket(server) as socket:
        turn = socket.turn([message("user", "hello")], store=False, previous_response_id="resp_never_was")
        assert turn.failed and turn.error["code"] == "previous_response_not_found"
        judge.error(turn.last)


def test_websocket_failed_continuation_evicts_cache(server, judge):
    with open_socket(server) as socket:
        first = completed(judge, socket.turn([message("user", "Begin.")], store=False))
        orphan = socket.turn(
            [{"type": "function_call_output", "call_id": "call_never_made", "output": "?"}],
            store=False, previous_response_id=first["id"],
        )
        assert orphan.failed, orphan.last
        again = socket.turn([message("user", "Go on.")], store=False, previous_response_id=first["id"])
        assert again.failed and again.error["code"] == "previous_response_not_found"


def test_websocket_compact_new_chain(server, judge):
    window = compact(server, judge)["output"]
    with open_socket(server) as socket:
        completed(judge, socket.turn([*window, message("user", "Where do we walk?")], store=False))
