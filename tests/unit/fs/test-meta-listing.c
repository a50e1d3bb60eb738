/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/fs/meta-rig.h"

#define ROOT PAIL_INO_ROOT

/* "name:before>now " for each call */
static void note(void *ud, const struct pail_row *before, enum pail_kind kind_now)
{
    static const char kinds[] = "NFDL";
    struct pail_buf *b = ud;
    pail_buf_fmt(b, "%.*s:%c>%c ", PAIL_STR_ARG(before->name), kinds[before->kind],
                 kinds[kind_now]);
}

struct lister {
    struct pail_meta *m;
    struct pail_meta_listing l;
    struct pail_buf told;
};

static struct lister begin(struct pail_meta *m, uint64_t dir)
{
    struct lister x = {.m = m, .told = PAIL_BUF_INIT(1 << 20)};
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_meta_list_begin(m, dir, 1000 + (int64_t)pail_meta_stamp(m), &x.l, &err), &err);
    return x;
}

/* A page in few words: "a=1 b/ c=2": files with their ETag, directories. */
static void page(struct lister *x, const char *text)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_row rows[64];
    size_t n = 0;
    struct pail_str rest = pail_str(text), word;
    while (pail_str_split(&rest, ' ', &word)) {
        size_t eq = pail_str_find(word, '=');
        struct pail_row *r = &rows[n++];
        memset(r, 0, sizeof(*r));
        r->kind = eq == SIZE_MAX ? PAIL_KIND_DIR : PAIL_KIND_FILE;
        r->name = eq == SIZE_MAX ? pail_str_sub(word, 0, word.len - 1) : pail_str_sub(word, 0, eq);
        r->etag = eq == SIZE_MAX ? pail_str("") : pail_str_from(word, eq + 1);
        r->size = r->etag.len;
    }
    assert_ok(pail_meta_list_page(x->m, &x->l, rows, n, note, &x->told, &err), &err);
}

static void end(struct lister *x, const char *told)
{
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_meta_list_end(x->m, &x->l, PAIL_ROW_DEFAULTS_OK, 0, note, &x->told, &err), &err);
    assert_string_equal(pail_buf_cstr(&x->told), told);
    pail_buf_done(&x->told);
}

static void list(struct pail_meta *m, uint64_t dir, const char *text, const char *told)
{
    struct lister x = begin(m, dir);
    page(&x, text);
    end(&x, told);
}

static void test_first_listing(void **state)
{
    struct pail_meta *m = rig_open();
    struct lister x = begin(m, ROOT);
    page(&x, "a-b=1 c=2 a/");
    assert_int_equal(rig_get(m, ROOT).listed_ns, 0);
    assert_string_equal(rig_children(m, ROOT), "a a-b c");
    page(&x, "d=1");
    end(&x, "");
    assert_int_equal(rig_get(m, ROOT).listed_ns, x.l.began_ns);
    assert_int_equal(rig_get(m, ROOT).flags, PAIL_ROW_DEFAULTS_OK);
    assert_string_equal(rig_children(m, ROOT), "a a-b c d");
    assert_string_equal(rig_show(m, ROOT, "a"), "DIR");
    rig_close(m);
}

