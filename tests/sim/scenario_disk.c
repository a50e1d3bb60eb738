/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated disk's own test: what programs see against a plain array, and what power cuts
 * leave.
 *
 * A file of whole sectors, each filled with the number of the write that made it. After a crash
 * each sector must hold a number that was written to it at or after the last sync. Over a run every
 * outcome must have been seen: all lost, all kept, torn; a disk that only ever forgets (or keeps)
 * everything would prove little.
 *
 * Plants: disk.sync (syncs are left out although the test counts on them), disk.syncdir (the same
 * for directories).
 */
#include <errno.h>
#include <stdlib.h>

#include "sim/scenarios.h"

#define SECTOR 512u
#define SECTORS 256u
#define PAGE_SECTORS 8u
#define CUTS 100u

/* ---- Contents without crashes ---------------------------------------------------------------- */

#define SHADOW ((size_t)64 << 10)

struct shadow {
    struct pail_file *f;
    unsigned char bytes[SHADOW];
    size_t size;
};

static void must(int rc, const struct pail_error *err)
{
    SIM_CHECK(rc == 0, "%s", err->message);
}

static void shadow_step(struct shadow *s, struct sim_rng *rng)
{
    struct pail_error err = PAIL_ERROR_INIT;
    size_t off = (size_t)sim_rng_below(rng, SHADOW),
           n = (size_t)sim_rng_below(rng, SHADOW - off + 1);
    static unsigned char buf[SHADOW];
    switch (sim_rng_below(rng, 6)) {
    case 0:
        memset(buf, (int)(1 + sim_rng_below(rng, 255)), n);
        must(pail_file_pwrite(s->f, buf, n, off, &err), &err);
        memcpy(s->bytes + off, buf, n);
        if (n && off + n > s->size)
            s->size = off + n;
        break;
    case 1:
        must(pail_file_truncate(s->f, off, &err), &err);
        if (off < s->size)
            memset(s->bytes + off, 0, s->size - off);
        s->size = off;
        break;
    case 2:
        must(pail_file_punch(s->f, off, n, &err), &err);
        for (size_t i = off; i < off + n && i < s->size; i++)
            s->bytes[i] = 0;
        break;
    case 3:
        must(pail_file_sync(s->f, &err), &err);
        break;
    case 4:
        must(pail_file_reserve(s->f, off, n, &err), &err);
        break;
    default: {
        size_t got = 0, expect = off < s->size ? s->size - off : 0;
        must(pail_file_pread(s->f, buf, n, off, &got, &err), &err);
        expect = expect < n ? expect : n;
        SIM_CHECK(got == expect, "read %zu bytes at %zu, expected %zu", got, off, expect);
        SIM_CHECK(memcmp(buf, s->bytes + off, got) == 0, "other bytes at %zu..%zu", off, off + n);
    }
    }
}

static void check_contents(struct sim_run *run)
{
    static struct shadow s;
    struct pail_error err = PAIL_ERROR_INIT;
    unsigned flags = PAIL_FILE_READ | PAIL_FILE_WRITE | PAIL_FILE_CREATE | PAIL_FILE_EXCL;
    must(pail_file_open("/m1/shadow", flags, &s.f, &err), &err);
    for (unsigned i = 0; i < run->ops * 4; i++)
        shadow_step(&s, &run->rng);
    pail_file_close(s.f);
    must(pail_file_unlink("/m1/shadow", &err), &err);
}

/* ---- Contents after power cuts --------------------------------------------------------------- */

struct outcomes {
    unsigned lost, kept, torn;
};

static void fill(unsigned char sector[SECTOR], uint32_t number)
{
    for (unsigned i = 0; i < SECTOR; i += 4)
        memcpy(sector + i, &number, 4);
}

static uint32_t number_of(const unsigned char sector[SECTOR], unsigned at)
{
    uint32_t v, w;
    memcpy(&v, sector, 4);
    for (unsigned i = 4; i < SECTOR; i += 4) {
        memcpy(&w, sector + i, 4);
        SIM_CHECK(v == w, "sector %u is torn in itself", at);
    }
    return v;
}

static struct pail_file *open_data(unsigned flags)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_file *f = NULL;
    must(pail_file_open("/m1/d/data", PAIL_FILE_READ | PAIL_FILE_WRITE | flags, &f, &err), &err);
    return f;
}

/* synced[i]: the number that is safe; the file's sectors hold `written`. Returns with both equal to
 * the disk. */
