/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/attrs.h"

#include <sys/stat.h>

#include "sync/attrs_impl.h"
#include "sync/content_type.h"
#include "unit/test.h"

#define S INT64_C(1000000000)

static void from_meta(struct pail_attrs *a, const struct pail_s3_meta *meta, size_t n)
{
    const struct pail_s3_object o = {.meta = meta, .n_meta = n};
    struct pail_error err = PAIL_ERROR_INIT;

    pail_attrs_init(a);
    assert_ok(pail_attrs_from_object(a, &o, &err), &err);
}

static void test_one_name(void **state)
{
    static const struct {
        const char *name, *value;
        uint32_t has; /* 0: malformed, carried along */
        int64_t number;
    } rows[] = {
        {"mode", "33188", PAIL_ATTR_MODE, 0100644},
        {"mode", "420", PAIL_ATTR_MODE, 0644},
        {"mode", "41471", PAIL_ATTR_MODE, 0120777},
        {"mode", "65536", 0, 0},
        {"mode", "0x1ff", 0, 0},
        {"mode", "-1", 0, 0},
        {"mode", "", 0, 0},
        {"uid", "1000", PAIL_ATTR_UID, 1000},
        {"uid", "4294967295", PAIL_ATTR_UID, 4294967295},
        {"uid", "4294967296", 0, 0},
        {"uid", "root", 0, 0},
        {"gid", " 100 ", PAIL_ATTR_GID, 100},
        {"mtime", "1700000000", PAIL_ATTR_MTIME, 1700000000 * S},
        {"mtime", "1700000000.123456789", PAIL_ATTR_MTIME, 1700000000 * S + 123456789},
        {"mtime", "1700000000.5", PAIL_ATTR_MTIME, 1700000000 * S + 500000000},
        {"mtime", "1700000000.1234567899", PAIL_ATTR_MTIME, 1700000000 * S + 123456789},
        {"mtime", "0", PAIL_ATTR_MTIME, 0},
        {"mtime", "-1.25", PAIL_ATTR_MTIME, -1250000000},
        {"mtime", "1700000000.", 0, 0},
        {"mtime", ".5", 0, 0},
        {"mtime", "1.-5", 0, 0},
        {"mtime", "--5", 0, 0},
        {"mtime", "9223372035", PAIL_ATTR_MTIME, 9223372035 * S},
        {"mtime", "9223372037", 0, 0},
        {"mtime", "99999999999999999999999", 0, 0},
        {"mtime", "2023-11-14T22:13:20Z", 0, 0},
        {"ctime", "1700000000.000000001", PAIL_ATTR_CTIME, 1700000000 * S + 1},
        {"file-permissions", "0755", PAIL_ATTR_MODE, 0755},
        {"file-permissions", "0100664", PAIL_ATTR_MODE, 0100664},
        {"file-permissions", "0789", 0, 0},
        {"file-permissions", "7777777", 0, 0},
        {"file-permissions", "", 0, 0},
        {"file-owner", "500", PAIL_ATTR_UID, 500},
        {"file-group", "501", PAIL_ATTR_GID, 501},
        {"file-mtime", "1700000000000000001ns", PAIL_ATTR_MTIME, 1700000000 * S + 1},
        {"file-mtime", "1700000000123", PAIL_ATTR_MTIME, 1700000000 * S + 123000000},
        {"file-mtime", "1700000000123ms", PAIL_ATTR_MTIME, 1700000000 * S + 123000000},
        {"file-mtime", "-1000ms", PAIL_ATTR_MTIME, -1 * S},
        {"file-mtime", "ns", 0, 0},
        {"file-mtime", "9300000000000000000ns", 0, 0},
        {"goog-reserved-posix-mode", "644", PAIL_ATTR_MODE, 0644},
        {"goog-reserved-posix-uid", "7", PAIL_ATTR_UID, 7},
        {"goog-reserved-posix-gid", "8", PAIL_ATTR_GID, 8},
        {"goog-reserved-file-mtime", "1700000000", PAIL_ATTR_MTIME, 1700000000 * S},
        {"color", "blue", 0, 0},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(rows); i++) {
        const struct pail_s3_meta m = {pail_str(rows[i].name), pail_str(rows[i].value)};
        struct pail_attrs a;
        from_meta(&a, &m, 1);
        if (a.has != rows[i].has)
            print_error("%s=\"%s\"\n", rows[i].name, rows[i].value);
        assert_int_equal(a.has, rows[i].has);
        assert_int_equal(a.n_other, rows[i].has == 0);
        int64_t v = a.has == PAIL_ATTR_MODE    ? (int64_t)a.mode
                    : a.has == PAIL_ATTR_UID   ? (int64_t)a.uid
                    : a.has == PAIL_ATTR_GID   ? (int64_t)a.gid
                    : a.has == PAIL_ATTR_MTIME ? a.mtime_ns
                                               : a.ctime_ns;
        if (a.has)
            assert_true(v == rows[i].number);
        pail_attrs_done(&a);
    }
}

