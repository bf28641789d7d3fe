// The allocator behind malloc: how much it has handed out, and how to make it give back what it keeps.
//
// Swift's modules of the C libraries leave <malloc.h> out. Where an allocator has no such call, it says so by its answer.
#ifndef CHEAP_H
#define CHEAP_H

#include <stdbool.h>
#include <stddef.h>

/// Bytes that are handed out, with what the allocator adds to each piece; 0 when it does not say.
size_t heap_bytes_in_use(void);

/// Pieces from `mapped_min` bytes on are the system's own, which has them back when they are freed; other memory is given back
/// when `kept_max` free bytes lie at the end of a heap. Returns whether the allocator can be told.
bool heap_set_thresholds(int mapped_min, int kept_max);

/// Gives whole free pages back to the system. Takes the allocator's locks, and milliseconds. Returns whether there is such a
/// call.
bool heap_trim(void);

#endif
