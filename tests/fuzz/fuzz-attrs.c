/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same bytes as a packed row, as the value of the xattr header, and as metadata ("name=value"
 * lines). A row that unpacks is the packed form of what came out; attributes survive their way
 * through the headers.
 */
#include "base/str.h"
#include "sync/attrs_impl.h"

#include "fuzz.h"

#define LINES_MAX 16

static void pack(const struct pail_attrs *a, struct pail_buf *to)
{
    PAIL_FUZZ_CHECK(pail_attrs_pack(a, to, NULL) == 0);
}

static void check_row(struct pail_str text)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf again = PAIL_BUF_INIT(1 << 20);
    PAIL_CLEANUP(pail_attrs_done) struct pail_attrs a;

    pail_attrs_init(&a);
    if (pail_attrs_unpack(&a, text, NULL) < 0)
        return;
    pack(&a, &again);
    PAIL_FUZZ_CHECK(pail_str_eq(pail_buf_view(&again), text));
}

static void check_xattrs(struct pail_str text)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf header = PAIL_BUF_INIT(1 << 20);
    struct pail_xattr_set set, again;

    if (pail_xattr_set_parse(text, &set, NULL) < 0)
        return;
    pail_xattr_format(set.v, set.n, &header);
    PAIL_FUZZ_CHECK(!header.failed);
    PAIL_FUZZ_CHECK(pail_xattr_set_parse(pail_buf_view(&header), &again, NULL) == 0);
    PAIL_FUZZ_CHECK(again.n == set.n);
    for (size_t i = 0; i < set.n; i++) {
        PAIL_FUZZ_CHECK(i == 0 || pail_str_cmp(set.v[i - 1].name, set.v[i].name) < 0);
        PAIL_FUZZ_CHECK(pail_str_eq(set.v[i].name, again.v[i].name));
        PAIL_FUZZ_CHECK(pail_str_eq(set.v[i].value, again.v[i].value));
    }
    pail_xattr_set_done(&set);
    pail_xattr_set_done(&again);
}

static size_t split(struct pail_str text, struct pail_s3_meta *to)
{
    struct pail_str line;
    size_t n = 0;

    while (n < LINES_MAX && pail_str_split(&text, '\n', &line)) {
        size_t equals = pail_str_find(line, '=');
        if (equals == SIZE_MAX || equals == 0)
            continue;
        to[n].name = pail_str_sub(line, 0, equals);
        to[n++].value = pail_str_from(line, equals + 1);
    }
    return n;
}

/* What is written is understood as it was meant. Numbers keep their type of file; what was carried
 * along may be encoded. */
static void check_headers(const struct pail_attrs *a)
{
    PAIL_CLEANUP(pail_attrs_done) struct pail_attrs back;
    struct pail_attrs_headers h;

    pail_attrs_init(&back);
    if (pail_attrs_to_headers(a, PAIL_STR("f.txt"), false, &h, NULL) < 0)
        return; /* too large */
    const struct pail_s3_object o = {.meta = h.metas, .n_meta = h.attributes.n_meta};
    PAIL_FUZZ_CHECK(pail_attrs_from_object(&back, &o, NULL) == 0);
    PAIL_FUZZ_CHECK((back.has & a->has) == a->has && back.n_xattrs >= a->n_xattrs);
    if (a->has & PAIL_ATTR_MODE)
        PAIL_FUZZ_CHECK((back.mode & 07777) == (a->mode & 07777));
    if (a->has & PAIL_ATTR_MTIME)
        PAIL_FUZZ_CHECK(back.mtime_ns == a->mtime_ns);
    if (a->has & PAIL_ATTR_CTIME)
        PAIL_FUZZ_CHECK(back.ctime_ns == a->ctime_ns);
    pail_attrs_headers_done(&h);
}

static void check_meta(struct pail_str text)
{
    struct pail_s3_meta meta[LINES_MAX];
    const struct pail_s3_object o = {.meta = meta, .n_meta = split(text, meta)};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf packed = PAIL_BUF_INIT(1 << 22);
    PAIL_CLEANUP(pail_attrs_done) struct pail_attrs a;

    pail_attrs_init(&a);
    PAIL_FUZZ_CHECK(pail_attrs_from_object(&a, &o, NULL) == 0);
    pack(&a, &packed);
    check_row(pail_buf_view(&packed));
    check_headers(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pail_str text = pail_strn((const char *)data, size);

    check_row(text);
    check_xattrs(text);
    check_meta(text);
    return 0;
}
