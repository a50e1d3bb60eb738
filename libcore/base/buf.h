/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/buf.h - a growing, always NUL-terminated byte buffer with a maximum.
 *
 * Failure (out of memory, maximum passed) is sticky: appends after it do nothing, and the caller
 * checks once at the end with pail_buf_check. One owner, one thread. Zero-initialised memory is not
 * a valid buffer: use PAIL_BUF_INIT(max).
 */
#ifndef PAIL_BASE_BUF_H
#define PAIL_BASE_BUF_H

#include <stdarg.h>

#include <pail/error.h>

#include "base/macros.h"

enum pail_buf_failure { PAIL_BUF_OK, PAIL_BUF_NOMEM, PAIL_BUF_TOO_BIG };

struct pail_buf {
    char *ptr; /* never NULL once something was appended; pail_buf_z() for a C string */
    size_t len, cap, max;
    enum pail_buf_failure failed;
};

#define PAIL_BUF_INIT(max_bytes)                                                                   \
    {                                                                                              \
        NULL, 0, 0, (max_bytes), PAIL_BUF_OK                                                       \
    }

void pail_buf_init(struct pail_buf *b, size_t max);
void pail_buf_done(struct pail_buf *b);  /* frees; safe on any state; the buffer can be reused */
void pail_buf_reset(struct pail_buf *b); /* empties and clears the failure, keeps the memory */
void pail_buf_append(struct pail_buf *b, const void *p, size_t n);
void pail_buf_str(struct pail_buf *b, struct pail_str s);
void pail_buf_z(struct pail_buf *b, const char *z); /* append a C string */
void pail_buf_char(struct pail_buf *b, char c);
void pail_buf_fmt(struct pail_buf *b, const char *fmt, ...) PAIL_PRINTF(2, 3);
void pail_buf_vfmt(struct pail_buf *b, const char *fmt, va_list ap);
void pail_buf_u64(struct pail_buf *b, uint64_t v); /* decimal */
void pail_buf_truncate(struct pail_buf *b, size_t len);
/* Room for n more bytes to be written directly at the returned place; then pail_buf_added(b, n).
 * NULL on failure. */
void *pail_buf_reserve(struct pail_buf *b, size_t n);
void pail_buf_added(struct pail_buf *b, size_t n);
/* 0, or PAIL_E_NOMEM / PAIL_E_TOO_BIG with "WHAT: more than N bytes". */
PAIL_CHECK int pail_buf_check(const struct pail_buf *b, const char *what, struct pail_error *err);
/* The text; "" while nothing was appended. */
const char *pail_buf_cstr(const struct pail_buf *b);
static inline struct pail_str pail_buf_view(const struct pail_buf *b)
{
    return pail_strn(b->ptr, b->len);
}
/* Hand the memory over (freed with pail_free) and leave an empty buffer; NULL when it failed. */
char *pail_buf_take(struct pail_buf *b, size_t *ret_len);

#endif
