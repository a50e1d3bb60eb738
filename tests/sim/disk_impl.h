/* SPDX-License-Identifier: Apache-2.0 */
/* sim/disk_impl.h - the parts of a simulated disk: contents (disk_data.c), names (disk_names.c),
 * calls (disk.c), image (disk_image.c). */
#ifndef SIM_DISK_IMPL_H
#define SIM_DISK_IMPL_H

#include "sim/disk.h"
#include "sim/rng.h"

#define SIM_PAGE 4096u
#define SIM_SECTOR 512u

enum sim_page_state {
    SIM_CLEAN, /* cur and dur are the same memory */
    SIM_DIRTY, /* not synced yet */
    SIM_LOST,  /* cur was dropped by a failed sync: readers see it, the disk never will */
};

struct sim_page {
    uint64_t index;
    unsigned char *cur, *dur; /* NULL: zeros */
    enum sim_page_state state;
    bool reserved; /* has its place on the disk even while cur is NULL */
};

struct sim_entry {
    char *name;
    struct sim_inode *node;
};
struct sim_names { /* sorted by name */
    struct sim_entry *entries;
    size_t n, cap;
};

struct sim_inode {
    uint64_t id;
    bool is_dir, linked; /* linked: has a name in the current state */
    bool locked, marked;
    unsigned opens;
    int64_t mtime_ns;
    /* file */
    uint64_t size, dur_size;
    uint64_t low;           /* smallest size since the last sync; UINT64_MAX: it never shrank */
    struct sim_page *pages; /* by index */
    size_t n_pages, cap_pages;
    uint64_t blocks; /* pages that take space */
    /* directory */
    struct sim_names names, dur_names;
};

enum sim_change_kind { SIM_ADD, SIM_REMOVE, SIM_RENAME };
/* A change of names that is not durable yet. */
struct sim_change {
    enum sim_change_kind kind;
    struct sim_inode *node;
    struct sim_inode *dir, *to_dir; /* to_dir: of a rename */
    char *name, *to_name;
};

struct sim_rule {
    unsigned calls;
    char glob[64];
    int os_errno;
    unsigned nth, count, seen;
};

struct sim_disk {
    char name[16];
    struct sim_disk_options opt;
    struct sim_rng rng;
    unsigned epoch;      /* crashes so far: older open files are dead */
    unsigned write_back; /* in 10,000 writes: pages become durable by themselves */
    uint64_t next_id, used_blocks;
    struct sim_inode *root;
    struct sim_inode **inodes;
    size_t n_inodes, cap_inodes, sweep_at;
    struct sim_change *changes;
    size_t n_changes, cap_changes;
    struct sim_rule rules[32];
    unsigned n_rules;
    struct sim_disk_stats stats;
    struct sim_disk *next;
};

void *sim_disk_grow(void *p, size_t *cap, size_t n, size_t size);

/* disk.c: "/m1/a/b" is "a/b" on disk m1; NULL: on none. The errno that this call is to fail with,
 * or 0. */
struct sim_disk *sim_disk_of(const char *path, const char **ret_rest);
int sim_disk_injected(struct sim_disk *d, enum sim_disk_call call, const char *path);
/* disk_calls.c */
extern const struct pail_file_ops sim_disk_ops;

/* disk_data.c: contents of one file. Numbers of blocks change in ino->blocks only. */
size_t sim_data_read(const struct sim_inode *ino, void *dst, size_t n, uint64_t off);
void sim_data_write(struct sim_inode *ino, const void *src, size_t n, uint64_t off);
/* Pages that a write or a reservation of that range would newly take. */
uint64_t sim_data_new_blocks(const struct sim_inode *ino, uint64_t off, uint64_t n);
void sim_data_reserve(struct sim_inode *ino, uint64_t off, uint64_t n);
void sim_data_punch(struct sim_inode *ino, uint64_t off, uint64_t n);
void sim_data_truncate(struct sim_inode *ino, uint64_t size);
void sim_data_sync(struct sim_inode *ino);
void sim_data_sync_failed(struct sim_inode *ino, struct sim_rng *rng);
void sim_data_write_back(struct sim_inode *ino, struct sim_rng *rng);
void sim_data_crash(struct sim_inode *ino, struct sim_rng *rng);
void sim_data_free(struct sim_inode *ino);

/* disk_image.c */
bool sim_disk_save(const struct sim_disk *d, FILE *to);
struct sim_disk *sim_disk_load(FILE *from);

/* disk_names.c */
struct sim_inode *sim_inode_new(struct sim_disk *d, bool is_dir);
struct sim_inode *sim_names_get(const struct sim_names *names, const char *name);
void sim_names_put(struct sim_names *names, const char *name, struct sim_inode *node);
/* The inode at path ("a/b", relative to the disk); NULL: none, *ret_errno says why. */
struct sim_inode *sim_names_walk(struct sim_disk *d, const char *path, int *ret_errno);
/* The directory that holds path's last component, which is copied to leaf. */
struct sim_inode *sim_names_parent(struct sim_disk *d, const char *path, char leaf[256],
                                   int *ret_errno);
/* Each changes the current state and notes the change; 0 or an errno. */
struct sim_inode *sim_names_add(struct sim_disk *d, struct sim_inode *dir, const char *name,
                                bool is_dir);
int sim_names_remove(struct sim_disk *d, struct sim_inode *dir, const char *name);
int sim_names_rename(struct sim_disk *d, struct sim_inode *dir, const char *name,
                     struct sim_inode *to_dir, const char *to_name);
/* Makes durable: a node's own creation; everything in a directory. */
void sim_names_sync_node(struct sim_disk *d, const struct sim_inode *node);
void sim_names_sync_dir(struct sim_disk *d, const struct sim_inode *dir);
/* The durable names, with what the seed keeps of the rest, become the current ones. */
void sim_names_crash(struct sim_disk *d);
/* Frees inodes that nothing refers to. */
void sim_disk_sweep(struct sim_disk *d);
/* Its blocks count (or no longer count) as used. */
void sim_inode_unlinked(struct sim_disk *d, struct sim_inode *ino);

#endif
