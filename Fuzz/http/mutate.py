"""Requests: right ones, and what becomes of them. Everything comes from the dice, so a seed and a number give the same bytes again."""

import copy
import json
import struct

KEY = "fuzz-key"

TOOL = {"type": "function", "name": "lookup", "description": "d", "parameters": {"type": "object", "properties": {"a": {"type": "string"}}}}

#: Bodies that a right client sends; they are mutated by their structure.
CREATES = [
    {"model": "scripted", "input": "hello"},
    {"model": "scripted", "input": "hello", "stream": True},
    {"model": "scripted", "input": "[[tools:1 lookup]] x", "tools": [TOOL], "stream": True, "parallel_tool_calls": False},
    {"model": "scripted", "input": "[[think:so]] x", "include": ["reasoning.encrypted_content"], "store": False},
    {"model": "scripted", "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "a"}, {"type": "input_image", "image_url": "data:image/png;base64,AA=="}]},
        {"type": "function_call", "call_id": "c1", "name": "lookup", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "o"},
        {"type": "reasoning", "id": "rs_1", "summary": [], "content": [{"type": "reasoning_text", "text": "hm"}]},
        {"type": "message", "role": "assistant", "id": "msg_1", "content": [{"type": "output_text", "text": "b", "annotations": []}]},
        {"role": "user", "content": "on"}], "instructions": "be", "metadata": {"a": "b"}, "temperature": 0.5, "max_output_tokens": 50},
    {"model": "scripted", "input": "x", "text": {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": True}},
     "tool_choice": {"type": "function", "name": "lookup"}, "tools": [TOOL, {"type": "web_search"}, {"type": "custom", "name": "c"}],
     "reasoning": {"effort": "low", "summary": "auto"}, "truncation": "auto", "top_p": 1, "user": "u", "service_tier": "auto"},
    {"model": "scripted", "input": "x", "previous_response_id": "resp_0123456789abcdef0123456789abcdef"},
    {"model": "scripted", "input": [{"type": "item_reference", "id": "msg_1"}]},
    {"model": "scripted", "input": "x", "generate": False, "background": False, "conversation": None, "stream_options": {"include_obfuscation": True}},
]
SOCKET_EVENTS = [{"type": "response.create", **create, "stream_id": "a"} for create in CREATES] + [
    {"type": "response.create", "model": "scripted", "input": "[[slow:1]]", "store": False}, {"type": "response.cancel"},
    {"type": "response.cancel", "stream_id": "a"}, {"type": "response.steer", "previous_response_id": "r", "input": "x"},
    {"type": "response.inject"}, {"type": "ping"},
]
#: Method, path, body.
TARGETS = [
    ("GET", "/health", None), ("GET", "/ready", None), ("GET", "/v1/models", None), ("GET", "/v1/models/scripted", None),
    ("HEAD", "/v1/models", None), ("OPTIONS", "/v1/responses", None), ("DELETE", "/v1/responses/resp_1", None),
    ("GET", "/v1/responses", None), ("GET", "/", None), ("GET", "/v1/responses/resp_1/input_items?limit=2", None),
    ("POST", "/v1/responses/compact", {"model": "scripted", "input": "hello"}),
] + [("POST", "/v1/responses", create) for create in CREATES for _ in range(2)]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PRI", "get", "G\tET", "", "X" * 300]
PATHS = ["/", "//", "/v1", "/v1/", "/v1/responses/", "//v1//responses", "/responses", "/v1/responses?x=%00", "/%76%31/models", "/v1/models/%2e%2e",
         "/v1/../health", "*", "http://127.0.0.1/v1/models", "http://[::1/v1", "/v1/models/\xff\xfe", "/v1/models/" + "a" * 3000, "/health#x", ""]
