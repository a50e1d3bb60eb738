/* SPDX-License-Identifier: Apache-2.0 */
/* Types of plain texts in YAML 1.2, with dates, as most readers have them. */
#include "tools/service/yaml.h"

#include <math.h>

#include "base/str.h"
#include "base/timefmt.h"
#include "base/value_json.h"

static bool is_one_of(struct pail_str s, const char *words)
{
    struct pail_str rest = pail_str(words), w;
    while (pail_str_split(&rest, ' ', &w))
        if (pail_str_eq(s, w))
            return true;
    return false;
}

static bool all_of(struct pail_str s, const char *chars)
{
    for (size_t i = 0; i < s.len; i++)
        if (!s.ptr[i] || !strchr(chars, s.ptr[i]))
            return false;
    return s.len > 0;
}

static bool is_int(struct pail_str s)
{
    if (pail_str_starts(s, PAIL_STR("0b")))
        return all_of(pail_str_from(s, 2), "01_");
    if (pail_str_starts(s, PAIL_STR("0o")))
        return all_of(pail_str_from(s, 2), "01234567_");
    if (pail_str_starts(s, PAIL_STR("0x")))
        return all_of(pail_str_from(s, 2), "0123456789abcdefABCDEF_");
    return all_of(s, "0123456789_");
}

static size_t run(struct pail_str s, size_t at, bool underscores)
{
    size_t i = at;
    while (i < s.len && ((s.ptr[i] >= '0' && s.ptr[i] <= '9') || (underscores && s.ptr[i] == '_')))
        i++;
    return i;
}

static bool is_exponent(struct pail_str s, bool sign_needed)
{
    size_t i = 1;
    if (!s.len || (s.ptr[0] != 'e' && s.ptr[0] != 'E'))
        return false;
    bool sign = i < s.len && (s.ptr[i] == '-' || s.ptr[i] == '+');
    i += sign;
    return (sign || !sign_needed) && i < s.len && run(s, i, false) == s.len;
}

static bool is_real(struct pail_str s)
{
    if (is_one_of(s, ".inf .Inf .INF"))
        return true;
    if (s.len && s.ptr[0] == '.') {
        size_t i = run(s, 1, true);
        return i > 1 && (i == s.len || is_exponent(pail_str_from(s, i), true));
    }
    if (!s.len || s.ptr[0] < '0' || s.ptr[0] > '9')
        return false;
    size_t i = run(s, 0, true);
    if (i == s.len)
        return false;
    if (s.ptr[i] != '.')
        return is_exponent(pail_str_from(s, i), false);
    i = run(s, i + 1, true);
    return i == s.len || is_exponent(pail_str_from(s, i), false);
}

/* Takes min to max digits. */
static bool digits(struct pail_str *s, size_t min, size_t max)
{
    size_t n = run(*s, 0, false);
    n = n > max ? max : n;
    *s = pail_str_from(*s, n);
    return n >= min;
}

static bool mark(struct pail_str *s, char c)
{
    if (!s->len || s->ptr[0] != c)
        return false;
    *s = pail_str_from(*s, 1);
    return true;
}

static bool is_zone(struct pail_str s)
{
    while (mark(&s, ' ') || mark(&s, '\t'))
        ;
    if (!s.len || pail_str_eqz(s, "Z"))
        return true;
    if (!mark(&s, '-') && !mark(&s, '+'))
        return false;
    if (!digits(&s, 1, 2))
        return false;
    return !s.len || (mark(&s, ':') && digits(&s, 2, 2) && !s.len);
}

static bool is_time(struct pail_str s)
{
    struct pail_str date = s;
    if (digits(&date, 4, 4) && mark(&date, '-') && digits(&date, 2, 2) && mark(&date, '-') &&
        digits(&date, 2, 2) && !date.len)
        return true;
    if (!digits(&s, 4, 4) || !mark(&s, '-') || !digits(&s, 1, 2) || !mark(&s, '-') ||
        !digits(&s, 1, 2))
        return false;
    if (!mark(&s, 'T') && !mark(&s, 't')) {
        if (!mark(&s, ' ') && !mark(&s, '\t'))
            return false;
        while (mark(&s, ' ') || mark(&s, '\t'))
            ;
    }
    if (!digits(&s, 1, 2) || !mark(&s, ':') || !digits(&s, 2, 2) || !mark(&s, ':') ||
        !digits(&s, 2, 2))
        return false;
    if (mark(&s, '.'))
        (void)digits(&s, 0, SIZE_MAX);
    return is_zone(s);
}

