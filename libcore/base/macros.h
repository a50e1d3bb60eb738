/* SPDX-License-Identifier: Apache-2.0 */
/* base/macros.h - the ten macros of the project, each with an example, and what else everybody
 * shares. */
#ifndef PAIL_BASE_MACROS_H
#define PAIL_BASE_MACROS_H

#include <pail/base.h>

/* sizeof an array in elements; does not compile for a pointer. */
#define PAIL_ARRAY_LEN(a)                                                                          \
    (sizeof(a) / sizeof((a)[0]) +                                                                  \
     0 * sizeof(char[1 - 2 * __builtin_types_compatible_p(__typeof__(a), __typeof__(&(a)[0]))]))

/* struct node *n = PAIL_CONTAINER(link, struct node, hash_link); */
#define PAIL_CONTAINER(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* give_away(PAIL_STEAL(p)): hands p on and leaves NULL behind. */
#define PAIL_STEAL(p)                                                                              \
    ({                                                                                             \
        __typeof__(p) stolen_ = (p);                                                               \
        (p) = NULL;                                                                                \
        stolen_;                                                                                   \
    })

/* PAIL_CLEANUP(pail_buf_done) struct pail_buf b = ...; runs pail_buf_done(&b) at scope exit. */
#define PAIL_CLEANUP(fn) __attribute__((cleanup(fn)))
/* PAIL_DEFINE_CLEANUP(struct pail_json, pail_json_free): makes pail_json_free_p(struct pail_json
 * **), for local owners: PAIL_CLEANUP(pail_json_free_p) struct pail_json *j = NULL; */
#define PAIL_DEFINE_CLEANUP(type, free_fn)                                                         \
    static inline void free_fn##_p(type **p)                                                       \
    {                                                                                              \
        if (*p)                                                                                    \
            free_fn(*p);                                                                           \
    }

/* A setting that somebody switched on or off, or nobody; zeroed: nobody. */
enum pail_tri { PAIL_UNSET, PAIL_NO, PAIL_YES };

#define PAIL_LIKELY(x) __builtin_expect(!!(x), 1)
#define PAIL_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define PAIL_UNUSED __attribute__((unused))

static inline uint64_t pail_min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}
static inline uint64_t pail_max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

#endif
