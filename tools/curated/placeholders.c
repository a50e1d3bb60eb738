/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The {{...}} of mail templates: what SES takes of Handlebars. A template that is wrong there is
 * accepted by SES and fails when mail is sent, without a word to the sender; hence checked before.
 */
#include "base/str.h"
#include "tools/curated/ses.h"

#define DEPTH_MAX 64

struct scan {
    struct pail_values *vs;
    struct pail_str text;
    const char *what;
    struct pail_value *list;
    struct {
        struct pail_str name; /* "each" */
        size_t at;
    } open[DEPTH_MAX];
    unsigned depth;
};

static int wrong(const struct scan *s, size_t at, struct pail_error *err, const char *why,
                 struct pail_str name)
{
    unsigned line = 1, column = 1;
    for (size_t i = 0; i < at; i++) {
        bool end = s->text.ptr[i] == '\n';
        line += end;
        column = end ? 1 : column + ((s->text.ptr[i] & 0xc0) != 0x80);
    }
    return pail_error_set(err, PAIL_D_USAGE, PAIL_E_PARSE, "%s: line %u column %u: %s%.*s", s->what,
                          line, column, why, PAIL_STR_ARG(name));
}

static void add(struct scan *s, struct pail_str name)
{
    for (size_t i = 0; i < pail_value_len(s->list); i++)
        if (pail_str_cmp(pail_value_as_str(pail_value_at(s->list, i)), name) == 0)
            return;
    if (name.len && !pail_str_eqz(name, "this") && name.ptr[0] != '@' && name.ptr[0] != '.')
        pail_value_append(s->vs, s->list, pail_value_str(s->vs, name));
}

static struct pail_str first_word(struct pail_str *rest)
{
    struct pail_str word = {NULL, 0};
    *rest = pail_str_trim(*rest);
    pail_str_split(rest, ' ', &word);
    return word;
}

/* What stands between the braces. */
static int tag(struct scan *s, struct pail_str inner, size_t at, struct pail_error *err)
{
    struct pail_str rest = pail_str_trim(inner);
    if (!rest.len)
        return wrong(s, at, err, "{{}} has no name", PAIL_STR(""));
    if (rest.ptr[0] == '!')
        return 0;
    if (rest.ptr[0] == '#') {
        rest = pail_str_from(rest, 1);
        struct pail_str name = first_word(&rest);
        if (s->depth == DEPTH_MAX)
            return wrong(s, at, err, "sections nested too deep", PAIL_STR(""));
        s->open[s->depth].name = name;
        s->open[s->depth++].at = at;
        add(s, first_word(&rest));
        return 0;
    }
    if (rest.ptr[0] == '/') {
        struct pail_str name = pail_str_trim(pail_str_from(rest, 1));
        if (!s->depth || pail_str_cmp(s->open[s->depth - 1].name, name) != 0)
            return wrong(s, at, err, "there is no section to close with /", name);
        s->depth--;
        return 0;
    }
    if (rest.ptr[0] == '>' || pail_str_eqz(rest, "else"))
        return 0;
    struct pail_str word = first_word(&rest);
    if (rest.ptr && pail_str_trim(rest).len) /* a helper: its first parameter */
        word = first_word(&rest);
    add(s, word);
    return 0;
}

static int scan(struct scan *s, struct pail_error *err)
{
    size_t at = 0;
    while (at < s->text.len) {
        struct pail_str rest = pail_str_from(s->text, at);
        size_t open = pail_str_find_str(rest, PAIL_STR("{{"));
        size_t stray = pail_str_find_str(rest, PAIL_STR("}}"));
        if (stray != SIZE_MAX && (open == SIZE_MAX || stray < open))
            return wrong(s, at + stray, err, "}} without {{", PAIL_STR(""));
        if (open == SIZE_MAX)
            return 0;
        at += open;
        bool raw = pail_str_starts(pail_str_from(s->text, at), PAIL_STR("{{{"));
        struct pail_str inner = pail_str_from(s->text, at + (raw ? 3 : 2));
        size_t close = pail_str_find_str(inner, raw ? PAIL_STR("}}}") : PAIL_STR("}}"));
        size_t again = pail_str_find_str(inner, PAIL_STR("{{"));
        if (close == SIZE_MAX || (again != SIZE_MAX && again < close))
            return wrong(s, at, err, "{{ is not closed", PAIL_STR(""));
        int rc = tag(s, pail_str_sub(inner, 0, close), at, err);
        if (rc)
            return rc;
        at = (size_t)(inner.ptr - s->text.ptr) + close + (raw ? 3 : 2);
    }
    return 0;
}

int pail_ses_placeholders(struct pail_values *vs, struct pail_str text, const char *what,
                          struct pail_value *list, struct pail_error *err)
{
    struct scan s = {.vs = vs, .text = text, .what = what, .list = list};
    int rc = scan(&s, err);
    if (!rc && s.depth)
        rc = wrong(&s, s.open[s.depth - 1].at, err, "this section is not closed: #",
                   s.open[s.depth - 1].name);
    return rc;
}
