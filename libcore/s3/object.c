/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/object.c - what headers say about an object.
 *
 * One allocation for an object: the metadata array, then all texts. Its size is known beforehand,
 * because no text gets longer than its header (an ETag may gain two quotes).
 *
 * User metadata comes back as RFC 2047 words where somebody stored UTF-8 through AWS, and as raw
 * bytes from most other services; both are given to the caller as UTF-8.
 */
#include "s3/object.h"

#include "base/alloc.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/str.h"
#include "base/timefmt.h"
#include "crypto/checksum.h"
#include "s3/arena.h"

static const struct {
    const char *header;
    size_t offset;
} texts[] = {
    {"x-amz-version-id", offsetof(struct pail_s3_object, version_id)},
    {"content-type", offsetof(struct pail_s3_object, content_type)},
    {"cache-control", offsetof(struct pail_s3_object, cache_control)},
    {"content-disposition", offsetof(struct pail_s3_object, content_disposition)},
    {"content-language", offsetof(struct pail_s3_object, content_language)},
    {"x-amz-storage-class", offsetof(struct pail_s3_object, storage_class)},
    {"x-amz-restore", offsetof(struct pail_s3_object, restore)},
    {"x-amz-checksum-type", offsetof(struct pail_s3_object, checksum_type)},
};

/* The strongest guard first: what S3 computes by itself is CRC64NVME. */
static const enum pail_checksum_alg checksum_order[] = {
    PAIL_CK_CRC64NVME, PAIL_CK_CRC32C, PAIL_CK_CRC32, PAIL_CK_SHA1, PAIL_CK_SHA256,
};

#define META_PREFIX "x-amz-meta-"

static bool is_meta(struct pail_str name)
{
    struct pail_str prefix = PAIL_STR(META_PREFIX);
    return name.len > prefix.len && pail_str_ieq(pail_str_sub(name, 0, prefix.len), prefix);
}

/* ---- RFC 2047 ---- */

static bool decode_q(struct pail_buf *to, struct pail_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '_') {
            pail_buf_char(to, ' ');
        } else if (c != '=') {
            pail_buf_char(to, c);
        } else {
            int v = 0;
            if (text.len - i < 3)
                return false;
            for (size_t k = 1; k <= 2; k++) {
                char d = text.ptr[i + k];
                int digit = d >= '0' && d <= '9'   ? d - '0'
                            : d >= 'A' && d <= 'F' ? d - 'A' + 10
                            : d >= 'a' && d <= 'f' ? d - 'a' + 10
                                                   : -1;
                if (digit < 0)
                    return false;
                v = v * 16 + digit;
            }
            pail_buf_char(to, (char)v);
            i += 2;
        }
    }
    return true;
}

/* "=?UTF-8?B?...?=" at the beginning of text: its length, the decoded bytes appended; 0 when there
 * is none. */
static size_t decode_word(struct pail_buf *to, struct pail_str text)
{
    struct pail_str rest = pail_str_from(text, 2), charset, encoding, word;

    if (!pail_str_starts(text, PAIL_STR("=?")) || !pail_str_split(&rest, '?', &charset) ||
        !pail_str_split(&rest, '?', &encoding) || !pail_str_split(&rest, '?', &word) ||
        !pail_str_starts(rest, PAIL_STR("=")))
        return 0;
    if (!pail_str_ieq(charset, PAIL_STR("UTF-8")) && !pail_str_ieq(charset, PAIL_STR("US-ASCII")))
        return 0;

    size_t before = to->len;
    bool ok = false;
    if (pail_str_ieq(encoding, PAIL_STR("B")))
        ok = pail_base64_decode(to, word, NULL) == 0;
    else if (pail_str_ieq(encoding, PAIL_STR("Q")))
        ok = decode_q(to, word);
    if (!ok) {
        pail_buf_truncate(to, before);
        return 0;
    }
    return (size_t)(rest.ptr + 1 - text.ptr);
}

