/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/aws_words.h"

#include <stdio.h>

#include "base/str.h"

static struct pail_str without_tail(struct pail_str s, const char *begin)
{
    return pail_str_sub(s, 0, pail_str_find_str(s, pail_str(begin)));
}

static struct pail_str without_head(struct pail_str s, struct pail_str head)
{
    return pail_str_starts(s, head) ? pail_str_from(s, head.len) : s;
}

/* Answers without a body have no more than a status: "404 Not Found". */
static void put_status(const struct pail_error *err, struct pail_str op, struct pail_str target,
                       struct pail_str text, struct pail_buf *to)
{
    size_t slash = pail_str_find(pail_str_from(target, 5), '/');
    if (err->http_status == 404 && pail_str_eqz(op, "HeadObject") && slash != SIZE_MAX) {
        pail_buf_fmt(to, "Key \"%.*s\" does not exist",
                     PAIL_STR_ARG(pail_str_from(target, slash + 6)));
        return;
    }
    size_t blank = pail_str_find(text, ' ');
    text = without_tail(blank == SIZE_MAX ? text : pail_str_from(text, blank + 1), ", with a body");
    pail_buf_str(to, text);
}

/* The operation, and what follows it; false: there is none. */
static bool split(struct pail_str m, struct pail_str *ret_op, struct pail_str *ret_rest)
{
    size_t n = 0;
    while (n < m.len && m.ptr[n] != ' ' && m.ptr[n] != ':')
        n++;
    *ret_op = pail_str_sub(m, 0, n);
    *ret_rest = pail_str_from(m, n);
    if (pail_str_starts(*ret_rest, PAIL_STR(" s3://")) ||
        pail_str_starts(*ret_rest, PAIL_STR(": ")))
        return true;
    size_t place = pail_str_find_str(m, PAIL_STR(" s3://"));
    if (place == SIZE_MAX)
        return false;
    size_t blank = pail_str_rfind(pail_str_sub(m, 0, place), ' ');
    size_t begin = blank == SIZE_MAX ? 0 : blank + 1;
    *ret_op = pail_str_sub(m, begin, place - begin);
    *ret_rest = pail_str_from(m, place);
    return true;
}

bool pail_aws_words(const struct pail_error *err, struct pail_buf *to, struct pail_aws_refusal *ret)
{
    struct pail_str m = without_tail(pail_str(err->message), " (after "), op, target, text;
    struct pail_aws_refusal r;
    if (err->domain != PAIL_D_SERVICE || (!err->service_code[0] && err->http_status < 300) ||
        !split(m, &op, &target))
        return false;
    size_t colon = pail_str_find_str(target, PAIL_STR(": "));
    if (colon == SIZE_MAX)
        return false;
    text = pail_str_from(target, colon + 2);
    r.target = pail_str_trim(pail_str_sub(target, 0, colon));
    if (err->service_code[0])
        (void)snprintf(r.code, sizeof(r.code), "%s", err->service_code);
    else
        (void)snprintf(r.code, sizeof(r.code), "%d", err->http_status);
    pail_buf_fmt(to, "An error occurred (%s) when calling the %.*s operation", r.code,
                 PAIL_STR_ARG(op));
    if (err->attempts > 1 && strstr(err->message, " (after "))
        pail_buf_fmt(to, " (reached max retries: %d)", err->attempts - 1);
    pail_buf_z(to, ": ");
    r.message = to->len;
    if (!err->service_code[0])
        put_status(err, op, r.target, text, to);
    else
        pail_buf_str(to, without_head(without_head(text, pail_str(r.code)), PAIL_STR(": ")));
    if (ret)
        *ret = r;
    return true;
}