static void test_differences_are_told(void **state)
{
    struct pail_meta *m = rig_open();
    list(m, ROOT, "a=1 b=1 c=1 d/ e/ g=1", "");
    uint64_t a = 0, b = 0, d = 0;
    PAIL_CLEANUP(pail_row_copy_done) struct pail_row_copy c;
    pail_row_copy_init(&c);
    assert_ok(pail_meta_find(m, ROOT, PAIL_STR("a"), &c, NULL), NULL);
    a = c.row.ino;
    assert_ok(pail_meta_find(m, ROOT, PAIL_STR("b"), &c, NULL), NULL);
    b = c.row.ino;
    assert_ok(pail_meta_find(m, ROOT, PAIL_STR("d"), &c, NULL), NULL);
    d = c.row.ino;
    rig_answer(m, d, "below", PAIL_KIND_FILE, "1", 1);
    list(m, ROOT, "a=1 b=2 d=1 e/ f=1 g/", "b:F>F d:D>F g:F>D c:F>N ");
    assert_string_equal(rig_children(m, ROOT), "a b d e f g");
    assert_int_equal(rig_get(m, a).stamp, rig_get(m, b).stamp);
    assert_string_equal(rig_show(m, ROOT, "b"), "FILE 2 1");
    assert_string_equal(rig_show(m, ROOT, "c"), "");
    assert_string_equal(rig_show(m, d, "below"), "");
    assert_code(pail_meta_get(m, d, &c, NULL), PAIL_E_FS_NOENT);
    rig_close(m);
}

static void test_changes_during_a_listing(void **state)
{
    struct pail_meta *m = rig_open();
    list(m, ROOT, "changed=1 deleted=1 moved=1 kept=1", "");
    PAIL_CLEANUP(pail_row_copy_done) struct pail_row_copy c;
    pail_row_copy_init(&c);
    assert_ok(pail_meta_find(m, ROOT, PAIL_STR("moved"), &c, NULL), NULL);

    struct lister x = begin(m, ROOT);
    rig_put(m, PAIL_PUT_CHANGE, rig_row(ROOT, "changed", PAIL_KIND_FILE, "mine", 4, 0));
    rig_put(m, PAIL_PUT_CHANGE, rig_row(ROOT, "created", PAIL_KIND_FILE, "mine", 4, 0));
    assert_ok(pail_meta_remove(m, ROOT, PAIL_STR("deleted"), pail_meta_stamp(m), NULL), NULL);
    assert_ok(pail_meta_move(m, c.row.ino, ROOT, PAIL_STR("new-name"), pail_meta_stamp(m), NULL),
              NULL);
    page(&x, "changed=1 deleted=1 kept=1 moved=1");
    rig_put(m, PAIL_PUT_CHANGE, rig_row(ROOT, "created-late", PAIL_KIND_FILE, "mine", 4, 0));
    assert_ok(pail_meta_remove(m, ROOT, PAIL_STR("kept"), pail_meta_stamp(m), NULL), NULL);
    end(&x, "");
    assert_string_equal(rig_children(m, ROOT), "changed created created-late new-name");
    assert_string_equal(rig_show(m, ROOT, "changed"), "FILE mine 4");
    assert_string_equal(rig_show(m, ROOT, "deleted"), "NONE");

    /* The next one confirms all that. */
    list(m, ROOT, "changed=mine created=mine created-late=mine new-name=1", "");
    assert_string_equal(rig_show(m, ROOT, "deleted"),
                        ""); /* not remembered any longer than needed */
    assert_string_equal(rig_children(m, ROOT), "changed created created-late new-name");
    rig_close(m);
}

/* The traces of deletions are removed by a listing; what was asked for before it still cannot bring
 * the names back. */
static void test_older_answers_after_a_listing(void **state)
{
    struct pail_meta *m = rig_open();
    list(m, ROOT, "a=1 b=1", "");
    uint64_t asked = pail_meta_stamp(m);
    assert_ok(pail_meta_remove(m, ROOT, PAIL_STR("a"), pail_meta_stamp(m), NULL), NULL);
    list(m, ROOT, "b=1", "");
    assert_string_equal(rig_show(m, ROOT, "a"), "");
    assert_int_equal(rig_put(m, PAIL_PUT_ANSWER, rig_row(ROOT, "a", PAIL_KIND_FILE, "1", 1, asked)),
                     0);
    assert_string_equal(rig_show(m, ROOT, "a"), "");
    assert_int_not_equal(rig_answer(m, ROOT, "a", PAIL_KIND_FILE, "1", 1), 0);
    rig_close(m);
}

