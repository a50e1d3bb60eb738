/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail/value.h - trees of values: what goes into a call of any service, and what comes out.
 *
 * The C form of the dicts and lists of boto3. A struct pail_values owns all nodes and texts that
 * were made with it and frees them together; nodes are borrowed from it and live as long. Strings,
 * blobs and keys are copied in. Trees may be changed at any time; a node hangs in one place only
 * (pail_value_copy makes another).
 *
 * Building does not have to be checked step by step: when memory is out, the makers give NULL,
 * adding NULL does nothing but be remembered, and pail_values_check tells at the end. Reading is
 * total: of NULL, or of a node of another type, one gets NULL, an empty view or false.
 *
 * One thread at a time per struct pail_values; reading a finished tree: any number.
 */
#ifndef PAIL_VALUE_H
#define PAIL_VALUE_H

#include <stdarg.h>

#include <pail/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pail_values;
struct pail_value;

enum pail_value_type {
    PAIL_VAL_NONE, /* of NULL: there is no node */
    PAIL_VAL_NULL,
    PAIL_VAL_BOOL,
    PAIL_VAL_INT,    /* fits int64_t */
    PAIL_VAL_REAL,   /* double */
    PAIL_VAL_NUMBER, /* any other number, as text */
    PAIL_VAL_STRING, /* UTF-8; may contain NUL */
    PAIL_VAL_BLOB,
    PAIL_VAL_TIME,
    PAIL_VAL_LIST,
    PAIL_VAL_MAP /* keys in the order in which they were added */
};

/* An instant. Years 1 to 9999. */
struct pail_time {
    int64_t seconds; /* since 1970-01-01T00:00:00Z */
    uint32_t nanos;  /* 0 to 999,999,999, forward from seconds */
};

/* An empty owner. PAIL_E_NOMEM. */
PAIL_API PAIL_CHECK int pail_values_new(struct pail_values **ret, struct pail_error *err);
PAIL_API struct pail_values *
pail_values_free(struct pail_values *vs); /* NULL is fine; gives NULL */
/* PAIL_E_NOMEM if memory was out since vs was made, PAIL_E_INVALID if a form was none. */
PAIL_API PAIL_CHECK int pail_values_check(const struct pail_values *vs, struct pail_error *err);

/* ---- Make ---- */

/* A new node each, owned by vs; NULL when memory is out. number: text of a JSON number. copy: of a
 * whole tree, also of another owner's. */
PAIL_API struct pail_value *pail_value_null(struct pail_values *vs);
PAIL_API struct pail_value *pail_value_bool(struct pail_values *vs, bool v);
PAIL_API struct pail_value *pail_value_int(struct pail_values *vs, int64_t v);
PAIL_API struct pail_value *pail_value_real(struct pail_values *vs, double v);
PAIL_API struct pail_value *pail_value_number(struct pail_values *vs, struct pail_str text);
PAIL_API struct pail_value *pail_value_str(struct pail_values *vs, struct pail_str v);
PAIL_API struct pail_value *pail_value_blob(struct pail_values *vs, struct pail_bytes v);
PAIL_API struct pail_value *pail_value_time(struct pail_values *vs, struct pail_time v);
PAIL_API struct pail_value *pail_value_list(struct pail_values *vs);
PAIL_API struct pail_value *pail_value_map(struct pail_values *vs);
PAIL_API struct pail_value *pail_value_copy(struct pail_values *to, const struct pail_value *v);

/* v and the list belong to vs. Returns v. */
PAIL_API struct pail_value *pail_value_append(struct pail_values *vs, struct pail_value *list,
                                              struct pail_value *v);
/* Adds at the end, or replaces in place. Returns v. */
PAIL_API struct pail_value *pail_value_set(struct pail_values *vs, struct pail_value *map,
                                           struct pail_str key, struct pail_value *v);
/* False: it was not there. */
PAIL_API bool pail_value_remove(struct pail_value *map, struct pail_str key);

/* ---- Make, written out ---- */

