// Counts the allocations of each thread by standing in front of glibc's allocator.
#define _GNU_SOURCE
#include "CTurnCounts.h"
#include <stddef.h>

#ifdef __GLIBC__
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

enum { THREADS_MAX = 256, STACKS_MAX = 4096, FRAMES_MAX = 14 };

// A cache line each, so that counting does not slow the threads down.
static struct {
    _Alignas(64) _Atomic uint64_t count;
} threads[THREADS_MAX];

static _Atomic int threads_seen;
static __thread int this_thread;
static __thread bool is_keeping;

static struct {
    int count, depth;
    void *frames[FRAMES_MAX];
} stacks[STACKS_MAX];
static int stacks_seen, stacks_lost;
static _Atomic int but_thread = -1;
static atomic_flag stacks_lock = ATOMIC_FLAG_INIT;

static int thread(void) {
    if (this_thread == 0) {
        int number = atomic_fetch_add_explicit(&threads_seen, 1, memory_order_relaxed) + 1;
        this_thread = number < THREADS_MAX ? number : THREADS_MAX - 1;
    }
    return this_thread;
}

static void keep_stack(void) {
    void *frames[FRAMES_MAX + 2];
    // What unwinding itself allocates is not counted.
    is_keeping = true;
    int depth = backtrace(frames, FRAMES_MAX + 2) - 2;
    while (atomic_flag_test_and_set(&stacks_lock)) {}
    int i = 0;
    size_t size = (size_t)depth * sizeof(void *);
    while (i < stacks_seen && (stacks[i].depth != depth || memcmp(stacks[i].frames, frames + 2, size))) i++;
    if (i == STACKS_MAX) {
        stacks_lost++;
    } else {
        if (i == stacks_seen && depth > 0) {
            stacks_seen++;
            stacks[i].depth = depth;
            memcpy(stacks[i].frames, frames + 2, size);
        }
        stacks[i].count++;
    }
    atomic_flag_clear(&stacks_lock);
    is_keeping = false;
}

static inline void counted(void) {
    if (is_keeping) return;
    int me = thread();
    atomic_fetch_add_explicit(&threads[me].count, 1, memory_order_relaxed);
    int but = atomic_load_explicit(&but_thread, memory_order_relaxed);
    if (__builtin_expect(but >= 0, 0) && me != but) keep_stack();
}

void *malloc(size_t size) {
    counted();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    counted();
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    counted();
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    counted();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    counted();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (alignment < sizeof(void *) || (alignment & (alignment - 1))) return EINVAL;
    counted();
    void *memory = __libc_memalign(alignment, size);
    if (!memory) return ENOMEM;
    *result = memory;
    return 0;
}

bool allocations_are_counted(void) {
    // Only when the program's own definitions come before the library's, for the libraries too.
    uint64_t before = threads[thread()].count;
    // Through a volatile place, or the compiler leaves both calls out.
    void *volatile memory = strdup("counted");
    free(memory);
    return threads[thread()].count > before;
}

int allocations_this_thread(void) { return thread(); }

uint64_t allocations_of(int thread) { return threads[thread].count; }

uint64_t allocations_of_all_but(int thread) {
    uint64_t sum = 0;
    for (int i = 0; i < THREADS_MAX; i++)
        if (i != thread) sum += threads[i].count;
    return sum;
}

void allocations_keep_stacks(int but_of_thread) {
    void *frames[4];
    // The first call loads the unwinder.
    backtrace(frames, 4);
    but_thread = but_of_thread;
}

static int more_often(const void *a, const void *b) {
    return ((const int *)b)[0] - ((const int *)a)[0];
}

void allocations_print_stacks(int turns) {
    but_thread = -1;
    qsort(stacks, (size_t)stacks_seen, sizeof stacks[0], more_often);
    for (int i = 0; i < stacks_seen; i++) {
        // What came less often than every tenth turn is growth of tables and the like.
        if (stacks[i].count * 10 < turns) break;
        printf("\n%.2f\n", (double)stacks[i].count / turns);
        for (int f = 0; f < stacks[i].depth; f++) {
            Dl_info info;
            if (!dladdr(stacks[i].frames[f], &info) || !info.dli_fname) {
                printf("    ?\n");
                continue;
            }
            const char *file = strrchr(info.dli_fname, '/');
            file = file ? file + 1 : info.dli_fname;
            if (info.dli_sname) {
                printf("    %s\n", info.dli_sname);
            } else {
                // For addr2line: functions of a program are not exported.
                printf("    %s+0x%zx\n", file, (size_t)stacks[i].frames[f] - (size_t)info.dli_fbase - 1);
            }
        }
    }
    if (stacks_lost) printf("\n%d allocations had no place in the table\n", stacks_lost);
    fflush(stdout);
}

#else

bool allocations_are_counted(void) { return false; }
int allocations_this_thread(void) { return 0; }
uint64_t allocations_of(int thread) { (void)thread; return 0; }
uint64_t allocations_of_all_but(int thread) { (void)thread; return 0; }
void allocations_keep_stacks(int but_of_thread) { (void)but_of_thread; }
void allocations_print_stacks(int turns) { (void)turns; }

#endif
