"""The `openai` package in front of a server under test, and a tool to offer with it."""

import openai

LOOKUP = {
    "type": "function",
    "name": "lookup",
    "description": "Looks a key up.",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {"key": {"type": "string"}},
        "required": ["key"],
        "additionalProperties": False,
    },
}


def client(server, key="none", **options):
    return openai.OpenAI(base_url=server.base_url, api_key=key, max_retries=0, timeout=30, **options)


def async_client(server, key="none", **options):
    return openai.AsyncOpenAI(base_url=server.base_url, api_key=key, max_retries=0, timeout=30, **options)
