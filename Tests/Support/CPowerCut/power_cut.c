#include "CPowerCut.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What was written or cut off since the last sync.
struct piece {
    struct piece *next;
    sqlite3_int64 offset;  // Of a cut, the file's new size.
    int count;             // -1 for a cut.
    unsigned char bytes[];
};

struct record {
    struct record *next;
    char *path;
    unsigned char *synced;
    sqlite3_int64 size, capacity;
    struct piece *first, **last;
};

struct cut_file {
    sqlite3_file base;
    struct record *record;  // NULL when it is not recorded.
    sqlite3_file *real;     // Stands behind this.
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *watched = NULL;
static struct record *records = NULL;
static sqlite3_vfs *under = NULL;
static int failures[2] = {0, 0};
static void (*before_sync)(void *) = NULL;
static void *before_sync_context = NULL;

#define REAL(file) (((struct cut_file *)(file))->real)
#define RECORD(file) (((struct cut_file *)(file))->record)

static void apply(unsigned char **bytes, sqlite3_int64 *size, sqlite3_int64 *capacity, const struct piece *piece, int count) {
    if (piece->count < 0) {
        if (piece->offset < *size) *size = piece->offset;
        return;
    }
    sqlite3_int64 end = piece->offset + count;
    if (end > *capacity) {
        *capacity = end * 2;
        *bytes = realloc(*bytes, (size_t)*capacity);
    }
    if (piece->offset > *size) memset(*bytes + *size, 0, (size_t)(piece->offset - *size));
    memcpy(*bytes + piece->offset, piece->bytes, (size_t)count);
    if (end > *size) *size = end;
}

static void add(struct record *record, const void *bytes, int count, sqlite3_int64 offset) {
    struct piece *piece = malloc(sizeof *piece + (count > 0 ? (size_t)count : 0));
    piece->next = NULL;
    piece->offset = offset;
    piece->count = count;
    if (count > 0) memcpy(piece->bytes, bytes, (size_t)count);
    *record->last = piece;
    record->last = &piece->next;
}

static void forget(struct record *record) {
    for (struct piece *piece = record->first; piece;) {
        struct piece *next = piece->next;
        free(piece);
        piece = next;
    }
    record->first = NULL;
    record->last = &record->first;
}

static struct record *find(const char *path) {
    for (struct record *record = records; record; record = record->next)
        if (strcmp(record->path, path) == 0) return record;
    return NULL;
}

// MARK: Files

static int cut_close(sqlite3_file *file) { return REAL(file)->pMethods->xClose(REAL(file)); }
static int cut_read(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
    return REAL(file)->pMethods->xRead(REAL(file), bytes, count, offset);
}
static int cut_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
    if (!RECORD(file)) return REAL(file)->pMethods->xWrite(REAL(file), bytes, count, offset);
    pthread_mutex_lock(&lock);
    int code = failures[power_cut_writes];
    if (!code) code = REAL(file)->pMethods->xWrite(REAL(file), bytes, count, offset);
    if (code == SQLITE_OK) add(RECORD(file), bytes, count, offset);
    pthread_mutex_unlock(&lock);
    return code;
}
static int cut_truncate(sqlite3_file *file, sqlite3_int64 size) {
    if (!RECORD(file)) return REAL(file)->pMethods->xTruncate(REAL(file), size);
    pthread_mutex_lock(&lock);
    int code = REAL(file)->pMethods->xTruncate(REAL(file), size);
    if (code == SQLITE_OK) add(RECORD(file), NULL, -1, size);
    pthread_mutex_unlock(&lock);
    return code;
}
static int cut_sync(sqlite3_file *file, int flags) {
    struct record *record = RECORD(file);
    if (!record) return REAL(file)->pMethods->xSync(REAL(file), flags);
    pthread_mutex_lock(&lock);
    void (*body)(void *) = before_sync;
    void *context = before_sync_context;
    pthread_mutex_unlock(&lock);
    if (body) body(context);
    pthread_mutex_lock(&lock);
    int code = failures[power_cut_syncs];
    if (!code) code = REAL(file)->pMethods->xSync(REAL(file), flags);
    if (code == SQLITE_OK) {
        for (struct piece *piece = record->first; piece; piece = piece->next)
            apply(&record->synced, &record->size, &record->capacity, piece, piece->count);
        forget(record);
    }
    pthread_mutex_unlock(&lock);
    return code;
}
static int cut_size(sqlite3_file *file, sqlite3_int64 *size) { return REAL(file)->pMethods->xFileSize(REAL(file), size); }
static int cut_lock(sqlite3_file *file, int level) { return REAL(file)->pMethods->xLock(REAL(file), level); }
static int cut_unlock(sqlite3_file *file, int level) { return REAL(file)->pMethods->xUnlock(REAL(file), level); }
static int cut_check(sqlite3_file *file, int *result) { return REAL(file)->pMethods->xCheckReservedLock(REAL(file), result); }
static int cut_control(sqlite3_file *file, int code, void *value) { return REAL(file)->pMethods->xFileControl(REAL(file), code, value); }
static int cut_sector(sqlite3_file *file) { return REAL(file)->pMethods->xSectorSize(REAL(file)); }
static int cut_device(sqlite3_file *file) { return REAL(file)->pMethods->xDeviceCharacteristics(REAL(file)); }
static int cut_map(sqlite3_file *file, int page, int size, int extend, void volatile **result) {
    return REAL(file)->pMethods->xShmMap(REAL(file), page, size, extend, result);
}
static int cut_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    return REAL(file)->pMethods->xShmLock(REAL(file), offset, count, flags);
}
static void cut_barrier(sqlite3_file *file) { REAL(file)->pMethods->xShmBarrier(REAL(file)); }
static int cut_unmap(sqlite3_file *file, int remove) { return REAL(file)->pMethods->xShmUnmap(REAL(file), remove); }