static void test_older_listing_after_a_newer(void **state)
{
    struct pail_meta *m = rig_open();
    struct lister old = begin(m, ROOT);
    page(&old, "a=1");
    list(m, ROOT, "a=2 b=1", "a:F>F ");
    page(&old, "b=0 c=0");
    end(&old, "");
    assert_string_equal(rig_children(m, ROOT), "a b");
    assert_string_equal(rig_show(m, ROOT, "a"), "FILE 2 1");
    rig_close(m);
}

static void test_move_during_a_listing(void **state)
{
    struct pail_meta *m = rig_open();
    uint64_t d = rig_mkdir(m, ROOT, "d"), sub = rig_mkdir(m, d, "sub");
    list(m, sub, "a=1 b=1", "");
    struct lister x = begin(m, sub);
    assert_ok(pail_meta_move(m, d, ROOT, PAIL_STR("e"), pail_meta_stamp(m), NULL), NULL);
    page(&x, "b=1"); /* of the old keys, half of them gone */
    end(&x, "");
    assert_string_equal(rig_children(m, sub), "a b");
    list(m, sub, "a=1 b=1", "");
    rig_close(m);
}

static void test_directory_without_word_of_its_marker(void **state)
{
    struct pail_meta *m = rig_open();
    struct pail_row r = rig_row(ROOT, "d", PAIL_KIND_DIR, "\"m\"", 0, 0);
    r.attr_etag = r.etag;
    r.attrs = PAIL_STR("mode");
    uint64_t d = rig_put(m, PAIL_PUT_ANSWER, r);
    list(m, ROOT, "d/", "");
    assert_str(rig_get(m, d).etag, "\"m\"");
    assert_str(rig_get(m, d).attrs, "mode");
    assert_int_equal(rig_get(m, d).flags, PAIL_ROW_MARKER);
    rig_close(m);
}

static void test_refused(void **state)
{
    struct pail_meta *m = rig_open();
    struct pail_meta_listing l;
    uint64_t f = rig_answer(m, ROOT, "f", PAIL_KIND_FILE, "1", 1);
    assert_code(pail_meta_list_begin(m, f, 1, &l, NULL), PAIL_E_FS_NOTDIR);
    assert_code(pail_meta_list_begin(m, 4711, 1, &l, NULL), PAIL_E_FS_NOENT);
    assert_ok(pail_meta_list_begin(m, ROOT, 1, &l, NULL), NULL);
    struct pail_row r = rig_row(ROOT, "", PAIL_KIND_FILE, "1", 1, 1);
    assert_code(pail_meta_list_page(m, &l, &r, 1, NULL, NULL, NULL), PAIL_E_INVALID);
    r = rig_row(ROOT, "x", PAIL_KIND_NONE, "1", 1, 1);
    assert_code(pail_meta_list_page(m, &l, &r, 1, NULL, NULL, NULL), PAIL_E_INVALID);
    assert_ok(pail_meta_list_page(m, &l, NULL, 0, NULL, NULL, NULL), NULL);
    rig_close(m);
}

/* Pages that are out of order, that jump, and that name something twice. */
static void test_odd_pages(void **state)
{
    struct pail_meta *m = rig_open();
    struct pail_buf text = PAIL_BUF_INIT(1 << 16);
    struct lister x = begin(m, ROOT);
    for (int i = 0; i < 600; i++) {
        char word[16];
        snprintf(word, sizeof(word), "%03d=1", (i * 7) % 600);
        page(&x, word);
    }
    end(&x, "");
    for (int i = 599; i >= 0; i -= 25)
        pail_buf_fmt(&text, "%s%03d=2", text.len ? " " : "", i);
    x = begin(m, ROOT);
    page(&x, pail_buf_cstr(&text));
    page(&x, "000=9 001=1 001=3 000=8");
    assert_string_equal(rig_show(m, ROOT, "599"), "FILE 2 1");
    assert_string_equal(rig_show(m, ROOT, "001"), "FILE 3 1");
    assert_string_equal(rig_show(m, ROOT, "000"), "FILE 8 1");
    assert_string_equal(rig_show(m, ROOT, "010"), "FILE 1 1");
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_meta_list_end(m, &x.l, 0, 0, NULL, NULL, &err), &err);
    struct pail_meta_usage u;
    assert_ok(pail_meta_usage(m, &u, NULL), NULL);
    assert_int_equal(u.files, 26);
    pail_buf_done(&x.told);
    pail_buf_done(&text);
    rig_close(m);
}