static void test_precedence(void **state)
{
    const struct pail_s3_meta m[] = {
        {PAIL_STR("goog-reserved-posix-mode"), PAIL_STR("600")},
        {PAIL_STR("file-permissions"), PAIL_STR("0640")},
        {PAIL_STR("file-owner"), PAIL_STR("2")},
        {PAIL_STR("mode"), PAIL_STR("33261")},
        {PAIL_STR("uid"), PAIL_STR("nobody")},
        {PAIL_STR("note"), PAIL_STR("kept")},
    };
    struct pail_attrs a;

    from_meta(&a, m, PAIL_ARRAY_LEN(m));
    assert_int_equal(a.has, PAIL_ATTR_MODE | PAIL_ATTR_UID);
    assert_int_equal(a.mode, 0100755);
    assert_int_equal(a.uid, 2); /* uid is malformed: the next one counts */
    assert_int_equal(a.n_other, 2);
    assert_str(a.other[0].name, "uid");
    assert_str(a.other[1].value, "kept");
    pail_attrs_done(&a);
}

static void test_symlink(void **state)
{
    struct pail_attrs a = {.has = PAIL_ATTR_MODE, .mode = S_IFLNK | 0777};
    assert_true(pail_attrs_is_symlink(&a));
    a.mode = S_IFREG | 0777;
    assert_false(pail_attrs_is_symlink(&a));
    a = (struct pail_attrs){.mode = S_IFLNK};
    assert_false(pail_attrs_is_symlink(&a));
}

static void fill(struct pail_attrs *a)
{
    static const struct pail_xattr xattrs[] = {
        {{"user.a", 6}, {"1", 1}}, {{"user.b", 6}, {"\0\xff", 2}}, {{"user.empty", 10}, {"", 0}}};
    static const struct pail_s3_meta other[] = {{{"color", 5}, {"blue", 4}},
                                                {{"note", 4}, {"", 0}}};

    *a = (struct pail_attrs){
        .has = PAIL_ATTR_ALL,
        .mode = S_IFREG | 0640,
        .uid = 1000,
        .gid = UINT32_MAX,
        .mtime_ns = 1700000000 * S + 5,
        .ctime_ns = -1,
        .xattrs = xattrs,
        .n_xattrs = 3,
        .other = other,
        .n_other = 2,
        .content_type = PAIL_STR("text/plain"),
        .cache_control = PAIL_STR("no-cache"),
        .content_language = PAIL_STR("de"),
    };
}

static void assert_same(const struct pail_attrs *a, const struct pail_attrs *b)
{
    struct pail_buf x = PAIL_BUF_INIT(1 << 20), y = PAIL_BUF_INIT(1 << 20);
    assert_ok(pail_attrs_pack(a, &x, NULL), NULL);
    assert_ok(pail_attrs_pack(b, &y, NULL), NULL);
    assert_true(pail_str_eq(pail_buf_view(&x), pail_buf_view(&y)));
    pail_buf_done(&x);
    pail_buf_done(&y);
}

