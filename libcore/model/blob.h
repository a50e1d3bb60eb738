/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model/blob.h - checked access to a blob, and what a struct pail_service is made of. Private to
 * model/.
 *
 * Opening checks the header: the places of the areas and tables. Everything else is checked when it
 * is read: a reference that points outside gives an absent string or NULL.
 */
#ifndef PAIL_MODEL_BLOB_H
#define PAIL_MODEL_BLOB_H

#include "model/format.h"
#include "model/model.h"

struct pail_blob {
    const struct pail_blob_header *h; /* never NULL */
    const uint32_t *words;
    const char *text;
};

/* data: aligned to 4 bytes, borrowed. PAIL_E_PARSE: "WHAT: ...". */
PAIL_CHECK int pail_blob_open(const void *data, size_t size, const char *what,
                              struct pail_blob *ret, struct pail_error *err);
extern const struct pail_blob pail_blob_empty;

struct pail_str pail_blob_str(const struct pail_blob *b, uint32_t at);
/* n words from `at` on; NULL when they are not all there. */
static inline const uint32_t *pail_blob_words(const struct pail_blob *b, uint32_t at, uint32_t n)
{
    return at && n <= b->h->n_words && at <= b->h->n_words - n ? b->words + at : NULL;
}
/* i-th record of `size` bytes of a table. */
static inline const void *pail_blob_record(const struct pail_blob *b, enum pail_table table,
                                           uint32_t i, size_t size)
{
    return i < b->h->tables[table].n
               ? b->words + b->h->tables[table].at + i * (size / sizeof(uint32_t))
               : NULL;
}
/* The record among [first, first + n) of `table` whose string in the word `key` is name, found by
 * `order`; PAIL_NONE: none. The result is relative to first. */
uint32_t pail_blob_find(const struct pail_blob *b, enum pail_table table, size_t size, size_t key,
                        uint32_t first, uint32_t n, enum pail_table order, struct pail_str name);
/* A record of a count and so many strings. */
struct pail_strs pail_blob_strs(const struct pail_blob *b, uint32_t at);
/* Items of `words` words behind a count; *ret_n is 0 where they are not all there. */
const uint32_t *pail_blob_list(const struct pail_blob *b, uint32_t at, uint32_t words,
                               uint32_t *ret_n);
struct pail_model_value pail_blob_value(const struct pail_blob *b,
                                        const uint32_t value[PAIL_VALUE_WORDS]);

/* Each part comes from the first place that has it; pail_blob_empty where none has. */
struct pail_service {
    struct pail_str name;
    const struct pail_blob *model, *paginators, *waiters, *rules;
    struct pail_blob blobs[2]; /* what was compiled; the pack's */
    void *compiled;            /* memory of the first; owned */
    size_t compiled_size;
    void *docs; /* documentation that was compiled; owned */
    size_t docs_size;
    bool model_compiled; /* whose documentation goes with it */
};
/* Points the parts to blobs[0], then blobs[1]. */
void pail_service_arrange(struct pail_service *service);

#endif