static int stop_at_two(void *ud, const struct pail_row *row)
{
    int *n = ud;
    return ++*n == 2;
}

static int fail_at_once(void *ud, const struct pail_row *row)
{
    return PAIL_E_NOMEM;
}

static void test_children(void **state)
{
    struct pail_meta *m = rig_open();
    bool any = true;
    assert_ok(pail_meta_has_children(m, ROOT, &any, NULL), NULL);
    assert_false(any);
    for (int i = 0; i < 300; i++) {
        char name[16];
        snprintf(name, sizeof(name), "%03d", i);
        rig_answer(m, ROOT, name, i % 100 == 99 ? PAIL_KIND_FILE : PAIL_KIND_NONE, "1", 1);
    }
    assert_string_equal(rig_children(m, ROOT), "099 199 299");
    assert_ok(pail_meta_has_children(m, ROOT, &any, NULL), NULL);
    assert_true(any);
    struct pail_buf b = PAIL_BUF_INIT(1000);
    assert_ok(pail_meta_children(m, ROOT, PAIL_STR("099"), 1, rig_join_name, &b, NULL), NULL);
    assert_string_equal(pail_buf_cstr(&b), "199");
    pail_buf_done(&b);
    int n = 0;
    assert_ok(pail_meta_children(m, ROOT, PAIL_STR(""), 100, stop_at_two, &n, NULL), NULL);
    assert_int_equal(n, 2);
    assert_ok(pail_meta_children(m, ROOT, PAIL_STR(""), 0, stop_at_two, &n, NULL), NULL);
    assert_int_equal(n, 2);
    assert_code(pail_meta_children(m, ROOT, PAIL_STR(""), 9, fail_at_once, NULL, NULL),
                PAIL_E_NOMEM);

    uint64_t ino = rig_answer(m, ROOT, "199", PAIL_KIND_FILE, "1", 1);
    assert_ok(pail_meta_set_attrs(m, ino, PAIL_STR("1"), PAIL_STR("x"), NULL), NULL);
    b = (struct pail_buf)PAIL_BUF_INIT(1000);
    assert_ok(pail_meta_unknown_attrs(m, ROOT, PAIL_STR(""), 10, rig_join_name, &b, NULL), NULL);
    assert_string_equal(pail_buf_cstr(&b), "099 299");
    pail_buf_done(&b);
    rig_close(m);
}

