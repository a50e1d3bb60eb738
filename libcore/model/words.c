/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings go into one area, records into another, so that neither needs padding; tables grow beside
 * and are put behind the records at the end, when their places are known. The maps that find equal
 * ones know them by their bytes.
 */
#include "model/words.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/str.h"

#define MAX_BLOB ((size_t)256 << 20)

int pail_words_init(struct pail_words *w, const char *what, struct pail_error *err)
{
    *w = (struct pail_words){.what = what};
    pail_buf_init(&w->text, MAX_BLOB);
    pail_buf_init(&w->words, MAX_BLOB);
    for (size_t i = 0; i < PAIL_TABLE_COUNT; i++)
        pail_buf_init(&w->tables[i], MAX_BLOB);
    int rc = pail_map_new(&w->strings, err);
    if (rc == 0)
        rc = pail_map_new(&w->records, err);
    if (rc < 0) {
        pail_words_done(w);
        return rc;
    }
    /* Reference 0 means absent. */
    pail_buf_append(&w->text, "\0", 1);
    pail_buf_append(&w->words, "\0\0\0", 4);
    return 0;
}

void pail_words_done(struct pail_words *w)
{
    pail_map_free(w->strings);
    pail_map_free(w->records);
    pail_buf_done(&w->text);
    pail_buf_done(&w->words);
    for (size_t i = 0; i < PAIL_TABLE_COUNT; i++)
        pail_buf_done(&w->tables[i]);
    w->strings = w->records = NULL;
}

void pail_words_fail(struct pail_words *w, const char *fmt, ...)
{
    char text[200];
    va_list ap;

    if (w->err.code)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    pail_error_set(&w->err, PAIL_D_DATA, PAIL_E_PARSE, "%s: %s", w->what, text);
}

bool pail_words_check(struct pail_words *w, const struct pail_buf *b)
{
    if (b->failed && !w->err.code)
        (void)!pail_buf_check(b, w->what, &w->err);
    return !b->failed;
}

void pail_words_put(struct pail_words *w, struct pail_map *map, struct pail_str key,
                    uintptr_t value)
{
    struct pail_error err = PAIL_ERROR_INIT;
    if (pail_map_put(map, key, (void *)value, NULL, &err) < 0 && !w->err.code)
        w->err = err;
}

/* Values of the maps are references; they are never 0. */
static uint32_t known(const struct pail_map *map, struct pail_str key)
{
    return (uint32_t)(uintptr_t)pail_map_get(map, key);
}

uint32_t pail_words_str(struct pail_words *w, struct pail_str s)
{
    if (!s.ptr || w->err.code)
        return 0;
    uint32_t at = known(w->strings, s);
    if (at)
        return at;
    if (s.len > UINT16_MAX) {
        pail_words_fail(w, "a text of %zu bytes: \"%.40s...\"", s.len, s.ptr);
        return 0;
    }
    uint16_t len = (uint16_t)s.len;
    at = (uint32_t)w->text.len;
    pail_buf_append(&w->text, &len, sizeof(len));
    pail_buf_str(&w->text, s);
    if (!pail_words_check(w, &w->text))
        return 0;
    pail_words_put(w, w->strings, s, at);
    return at;
}

uint32_t pail_words_record(struct pail_words *w, const uint32_t *words, size_t n)
{
    struct pail_str bytes = pail_strn((const char *)words, n * sizeof(*words));
    if (w->err.code)
        return 0;
    uint32_t at = known(w->records, bytes);
    if (at)
        return at;
    at = (uint32_t)(w->words.len / sizeof(*words));
    pail_buf_str(&w->words, bytes);
    if (!pail_words_check(w, &w->words))
        return 0;
    pail_words_put(w, w->records, bytes, at);
    return at;
}

uint32_t pail_words_add(struct pail_words *w, enum pail_table table, const void *record,
                        size_t size)
{
    uint32_t index = (uint32_t)(w->tables[table].len / size);
    pail_buf_append(&w->tables[table], record, size);
    return index;
}

