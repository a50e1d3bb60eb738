/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model/words.h - the growing blob: strings and records by reference, equal ones once.
 *
 * One thread, one owner. Failures (memory, a string or a blob that is too big) are remembered;
 * references are then 0, and pail_words_finish tells.
 */
#ifndef PAIL_MODEL_WORDS_H
#define PAIL_MODEL_WORDS_H

#include "base/buf.h"
#include "base/map.h"
#include "model/format.h"

struct pail_words {
    struct pail_blob_header h; /* filled by who compiles; places and sizes by finish */
    struct pail_buf text, words;
    struct pail_buf tables[PAIL_TABLE_COUNT];
    struct pail_map *strings, *records; /* to reference */
    struct pail_error err;              /* the first failure */
    const char *what;                   /* for errors */
};

PAIL_CHECK int pail_words_init(struct pail_words *w, const char *what, struct pail_error *err);
void pail_words_done(struct pail_words *w);

/* ptr NULL: 0. */
uint32_t pail_words_str(struct pail_words *w, struct pail_str s);
uint32_t pail_words_record(struct pail_words *w, const uint32_t *words, size_t n);
/* Appends a record of `size` bytes to a table; its index. */
uint32_t pail_words_add(struct pail_words *w, enum pail_table table, const void *record,
                        size_t size);
/* Fills `order` with the indexes [0, n) of records of `size` bytes of `table` from `first` on,
 * sorted by the string in the word `key`. Equal ones keep their order. */
void pail_words_sort(struct pail_words *w, enum pail_table table, size_t size, size_t key,
                     uint32_t first, uint32_t n, enum pail_table order);
/* A buffer or map that failed on the way: why is remembered. */
bool pail_words_check(struct pail_words *w, const struct pail_buf *b);
void pail_words_put(struct pail_words *w, struct pail_map *map, struct pail_str key,
                    uintptr_t value);
void pail_words_fail(struct pail_words *w, const char *fmt, ...) PAIL_PRINTF(2, 3);
/* Appends the blob to `to`. */
PAIL_CHECK int pail_words_finish(struct pail_words *w, struct pail_buf *to, struct pail_error *err);

#endif