static void test_pack(void **state)
{
    struct pail_attrs a, b, c;
    struct pail_buf packed = PAIL_BUF_INIT(1 << 20);
    struct pail_error err = PAIL_ERROR_INIT;

    fill(&a);
    assert_ok(pail_attrs_pack(&a, &packed, &err), &err);
    pail_attrs_init(&b);
    assert_ok(pail_attrs_unpack(&b, pail_buf_view(&packed), &err), &err);
    assert_int_equal(b.has, a.has);
    assert_int_equal(b.mode, a.mode);
    assert_true(b.gid == UINT32_MAX && b.uid == 1000);
    assert_true(b.mtime_ns == a.mtime_ns && b.ctime_ns == -1);
    assert_int_equal(b.n_xattrs, 3);
    assert_true(pail_str_eq(b.xattrs[1].value, pail_strn("\0\xff", 2)));
    assert_int_equal(b.n_other, 2);
    assert_str(b.content_type, "text/plain");
    assert_str(b.content_encoding, "");
    assert_str(b.cache_control, "no-cache");
    assert_str(b.content_language, "de");
    assert_same(&a, &b);

    pail_attrs_init(&c);
    assert_ok(pail_attrs_copy(&c, &b, &err), &err);
    pail_attrs_done(&b);
    assert_same(&a, &c);
    assert_ok(pail_attrs_copy(&c, &c, &err), &err); /* onto itself */
    assert_same(&a, &c);
    pail_attrs_done(&c);
    pail_buf_done(&packed);
}

static void test_pack_limits(void **state)
{
    static const int64_t times[] = {0, 1, -1, INT64_MAX, INT64_MIN, 63, 64, -64, -65};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(times); i++) {
        struct pail_attrs a = {.has = PAIL_ATTR_MTIME, .mtime_ns = times[i]}, b;
        struct pail_buf packed = PAIL_BUF_INIT(1000);
        assert_ok(pail_attrs_pack(&a, &packed, NULL), NULL);
        pail_attrs_init(&b);
        assert_ok(pail_attrs_unpack(&b, pail_buf_view(&packed), NULL), NULL);
        assert_true(b.mtime_ns == times[i]);
        pail_attrs_done(&b);
        pail_buf_done(&packed);
    }
}

/* Anything that unpacks is the packed form of what came out. */
static void feed(const char *p, size_t n)
{
    struct pail_attrs a;
    struct pail_buf again = PAIL_BUF_INIT(1 << 20);
    struct pail_error err = PAIL_ERROR_INIT;
    char *exact = pail_alloc(n ? n : 1);

    assert_non_null(exact);
    memcpy(exact, p, n);
    pail_attrs_init(&a);
    int rc = pail_attrs_unpack(&a, pail_strn(exact, n), &err);
    if (rc == 0) {
        assert_ok(pail_attrs_pack(&a, &again, &err), &err);
        assert_int_equal(again.len, n);
        assert_memory_equal(again.ptr, exact, n);
        pail_attrs_done(&a);
    } else {
        assert_code(rc, PAIL_E_PARSE);
        assert_null(a.impl);
    }
    pail_buf_done(&again);
    pail_free(exact);
}

static void test_unpack_mutated(void **state)
{
    struct pail_attrs a;
    struct pail_buf packed = PAIL_BUF_INIT(1 << 20);
    char text[512];

    fill(&a);
    assert_ok(pail_attrs_pack(&a, &packed, NULL), NULL);
    assert_true(packed.len < sizeof(text));
    for (size_t n = 0; n <= packed.len; n++)
        feed(packed.ptr, n);
    for (size_t i = 0; i < packed.len; i++) {
        for (unsigned v = 0; v < 256; v++) {
            memcpy(text, packed.ptr, packed.len);
            text[i] = (char)v;
            feed(text, packed.len);
        }
        memcpy(text, packed.ptr, packed.len);
        memmove(text + i, text + i + 1, packed.len - i - 1);
        feed(text, packed.len - 1);
    }
    memcpy(text, packed.ptr, packed.len);
    text[packed.len] = 0; /* one byte too many */
    assert_code(pail_attrs_unpack(&a, pail_strn(text, packed.len + 1), NULL), PAIL_E_PARSE);
    pail_buf_done(&packed);
}

static struct pail_str meta_of(const struct pail_attrs_headers *h, const char *name)
{
    struct pail_str found = {NULL, 0};
    for (size_t i = 0; i < h->attributes.n_meta; i++) {
        if (pail_str_eqz(h->attributes.meta[i].name, name)) {
            assert_null(found.ptr); /* once */
            found = h->attributes.meta[i].value;
        }
    }
    return found;
}

