/* SPDX-License-Identifier: Apache-2.0 */
/* Several threads at the same names: for the thread sanitizer, and that nothing is lost or stuck.
 */
#include "unit/fs/fixture.h"

#define THREADS 6
#define ROUNDS 25

struct worker {
    struct world *w;
    int id;
    struct pail_thread *thread;
};

static struct pail_fs_entry look(struct world *w, uint64_t dir, const char *name)
{
    struct pail_fs_entry e;
    struct pail_error err = PAIL_ERROR_INIT;
    memset(&e, 0, sizeof(e));
    if (pail_fs_lookup(w->fs, &w->ctx, dir, pail_str(name), &e, &err))
        e.attr.ino = 0;
    return e;
}

static void write_one(struct world *w, uint64_t dir, const char *name, const char *text)
{
    struct pail_fs_entry e;
    struct pail_fs_open_result o;
    struct pail_error err = PAIL_ERROR_INIT;
    if (pail_fs_create(w->fs, &w->ctx, dir, pail_str(name), 0644, O_WRONLY | O_TRUNC | O_CREAT, &e,
                       &o, &err))
        return; /* its directory is gone, say */
    int rc = fs_write_all(w->fs, o.handle, 0, text, strlen(text), &err);
    if (!rc)
        rc = pail_fs_flush(w->fs, &w->ctx, o.handle, &err);
    pail_fs_release(w->fs, o.handle);
    pail_fs_forget(w->fs, e.attr.ino, 1);
}

static void count_bytes(void *ud, const struct pail_bytes *segments, size_t n,
                        const struct pail_error *err)
{
    struct pail_cond *c = ((void **)ud)[0];
    struct pail_mutex *m = ((void **)ud)[1];
    pail_mutex_lock(m);
    ((void **)ud)[2] = m;
    pail_cond_broadcast(c);
    pail_mutex_unlock(m);
}

static void read_one(struct world *w, uint64_t ino)
{
    struct pail_fs_open_result o;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_mutex m;
    struct pail_cond c;
    if (pail_fs_open(w->fs, &w->ctx, ino, O_RDONLY, &o, &err))
        return;
    pail_mutex_init(&m, "read", PAIL_RANK_LEAF);
    pail_cond_init(&c);
    void *ud[3] = {&c, &m, NULL};
    pail_fs_read(w->fs, o.handle, 0, 4096, count_bytes, ud);
    pail_mutex_lock(&m);
    while (!ud[2])
        pail_cond_wait(&c, &m);
    pail_mutex_unlock(&m);
    pail_cond_done(&c);
    pail_mutex_done(&m);
    pail_fs_release(w->fs, o.handle);
}

static bool ignore(void *ud, struct pail_str name, const struct pail_fs_entry *e, uint64_t next)
{
    return true;
}

static void list_one(struct world *w, uint64_t dir)
{
    struct pail_fs_dir_handle *d;
    struct pail_error err = PAIL_ERROR_INIT;
    if (pail_fs_opendir(w->fs, &w->ctx, dir, &d, &err))
        return;
    int rc = pail_fs_readdir(w->fs, d, 0, false, ignore, NULL, &err);
    (void)rc;
    pail_fs_releasedir(w->fs, d);
}

static void round_of(struct worker *x, int i)
{
    struct world *w = x->w;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_fs_entry dir = look(w, PAIL_INO_ROOT, "shared"), e;
    char mine[32], text[64];
    snprintf(mine, sizeof(mine), "own-%d-%d", x->id, i);
    snprintf(text, sizeof(text), "content %d %d", x->id, i);
    write_one(w, PAIL_INO_ROOT, mine, text); /* must be there in the end */
    if (dir.attr.ino) {
        write_one(w, dir.attr.ino, i % 2 ? "a" : "b", text);
        int rc = pail_fs_rename(w->fs, &w->ctx, dir.attr.ino, PAIL_STR("a"), dir.attr.ino,
                                PAIL_STR("c"), 0, &err);
        if (i % 3 == 0)
            rc = pail_fs_unlink(w->fs, &w->ctx, dir.attr.ino, PAIL_STR("b"), &err);
        (void)rc;
        e = look(w, dir.attr.ino, "c");
        if (e.attr.ino) {
            read_one(w, e.attr.ino);
            const struct pail_fs_setattr set = {.set = PAIL_FS_SET_MODE,
                                                .mode = (uint32_t)(0600 + i % 8)};
            struct pail_fs_entry ignored;
            rc = pail_fs_setattr(w->fs, &w->ctx, e.attr.ino, NULL, &set, &ignored, &err);
            pail_fs_forget(w->fs, e.attr.ino, 1);
        }
        list_one(w, dir.attr.ino);
        if (x->id == 0 && i % 8 == 7)
            rc = pail_fs_rename(w->fs, &w->ctx, PAIL_INO_ROOT, PAIL_STR("shared"), PAIL_INO_ROOT,
                                PAIL_STR("moved"), 0, &err);
        pail_fs_forget(w->fs, dir.attr.ino, 1);
    }
    if (x->id == 0 && i % 8 == 7) {
        int rc = pail_fs_rename(w->fs, &w->ctx, PAIL_INO_ROOT, PAIL_STR("moved"), PAIL_INO_ROOT,
                                PAIL_STR("shared"), 0, &err);
        (void)rc;
    }
}

static void work(void *arg)
{
    struct worker *x = arg;
    for (int i = 0; i < ROUNDS; i++)
        round_of(x, i);
}

static void test_together(void **state)
{
    struct world w;
    struct worker x[THREADS];
    struct pail_error err = PAIL_ERROR_INIT;
    world_start(&w);
    world_mount(&w);
    assert_ok(world_mkdir(&w, "shared"), &world_err);
    for (int i = 0; i < THREADS; i++) {
        x[i] = (struct worker){.w = &w, .id = i};
        assert_ok(pail_thread_start(&x[i].thread, "worker", work, &x[i], &err), &err);
    }
    for (int i = 0; i < THREADS; i++)
        pail_thread_join(x[i].thread);
    for (int i = 0; i < THREADS; i++)
        for (int k = 0; k < ROUNDS; k++) {
            char key[32], text[64];
            snprintf(key, sizeof(key), "own-%d-%d", i, k);
            snprintf(text, sizeof(text), "content %d %d", i, k);
            assert_object(&w, key, text);
        }
    struct pail_fs_stats s;
    pail_fs_stats(w.fs, &s);
    assert_int_equal(s.drafts, 0);
    assert_int_equal(s.handles, 0);
    assert_int_equal(s.changes, 0);
    world_stop(&w);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_together))
