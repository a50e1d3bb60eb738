/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Own calendar arithmetic: gmtime and strptime depend on locale and time zone and differ between C
 * libraries. Days are counted in eras of 400 years that begin on 1 March, so that the leap day is
 * the last of its year.
 *
 * The writers take any number; a time outside of the years 0000-9999, which none of the formats can
 * express, becomes the nearest one that they can. The parsers read through a cursor that fails at
 * the first mismatch and stays failed.
 */
#include "base/timefmt.h"

#include "base/str.h"

#define DAY_S 86400
#define MIN_UNIX_S (-INT64_C(62167219200)) /* 0000-01-01T00:00:00Z */
#define MAX_UNIX_S INT64_C(253402300799)   /* 9999-12-31T23:59:59Z */

struct civil {
    int year, month, day; /* month and day from 1 */
    int hour, minute, second;
    int weekday; /* 0: Sunday; not used by from_civil */
};

static const char month_names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const day_names[7] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                         "Thursday", "Friday", "Saturday"};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01. */
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = month <= 2 ? (int64_t)year - 1 : year;
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static int64_t from_civil(const struct civil *c)
{
    return days_from_civil(c->year, c->month, c->day) * DAY_S + c->hour * 3600 + c->minute * 60 +
           c->second;
}

static struct civil to_civil(int64_t unix_s)
{
    if (unix_s < MIN_UNIX_S)
        unix_s = MIN_UNIX_S;
    if (unix_s > MAX_UNIX_S)
        unix_s = MAX_UNIX_S;

    int64_t days = floor_div(unix_s, DAY_S);
    int second_of_day = (int)(unix_s - days * DAY_S);
    int64_t z = days + 719468;
    int64_t era = floor_div(z, 146097);
    int day_of_era = (int)(z - era * 146097);
    int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) /
                      365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month_from_march = (5 * day_of_year + 2) / 153;
    int month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;

    return (struct civil){
        .year = (int)(year_of_era + era * 400) + (month <= 2),
        .month = month,
        .day = day_of_year - (153 * month_from_march + 2) / 5 + 1,
        .hour = second_of_day / 3600,
        .minute = second_of_day / 60 % 60,
        .second = second_of_day % 60,
        .weekday = (int)(((days + 4) % 7 + 7) % 7), /* the epoch was a Thursday */
    };
}

static char *put_number(char *to, int value, int digits)
{
    for (int i = digits - 1; i >= 0; i--, value /= 10)
        to[i] = (char)('0' + value % 10);
    return to + digits;
}

static char *put_text(char *to, const char *text, size_t n)
{
    memcpy(to, text, n);
    return to + n;
}

void pail_time_date(int64_t unix_s, char ret[9])
{
    struct civil c = to_civil(unix_s);

    ret = put_number(ret, c.year, 4);
    ret = put_number(ret, c.month, 2);
    ret = put_number(ret, c.day, 2);
    *ret = '\0';
}

void pail_time_amz(int64_t unix_s, char ret[PAIL_TIME_AMZ_LEN])
{
    struct civil c = to_civil(unix_s);

    pail_time_date(unix_s, ret);
    ret += 8;
    *ret++ = 'T';
    ret = put_number(ret, c.hour, 2);
    ret = put_number(ret, c.minute, 2);
    ret = put_number(ret, c.second, 2);
    put_text(ret, "Z", 2);
}

static char *put_clock(char *to, const struct civil *c)
{
    to = put_number(to, c->hour, 2);
    *to++ = ':';
    to = put_number(to, c->minute, 2);
    *to++ = ':';
    return put_number(to, c->second, 2);
}

void pail_time_iso(int64_t unix_s, char ret[PAIL_TIME_ISO_LEN])
{
    struct civil c = to_civil(unix_s);

    ret = put_number(ret, c.year, 4);
    *ret++ = '-';
    ret = put_number(ret, c.month, 2);
    *ret++ = '-';
    ret = put_number(ret, c.day, 2);
    *ret++ = 'T';
    ret = put_clock(ret, &c);
    put_text(ret, "Z", 2);
}

void pail_time_http(int64_t unix_s, char ret[PAIL_TIME_HTTP_LEN])
{
    struct civil c = to_civil(unix_s);

    ret = put_text(ret, day_names[c.weekday], 3);
    ret = put_text(ret, ", ", 2);
    ret = put_number(ret, c.day, 2);
    *ret++ = ' ';
    ret = put_text(ret, month_names[c.month - 1], 3);
    *ret++ = ' ';
    ret = put_number(ret, c.year, 4);
    *ret++ = ' ';
    ret = put_clock(ret, &c);
    put_text(ret, " GMT", 5);
}

/* ---- Parsing ---- */

struct cursor {
    struct pail_str rest;
    bool failed;
};

static char peek(const struct cursor *c)
{
    return c->failed || c->rest.len == 0 ? '\0' : c->rest.ptr[0];
}

