#include "CHeap.h"

#if defined(__linux__)
#include <features.h>
#endif

#if defined(__GLIBC__)
#include <malloc.h>

size_t heap_bytes_in_use(void) {
#if __GLIBC_PREREQ(2, 33)
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
#else
    return 0;
#endif
}

bool heap_set_thresholds(int mapped_min, int kept_max) {
    return mallopt(M_MMAP_THRESHOLD, mapped_min) == 1 && mallopt(M_TRIM_THRESHOLD, kept_max) == 1;
}

bool heap_trim(void) {
    malloc_trim(0);
    return true;
}

#elif defined(__APPLE__)
#include <malloc/malloc.h>

size_t heap_bytes_in_use(void) {
    malloc_statistics_t statistics;
    malloc_zone_statistics(NULL, &statistics);
    return statistics.size_in_use;
}

// Large pieces are pages of their own here anyway.
bool heap_set_thresholds(int mapped_min, int kept_max) { return false; }

bool heap_trim(void) {
    malloc_zone_pressure_relief(NULL, 0);
    return true;
}

#else

size_t heap_bytes_in_use(void) { return 0; }
bool heap_set_thresholds(int mapped_min, int kept_max) { return false; }
bool heap_trim(void) { return false; }

#endif
