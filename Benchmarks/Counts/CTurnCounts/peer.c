// The engine and the client of one server, in lock-step on one thread, so that every turn is made of the same steps.
// Nothing here allocates after its start.
#define _GNU_SOURCE
#include "CTurnCounts.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// A turn of 2,000 deltas is half a megabyte at the client.
enum { INCOMING_MAX = 8 << 20, OUTGOING_MAX = 4 << 20, PATIENCE_SECONDS = 20, DELTAS_MAX = 10000 };

static char problem[512] = "nothing";
static int listening = -1, engine = -1, client = -1, marks = -1;
static enum peer_way way;
static char incoming[INCOMING_MAX + 1], outgoing[OUTGOING_MAX];
static size_t received;

const char *peer_problem(void) { return problem; }

static bool failed(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem, sizeof problem, format, arguments);
    va_end(arguments);
    return false;
}

static void set_up(int socket) {
    int one = 1;
    struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

static struct sockaddr_in loopback(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int connected(int port) {
    int made = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = loopback(port);
    if (connect(made, (struct sockaddr *)&address, sizeof address)) {
        close(made);
        return -1;
    }
    set_up(made);
    return made;
}

static bool sent(int socket, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t count = write(socket, bytes, length);
        if (count <= 0) return failed("a write failed: %s", strerror(errno));
        bytes += count;
        length -= (size_t)count;
    }
    return true;
}

// MARK: The engine

int peer_listen(int port) {
    signal(SIGPIPE, SIG_IGN);
    int one = 1;
    listening = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = loopback(port);
    socklen_t length = sizeof address;
    if (bind(listening, (struct sockaddr *)&address, sizeof address) || listen(listening, 16)) return -1;
    getsockname(listening, (struct sockaddr *)&address, &length);
    return ntohs(address.sin_port);
}

/// Takes the server's next whole request to the engine; only its method is of interest.
static bool take_request(int milliseconds, bool *is_post) {
    static char request[1 << 20];
    size_t length = 0;
    for (;;) {
        struct pollfd ready[2] = {{.fd = listening, .events = POLLIN}, {.fd = engine, .events = POLLIN}};
        if (poll(ready, 2, milliseconds) <= 0) return failed("the server did not ask the engine");
        if (engine >= 0 && ready[1].revents) {
            ssize_t count = read(engine, request + length, sizeof request - 1 - length);
            if (count <= 0) {
                close(engine);
                engine = -1;
                length = 0;
                continue;
            }
            length += (size_t)count;
            request[length] = 0;
            char *end = memmem(request, length, "\r\n\r\n", 4);
            if (!end) continue;
            char *size = strcasestr(request, "\r\ncontent-length:");
            size_t body = size && size < end ? strtoul(size + 17, NULL, 10) : 0;
            if (length < (size_t)(end - request) + 4 + body) continue;
            *is_post = !strncmp(request, "POST", 4);
            return true;
        }
        if (ready[0].revents) {
            if (engine >= 0) close(engine);
            engine = accept(listening, NULL, NULL);
            set_up(engine);
            length = 0;
        }
    }
}

static bool give_models(void) {
    const char *models =
        "{\"object\":\"list\",\"data\":[{\"id\":\"tiny\",\"object\":\"model\",\"created\":1700000000,\"owned_by\":\"-\"}]}";
    int length = snprintf(
        outgoing, sizeof outgoing,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", strlen(models), models);
    return sent(engine, outgoing, (size_t)length);
}

bool peer_wait_for_server(int port) {
    time_t until = time(NULL) + 60;
    while (time(NULL) < until) {
        int made = connected(port);
        if (made >= 0) {
            close(made);
            return true;
        }
        bool is_post;
        if (take_request(50, &is_post) && !is_post && !give_models()) return false;
    }
    return failed("nothing listens on port %d", port);
}

/// An event of Chat Completions.
static size_t event(char *to, const char *choices, const char *rest) {
    return (size_t)sprintf(
        to,
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"tiny\","
        "\"choices\":[%s]%s}\n\n",
        choices, rest);
}

/// Puts a chunk of HTTP around a body.
static size_t chunk(char *to, const char *body, size_t length) {
    size_t size = (size_t)sprintf(to, "%zx\r\n", length);
    memcpy(to + size, body, length);
    memcpy(to + size + length, "\r\n", 2);
    return size + length + 2;
}

/// An event whose choice has this delta, given as by `printf`.
static size_t delta_event(char *to, const char *format, ...) {
    char delta[256], choice[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(delta, sizeof delta, format, arguments);
    va_end(arguments);
    snprintf(choice, sizeof choice, "{\"index\":0,\"delta\":{%s},\"finish_reason\":null}", delta);
    return event(to, choice, "");
}

/// Of each content: a delta of the engine's, and what stands in the event that the client gets of it on each wire.
static const struct {
    const char *delta, *event, *chat, *messages;
} contents[] = {
    [PEER_TEXT] = {"\"content\":\" word%03d\"", "\"type\":\"response.output_text.delta\"", "\"content\":\" word",
                   "\"type\":\"text_delta\""},
    [PEER_REASONING] = {"\"reasoning_content\":\" word%03d\"", "\"type\":\"response.reasoning_text.delta\"",
                        "\"reasoning_content\":\" word", "\"type\":\"thinking_delta\""},
    [PEER_ARGUMENTS] = {
        "\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\" word%03d\"}}]",
        "\"type\":\"response.function_call_arguments.delta\"",
        "\"function\":{\"arguments\":",
        "\"type\":\"input_json_delta\"",
    },
};

/// Writes deltas `from` up to `to` as chunks; all deltas have one length.
static size_t deltas(char *out, int from, int to, struct peer_answer answer) {
    static char body[OUTGOING_MAX / 2];
    size_t size = 0, length = 0;
    for (int i = from; i < to; i++) {
        length += delta_event(body + length, contents[answer.content].delta, i % 1000);
        if ((i + 1 - from) % answer.deltas_per_chunk == 0 || i + 1 == to) {
            size += chunk(out + size, body, length);
            length = 0;
        }
    }
    return size;
}

static size_t beginning(char *out, enum peer_content content) {
    char body[1024];
    size_t size = (size_t)sprintf(
        out,
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
        "Transfer-Encoding: chunked\r\n\r\n");
    size_t length = delta_event(body, "\"role\":\"assistant\",\"content\":\"\"");
    if (content == PEER_ARGUMENTS) {
        // Arguments are an object, which begins with its first member.
        length += delta_event(
            body + length,
            "\"tool_calls\":[{\"index\":0,\"id\":\"call_1\",\"type\":\"function\","
            "\"function\":{\"name\":\"say\",\"arguments\":\"{\\\"a\\\":\\\"\"}}]");
    }
    return size + chunk(out + size, body, length);
}

static size_t ending(char *out, struct peer_answer answer) {
    char body[2048], usage[128];
    size_t length = 0;
    sprintf(
        usage, ",\"usage\":{\"prompt_tokens\":8,\"completion_tokens\":%d,\"total_tokens\":%d}", answer.deltas,
        answer.deltas + 8);
    if (answer.content == PEER_ARGUMENTS)
        length += delta_event(body, "\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"}\"}}]");
    length += event(body + length, "{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}", "");
    length += event(body + length, "", usage);
    length += (size_t)sprintf(body + length, "data: [DONE]\n\n");
    size_t size = chunk(out, body, length);
    return size + (size_t)sprintf(out + size, "0\r\n\r\n");
}

// MARK: The client

/// Reads until a mark stands in what came since `*from`, `count` times; `*from` goes behind the last one.
static bool read_until(int socket, const char *mark, int count, size_t *from) {
    size_t length = strlen(mark);
    for (;;) {
        char *found;
        while (count > 0 && (found = memmem(incoming + *from, received - *from, mark, length))) {
            *from = (size_t)(found - incoming) + length;
            count--;
        }
        if (count == 0) return true;
        if (received == INCOMING_MAX) return failed("the server's answer is too long");
        ssize_t got = read(socket, incoming + received, INCOMING_MAX - received);
        if (got <= 0) {
            incoming[received] = 0;
            return failed("no '%s' came, but: %.300s", mark, incoming + (received > 280 ? received - 280 : 0));
        }
        received += (size_t)got;
    }
}

/// Reads until so many bytes have come.
static bool read_to(int socket, size_t length) {
    while (received < length) {
        ssize_t got = length <= INCOMING_MAX ? read(socket, incoming + received, INCOMING_MAX - received) : 0;
        if (got <= 0) return failed("an answer was cut");
        received += (size_t)got;
    }
    return true;
}

bool peer_connect(enum peer_way wanted, int port) {
    way = wanted;
    client = connected(port);
    if (client < 0) return failed("nothing listens on port %d", port);
    if (way != PEER_WEBSOCKET) return true;
    const char *upgrade =
        "GET /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n\r\n";
    size_t from = 0;
    received = 0;
    if (!sent(client, upgrade, strlen(upgrade)) || !read_until(client, "\r\n\r\n", 1, &from)) return false;
    return !strncmp(incoming, "HTTP/1.1 101", 12) || failed("the upgrade was refused");
}

void peer_disconnect(void) {
    close(client);
    client = -1;
}

static bool ask(bool stored, enum peer_content content) {
    char body[512], request[1024];
    const char *store = stored ? "true" : "false", *tools = "";
    // Calls of tools that were not offered are dropped.
    if (content == PEER_ARGUMENTS)
        tools = ",\"tools\":[{\"type\":\"function\",\"name\":\"say\",\"parameters\":{\"type\":\"object\"}}]";
    if (way == PEER_WEBSOCKET) {
        static const unsigned char key[4] = {0x37, 0xFA, 0x21, 0x3D};
        size_t length = (size_t)snprintf(
            body, sizeof body, "{\"type\":\"response.create\",\"model\":\"tiny\",\"store\":%s,\"input\":\"go\"%s}",
            store, tools);
        size_t header = 2;
        request[0] = (char)0x81;
        request[1] = (char)(0x80 | (length < 126 ? length : 126));
        if (length >= 126) {
            request[header++] = (char)(length >> 8);
            request[header++] = (char)length;
        }
        memcpy(request + header, key, 4);
        header += 4;
        for (size_t i = 0; i < length; i++) request[header + i] = (char)(body[i] ^ key[i & 3]);
        return sent(client, request, header + length);
    }
    int length;
    const char *path = "/v1/responses";
    if (way == PEER_CHAT) {
        path = "/v1/chat/completions";
        if (content == PEER_ARGUMENTS)
            tools = ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"say\",\"parameters\":{\"type\":\"object\"}}}]";
        length = snprintf(
            body, sizeof body, "{\"model\":\"tiny\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"go\"}]%s}", tools);
    } else if (way == PEER_MESSAGES) {
        path = "/v1/messages";
        if (content == PEER_ARGUMENTS) tools = ",\"tools\":[{\"name\":\"say\",\"input_schema\":{\"type\":\"object\"}}]";
        length = snprintf(
            body, sizeof body,
            "{\"model\":\"tiny\",\"max_tokens\":4096,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"go\"}]%s}", tools);
    } else {
        length = snprintf(
            body, sizeof body, "{\"model\":\"tiny\",\"stream\":%s,\"store\":%s,\"input\":\"go\"%s}",
            way == PEER_SSE ? "true" : "false", store, tools);
    }
    int size = snprintf(
        request, sizeof request,
        "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        "Content-Length: %d\r\n\r\n%s",
        path, length, body);
    return sent(client, request, (size_t)size);
}

/// Reads on to the end of the frame that holds the byte at `place`; `incoming` begins with a frame.
static bool read_frame_around(size_t place) {
    const unsigned char *bytes = (const unsigned char *)incoming;
    size_t end = 0;
    while (end <= place) {
        size_t length = bytes[end + 1] & 0x7F, header = length < 126 ? 2 : length == 126 ? 4 : 10;
        if (length >= 126) {
            length = 0;
            for (size_t i = 2; i < header; i++) length = length << 8 | bytes[end + i];
        }
        end += header + length;
    }
    return read_to(client, end);
}

bool peer_turn(bool stored, struct peer_answer answer) {
    if (answer.deltas < 1 || answer.deltas > DELTAS_MAX || answer.deltas_per_write < 1 || answer.deltas_per_chunk < 1)
        return failed("an answer has deltas");
    size_t seen = 0, size;
    bool is_post = false;
    received = 0;
    if (!ask(stored, answer.content) || !take_request(PATIENCE_SECONDS * 1000, &is_post)) return false;
    // The turn's first events have left before the engine answers; the heads of the other wires wait for that.
    if ((way == PEER_WEBSOCKET || way == PEER_SSE) && !read_until(client, "\"type\":\"response.in_progress\"", 1, &seen)) return false;
    size = beginning(outgoing, answer.content);
    if (way == PEER_JSON || answer.deltas <= answer.deltas_per_write) {
        size += deltas(outgoing + size, 0, answer.deltas, answer);
    } else {
        for (int from = 0; from < answer.deltas; from += answer.deltas_per_write) {
            int to = from + answer.deltas_per_write < answer.deltas ? from + answer.deltas_per_write : answer.deltas;
            // The beginning of arguments is a delta of its own.
            int expected = to - from + (from == 0 && answer.content == PEER_ARGUMENTS);
            size += deltas(outgoing + size, from, to, answer);
            if (!sent(engine, outgoing, size)) return false;
            const char *mark = way == PEER_CHAT ? contents[answer.content].chat
                : way == PEER_MESSAGES          ? contents[answer.content].messages
                                                : contents[answer.content].event;
            if (!read_until(client, mark, expected, &seen)) return false;
            size = 0;
        }
    }
    size += ending(outgoing + size, answer);
    if (!sent(engine, outgoing, size)) return false;
    switch (way) {
    case PEER_WEBSOCKET:
        return read_until(client, "\"type\":\"response.completed\"", 1, &seen) && read_frame_around(seen);
    case PEER_SSE:
        return read_until(client, "\"type\":\"response.completed\"", 1, &seen)
            && read_until(client, "\r\n0\r\n\r\n", 1, &seen);
    case PEER_CHAT:
        return read_until(client, "data: [DONE]", 1, &seen) && read_until(client, "\r\n0\r\n\r\n", 1, &seen);
    case PEER_MESSAGES:
        return read_until(client, "\"type\":\"message_stop\"", 1, &seen) && read_until(client, "\r\n0\r\n\r\n", 1, &seen);
    case PEER_JSON: {
        if (!read_until(client, "\r\n\r\n", 1, &seen)) return false;
        incoming[received] = 0;
        char *length = strcasestr(incoming, "\r\ncontent-length:");
        if (strncmp(incoming, "HTTP/1.1 200", 12) || !length)
            return failed("the answer is not 200 with a length: %.200s", incoming);
        size_t whole = seen + strtoul(length + 17, NULL, 10);
        return read_to(client, whole);
    }
    }
    return failed("there is no such way");
}

bool peer_mark(int port) {
    if (marks < 0) marks = connected(port);
    if (marks < 0) return failed("nothing listens on port %d", port);
    const char *request = "GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    size_t seen = 0;
    received = 0;
    return sent(marks, request, strlen(request)) && read_until(marks, "\r\n\r\n", 1, &seen)
        && read_until(marks, "}", 1, &seen);
}
