/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --output json and text.
 *
 * text: the scalars of a structure on one line, by key, between tabs; what is nested follows, each
 * line led by its key in capitals. In a list of structures the columns are all keys that have a
 * scalar anywhere, so that lines have the same number of fields.
 */
#include "tools/service/output.h"

#include "base/alloc.h"
#include "base/str.h"
#include "base/value_json.h"
#include "base/value_repr.h"

void pail_out_json(struct pail_buf *to, const struct pail_value *v)
{
    static const struct pail_json_style style = {.indent = 4};
    pail_value_to_json(to, v, &style);
    pail_buf_char(to, '\n');
}

static bool is_many(const struct pail_value *v)
{
    return pail_value_type(v) == PAIL_VAL_LIST || pail_value_type(v) == PAIL_VAL_MAP;
}

/* Keys in byte order, without doubles; owned by who asked. */
struct keys {
    struct pail_str *v;
    size_t n, cap;
    bool nomem;
};

static void add_key(struct keys *k, struct pail_str key)
{
    size_t low = 0, high = k->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (pail_str_cmp(k->v[mid], key) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    if (low < k->n && pail_str_eq(k->v[low], key))
        return;
    if (k->n == k->cap) {
        size_t cap = k->cap ? k->cap * 2 : 16;
        struct pail_str *v = pail_reallocarray(k->v, cap, sizeof(*v));
        if (!v) {
            k->nomem = true;
            return;
        }
        k->v = v;
        k->cap = cap;
    }
    memmove(k->v + low + 1, k->v + low, (k->n - low) * sizeof(*k->v));
    k->v[low] = key;
    k->n++;
}

static bool has_key(const struct keys *k, struct pail_str key)
{
    for (size_t i = 0; i < k->n; i++)
        if (pail_str_eq(k->v[i], key))
            return true;
    return false;
}

static void upper(struct pail_buf *to, struct pail_str s)
{
    for (size_t i = 0; i < s.len; i++)
        pail_buf_char(to,
                      s.ptr[i] >= 'a' && s.ptr[i] <= 'z' ? (char)(s.ptr[i] - 'a' + 'A') : s.ptr[i]);
}

static void item(struct pail_buf *to, const struct pail_value *v, struct pail_str identifier,
                 const struct keys *columns);

static void map(struct pail_buf *to, const struct pail_value *v, struct pail_str identifier,
                const struct keys *columns)
{
    struct keys scalars = {0}, nested = {0};
    for (size_t i = 0; i < pail_value_len(v); i++) {
        struct pail_str key = pail_value_key_at(v, i);
        bool many = is_many(pail_value_at(v, i));
        if (columns ? !has_key(columns, key) : many)
            add_key(&nested, key);
        else if (!columns)
            add_key(&scalars, key);
    }
    const struct keys *shown = columns ? columns : &scalars;
    if (shown->n && identifier.ptr) {
        upper(to, identifier);
        pail_buf_char(to, '\t');
    }
    for (size_t i = 0; i < shown->n; i++) {
        const struct pail_value *field = pail_value_get(v, shown->v[i]);
        if (i)
            pail_buf_char(to, '\t');
        if (field)
            pail_value_pystr(to, field);
    }
    if (shown->n)
        pail_buf_char(to, '\n');
    for (size_t i = 0; i < nested.n; i++)
        item(to, pail_value_get(v, nested.v[i]), nested.v[i], NULL);
    if (scalars.nomem || nested.nomem)
        to->failed = PAIL_BUF_NOMEM;
    pail_free(scalars.v);
    pail_free(nested.v);
}

/* Only the scalars of a list. */
static void scalar_list(struct pail_buf *to, const struct pail_value *v, struct pail_str identifier)
{
    bool any = false;
    for (size_t i = 0; i < pail_value_len(v); i++) {
        const struct pail_value *e = pail_value_at(v, i);
        if (is_many(e))
            continue;
        if (identifier.ptr) {
            upper(to, identifier);
            pail_buf_char(to, '\t');
            pail_value_pystr(to, e);
            pail_buf_char(to, '\n');
            continue;
        }
        if (any)
            pail_buf_char(to, '\t');
        pail_value_pystr(to, e);
        any = true;
    }
    if (any)
        pail_buf_char(to, '\n');
}

static void list(struct pail_buf *to, const struct pail_value *v, struct pail_str identifier)
{
    struct keys columns = {0};
    bool has_map = false;
    for (size_t i = 0; i < pail_value_len(v); i++) {
        const struct pail_value *e = pail_value_at(v, i);
        if (pail_value_type(e) != PAIL_VAL_MAP)
            continue;
        has_map = true;
        for (size_t k = 0; k < pail_value_len(e); k++)
            if (!is_many(pail_value_at(e, k)))
                add_key(&columns, pail_value_key_at(e, k));
    }
    if (!has_map)
        scalar_list(to, v, identifier);
    for (size_t i = 0; i < pail_value_len(v); i++) {
        const struct pail_value *e = pail_value_at(v, i);
        if (has_map || is_many(e))
            item(to, e, identifier, has_map ? &columns : NULL);
    }
    if (columns.nomem)
        to->failed = PAIL_BUF_NOMEM;
    pail_free(columns.v);
}

static void item(struct pail_buf *to, const struct pail_value *v, struct pail_str identifier,
                 const struct keys *columns)
{
    switch (pail_value_type(v)) {
    case PAIL_VAL_MAP:
        map(to, v, identifier, columns);
        break;
    case PAIL_VAL_LIST:
        list(to, v, identifier);
        break;
    default:
        pail_value_pystr(to, v);
        pail_buf_char(to, '\n');
    }
}

void pail_out_text(struct pail_buf *to, const struct pail_value *v)
{
    item(to, v, pail_strn(NULL, 0), NULL);
}
