/* SPDX-License-Identifier: Apache-2.0 */
/* Many callers at once, for the thread sanitizer; the results are checked as far as they are
 * determined. */
#include "base/thread.h"
#include "unit/fs/meta-rig.h"

#define THREADS 4
#define ROUNDS 150
#define ROOT PAIL_INO_ROOT

struct worker {
    struct pail_meta *m;
    unsigned number, bad;
    uint64_t dir;
};

static int count_row(void *ud, const struct pail_row *row)
{
    ++*(unsigned *)ud;
    return 0;
}

static void told(void *ud, const struct pail_row *before, enum pail_kind kind_now)
{
    struct worker *w = ud;
    if (before->parent != w->dir)
        w->bad++;
    /* No lock of meta is held: calling it is fine. */
    (void)pail_meta_stamp(w->m);
    struct pail_meta_usage u;
    if (pail_meta_usage(w->m, &u, NULL) != 0)
        w->bad++;
}

static void one_round(struct worker *w, unsigned round)
{
    struct pail_row_copy c;
    pail_row_copy_init(&c);
    struct pail_row r[3];
    struct pail_meta_listing l;
    char name[16];
    snprintf(name, sizeof(name), "n%u", round % 7);
    r[0] = rig_row(w->dir, name, PAIL_KIND_FILE, round % 3 ? "1" : "2", round,
                   pail_meta_stamp(w->m));
    w->bad += pail_meta_put(w->m, &r[0], round % 2 ? PAIL_PUT_CHANGE : PAIL_PUT_ANSWER, &c, NULL) !=
              0;
    w->bad += pail_meta_find(w->m, w->dir, pail_str(name), &c, NULL) != 0;
    w->bad += c.row.kind != PAIL_KIND_FILE || c.row.size != round;
    unsigned n = 0;
    w->bad += pail_meta_children(w->m, w->dir, PAIL_STR(""), 100, count_row, &n, NULL) != 0 ||
              n == 0;
    if (round % 5 == 0) {
        w->bad += pail_meta_list_begin(w->m, w->dir, 1, &l, NULL) != 0;
        for (int i = 0; i < 3; i++)
            r[i] = rig_row(w->dir, (const char *[]){"n1", "n2", "n3"}[i], PAIL_KIND_FILE, "3", 1,
                           0);
        w->bad += pail_meta_list_page(w->m, &l, r, 3, told, w, NULL) != 0;
        w->bad += pail_meta_list_end(w->m, &l, 0, 0, told, w, NULL) != 0;
    }
    if (round % 11 == 0)
        w->bad += pail_meta_remove(w->m, w->dir, pail_str(name), pail_meta_stamp(w->m), NULL) != 0;
    if (round % 13 == 0)
        w->bad += pail_meta_sync(w->m, round % 2, NULL) != 0;
    if (round % 17 == 0) {
        uint64_t id;
        w->bad += pail_meta_journal_add(w->m, (struct pail_bytes){"x", 1}, &id, NULL) != 0;
        w->bad += pail_meta_journal_remove(w->m, id, NULL) != 0;
    }
    if (round % 29 == 0)
        w->bad += pail_meta_expire(w->m, round % 2 ? w->dir : ROOT, NULL) != 0;
    if (round % 31 == 0) {
        snprintf(name, sizeof(name), "w%u-%u", w->number, round);
        w->bad += pail_meta_move(w->m, w->dir, ROOT, pail_str(name), pail_meta_stamp(w->m), NULL) !=
                  0;
    }
    pail_row_copy_done(&c);
}

static void work(void *arg)
{
    struct worker *w = arg;
    for (unsigned round = 0; round < ROUNDS; round++)
        one_round(w, round);
}

static void test_many_callers(void **state)
{
    struct pail_meta *m = rig_open();
    struct worker workers[THREADS];
    struct pail_thread *threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        char name[8];
        snprintf(name, sizeof(name), "w%u", i);
        workers[i] = (struct worker){.m = m, .number = i, .dir = rig_mkdir(m, ROOT, name)};
    }
    for (unsigned i = 0; i < THREADS; i++)
        assert_ok(pail_thread_start(&threads[i], "worker", work, &workers[i], NULL), NULL);
    for (unsigned i = 0; i < THREADS; i++) {
        pail_thread_join(threads[i]);
        assert_int_equal(workers[i].bad, 0);
    }
    rig_close(m);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_many_callers))
