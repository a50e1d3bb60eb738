/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/json.h - read JSON trees and write JSON text. The parser's library is visible only in
 * json.c.
 *
 * A document is owned by who parsed it; nodes are borrowed from it. Reading is total: asking a NULL
 * or a node of another type gives NULL, an empty view or false, so that chains need one check at
 * the end. Bounds: nesting 128, size given by the caller. Numbers keep 64-bit integers exact. One
 * thread at a time per document.
 */
#ifndef PAIL_BASE_JSON_H
#define PAIL_BASE_JSON_H

#include "base/buf.h"

struct pail_json;  /* a document */
struct pail_jnode; /* a value in it */

enum pail_json_type {
    PAIL_JSON_NONE, /* of a NULL node */
    PAIL_JSON_NULL,
    PAIL_JSON_BOOL,
    PAIL_JSON_INT,
    PAIL_JSON_REAL,
    PAIL_JSON_STRING,
    PAIL_JSON_ARRAY,
    PAIL_JSON_OBJECT
};

/* PAIL_E_PARSE: "WHAT: line 3 column 7: ...". */
PAIL_CHECK int pail_json_parse(struct pail_str text, const char *what, struct pail_json **ret,
                               struct pail_error *err);
void pail_json_free(struct pail_json *doc);
PAIL_DEFINE_CLEANUP(struct pail_json, pail_json_free)
const struct pail_jnode *pail_json_root(const struct pail_json *doc);

enum pail_json_type pail_json_type(const struct pail_jnode *n);
const struct pail_jnode *pail_json_get(const struct pail_jnode *object, const char *key);
/* Like pail_json_get, key letters' case ignored (credential answers come in both). */
const struct pail_jnode *pail_json_iget(const struct pail_jnode *object, const char *key);
size_t pail_json_len(const struct pail_jnode *array_or_object);
const struct pail_jnode *pail_json_at(const struct pail_jnode *array, size_t i);
/* for (void *it = NULL; pail_json_each(obj, &it, &key, &value);), in the order of the text. */
bool pail_json_each(const struct pail_jnode *object, void **it, struct pail_str *ret_key,
                    const struct pail_jnode **ret_value);
struct pail_str pail_json_str(const struct pail_jnode *n); /* ptr NULL unless a string */
bool pail_json_int(const struct pail_jnode *n, int64_t *ret);
bool pail_json_real(const struct pail_jnode *n, double *ret); /* integers too */
bool pail_json_bool(const struct pail_jnode *n, bool *ret);

/* Writer: appends to a buffer, puts the commas itself. indent 0: compact (",", ":"). */
struct pail_jwriter {
    struct pail_buf *to;
    unsigned indent, depth;
    bool need_comma, after_key;
};
void pail_jw_init(struct pail_jwriter *w, struct pail_buf *to, unsigned indent);
void pail_jw_object(struct pail_jwriter *w);
void pail_jw_end_object(struct pail_jwriter *w);
void pail_jw_array(struct pail_jwriter *w);
void pail_jw_end_array(struct pail_jwriter *w);
void pail_jw_key(struct pail_jwriter *w, struct pail_str key);
void pail_jw_str(struct pail_jwriter *w, struct pail_str v);
void pail_jw_int(struct pail_jwriter *w, int64_t v);
void pail_jw_bool(struct pail_jwriter *w, bool v);
void pail_jw_null(struct pail_jwriter *w);
/* The shortest text that reads back as v: 0.1, 1.0, 1e-07. */
void pail_jw_real(struct pail_jwriter *w, double v);
/* A tree with all that is in it. */
void pail_jw_node(struct pail_jwriter *w, const struct pail_jnode *n);

#endif
