"""The `anthropic` package in front of a server under test, and a tool to offer with it."""

import anthropic

LOOKUP = {
    "name": "lookup",
    "description": "Looks a key up.",
    "input_schema": {"type": "object", "properties": {"key": {"type": "string"}}, "required": ["key"]},
}


def root(server):
    """Messages clients put /v1 in front themselves."""
    return server.base_url.removesuffix("/v1")


def client(server, key="none", **options):
    return anthropic.Anthropic(base_url=root(server), api_key=key, **{"max_retries": 0, "timeout": 30, **options})


def async_client(server, key="none", **options):
    return anthropic.AsyncAnthropic(base_url=root(server), api_key=key, **{"max_retries": 0, "timeout": 30, **options})


def calls_of(message):
    return [block for block in message.content if block.type == "tool_use"]


def results_for(message, text="done"):
    return {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": call.id, "content": f"{text} {call.input}"} for call in calls_of(message)],
    }


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")
