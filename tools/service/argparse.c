/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two passes, as argparse has them. The first tells for each word whether it is an option (and
 * which) or an argument; the second walks from option to option, taking arguments for it, and gives
 * the arguments in between to positionals. A positional that may be missing is used up by the first
 * chance to match nothing, which is at the very front of the line.
 */
#include "tools/service/argparse.h"

#include "base/alloc.h"
#include "base/str.h"
#include "base/value_repr.h"

enum kind { ARGUMENT, OPTION, STOP /* "--" */ };

struct word {
    enum kind kind;
    struct pail_arg *arg;      /* OPTION: NULL when unknown */
    const char *explicit_text; /* behind "=" */
};

struct parse {
    struct pail_arg *args;
    size_t n;
    const char *const *argv;
    size_t argc;
    struct word *words;
    const char **rest, **scratch;
    size_t n_rest, n_scratch;
    unsigned order;
    struct pail_buf *text;
};

static int fail(struct parse *p)
{
    return p->text->failed == PAIL_BUF_NOMEM ? PAIL_E_NOMEM : PAIL_E_INVALID;
}

static bool is_option(const struct pail_arg *a)
{
    return a->take != PAIL_ARG_POSITIONAL && a->take != PAIL_ARG_OPTIONAL;
}

/* ---- Which words are options ----------------------------------------------------------------- */

static bool is_negative_number(const char *s)
{
    bool digits_before = false, digits = false;
    if (*s++ != '-')
        return false;
    for (; *s >= '0' && *s <= '9'; s++)
        digits_before = true;
    if (!*s)
        return digits_before;
    if (*s++ != '.')
        return false;
    for (; *s >= '0' && *s <= '9'; s++)
        digits = true;
    return digits && !*s;
}

static struct pail_arg *find(struct parse *p, struct pail_str name)
{
    for (size_t i = 0; i < p->n; i++)
        if (is_option(&p->args[i]) && pail_str_eqz(name, p->args[i].name))
            return &p->args[i];
    return NULL;
}

/* Shortened names. *ret NULL: none. */
static int find_short(struct parse *p, const char *text, struct pail_str name,
                      struct pail_arg **ret)
{
    size_t found = 0;
    for (size_t i = 0; i < p->n && name.len > 2; i++) {
        if (!is_option(&p->args[i]) || !pail_str_starts(pail_str(p->args[i].name), name))
            continue;
        if (!found)
            *ret = &p->args[i];
        found++;
    }
    if (found < 2)
        return 0;
    pail_buf_fmt(p->text, "ambiguous option: %s could match ", text);
    bool comma = false;
    for (size_t i = 0; i < p->n; i++) {
        if (!is_option(&p->args[i]) || !pail_str_starts(pail_str(p->args[i].name), name))
            continue;
        pail_buf_fmt(p->text, "%s%s", comma ? ", " : "", p->args[i].name);
        comma = true;
    }
    return fail(p);
}

static int classify(struct parse *p, const char *text, struct word *w)
{
    struct pail_str all = pail_str(text), name = all;
    *w = (struct word){.kind = ARGUMENT};
    if (text[0] != '-' || !text[1])
        return 0;
    w->kind = OPTION;
    w->arg = find(p, all);
    if (w->arg)
        return 0;
    size_t eq = pail_str_find(all, '=');
    if (eq != SIZE_MAX) {
        name = pail_str_sub(all, 0, eq);
        w->explicit_text = text + eq + 1;
        w->arg = find(p, name);
        if (w->arg)
            return 0;
    }
    int rc = text[1] == '-' ? find_short(p, text, name, &w->arg) : 0;
    if (rc || w->arg)
        return rc;
    w->explicit_text = NULL;
    if (is_negative_number(text) || strchr(text, ' '))
        w->kind = ARGUMENT;
    return 0;
}

static int classify_all(struct parse *p)
{
    bool stopped = false;
    for (size_t i = 0; i < p->argc; i++) {
        if (stopped) {
            p->words[i] = (struct word){.kind = ARGUMENT};
        } else if (strcmp(p->argv[i], "--") == 0) {
            p->words[i] = (struct word){.kind = STOP};
            stopped = true;
        } else {
            int rc = classify(p, p->argv[i], &p->words[i]);
            if (rc)
                return rc;
        }
    }
    return 0;
}

/* ---- Values ---------------------------------------------------------------------------------- */

static const char *choice_at(const void *ud, size_t i)
{
    return ((const char *const *)ud)[i];
}

static int check_choice(struct parse *p, const struct pail_arg *a, const char *value)
{
    if (!a->choices)
        return 0;
    for (size_t i = 0; a->choices[i]; i++)
        if (strcmp(a->choices[i], value) == 0)
            return 0;
    pail_choice_text(p->text, a->name, value, choice_at, a->choices);
    return fail(p);
}