static void test_headers(void **state)
{
    struct pail_attrs a;
    struct pail_attrs_headers h;
    struct pail_error err = PAIL_ERROR_INIT;

    fill(&a);
    assert_ok(pail_attrs_to_headers(&a, PAIL_STR("x.html"), false, &h, &err), &err);
    assert_str(meta_of(&h, "mode"), "33184");
    assert_str(meta_of(&h, "uid"), "1000");
    assert_str(meta_of(&h, "gid"), "4294967295");
    assert_str(meta_of(&h, "mtime"), "1700000000.000000005");
    assert_str(meta_of(&h, "ctime"), "-0.000000001");
    assert_str(meta_of(&h, "color"), "blue");
    assert_non_null(meta_of(&h, "note").ptr);
    assert_str(meta_of(&h, "xattr"), "%7B%22user.a%22%3A%22MQ%3D%3D%22%2C%22user.b%22%3A%22AP8%3D%"
                                     "22%2C%22user.empty%22%3A%22%22%7D");
    assert_str(h.attributes.content_type, "text/plain"); /* what is set is not guessed */
    assert_str(h.attributes.cache_control, "no-cache");
    assert_str(h.attributes.content_language, "de");
    assert_int_equal(h.attributes.content_encoding.len, 0);

    /* And back. */
    const struct pail_s3_object o = {
        .meta = h.attributes.meta,
        .n_meta = h.attributes.n_meta,
        .content_type = h.attributes.content_type,
        .cache_control = h.attributes.cache_control,
        .content_language = h.attributes.content_language,
    };
    struct pail_attrs b;
    pail_attrs_init(&b);
    assert_ok(pail_attrs_from_object(&b, &o, &err), &err);
    assert_same(&a, &b);
    pail_attrs_done(&b);
    pail_attrs_headers_done(&h);
}

static void test_headers_mode(void **state)
{
    struct pail_attrs a = {.has = PAIL_ATTR_MODE, .mode = 0755};
    struct pail_attrs_headers h;

    assert_ok(pail_attrs_to_headers(&a, PAIL_STR("x.PNG"), false, &h, NULL), NULL);
    assert_str(meta_of(&h, "mode"), "33261");
    assert_null(meta_of(&h, "uid").ptr);
    assert_str(h.attributes.content_type, "image/png");
    pail_attrs_headers_done(&h);
    assert_ok(pail_attrs_to_headers(&a, PAIL_STR("x.png"), true, &h, NULL), NULL);
    assert_str(meta_of(&h, "mode"), "16877");
    assert_str(h.attributes.content_type, "application/x-directory");
    pail_attrs_headers_done(&h);
}

/* A name that we write replaces what was not understood under it. */
static void test_headers_replace(void **state)
{
    const struct pail_s3_meta m[] = {{PAIL_STR("mode"), PAIL_STR("rwx")},
                                     {PAIL_STR("xattr"), PAIL_STR("junk")}};
    struct pail_attrs a;
    struct pail_attrs_headers h;
    struct pail_error err = PAIL_ERROR_INIT;

    from_meta(&a, m, 2);
    assert_int_equal(a.n_other, 2);
    assert_ok(pail_attrs_to_headers(&a, PAIL_STR("f"), false, &h, NULL), NULL);
    assert_str(meta_of(&h, "mode"), "rwx");
    assert_str(meta_of(&h, "xattr"), "junk");
    pail_attrs_headers_done(&h);
    a.has = PAIL_ATTR_MODE;
    a.mode = 0600;
    assert_ok(pail_attrs_set_xattr(&a, PAIL_STR("user.x"), PAIL_STR("y"), &err), &err);
    assert_ok(pail_attrs_to_headers(&a, PAIL_STR("f"), false, &h, NULL), NULL);
    assert_str(meta_of(&h, "mode"), "33152");
    assert_str(meta_of(&h, "xattr"), "%7B%22user.x%22%3A%22eQ%3D%3D%22%7D");
    pail_attrs_headers_done(&h);
    pail_attrs_done(&a);
}

