/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees written as text with arguments, and read by paths.
 *
 * Forms are literals of programs, so one that is wrong is a mistake of the program's: it is
 * remembered by the owner and told by pail_values_check, like memory that was out, and building
 * stays free of checks. What JSON can say of strings and numbers is left to the reader of JSON;
 * here is only what it does not have: arguments, keys without quotes, the other quotes.
 */
#include "base/value_form.h"

#include <stdio.h>

#include "base/str.h"
#include "base/value_json.h"

#define TEXT_MAX ((size_t)64 << 20)

struct argument {
    enum {
        ARGUMENT_TEXT,
        ARGUMENT_INT,
        ARGUMENT_UNSIGNED,
        ARGUMENT_REAL,
        ARGUMENT_BOOL,
        ARGUMENT_VALUE
    } kind;
    struct pail_str text; /* ptr NULL: NULL was given */
    int64_t integer;
    uint64_t natural;
    double real;
    struct pail_value *value;
};

static bool fail(struct pail_form *f, const char *why)
{
    pail_values_refuse(f->vs, f->form, (size_t)(f->p - f->form), why);
    return false;
}

/* Memory that is out is no mistake of the form's. */
static bool fail_rc(struct pail_form *f, int rc, const char *why)
{
    if (rc == PAIL_E_NOMEM)
        pail_values_lack(f->vs);
    return rc == PAIL_E_NOMEM ? false : fail(f, why);
}

static void skip_blanks(struct pail_form *f)
{
    f->p += strspn(f->p, " \t\r\n");
}

static bool take(struct pail_form *f, const char *word)
{
    size_t n = strlen(word);
    if (strncmp(f->p, word, n) != 0)
        return false;
    f->p += n;
    return true;
}

/* ---- Arguments ------------------------------------------------------------------------------- */

static bool take_signed(struct pail_form *f, struct argument *a)
{
    a->kind = ARGUMENT_INT;
    if (take(f, "d") || take(f, "i"))
        a->integer = va_arg(f->ap, int);
    else if (take(f, "ld") || take(f, "li"))
        a->integer = va_arg(f->ap, long);
    else if (take(f, "lld") || take(f, "lli"))
        a->integer = va_arg(f->ap, long long);
    else
        return false;
    return true;
}

static bool take_unsigned(struct pail_form *f, struct argument *a)
{
    a->kind = ARGUMENT_UNSIGNED;
    if (take(f, "u"))
        a->natural = va_arg(f->ap, unsigned);
    else if (take(f, "lu"))
        a->natural = va_arg(f->ap, unsigned long);
    else if (take(f, "llu"))
        a->natural = va_arg(f->ap, unsigned long long);
    else if (take(f, "zu"))
        a->natural = va_arg(f->ap, size_t);
    else
        return false;
    return true;
}

/* f->p is at the percent sign. */
static bool take_argument(struct pail_form *f, struct argument *a)
{
    *a = (struct argument){.kind = ARGUMENT_TEXT};
    f->p++;
    if (take(f, "s")) {
        a->text = pail_str(va_arg(f->ap, const char *));
    } else if (take(f, ".*s")) {
        int n = va_arg(f->ap, int);
        a->text = pail_strn(va_arg(f->ap, const char *), n > 0 ? (size_t)n : 0);
    } else if (take(f, "g") || take(f, "f")) {
        a->kind = ARGUMENT_REAL;
        a->real = va_arg(f->ap, double);
    } else if (take(f, "hhd")) {
        a->kind = ARGUMENT_BOOL;
        a->integer = va_arg(f->ap, int) != 0;
    } else if (take(f, "p")) {
        a->kind = ARGUMENT_VALUE;
        a->value = va_arg(f->ap, struct pail_value *);
    } else if (!take_signed(f, a) && !take_unsigned(f, a)) {
        return fail(f, "an argument of another kind than forms take");
    }
    return true;
}

