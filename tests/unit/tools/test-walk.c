/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over a tree of files made here, and over listings of the fake S3. */
#include "unit/s3/fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "tools/lib/walk.h"

/* ---- Files ---- */

static char top[64];

static void path_of(const char *name, char ret[256])
{
    snprintf(ret, 256, "%s/%s", top, name);
}

static void make_file(const char *name, size_t size)
{
    char path[256], zeros[16] = {0};
    struct pail_error err = PAIL_ERROR_INIT;
    path_of(name, path);
    struct pail_bytes data = {zeros, size};
    assert_ok(pail_file_write_all(path, data, 0644, &err), &err);
}

static void make_dir(const char *name)
{
    char path[256];
    path_of(name, path);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void make_link(const char *to, const char *name)
{
    char path[256];
    path_of(name, path);
    assert_int_equal(symlink(to, path), 0);
}

static int make_tree(void **state)
{
    snprintf(top, sizeof(top), "pail-walk-XXXXXX");
    assert_non_null(mkdtemp(top));
    make_dir("b");
    make_dir("b/deep");
    make_dir("empty");
    make_file("a", 1);
    make_file("b/1", 2);
    make_file("b/deep/2", 3);
    make_file("b.c", 4); /* '.' is before '/', but a directory is walked where its name is */
    make_file("z\xff\n", 5);
    return 0;
}

static int remove_tree(void **state)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", top);
    return system(command);
}

struct seen {
    struct pail_buf files, problems;
    int answer, after; /* given as result of the after-th file */
};

static int on_file(void *ud, const char *path, const char *relative,
                   const struct pail_file_stat *told, struct pail_error *err)
{
    struct seen *s = ud;
    struct pail_file_stat st;
    assert_ok(pail_file_stat(path, &st, err), err);
    assert_int_equal(st.size, told->size);
    assert_int_equal(st.mtime_ns, told->mtime_ns);
    pail_buf_fmt(&s->files, "%s:%llu ", relative, (unsigned long long)told->size);
    return s->answer && --s->after == 0
               ? pail_error_set(err, PAIL_D_FS, (enum pail_code)s->answer, "enough")
               : 0;
}

static void on_problem(void *ud, const struct pail_error *err)
{
    struct seen *s = ud;
    const char *rest = strstr(err->message, top);
    pail_buf_fmt(&s->problems, "%s|", rest ? rest + strlen(top) : err->message);
}

static const struct pail_walk_ops ops = {.file = on_file, .problem = on_problem};

static int walk(const char *dir, struct seen *s, struct pail_error *err)
{
    pail_buf_init(&s->files, 4096);
    pail_buf_init(&s->problems, 4096);
    return pail_walk_files(dir, &ops, s, err);
}

static void forget(struct seen *s)
{
    pail_buf_done(&s->files);
    pail_buf_done(&s->problems);
}

static const char all[] = "a:1 b/1:2 b/deep/2:3 b.c:4 z\xff\n:5 ";

static void test_files(void **state)
{
    struct seen s = {0};
    struct pail_error err = PAIL_ERROR_INIT;
    char path[256];
    assert_ok(walk(top, &s, &err), &err);
    assert_str(pail_buf_view(&s.files), all);
    assert_str(pail_buf_view(&s.problems), "");
    forget(&s);
    snprintf(path, sizeof(path), "%s///", top);
    assert_ok(walk(path, &s, &err), &err);
    assert_str(pail_buf_view(&s.files), all);
    forget(&s);
    path_of("empty", path);
    assert_ok(walk(path, &s, &err), &err);
    assert_str(pail_buf_view(&s.files), "");
    forget(&s);
    path_of("missing", path);
    assert_code(walk(path, &s, &err), PAIL_E_OS);
    forget(&s);
    path_of("a", path);
    assert_code(walk(path, &s, &err), PAIL_E_OS);
    forget(&s);
}

static void test_end(void **state)
{
    struct seen s = {.answer = PAIL_E_FS_BUSY, .after = 3};
    struct pail_error err = PAIL_ERROR_INIT;
    assert_code(walk(top, &s, &err), PAIL_E_FS_BUSY);
    assert_string_equal(err.message, "enough");
    assert_str(pail_buf_view(&s.files), "a:1 b/1:2 b/deep/2:3 ");
    assert_str(pail_buf_view(&s.problems), "");
    forget(&s);
}

