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

bool pail_aws_words(const struct pail_error *err, struct pail_buf *to, struct pail_str *ret_target)
{
    struct pail_str m = without_tail(pail_str(err->message), " (after "), code, text;
    struct pail_str op = pail_str_sub(m, 0, strcspn(err->message, " :"));
    struct pail_str target = pail_str_from(m, op.len);
    char status[16];
    size_t colon = pail_str_find_str(target, PAIL_STR(": "));
    if (err->domain != PAIL_D_SERVICE || colon == SIZE_MAX ||
        (!err->service_code[0] && err->http_status < 300))
        return false;
    text = pail_str_from(target, colon + 2);
    target = pail_str_trim(pail_str_sub(target, 0, colon));
    (void)snprintf(status, sizeof(status), "%d", err->http_status);
    code = pail_str(err->service_code[0] ? err->service_code : status);
    pail_buf_fmt(to, "An error occurred (%.*s) when calling the %.*s operation", PAIL_STR_ARG(code),
                 PAIL_STR_ARG(op));
    if (err->attempts > 1 && strstr(err->message, " (after "))
        pail_buf_fmt(to, " (reached max retries: %d)", err->attempts - 1);
    pail_buf_z(to, ": ");
    if (!err->service_code[0])
        put_status(err, op, target, text, to);
    else
        pail_buf_str(to, without_head(without_head(text, code), PAIL_STR(": ")));
    if (ret_target)
        *ret_target = target;
    return true;
}
