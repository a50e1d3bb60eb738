/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions as objects, and the messages about them. A message quotes the expression and marks a
 * place under it, so it has several lines and no bound; struct pail_error gets as much as fits.
 */
#include "jmespath/jmespath.h"

#include "base/alloc.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/value_repr.h"
#include "jmespath/syntax.h"

int pail_jmes_say(const struct pail_jmes_report *r, enum pail_code code, struct pail_buf *message)
{
    int rc = pail_buf_check(message, "message", r->err);
    if (rc)
        return rc;
    if (r->why)
        pail_buf_str(r->why, pail_buf_view(message));
    return pail_error_set(r->err, PAIL_D_USAGE, code, "%s", pail_buf_cstr(message));
}

size_t pail_jmes_column(const struct pail_jmes *j, size_t at)
{
    size_t n = 0;
    uint32_t cp;
    for (size_t i = 0; i < at && i < j->len; n++) {
        size_t step = pail_utf8_decode(pail_strn(j->expression + i, j->len - i), &cp);
        i += step ? step : 1;
    }
    return n;
}

void pail_jmes_underline(struct pail_buf *to, const struct pail_jmes *j, size_t at, size_t extra)
{
    for (size_t n = pail_jmes_column(j, at) + extra; n; n--)
        pail_buf_char(to, ' ');
    pail_buf_char(to, '^');
}

void pail_jmes_token_text(struct pail_buf *to, const struct pail_jmes_token *t)
{
    if (t->type == PAIL_JT_LITERAL)
        pail_value_pystr(to, t->value);
    else if (t->type == PAIL_JT_NUMBER)
        pail_buf_fmt(to, "%lld", (long long)t->number);
    else
        pail_buf_str(to, t->text);
}

int pail_jmes_bad_token(const struct pail_jmes *j, size_t at, const char *what,
                        struct pail_str subject, const struct pail_jmes_report *r)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf m = PAIL_BUF_INIT(SIZE_MAX / 4);
    pail_buf_z(&m, "Bad jmespath expression: ");
    pail_buf_z(&m, what);
    pail_buf_str(&m, subject);
    pail_buf_z(&m, ":\n");
    pail_buf_z(&m, j->expression);
    pail_buf_char(&m, '\n');
    pail_jmes_underline(&m, j, at, 0);
    return pail_jmes_say(r, PAIL_E_PARSE, &m);
}

static int compile(struct pail_jmes *j, struct pail_str expression,
                   const struct pail_jmes_report *r)
{
    if (!expression.len) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf m = PAIL_BUF_INIT(256);
        pail_buf_z(&m, "Invalid JMESPath expression: cannot be empty.");
        return pail_jmes_say(r, PAIL_E_PARSE, &m);
    }
    j->expression = pail_strndup(expression);
    j->len = expression.len;
    if (!j->expression)
        return pail_error_nomem(r->err);
    int rc = pail_values_new(&j->literals, r->err);
    if (!rc)
        rc = pail_jmes_lex(j, r);
    return rc ? rc : pail_jmes_parse(j, r);
}

int pail_jmes_compile_why(struct pail_str expression, struct pail_jmes **ret, struct pail_buf *why,
                          struct pail_error *err)
{
    struct pail_jmes_report r = {.why = why, .err = err};
    struct pail_jmes *j = pail_zalloc(sizeof(*j));
    if (!j)
        return pail_error_nomem(err);
    int rc = compile(j, expression, &r);
    if (rc) {
        pail_jmes_free(j);
        return rc;
    }
    *ret = j;
    return 0;
}

int pail_jmes_compile(struct pail_str expression, struct pail_jmes **ret, struct pail_error *err)
{
    return pail_jmes_compile_why(expression, ret, NULL, err);
}

struct pail_jmes *pail_jmes_free(struct pail_jmes *j)
{
    if (!j)
        return NULL;
    pail_free(j->expression);
    pail_free(j->tokens);
    pail_free(j->nodes);
    pail_values_free(j->literals);
    pail_free(j);
    return NULL;
}

int pail_jmes_search_why(const struct pail_jmes *j, const struct pail_value *in,
                         struct pail_values *vs, struct pail_value **ret, struct pail_buf *why,
                         struct pail_error *err)
{
    struct pail_jmes_report r = {.why = why, .err = err};
    return pail_jmes_run(j, in, vs, ret, &r);
}

int pail_jmes_search(const struct pail_jmes *j, const struct pail_value *in, struct pail_values *vs,
                     struct pail_value **ret, struct pail_error *err)
{
    return pail_jmes_search_why(j, in, vs, ret, NULL, err);
}