static int take_value(struct parse *p, struct pail_arg *a, const char *value)
{
    a->given = true;
    a->order = ++p->order;
    a->value = value;
    const char *type = a->mistyped ? a->mistyped(value) : NULL;
    if (!type)
        return check_choice(p, a, value);
    pail_buf_fmt(p->text, "argument %s: invalid %s value: ", a->name, type);
    pail_text_repr(p->text, pail_str(value));
    return fail(p);
}

static int take_option(struct parse *p, size_t *i)
{
    const struct word *w = &p->words[*i];
    struct pail_arg *a = w->arg;
    if (w->explicit_text && a->take == PAIL_ARG_NONE) {
        pail_buf_fmt(p->text, "argument %s: ignored explicit argument ", a->name);
        pail_text_repr(p->text, pail_str(w->explicit_text));
        return fail(p);
    }
    ++*i;
    a->given = true;
    a->order = ++p->order;
    if (a->take == PAIL_ARG_NONE)
        return 0;
    a->value = NULL;
    if (a->take == PAIL_ARG_ONE || a->take == PAIL_ARG_MAYBE) {
        if (w->explicit_text)
            return take_value(p, a, w->explicit_text);
        if (*i < p->argc && p->words[*i].kind == ARGUMENT)
            return take_value(p, a, p->argv[(*i)++]);
        if (a->take == PAIL_ARG_MAYBE)
            return 0;
        pail_buf_fmt(p->text, "argument %s: expected one argument", a->name);
        return fail(p);
    }
    a->values = p->scratch + p->n_scratch;
    a->n_values = 0;
    if (w->explicit_text) {
        p->scratch[p->n_scratch++] = w->explicit_text;
        a->n_values = 1;
        return 0;
    }
    while (*i < p->argc && p->words[*i].kind == ARGUMENT) {
        p->scratch[p->n_scratch++] = p->argv[(*i)++];
        a->n_values++;
    }
    if (a->n_values || a->take != PAIL_ARG_SOME)
        return 0;
    pail_buf_fmt(p->text, "argument %s: expected at least one argument", a->name);
    return fail(p);
}

/* The arguments from *i on go to positionals not used yet. */
static int take_positionals(struct parse *p, bool *used, size_t *i)
{
    for (size_t k = 0; k < p->n; k++) {
        struct pail_arg *a = &p->args[k];
        if (is_option(a) || used[k])
            continue;
        size_t at = *i;
        if (at < p->argc && p->words[at].kind == STOP)
            at++;
        bool there = at < p->argc && p->words[at].kind == ARGUMENT;
        if (!there && a->take == PAIL_ARG_POSITIONAL)
            return 0;
        used[k] = true;
        if (there) {
            *i = at + 1;
            int rc = take_value(p, a, p->argv[at]);
            if (rc)
                return rc;
        }
    }
    return 0;
}

static int take_all(struct parse *p, bool *used)
{
    size_t i = 0;
    for (;;) {
        size_t next = i;
        while (next < p->argc && p->words[next].kind != OPTION)
            next++;
        int rc = take_positionals(p, used, &i);
        if (rc)
            return rc;
        for (; i < next; i++)
            p->rest[p->n_rest++] = p->argv[i];
        if (i >= p->argc)
            return 0;
        if (!p->words[i].arg) {
            p->rest[p->n_rest++] = p->argv[i++];
            continue;
        }
        rc = take_option(p, &i);
        if (rc)
            return rc;
    }
}

static int check_required(struct parse *p)
{
    bool first = true;
    for (size_t k = 0; k < p->n; k++) {
        const struct pail_arg *a = &p->args[k];
        if (a->given || !(a->required || a->take == PAIL_ARG_POSITIONAL))
            continue;
        pail_buf_fmt(p->text, "%s%s", first ? "the following arguments are required: " : ", ",
                     a->name);
        first = false;
    }
    return first ? 0 : fail(p);
}

int pail_argparse(struct pail_arg *args, size_t n, const char *const *argv, size_t argc,
                  const char **rest, size_t *ret_n_rest, const char **scratch,
                  struct pail_buf *err_text)
{
    struct parse p = {.args = args,
                      .n = n,
                      .argv = argv,
                      .argc = argc,
                      .rest = rest,
                      .scratch = scratch,
                      .text = err_text};
    PAIL_AUTOFREE bool *used = pail_calloc(n + 1, sizeof(*used));
    PAIL_AUTOFREE struct word *words = pail_calloc(argc + 1, sizeof(*words));
    if (!used || !words)
        return PAIL_E_NOMEM;
    p.words = words;
    int rc = classify_all(&p);
    if (!rc)
        rc = take_all(&p, used);
    if (!rc)
        rc = check_required(&p);
    if (!rc)
        *ret_n_rest = p.n_rest;
    return rc;
}
