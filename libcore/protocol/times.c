/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol/times.h"

#include <math.h>

#include "base/str.h"
#include "base/timefmt.h"
#include "base/value_json.h"

#define MIN_S (-INT64_C(62135596800)) /* 0001-01-01T00:00:00Z */
#define MAX_S INT64_C(253402300799)   /* 9999-12-31T23:59:59Z */

static bool whole(int64_t s, struct pail_time *ret)
{
    if (s < MIN_S || s > MAX_S)
        return false;
    *ret = (struct pail_time){s, 0};
    return true;
}

/* Rounded to microseconds, half to even, as Python's datetime does. */
static bool fraction(double d, struct pail_time *ret)
{
    if (!(d >= (double)MIN_S && d <= (double)MAX_S))
        return false;
    double down = floor(d), us = nearbyint((d - down) * 1e6);
    struct pail_time t = {(int64_t)down, 0};
    if (us >= 1e6)
        t.seconds++;
    else
        t.nanos = (uint32_t)us * 1000;
    *ret = t;
    return true;
}

bool pail_time_of_text(struct pail_str text, struct pail_time *ret)
{
    struct pail_time t;
    int64_t i;
    double d;

    text = pail_str_trim(text);
    if (pail_str_to_i64(text, &i))
        return whole(i, ret);
    if (pail_real_parse(text, &d))
        return fraction(d, ret);
    if (pail_time_parse_any(text, &t.seconds, &t.nanos, NULL) < 0)
        return pail_time_of_words(text, ret);
    *ret = t;
    return true;
}

bool pail_time_of(const struct pail_value *v, struct pail_time *ret)
{
    int64_t i;
    double d;
    bool b;

    if (pail_value_as_time(v, ret))
        return true;
    if (pail_value_as_bool(v, &b)) /* an int in Python */
        return whole(b, ret);
    if (pail_value_as_int(v, &i))
        return whole(i, ret);
    if (pail_value_as_real(v, &d))
        return fraction(d, ret);
    return pail_value_as_str(v).ptr && pail_time_of_text(pail_value_as_str(v), ret);
}

void pail_time_text(struct pail_buf *to, struct pail_time t, enum pail_timestamp_format format)
{
    unsigned us = t.nanos / 1000;
    char text[PAIL_TIME_ISO_LEN];

    switch (format) {
    case PAIL_TIMESTAMP_UNIX:
        if (us)
            pail_real_repr(to, ((double)t.seconds * 1e6 + us) / 1e6);
        else
            pail_buf_fmt(to, "%lld", (long long)t.seconds);
        break;
    case PAIL_TIMESTAMP_RFC822:
        pail_time_http(t.seconds, text);
        pail_buf_z(to, text);
        break;
    default:
        pail_time_iso(t.seconds, text);
        pail_buf_append(to, text, strlen(text) - 1); /* without Z */
        if (us)
            pail_buf_fmt(to, ".%06u", us);
        pail_buf_char(to, 'Z');
    }
}
