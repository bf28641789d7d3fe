#ifndef CPROCESSCONTROL_SHIM_H
#define CPROCESSCONTROL_SHIM_H

#ifdef __linux__
#include <sys/prctl.h>
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

#endif
