/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instants as people write them: "Feb 27 2031", "27.2.2031 10:30", "02/27/31 10 pm", what date(1)
 * prints. botocore takes all that Python's dateutil takes, so parameters are read by its rules: the
 * text falls into words and numbers; a number with ":" is a time of the day, the others are day,
 * month and year in the order that fits, the month first where both do; what is not said is
 * today's, and midnight.
 *
 * Two are left out, because a wrong instant would be worse than none: zones by name other than UTC
 * (dateutil takes them for UTC), and durations ("10h30m").
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/timefmt.h"
#include "protocol/times.h"

#define TOKENS_MAX 32
#define DAY_S 86400

enum part { YEAR, MONTH, DAY, PARTS };

struct reader {
    struct pail_str v[TOKENS_MAX];
    size_t n, at;
    /* The date's numbers in their order, and where the parts are that are known; -1: not. */
    int date[PARTS], known[PARTS];
    unsigned dates;
    bool century;                                /* the year has one */
    int hour, minute, second, offset_s, weekday; /* hour and weekday -1: not said */
    uint32_t nanos;
    bool zoned, failed;
};

/* ---- Words ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static bool is_number(struct pail_str s)
{
    return s.len && is_digit(s.ptr[0]);
}

/* The length of the number that begins here, with one fraction: "10.5", but of "27.2.2031" "27". */
static size_t number_len(struct pail_str s, bool fraction)
{
    size_t n = 0, whole;
    while (n < s.len && is_digit(s.ptr[n]))
        n++;
    whole = n;
    if (!fraction || n + 1 >= s.len || !(s.ptr[n] == '.' || (s.ptr[n] == ',' && n >= 2)) ||
        !is_digit(s.ptr[n + 1]))
        return n;
    for (n++; n < s.len && is_digit(s.ptr[n]); n++)
        ;
    return n < s.len && s.ptr[n] == '.' ? whole : n;
}

static bool split(struct reader *r, struct pail_str s)
{
    for (; s.len && r->n < TOKENS_MAX; r->n++) {
        bool dotted = r->n > 1 && pail_str_eqz(r->v[r->n - 1], ".") && is_number(r->v[r->n - 2]);
        size_t n = is_digit(s.ptr[0]) ? number_len(s, !dotted) : 0;
        while (!is_digit(s.ptr[0]) && n < s.len && is_letter(s.ptr[n]))
            n++;
        n = n ? n : 1;
        r->v[r->n] = s.ptr[0] == '\t' ? PAIL_STR(" ") : pail_str_sub(s, 0, n);
        s = pail_str_from(s, n);
    }
    return !s.len;
}

/* Which of the words, apart by blanks, it is; -1: none. Short: their first three letters do. */
static int find(struct pail_str word, const char *words, bool short_too)
{
    struct pail_str rest = pail_str(words), w;
    for (int i = 0; pail_str_split(&rest, ' ', &w); i++)
        if (pail_str_ieq(word, w) || (short_too && pail_str_ieq(word, pail_str_sub(w, 0, 3))))
            return i;
    return -1;
}

static int month_of(struct pail_str w)
{
    int i = find(w,
                 "january february march april may june july august september october november "
                 "december",
                 true);
    return i >= 0 ? i + 1 : find(w, "sept", false) == 0 ? 9 : 0;
}

static bool is_nothing(struct pail_str w)
{
    return pail_str_eqz(w, " ") ||
           find(w, ". , ; - / ' at on and ad m t of st nd rd th", false) >= 0;
}

/* 0: before noon, 12: after, -1: neither. */
static int half_of(struct pail_str w)
{
    int i = find(w, "am pm a p", false);
    return i < 0 ? -1 : i % 2 * 12;
}

static struct pail_str token(const struct reader *r, size_t i)
{
    return i < r->n ? r->v[i] : PAIL_STR("");
}

static bool is_mark(const struct reader *r, size_t i, const char *marks)
{
    struct pail_str w = token(r, i);
    return w.len == 1 && strchr(marks, w.ptr[0]);
}

/* ---- Dates ---- */

static int number(struct reader *r, struct pail_str s)
{
    int v = 0;
    if (!is_number(s) || s.len > 4)
        r->failed = true;
    for (size_t i = 0; !r->failed && i < s.len && is_digit(s.ptr[i]); i++)
        v = v * 10 + (s.ptr[i] - '0');
    return v;
}

static void add(struct reader *r, int value, int part)
{
    if (r->dates == PARTS || (part >= 0 && r->known[part] >= 0)) {
        r->failed = true;
        return;
    }
    if (part >= 0)
        r->known[part] = (int)r->dates;
    r->date[r->dates++] = value;
}

static void add_text(struct reader *r, struct pail_str s)
{
    int month = month_of(s), v = month ? month : number(r, s);
    bool year = !month && (s.len > 2 || v > 100);
    r->century = r->century || year;
    add(r, v, month ? MONTH : year ? YEAR : -1);
}

