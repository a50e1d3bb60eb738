/* SPDX-License-Identifier: Apache-2.0 */
/* Listings against a plain reference: the sorted array of all keys, filtered and grouped the slow
 * way, page by page. */
#include "fake/rig.h"

#include "fake/index.h"

#define N_KEYS 400

static uint64_t seed = 42;

static unsigned draw(unsigned n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % n;
}

struct keys {
    char v[N_KEYS][16];
    size_t n;
};

static int by_bytes(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Short keys over a small alphabet: many share prefixes, many hold delimiters. */
static void make_keys(struct keys *k, struct rig *r)
{
    static const char alphabet[] = "ab/-\xc3";
    k->n = 0;
    for (size_t i = 0; i < N_KEYS; i++) {
        char *key = k->v[k->n];
        size_t n = 1 + draw(9);
        for (size_t c = 0; c < n; c++)
            key[c] = alphabet[draw(5)];
        key[n] = '\0';
        if (fake_s3_get(r->s3, "bkt", key, NULL, NULL))
            continue;
        assert_true(fake_s3_put(r->s3, "bkt", key, "x", 1, NULL, 0, RIG_NOW));
        k->n++;
    }
    qsort(k->v, k->n, sizeof(k->v[0]), by_bytes);
}

/* All that a listing shows, in order of names: "key\n" and, for groups, "prefix*\n". */
static void reference(const struct keys *k, const char *prefix, const char *delimiter,
                      const char *after, struct fake_buf *ret)
{
    char last[32] = "";
    for (size_t i = 0; i < k->n; i++) {
        const char *key = k->v[i];
        if (strncmp(key, prefix, strlen(prefix)) != 0 || strcmp(key, after) <= 0)
            continue;
        const char *d = *delimiter ? strstr(key + strlen(prefix), delimiter) : NULL;
        if (!d) {
            fake_buf_fmt(ret, "%s\n", key);
            continue;
        }
        char group[32];
        snprintf(group, sizeof(group), "%.*s", (int)(d - key) + (int)strlen(delimiter), key);
        if (strcmp(group, last) != 0 && strcmp(group, after) != 0)
            fake_buf_fmt(ret, "%s*\n", group);
        snprintf(last, sizeof(last), "%s", group);
    }
}

struct names {
    char v[1000][24];
    size_t n;
};

static void collect(const char *body, const char *open, const char *mark, struct names *ret)
{
    for (const char *p = body; (p = strstr(p, open));) {
        p += strlen(open);
        char *name;
        size_t n;
        assert_true(fake_pct_decode(p, strcspn(p, "<"), &name, &n));
        snprintf(ret->v[ret->n++], sizeof(ret->v[0]), "%s%s", name, mark);
        free(name);
    }
}

/* Groups and keys of a page come apart in the document; together they must be in order. '*' sorts
 * before '-' and '/', so a group never moves behind. */
static int by_name(const void *a, const void *b)
{
    char x[24], y[24];
    snprintf(x, sizeof(x), "%.*s", (int)strcspn(a, "*"), (const char *)a);
    snprintf(y, sizeof(y), "%.*s", (int)strcspn(b, "*"), (const char *)b);
    return strcmp(x, y);
}

static void read_page(struct rig *r, struct fake_buf *ret, size_t max)
{
    static struct names page;
    page.n = 0;
    collect(r->last.body, "<Contents><Key>", "", &page);
    collect(r->last.body, "<CommonPrefixes><Prefix>", "*", &page);
    assert_true(page.n <= max);
    qsort(page.v, page.n, sizeof(page.v[0]), by_name);
    for (size_t i = 0; i < page.n; i++)
        fake_buf_fmt(ret, "%s\n", page.v[i]);
}

static void add_param(struct fake_buf *url, const char *name, const char *value)
{
    fake_buf_fmt(url, "&%s=", name);
    fake_pct_encode(url, value, strlen(value), FAKE_PCT_ALL);
}

static void list_v2(struct rig *r, const char *prefix, const char *delimiter, const char *after,
                    size_t max, struct fake_buf *ret)
{
    char token[256] = "";
    do {
        struct fake_buf url = {0};
        fake_buf_fmt(&url, "/bkt?list-type=2&encoding-type=url&max-keys=%zu", max);
        add_param(&url, "prefix", prefix);
        add_param(&url, "delimiter", delimiter);
        add_param(&url, "start-after", after);
        if (*token)
            add_param(&url, "continuation-token", token);
        assert_int_equal(ask(r, "GET", url.p, NULL, NULL), 200);
        fake_buf_done(&url);
        read_page(r, ret, max);
        bool more = strcmp(element(r, "IsTruncated"), "true") == 0;
        snprintf(token, sizeof(token), "%s", element(r, "NextContinuationToken"));
        assert_int_equal(more, *token != '\0');
    } while (*token);
}

static void list_v1(struct rig *r, const char *prefix, const char *delimiter, size_t max,
                    struct fake_buf *ret)
{
    char marker[64] = "";
    bool more;
    do {
        struct fake_buf url = {0};
        fake_buf_fmt(&url, "/bkt?encoding-type=url&max-keys=%zu", max);
        add_param(&url, "prefix", prefix);
        add_param(&url, "delimiter", delimiter);
        add_param(&url, "marker", marker);
        assert_int_equal(ask(r, "GET", url.p, NULL, NULL), 200);
        fake_buf_done(&url);
        size_t before = ret->n;
        read_page(r, ret, max);
        more = strcmp(element(r, "IsTruncated"), "true") == 0;
        /* without NextMarker the last key is the next marker */
        const char *next = element(r, "NextMarker");
        size_t at = ret->n > before ? ret->n - 1 : before;
        while (at > before && ret->p[at - 1] != '\n')
            at--;
        if (*next) {
            char *name;
            size_t n;
            assert_true(fake_pct_decode(next, strlen(next), &name, &n));
            snprintf(marker, sizeof(marker), "%s", name);
            free(name);
        } else {
            snprintf(marker, sizeof(marker), "%.*s", (int)(ret->n - at - 1), ret->p + at);
        }
    } while (more);
}

static void test_against_reference(void **state)
{
    static const char *const prefixes[] = {"", "a", "a/", "a/b", "/", "ab-", "zz", "\xc3"};
    static const char *const delimiters[] = {"", "/", "-", "b/", "\xc3"};
    static const char *const afters[] = {"", "a", "a/", "a/b", "b-", "~"};
    static struct keys k;
    struct rig r;
    rig_open(&r, NULL);
    make_keys(&k, &r);
    assert_true(k.n > N_KEYS / 2);
    for (size_t p = 0; p < 8; p++)
        for (size_t d = 0; d < 5; d++)
            for (size_t a = 0; a < 6; a++) {
                struct fake_buf want = {0}, got = {0};
                fake_buf_str(&want, "");
                fake_buf_str(&got, "");
                reference(&k, prefixes[p], delimiters[d], afters[a], &want);
                list_v2(&r, prefixes[p], delimiters[d], afters[a], 1 + draw(60), &got);
                assert_string_equal(got.p, want.p);
                fake_buf_done(&got);
                if (a == 0) {
                    fake_buf_str(&got, "");
                    list_v1(&r, prefixes[p], delimiters[d], 1 + draw(60), &got);
                    assert_string_equal(got.p, want.p);
                    fake_buf_done(&got);
                }
                fake_buf_done(&want);
            }
    rig_close(&r);
}

static void test_arguments(void **state)
{
    struct rig r;
    rig_open(&r, NULL);
    fake_s3_put(r.s3, "bkt", "a\1 +~", "x", 1, NULL, 0, RIG_NOW + 123);
    ask(&r, "GET", "/bkt?list-type=2&encoding-type=url", NULL, NULL);
    assert_string_equal(element(&r, "Key"), "a%01+%2B%7E");
    assert_string_equal(element(&r, "LastModified"), "2013-05-24T00:00:00.123Z");
    ask(&r, "GET", "/bkt?list-type=2", NULL, NULL);
    assert_string_equal(element(&r, "Key"), "a&#x1; +~");
    assert_string_equal(element(&r, "KeyCount"), "1");
    ask(&r, "GET", "/bkt?list-type=2&max-keys=0", NULL, NULL);
    assert_string_equal(element(&r, "IsTruncated"), "false");
    ask(&r, "GET", "/bkt?list-type=2&max-keys=5000", NULL, NULL);
    assert_string_equal(element(&r, "MaxKeys"), "1000");
    static const char *const bad[] = {"max-keys=-1", "max-keys=x", "encoding-type=b64",
                                      "continuation-token=x", "continuation-token="};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char url[80];
        snprintf(url, sizeof(url), "/bkt?list-type=2&%s", bad[i]);
        ask(&r, "GET", url, NULL, NULL);
        assert_answer(&r, 400, "InvalidArgument");
    }
    rig_close(&r);
}

