/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that should be XML and are not: a page of a proxy, a text, half an answer. The message is
 * botocore's, in which Python's parser names the place; where that takes an XML parser to find, the
 * words are our parser's.
 */
#include "base/str.h"
#include "base/value_repr.h"
#include "protocol/parse.h"
#include "protocol/xmltree.h"

/* How a document may not begin: what Python says there, or NULL. */
static const char *wrong_start(struct pail_str rest)
{
    if (!rest.len)
        return "no element found";
    if (rest.ptr[0] == '<') {
        bool markup = pail_str_starts(rest, PAIL_STR("<!"));
        return markup && !pail_str_starts(rest, PAIL_STR("<!--")) &&
                       !pail_str_starts(rest, PAIL_STR("<!DOCTYPE"))
                   ? "syntax error"
                   : NULL;
    }
    return strchr("{}\\^`~@$&%;", rest.ptr[0]) ? "not well-formed (invalid token)" : "syntax error";
}

static void put_reason(struct pail_buf *to, struct pail_str body, struct pail_str cause)
{
    unsigned line = 1, column = 0;
    size_t at = 0;

    for (; at < body.len && body.ptr[at] && strchr(" \t\r\n", body.ptr[at]); at++) {
        column = body.ptr[at] == '\n' ? 0 : column + 1;
        line += body.ptr[at] == '\n';
    }
    const char *wrong = wrong_start(pail_str_from(body, at));
    if (wrong)
        pail_buf_fmt(to, "%s: line %u, column %u", wrong, line, column);
    else
        pail_buf_str(to, cause);
}

struct pail_value *pail_parser_broken(struct pail_parser *p, struct pail_str body,
                                      struct pail_str cause)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);

    if (p->rc < 0)
        return NULL;
    pail_buf_z(&text, "Unable to parse response (");
    put_reason(&text, body, cause);
    pail_buf_z(&text, "), invalid XML received. Further retries may succeed:");
    size_t line = text.len;
    pail_buf_char(&text, ' ');
    pail_bytes_repr(&text, (struct pail_bytes){body.ptr, body.len});
    p->rc = pail_buf_check(&text, "answer", p->err);
    if (p->rc == 0)
        p->rc = pail_error_set(p->err, PAIL_D_DATA, PAIL_E_GARBAGE, "%s", pail_buf_cstr(&text));
    if (p->err && p->rc == PAIL_E_GARBAGE && line < strlen(p->err->message))
        p->err->message[line] = '\n';
    return NULL;
}