static struct pail_value *value_of(struct pail_form *f, const struct argument *a)
{
    char digits[32];
    switch (a->kind) {
    case ARGUMENT_TEXT:
        return a->text.ptr ? pail_value_str(f->vs, a->text) : NULL;
    case ARGUMENT_UNSIGNED:
        if (a->natural > INT64_MAX) {
            (void)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)a->natural);
            return pail_value_number(f->vs, pail_str(digits));
        }
        return pail_value_int(f->vs, (int64_t)a->natural);
    case ARGUMENT_REAL:
        return pail_value_real(f->vs, a->real);
    case ARGUMENT_BOOL:
        return pail_value_bool(f->vs, a->integer);
    case ARGUMENT_VALUE:
        return a->value;
    default:
        return pail_value_int(f->vs, a->integer);
    }
}

/* Inside of quotes. */
static bool put_argument(struct pail_form *f, struct pail_buf *to)
{
    struct argument a;
    if (!take_argument(f, &a))
        return false;
    switch (a.kind) {
    case ARGUMENT_TEXT:
        pail_buf_str(to, a.text);
        return true;
    case ARGUMENT_INT:
        pail_buf_fmt(to, "%lld", (long long)a.integer);
        return true;
    case ARGUMENT_UNSIGNED:
        pail_buf_fmt(to, "%llu", (unsigned long long)a.natural);
        return true;
    default:
        return fail(f, "only texts and integers can stand in a text");
    }
}

/* ---- Texts and numbers ----------------------------------------------------------------------- */

/* One escape, read as JSON has it; "\'" too. */
static bool put_escape(struct pail_form *f, struct pail_buf *to)
{
    char json[16];
    size_t n = f->p[1] == 'u' ? 6 : 2;
    struct pail_value *v = NULL;

    if (f->p[1] == '\'') {
        pail_buf_char(to, '\'');
        f->p += 2;
        return true;
    }
    /* Half of a pair needs the other. */
    if (n == 6 && (f->p[2] == 'd' || f->p[2] == 'D') && strchr("89abAB", f->p[3] ? f->p[3] : '-'))
        n = 12;
    if (strnlen(f->p, n) < n)
        return fail(f, "a text that does not end");
    (void)snprintf(json, sizeof(json), "\"%.*s\"", (int)n, f->p);
    int rc = pail_value_from_json(f->vs, pail_str(json), "escape", &v, NULL);
    if (rc < 0)
        return fail_rc(f, rc, "no escape of JSON's");
    pail_buf_str(to, pail_value_as_str(v));
    f->p += n;
    return true;
}

/* At a quote: what is between it and the next one. */
static bool take_quoted(struct pail_form *f, struct pail_buf *to)
{
    char quote = *f->p++;
    while (*f->p != quote) {
        bool ok = true;
        if (!*f->p)
            return fail(f, "a text that does not end");
        if (*f->p == '\\')
            ok = put_escape(f, to);
        else if (*f->p == '%' && f->p[1] != '%')
            ok = put_argument(f, to);
        else {
            f->p += *f->p == '%';
            pail_buf_char(to, *f->p++);
        }
        if (!ok)
            return false;
    }
    f->p++;
    return true;
}

static bool finish_text(struct pail_form *f, struct pail_buf *text)
{
    int rc = pail_buf_check(text, "text", NULL);
    return rc == 0 || fail_rc(f, rc, "a text of more than 64 MiB");
}

static bool string(struct pail_form *f, struct pail_value **ret)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(TEXT_MAX);
    if (!take_quoted(f, &text) || !finish_text(f, &text))
        return false;
    *ret = pail_value_str(f->vs, pail_buf_view(&text));
    return true;
}

static bool number(struct pail_form *f, struct pail_value **ret)
{
    size_t n = strspn(f->p, "+-.0123456789eE");
    int rc = pail_value_from_json(f->vs, pail_strn(f->p, n), "number", ret, NULL);
    if (rc < 0)
        return fail_rc(f, rc, "neither a number nor a text in quotes");
    if (pail_value_type(*ret) == PAIL_VAL_REAL) /* the program's digits, not a double's */
        *ret = pail_value_number(f->vs, pail_strn(f->p, n));
    f->p += n;
    return true;
}

/* ---- Trees ----------------------------------------------------------------------------------- */

static size_t bare_key(const char *p)
{
    return strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");
}

