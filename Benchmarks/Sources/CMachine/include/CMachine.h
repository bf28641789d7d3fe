#ifndef C_MACHINE_H
#define C_MACHINE_H

#include <stddef.h>
#include <stdint.h>

/// How long the calling thread has run.
uint64_t machine_thread_nanoseconds(void);

/// Keeps the calling thread on one core. Nothing happens where that cannot be asked for.
void machine_pin_thread(int core);

/// How often `mark` stands in `text`; `*end` is the offset behind the last one, or 0.
size_t machine_count(const void *text, size_t length, const void *mark, size_t mark_length, size_t *end);

/// Bytes that are allocated now in all of the allocator's arenas; 0 where it does not tell.
size_t machine_allocated_bytes(void);

#endif