VERSIONS = ["HTTP/1.1"] * 90 + ["HTTP/1.0", "HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "HTTP/1.2", "http/1.1", "HTTP/1.1 ", "HTTQ/1.1", ""]
FIELDS = [
    ("Host", "a, b"), ("Host", ""), ("Host", "127.0.0.1:99999"), ("Host", "evil.example"), ("Connection", "close"), ("Connection", "keep-alive"),
    ("Connection", "x, close ,y"), ("Connection", "upgrade"), ("Upgrade", "h2c"), ("Upgrade", "websocket"), ("Expect", "100-continue"),
    ("Expect", "200-ok"), ("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "gzip, chunked"), ("Transfer-Encoding", "identity"),
    ("Content-Length", "0"), ("Content-Length", "5, 5"), ("Content-Length", "+5"), ("Content-Length", "99999999999999999999"),
    ("Content-Length", "1000000000"), ("Content-Type", "text/plain"), ("Content-Type", "application/json; charset=utf-16"),
    ("Content-Encoding", "gzip"), ("Accept", "text/event-stream"), ("Accept-Encoding", "gzip"), ("Origin", "null"), ("Origin", "http://a.example"),
    ("Authorization", "Bearer wrong"), ("Authorization", "Basic Og=="), ("Authorization", "Bearer"), ("Cookie", "a=b; c"),
    ("Range", "bytes=0-1"), ("Trailer", "X"), ("TE", "trailers"), ("X-Request-Id", "a\x0bb"), ("X-\x00", "y"), ("X Y", "z"), ("", "v"),
    ("X-Long", "v" * 9000), ("Sec-WebSocket-Key", "short"), ("Sec-WebSocket-Version", "8"), ("Last-Event-ID", "5"),
]
ODD_VALUES = [
    None, True, False, 0, -1, 1.5, 1e308, -0.0, 2**53, 2**64, "", "\u0000", "\ud83d", "é" * 50, "a" * 5000, [], {}, [[]], [None], {"": None},
    {"type": None}, [{"type": "message"}], {"type": "function_call"}, "resp_1", [1, 2, 3], "[[fail]]", "[[parallel:3]] x", "[[tokens:50]]",
    {"type": "input_text", "text": 7}, [[[[[[[[[[[]]]]]]]]]]],
]


# MARK: JSON

def places(value, into, path=()):
    """Every place in a JSON value, as the container and the key."""
    if isinstance(value, dict):
        for key in value:
            into.append((value, key))
            places(value[key], into)
    elif isinstance(value, list):
        for index in range(len(value)):
            into.append((value, index))
            places(value[index], into)
    return into


def mutate_json(dice, value):
    """A right value with up to four wounds."""
    value = copy.deepcopy(value)
    for _ in range(dice.choice((0, 1, 1, 1, 2, 4))):
        spots = places(value, [])
        if not spots:
            break
        container, key = dice.choice(spots)
        way = dice.randrange(7)
        if way == 0:
            del container[key]
        elif way == 1:
            container[key] = copy.deepcopy(dice.choice(ODD_VALUES))
        elif way == 2:
            other, at = dice.choice(spots)
            try:
                container[key] = copy.deepcopy(other[at])
            except (KeyError, IndexError):
                pass
        elif way == 3 and isinstance(container, list):
            container[key:key] = [copy.deepcopy(container[key]) for _ in range(dice.choice((1, 3, 300)))]
        elif way == 4 and isinstance(container, dict):
            container[dice.choice(("type", "id", "x", "", "role", "content", "call_id", "output", "stream", "store"))] = copy.deepcopy(dice.choice(ODD_VALUES))
        elif way == 5:
            container[key] = [container[key]]
        elif way == 6:
            for _ in range(dice.choice((3, 60, 600))):
                container[key] = {"a": container[key]} if dice.random() < 0.5 else [container[key]]
    return value


def json_bytes(dice, value):
    """As text, which is wounded now and then."""
    try:
        text = json.dumps(value, ensure_ascii=dice.random() < 0.7).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        text = b"[" * 5000
    if dice.random() < 0.1:
        text = b" \r\n\t" * dice.randrange(20) + text + dice.choice((b"", b"x", b"\x00", b"\xef\xbb\xbf", b"{}"))
    return wound(dice, text) if dice.random() < 0.15 else text


def wound(dice, data):
    """Bytes flipped, cut, doubled or moved."""
    data = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 5))):
        if not data:
            break
        at = dice.randrange(len(data))
        way = dice.randrange(5)
        if way == 0:
            data[at] = dice.randrange(256)
        elif way == 1:
            del data[at:at + dice.randrange(1, 20)]
        elif way == 2:
            data[at:at] = dice.randbytes(dice.randrange(1, 8))
        elif way == 3:
            data[at:at] = data[at:at + dice.randrange(1, 200)]
        else:
            data[at:at] = dice.choice((b"\r\n", b"\n", b"\0", b"\r", b":", b" ", b"\r\n\r\n", b"\xff", b"\""))
    return bytes(data)


# MARK: HTTP

def body_parts(dice, body):
    """How a body is announced and sent: (fields, bytes)."""
    way = dice.randrange(10)
    if way < 5:
        return [("Content-Length", str(len(body)))], body
    if way < 8:
        out, at = bytearray(), 0
        while at < len(body):
            size = min(len(body) - at, dice.choice((1, 2, 7, 100, 5000)))
            line = b"%x" % size if dice.random() < 0.9 else b"%X;a=\"b\"" % size
            out += line + b"\r\n" + body[at:at + size] + b"\r\n"
            at += size
        out += dice.choice((b"0\r\n\r\n", b"0\r\n\r\n", b"0\r\n\r\n", b"000\r\n\r\n", b"0\r\nX-Trail: y\r\n\r\n", b"", b"g\r\n", b"-1\r\n", b"0\n\n"))
        return [("Transfer-Encoding", "chunked")], bytes(out)
    if way == 8:
        return [("Content-Length", str(max(0, len(body) + dice.choice((-5, -1, 1, 50, 100_000)))))], body
    return [], body