static bool key(struct pail_form *f, struct pail_buf *to)
{
    size_t n = bare_key(f->p);
    if (n) {
        pail_buf_append(to, f->p, n);
        f->p += n;
    } else if (*f->p == '"' || *f->p == '\'') {
        if (!take_quoted(f, to))
            return false;
    } else if (*f->p != '%') {
        return fail(f, "a key should be here");
    } else if (!put_argument(f, to)) {
        return false;
    }
    skip_blanks(f);
    if (!take(f, ":"))
        return fail(f, "a colon should be here");
    return finish_text(f, to);
}

/* Behind an entry: is there another? */
static bool more(struct pail_form *f, char close, bool *ret)
{
    skip_blanks(f);
    *ret = take(f, ",");
    skip_blanks(f);
    if (*f->p == close)
        *ret = false;
    return *ret || *f->p == close ? true : fail(f, "a comma or the end should be here");
}

/* Up to close, which stays. A value that was given as NULL leaves no entry. */
static bool entries(struct pail_form *f, char close, struct pail_value *map)
{
    bool another;
    skip_blanks(f);
    for (another = *f->p != close; another;) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(TEXT_MAX);
        struct pail_value *v = NULL;
        if (!key(f, &name) || !pail_form_value(f, &v))
            return false;
        pail_value_set(f->vs, map, pail_buf_view(&name), v);
        if (!more(f, close, &another))
            return false;
    }
    return true;
}

static bool elements(struct pail_form *f, struct pail_value *list)
{
    bool another;
    skip_blanks(f);
    for (another = *f->p != ']'; another;) {
        struct pail_value *v = NULL;
        if (!pail_form_value(f, &v))
            return false;
        pail_value_append(f->vs, list, v);
        if (!more(f, ']', &another))
            return false;
    }
    return true;
}

static bool many(struct pail_form *f, struct pail_value **ret)
{
    bool map = *f->p == '{', ok;
    if (++f->depth > PAIL_VALUE_JSON_DEPTH)
        return fail(f, "nested too deeply");
    f->p++;
    *ret = map ? pail_value_map(f->vs) : pail_value_list(f->vs);
    ok = map ? entries(f, '}', *ret) : elements(f, *ret);
    if (ok)
        f->p++;
    f->depth--;
    return ok;
}

static bool word(struct pail_form *f, struct pail_value **ret)
{
    if (take(f, "true"))
        *ret = pail_value_bool(f->vs, true);
    else if (take(f, "false"))
        *ret = pail_value_bool(f->vs, false);
    else if (take(f, "null"))
        *ret = pail_value_null(f->vs);
    else
        return number(f, ret);
    return true;
}

bool pail_form_value(struct pail_form *f, struct pail_value **ret)
{
    struct argument a;
    skip_blanks(f);
    switch (*f->p) {
    case '{':
    case '[':
        return many(f, ret);
    case '"':
    case '\'':
        return string(f, ret);
    case '%':
        if (!take_argument(f, &a))
            return false;
        *ret = value_of(f, &a);
        return true;
    default:
        return word(f, ret);
    }
}

/* "Name: ..." */
static bool begins_with_key(const char *p)
{
    size_t n = bare_key(p);
    if (!n && (*p == '"' || *p == '\'')) {
        const char *end = strchr(p + 1, *p);
        n = end ? (size_t)(end - p) + 1 : 0;
    }
    return n && p[n + strspn(p + n, " \t\r\n")] == ':';
}

struct pail_value *pail_value_vform(struct pail_values *vs, const char *form, va_list ap)
{
    struct pail_form f = {.vs = vs, .form = form, .p = form};
    struct pail_value *v = NULL;
    bool ok;

    va_copy(f.ap, ap);
    skip_blanks(&f);
    if (!*f.p || begins_with_key(f.p)) {
        v = pail_value_map(vs);
        ok = entries(&f, '\0', v);
    } else {
        ok = pail_form_value(&f, &v);
        skip_blanks(&f);
        if (ok && *f.p)
            ok = fail(&f, "the end should be here");
    }
    va_end(f.ap);
    return ok ? v : NULL;
}

struct pail_value *pail_value_form(struct pail_values *vs, const char *form, ...)
{
    va_list ap;
    va_start(ap, form);
    struct pail_value *v = pail_value_vform(vs, form, ap);
    va_end(ap);
    return v;
}