static void test_headers_words(void **state)
{
    char accents[61];
    for (size_t i = 0; i < 60; i += 2)
        memcpy(accents + i, "\xc3\xa4", 2);
    accents[60] = '\0';
    const struct pail_s3_meta m[] = {{PAIL_STR("short"), PAIL_STR("\xc3\xa4")},
                                     {PAIL_STR("long"), pail_str(accents)},
                                     {PAIL_STR("literal"), PAIL_STR("=?UTF-8?B?eA==?=")},
                                     {PAIL_STR("blank"), PAIL_STR(" x")},
                                     {PAIL_STR("raw"), PAIL_STR("\xff")}};
    struct pail_attrs a;
    struct pail_attrs_headers h;

    from_meta(&a, m, PAIL_ARRAY_LEN(m));
    assert_ok(pail_attrs_to_headers(&a, PAIL_STR("f"), false, &h, NULL), NULL);
    assert_str(meta_of(&h, "short"), "=?UTF-8?B?w6Q=?=");
    /* 22 whole characters, then 8 */
    assert_str(meta_of(&h, "long"),
               "=?UTF-8?B?w6TDpMOkw6TDpMOkw6TDpMOkw6TDpMOkw6TDpMOkw6TDpMOkw6TDpMOkw6Q=?= "
               "=?UTF-8?B?w6TDpMOkw6TDpMOkw6TDpA==?=");
    assert_str(meta_of(&h, "literal"), "=?UTF-8?B?PT9VVEYtOD9CP2VBPT0/PQ==?=");
    assert_str(meta_of(&h, "blank"), "=?UTF-8?B?IHg=?=");
    assert_str(meta_of(&h, "raw"), "=?UTF-8?B?/w==?=");
    pail_attrs_headers_done(&h);
    pail_attrs_done(&a);
}

static void test_content_type(void **state)
{
    static const char *const rows[][2] = {
        {"a.txt", "text/plain"},
        {"A.JPG", "image/jpeg"},
        {"a.tar.gz", "application/gzip"},
        {"a", "application/octet-stream"},
        {".html", "application/octet-stream"},
        {"a.", "application/octet-stream"},
        {"a.unknown", "application/octet-stream"},
        {"", "application/octet-stream"},
        {"index.html", "text/html"},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(rows); i++)
        assert_str(pail_content_type(pail_str(rows[i][0])), rows[i][1]);
}

static void test_xattr_set(void **state)
{
    struct pail_attrs a;
    struct pail_error err = PAIL_ERROR_INIT;

    pail_attrs_init(&a);
    assert_ok(pail_attrs_set_xattr(&a, PAIL_STR("user.b"), PAIL_STR("2"), &err), &err);
    assert_ok(pail_attrs_set_xattr(&a, PAIL_STR("user.a"), PAIL_STR("1"), &err), &err);
    assert_ok(pail_attrs_set_xattr(&a, PAIL_STR("user.c"), PAIL_STR(""), &err), &err);
    assert_ok(pail_attrs_set_xattr(&a, PAIL_STR("user.b"), PAIL_STR("3"), &err), &err);
    assert_int_equal(a.n_xattrs, 3);
    assert_str(a.xattrs[0].name, "user.a");
    assert_str(a.xattrs[1].value, "3");
    assert_str(a.xattrs[2].value, "");
    assert_ok(pail_attrs_set_xattr(&a, PAIL_STR("user.a"), pail_strn(NULL, 0), &err), &err);
    assert_int_equal(a.n_xattrs, 2);
    assert_code(pail_attrs_set_xattr(&a, PAIL_STR("user.a"), pail_strn(NULL, 0), &err),
                PAIL_E_FS_NODATA);
    assert_code(pail_attrs_set_xattr(&a, PAIL_STR(""), PAIL_STR("x"), &err), PAIL_E_FS_INVAL);
    assert_code(pail_attrs_set_xattr(&a, PAIL_STR("user.\xff"), PAIL_STR("x"), &err),
                PAIL_E_FS_INVAL);
    assert_int_equal(a.n_xattrs, 2);
    pail_attrs_done(&a);
}

static void test_xattr_limit(void **state)
{
    char big[4096];
    char name[32];
    struct pail_attrs a;
    struct pail_error err = PAIL_ERROR_INIT;
    int rc = 0, n = 0;

    memset(big, 'x', sizeof(big));
    pail_attrs_init(&a);
    assert_code(pail_attrs_set_xattr(&a, PAIL_STR("user.big"), pail_strn(big, 4096), &err),
                PAIL_E_TOO_BIG);
    assert_code(pail_attrs_set_xattr(&a, PAIL_STR("user.big"), pail_strn(big, 1800), &err),
                PAIL_E_TOO_BIG);
    assert_int_equal(a.n_xattrs, 0);
    while (rc == 0 && n < 100) {
        snprintf(name, sizeof(name), "user.%02d", n++);
        rc = pail_attrs_set_xattr(&a, pail_str(name), pail_strn(big, 100), &err);
    }
    assert_code(rc, PAIL_E_FS_NOSPC);
    assert_true(n > 8 && n < 16);

    /* What was accepted fits, with everything else at its largest. */
    a.has = PAIL_ATTR_ALL;
    a.uid = a.gid = UINT32_MAX;
    a.mtime_ns = a.ctime_ns = INT64_MAX;
    struct pail_attrs_headers h;
    assert_ok(pail_attrs_to_headers(&a, PAIL_STR("f"), false, &h, &err), &err);
    size_t total = 0;
    for (size_t i = 0; i < h.attributes.n_meta; i++)
        total += h.attributes.meta[i].name.len + h.attributes.meta[i].value.len;
    assert_true(total <= 2048);
    pail_attrs_headers_done(&h);
    /* Removing is always possible. */
    assert_ok(pail_attrs_set_xattr(&a, PAIL_STR("user.00"), pail_strn(NULL, 0), &err), &err);
    pail_attrs_done(&a);
}