static void skip(struct cursor *c, size_t n)
{
    c->rest = pail_str_from(c->rest, n);
}

static int take_number(struct cursor *c, size_t digits)
{
    int v = 0;

    if (c->rest.len < digits)
        c->failed = true;
    for (size_t i = 0; i < digits && !c->failed; i++) {
        char d = c->rest.ptr[i];
        if (d < '0' || d > '9')
            c->failed = true;
        v = v * 10 + (d - '0');
    }
    if (c->failed)
        return 0;
    skip(c, digits);
    return v;
}

static void take_text(struct cursor *c, struct pail_str text)
{
    if (c->failed || !pail_str_starts(c->rest, text))
        c->failed = true;
    else
        skip(c, text.len);
}

static void take_clock(struct cursor *c, struct civil *t)
{
    t->hour = take_number(c, 2);
    take_text(c, PAIL_STR(":"));
    t->minute = take_number(c, 2);
    take_text(c, PAIL_STR(":"));
    t->second = take_number(c, 2);
}

/* A leap second (:60) counts as the first second of the next minute, as POSIX time has none. */
static bool civil_ok(const struct civil *c)
{
    return c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= days_in_month(c->year, c->month) && c->hour <= 23 && c->minute <= 59 &&
           c->second <= 60;
}

/* Nanoseconds of ".123"; digits past the ninth are read and dropped. */
static int64_t take_fraction(struct cursor *c)
{
    int64_t ns = 0, unit = 100000000;

    if (peek(c) != '.' && peek(c) != ',')
        return 0;
    skip(c, 1);
    if (peek(c) < '0' || peek(c) > '9')
        c->failed = true;
    for (; peek(c) >= '0' && peek(c) <= '9'; skip(c, 1), unit /= 10)
        ns += (peek(c) - '0') * unit;
    return ns;
}

/* Seconds east of UTC: "Z", "UTC" (as some credential files have it), "+hh", "+hhmm", "+hh:mm". */
static int take_offset(struct cursor *c)
{
    char sign = peek(c);

    if (sign == 'Z' || sign == 'z') {
        skip(c, 1);
        return 0;
    }
    if (sign != '+' && sign != '-') {
        take_text(c, PAIL_STR("UTC"));
        return 0;
    }
    skip(c, 1);
    int hours = take_number(c, 2), minutes = 0;
    if (peek(c) == ':')
        skip(c, 1), minutes = take_number(c, 2);
    else if (c->rest.len)
        minutes = take_number(c, 2);
    if (hours > 23 || minutes > 59)
        c->failed = true;
    int offset = hours * 3600 + minutes * 60;
    return sign == '-' ? -offset : offset;
}

int pail_time_parse_iso(struct pail_str s, int64_t *ret_unix_ns, struct pail_error *err)
{
    struct cursor c = {.rest = s};
    struct civil t = {.year = take_number(&c, 4)};

    take_text(&c, PAIL_STR("-"));
    t.month = take_number(&c, 2);
    take_text(&c, PAIL_STR("-"));
    t.day = take_number(&c, 2);
    if (peek(&c) == 'T' || peek(&c) == 't' || peek(&c) == ' ')
        skip(&c, 1);
    else
        c.failed = true;
    take_clock(&c, &t);
    int64_t fraction_ns = take_fraction(&c);
    int offset_s = take_offset(&c);
    if (c.failed || c.rest.len || !civil_ok(&t))
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE,
                              "time \"%.*s\": not of the form 2015-08-30T12:36:00Z",
                              (int)pail_min_u64(s.len, 64), s.ptr ? s.ptr : "");

    int64_t ns;
    if (__builtin_mul_overflow(from_civil(&t) - offset_s, INT64_C(1000000000), &ns) ||
        __builtin_add_overflow(ns, fraction_ns, &ns))
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE,
                              "time \"%.*s\": outside of the years 1678 to 2261",
                              (int)pail_min_u64(s.len, 64), s.ptr);
    *ret_unix_ns = ns;
    return 0;
}

static int take_month_name(struct cursor *c)
{
    for (int i = 0; i < 12; i++)
        if (!c->failed && pail_str_starts(c->rest, pail_strn(month_names[i], 3))) {
            skip(c, 3);
            return i + 1;
        }
    c->failed = true;
    return 0;
}

/* The long or the short name. Returns whether it was the long one. */
static bool take_day_name(struct cursor *c)
{
    for (int i = 0; i < 7; i++) {
        struct pail_str name = pail_str(day_names[i]);
        if (pail_str_starts(c->rest, name)) {
            skip(c, name.len);
            return true;
        }
        if (pail_str_starts(c->rest, pail_strn(name.ptr, 3))) {
            skip(c, 3);
            return false;
        }
    }
    c->failed = true;
    return false;
}

