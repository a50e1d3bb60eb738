/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A number is a sign, digits without leading zeros, and an exponent of ten; nothing is computed
 * with it. The bounds are those of the decimal context that boto3 uses: 38 digits, exponents from
 * -128 to 126, everything that would have to be rounded refused. DynamoDB's own range is a little
 * narrower; what falls between is for the service to refuse.
 */
#include "dynamodb/number.h"

#include <inttypes.h>

#include "base/str.h"

#define DIGITS 38
#define EXP_MAX 126
#define EXP_MIN (-128)
#define EXP_TINY (EXP_MIN - DIGITS + 1) /* of the last digit of the smallest number */
#define TEXT_MAX ((size_t)1 << 16)
/* Beyond this all exponents are alike: out of range, whatever the digits (TEXT_MAX of them). */
#define EXP_BOUND INT64_C(1000000000)

struct number {
    bool negative;
    struct pail_buf digits; /* no leading zeros; of zero: none */
    int64_t exp;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "e+12" at the end; saturates. */
static bool read_exponent(struct pail_str s, int64_t *ret)
{
    bool negative = s.len && s.ptr[0] == '-';
    int64_t v = 0;
    if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'))
        s = pail_str_from(s, 1);
    if (!s.len)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!is_digit(s.ptr[i]))
            return false;
        v = v < EXP_BOUND ? v * 10 + (s.ptr[i] - '0') : EXP_BOUND;
    }
    *ret = negative ? -v : v;
    return true;
}

/* False: no number. */
static bool read_number(struct pail_str s, struct number *n)
{
    bool point = false, any = false;
    size_t i = 0;
    if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'))
        n->negative = s.ptr[i++] == '-';
    for (; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '.' && !point) {
            point = true;
        } else if (is_digit(c)) {
            any = true;
            if (c != '0' || n->digits.len)
                pail_buf_char(&n->digits, c);
            n->exp -= point;
        } else {
            break;
        }
    }
    if (!any)
        return false;
    if (i == s.len)
        return true;
    int64_t exp;
    if ((s.ptr[i] != 'e' && s.ptr[i] != 'E') || !read_exponent(pail_str_from(s, i + 1), &exp))
        return false;
    n->exp += exp;
    return true;
}

/* Are the digits behind the first n all zeros? n may be negative. */
static bool only_zeros(struct pail_str digits, int64_t n)
{
    for (int64_t i = n < 0 ? 0 : n; i < (int64_t)digits.len; i++)
        if (digits.ptr[i] != '0')
            return false;
    return true;
}

/* NULL: it can be kept as it is. Otherwise what keeps it from that. */
static const char *trouble(const struct number *n)
{
    int64_t len = (int64_t)n->digits.len;
    if (!len)
        return n->exp < EXP_TINY || n->exp > EXP_MAX ? "Clamped: the exponent of 0 is out of range"
                                                     : NULL;
    int64_t first = n->exp + len - DIGITS; /* exponent of the last digit there is room for */
    if (first > EXP_MAX - DIGITS + 1)
        return "Overflow: more than 9.99E+126";
    bool subnormal = first < EXP_TINY;
    if (subnormal)
        first = EXP_TINY;
    if (n->exp >= first)
        return NULL;
    if (only_zeros(pail_buf_view(&n->digits), n->exp + len - first))
        return "Rounded: more than 38 digits";
    return subnormal ? "Underflow: too small for all of its digits"
                     : "Inexact: more than 38 digits";
}

/* to-scientific-string of the General Decimal Arithmetic specification. */
static void write_number(struct pail_buf *to, const struct number *n)
{
    struct pail_str digits = n->digits.len ? pail_buf_view(&n->digits) : PAIL_STR("0");
    int64_t left = n->exp + (int64_t)digits.len; /* digits in front of the point */
    if (n->negative)
        pail_buf_char(to, '-');
    if (n->exp > 0 || left <= -6) { /* 1.23E+5 */
        pail_buf_char(to, digits.ptr[0]);
        if (digits.len > 1)
            pail_buf_char(to, '.');
        pail_buf_str(to, pail_str_from(digits, 1));
        pail_buf_fmt(to, "E%+" PRId64, left - 1);
    } else if (left <= 0) {
        pail_buf_z(to, "0.");
        for (; left < 0; left++)
            pail_buf_char(to, '0');
        pail_buf_str(to, digits);
    } else {
        pail_buf_str(to, pail_str_sub(digits, 0, (size_t)left));
        if (n->exp)
            pail_buf_char(to, '.');
        pail_buf_str(to, pail_str_from(digits, (size_t)left));
    }
}

int pail_dynamodb_number(struct pail_buf *to, struct pail_str text, struct pail_error *err)
{
    struct number n = {.digits = PAIL_BUF_INIT(TEXT_MAX)};
    int rc = 0;
    struct pail_str shown = pail_str_sub(text, 0, 80);

    if (!read_number(text, &n)) {
        struct pail_str word = text;
        if (word.len && (word.ptr[0] == '-' || word.ptr[0] == '+'))
            word = pail_str_from(word, 1);
        if (pail_str_ieq(word, PAIL_STR("nan")) || pail_str_ieq(word, PAIL_STR("infinity")))
            rc = pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                                "Infinity and NaN not supported");
        else
            rc = pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "'%.*s' is no number",
                                PAIL_STR_ARG(shown));
    } else if (!(rc = pail_buf_check(&n.digits, "digits of a number", err))) {
        const char *why = trouble(&n);
        if (why)
            rc = pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "number %.*s%s: %s",
                                PAIL_STR_ARG(shown), shown.len < text.len ? "..." : "", why);
        else
            write_number(to, &n);
    }
    pail_buf_done(&n.digits);
    return rc;
}

void pail_dynamodb_number_key(struct pail_buf *to, struct pail_str text)
{
    struct number n = {.digits = PAIL_BUF_INIT(TEXT_MAX)};
    if (!read_number(text, &n) || n.digits.failed) {
        pail_buf_str(to, text);
    } else if (!n.digits.len) {
        pail_buf_char(to, '0'); /* -0 too */
    } else {
        struct pail_str digits = pail_buf_view(&n.digits);
        for (; digits.ptr[digits.len - 1] == '0'; digits.len--)
            n.exp++;
        pail_buf_fmt(to, "%s%.*sE%" PRId64, n.negative ? "-" : "", PAIL_STR_ARG(digits), n.exp);
    }
    if (n.digits.failed == PAIL_BUF_NOMEM)
        to->failed = PAIL_BUF_NOMEM;
    pail_buf_done(&n.digits);
}