/* "27-Feb-2031", "2/27": the separator of the first two counts. */
static void take_date(struct reader *r)
{
    struct pail_str mark = token(r, r->at + 1);
    add_text(r, token(r, r->at));
    r->at += 2;
    if (r->at >= r->n || is_nothing(token(r, r->at)))
        return;
    add_text(r, token(r, r->at++));
    if (!pail_str_eq(token(r, r->at), mark))
        return;
    add_text(r, token(r, r->at + 1));
    r->at += 2;
}

/* 20310227, with or without hhmm[ss] */
static void take_compact(struct reader *r)
{
    struct pail_str s = token(r, r->at++);
    add_text(r, pail_str_sub(s, 0, 4));
    add(r, number(r, pail_str_sub(s, 4, 2)), MONTH);
    add(r, number(r, pail_str_sub(s, 6, 2)), DAY);
    if (s.len > 8) {
        r->hour = number(r, pail_str_sub(s, 8, 2));
        r->minute = number(r, pail_str_sub(s, 10, 2));
    }
    if (s.len > 12)
        r->second = number(r, pail_str_sub(s, 12, 2));
}

/* ---- Times ---- */

static void take_second(struct reader *r, struct pail_str s)
{
    size_t dot = pail_str_find(s, '.');
    dot = dot == SIZE_MAX ? pail_str_find(s, ',') : dot;
    struct pail_str whole = pail_str_sub(s, 0, dot == SIZE_MAX ? s.len : dot);
    uint32_t unit = 100000000;
    r->second = number(r, whole);
    r->nanos = 0;
    for (size_t i = whole.len + 1; i < s.len && unit >= 1000; i++, unit /= 10)
        r->nanos += (uint32_t)(s.ptr[i] - '0') * unit;
}

static void take_clock(struct reader *r)
{
    struct pail_str minute = token(r, r->at + 2);
    r->hour = number(r, token(r, r->at));
    r->minute = number(r, minute);
    r->failed = r->failed || minute.len > 2; /* "10:30.5" */
    r->at += 3;
    if (is_mark(r, r->at, ":") && is_number(token(r, r->at + 1))) {
        take_second(r, token(r, r->at + 1));
        r->at += 2;
    }
}

static void take_half(struct reader *r, int half)
{
    if (r->hour < 0 || r->hour > 12)
        r->failed = true;
    r->hour = r->hour % 12 + half;
}

/* "+02:00", "-0330", "+2"; of "GMT+3" east is west, as POSIX has it. */
static void take_offset(struct reader *r, bool west)
{
    bool minus = is_mark(r, r->at, "-");
    struct pail_str s = token(r, r->at + 1);
    int hours = number(r, pail_str_sub(s, 0, s.len == 4 ? 2 : s.len)), minutes = 0;
    r->failed = r->failed || (s.len != 4 && s.len > 2);
    r->at += 2;
    if (s.len == 4) {
        minutes = number(r, pail_str_from(s, 2));
    } else if (is_mark(r, r->at, ":")) {
        minutes = number(r, token(r, r->at + 1));
        r->at += 2;
    }
    r->offset_s = hours * 3600 + minutes * 60;
    if (minus != west)
        r->offset_s = -r->offset_s;
    r->failed = r->failed || r->zoned || hours > 23;
    r->zoned = true;
}

/* ---- Tokens ---- */

static void take_number(struct reader *r)
{
    struct pail_str s = token(r, r->at), next = token(r, r->at + 1);
    bool whole = pail_str_find(s, '.') == SIZE_MAX && pail_str_find(s, ',') == SIZE_MAX;
    struct pail_str unit = is_mark(r, r->at + 1, " ") ? token(r, r->at + 2) : next;
    int half = half_of(unit);
    if (is_mark(r, r->at + 1, ":")) {
        take_clock(r);
    } else if (whole && (s.len == 8 || s.len == 12 || s.len == 14)) {
        take_compact(r);
    } else if (whole && r->dates == PARTS && r->hour < 0 && (s.len == 2 || s.len == 4)) {
        r->hour = number(r, pail_str_sub(s, 0, 2)); /* "20310227T1030" */
        r->minute = s.len == 4 ? number(r, pail_str_from(s, 2)) : 0;
        r->at++;
    } else if (whole && is_mark(r, r->at + 1, "-/.")) {
        take_date(r);
    } else if (whole && half >= 0 && r->hour < 0) {
        r->hour = number(r, s);
        take_half(r, half);
        r->at += is_mark(r, r->at + 1, " ") ? 3 : 2;
    } else if (whole && find(unit, "h m s hour minute second hours minutes seconds", false) < 0) {
        add_text(r, s);
        r->at++;
    } else {
        r->failed = true;
    }
}

