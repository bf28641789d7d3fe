#ifndef C_TURN_COUNTS_H
#define C_TURN_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

// MARK: Allocations of this process, by thread.

/// Whether allocations are counted here: with glibc only.
bool allocations_are_counted(void);

/// Names the calling thread for the functions below. Threads beyond the 255th share a name.
int allocations_this_thread(void);

/// How often a thread has asked for memory: malloc, calloc, realloc and the aligned ones.
uint64_t allocations_of(int thread);

/// How often all threads but one have.
uint64_t allocations_of_all_but(int thread);

/// Begins to keep the call stack of every allocation that is not of this thread.
void allocations_keep_stacks(int but_of_thread);

/// Stops that, and prints each stack with how often it was seen per `turns`, most frequent first, to standard output.
void allocations_print_stacks(int turns);

// MARK: Both peers of the server, the engine and the client, in lock-step on the calling thread.

/// How the client asks.
enum peer_way { PEER_WEBSOCKET, PEER_SSE, PEER_JSON, PEER_CHAT, PEER_MESSAGES };

/// What the engine's deltas are of.
enum peer_content { PEER_TEXT, PEER_REASONING, PEER_ARGUMENTS };

/// How the engine answers. Every read of the server is one write of the engine: what follows is written when the client
/// has all that came of what went before.
struct peer_answer {
    enum peer_content content;
    int deltas;
    /// Deltas in one write, and so in one read of the server. JSON has one write.
    int deltas_per_write;
    /// Deltas in one chunk of HTTP's chunked encoding; at most those of a write.
    int deltas_per_chunk;
};

/// Listens as the engine, on a port or on any (0); returns the port, or -1.
int peer_listen(int port);

/// Answers GET requests as the engine with its list of models until something listens on a port; false after 60 s.
bool peer_wait_for_server(int port);

/// Opens a connection to the server as a client that asks in one way. False when it was not let in.
bool peer_connect(enum peer_way way, int port);

/// Closes the client's connection.
void peer_disconnect(void);

/// Runs one turn from its request to its last byte; false when it went wrong, which `peer_problem` explains.
bool peer_turn(bool stored, struct peer_answer answer);

/// Asks the server for `/health` over a connection of its own, which marks a place in a trace of the server.
bool peer_mark(int port);

const char *peer_problem(void);

#endif
