/* SPDX-License-Identifier: Apache-2.0 */
/* How long a big directory takes, for the reader's eyes: nothing is asserted but that it works. On
 * a real disk. */
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"
#include "unit/fs/meta-rig.h"

#define PAGES 100
#define PER_PAGE 1000

static struct pail_row rows[PER_PAGE];
static char names[PER_PAGE][40], etags[PER_PAGE][40];

static void make_page(uint64_t dir, int page, bool every_tenth_changed)
{
    for (int i = 0; i < PER_PAGE; i++) {
        int n = page * PER_PAGE + i;
        snprintf(names[i], sizeof(names[i]), "photo-%08d.jpeg", n);
        snprintf(etags[i], sizeof(etags[i]), "\"%032x\"",
                 every_tenth_changed && n % 10 == 0 ? n + 1 : n);
        rows[i] = rig_row(dir, names[i], PAIL_KIND_FILE, etags[i], 1234567, 0);
        rows[i].mtime_ns = INT64_C(1700000000000000000);
    }
}

static void list(struct pail_meta *m, uint64_t dir, bool changed, const char *what)
{
    struct pail_meta_listing l;
    int64_t worst = 0, end_ns, total = 0;
    assert_ok(pail_meta_list_begin(m, dir, pail_clock_wall_ns(), &l, NULL), NULL);
    for (int p = 0; p < PAGES; p++) {
        make_page(dir, p, changed);
        int64_t t = pail_clock_mono_ns();
        assert_ok(pail_meta_list_page(m, &l, rows, PER_PAGE, NULL, NULL, NULL), NULL);
        t = pail_clock_mono_ns() - t;
        worst = t > worst ? t : worst;
        total += t;
    }
    end_ns = pail_clock_mono_ns();
    assert_ok(pail_meta_list_end(m, &l, 0, 0, NULL, NULL, NULL), NULL);
    end_ns = pail_clock_mono_ns() - end_ns;
    print_message("%-28s %6.2f ms a page of 1000, worst %6.2f, end %6.2f ms\n", what,
                  (double)total / PAGES / 1e6, (double)worst / 1e6, (double)end_ns / 1e6);
}

static int count_row(void *ud, const struct pail_row *row)
{
    ++*(unsigned *)ud;
    return 0;
}

static void read_back(struct pail_meta *m, uint64_t dir)
{
    unsigned n = 0;
    int64_t t = pail_clock_mono_ns();
    assert_ok(pail_meta_children(m, dir, PAIL_STR(""), SIZE_MAX, count_row, &n, NULL), NULL);
    t = pail_clock_mono_ns() - t;
    assert_int_equal(n, PAGES * PER_PAGE);
    print_message("%-28s %6.2f ms\n", "children, all", (double)t / 1e6);

    PAIL_CLEANUP(pail_row_copy_done) struct pail_row_copy c;
    pail_row_copy_init(&c);
    t = pail_clock_mono_ns();
    for (unsigned i = 0; i < n; i++) {
        char name[40];
        snprintf(name, sizeof(name), "photo-%08u.jpeg", i * 7919 % n);
        assert_ok(pail_meta_find(m, dir, pail_str(name), &c, NULL), NULL);
    }
    t = pail_clock_mono_ns() - t;
    print_message("%-28s %6.2f us each\n", "find, random", (double)t / n / 1e3);
}

static int remove_file(const char *name, void *ud, struct pail_error *err)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", (const char *)ud, name);
    return pail_file_unlink(path, err);
}

static void test_big_directory(void **state)
{
    char dir[64];
    snprintf(dir, sizeof(dir), "%s/pail-meta-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(dir));
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_meta *m = NULL;
    assert_ok(pail_meta_open(dir, &m, NULL, &err), &err);
    uint64_t d = rig_mkdir(m, PAIL_INO_ROOT, "d");
    list(m, d, false, "first listing");
    list(m, d, false, "again, nothing new");
    list(m, d, true, "again, a tenth is new");
    read_back(m, d);
    int64_t t = pail_clock_mono_ns();
    for (int i = 0; i < 20; i++)
        assert_ok(pail_meta_kv_set(m, PAIL_STR("k"), PAIL_STR("v"), NULL) ||
                      pail_meta_sync(m, true, NULL),
                  NULL);
    print_message("%-28s %6.2f ms\n", "durable sync", (double)(pail_clock_mono_ns() - t) / 20e6);
    t = pail_clock_mono_ns();
    for (unsigned i = 0; i < 20000; i++) {
        char name[40];
        snprintf(name, sizeof(name), "photo-%08u.jpeg", i * 7919 % (PAGES * PER_PAGE));
        rig_put(m, PAIL_PUT_ANSWER, rig_row(d, name, PAIL_KIND_FILE, "\"x\"", i, 0));
    }
    print_message("%-28s %6.2f us each\n", "put, random",
                  (double)(pail_clock_mono_ns() - t) / 20e6);
    t = pail_clock_mono_ns();
    pail_meta_close(m);
    print_message("%-28s %6.2f ms\n", "close", (double)(pail_clock_mono_ns() - t) / 1e6);
    t = pail_clock_mono_ns();
    assert_ok(pail_meta_open(dir, &m, NULL, &err), &err);
    print_message("%-28s %6.2f ms\n", "open", (double)(pail_clock_mono_ns() - t) / 1e6);
    t = pail_clock_mono_ns();
    assert_ok(pail_meta_remove(m, PAIL_INO_ROOT, PAIL_STR("d"), pail_meta_stamp(m), NULL), NULL);
    print_message("%-28s %6.2f ms\n", "remove the directory",
                  (double)(pail_clock_mono_ns() - t) / 1e6);
    pail_meta_close(m);
    assert_ok(pail_file_list(dir, remove_file, dir, NULL), NULL);
    assert_int_equal(rmdir(dir), 0);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_big_directory))
