/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Simulated disks: which there are, what goes wrong on them, how they lose power.
 */
#include "sim/disk.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>

#include "base/clock.h"

#include "sim/disk_impl.h"
#include "sim/sched_impl.h"

static struct sim_disk *disks;
static uint64_t disks_seed;

/* ---- Disks ----------------------------------------------------------------------------------- */

/* From one crash to the next: a disk that writes back now and then, or never. */
static void draw_habits(struct sim_disk *d)
{
    static const unsigned rates[] = {0, 0, 10, 300};
    d->write_back = rates[sim_rng_below(&d->rng, 4)];
}

void sim_disks_begin(uint64_t seed)
{
    disks_seed = seed;
    for (struct sim_disk *d = disks; d; d = d->next)
        sim_rng_init(&d->rng, seed, d->name);
    pail_file_set_ops(&sim_disk_ops);
}

void sim_disks_end(void)
{
    for (struct sim_disk *d = disks; d; d = d->next)
        SIM_CHECK(!d->stats.open_files, "%u files on /%s were not closed", d->stats.open_files,
                  d->name);
    pail_file_set_ops(NULL);
}

struct sim_disk *sim_disk_new(const char *name, const struct sim_disk_options *opt)
{
    struct sim_disk *d = calloc(1, sizeof *d);
    if (!d)
        sim_fail("out of memory");
    snprintf(d->name, sizeof d->name, "%s", name);
    d->next_id = 1;
    d->sweep_at = 256;
    sim_rng_init(&d->rng, disks_seed, d->name);
    draw_habits(d);
    d->root = sim_inode_new(d, true);
    d->root->linked = true;
    sim_disk_configure(d, opt);
    struct sim_disk **at = &disks;
    while (*at)
        at = &(*at)->next;
    *at = d;
    return d;
}

void sim_disk_configure(struct sim_disk *d, const struct sim_disk_options *opt)
{
    d->opt = opt ? *opt : (struct sim_disk_options){0};
    if (!d->opt.capacity)
        d->opt.capacity = UINT64_C(1) << 30;
    if (!d->opt.sync_ns)
        d->opt.sync_ns = 5 * PAIL_NS_PER_MS;
}

void sim_disk_free(struct sim_disk *d)
{
    for (struct sim_disk **at = &disks; *at; at = &(*at)->next)
        if (*at == d) {
            *at = d->next;
            break;
        }
    for (size_t i = 0; i < d->n_changes; i++) {
        free(d->changes[i].name);
        free(d->changes[i].to_name);
    }
    d->n_changes = 0;
    d->root = NULL;
    for (size_t i = 0; i < d->n_inodes; i++)
        d->inodes[i]->opens = 0;
    sim_disk_sweep(d);
    free(d->changes);
    free(d->inodes);
    free(d);
}

void sim_disk_crash(struct sim_disk *d, enum sim_disk_crash how)
{
    d->epoch++;
    d->stats.open_files = 0;
    for (size_t i = 0; i < d->n_inodes; i++) {
        struct sim_inode *ino = d->inodes[i];
        ino->locked = false;
        if (how == SIM_KILL && ino->opens) {
            ino->opens = 0;
            sim_inode_unlinked(d, ino);
        }
    }
    if (how == SIM_POWER)
        sim_names_crash(d);
    draw_habits(d);
}

struct sim_disk *sim_disk_find(const char *name)
{
    struct sim_disk *d = disks;
    while (d && strcmp(d->name, name) != 0)
        d = d->next;
    return d;
}

void sim_disks_power_cut(void)
{
    for (struct sim_disk *d = disks; d; d = d->next)
        sim_disk_crash(d, SIM_POWER);
}

bool sim_disks_save(FILE *to)
{
    uint64_t n = 0;
    for (struct sim_disk *d = disks; d; d = d->next)
        n++;
    fwrite(&n, sizeof n, 1, to);
    for (struct sim_disk *d = disks; d; d = d->next)
        if (!sim_disk_save(d, to))
            return false;
    return true;
}

void sim_disks_load(FILE *from)
{
    uint64_t n;
    if (fread(&n, sizeof n, 1, from) != 1)
        sim_fail("the image of the disks is empty");
    while (n--)
        sim_disk_load(from);
}

void sim_disk_fail(struct sim_disk *d, unsigned calls, const char *glob, int os_errno, unsigned nth,
                   unsigned count)
{
    SIM_CHECK(d->n_rules < PAIL_ARRAY_LEN(d->rules), "too many rules for disk /%s", d->name);
    struct sim_rule *r = &d->rules[d->n_rules++];
    *r = (struct sim_rule){.calls = calls, .os_errno = os_errno, .nth = nth, .count = count};
    snprintf(r->glob, sizeof r->glob, "%s", glob);
}

void sim_disk_heal(struct sim_disk *d)
{
    d->n_rules = 0;
}

void sim_disk_stats(const struct sim_disk *d, struct sim_disk_stats *ret)
{
    *ret = d->stats;
    ret->used = d->used_blocks * SIM_PAGE;
    ret->capacity = d->opt.capacity;
}

/* ---- Paths and faults ------------------------------------------------------------------------ */

/* "/m1/a/b" is "a/b" on disk m1. */
struct sim_disk *sim_disk_of(const char *path, const char **ret_rest)
{
    if (path[0] != '/')
        return NULL;
    size_t n = strcspn(path + 1, "/");
    for (struct sim_disk *d = disks; d; d = d->next)
        if (strlen(d->name) == n && memcmp(path + 1, d->name, n) == 0) {
            *ret_rest = path + 1 + n;
            return d;
        }
    return NULL;
}

/* The errno that this call is to fail with, or 0. */
int sim_disk_injected(struct sim_disk *d, enum sim_disk_call call, const char *path)
{
    sim_point(SIM_W_FILE);
    for (unsigned i = 0; i < d->n_rules; i++) {
        struct sim_rule *r = &d->rules[i];
        if (!(r->calls & call) || fnmatch(r->glob, path, 0) != 0)
            continue;
        r->seen++;
        if (r->seen >= r->nth && (!r->count || r->seen < r->nth + r->count))
            return r->os_errno;
    }
    unsigned eio = call == SIM_DISK_READ    ? d->opt.eio_read
                   : call == SIM_DISK_WRITE ? d->opt.eio_write
                   : call == SIM_DISK_SYNC  ? d->opt.eio_sync
                                            : 0;
    if (sim_rng_chance(&d->rng, eio))
        return EIO;
    if ((call & (SIM_DISK_WRITE | SIM_DISK_RESERVE)) && sim_rng_chance(&d->rng, d->opt.enospc))
        return ENOSPC;
    return 0;
}