/* The ordered map with many keys, in random order of coming and going. */
static void test_index(void **state)
{
    struct fake_index ix = {0};
    const size_t n = 20000;
    char *there = fake_xalloc(n);
    for (size_t i = 0; i < 3 * n; i++) {
        unsigned k = draw((unsigned)n);
        char key[16];
        snprintf(key, sizeof(key), "%05u", k);
        if (draw(3)) {
            fake_index_put(&ix, fake_view_of(key))->value = there;
            there[k] = 1;
        } else {
            assert_int_equal(fake_index_remove(&ix, fake_view_of(key)) != NULL, there[k]);
            there[k] = 0;
        }
    }
    struct fake_pos pos = {0};
    size_t count = 0;
    for (size_t k = 0; k < n; k++) {
        if (!there[k])
            continue;
        struct fake_entry *e = fake_index_next(&ix, &pos);
        assert_non_null(e);
        assert_int_equal(strtoul(e->key, NULL, 10), k);
        if (count % 97 == 0)
            assert_ptr_equal(fake_index_at(&ix, count), e);
        count++;
    }
    assert_null(fake_index_next(&ix, &pos));
    assert_int_equal(count, ix.count);
    fake_index_done(&ix, NULL);
    free(there);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_index),
        cmocka_unit_test(test_against_reference),
        cmocka_unit_test(test_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
