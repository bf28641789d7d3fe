// Counts what each thread takes of glibc's allocator, by standing in front of it in the program of the tests.
#define _GNU_SOURCE
#include "CAllocationCounter.h"
#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define HAS_OTHER_ALLOCATOR 1
#endif
#endif

#if defined(__linux__) && !defined(HAS_OTHER_ALLOCATOR)
#include <features.h>
#endif

#if defined(__GLIBC__) && !defined(HAS_OTHER_ALLOCATOR)
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static __thread uint64_t calls, taken, returned;

static inline void *counted(void *memory) {
    calls++;
    if (memory) taken += malloc_usable_size(memory);
    return memory;
}

void *malloc(size_t size) { return counted(__libc_malloc(size)); }

void *calloc(size_t count, size_t size) { return counted(__libc_calloc(count, size)); }

void *realloc(void *old, size_t size) {
    uint64_t before = old ? malloc_usable_size(old) : 0;
    void *memory = __libc_realloc(old, size);
    if (memory || size == 0) returned += before;
    return counted(memory);
}

void *memalign(size_t alignment, size_t size) { return counted(__libc_memalign(alignment, size)); }

void *aligned_alloc(size_t alignment, size_t size) { return counted(__libc_memalign(alignment, size)); }

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (alignment < sizeof(void *) || (alignment & (alignment - 1))) return EINVAL;
    void *memory = counted(__libc_memalign(alignment, size));
    if (!memory) return ENOMEM;
    *result = memory;
    return 0;
}

void free(void *memory) {
    if (!memory) return;
    returned += malloc_usable_size(memory);
    __libc_free(memory);
}

bool allocation_counter_works(void) {
    // Only when the program's own definitions come before the library's, for the libraries too.
    uint64_t before = calls;
    // Through a volatile place, or the compiler leaves both calls out.
    void *volatile memory = strdup("counted");
    free(memory);
    return calls > before;
}

uint64_t allocation_counter_calls(void) { return calls; }
uint64_t allocation_counter_taken(void) { return taken; }
uint64_t allocation_counter_returned(void) { return returned; }

#else

bool allocation_counter_works(void) { return false; }
uint64_t allocation_counter_calls(void) { return 0; }
uint64_t allocation_counter_taken(void) { return 0; }
uint64_t allocation_counter_returned(void) { return 0; }

#endif
