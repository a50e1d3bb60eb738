/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/buf.c - bounded growing buffer.
 *
 * Invariants: len <= max; ptr is NULL or has cap > len bytes and ptr[len] is NUL; once failed is
 * set, appends change nothing, so text is never missing from the middle. The maximum is the
 * caller's statement of how much is reasonable; it is what keeps a hostile reply from filling the
 * memory.
 */
#include "base/buf.h"

#include <stdio.h>

#include "base/alloc.h"

#define FIRST_CAP 64

void pail_buf_init(struct pail_buf *b, size_t max)
{
    *b = (struct pail_buf)PAIL_BUF_INIT(max);
}

void pail_buf_done(struct pail_buf *b)
{
    pail_free(b->ptr);
    pail_buf_init(b, b->max);
}

void pail_buf_reset(struct pail_buf *b)
{
    b->len = 0;
    b->failed = PAIL_BUF_OK;
    if (b->ptr)
        b->ptr[0] = '\0';
}

/* Makes room for n more bytes and the NUL; false after setting the failure. */
static bool grow(struct pail_buf *b, size_t n)
{
    if (b->failed)
        return false;
    if (n > b->max - b->len) {
        b->failed = PAIL_BUF_TOO_BIG;
        return false;
    }
    if (n > SIZE_MAX - 1 - b->len) {
        b->failed = PAIL_BUF_NOMEM;
        return false;
    }
    size_t need = b->len + n + 1;
    if (need <= b->cap)
        return true;

    size_t cap = b->cap ? b->cap : FIRST_CAP;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    if (cap - 1 > b->max)
        cap = b->max + 1; /* still >= need */
    char *ptr = pail_realloc(b->ptr, cap);
    if (!ptr) {
        b->failed = PAIL_BUF_NOMEM;
        return false;
    }
    ptr[b->len] = '\0';
    b->ptr = ptr;
    b->cap = cap;
    return true;
}

void pail_buf_append(struct pail_buf *b, const void *p, size_t n)
{
    /* A piece of the buffer itself may be appended; growing moves it. */
    uintptr_t offset = (uintptr_t)p - (uintptr_t)b->ptr;
    bool own = b->ptr && offset < b->cap;

    if (!grow(b, n))
        return;
    if (n)
        memmove(b->ptr + b->len, own ? b->ptr + offset : p, n);
    b->len += n;
    b->ptr[b->len] = '\0';
}

void pail_buf_str(struct pail_buf *b, struct pail_str s)
{
    pail_buf_append(b, s.ptr, s.len);
}

void pail_buf_z(struct pail_buf *b, const char *z)
{
    pail_buf_str(b, pail_str(z));
}

void pail_buf_char(struct pail_buf *b, char c)
{
    pail_buf_append(b, &c, 1);
}

void pail_buf_fmt(struct pail_buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    pail_buf_vfmt(b, fmt, ap);
    va_end(ap);
}

void pail_buf_vfmt(struct pail_buf *b, const char *fmt, va_list ap)
{
    if (b->failed)
        return;

    char small[256];
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(small, sizeof(small), fmt, ap);
    if (n < 0) {
        b->failed = PAIL_BUF_NOMEM; /* the only way for these formats */
    } else if ((size_t)n < sizeof(small)) {
        pail_buf_append(b, small, (size_t)n);
    } else if (grow(b, (size_t)n)) {
        /* The arguments must not be views of this buffer here; no caller has a reason to. */
        vsnprintf(b->ptr + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    va_end(again);
}

void pail_buf_u64(struct pail_buf *b, uint64_t v)
{
    char digits[20];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    pail_buf_append(b, digits + at, sizeof(digits) - at);
}

void pail_buf_truncate(struct pail_buf *b, size_t len)
{
    if (len >= b->len)
        return;
    b->len = len;
    b->ptr[len] = '\0';
}

void *pail_buf_reserve(struct pail_buf *b, size_t n)
{
    return grow(b, n) ? b->ptr + b->len : NULL;
}

void pail_buf_added(struct pail_buf *b, size_t n)
{
    if (b->failed || n == 0)
        return;
    b->len += n;
    b->ptr[b->len] = '\0';
}

int pail_buf_check(const struct pail_buf *b, const char *what, struct pail_error *err)
{
    switch (b->failed) {
    case PAIL_BUF_OK:
        return 0;
    case PAIL_BUF_TOO_BIG:
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_TOO_BIG, "%s: more than %zu bytes", what,
                              b->max);
    case PAIL_BUF_NOMEM:
        break;
    }
    pail_error_nomem(err);
    if (err)
        pail_error_prefix(err, "%s", what);
    return PAIL_E_NOMEM;
}

const char *pail_buf_cstr(const struct pail_buf *b)
{
    return b->ptr ? b->ptr : "";
}

char *pail_buf_take(struct pail_buf *b, size_t *ret_len)
{
    if (!grow(b, 0)) /* an empty text is memory too */
        return NULL;
    char *ptr = b->ptr;
    if (ret_len)
        *ret_len = b->len;
    pail_buf_init(b, b->max);
    return ptr;
}
