"""What must hold for every response object, item and stream of events, whatever the transport.

The rules are those of the response, the items and the events (responses-api 3, responses-api 4, responses-api 12).
"""

PRESENT_NOT_NULL = (
    "id object created_at status model output tools tool_choice truncation parallel_tool_calls text top_p temperature "
    "presence_penalty frequency_penalty top_logprobs store background service_tier metadata"
).split()
PRESENT = (
    "completed_at incomplete_details previous_response_id instructions error reasoning usage max_output_tokens "
    "max_tool_calls safety_identifier prompt_cache_key"
).split()
STATUSES = ("queued", "in_progress", "completed", "incomplete", "failed", "cancelled")

#: Fields of each event beside type and sequence_number.
EVENT_FIELDS = {
    **dict.fromkeys(
        ("response.created", "response.queued", "response.in_progress", "response.completed", "response.incomplete",
         "response.failed"), ("response",)),
    **dict.fromkeys(("response.output_item.added", "response.output_item.done"), ("output_index", "item")),
    **dict.fromkeys(("response.content_part.added", "response.content_part.done"),
                    ("item_id", "output_index", "content_index", "part")),
    "response.output_text.delta": ("item_id", "output_index", "content_index", "delta", "logprobs"),
    "response.output_text.done": ("item_id", "output_index", "content_index", "text", "logprobs"),
    "response.refusal.delta": ("item_id", "output_index", "content_index", "delta"),
    "response.refusal.done": ("item_id", "output_index", "content_index", "refusal"),
    "response.reasoning_text.delta": ("item_id", "output_index", "content_index", "delta"),
    "response.reasoning_text.done": ("item_id", "output_index", "content_index", "text"),
    **dict.fromkeys(("response.reasoning_summary_part.added", "response.reasoning_summary_part.done"),
                    ("item_id", "output_index", "summary_index", "part")),
    "response.reasoning_summary_text.delta": ("item_id", "output_index", "summary_index", "delta"),
    "response.reasoning_summary_text.done": ("item_id", "output_index", "summary_index", "text"),
    "response.function_call_arguments.delta": ("item_id", "output_index", "delta"),
    "response.function_call_arguments.done": ("item_id", "output_index", "arguments"),
    "response.custom_tool_call_input.delta": ("item_id", "output_index", "delta"),
    "response.custom_tool_call_input.done": ("item_id", "output_index", "input"),
}
SNAPSHOTS = ("response.created", "response.queued", "response.in_progress", "response.completed",
             "response.incomplete", "response.failed")
TERMINAL = ("response.completed", "response.incomplete", "response.failed")

ITEM_FIELDS = {
    "message": ("id", "role", "status", "content"),
    "function_call": ("id", "call_id", "name", "arguments", "status"),
    "custom_tool_call": ("id", "call_id", "name", "input"),
    "reasoning": ("id", "summary"),
    "compaction": ("id", "encrypted_content"),
}


def check_usage(usage):
    assert isinstance(usage, dict), f"usage: {usage!r}"
    for name in ("input_tokens", "output_tokens", "total_tokens"):
        assert isinstance(usage[name], int), f"usage.{name}"
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert isinstance(usage["input_tokens_details"]["cached_tokens"], int)
    assert 0 <= usage["input_tokens_details"]["cached_tokens"] <= usage["input_tokens"]
    assert isinstance(usage["output_tokens_details"]["reasoning_tokens"], int)


def check_item(item, final=True):
    for name in ("type", *ITEM_FIELDS.get(item["type"], ("id",))):
        assert item.get(name) is not None, f"{item['type']}.{name} is missing or null"
    nulls = [name for name, value in item.items() if value is None]
    assert not nulls, f"{item['type']}: absent fields are left out, not null: {nulls}"
    if item["type"] == "message":
        assert item["role"] == "assistant" and isinstance(item["content"], list)
        for part in item["content"]:
            if part["type"] == "output_text":
                assert isinstance(part["text"], str)
                assert isinstance(part["annotations"], list) and isinstance(part["logprobs"], list)
            else:
                assert part["type"] == "refusal" and isinstance(part["refusal"], str)
    if item["type"] == "function_call":
        assert isinstance(item["arguments"], str) and item["call_id"] != item["id"]
    if final and "status" in item:
        assert item["status"] in ("completed", "incomplete"), item["status"]


