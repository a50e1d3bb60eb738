/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes and texts come from blocks that grow with the tree and are freed as one, because an answer
 * is built once, read and dropped: thousands of nodes cost a handful of allocations.
 *
 * A map is two arrays, keys and values, searched from the front: members of structures are few, and
 * who reads a map of many goes through all of it.
 */
#include "base/value_form.h"

#include <stdalign.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/macros.h"
#include "base/str.h"

#define BLOCK_MIN ((size_t)1 << 10)
#define BLOCK_MAX ((size_t)256 << 10)

struct block {
    struct block *next;
    alignas(max_align_t) char room[];
};

struct pail_values {
    struct block *blocks;
    char *at, *end;   /* what is free of the newest */
    size_t next_size; /* of the next block */
    bool nomem;
    /* The first form that was none. */
    const char *refused;
    size_t refused_at;
    char refused_form[96];
};

struct pail_value {
    enum pail_value_type type;
    uint32_t cap; /* of lists and maps */
    size_t len;   /* of texts, lists and maps */
    union {
        bool boolean;
        int64_t integer;
        double real;
        struct pail_time time;
        const char *text; /* NUL-terminated */
        struct {
            struct pail_value **items;
            struct pail_str *keys; /* maps */
        } many;
    } u;
};

int pail_values_new(struct pail_values **ret, struct pail_error *err)
{
    struct pail_values *vs = pail_zalloc(sizeof(*vs));
    if (!vs)
        return pail_error_nomem(err);
    vs->next_size = BLOCK_MIN;
    *ret = vs;
    return 0;
}

struct pail_values *pail_values_free(struct pail_values *vs)
{
    if (!vs)
        return NULL;
    for (struct block *b = vs->blocks, *next; b; b = next) {
        next = b->next;
        pail_free(b);
    }
    pail_free(vs);
    return NULL;
}

int pail_values_check(const struct pail_values *vs, struct pail_error *err)
{
    if (vs->nomem)
        return pail_error_nomem(err);
    if (!vs->refused)
        return 0;
    return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "form \"%s\": byte %zu: %s",
                          vs->refused_form, vs->refused_at, vs->refused);
}

void pail_values_lack(struct pail_values *vs)
{
    vs->nomem = true;
}

void pail_values_refuse(struct pail_values *vs, const char *form, size_t at, const char *why)
{
    if (vs->refused)
        return;
    vs->refused = why;
    vs->refused_at = at;
    (void)snprintf(vs->refused_form, sizeof(vs->refused_form), "%s", form);
}

/* Large things get a block of their own behind the newest one, so that its rest is not lost. */
static void *take(struct pail_values *vs, size_t n)
{
    const size_t align = alignof(max_align_t);
    if (vs->nomem || n > SIZE_MAX / 2) {
        vs->nomem = true;
        return NULL;
    }
    n = (n + align - 1) / align * align;
    if ((size_t)(vs->end - vs->at) < n) {
        bool own = n > vs->next_size / 4;
        size_t size = own ? n : vs->next_size;
        struct block *b = pail_alloc(sizeof(*b) + size);
        if (!b) {
            vs->nomem = true;
            return NULL;
        }
        if (own && vs->blocks) {
            b->next = vs->blocks->next;
            vs->blocks->next = b;
            return b->room;
        }
        b->next = vs->blocks;
        vs->blocks = b;
        vs->at = b->room;
        vs->end = b->room + size;
        if (vs->next_size < BLOCK_MAX)
            vs->next_size *= 2;
    }
    void *p = vs->at;
    vs->at += n;
    return p;
}

/* ---- Make ------------------------------------------------------------------------------------ */

static struct pail_value *make(struct pail_values *vs, enum pail_value_type type)
{
    struct pail_value *v = take(vs, sizeof(*v));
    if (v)
        *v = (struct pail_value){.type = type};
    return v;
}

static const char *keep(struct pail_values *vs, const void *p, size_t len)
{
    char *text = len < SIZE_MAX ? take(vs, len + 1) : NULL;
    if (!text)
        return NULL;
    if (len)
        memcpy(text, p, len);
    text[len] = '\0';
    return text;
}

static struct pail_value *make_text(struct pail_values *vs, enum pail_value_type type,
                                    const void *p, size_t len)
{
    struct pail_value *v = make(vs, type);
    const char *text = v ? keep(vs, p, len) : NULL;
    if (!text)
        return NULL;
    v->u.text = text;
    v->len = len;
    return v;
}

struct pail_value *pail_value_null(struct pail_values *vs)
{
    return make(vs, PAIL_VAL_NULL);
}