static void crash_round(struct sim_run *run, struct sim_disk *d, uint32_t *next,
                        uint32_t safe[SECTORS], struct outcomes *seen)
{
    struct pail_error err = PAIL_ERROR_INIT;
    static unsigned char sector[SECTOR];
    uint32_t now[SECTORS], first = *next;
    struct pail_file *f = open_data(0);
    memcpy(now, safe, sizeof now);
    for (unsigned i = 0; i < run->ops; i++) {
        unsigned at = (unsigned)sim_rng_below(&run->rng, SECTORS),
                 n = 1 + (unsigned)sim_rng_below(&run->rng, 16);
        for (; n && at < SECTORS; n--, at++) {
            now[at] = (*next)++;
            fill(sector, now[at]);
            must(pail_file_pwrite(f, sector, SECTOR, at * SECTOR, &err), &err);
        }
        if (i == run->ops / 2) {
            if (!sim_plant("disk.sync"))
                must(pail_file_sync(f, &err), &err);
            memcpy(safe, now, sizeof now);
            first = *next;
        }
    }
    pail_file_close(f);
    sim_disk_crash(d, SIM_POWER);

    unsigned old_pages = 0, new_pages = 0;
    f = open_data(0);
    for (unsigned page = 0; page < SECTORS; page += PAGE_SECTORS) {
        unsigned old = 0, fresh = 0;
        for (unsigned at = page; at < page + PAGE_SECTORS; at++) {
            size_t got = 0;
            must(pail_file_pread(f, sector, SECTOR, at * SECTOR, &got, &err), &err);
            SIM_CHECK(got == SECTOR, "the file lost its end: sector %u has %zu bytes", at, got);
            uint32_t v = number_of(sector, at);
            SIM_CHECK(v == safe[at] || (v >= first && v <= now[at]),
                      "sector %u holds %u; %u was synced, %u came last", at, v, safe[at], now[at]);
            if (now[at] != safe[at])
                v == safe[at] ? old++ : fresh++;
            safe[at] = v;
        }
        seen->torn += old && fresh;
        old_pages += old && !fresh;
        new_pages += fresh && !old;
    }
    pail_file_close(f);
    seen->lost += old_pages && !new_pages;
    seen->kept += new_pages && !old_pages;
}

static void check_crashes(struct sim_run *run, struct sim_disk *d)
{
    struct pail_error err = PAIL_ERROR_INIT;
    uint32_t safe[SECTORS] = {0}, next = 1;
    struct outcomes seen = {0};
    must(pail_file_mkdirs("/m1/d", 0700, &err), &err);
    struct pail_file *f = open_data(PAIL_FILE_CREATE);
    must(pail_file_truncate(f, SECTORS * SECTOR, &err), &err);
    must(pail_file_sync(f, &err), &err); /* also its name, and the directory's */
    pail_file_close(f);
    for (unsigned i = 0; i < CUTS; i++)
        crash_round(run, d, &next, safe, &seen);
    sim_trace("%u power cuts: all lost %u, all kept %u, torn pages %u", CUTS, seen.lost, seen.kept,
              seen.torn);
    SIM_CHECK(seen.lost && seen.kept && seen.torn,
              "an outcome never came: lost %u, kept %u, torn %u", seen.lost, seen.kept, seen.torn);
}

/* ---- Names after power cuts ------------------------------------------------------------------ */

static bool there(const char *path)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_file_stat st;
    int rc = pail_file_stat(path, &st, &err);
    SIM_CHECK(rc == 0 || err.os_errno == ENOENT, "%s", err.message);
    return rc == 0;
}

static void make(const char *path, const char *text, bool sync)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_file *f = NULL;
    must(pail_file_open(path, PAIL_FILE_WRITE | PAIL_FILE_CREATE | PAIL_FILE_TRUNC, &f, &err),
         &err);
    must(pail_file_pwrite(f, text, strlen(text), 0, &err), &err);
    if (sync)
        must(pail_file_sync(f, &err), &err);
    pail_file_close(f);
}

