/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/headers.c - header fields in two arrays: text, and where each field lies in it.
 *
 * A request has a dozen fields and is built anew for each attempt, so a list that keeps its memory
 * costs nothing after the first time, and a linear search beats any index.
 *
 * Invariants: slot i's name begins at `at` and its value follows directly; slots are in the order
 * of their text, without gaps. A removal closes the gap, so that max_bytes is a bound on what is
 * there and not on what ever was.
 */
#include "http/headers.h"

#include "base/alloc.h"
#include "base/str.h"

struct pail_header_slot {
    uint32_t at, name_len, value_len;
};

void pail_headers_init(struct pail_headers *h, size_t max_bytes)
{
    *h = (struct pail_headers){0};
    pail_buf_init(&h->text, pail_min_u64(max_bytes, UINT32_MAX));
}

void pail_headers_done(struct pail_headers *h)
{
    pail_free(h->slots);
    pail_buf_done(&h->text);
    pail_headers_init(h, h->text.max);
}

void pail_headers_reset(struct pail_headers *h)
{
    h->n = 0;
    pail_buf_reset(&h->text);
}

/* What would end the line and let a value smuggle in further fields. */
static bool has_line_break(struct pail_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\r' || s.ptr[i] == '\n' || s.ptr[i] == '\0')
            return true;
    }
    return false;
}

static int validate(const struct pail_headers *h, struct pail_str name, struct pail_str value,
                    struct pail_error *err)
{
    if (!name.len || has_line_break(name) || pail_str_find(name, ':') != SIZE_MAX)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "header name \"%.*s\": not a name",
                              PAIL_STR_ARG(pail_str_sub(name, 0, 64)));
    if (has_line_break(value))
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "header %.*s: line break or NUL in the value", PAIL_STR_ARG(name));
    size_t room = h->text.max - h->text.len;
    if (name.len > room || value.len > room - name.len)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_TOO_BIG, "headers: more than %zu bytes",
                              h->text.max);
    return 0;
}

static int grow(struct pail_headers *h, struct pail_error *err)
{
    if (h->n < h->cap)
        return 0;
    size_t cap = h->cap ? h->cap * 2 : 16;
    struct pail_header_slot *slots = pail_reallocarray(h->slots, cap, sizeof(*slots));
    if (!slots)
        return pail_error_nomem(err);
    h->slots = slots;
    h->cap = cap;
    return 0;
}

int pail_headers_add(struct pail_headers *h, struct pail_str name, struct pail_str value,
                     struct pail_error *err)
{
    int rc = validate(h, name, value, err);
    if (rc == 0)
        rc = grow(h, err);
    if (rc < 0)
        return rc;

    size_t at = h->text.len;
    /* Two appends rather than one reserve: the views may lie in this very text, which appending
     * allows for one view at a time only. Both are relocated before the memory can move. */
    const char *base = h->text.ptr;
    bool own = base && value.ptr >= base && value.ptr < base + h->text.cap;
    size_t offset = own ? (size_t)(value.ptr - base) : 0;
    pail_buf_str(&h->text, name);
    if (own && !h->text.failed)
        value.ptr = h->text.ptr + offset;
    pail_buf_str(&h->text, value);
    if (h->text.failed) {
        h->text.failed = PAIL_BUF_OK; /* nothing is missing from the fields that are listed */
        pail_buf_truncate(&h->text, at);
        return pail_error_nomem(err);
    }
    h->slots[h->n++] = (struct pail_header_slot){
        .at = (uint32_t)at, .name_len = (uint32_t)name.len, .value_len = (uint32_t)value.len};
    return 0;
}

static bool is_named(const struct pail_headers *h, size_t i, struct pail_str name)
{
    const struct pail_header_slot *s = &h->slots[i];
    return pail_str_ieq(pail_strn(h->text.ptr + s->at, s->name_len), name);
}

static void remove_at(struct pail_headers *h, size_t i)
{
    struct pail_header_slot gone = h->slots[i];
    size_t len = (size_t)gone.name_len + gone.value_len, end = gone.at + len;

    memmove(h->text.ptr + gone.at, h->text.ptr + end, h->text.len - end);
    pail_buf_truncate(&h->text, h->text.len - len);
    h->n--;
    for (; i < h->n; i++) {
        h->slots[i] = h->slots[i + 1];
        h->slots[i].at -= (uint32_t)len;
    }
}

int pail_headers_set(struct pail_headers *h, struct pail_str name, struct pail_str value,
                     struct pail_error *err)
{
    size_t before = h->n;
    int rc = pail_headers_add(h, name, value, err);
    if (rc < 0)
        return rc;
    /* Only now: name and value may have been views of a field that goes. */
    for (size_t i = 0; i < before;) {
        struct pail_header added = pail_headers_at(h, h->n - 1);
        if (is_named(h, i, added.name)) {
            remove_at(h, i);
            before--;
        } else {
            i++;
        }
    }
    return 0;
}

void pail_headers_remove(struct pail_headers *h, const char *name)
{
    for (size_t i = 0; i < h->n;) {
        if (is_named(h, i, pail_str(name)))
            remove_at(h, i);
        else
            i++;
    }
}

struct pail_str pail_headers_get(const struct pail_headers *h, const char *name)
{
    struct pail_str wanted = pail_str(name);
    for (size_t i = 0; i < h->n; i++) {
        if (is_named(h, i, wanted))
            return pail_headers_at(h, i).value;
    }
    return (struct pail_str){0};
}

struct pail_header pail_headers_at(const struct pail_headers *h, size_t i)
{
    const struct pail_header_slot *s = &h->slots[i];
    const char *name = h->text.ptr + s->at;
    return (struct pail_header){.name = pail_strn(name, s->name_len),
                                .value = pail_strn(name + s->name_len, s->value_len)};
}

bool pail_header_line(struct pail_str line, struct pail_str *ret_name, struct pail_str *ret_value)
{
    size_t colon = pail_str_find(line, ':');
    if (colon == SIZE_MAX || line.ptr[0] == ' ' || line.ptr[0] == '\t')
        return false;
    *ret_name = pail_str_trim(pail_str_sub(line, 0, colon));
    *ret_value = pail_str_trim(pail_str_from(line, colon + 1));
    return true;
}