/* A tree as text with arguments: JSON, but keys need no quotes, texts may stand in '', and entries
 * without braces around them are a map:
 *
 *     pail_value_form(vs, "UserName: %s, Tags: [{Key: 'team', Value: %s}]", name, team);
 *     pail_value_form(vs, "{TableName: 'music', Key: {id: {S: 'u#%d'}}}", 7);
 *
 * Arguments are printf's, and compilers check them: %s, %.*s with PAIL_STR_ARG, integers (%d, %u,
 * with l, ll and z), %g and %f. %hhd is a bool. %p is a struct pail_value * of vs, which is hung
 * in. A NULL for %s or %p leaves its entry out. Inside of quotes %s, %.*s and integers become part
 * of the text; a percent sign is %%. Gives NULL when the form is none: pail_values_check tells
 * which. */
PAIL_API struct pail_value *pail_value_form(struct pail_values *vs, const char *form, ...)
    PAIL_PRINTF(2, 3);
PAIL_API struct pail_value *pail_value_vform(struct pail_values *vs, const char *form, va_list ap)
    PAIL_PRINTF(2, 0);

/* ---- Read ---- */

/* PAIL_VAL_NONE of NULL. */
PAIL_API enum pail_value_type pail_value_type(const struct pail_value *v);
/* Elements of a list, entries of a map. */
PAIL_API size_t pail_value_len(const struct pail_value *v);
/* The i-th element of a list, or value of a map. */
PAIL_API struct pail_value *pail_value_at(const struct pail_value *v, size_t i);
/* The i-th key; ptr NULL: there is none, or it is no map. Views live as long as the node. */
PAIL_API struct pail_str pail_value_key_at(const struct pail_value *map, size_t i);
/* The value of a key; NULL: it is not there. */
PAIL_API struct pail_value *pail_value_get(const struct pail_value *map, struct pail_str key);
/* A string's or a number's text; ptr NULL: neither. */
PAIL_API struct pail_str pail_value_as_str(const struct pail_value *v);
/* ptr NULL: it is no blob. */
PAIL_API struct pail_bytes pail_value_as_blob(const struct pail_value *v);
/* False, and *ret untouched: it is of another type. time: of texts not either. */
PAIL_API bool pail_value_as_bool(const struct pail_value *v, bool *ret);
PAIL_API bool pail_value_as_int(const struct pail_value *v, int64_t *ret);
PAIL_API bool pail_value_as_real(const struct pail_value *v, double *ret); /* integers too */
PAIL_API bool pail_value_as_time(const struct pail_value *v, struct pail_time *ret);
/* Same type and content; entries of maps in any order; 1 and 1.0 differ. */
PAIL_API bool pail_value_eq(const struct pail_value *a, const struct pail_value *b);

/* ---- Read by paths ---- */

/* "Reservations[0].Instances[-1].InstanceId": keys between dots, indexes in brackets, negative ones
 * from the end; ['a.b'] is a key with dots in it. NULL: it is not there. */
PAIL_API struct pail_value *pail_value_find(const struct pail_value *v, const char *path);
/* The same, to its end: a string's or a number's text, NUL-terminated, as long as the node; NULL:
 * it is neither or not there. An int or a bool; otherwise where there is none. */
PAIL_API const char *pail_value_find_str(const struct pail_value *v, const char *path);
PAIL_API int64_t pail_value_find_int(const struct pail_value *v, const char *path,
                                     int64_t otherwise);
PAIL_API bool pail_value_find_bool(const struct pail_value *v, const char *path, bool otherwise);
/* for (each value of a list or map), v being a const struct pail_value *:
 *
 *     pail_value_each(v, pail_value_find(answer, "Users"))
 *         puts(pail_value_find_str(v, "UserName"));
 */
#define pail_value_each(v, of)                                                                     \
    for (size_t pail_i_##v = 0; ((v) = pail_value_at((of), pail_i_##v)) != NULL; pail_i_##v++)
/* JMESPath: "Reservations[].Instances[?State.Name=='running'].InstanceId". The result is vs's, of
 * type PAIL_VAL_NULL where nothing was found. PAIL_E_PARSE, PAIL_E_INVALID. */
PAIL_API PAIL_CHECK int pail_value_search(struct pail_values *vs, const struct pail_value *in,
                                          const char *expression, struct pail_value **ret,
                                          struct pail_error *err);

#ifdef __cplusplus
}
#endif
#endif