struct sorted {
    struct pail_str key;
    uint32_t index;
};

static int compare(const void *a, const void *b)
{
    const struct sorted *x = a, *y = b;
    int c = pail_str_cmp(x->key, y->key);
    return c ? c : (x->index > y->index) - (x->index < y->index);
}

static struct pail_str string_at(const struct pail_words *w, uint32_t at)
{
    uint16_t len;
    if (!at)
        return PAIL_STR("");
    memcpy(&len, w->text.ptr + at, sizeof(len));
    return pail_strn(w->text.ptr + at + sizeof(len), len);
}

void pail_words_sort(struct pail_words *w, enum pail_table table, size_t size, size_t key,
                     uint32_t first, uint32_t n, enum pail_table order)
{
    const struct pail_buf *records = &w->tables[table];
    if (n == 0 || w->err.code || w->text.failed || records->failed)
        return;
    struct sorted *list = pail_calloc(n, sizeof(*list));
    if (!list) {
        pail_error_nomem(&w->err);
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at;
        memcpy(&at, records->ptr + (first + i) * size + key * sizeof(at), sizeof(at));
        list[i] = (struct sorted){string_at(w, at), i};
    }
    qsort(list, n, sizeof(*list), compare);
    for (uint32_t i = 0; i < n; i++)
        pail_words_add(w, order, &list[i].index, sizeof(list[i].index));
    pail_free(list);
}

/* Bytes of a record of each table. */
static const size_t record_size[PAIL_TABLE_COUNT] = {
    [PAIL_TABLE_SHAPES] = sizeof(struct pail_shape_rec),
    [PAIL_TABLE_MEMBERS] = sizeof(struct pail_member_rec),
    [PAIL_TABLE_OPERATIONS] = sizeof(struct pail_operation_rec),
    [PAIL_TABLE_ERRORS] = sizeof(struct pail_pair_rec),
    [PAIL_TABLE_CLIENT_PARAMS] = sizeof(struct pail_pair_rec),
    [PAIL_TABLE_PAGINATORS] = sizeof(struct pail_paginator_rec),
    [PAIL_TABLE_WAITERS] = sizeof(struct pail_waiter_rec),
    [PAIL_TABLE_PARTITIONS] = sizeof(struct pail_partition_rec),
    [PAIL_TABLE_PARAMS] = sizeof(struct pail_param_rec),
};

int pail_words_finish(struct pail_words *w, struct pail_buf *to, struct pail_error *err)
{
    for (size_t i = 0; i < PAIL_TABLE_COUNT; i++) {
        size_t size = record_size[i] ? record_size[i] : sizeof(uint32_t);
        w->h.tables[i].at = (uint32_t)(w->words.len / sizeof(uint32_t));
        w->h.tables[i].n = (uint32_t)(w->tables[i].len / size);
        pail_buf_str(&w->words, pail_buf_view(&w->tables[i]));
        if (w->tables[i].failed)
            w->words.failed = w->tables[i].failed;
    }
    w->h.magic = PAIL_BLOB_MAGIC;
    w->h.version = PAIL_FORMAT_VERSION;
    w->h.order = PAIL_FORMAT_ORDER;
    w->h.words_at = sizeof(w->h);
    w->h.n_words = (uint32_t)(w->words.len / sizeof(uint32_t));
    w->h.text_at = w->h.words_at + (uint32_t)w->words.len;
    w->h.text_size = (uint32_t)w->text.len;
    w->h.size = w->h.text_at + w->h.text_size;

    if (w->err.code) {
        pail_error_copy(err, &w->err);
        return w->err.code;
    }
    int rc = pail_buf_check(&w->text, w->what, err);
    if (rc == 0)
        rc = pail_buf_check(&w->words, w->what, err);
    if (rc < 0)
        return rc;
    pail_buf_append(to, &w->h, sizeof(w->h));
    pail_buf_str(to, pail_buf_view(&w->words));
    pail_buf_str(to, pail_buf_view(&w->text));
    return pail_buf_check(to, w->what, err);
}