static void check_names(struct sim_run *run, struct sim_disk *d)
{
    struct pail_error err = PAIL_ERROR_INIT;
    unsigned renamed = 0, loose = 0, rounds = 40;
    must(pail_file_mkdirs("/m1/n/a", 0700, &err), &err);
    must(pail_file_mkdirs("/m1/n/b", 0700, &err), &err);
    for (const char *const *p = (const char *const[]){"/m1", "/m1/n", "/m1/n/a", NULL}; *p; p++)
        must(pail_file_sync_dir(*p, &err), &err);
    for (unsigned i = 0; i < rounds; i++) {
        make("/m1/n/a/old", "old", true);
        if (!sim_plant("disk.syncdir"))
            must(pail_file_sync_dir("/m1/n/a", &err), &err);
        make("/m1/n/a/loose", "loose", false);
        make("/m1/n/a/new", "new", true);
        must(pail_file_rename("/m1/n/a/new", "/m1/n/b/old", &err), &err);
        must(pail_file_unlink("/m1/n/a/old", &err), &err);
        sim_disk_crash(d, SIM_POWER);
        bool a = there("/m1/n/a/new"), b = there("/m1/n/b/old");
        SIM_CHECK(a != b, "a renamed file has %s", a ? "both names" : "no name");
        renamed += b;
        if (there("/m1/n/a/loose")) {
            loose++;
            must(pail_file_unlink("/m1/n/a/loose", &err), &err);
        }
        make("/m1/n/b/old", "", false);
        must(pail_file_unlink("/m1/n/b/old", &err), &err);
        must(pail_file_sync_dir("/m1/n/b", &err), &err);
        /* What was synced and not touched since is there; removed and not synced may be back. */
        make("/m1/n/a/kept", "kept", true);
        must(pail_file_rename("/m1/n/a/kept", "/m1/n/a/kept2", &err), &err);
        if (!sim_plant("disk.syncdir"))
            must(pail_file_sync_dir("/m1/n/a", &err), &err);
        sim_disk_crash(d, SIM_POWER);
        SIM_CHECK(there("/m1/n/a/kept2") && !there("/m1/n/a/kept"),
                  "a rename that was synced is lost");
    }
    sim_trace("%u power cuts: %u renames and %u loose files stayed", rounds, renamed, loose);
    SIM_CHECK(renamed && renamed < rounds && loose && loose < rounds,
              "names always share one fate");
}

/* ---- Space, errors, locks, kill -------------------------------------------------------------- */

static void check_refusals(struct sim_disk *d)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_file *f = NULL, *g = NULL;
    uint64_t free_before = 0, free_after = 0;
    static unsigned char buf[1 << 16];
    must(pail_file_free_space("/m1", &free_before, &err), &err);
    unsigned flags = PAIL_FILE_READ | PAIL_FILE_WRITE | PAIL_FILE_CREATE;
    must(pail_file_open("/m1/full", flags | PAIL_FILE_DELETE_ON_CLOSE, &f, &err), &err);
    SIM_CHECK(!there("/m1/full"), "a nameless file has a name");
    must(pail_file_reserve(f, 0, sizeof buf, &err), &err);
    sim_disk_configure(d, &(struct sim_disk_options){.capacity = 1 << 17});
    SIM_CHECK(pail_file_pwrite(f, buf, sizeof buf, 1 << 20, &err) < 0 && err.os_errno == ENOSPC,
              "a full disk takes more");
    must(pail_file_pwrite(f, buf, sizeof buf, 0, &err), &err);
    sim_disk_configure(d, NULL);
    pail_file_close(f);
    must(pail_file_free_space("/m1", &free_after, &err), &err);
    SIM_CHECK(free_before == free_after, "%llu bytes of disk leaked",
              (unsigned long long)(free_before - free_after));

    must(pail_file_open("/m1/lock", flags, &f, &err), &err);
    must(pail_file_open("/m1/lock", flags, &g, &err), &err);
    must(pail_file_lock(f, &err), &err);
    SIM_CHECK(pail_file_lock(g, &err) == PAIL_E_FS_BUSY, "two hold one lock");
    pail_file_close(f);
    must(pail_file_lock(g, &err), &err);

    sim_disk_fail(d, SIM_DISK_SYNC, "/m1/lo*", EIO, 2, 1);
    must(pail_file_sync(g, &err), &err);
    SIM_CHECK(pail_file_sync(g, &err) == PAIL_E_OS && err.os_errno == EIO,
              "an injected error did not come");
    must(pail_file_sync(g, &err), &err);
    sim_disk_heal(d);

    must(pail_file_pwrite(g, "kept", 4, 0, &err), &err);
    sim_disk_crash(d, SIM_KILL);
    SIM_CHECK(pail_file_sync(g, &err) == PAIL_E_OS, "a killed process's file still works");
    pail_file_close(g);
    must(pail_file_open("/m1/lock", flags, &g, &err), &err);
    must(pail_file_lock(g, &err), &err);
    size_t got = 0;
    must(pail_file_pread(g, buf, 10, 0, &got, &err), &err);
    SIM_CHECK(got == 4 && memcmp(buf, "kept", 4) == 0, "a kill lost a write");
    pail_file_close(g);
}

static void run(struct sim_run *run)
{
    struct sim_disk *d = sim_disk_new("m1", NULL);
    check_contents(run);
    check_crashes(run, d);
    check_names(run, d);
    check_refusals(d);
}

const struct sim_scenario sim_scenario_disk = {
    .name = "disk",
    .summary = "the simulated disk's own test",
    .clients = 1,
    .ops = 30,
    .check_leaks = true,
    .run = run,
};
