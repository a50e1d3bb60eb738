/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk's durable state as a stream of bytes, to be carried from one process (one life) to the
 * next.
 *
 * The format is for this program and this moment only: native numbers, no version. Depth first: an
 * entry is its name, its kind and, for a file, size, time and pages; for a directory, its entries
 * and an empty name.
 */
#include <stdlib.h>

#include "sim/disk_impl.h"
#include "sim/report.h"

static void put(FILE *to, const void *p, size_t n)
{
    fwrite(p, 1, n, to); /* the caller looks at ferror() once */
}

static void put_u64(FILE *to, uint64_t v)
{
    put(to, &v, sizeof v);
}

static uint64_t get_u64(FILE *from)
{
    uint64_t v = 0;
    if (fread(&v, sizeof v, 1, from) != 1)
        sim_fail("the image of a disk ends early");
    return v;
}

static void get(FILE *from, void *p, size_t n)
{
    if (n && fread(p, n, 1, from) != 1)
        sim_fail("the image of a disk ends early");
}

static void save_file(const struct sim_inode *ino, FILE *to)
{
    put_u64(to, ino->dur_size);
    put_u64(to, (uint64_t)ino->mtime_ns);
    uint64_t n = 0;
    for (size_t i = 0; i < ino->n_pages; i++)
        n += ino->pages[i].dur != NULL;
    put_u64(to, n);
    for (size_t i = 0; i < ino->n_pages; i++)
        if (ino->pages[i].dur) {
            put_u64(to, ino->pages[i].index);
            put(to, ino->pages[i].dur, SIM_PAGE);
        }
}

static void save_dir(const struct sim_inode *dir, FILE *to)
{
    for (size_t i = 0; i < dir->dur_names.n; i++) {
        const struct sim_entry *e = &dir->dur_names.entries[i];
        put_u64(to, strlen(e->name));
        put(to, e->name, strlen(e->name));
        put_u64(to, e->node->is_dir);
        if (e->node->is_dir)
            save_dir(e->node, to);
        else
            save_file(e->node, to);
    }
    put_u64(to, 0);
}

bool sim_disk_save(const struct sim_disk *d, FILE *to)
{
    put(to, d->name, sizeof d->name);
    put(to, &d->opt, sizeof d->opt);
    save_dir(d->root, to);
    return !ferror(to);
}

static void load_file(struct sim_inode *ino, FILE *from)
{
    uint64_t size = get_u64(from);
    ino->mtime_ns = (int64_t)get_u64(from);
    for (uint64_t n = get_u64(from); n; n--) {
        unsigned char page[SIM_PAGE];
        uint64_t index = get_u64(from);
        get(from, page, sizeof page);
        sim_data_write(ino, page, sizeof page, index * SIM_PAGE);
    }
    sim_data_truncate(ino, size);
    sim_data_sync(ino);
}

static void load_dir(struct sim_disk *d, struct sim_inode *dir, FILE *from)
{
    for (uint64_t n; (n = get_u64(from)) != 0;) {
        char name[256];
        SIM_CHECK(n < sizeof name, "the image of a disk is not one");
        get(from, name, n);
        name[n] = '\0';
        struct sim_inode *ino = sim_inode_new(d, get_u64(from) != 0);
        ino->linked = true;
        sim_names_put(&dir->names, name, ino);
        sim_names_put(&dir->dur_names, name, ino);
        if (ino->is_dir)
            load_dir(d, ino, from);
        else
            load_file(ino, from);
        d->used_blocks += ino->blocks;
    }
}

struct sim_disk *sim_disk_load(FILE *from)
{
    char name[16];
    struct sim_disk_options opt;
    get(from, name, sizeof name);
    get(from, &opt, sizeof opt);
    struct sim_disk *d = sim_disk_new(name, &opt);
    load_dir(d, d->root, from);
    return d;
}
