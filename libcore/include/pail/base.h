/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail/base.h - the few types and attributes that every other public header uses.
 *
 * A struct pail_str is a view: it owns nothing, need not end in NUL, and is valid only as long as
 * whatever it points into. A call that keeps a string makes a copy and says so.
 *
 * Everywhere: calls that say nothing of threads may be made by any thread; callbacks run on threads
 * of the library. Lengths, sizes and offsets are bytes, and names carry other units (_ms, _s, _ns).
 * What a call returns in ret_ or ret is untouched when it fails.
 */
#ifndef PAIL_BASE_H
#define PAIL_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PAIL_VERSION_MAJOR 0
#define PAIL_VERSION_MINOR 1
#define PAIL_VERSION_PATCH 0
#define PAIL_VERSION "0.1.0"

/* Marks what the shared library exports; everything else is hidden. */
#define PAIL_API __attribute__((visibility("default")))
/* The caller must look at the result. */
#define PAIL_CHECK __attribute__((warn_unused_result))
#define PAIL_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Text: len bytes at ptr. ptr NULL: none, where that differs from empty. */
struct pail_str {
    const char *ptr;
    size_t len;
};

/* Any bytes; as borrowed as a pail_str. */
struct pail_bytes {
    const void *ptr;
    size_t len;
};

/* View of a string literal. */
#ifdef __cplusplus
#define PAIL_STR(literal) (pail_str{(literal), sizeof(literal) - 1})
#else
#define PAIL_STR(literal) ((struct pail_str){.ptr = (literal), .len = sizeof(literal) - 1})
#endif
/* For printf's "%.*s". */
#define PAIL_STR_ARG(s) (int)(s).len, (s).ptr ? (s).ptr : ""

/* View of a NUL-terminated string; NULL gives the empty view with a NULL pointer. */
static inline struct pail_str pail_str(const char *z)
{
    struct pail_str s;
    s.ptr = z;
    s.len = z ? strlen(z) : 0;
    return s;
}

/* View of len bytes. */
static inline struct pail_str pail_strn(const char *p, size_t len)
{
    struct pail_str s;
    s.ptr = p;
    s.len = len;
    return s;
}

/* Same bytes. */
static inline bool pail_str_eq(struct pail_str a, struct pail_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* The version of the library that runs, as opposed to the header's PAIL_VERSION: "0.1.0", static.
 */
PAIL_API const char *pail_version(void);

#ifdef __cplusplus
}
#endif
#endif
