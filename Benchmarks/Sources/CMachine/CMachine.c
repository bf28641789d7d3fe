// What Swift's view of the C library leaves out, GNU extensions above all.
#define _GNU_SOURCE
#include "CMachine.h"
#include <string.h>
#include <time.h>

#ifdef __linux__
#include <sched.h>
#endif
#ifdef __GLIBC__
#include <malloc.h>
#endif

uint64_t machine_thread_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void machine_pin_thread(int core) {
#ifdef __linux__
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    sched_setaffinity(0, sizeof set, &set);
#else
    (void)core;
#endif
}

size_t machine_count(const void *text, size_t length, const void *mark, size_t mark_length, size_t *end) {
    const char *at = text, *stop = at + length, *found;
    size_t count = 0;
    *end = 0;
    while ((found = memmem(at, (size_t)(stop - at), mark, mark_length))) {
        count++;
        at = found + mark_length;
        *end = (size_t)(at - (const char *)text);
    }
    return count;
}

size_t machine_allocated_bytes(void) {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
#else
    return 0;
#endif
}