void pail_s3_decode_words(struct pail_buf *to, struct pail_str text)
{
    bool after_word = false;

    while (text.len) {
        /* Blanks between two words belong to neither. */
        size_t blank = 0;
        while (blank < text.len && (text.ptr[blank] == ' ' || text.ptr[blank] == '\t'))
            blank++;
        size_t before = to->len;
        if (!after_word)
            pail_buf_append(to, text.ptr, blank);
        size_t n = decode_word(to, pail_str_from(text, blank));
        if (n) {
            text = pail_str_from(text, blank + n);
            after_word = true;
            continue;
        }
        pail_buf_truncate(to, before);
        size_t next = blank < text.len ? blank + 1 : blank;
        while (next < text.len && text.ptr[next] != ' ' && text.ptr[next] != '\t' &&
               text.ptr[next] != '=')
            next++;
        pail_buf_append(to, text.ptr, next);
        text = pail_str_from(text, next);
        after_word = false;
    }
}

/* ---- Answers ---- */

static struct pail_str *text_at(struct pail_s3_object *o, size_t offset)
{
    return (struct pail_str *)((char *)o + offset);
}

/* What the whole object may need, with room for every header there is. */
static void measure(const struct pail_headers *h, size_t *ret_text, size_t *ret_meta)
{
    size_t text = 2, meta = 0;

    for (size_t i = 0; i < h->n; i++) {
        struct pail_header field = pail_headers_at(h, i);
        text += field.name.len + field.value.len;
        if (is_meta(field.name))
            meta++;
    }
    *ret_text = text;
    *ret_meta = meta;
}

static void add_encoding(struct pail_s3_arena *a, struct pail_str value, struct pail_str *ret)
{
    struct pail_str item;
    size_t start = a->len;

    /* How it travelled, not what it is; some services keep it on the object. */
    while (pail_str_split(&value, ',', &item)) {
        item = pail_str_trim(item);
        if (item.len == 0 || pail_str_ieq(item, PAIL_STR("aws-chunked")))
            continue;
        if (a->len > start)
            pail_s3_arena_add(a, PAIL_STR(","));
        pail_s3_arena_add(a, item);
    }
    if (a->len > start)
        *ret = pail_strn(a->ptr + start, a->len - start);
}

static int add_meta(struct pail_s3_arena *a, struct pail_header field, struct pail_s3_meta *ret,
                    struct pail_error *err)
{
    struct pail_buf decoded PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(field.value.len);
    struct pail_str value = field.value;

    if (pail_str_find_str(value, PAIL_STR("=?")) != SIZE_MAX) {
        pail_s3_decode_words(&decoded, value);
        int rc = pail_buf_check(&decoded, "metadata of an object", err);
        if (rc < 0)
            return rc;
        value = pail_buf_view(&decoded);
    }
    ret->name = pail_s3_arena_add(a, pail_str_from(field.name, sizeof(META_PREFIX) - 1));
    for (size_t i = 0; i < ret->name.len; i++) {
        char *c = (char *)ret->name.ptr + i;
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    }
    ret->value = pail_s3_arena_add(a, value);
    return 0;
}

static void add_checksum(struct pail_s3_arena *a, const struct pail_headers *h,
                         struct pail_s3_object *o)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(checksum_order); i++) {
        const struct pail_checksum_info *info = pail_checksum_info(checksum_order[i]);
        struct pail_str value = pail_headers_get(h, info->header);
        if (value.len) {
            o->checksum_name = pail_str(info->header); /* a literal */
            o->checksum_value = pail_s3_arena_add(a, value);
            return;
        }
    }
}

static void add_fields(struct pail_s3_arena *a, const struct pail_headers *h,
                       struct pail_s3_object *o)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(texts); i++) {
        struct pail_str value = pail_headers_get(h, texts[i].header);
        if (value.len)
            *text_at(o, texts[i].offset) = pail_s3_arena_add(a, value);
    }
    o->etag = pail_s3_arena_etag(a, pail_headers_get(h, "etag"));
    add_encoding(a, pail_headers_get(h, "content-encoding"), &o->content_encoding);
    add_checksum(a, h, o);

    int64_t unix_s;
    struct pail_str date = pail_headers_get(h, "last-modified");
    if (date.len && pail_time_parse_http(date, &unix_s, NULL) == 0)
        o->mtime_ns = unix_s * PAIL_NS_PER_S;
    o->delete_marker = pail_str_ieq(pail_headers_get(h, "x-amz-delete-marker"), PAIL_STR("true"));
}

void pail_s3_object_clear(struct pail_s3_object *o)
{
    *o = (struct pail_s3_object){0};
}