struct pail_value *pail_value_bool(struct pail_values *vs, bool b)
{
    struct pail_value *v = make(vs, PAIL_VAL_BOOL);
    if (v)
        v->u.boolean = b;
    return v;
}

struct pail_value *pail_value_int(struct pail_values *vs, int64_t i)
{
    struct pail_value *v = make(vs, PAIL_VAL_INT);
    if (v)
        v->u.integer = i;
    return v;
}

struct pail_value *pail_value_real(struct pail_values *vs, double d)
{
    struct pail_value *v = make(vs, PAIL_VAL_REAL);
    if (v)
        v->u.real = d;
    return v;
}

struct pail_value *pail_value_number(struct pail_values *vs, struct pail_str text)
{
    return make_text(vs, PAIL_VAL_NUMBER, text.ptr, text.len);
}

struct pail_value *pail_value_str(struct pail_values *vs, struct pail_str s)
{
    return make_text(vs, PAIL_VAL_STRING, s.ptr, s.len);
}

struct pail_value *pail_value_blob(struct pail_values *vs, struct pail_bytes b)
{
    return make_text(vs, PAIL_VAL_BLOB, b.ptr, b.len);
}

struct pail_value *pail_value_time(struct pail_values *vs, struct pail_time t)
{
    struct pail_value *v = make(vs, PAIL_VAL_TIME);
    if (v)
        v->u.time = t;
    return v;
}

struct pail_value *pail_value_list(struct pail_values *vs)
{
    return make(vs, PAIL_VAL_LIST);
}

struct pail_value *pail_value_map(struct pail_values *vs)
{
    return make(vs, PAIL_VAL_MAP);
}

static bool grow(struct pail_values *vs, struct pail_value *v)
{
    if (v->len < v->cap)
        return true;
    uint32_t cap = v->cap ? v->cap * 2 : 4;
    if (cap < v->cap) {
        vs->nomem = true;
        return false;
    }
    struct pail_value **items = take(vs, cap * sizeof(*items));
    struct pail_str *keys = v->type == PAIL_VAL_MAP && items ? take(vs, cap * sizeof(*keys)) : NULL;
    if (!items || (v->type == PAIL_VAL_MAP && !keys))
        return false;
    if (v->len) {
        memcpy(items, v->u.many.items, v->len * sizeof(*items));
        if (keys)
            memcpy(keys, v->u.many.keys, v->len * sizeof(*keys));
    }
    v->u.many.items = items;
    v->u.many.keys = keys;
    v->cap = cap;
    return true;
}

struct pail_value *pail_value_append(struct pail_values *vs, struct pail_value *list,
                                     struct pail_value *v)
{
    if (!v || pail_value_type(list) != PAIL_VAL_LIST || !grow(vs, list))
        return v;
    list->u.many.items[list->len++] = v;
    return v;
}

static size_t find(const struct pail_value *map, struct pail_str key)
{
    if (pail_value_type(map) != PAIL_VAL_MAP)
        return SIZE_MAX;
    for (size_t i = 0; i < map->len; i++)
        if (pail_str_eq(map->u.many.keys[i], key))
            return i;
    return SIZE_MAX;
}

struct pail_value *pail_value_set(struct pail_values *vs, struct pail_value *map,
                                  struct pail_str key, struct pail_value *v)
{
    if (!v || pail_value_type(map) != PAIL_VAL_MAP)
        return v;
    size_t i = find(map, key);
    if (i != SIZE_MAX) {
        map->u.many.items[i] = v;
        return v;
    }
    const char *name = grow(vs, map) ? keep(vs, key.ptr, key.len) : NULL;
    if (!name)
        return v;
    map->u.many.keys[map->len] = pail_strn(name, key.len);
    map->u.many.items[map->len++] = v;
    return v;
}

bool pail_value_remove(struct pail_value *map, struct pail_str key)
{
    size_t i = find(map, key);
    if (i == SIZE_MAX)
        return false;
    size_t behind = --map->len - i;
    memmove(map->u.many.items + i, map->u.many.items + i + 1, behind * sizeof(*map->u.many.items));
    memmove(map->u.many.keys + i, map->u.many.keys + i + 1, behind * sizeof(*map->u.many.keys));
    return true;
}

