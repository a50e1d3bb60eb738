/* SPDX-License-Identifier: Apache-2.0 */
/* model/compiler.h - what the files compile*.c share. */
#ifndef PAIL_MODEL_COMPILER_H
#define PAIL_MODEL_COMPILER_H

#include "model/compile.h"
#include "model/merge.h"
#include "model/words.h"

enum pail_doc_kind {
    PAIL_DOC_SERVICE,
    PAIL_DOC_OPERATIONS,
    PAIL_DOC_EXAMPLES, /* one per operation */
    PAIL_DOC_SHAPES,
    PAIL_DOC_MEMBERS,
    PAIL_DOC_KINDS
};

/* Texts in the order of the records that they belong to; equal ones once. */
struct pail_doc_writer {
    struct pail_buf text;
    struct pail_buf items[PAIL_DOC_KINDS]; /* offsets into text; 0: none */
    struct pail_map *texts;
    struct pail_error err;
};

struct pail_compiler {
    struct pail_words w;
    const struct pail_compile_input *in;
    struct pail_merged model;
    struct pail_map *shapes;      /* name to index + 1 */
    struct pail_doc_writer *docs; /* NULL: not wanted */
};

/* compile_docs.c */
PAIL_CHECK int pail_doc_writer_init(struct pail_doc_writer *d, struct pail_error *err);
void pail_doc_writer_done(struct pail_doc_writer *d);
void pail_doc_add(struct pail_doc_writer *d, enum pail_doc_kind kind,
                  struct pail_str text); /* d may be NULL */
void pail_doc_add_json(struct pail_doc_writer *d, enum pail_doc_kind kind,
                       const struct pail_jnode *n);
PAIL_CHECK int pail_doc_writer_finish(struct pail_doc_writer *d, struct pail_buf *to,
                                      struct pail_error *err);

/* compile_values.c: records out of JSON; 0 for what is absent. */
uint32_t pail_compile_strings(struct pail_words *w, const struct pail_jnode *array_or_string);
uint32_t pail_compile_key(struct pail_words *w, struct pail_merged object, const char *key);
uint32_t pail_compile_number(struct pail_words *w, const struct pail_jnode *n);
uint32_t pail_compile_json(struct pail_words *w, const struct pail_jnode *n); /* as text */
void pail_compile_value(struct pail_words *w, const struct pail_jnode *n,
                        uint32_t ret[PAIL_VALUE_WORDS]);
uint32_t pail_compile_list(struct pail_words *w, const struct pail_buf *words,
                           uint32_t n); /* count in front */
uint32_t pail_compile_cli_name(struct pail_words *w, struct pail_str camel);

/* compile_shapes.c */
void pail_compile_shapes(struct pail_compiler *c);
/* A use of a shape, as in an operation's input: its index, or that of a new member. PAIL_NONE
 * without a node. */
uint32_t pail_compile_use(struct pail_compiler *c, struct pail_merged ref);
/* compile_operations.c */
void pail_compile_operations(struct pail_compiler *c);
/* compile_waiters.c */
void pail_compile_paginators(struct pail_compiler *c);
void pail_compile_waiters(struct pail_compiler *c);
/* compile_rules.c */
void pail_compile_rules(struct pail_words *w, const struct pail_jnode *rule_set);

#endif
