/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line that is indented deeper than its key's goes on with the value, blank lines in between
 * included; comments are whole lines; keys are in lower case, whatever case they are written in.
 */
#include "tools/service/aliasfile.h"

#include "base/str.h"

struct reader {
    struct pail_str section, name; /* wanted */
    struct pail_buf *value;
    bool in_section; /* any */
    bool is_section; /* the wanted one */
    bool in_value;   /* of any key */
    bool is_value;   /* of the wanted one */
    bool found;
    size_t indent, line;
    struct pail_error *err;
};

static int wrong(struct reader *r, const char *what)
{
    return pail_error_set(r->err, PAIL_D_DATA, PAIL_E_PARSE, "line %zu: %s", r->line, what);
}

static struct pail_str next_word(struct pail_str *rest)
{
    *rest = pail_str_trim(*rest);
    size_t n = 0;
    while (n < rest->len && rest->ptr[n] != ' ' && rest->ptr[n] != '\t')
        n++;
    struct pail_str word = pail_str_sub(*rest, 0, n);
    *rest = pail_str_from(*rest, n);
    return word;
}

/* Word by word: "command  ec2" is "command ec2". */
static bool same_section(struct pail_str a, struct pail_str b)
{
    for (;;) {
        struct pail_str x = next_word(&a), y = next_word(&b);
        if (!pail_str_eq(x, y))
            return false;
        if (!x.len)
            return true;
    }
}

static void add_line(struct reader *r, struct pail_str s)
{
    if (!r->is_value)
        return;
    pail_buf_char(r->value, '\n');
    pail_buf_str(r->value, s);
}

static int begin_key(struct reader *r, struct pail_str s)
{
    size_t eq = pail_str_find(s, '='), colon = pail_str_find(s, ':');
    size_t at = eq < colon ? eq : colon;
    if (!r->in_section)
        return wrong(r, "a name before any section");
    if (at == SIZE_MAX || at == 0)
        return wrong(r, "neither a section nor \"name = value\"");
    struct pail_str key = pail_str_trim(pail_str_sub(s, 0, at));
    r->in_value = true;
    r->is_value = r->is_section && pail_str_ieq(key, r->name);
    if (!r->is_value)
        return 0;
    if (r->found)
        return wrong(r, "the name is there twice");
    r->found = true;
    pail_buf_str(r->value, pail_str_trim(pail_str_from(s, at + 1)));
    return 0;
}

static int take_line(struct reader *r, struct pail_str line)
{
    struct pail_str s = pail_str_trim(line);
    size_t indent = 0;
    r->line++;
    if (!s.len) {
        add_line(r, s);
        return 0;
    }
    if (s.ptr[0] == '#' || s.ptr[0] == ';')
        return 0;
    while (line.ptr[indent] == ' ' || line.ptr[indent] == '\t')
        indent++;
    if (r->in_value && indent > r->indent) {
        add_line(r, s);
        return 0;
    }
    r->indent = indent;
    size_t close = pail_str_rfind(s, ']');
    if (s.ptr[0] != '[' || close == SIZE_MAX)
        return begin_key(r, s);
    r->in_section = true;
    r->is_section = same_section(pail_str_sub(s, 1, close - 1), r->section);
    r->in_value = r->is_value = false;
    return 0;
}

int pail_alias_find(struct pail_str text, struct pail_str section, struct pail_str name,
                    struct pail_buf *value, bool *ret_found, struct pail_error *err)
{
    struct reader r = {.section = section, .name = name, .value = value, .err = err};
    struct pail_str line;
    int rc = 0;
    while (!rc && text.len && pail_str_split(&text, '\n', &line))
        rc = take_line(&r, line);
    if (rc)
        return rc;
    while (value->len && (value->ptr[value->len - 1] == '\n' || value->ptr[value->len - 1] == ' '))
        pail_buf_truncate(value, value->len - 1);
    *ret_found = r.found;
    return pail_buf_check(value, "alias", err);
}
