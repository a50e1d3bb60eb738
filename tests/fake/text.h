/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake/text.h - growing text, percent and base64 encodings, and dates, as the S3 model needs them.
 *
 * Written apart from libcore on purpose (see s3.h). Memory comes from libc; running out of it ends
 * the program, which is right for a test tool. Dates are milliseconds since 1970 UTC.
 */
#ifndef PAIL_FAKE_TEXT_H
#define PAIL_FAKE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fake_view {
    const char *p;
    size_t n;
};

/* Zeroed memory. */
void *fake_xalloc(size_t n);
void *fake_xrealloc(void *p, size_t n);
/* A copy with a NUL behind it. */
char *fake_dup(const void *p, size_t n);
char *fake_dups(const char *s); /* NULL stays NULL */
struct fake_view fake_view_of(const char *s);
bool fake_view_eq(struct fake_view a, struct fake_view b);
bool fake_has_prefix(struct fake_view s, struct fake_view prefix);
/* Byte order, shorter first. */
int fake_compare(const void *a, size_t na, const void *b, size_t nb);

/* Growing text; {0} is empty. p is NULL or NUL-terminated. */
struct fake_buf {
    char *p;
    size_t n, cap;
};
void fake_buf_put(struct fake_buf *b, const void *p, size_t n);
void fake_buf_str(struct fake_buf *b, const char *s);
__attribute__((format(printf, 2, 3), nonnull(2))) void fake_buf_fmt(struct fake_buf *b,
                                                                    const char *fmt, ...);
void fake_buf_done(struct fake_buf *b);
/* The text, owned by the caller, never NULL; b is empty afterwards. */
char *fake_buf_take(struct fake_buf *b);

enum fake_pct {
    FAKE_PCT_ALL,  /* RFC 3986 unreserved stay: signatures, values */
    FAKE_PCT_PATH, /* '/' stays, too */
    FAKE_PCT_LIST, /* as S3 answers encoding-type=url: "/" and "*" stay, "~" does not, space is "+"
                    */
    FAKE_PCT_LOG,  /* only control bytes and '%' are encoded */
};
void fake_pct_encode(struct fake_buf *b, const void *p, size_t n, enum fake_pct how);
/* Decodes %XX, and '+' to a space as S3 does; false when a '%' is not followed by two digits. */
bool fake_pct_decode(const char *p, size_t n, char **ret, size_t *ret_n);

void fake_hex(const void *p, size_t n, char *ret);    /* 2n + 1 bytes */
void fake_base64(const void *p, size_t n, char *ret); /* 4 * ceil(n / 3) + 1 bytes */
/* Strict; returns the length, or -1. ret holds strlen(s) / 4 * 3 bytes. */
long fake_unbase64(const char *s, void *ret);
/* Digits only, no sign, at most max. */
bool fake_number(const char *s, uint64_t max, uint64_t *ret);

#define FAKE_DATE 32
void fake_date_iso(int64_t unix_ms, char ret[FAKE_DATE]);  /* 2026-11-21T14:00:00.000Z */
void fake_date_http(int64_t unix_ms, char ret[FAKE_DATE]); /* Sat, 21 Nov 2026 14:00:00 GMT */
void fake_date_amz(int64_t unix_ms, char ret[FAKE_DATE]);  /* 20261121T140000Z */
bool fake_parse_amz(const char *s, int64_t *ret_unix_ms);
bool fake_parse_http(const char *s, int64_t *ret_unix_ms); /* also takes ISO 8601 in UTC */

#endif