enum pail_yaml_kind pail_yaml_kind(struct pail_str s)
{
    struct pail_str number = s;
    if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'))
        number = pail_str_from(s, 1);
    if (!s.len || is_one_of(s, "~ null Null NULL"))
        return PAIL_YAML_NULL;
    if (is_one_of(s, "true True TRUE false False FALSE"))
        return PAIL_YAML_BOOL;
    if (is_int(number))
        return PAIL_YAML_INT;
    if (is_real(number) || is_one_of(s, ".nan .NaN .NAN"))
        return PAIL_YAML_REAL;
    if (is_time(s))
        return PAIL_YAML_TIME;
    return is_one_of(s, "<< = ! & *") ? PAIL_YAML_OTHER : PAIL_YAML_TEXT;
}

bool pail_yaml_is_old_bool(struct pail_str s)
{
    return is_one_of(s,
                     "yes Yes YES no No NO true True TRUE false False FALSE on On ON off Off OFF");
}

/* "0x1f", "0o17", "0b11", "1_000"; false: not so, or too large. */
static bool other_int(struct pail_str s, int64_t *ret)
{
    bool negative = s.len && s.ptr[0] == '-';
    uint64_t n = 0;
    s = pail_str_from(s, negative);
    unsigned base = pail_str_starts(s, PAIL_STR("0x"))   ? 16
                    : pail_str_starts(s, PAIL_STR("0o")) ? 8
                    : pail_str_starts(s, PAIL_STR("0b")) ? 2
                                                         : 10;
    s = pail_str_from(s, base == 10 ? 0 : 2);
    for (size_t i = 0; i < s.len; i++) {
        static const char digits_of[] = "0123456789abcdefABCDEF";
        const char *at = strchr(digits_of, s.ptr[i]);
        if (s.ptr[i] == '_')
            continue;
        if (!at || n > (uint64_t)INT64_MAX / base - base)
            return false;
        size_t digit = (size_t)(at - digits_of);
        n = n * base + (digit < 16 ? digit : digit - 6);
    }
    *ret = negative ? -(int64_t)n : (int64_t)n;
    return true;
}

/* "1_0.5", "-.inf", ".nan" */
static bool other_real(struct pail_str s, double *ret)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf clean = PAIL_BUF_INIT(SIZE_MAX / 4);
    bool negative = s.len && s.ptr[0] == '-', sign = negative || (s.len && s.ptr[0] == '+');
    struct pail_str size = pail_str_from(s, sign);
    if (is_one_of(size, ".inf .Inf .INF .nan .NaN .NAN")) {
        *ret = size.ptr[1] == 'i' || size.ptr[1] == 'I' ? (double)INFINITY : (double)NAN;
        *ret = negative ? -*ret : *ret;
        return true;
    }
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] != '_')
            pail_buf_char(&clean, s.ptr[i]);
    return pail_real_parse(pail_buf_view(&clean), ret);
}

struct pail_value *pail_yaml_plain(struct pail_values *vs, struct pail_str s)
{
    struct pail_time t;
    double d;
    int64_t i;
    switch (pail_yaml_kind(s)) {
    case PAIL_YAML_NULL:
        return pail_value_null(vs);
    case PAIL_YAML_BOOL:
        return pail_value_bool(vs, s.ptr[0] == 't' || s.ptr[0] == 'T');
    case PAIL_YAML_INT:
        if (s.len && s.ptr[0] == '+')
            s = pail_str_from(s, 1);
        if (pail_str_to_i64(s, &i))
            return pail_value_int(vs, i);
        if (pail_json_is_number(s))
            return pail_value_number(vs, s);
        if (other_int(s, &i))
            return pail_value_int(vs, i);
        break;
    case PAIL_YAML_REAL:
        if (other_real(s, &d))
            return pail_value_real(vs, d);
        break;
    case PAIL_YAML_TIME:
        if (!pail_time_parse_any(s, &t.seconds, &t.nanos, NULL))
            return pail_value_time(vs, t);
        break;
    default:
        break;
    }
    return pail_value_str(vs, s);
}

struct pail_value *pail_yaml_merged(struct pail_values *vs, struct pail_value *map)
{
    const struct pail_value *from = pail_value_get(map, PAIL_STR("<<"));
    if (!from)
        return map;
    struct pail_value *to = pail_value_map(vs);
    bool many = pail_value_type(from) == PAIL_VAL_LIST;
    for (size_t n = many ? pail_value_len(from) : 1; n > 0; n--) {
        const struct pail_value *one = many ? pail_value_at(from, n - 1) : from;
        for (size_t i = 0; i < pail_value_len(one); i++)
            pail_value_set(vs, to, pail_value_key_at(one, i),
                           pail_value_copy(vs, pail_value_at(one, i)));
    }
    for (size_t i = 0; i < pail_value_len(map); i++)
        if (!pail_str_eqz(pail_value_key_at(map, i), "<<"))
            pail_value_set(vs, to, pail_value_key_at(map, i), pail_value_at(map, i));
    return to;
}