static void test_expire(void **state)
{
    struct pail_meta *m = rig_open();
    uint64_t d = rig_mkdir(m, ROOT, "d"), sub = rig_mkdir(m, d, "sub"),
             other = rig_mkdir(m, ROOT, "other");
    list(m, sub, "f=1", "");
    list(m, d, "sub/", "");
    list(m, other, "g=1", "");
    struct lister x = begin(m, sub);
    uint64_t asked = pail_meta_stamp(m);
    assert_ok(pail_meta_expire(m, d, NULL), NULL);
    assert_int_equal(rig_get(m, d).listed_ns, 0);
    assert_int_equal(rig_get(m, sub).listed_ns, 0);
    assert_int_equal(rig_get(m, sub).seen_ns, 0);
    assert_int_not_equal(rig_get(m, other).listed_ns, 0);
    assert_int_not_equal(rig_get(m, other).seen_ns, 0);
    /* What was under way does not make it fresh. */
    page(&x, "f=1");
    end(&x, "");
    rig_put(m, PAIL_PUT_ANSWER, rig_row(sub, "f", PAIL_KIND_FILE, "1", 1, asked));
    PAIL_CLEANUP(pail_row_copy_done) struct pail_row_copy c;
    pail_row_copy_init(&c);
    assert_ok(pail_meta_find(m, sub, PAIL_STR("f"), &c, NULL), NULL);
    assert_int_equal(c.row.seen_ns, 0);
    assert_int_equal(rig_get(m, sub).listed_ns, 0);
    list(m, sub, "f=1", "");
    assert_ok(pail_meta_find(m, sub, PAIL_STR("f"), &c, NULL), NULL);
    assert_int_not_equal(c.row.seen_ns, 0);

    x = begin(m, other);
    assert_ok(pail_meta_expire(m, ROOT, NULL), NULL);
    page(&x, "g=1");
    end(&x, "");
    assert_int_equal(rig_get(m, other).listed_ns, 0);
    assert_int_equal(rig_get(m, sub).listed_ns, 0);
    assert_ok(pail_meta_find(m, other, PAIL_STR("g"), &c, NULL), NULL);
    assert_int_equal(c.row.seen_ns, 0);
    list(m, other, "g=1", "");
    assert_int_not_equal(rig_get(m, other).listed_ns, 0);
    pail_meta_close(m);
    m = rig_reopen();
    assert_int_equal(rig_get(m, sub).listed_ns, 0);
    assert_int_not_equal(rig_get(m, other).listed_ns, 0);
    rig_close(m);
}

/* More children than one piece. */
static void test_big(void **state)
{
    struct pail_meta *m = rig_open();
    struct pail_row rows[500];
    char names[500][8];
    uint64_t d = rig_mkdir(m, ROOT, "d");
    for (int round = 0; round < 2; round++) {
        struct lister x = begin(m, d);
        for (int p = 0; p < 10; p++) {
            for (int i = 0; i < 500; i++) {
                snprintf(names[i], sizeof(names[i]), "%05d", p * 500 + i);
                rows[i] = rig_row(d, names[i], PAIL_KIND_FILE, "1", 1, 1);
                rows[i].seen_ns = 0;
            }
            if (round == 0 || p % 2)
                assert_ok(pail_meta_list_page(m, &x.l, rows, 500, note, &x.told, NULL), NULL);
        }
        assert_string_equal(pail_buf_cstr(&x.told), "");
        assert_ok(pail_meta_list_end(m, &x.l, 0, 0, note, &x.told, NULL), NULL);
        assert_int_equal(x.told.len, round ? 2500 * strlen("00000:F>N ") : 0);
        pail_buf_done(&x.told);
    }
    struct pail_meta_usage u;
    assert_ok(pail_meta_usage(m, &u, NULL), NULL);
    assert_int_equal(u.files, 2500);
    assert_ok(pail_meta_expire(m, d, NULL), NULL);
    PAIL_CLEANUP(pail_row_copy_done) struct pail_row_copy c;
    pail_row_copy_init(&c);
    assert_ok(pail_meta_find(m, d, PAIL_STR("04999"), &c, NULL), NULL);
    assert_int_equal(c.row.seen_ns, 0);
    rig_close(m);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_first_listing), cmocka_unit_test(test_differences_are_told),
               cmocka_unit_test(test_changes_during_a_listing),
               cmocka_unit_test(test_older_answers_after_a_listing),
               cmocka_unit_test(test_older_listing_after_a_newer),
               cmocka_unit_test(test_move_during_a_listing),
               cmocka_unit_test(test_directory_without_word_of_its_marker),
               cmocka_unit_test(test_refused), cmocka_unit_test(test_odd_pages),
               cmocka_unit_test(test_children), cmocka_unit_test(test_expire),
               cmocka_unit_test(test_big))
