/* A closed loop of turns over WebSockets that costs little of its own, so that the server is what is full.
 *
 *   cc -D_GNU_SOURCE -O2 -o load_ws load_ws.c
 *   ./load_ws PORT CONNECTIONS SECONDS BODY      BODY: a create's members, such as "model":"tiny","input":"hello","store":false
 *
 * Each connection sends a turn, reads frames to its last event and sends the next. Prints one line of JSON, as load_http.py does.
 * It looks at a frame's length and at the type at its beginning only.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

struct connection {
    int fd;
    size_t have;
    unsigned char in[1 << 17];
};

static unsigned char turn[1 << 16];
static size_t turn_length;

/* A masked text frame with a mask of zeros, which is a mask like any other. */
static void make_turn(const char *members) {
    char text[60000];
    int length = snprintf(text, sizeof text, "{\"type\":\"response.create\",%s}", members);
    if (length < 0 || (size_t)length >= sizeof text) { fprintf(stderr, "BODY is too long\n"); exit(2); }
    size_t at = 0;
    turn[at++] = 0x81;
    if (length < 126) {
        turn[at++] = 0x80 | length;
    } else {
        turn[at++] = 0x80 | 126;
        turn[at++] = length >> 8;
        turn[at++] = length & 255;
    }
    memset(turn + at, 0, 4);
    at += 4;
    memcpy(turn + at, text, length);
    turn_length = at + length;
}

static void put(int fd, const void *bytes, size_t count) {
    if (send(fd, bytes, count, MSG_NOSIGNAL) != (ssize_t)count) die("send");
}

static int open_socket(int port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to)) die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    char head[512], answer[4096];
    int length = snprintf(head, sizeof head,
        "GET /v1/responses HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", port);
    put(fd, head, length);
    size_t have = 0;
    while (have < 4 || memcmp(answer + have - 4, "\r\n\r\n", 4)) {
        if (have == sizeof answer || read(fd, answer + have, 1) != 1) die("handshake");
        have++;
    }
    if (memcmp(answer, "HTTP/1.1 101", 12)) { fprintf(stderr, "%.*s", (int)have, answer); exit(1); }
    return fd;
}

/* The size of the frame at `p`, with its head; 0 when it is not whole. Its payload comes back in `payload`. */
static size_t frame(const unsigned char *p, size_t have, const unsigned char **payload, size_t *count) {
    if (have < 2) return 0;
    size_t head = 2, length = p[1] & 127;
    if (length == 126) {
        if (have < 4) return 0;
        length = (size_t)p[2] << 8 | p[3];
        head = 4;
    } else if (length == 127) {
        if (have < 10) return 0;
        length = 0;
        for (int i = 2; i < 10; i++) length = length << 8 | p[i];
        head = 10;
    }
    if (have < head + length) return 0;
    *payload = p + head;
    *count = length;
    return head + length;
}

static int begins(const unsigned char *payload, size_t count, const char *text) {
    return count > strlen(text) && !memcmp(payload, text, strlen(text));
}

int main(int argc, char **argv) {
    if (argc != 5) { fprintf(stderr, "usage: load_ws PORT CONNECTIONS SECONDS BODY\n"); return 2; }
    int count = atoi(argv[2]), queue = epoll_create1(0);
    double seconds = atof(argv[3]);
    make_turn(argv[4]);
    struct connection *all = calloc(count, sizeof *all);
    for (int i = 0; i < count; i++) {
        all[i].fd = open_socket(atoi(argv[1]));
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
        epoll_ctl(queue, EPOLL_CTL_ADD, all[i].fd, &event);
    }
    long good = 0, bad = 0;
    double begun = now();
    for (int i = 0; i < count; i++) put(all[i].fd, turn, turn_length);
    while (now() - begun < seconds) {
        struct epoll_event events[64];
        int ready = epoll_wait(queue, events, 64, 100);
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            ssize_t got = read(c->fd, c->in + c->have, sizeof c->in - c->have);
            if (got <= 0) { fprintf(stderr, "the server closed a connection\n"); return 1; }
            c->have += got;
            size_t at = 0, size, length;
            const unsigned char *payload;
            while ((size = frame(c->in + at, c->have - at, &payload, &length))) {
                int completed = begins(payload, length, "{\"type\":\"response.completed\"");
                int failed = begins(payload, length, "{\"type\":\"response.failed\"") || begins(payload, length, "{\"type\":\"error\"");
                if (completed) good++;
                if (failed) bad++;
                if (completed || failed) put(c->fd, turn, turn_length);
                at += size;
            }
            memmove(c->in, c->in + at, c->have - at);
            c->have -= at;
        }
    }
    double wall = now() - begun;
    printf("{\"good\": %ld, \"bad\": %ld, \"ended\": %ld, \"rps\": %.1f}\n", good, bad, good + bad, good / wall);
    return 0;
}
