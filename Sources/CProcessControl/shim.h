#ifndef CPROCESSCONTROL_SHIM_H
#define CPROCESSCONTROL_SHIM_H

#ifdef __linux__
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

// Swift calls no C function with a variable number of arguments.

/// Processes of the same user cannot read this one's memory, environment and descriptors any more, nor trace it. Whether the
/// system can do that.
static inline int process_deny_reading(void) {
#ifdef __linux__
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
#else
    return 0;
#endif
}

/// The calling thread gets less of a processor the higher `nice` is, and gets it for so many nanoseconds at a time: a thread
/// that wakes for less goes before it (since Linux 6.12; an older one heeds `nice` alone). Whether the system can do that.
static inline int process_thread_give_way(int nice, unsigned long long nanoseconds) {
#ifdef __linux__
    // As sched_setattr(2) has it first; headers that declare it are not everywhere, and where they are, some declare more of
    // what the C library declares.
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attributes = {.size = sizeof attributes, .nice = nice, .runtime = nanoseconds};
    // Where that is not allowed, the older call; for a thread, as it is of the calling one and not of its process.
    return syscall(SYS_sched_setattr, 0, &attributes, 0) == 0 || setpriority(PRIO_PROCESS, 0, nice) == 0;
#else
    return 0;
#endif
}

#endif
