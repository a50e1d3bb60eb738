/* SPDX-License-Identifier: Apache-2.0 */
#include "model/blob.h"

#include "base/str.h"

static const struct pail_blob_header empty_header;
static const uint32_t empty_words[1];
const struct pail_blob pail_blob_empty = {&empty_header, empty_words, ""};

static const uint32_t record_words[PAIL_TABLE_COUNT] = {
    [PAIL_TABLE_SHAPES] = sizeof(struct pail_shape_rec) / 4,
    [PAIL_TABLE_MEMBERS] = sizeof(struct pail_member_rec) / 4,
    [PAIL_TABLE_OPERATIONS] = sizeof(struct pail_operation_rec) / 4,
    [PAIL_TABLE_ERRORS] = sizeof(struct pail_pair_rec) / 4,
    [PAIL_TABLE_CLIENT_PARAMS] = sizeof(struct pail_pair_rec) / 4,
    [PAIL_TABLE_PAGINATORS] = sizeof(struct pail_paginator_rec) / 4,
    [PAIL_TABLE_WAITERS] = sizeof(struct pail_waiter_rec) / 4,
    [PAIL_TABLE_PARTITIONS] = sizeof(struct pail_partition_rec) / 4,
    [PAIL_TABLE_PARAMS] = sizeof(struct pail_param_rec) / 4,
};

static const char *damage(const struct pail_blob_header *h, size_t size)
{
    if (size < sizeof(*h) || h->magic != PAIL_BLOB_MAGIC)
        return "not a service model";
    if (h->order != PAIL_FORMAT_ORDER)
        return "made on a machine of another byte order";
    if (h->version != PAIL_FORMAT_VERSION)
        return "of another version of Pail";
    if (h->size != size)
        return "cut";
    if (h->words_at % 4 || h->words_at < sizeof(*h) || h->words_at > size ||
        h->n_words > (size - h->words_at) / 4 || h->n_words == 0)
        return "damaged: words";
    if (h->text_at > size || h->text_size > size - h->text_at)
        return "damaged: text";
    for (size_t i = 0; i < PAIL_TABLE_COUNT; i++) {
        uint32_t width = record_words[i] ? record_words[i] : 1;
        if (h->tables[i].at > h->n_words || h->tables[i].n > (h->n_words - h->tables[i].at) / width)
            return "damaged: tables";
    }
    return NULL;
}

int pail_blob_open(const void *data, size_t size, const char *what, struct pail_blob *ret,
                   struct pail_error *err)
{
    const char *problem = damage(data, size);
    if (problem)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE, "%s: %s", what, problem);
    const struct pail_blob_header *h = data;
    *ret = (struct pail_blob){
        .h = h,
        .words = (const uint32_t *)((const char *)data + h->words_at),
        .text = (const char *)data + h->text_at,
    };
    return 0;
}

struct pail_str pail_blob_str(const struct pail_blob *b, uint32_t at)
{
    uint16_t len;
    if (!at || b->h->text_size < sizeof(len) || at > b->h->text_size - sizeof(len))
        return pail_str(NULL);
    memcpy(&len, b->text + at, sizeof(len));
    at += sizeof(len);
    return len <= b->h->text_size - at ? pail_strn(b->text + at, len) : pail_str(NULL);
}

const uint32_t *pail_blob_list(const struct pail_blob *b, uint32_t at, uint32_t words,
                               uint32_t *ret_n)
{
    const uint32_t *count = pail_blob_words(b, at, 1);
    *ret_n = 0;
    if (!count || *count > (b->h->n_words - at - 1) / words)
        return NULL;
    *ret_n = *count;
    return count + 1;
}

struct pail_strs pail_blob_strs(const struct pail_blob *b, uint32_t at)
{
    struct pail_strs list = {0};
    if (!at)
        return list;
    list = (struct pail_strs){.blob = b, .at = at + 1};
    pail_blob_list(b, at, 1, &list.n);
    return list;
}

struct pail_str pail_strs_at(struct pail_strs list, unsigned i)
{
    if (i >= list.n)
        return pail_str(NULL);
    const uint32_t *word = pail_blob_words(list.blob, list.at + i, 1);
    return word ? pail_blob_str(list.blob, *word) : pail_str(NULL);
}

struct pail_model_value pail_blob_value(const struct pail_blob *b,
                                        const uint32_t value[PAIL_VALUE_WORDS])
{
    struct pail_model_value v = {0};

    switch (value[0]) {
    case PAIL_VALUE_BOOL:
        v.type = PAIL_VALUE_BOOL;
        v.boolean = value[1] != 0;
        break;
    case PAIL_VALUE_INT:
        v.type = PAIL_VALUE_INT;
        memcpy(&v.integer, value + 1, sizeof(v.integer));
        break;
    case PAIL_VALUE_STRING:
        v.type = PAIL_VALUE_STRING;
        v.string = pail_blob_str(b, value[1]);
        break;
    case PAIL_VALUE_STRINGS:
        v.type = PAIL_VALUE_STRINGS;
        v.strings = pail_blob_strs(b, value[1]);
        break;
    default:
        break;
    }
    return v;
}

uint32_t pail_blob_find(const struct pail_blob *b, enum pail_table table, size_t size, size_t key,
                        uint32_t first, uint32_t n, enum pail_table order, struct pail_str name)
{
    uint32_t low = 0, high = n;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const uint32_t *index = pail_blob_record(b, order, first + middle, sizeof(*index));
        const uint32_t *rec = index && *index < n ? pail_blob_record(b, table, first + *index, size)
                                                  : NULL;
        if (!rec)
            return PAIL_NONE;
        int c = pail_str_cmp(name, pail_blob_str(b, rec[key]));
        if (c == 0)
            return *index;
        if (c < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return PAIL_NONE;
}

void pail_service_arrange(struct pail_service *s)
{
    static const struct {
        uint32_t part;
        size_t offset;
    } parts[] = {
        {PAIL_PART_MODEL, offsetof(struct pail_service, model)},
        {PAIL_PART_PAGINATORS, offsetof(struct pail_service, paginators)},
        {PAIL_PART_WAITERS, offsetof(struct pail_service, waiters)},
        {PAIL_PART_RULES, offsetof(struct pail_service, rules)},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(parts); i++) {
        const struct pail_blob **part = (const struct pail_blob **)((char *)s + parts[i].offset);
        *part = &pail_blob_empty;
        for (size_t j = PAIL_ARRAY_LEN(s->blobs); j-- > 0;)
            if (s->blobs[j].h && (s->blobs[j].h->parts & parts[i].part))
                *part = &s->blobs[j];
    }
    s->model_compiled = s->model == &s->blobs[0];
}
