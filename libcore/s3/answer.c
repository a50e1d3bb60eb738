/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/answer.c - reading answers.
 *
 * Listings carry a time for every key, always in one form. That form is read here, digit by digit;
 * whatever differs from it in the least goes to the general parser, so there is nothing to be wrong
 * about but speed.
 */
#include "s3/answer.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/timefmt.h"

#define MAX_XML_TEXT (64 * 1024)

int pail_s3_copy_text(const char *noun, struct pail_str text, char *dst, size_t cap,
                      struct pail_error *err)
{
    if (text.len >= cap)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "%s of %zu bytes", noun, text.len);
    if (text.len)
        memcpy(dst, text.ptr, text.len);
    dst[text.len] = '\0';
    return 0;
}

int pail_s3_copy_etag(struct pail_str text, char *dst, size_t cap, struct pail_error *err)
{
    bool bare = text.len && text.ptr[text.len - 1] != '"';
    char quoted[160];

    if (bare && text.len + 2 < sizeof(quoted)) {
        quoted[0] = '"';
        memcpy(quoted + 1, text.ptr, text.len);
        quoted[text.len + 1] = '"';
        text = pail_strn(quoted, text.len + 2);
    }
    return pail_s3_copy_text("an ETag", text, dst, cap, err);
}

int pail_s3_parse_xml(struct pail_str body, const struct pail_xml_handler *handler, void *ud,
                      struct pail_error *err)
{
    /* Blanks sent to keep the connection alive may stand in front, where XML allows none. */
    int rc = pail_xml_parse(pail_str_trim(body), "answer", MAX_XML_TEXT, handler, ud, err);
    if (rc == PAIL_E_PARSE) {
        rc = PAIL_E_GARBAGE;
        if (err)
            err->code = PAIL_E_GARBAGE;
    }
    return rc;
}

/* Digits of fixed width; -1 where one is none. */
static int number(const char *p, size_t n)
{
    int v = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        v = v * 10 + (p[i] - '0');
    }
    return v;
}

/* Days since 1970-01-01 of a Gregorian date, months counted from March. */
static int64_t days(int y, int m, int d)
{
    y -= m <= 2;
    int64_t era = y / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

int pail_s3_parse_time(struct pail_str text, int64_t *ret_ns, struct pail_error *err)
{
    const char *p = text.ptr;

    /* 0123456789012345678901234
     * 2009-10-12T17:50:30.000Z or 2009-10-12T17:50:30Z */
    if ((text.len == 24 || text.len == 20) && p[4] == '-' && p[7] == '-' && p[10] == 'T' &&
        p[13] == ':' && p[16] == ':' && p[text.len - 1] == 'Z' &&
        p[19] == (text.len == 24 ? '.' : 'Z')) {
        int y = number(p, 4), mo = number(p + 5, 2), d = number(p + 8, 2);
        int h = number(p + 11, 2), mi = number(p + 14, 2), s = number(p + 17, 2);
        int ms = text.len == 24 ? number(p + 20, 3) : 0;
        /* Days past the 28th are left to the careful one, which knows the months. */
        if (y >= 1970 && y < 2200 && mo >= 1 && mo <= 12 && d >= 1 && d <= 28 && h >= 0 && h < 24 &&
            mi >= 0 && mi < 60 && s >= 0 && s < 60 && ms >= 0) {
            int64_t unix_s = days(y, mo, d) * 86400 + h * 3600 + mi * 60 + s;
            *ret_ns = unix_s * PAIL_NS_PER_S + ms * PAIL_NS_PER_MS;
            return 0;
        }
    }
    return pail_time_parse_iso(text, ret_ns, err);
}