/* Followed, but never in a circle; a circle costs its own entry only. */
static void test_links(void **state)
{
    struct seen s = {0};
    struct pail_error err = PAIL_ERROR_INIT;
    make_link("b.c", "c-file");
    make_link("b/deep", "d-dir");
    make_link("nowhere", "e-dangling");
    make_link("..", "b/deep/up");
    make_link("f-self", "f-self");
    assert_ok(walk(top, &s, &err), &err);
    assert_str(pail_buf_view(&s.files),
               "a:1 b/1:2 b/deep/2:3 b.c:4 c-file:4 d-dir/2:3 d-dir/up/1:2 z\xff\n:5 ");
    struct pail_str problems = pail_buf_view(&s.problems);
    assert_int_equal(pail_str_find_str(problems, PAIL_STR("/b/deep/up leads back to ")), 0);
    assert_int_not_equal(pail_str_find_str(problems, PAIL_STR("/d-dir/up/deep leads back to ")),
                         SIZE_MAX);
    assert_int_not_equal(
        pail_str_find_str(problems, PAIL_STR("/e-dangling: No such file or directory|")), SIZE_MAX);
    assert_int_not_equal(pail_str_find_str(problems, PAIL_STR("/f-self: Too many levels")),
                         SIZE_MAX);
    forget(&s);
}

static void test_other_kinds(void **state)
{
    struct seen s = {0};
    struct pail_error err = PAIL_ERROR_INIT;
    char path[256];
    path_of("b/fifo", path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_ok(walk(top, &s, &err), &err);
    assert_str(pail_buf_view(&s.files), all);
    assert_str(pail_buf_view(&s.problems),
               "/b/fifo is neither a file nor a directory: passed over|");
    forget(&s);
}

/* ---- Listings ---- */

#define KEYS 2500

static void fill(void)
{
    fake_server_lock(fx.server);
    for (unsigned i = 0; i < KEYS; i++) {
        char key[32];
        snprintf(key, sizeof(key), "p/%02u/%04u", i % 50, i);
        assert_true(fake_s3_put(fake_server_s3(fx.server), "bkt", key, "", 0, NULL, 0, 0));
    }
    fake_server_unlock(fx.server);
}

struct keys {
    unsigned n, prefixes, pages;
    char last[32];
    int answer;
};

static int on_entry(void *ud, const struct pail_s3_entry *e, struct pail_error *err)
{
    struct keys *k = ud;
    assert_true(pail_str_cmp(e->key, pail_str(k->last)) > 0);
    snprintf(k->last, sizeof(k->last), "%.*s", PAIL_STR_ARG(e->key));
    k->prefixes += e->is_prefix;
    k->n++;
    return k->answer && k->n == 1500 ? pail_error_set(err, PAIL_D_FS, PAIL_E_FS_BUSY, "enough") : 0;
}

static int on_page(void *ud, const struct pail_s3_page *page, struct pail_error *err)
{
    struct keys *k = ud;
    k->pages++;
    k->n += (unsigned)page->n;
    return 0;
}

static void test_objects(void **state)
{
    struct keys k = {0};
    struct pail_error err = PAIL_ERROR_INIT;
    const struct pail_str bucket = PAIL_STR("bkt"), none = {0};
    fill();
    assert_ok(pail_walk_s3(fx.s3, bucket, PAIL_STR("p/"), none, on_entry, &k, &err), &err);
    assert_int_equal(k.n, KEYS);
    assert_int_equal(k.prefixes, 0);
    k = (struct keys){0};
    assert_ok(pail_walk_s3(fx.s3, bucket, PAIL_STR("p/"), PAIL_STR("/"), on_entry, &k, &err), &err);
    assert_int_equal(k.n, 50);
    assert_int_equal(k.prefixes, 50);
    k = (struct keys){0};
    assert_ok(pail_walk_pages(fx.s3, bucket, none, none, on_page, &k, &err), &err);
    assert_int_equal(k.n, KEYS);
    assert_int_equal(k.pages, 3);
    k = (struct keys){.answer = 1};
    assert_code(pail_walk_s3(fx.s3, bucket, none, none, on_entry, &k, &err), PAIL_E_FS_BUSY);
    assert_int_equal(k.n, 1500);
    k = (struct keys){0};
    assert_ok(pail_walk_s3(fx.s3, bucket, PAIL_STR("none"), none, on_entry, &k, &err), &err);
    assert_int_equal(k.n, 0);
    assert_code(pail_walk_s3(fx.s3, PAIL_STR("nobkt"), none, none, on_entry, &k, &err),
                PAIL_E_NO_BUCKET);
}

#define with_tree(f) cmocka_unit_test_setup_teardown((f), make_tree, remove_tree)

PAIL_TEST_MAIN(with_tree(test_files), with_tree(test_end), with_tree(test_links),
               with_tree(test_other_kinds),
               cmocka_unit_test_setup_teardown(test_objects, fixture_setup, fixture_teardown))