static void take_word(struct reader *r)
{
    struct pail_str w = token(r, r->at);
    int day = find(w, "monday tuesday wednesday thursday friday saturday sunday", true);
    if (day >= 0 && r->weekday < 0) {
        r->weekday = day;
        r->at++;
    } else if (month_of(w) && is_mark(r, r->at + 1, "-/")) {
        take_date(r);
    } else if (month_of(w) && find(token(r, r->at + 2), "of", false) < 0) {
        add(r, month_of(w), MONTH);
        r->at++;
    } else if (half_of(w) >= 0 && r->hour >= 0) {
        take_half(r, half_of(w));
        r->at++;
    } else if (find(w, "utc gmt z", false) >= 0 && r->hour >= 0 && !r->zoned) {
        r->at++;
        if (is_mark(r, r->at, "+-") && is_number(token(r, r->at + 1)))
            take_offset(r, true);
        r->zoned = true;
    } else if (r->hour >= 0 && is_mark(r, r->at, "+-") && is_number(token(r, r->at + 1))) {
        take_offset(r, false);
    } else {
        r->failed = r->failed || !is_nothing(w);
        r->at++;
    }
}

/* ---- The whole ---- */

/* Which of the three is the first, the second and the third number. */
static void order(const struct reader *r, enum part ret[PARTS])
{
    static const enum part ymd[] = {YEAR, MONTH, DAY}, dmy[] = {DAY, MONTH, YEAR},
                           mdy[] = {MONTH, DAY, YEAR}, myd[] = {MONTH, YEAR, DAY},
                           dym[] = {DAY, YEAR, MONTH}, ydm[] = {YEAR, DAY, MONTH};
    const int *v = r->date, month = r->known[MONTH], year = r->known[YEAR];
    const enum part *best;
    if (r->dates == 1)
        best = month == 0 ? mdy : year == 0 || v[0] > 31 ? ymd : dmy;
    else if (r->dates == 2)
        best = month == 0   ? (v[1] > 31 ? myd : mdy)
               : month == 1 ? (v[0] > 31 ? ymd : dmy)
               : v[0] > 31  ? ymd
               : v[1] > 31  ? myd
                            : mdy;
    else if (month == 0)
        best = year == 1 || v[1] > 31 ? myd : mdy;
    else if (month == 1)
        best = year == 0 || v[0] > 31 ? ymd : dmy;
    else if (month == 2)
        best = year == 1 || v[1] > 31 ? dym : ydm;
    else
        best = year == 0 || v[0] > 31 ? ymd : v[0] > 12 ? dmy : mdy;
    memcpy(ret, best, PARTS * sizeof(*ret));
}

static int64_t seconds_of(const int date[PARTS], const struct reader *r, bool *ret_ok)
{
    char text[PAIL_TIME_ISO_LEN];
    int64_t s = 0;
    uint32_t nanos;
    int n = snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d", date[YEAR], date[MONTH],
                     date[DAY], r->hour < 0 ? 0 : r->hour, r->minute, r->second);
    *ret_ok = n == 19 && r->second < 60 &&
              pail_time_parse_any(pail_str(text), &s, &nanos, NULL) == 0;
    return s;
}

/* The year of two digits that is nearest to this one. */
static int full_year(int year, int this)
{
    year += this / 100 * 100;
    return year >= this + 50 ? year - 100 : year < this - 50 ? year + 100 : year;
}

static bool resolve(const struct reader *r, struct pail_time *ret)
{
    char today[9];
    int date[PARTS], now[PARTS];
    enum part parts[PARTS];
    bool given[PARTS] = {false}, ok;
    pail_time_date(pail_clock_wall_s(), today);
    (void)sscanf(today, "%4d%2d%2d", &now[YEAR], &now[MONTH], &now[DAY]);
    memcpy(date, now, sizeof(date));
    order(r, parts);
    for (unsigned i = 0; i < r->dates; i++) {
        date[parts[i]] = r->date[i];
        given[parts[i]] = true;
    }
    if (given[YEAR] && !r->century)
        date[YEAR] = full_year(date[YEAR], now[YEAR]);
    int64_t s = seconds_of(date, r, &ok);
    while (!ok && !given[DAY] && date[DAY] > 28) { /* today is the 31st, and that month has none */
        date[DAY]--;
        s = seconds_of(date, r, &ok);
    }
    if (r->weekday >= 0 && !given[DAY]) /* 1970-01-05 was a Monday */
        s += (((r->weekday - s / DAY_S - 3) % 7 + 14) % 7) * DAY_S;
    if (ok)
        *ret = (struct pail_time){s - r->offset_s, r->nanos};
    return ok;
}

bool pail_time_of_words(struct pail_str text, struct pail_time *ret)
{
    struct reader r = {.known = {-1, -1, -1}, .hour = -1, .weekday = -1, .second = 0, .minute = 0};
    if (!split(&r, text))
        return false;
    while (!r.failed && r.at < r.n)
        if (is_number(token(&r, r.at)))
            take_number(&r);
        else
            take_word(&r);
    return !r.failed && (r.dates || r.hour >= 0 || r.weekday >= 0) && resolve(&r, ret);
}