/* "06 Nov 1994 08:49:37 GMT", or with long_name "06-Nov-94 08:49:37 GMT". */
static void take_http_date(struct cursor *c, bool long_name, struct civil *t)
{
    struct pail_str sep = long_name ? PAIL_STR("-") : PAIL_STR(" ");

    t->day = take_number(c, 2);
    take_text(c, sep);
    t->month = take_month_name(c);
    take_text(c, sep);
    t->year = take_number(c, long_name ? 2 : 4);
    if (long_name) /* POSIX's rule for two digits; the "50 years from now" of RFC 9110 needs a clock
                    */
        t->year += t->year >= 69 ? 1900 : 2000;
    take_text(c, PAIL_STR(" "));
    take_clock(c, t);
    take_text(c, PAIL_STR(" GMT"));
}

/* "Nov  6 08:49:37 1994" */
static void take_asctime(struct cursor *c, struct civil *t)
{
    t->month = take_month_name(c);
    take_text(c, PAIL_STR(" "));
    if (peek(c) == ' ') {
        skip(c, 1);
        t->day = take_number(c, 1);
    } else {
        t->day = take_number(c, 2);
    }
    take_text(c, PAIL_STR(" "));
    take_clock(c, t);
    take_text(c, PAIL_STR(" "));
    t->year = take_number(c, 4);
}

int pail_time_parse_http(struct pail_str s, int64_t *ret_unix_s, struct pail_error *err)
{
    struct cursor c = {.rest = s};
    struct civil t = {0};

    bool long_name = take_day_name(&c);
    if (peek(&c) == ',') {
        take_text(&c, PAIL_STR(", "));
        take_http_date(&c, long_name, &t);
    } else {
        take_text(&c, PAIL_STR(" "));
        take_asctime(&c, &t);
        c.failed |= long_name;
    }
    if (c.failed || c.rest.len || !civil_ok(&t))
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE, "time \"%.*s\": not an HTTP date",
                              (int)pail_min_u64(s.len, 64), s.ptr ? s.ptr : "");
    *ret_unix_s = from_civil(&t);
    return 0;
}

/* ---- What people write ---- */

/* "2015-08-30", "20150830T1236", "2015-08-30 12:36:00.5 +02:00" */
static void take_loose_iso(struct cursor *c, struct civil *t, int64_t *ns, int *offset_s)
{
    t->year = take_number(c, 4);
    bool dashes = peek(c) == '-';
    if (dashes)
        skip(c, 1);
    t->month = take_number(c, 2);
    if (dashes)
        take_text(c, PAIL_STR("-"));
    t->day = take_number(c, 2);
    if (c->failed || !c->rest.len)
        return;
    if (peek(c) == 'T' || peek(c) == 't' || peek(c) == ' ')
        skip(c, 1);
    else
        c->failed = true;
    t->hour = take_number(c, 2);
    bool colons = peek(c) == ':';
    if (colons)
        skip(c, 1);
    t->minute = take_number(c, 2);
    if (colons ? peek(c) == ':' : peek(c) >= '0' && peek(c) <= '9') {
        skip(c, colons);
        t->second = take_number(c, 2);
        *ns = take_fraction(c);
    }
    while (peek(c) == ' ')
        skip(c, 1);
    if (c->rest.len)
        *offset_s = take_offset(c);
}

/* "Sun, 06 Nov 1994 08:49:37.5 GMT" */
static void take_loose_http(struct cursor *c, struct civil *t, int64_t *ns)
{
    take_day_name(c);
    take_text(c, PAIL_STR(", "));
    t->day = take_number(c, 2);
    take_text(c, PAIL_STR(" "));
    t->month = take_month_name(c);
    take_text(c, PAIL_STR(" "));
    t->year = take_number(c, 4);
    take_text(c, PAIL_STR(" "));
    take_clock(c, t);
    *ns = take_fraction(c);
    take_text(c, PAIL_STR(" GMT"));
}

int pail_time_parse_any(struct pail_str s, int64_t *ret_unix_s, uint32_t *ret_nanos,
                        struct pail_error *err)
{
    struct cursor c = {.rest = pail_str_trim(s)};
    struct civil t = {0};
    int64_t ns = 0, unix_s;
    int offset_s = 0;
    char first = peek(&c);

    if (first >= '0' && first <= '9')
        take_loose_iso(&c, &t, &ns, &offset_s);
    else
        take_loose_http(&c, &t, &ns);
    if (!c.failed && !c.rest.len && civil_ok(&t) && t.year >= 1) {
        *ret_unix_s = from_civil(&t) - offset_s;
        *ret_nanos = (uint32_t)ns;
        return 0;
    }
    int rc = pail_time_parse_http(pail_str_trim(s), &unix_s, NULL);
    if (rc < 0)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE, "time \"%.*s\": unknown form",
                              (int)pail_min_u64(s.len, 64), s.ptr ? s.ptr : "");
    *ret_unix_s = unix_s;
    *ret_nanos = 0;
    return 0;
}