// Version 2: without reading through memory, which this does not see.
static const sqlite3_io_methods methods = {
    2, cut_close, cut_read, cut_write, cut_truncate, cut_sync, cut_size, cut_lock, cut_unlock, cut_check, cut_control,
    cut_sector, cut_device, cut_map, cut_shm_lock, cut_barrier, cut_unmap, NULL, NULL,
};

static struct record *record_of(const char *path) {
    struct record *record = find(path);
    if (record) return record;
    record = calloc(1, sizeof *record);
    record->path = strdup(path);
    record->last = &record->first;
    // What is there when it is opened is taken to be synced.
    FILE *file = fopen(path, "rb");
    if (file) {
        fseek(file, 0, SEEK_END);
        record->size = record->capacity = ftell(file);
        record->synced = malloc((size_t)record->size + 1);
        rewind(file);
        if (fread(record->synced, 1, (size_t)record->size, file) != (size_t)record->size) record->size = 0;
        fclose(file);
    }
    record->next = records;
    records = record;
    return record;
}

static int cut_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *flags_out) {
    struct cut_file *cut = (struct cut_file *)file;
    (void)vfs;
    cut->real = (sqlite3_file *)(cut + 1);
    cut->base.pMethods = NULL;
    int code = under->xOpen(under, path, cut->real, flags, flags_out);
    if (!cut->real->pMethods) return code;
    cut->base.pMethods = &methods;
    cut->record = NULL;
    pthread_mutex_lock(&lock);
    int is_kept = flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL);
    if (code == SQLITE_OK && path && is_kept && watched && strncmp(path, watched, strlen(watched)) == 0)
        cut->record = record_of(path);
    pthread_mutex_unlock(&lock);
    return code;
}

static int cut_delete(sqlite3_vfs *vfs, const char *path, int sync) {
    (void)vfs;
    pthread_mutex_lock(&lock);
    int code = under->xDelete(under, path, sync);
    struct record *record = find(path);
    if (code == SQLITE_OK && record) {
        forget(record);
        record->size = 0;
    }
    pthread_mutex_unlock(&lock);
    return code;
}

int power_cut_install(void) {
    static sqlite3_vfs vfs;
    pthread_mutex_lock(&lock);
    int code = SQLITE_OK;
    if (!under) {
        under = sqlite3_vfs_find(NULL);
        // All but files is as it was: the functions get the other's value through `pAppData`.
        vfs = *under;
        vfs.zName = "power-cut";
        vfs.pNext = NULL;
        vfs.szOsFile = (int)sizeof(struct cut_file) + under->szOsFile;
        vfs.xOpen = cut_open;
        vfs.xDelete = cut_delete;
        code = sqlite3_vfs_register(&vfs, 1);
    }
    pthread_mutex_unlock(&lock);
    return code;
}

void power_cut_watch(const char *prefix) {
    pthread_mutex_lock(&lock);
    free(watched);
    watched = strdup(prefix);
    // Files that are open still point to their records, so these stay.
    records = NULL;
    pthread_mutex_unlock(&lock);
}

void power_cut_fail(enum power_cut_kind kind, int code) {
    pthread_mutex_lock(&lock);
    failures[kind] = code;
    pthread_mutex_unlock(&lock);
}

void power_cut_before_sync(void (*body)(void *), void *context) {
    pthread_mutex_lock(&lock);
    before_sync = body;
    before_sync_context = context;
    pthread_mutex_unlock(&lock);
}

// MARK: The power goes

static unsigned long long next_random(unsigned long long *state) {
    unsigned long long z = (*state += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

int power_cut_image(const char *folder, unsigned long long seed) {
    int lost = 0;
    pthread_mutex_lock(&lock);
    for (struct record *record = records; record && lost >= 0; record = record->next) {
        sqlite3_int64 size = record->size, capacity = record->size;
        unsigned char *bytes = malloc((size_t)capacity + 1);
        if (size) memcpy(bytes, record->synced, (size_t)size);
        for (struct piece *piece = record->first; piece; piece = piece->next) {
            unsigned long long luck = next_random(&seed) % 4;
            if (luck == 0) {
                apply(&bytes, &size, &capacity, piece, piece->count);
            } else if (luck == 1 && piece->count > 1) {
                apply(&bytes, &size, &capacity, piece, piece->count / 2);
                lost++;
            } else {
                lost++;
            }
        }
        char name[4096];
        const char *base = strrchr(record->path, '/');
        snprintf(name, sizeof name, "%s%s", folder, base ? base : record->path);
        FILE *file = fopen(name, "wb");
        if (!file || fwrite(bytes, 1, (size_t)size, file) != (size_t)size) lost = -1;
        if (file && fclose(file) != 0) lost = -1;
        free(bytes);
    }
    pthread_mutex_unlock(&lock);
    return lost;
}