struct pail_value *pail_value_copy(struct pail_values *to, const struct pail_value *v)
{
    struct pail_value *n;
    if (!v)
        return NULL;
    switch (v->type) {
    case PAIL_VAL_NUMBER:
    case PAIL_VAL_STRING:
    case PAIL_VAL_BLOB:
        return make_text(to, v->type, v->u.text, v->len);
    case PAIL_VAL_LIST:
        n = pail_value_list(to);
        for (size_t i = 0; i < v->len; i++)
            pail_value_append(to, n, pail_value_copy(to, v->u.many.items[i]));
        return n;
    case PAIL_VAL_MAP:
        n = pail_value_map(to);
        for (size_t i = 0; i < v->len; i++)
            pail_value_set(to, n, v->u.many.keys[i], pail_value_copy(to, v->u.many.items[i]));
        return n;
    default:
        n = make(to, v->type);
        if (n)
            n->u = v->u;
        return n;
    }
}

/* ---- Read ------------------------------------------------------------------------------------ */

enum pail_value_type pail_value_type(const struct pail_value *v)
{
    return v ? v->type : PAIL_VAL_NONE;
}

static bool is_many(const struct pail_value *v)
{
    return v && (v->type == PAIL_VAL_LIST || v->type == PAIL_VAL_MAP);
}

size_t pail_value_len(const struct pail_value *v)
{
    return is_many(v) ? v->len : 0;
}

struct pail_value *pail_value_at(const struct pail_value *v, size_t i)
{
    return i < pail_value_len(v) ? v->u.many.items[i] : NULL;
}

struct pail_str pail_value_key_at(const struct pail_value *map, size_t i)
{
    if (pail_value_type(map) != PAIL_VAL_MAP || i >= map->len)
        return pail_strn(NULL, 0);
    return map->u.many.keys[i];
}

struct pail_value *pail_value_get(const struct pail_value *map, struct pail_str key)
{
    size_t i = find(map, key);
    return i == SIZE_MAX ? NULL : map->u.many.items[i];
}

struct pail_str pail_value_as_str(const struct pail_value *v)
{
    if (!v || (v->type != PAIL_VAL_STRING && v->type != PAIL_VAL_NUMBER))
        return pail_strn(NULL, 0);
    return pail_strn(v->u.text, v->len);
}

struct pail_bytes pail_value_as_blob(const struct pail_value *v)
{
    if (!v || v->type != PAIL_VAL_BLOB)
        return (struct pail_bytes){NULL, 0};
    return (struct pail_bytes){v->u.text, v->len};
}

bool pail_value_as_bool(const struct pail_value *v, bool *ret)
{
    if (!v || v->type != PAIL_VAL_BOOL)
        return false;
    *ret = v->u.boolean;
    return true;
}

bool pail_value_as_int(const struct pail_value *v, int64_t *ret)
{
    if (!v || v->type != PAIL_VAL_INT)
        return false;
    *ret = v->u.integer;
    return true;
}

bool pail_value_as_real(const struct pail_value *v, double *ret)
{
    if (!v || (v->type != PAIL_VAL_INT && v->type != PAIL_VAL_REAL))
        return false;
    *ret = v->type == PAIL_VAL_INT ? (double)v->u.integer : v->u.real;
    return true;
}

bool pail_value_as_time(const struct pail_value *v, struct pail_time *ret)
{
    if (!v || v->type != PAIL_VAL_TIME)
        return false;
    *ret = v->u.time;
    return true;
}

static bool many_eq(const struct pail_value *a, const struct pail_value *b)
{
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++) {
        const struct pail_value *other = a->type == PAIL_VAL_LIST
                                             ? b->u.many.items[i]
                                             : pail_value_get(b, a->u.many.keys[i]);
        if (!pail_value_eq(a->u.many.items[i], other))
            return false;
    }
    return true;
}

bool pail_value_eq(const struct pail_value *a, const struct pail_value *b)
{
    if (pail_value_type(a) != pail_value_type(b))
        return false;
    switch (pail_value_type(a)) {
    case PAIL_VAL_NONE:
    case PAIL_VAL_NULL:
        return true;
    case PAIL_VAL_BOOL:
        return a->u.boolean == b->u.boolean;
    case PAIL_VAL_INT:
        return a->u.integer == b->u.integer;
    case PAIL_VAL_REAL:
        return a->u.real == b->u.real || (a->u.real != a->u.real && b->u.real != b->u.real);
    case PAIL_VAL_TIME:
        return a->u.time.seconds == b->u.time.seconds && a->u.time.nanos == b->u.time.nanos;
    case PAIL_VAL_NUMBER:
    case PAIL_VAL_STRING:
    case PAIL_VAL_BLOB:
        return a->len == b->len && !memcmp(a->u.text, b->u.text, a->len);
    case PAIL_VAL_LIST:
    case PAIL_VAL_MAP:
        return many_eq(a, b);
    }
    return false;
}
