#ifndef CPOWERCUT_H
#define CPOWERCUT_H

// A disk that loses its power: stands between SQLite and the files under one folder, and knows what of them was synced.

/// Every file that SQLite opens from now on goes through this; those under a folder that is watched are recorded.
/// Returns 0, or SQLite's error.
int power_cut_install(void);

/// Records files whose paths begin with `prefix`; one prefix at a time. Forgets what was recorded before.
void power_cut_watch(const char *prefix);

/// Calls `body` before each sync of a recorded file, when what it would save may still be lost; NULL for nothing.
void power_cut_before_sync(void (*body)(void *context), void *context);

/// From now on every `kind` of a recorded file fails with SQLite's `code`, and does nothing; 0 for none.
enum power_cut_kind { power_cut_writes, power_cut_syncs };
void power_cut_fail(enum power_cut_kind kind, int code);

/// Writes what the disk would hold if the power went now: of each recorded file what was synced, and of what was written since
/// some pieces, as `seed` says, also halves of them. The files get their names in `folder`.
/// Returns how many pieces were lost, or -1 when a file cannot be written.
int power_cut_image(const char *folder, unsigned long long seed);

#endif
