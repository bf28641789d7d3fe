"""Whether what a server sent is well-formed: HTTP/1.1 heads and bodies, JSON, SSE, and frames after a 101."""

import json
import re

STATUS = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d) [^\r\n]*\Z")
TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
#: 499 goes to a client that closed its sending side, which counts as gone here.
ALLOWED = {100, 101, 200, 204, 400, 401, 403, 404, 405, 408, 411, 413, 414, 415, 417, 426, 429, 431, 499, 501, 502, 503, 505}


class Malformed(Exception):
    """What is wrong, in a sentence."""


def check(data, ended, sent):
    """Reads all answers of a connection; answers their statuses.

    `ended`: whether the server ended the connection in order, so that nothing may be cut. `sent` says whether a HEAD was among
    the requests, whose answers have no body.
    """
    statuses, at, may_be_head = [], 0, b"HEAD" in sent
    while at < len(data):
        end = data.find(b"\r\n\r\n", at)
        if end < 0:
            if ended:
                raise Malformed(f"a head is cut: {data[at:at + 200]!r}")
            return statuses
        lines = data[at:end].split(b"\r\n")
        at = end + 4
        status = STATUS.match(lines[0])
        if not status:
            raise Malformed(f"no status line: {lines[0][:200]!r}")
        code, fields = int(status[1]), {}
        for line in lines[1:]:
            name, colon, value = line.partition(b":")
            if not colon or not TOKEN.match(name) or b"\0" in value or b"\n" in value or b"\r" in value:
                raise Malformed(f"no field: {line[:200]!r}")
            if name.lower() in fields and name.lower() in (b"content-length", b"transfer-encoding", b"content-type"):
                raise Malformed(f"a field twice: {name!r}")
            fields[name.lower()] = value.strip()
        statuses.append(code)
        if code == 500 or code not in ALLOWED:
            raise Malformed(f"status {code}: {data[at:at + 300]!r}")
        if code == 101:
            check_frames(data[at:])
            return statuses
        if code in (100, 204):
            continue
        body, at = read_body(data, at, fields, ended, may_be_head, lines[0])
        if body is not None:
            check_body(body, fields)
    return statuses


def read_body(data, at, fields, ended, may_be_head, first):
    """(the body or None when it is not all there, where it ends)."""
    if may_be_head and (at == len(data) or data.startswith(b"HTTP/1.", at)):
        return None, at
    if b"transfer-encoding" in fields:
        if fields[b"transfer-encoding"].lower() != b"chunked" or b"content-length" in fields:
            raise Malformed(f"transfer-encoding: {fields}")
        body = bytearray()
        while True:
            line_end = data.find(b"\r\n", at)
            if line_end < 0:
                return cut(ended, "chunks"), len(data)
            try:
                size = int(data[at:line_end], 16)
            except ValueError:
                raise Malformed(f"no chunk: {data[at:line_end][:50]!r}") from None
            at = line_end + 2
            if len(data) < at + size + 2:
                return cut(ended, "a chunk"), len(data)
            if data[at + size:at + size + 2] != b"\r\n":
                raise Malformed("a chunk does not end where it says")
            body += data[at:at + size]
            at += size + 2
            if size == 0:
                return bytes(body), at
    if b"content-length" in fields:
        if not fields[b"content-length"].isdigit():
            raise Malformed(f"content-length: {fields[b'content-length']!r}")
        size = int(fields[b"content-length"])
        if len(data) < at + size:
            return cut(ended, "a body"), len(data)
        return data[at:at + size], at + size
    # Without a length the end of the connection is the end; that is how HTTP/1.0 is answered.
    return (data[at:] if ended else None), len(data)


def cut(ended, what):
    if ended:
        raise Malformed(f"{what} cut at an orderly end")


def check_body(body, fields):
    kind = fields.get(b"content-type", b"")
    if kind.startswith(b"application/json"):
        try:
            json.loads(body.decode())
        except (ValueError, RecursionError) as error:
            raise Malformed(f"JSON that is none ({error}): {body[:200]!r}") from None
    elif kind.startswith(b"text/event-stream"):
        records = body.decode().split("\n\n")
        if records[-1]:
            raise Malformed("a stream does not end with a record")
        for record in records[:-1]:
            lines = [line for line in record.split("\n") if not line.startswith(":")]
            for line in lines:
                if not line.startswith(("event: ", "data: ")):
                    raise Malformed(f"no line of a stream: {line[:200]!r}")
                if line.startswith("data: ") and line != "data: [DONE]":
                    json.loads(line[6:])


def check_frames(data):
    """Unmasked frames of known kinds; whole texts are JSON with a type. What is cut at the end is not judged."""
    at = 0
    while len(data) - at >= 2:
        first, second = data[at], data[at + 1]
        if first & 0x70 or second & 0x80 or first & 15 not in (0, 1, 8, 9, 10):
            raise Malformed(f"no frame of a server: {data[at:at + 20]!r}")
        size, head = second & 127, 2
        if size >= 126:
            head = 4 if size == 126 else 10
            size = int.from_bytes(data[at + 2:at + head], "big")
        if len(data) < at + head + size:
            return
        payload = data[at + head:at + head + size]
        if first & 15 == 1:
            event = json.loads(payload.decode())
            if not isinstance(event, dict) or "type" not in event:
                raise Malformed(f"no event: {payload[:200]!r}")
            if event["type"] == "error" and event.get("status") == 500:
                raise Malformed(f"an error 500: {payload[:300]!r}")
        at += head + size