static void test_xattr_parse(void **state)
{
    static const struct {
        const char *header;
        int n; /* < 0: malformed */
    } rows[] = {
        {"%7B%22user.x%22%3A%22eQ%3D%3D%22%7D", 1},
        {"{\"user.x\":\"eQ==\"}", 1},
        {"{\"user.b\":\"\",\"user.a\":\"eQ==\"}", 2},
        {"{}", 0},
        {"", -1},
        {"[]", -1},
        {"{\"user.x\":1}", -1},
        {"{\"user.x\":\"***\"}", -1},
        {"{\"\":\"eQ==\"}", -1},
        {"{\"user.x\\u0000\":\"eQ==\"}", -1},
        {"%7B%22user.x%22", -1},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(rows); i++) {
        struct pail_xattr_set set;
        int rc = pail_xattr_set_parse(pail_str(rows[i].header), &set, NULL);
        if (rows[i].n < 0) {
            assert_code(rc, PAIL_E_PARSE);
            continue;
        }
        assert_ok(rc, NULL);
        assert_int_equal(set.n, rows[i].n);
        for (size_t k = 1; k < set.n; k++)
            assert_true(pail_str_cmp(set.v[k - 1].name, set.v[k].name) < 0);
        pail_xattr_set_done(&set);
    }
}

/* Each allocation in turn fails: an error, nothing lost, nothing leaked. */
static void test_no_memory(void **state)
{
    const struct pail_s3_meta m[] = {
        {PAIL_STR("mode"), PAIL_STR("33188")},
        {PAIL_STR("xattr"), PAIL_STR("%7B%22user.x%22%3A%22eQ%3D%3D%22%7D")},
        {PAIL_STR("note"), PAIL_STR("n")}};
    const struct pail_s3_object o = {.meta = m, .n_meta = 3};
    uint64_t live = pail_alloc_live();
    int rc = PAIL_E_NOMEM;

    for (uint64_t n = 1; rc; n++) {
        struct pail_attrs a;
        struct pail_attrs_headers h;
        struct pail_error err = PAIL_ERROR_INIT;
        assert_true(n < 200);
        pail_attrs_init(&a);
        pail_alloc_fail_at(n);
        rc = pail_attrs_from_object(&a, &o, &err);
        if (rc == 0)
            rc = pail_attrs_set_xattr(&a, PAIL_STR("user.y"), PAIL_STR("z"), &err);
        if (rc == 0)
            rc = pail_attrs_to_headers(&a, PAIL_STR("f"), false, &h, &err);
        pail_alloc_fail_at(0);
        if (rc == 0)
            pail_attrs_headers_done(&h);
        else
            assert_code(rc, PAIL_E_NOMEM);
        pail_attrs_done(&a);
        assert_int_equal(pail_alloc_live(), live);
    }
}

PAIL_TEST_MAIN(cmocka_unit_test(test_one_name), cmocka_unit_test(test_precedence),
               cmocka_unit_test(test_symlink), cmocka_unit_test(test_pack),
               cmocka_unit_test(test_pack_limits), cmocka_unit_test(test_unpack_mutated),
               cmocka_unit_test(test_headers), cmocka_unit_test(test_headers_mode),
               cmocka_unit_test(test_headers_replace), cmocka_unit_test(test_headers_words),
               cmocka_unit_test(test_content_type), cmocka_unit_test(test_xattr_set),
               cmocka_unit_test(test_xattr_limit), cmocka_unit_test(test_xattr_parse),
               cmocka_unit_test(test_no_memory))
