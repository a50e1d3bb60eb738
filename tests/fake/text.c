/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text for the S3 model. Nothing here depends on the locale or the time zone: dates are computed
 * from the civil calendar, numbers are read digit by digit, so that a run gives the same bytes
 * everywhere.
 */
#include "fake/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *fake_xalloc(size_t n)
{
    void *p = calloc(1, n ? n : 1);
    if (!p)
        abort();
    return p;
}

void *fake_xrealloc(void *p, size_t n)
{
    p = realloc(p, n ? n : 1);
    if (!p)
        abort();
    return p;
}

char *fake_dup(const void *p, size_t n)
{
    char *s = fake_xrealloc(NULL, n + 1);
    if (n)
        memcpy(s, p, n);
    s[n] = '\0';
    return s;
}

char *fake_dups(const char *s)
{
    return s ? fake_dup(s, strlen(s)) : NULL;
}

struct fake_view fake_view_of(const char *s)
{
    return (struct fake_view){s, s ? strlen(s) : 0};
}

bool fake_view_eq(struct fake_view a, struct fake_view b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool fake_has_prefix(struct fake_view s, struct fake_view prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

int fake_compare(const void *a, size_t na, const void *b, size_t nb)
{
    size_t n = na < nb ? na : nb;
    int c = n ? memcmp(a, b, n) : 0;
    if (c == 0)
        c = (na > nb) - (na < nb);
    return c;
}

static void grow(struct fake_buf *b, size_t more)
{
    if (b->n + more + 1 <= b->cap)
        return;
    size_t cap = b->cap ? b->cap * 2 : 256;
    while (cap < b->n + more + 1)
        cap *= 2;
    b->p = fake_xrealloc(b->p, cap);
    b->cap = cap;
}

void fake_buf_put(struct fake_buf *b, const void *p, size_t n)
{
    grow(b, n);
    if (n)
        memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = '\0';
}

void fake_buf_str(struct fake_buf *b, const char *s)
{
    fake_buf_put(b, s, strlen(s));
}

void fake_buf_fmt(struct fake_buf *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n > 0) {
        grow(b, (size_t)n);
        vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

void fake_buf_done(struct fake_buf *b)
{
    free(b->p);
    *b = (struct fake_buf){0};
}

char *fake_buf_take(struct fake_buf *b)
{
    grow(b, 0);
    b->p[b->n] = '\0';
    char *p = b->p;
    *b = (struct fake_buf){0};
    return p;
}

/* ---- encodings ------------------------------------------------------------------------------- */

static bool stays(unsigned char c, enum fake_pct how)
{
    if (how == FAKE_PCT_LOG)
        return c > 0x1f && c != 0x7f && c != '%';
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
        c == '_' || c == '.')
        return true;
    switch (how) {
    case FAKE_PCT_ALL:
        return c == '~';
    case FAKE_PCT_PATH:
        return c == '~' || c == '/';
    default:
        return c == '/' || c == '*';
    }
}

void fake_pct_encode(struct fake_buf *b, const void *p, size_t n, enum fake_pct how)
{
    static const char digits[] = "0123456789ABCDEF";
    const unsigned char *s = p;
    grow(b, n * 3);
    for (size_t i = 0; i < n; i++) {
        if (stays(s[i], how)) {
            b->p[b->n++] = (char)s[i];
        } else if (s[i] == ' ' && how == FAKE_PCT_LIST) {
            b->p[b->n++] = '+';
        } else {
            b->p[b->n++] = '%';
            b->p[b->n++] = digits[s[i] >> 4];
            b->p[b->n++] = digits[s[i] & 15];
        }
    }
    b->p[b->n] = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool fake_pct_decode(const char *p, size_t n, char **ret, size_t *ret_n)
{
    char *out = fake_xrealloc(NULL, n + 1);
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '+') {
            out[k++] = ' ';
        } else if (p[i] != '%') {
            out[k++] = p[i];
        } else {
            int hi = i + 2 < n ? hex_digit(p[i + 1]) : -1;
            int lo = i + 2 < n ? hex_digit(p[i + 2]) : -1;
            if (hi < 0 || lo < 0) {
                free(out);
                return false;
            }
            out[k++] = (char)(hi * 16 + lo);
            i += 2;
        }
    }
    out[k] = '\0';
    *ret = out;
    *ret_n = k;
    return true;
}

void fake_hex(const void *p, size_t n, char *ret)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *s = p;
    for (size_t i = 0; i < n; i++) {
        ret[2 * i] = digits[s[i] >> 4];
        ret[2 * i + 1] = digits[s[i] & 15];
    }
    ret[2 * n] = '\0';
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void fake_base64(const void *p, size_t n, char *ret)
{
    const unsigned char *s = p;
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)s[i] << 16;
        if (i + 1 < n)
            v |= (uint32_t)s[i + 1] << 8;
        if (i + 2 < n)
            v |= s[i + 2];
        *ret++ = alphabet[v >> 18];
        *ret++ = alphabet[(v >> 12) & 63];
        *ret++ = i + 1 < n ? alphabet[(v >> 6) & 63] : '=';
        *ret++ = i + 2 < n ? alphabet[v & 63] : '=';
    }
    *ret = '\0';
}

