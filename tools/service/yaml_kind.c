/* SPDX-License-Identifier: Apache-2.0 */
/* Types of plain texts in YAML 1.2, with dates, as most readers have them. */
#include "tools/service/yaml.h"

#include "base/str.h"

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