def check_response(response, status=None):
    """A whole response object, also the snapshots inside events."""
    for name in PRESENT_NOT_NULL:
        assert response.get(name) is not None, f"response.{name} is missing or null"
    for name in PRESENT:
        assert name in response, f"response.{name} is missing"
    assert response["object"] == "response" and response["id"].startswith("resp_")
    assert isinstance(response["created_at"], int)
    assert response["status"] in STATUSES
    if status:
        assert response["status"] == status, (response["status"], response["error"], response["incomplete_details"])
    assert (response["completed_at"] is not None) == (response["status"] == "completed")
    assert (response["error"] is not None) == (response["status"] == "failed")
    assert (response["incomplete_details"] is not None) == (response["status"] == "incomplete")
    assert isinstance(response["text"]["format"], dict)
    if response["reasoning"] is not None:
        assert "effort" in response["reasoning"] and "summary" in response["reasoning"]
    for tool in response["tools"]:
        if tool["type"] == "function":
            for name in ("name", "description", "parameters", "strict"):
                assert name in tool, f"a function tool is echoed with {name}, null allowed"
    if response["status"] in ("completed", "incomplete"):
        check_usage(response["usage"])
    for item in response["output"]:
        check_item(item, final=response["status"] == "completed")


def check_error_frame(frame, status=None, code=None, param=None, stream_id=None):
    """An `error` event of the socket (websocket-mode 6.2)."""
    assert frame["type"] == "error"
    assert isinstance(frame["status"], int)
    error = frame["error"]
    for name in ("type", "code", "message", "param"):
        assert name in error, f"error.{name} is missing"
    assert isinstance(error["type"], str) and isinstance(error["message"], str) and error["message"]
    assert frame.get("stream_id") == stream_id and ("stream_id" in frame) == (stream_id is not None)
    if status:
        assert frame["status"] == status, frame
    if code:
        assert error["code"] == code, frame
    if param:
        assert error["param"] == param, frame


def check_error_body(body, code=None, param=None):
    """The JSON body of a refused HTTP request (responses-api 13)."""
    assert set(body) == {"error"}
    assert set(body["error"]) >= {"message", "type", "param", "code"}, body
    assert isinstance(body["error"]["message"], str) and body["error"]["message"]
    if code:
        assert body["error"]["code"] == code, body
    if param:
        assert body["error"]["param"] == param, body


def check_stream(events, stream_id=None, status="completed"):
    """The events of one whole response, in order; returns its final response object."""
    assert [e["sequence_number"] for e in events] == list(range(len(events))), "sequence numbers from 0 without a gap"
    types = [e["type"] for e in events]
    assert types[:2] == ["response.created", "response.in_progress"], types[:3]
    assert types[-1] in TERMINAL and not set(types[:-1]) & set(TERMINAL)
    for event in events:
        check_event(event, stream_id)
    ids = {e["response"]["id"] for e in events if e["type"] in SNAPSHOTS}
    assert len(ids) == 1, f"one response id in all snapshots: {ids}"
    final = events[-1]["response"]
    check_response(final, status)
    check_items_of_stream(events, final)
    return final


def check_event(event, stream_id=None):
    kind = event["type"]
    assert kind in EVENT_FIELDS, f"unexpected event {kind}"
    for name in EVENT_FIELDS[kind]:
        assert event.get(name) is not None, f"{kind}.{name} is missing or null"
    assert not event.get("error"), "only an `error` event may have a top-level error"
    # Named lanes: on every event. The default lane: the key is absent, not null.
    assert ("stream_id" in event) == (stream_id is not None) and event.get("stream_id") == stream_id
    if kind in SNAPSHOTS:
        check_response(event["response"])
    if kind.startswith("response.output_item."):
        check_item(event["item"], final=False)


def check_items_of_stream(events, final):
    """Deltas joined = done = item = final response, one item after the other."""
    open_item, done, texts, finished = None, {}, {}, {}
    for event in events:
        kind, index = event["type"], event.get("output_index")
        if kind == "response.output_item.added":
            assert open_item is None, "one item is closed before the next opens"
            assert index == len(done), "output_index counts up"
            assert event["item"].get("status", "in_progress") == "in_progress"
            open_item = event["item"]
        elif kind == "response.output_item.done":
            assert open_item is not None and event["item"]["id"] == open_item["id"]
            done[index], open_item = event["item"], None
        elif "item_id" in event:
            assert open_item is not None and event["item_id"] == open_item["id"], f"{kind} outside its item"
            part = (index, kind.rsplit(".", 1)[0], event.get("content_index", event.get("summary_index")))
            if kind.endswith(".delta"):
                assert part not in finished
                texts[part] = texts.get(part, "") + event["delta"]
            elif kind.endswith(".done") and "_part." not in kind:
                value = event.get("text", event.get("arguments", event.get("refusal", event.get("input"))))
                assert texts.get(part, "") == value, f"{kind}: the deltas joined differ from the whole"
                finished[part] = value
    assert open_item is None or final["status"] != "completed"
    if final["status"] == "completed":
        assert final["output"] == [done[i] for i in range(len(done))], "the final response holds the finished items"
        for (index, kind, content_index), value in finished.items():
            item = done[index]
            if kind == "response.output_text":
                assert item["content"][content_index]["text"] == value
            elif kind == "response.function_call_arguments":
                assert item["arguments"] == value