long fake_unbase64(const char *s, void *ret)
{
    size_t n = strlen(s), k = 0;
    unsigned char *out = ret;
    if (n % 4)
        return -1;
    for (size_t i = 0; i < n; i += 4) {
        uint32_t v = 0;
        int pad = 0;
        for (size_t j = 0; j < 4; j++) {
            char c = s[i + j];
            const char *at = c ? strchr(alphabet, c) : NULL;
            if (c == '=' && i + 4 == n && j >= 2)
                pad++;
            else if (!at || pad)
                return -1;
            v = v << 6 | (uint32_t)(at ? at - alphabet : 0);
        }
        out[k++] = (unsigned char)(v >> 16);
        if (pad < 2)
            out[k++] = (unsigned char)(v >> 8);
        if (pad < 1)
            out[k++] = (unsigned char)v;
    }
    return (long)k;
}

bool fake_number(const char *s, uint64_t max, uint64_t *ret)
{
    uint64_t v = 0;
    if (!*s)
        return false;
    for (; *s; s++) {
        if (*s < '0' || *s > '9')
            return false;
        uint64_t d = (uint64_t)(*s - '0');
        if (v > (max - d) / 10)
            return false;
        v = v * 10 + d;
    }
    *ret = v;
    return v <= max;
}

/* ---- dates ----------------------------------------------------------------------------------- */

struct civil {
    int64_t year;
    int month, day, hour, minute, second, ms, weekday;
};

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar; years begin in March. */
static int64_t days_of(int64_t y, int m, int d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static struct civil civil_of(int64_t unix_ms)
{
    int64_t days = unix_ms / 86400000, rest = unix_ms % 86400000;
    if (rest < 0) {
        rest += 86400000;
        days--;
    }
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int mp = (int)((5 * doy + 2) / 153);
    struct civil c = {.day = (int)(doy - (153 * mp + 2) / 5 + 1),
                      .month = mp < 10 ? mp + 3 : mp - 9};
    c.year = yoe + era * 400 + (c.month <= 2);
    c.ms = (int)(rest % 1000);
    c.second = (int)(rest / 1000 % 60);
    c.minute = (int)(rest / 60000 % 60);
    c.hour = (int)(rest / 3600000);
    c.weekday = (int)(((days + 4) % 7 + 7) % 7);
    return c;
}

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

void fake_date_iso(int64_t unix_ms, char ret[FAKE_DATE])
{
    struct civil c = civil_of(unix_ms);
    snprintf(ret, FAKE_DATE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)c.year % 10000, c.month,
             c.day, c.hour, c.minute, c.second, c.ms);
}

void fake_date_http(int64_t unix_ms, char ret[FAKE_DATE])
{
    struct civil c = civil_of(unix_ms);
    snprintf(ret, FAKE_DATE, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
             &"SunMonTueWedThuFriSat"[c.weekday * 3], c.day, &months[(c.month - 1) * 3],
             (int)c.year % 10000, c.hour, c.minute, c.second);
}

void fake_date_amz(int64_t unix_ms, char ret[FAKE_DATE])
{
    struct civil c = civil_of(unix_ms);
    snprintf(ret, FAKE_DATE, "%04d%02d%02dT%02d%02d%02dZ", (int)c.year % 10000, c.month, c.day,
             c.hour, c.minute, c.second);
}

static bool to_ms(const struct civil *c, int64_t *ret)
{
    if (c->month < 1 || c->month > 12 || c->day < 1 || c->day > 31 || c->hour > 23 ||
        c->minute > 59 || c->second > 60)
        return false;
    *ret = ((days_of(c->year, c->month, c->day) * 24 + c->hour) * 60 + c->minute) * 60000 +
           c->second * 1000 + c->ms;
    return true;
}

bool fake_parse_amz(const char *s, int64_t *ret_unix_ms)
{
    struct civil c = {0};
    int year = 0, end = 0;
    if (strlen(s) != 16 ||
        sscanf(s, "%4d%2d%2dT%2d%2d%2dZ%n", &year, &c.month, &c.day, &c.hour, &c.minute, &c.second,
               &end) != 6 ||
        end != 16)
        return false;
    c.year = year;
    return to_ms(&c, ret_unix_ms);
}

bool fake_parse_http(const char *s, int64_t *ret_unix_ms)
{
    struct civil c = {0};
    char month[4] = "";
    int year = 0, end = 0;
    if (sscanf(s, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &c.day, month, &year,
               &c.hour, &c.minute, &c.second, &end) == 6 &&
        end > 0) {
        const char *at = strstr(months, month);
        if (strlen(month) != 3 || !at)
            return false;
        c.month = (int)(at - months) / 3 + 1;
    } else if (sscanf(s, "%4d-%2d-%2dT%2d:%2d:%2d", &year, &c.month, &c.day, &c.hour, &c.minute,
                      &c.second) != 6) {
        return false;
    }
    c.year = year;
    return to_ms(&c, ret_unix_ms);
}