int pail_s3_object_parse(const struct pail_headers *headers, uint64_t size,
                         struct pail_s3_object *ret, struct pail_error *err)
{
    size_t text_len, n_meta;
    struct pail_s3_object o;

    measure(headers, &text_len, &n_meta);
    char *block = pail_alloc(n_meta * sizeof(struct pail_s3_meta) + text_len);
    if (!block)
        return pail_error_nomem(err);
    struct pail_s3_meta *meta = (struct pail_s3_meta *)block;
    struct pail_s3_arena a = {.ptr = block + n_meta * sizeof(*meta), .cap = text_len};

    pail_s3_object_clear(&o);
    o.size = UINT64_MAX;
    add_fields(&a, headers, &o);
    uint64_t length;
    if (pail_str_to_u64(pail_headers_get(headers, "content-length"), &length))
        o.size = length;
    if (size != UINT64_MAX)
        o.size = size;
    for (size_t i = 0, at = 0; i < headers->n; i++) {
        struct pail_header field = pail_headers_at(headers, i);
        if (!is_meta(field.name))
            continue;
        int rc = add_meta(&a, field, &meta[at++], err);
        if (rc < 0) {
            pail_free(block);
            return rc;
        }
    }
    if (a.full) {
        pail_free(block);
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_INTERNAL, "headers of an object: no room");
    }
    o.meta = n_meta ? meta : NULL;
    o.n_meta = n_meta;
    o.impl = block;
    *ret = o;
    return 0;
}

void pail_s3_object_done(struct pail_s3_object *o)
{
    if (!o)
        return;
    pail_free(o->impl);
    pail_s3_object_clear(o);
}

/* Every view of an object, in turn; NULL past the last. */
static struct pail_str *view_at(struct pail_s3_object *o, size_t i)
{
    struct pail_str *others[] = {&o->etag, &o->content_encoding, &o->checksum_name,
                                 &o->checksum_value};

    if (i < PAIL_ARRAY_LEN(texts))
        return text_at(o, texts[i].offset);
    i -= PAIL_ARRAY_LEN(texts);
    return i < PAIL_ARRAY_LEN(others) ? others[i] : NULL;
}

int pail_s3_object_copy(struct pail_s3_object *to, const struct pail_s3_object *from,
                        struct pail_error *err)
{
    struct pail_s3_object o = *from;
    size_t text_len = 0;

    for (size_t i = 0; view_at(&o, i); i++)
        text_len += view_at(&o, i)->len;
    for (size_t i = 0; i < o.n_meta; i++)
        text_len += o.meta[i].name.len + o.meta[i].value.len;
    char *block = pail_alloc(o.n_meta * sizeof(*o.meta) + text_len + 1);
    if (!block)
        return pail_error_nomem(err);
    struct pail_s3_meta *meta = (struct pail_s3_meta *)block;
    struct pail_s3_arena a = {.ptr = block + o.n_meta * sizeof(*meta), .cap = text_len};

    for (size_t i = 0; view_at(&o, i); i++)
        *view_at(&o, i) = pail_s3_arena_add(&a, *view_at(&o, i));
    for (size_t i = 0; i < o.n_meta; i++) {
        meta[i].name = pail_s3_arena_add(&a, o.meta[i].name);
        meta[i].value = pail_s3_arena_add(&a, o.meta[i].value);
    }
    o.meta = o.n_meta ? meta : NULL;
    o.impl = block;
    *to = o;
    return 0;
}

bool pail_s3_content_range(struct pail_str value, uint64_t *ret_first, uint64_t *ret_last,
                           uint64_t *ret_total)
{
    struct pail_str rest = pail_str_trim(value), first, last;
    uint64_t a, b, total = UINT64_MAX;

    if (!pail_str_ieq(pail_str_sub(rest, 0, 6), PAIL_STR("bytes ")))
        return false;
    rest = pail_str_from(rest, 6);
    if (!pail_str_split(&rest, '-', &first) || !pail_str_split(&rest, '/', &last) || !rest.ptr)
        return false;
    if (!pail_str_to_u64(first, &a) || !pail_str_to_u64(last, &b) || b < a)
        return false;
    if (!pail_str_eqz(rest, "*") && (!pail_str_to_u64(rest, &total) || total <= b))
        return false;
    *ret_first = a;
    *ret_last = b;
    *ret_total = total;
    return true;
}
