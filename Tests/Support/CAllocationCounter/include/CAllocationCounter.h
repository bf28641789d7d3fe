#ifndef C_ALLOCATION_COUNTER_H
#define C_ALLOCATION_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

/// Whether allocations are counted here: with glibc, and without a sanitizer that has an allocator of its own.
bool allocation_counter_works(void);

/// How often the calling thread has asked for memory.
uint64_t allocation_counter_calls(void);

/// How many bytes it was given, as the allocator counts them.
uint64_t allocation_counter_taken(void);

/// How many bytes it has given back.
uint64_t allocation_counter_returned(void);

#endif