def request(dice, port):
    """One request, right or wrong."""
    method, path, value = dice.choice(TARGETS)
    if dice.random() < 0.05:
        method = dice.choice(METHODS)
    if dice.random() < 0.07:
        path = dice.choice(PATHS)
    version = dice.choice(VERSIONS)
    fields = [("Host", f"127.0.0.1:{port}")]
    if dice.random() < 0.9:
        fields.append(("Authorization", f"Bearer {KEY}"))
    body = b""
    if value is not None:
        fields.append(("Content-Type", "application/json"))
        body = json_bytes(dice, mutate_json(dice, value))
        more, body = body_parts(dice, body)
        fields += more
    while dice.random() < 0.2:
        fields.insert(dice.randrange(len(fields) + 1), dice.choice(FIELDS))
    if dice.random() < 0.03 and fields:
        del fields[dice.randrange(len(fields))]
    if dice.random() < 0.02:
        fields += [("X-Many", "y")] * dice.choice((50, 200, 2000))
    end = "\n" if dice.random() < 0.02 else "\r\n"
    gap = dice.choice((": ", ":", ":  ", " : ", ":\t")) if dice.random() < 0.1 else ": "
    head = f"{method} {path} {version}{end}" + "".join(f"{name}{gap}{value}{end}" for name, value in fields) + end
    data = head.encode("latin-1", "replace")
    if dice.random() < 0.06:
        data = wound(dice, data)
    return data + body


# MARK: Sockets

def handshake(dice, port):
    fields = [
        ("Host", f"127.0.0.1:{port}"), ("Upgrade", "websocket"), ("Connection", dice.choice(("Upgrade", "keep-alive, Upgrade"))),
        ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Authorization", f"Bearer {KEY}"),
        ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
    ]
    if dice.random() < 0.15:
        del fields[dice.randrange(len(fields))]
    if dice.random() < 0.15:
        fields.insert(dice.randrange(len(fields)), dice.choice(FIELDS))
    path = dice.choice(PATHS) if dice.random() < 0.1 else "/v1/responses"
    data = (f"GET {path} HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in fields) + "\r\n").encode("latin-1", "replace")
    return wound(dice, data) if dice.random() < 0.05 else data


def frame(dice, payload, opcode=1, final=True):
    mask = dice.randbytes(4)
    size, masked = len(payload), bytes(b ^ mask[i & 3] for i, b in enumerate(payload)) if len(payload) < 20_000 else payload
    if len(payload) >= 20_000:
        mask = bytes(4)
    first = (0x80 if final else 0) | opcode
    if size < 126:
        head = bytes([first, 0x80 | size])
    elif size < 65536:
        head = struct.pack(">BBH", first, 0xFE, size)
    else:
        head = struct.pack(">BBQ", first, 0xFF, size)
    return head + mask + masked


def frames(dice):
    """A few messages, in one frame or in fragments with a ping between; now and then what is none."""
    out = b""
    for _ in range(dice.randrange(1, 6)):
        text = json_bytes(dice, mutate_json(dice, dice.choice(SOCKET_EVENTS)))
        if dice.random() < 0.25:
            at = dice.randrange(len(text) + 1)
            out += frame(dice, text[:at], final=False)
            if dice.random() < 0.5:
                out += frame(dice, b"p", opcode=9)
            out += frame(dice, text[at:], opcode=0)
        else:
            out += frame(dice, text)
        if dice.random() < 0.1:
            out += frame(dice, dice.randbytes(dice.randrange(130)), opcode=dice.choice((2, 8, 9, 10, 3, 0)))
    return wound(dice, out) if dice.random() < 0.2 else out


def conversation(dice, port):
    """What one connection sends, as pieces, and how it goes: "waits", "closes", "resets" or "half closes"."""
    if dice.random() < 0.25:
        data = handshake(dice, port) + frames(dice)
    else:
        data = b"".join(request(dice, port) for _ in range(dice.choice((1, 1, 1, 2, 5))))
    way = dice.choice(("waits",) * 8 + ("closes", "resets", "half closes"))
    if way != "waits":
        data = data[:dice.randrange(len(data) + 1)]
    pieces, at, whole = [], 0, dice.random() < 0.5
    while at < len(data):
        size = len(data) if whole else dice.choice((1, 3, 20, 200, 2000, 20_000))
        pieces.append(data[at:at + size])
        at += size
    return pieces[:400] + ([b"".join(pieces[400:])] if len(pieces) > 400 else []), way
