/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shorthand: key=value pairs between commas. A value is a word, a quoted text, [a,b] or {k=v}. The
 * grammar is ambiguous ("a=b,c,d=e" is a list and another key), and is read as the AWS CLI reads
 * it: words after a comma belong to the list until one is followed by "=", then back to that comma.
 * A key followed by "@=" takes its value from file:// or fileb://.
 */
#include "tools/service/input.h"

#include "base/str.h"
#include "base/utf8.h"

#define DEPTH 64

struct shorthand {
    struct pail_values *vs;
    struct pail_str s;
    size_t at;
    bool files; /* the value may be file:// */
    unsigned depth;
    struct pail_buf *why;
    int rc;
};

/* ---- Errors ---------------------------------------------------------------------------------- */

/* The input up to the end of the line, and a mark under the place. */
static void show_place(struct shorthand *p, size_t at)
{
    struct pail_str s = p->s.len ? p->s : PAIL_STR(" ");
    size_t end = at, start = at, columns = 0;
    while (start > 0 && start <= s.len && s.ptr[start - 1] != '\n')
        start--;
    while (end < s.len && s.ptr[end] != '\n')
        end++;
    end = end < s.len ? end : s.len;
    pail_buf_str(p->why, pail_str_sub(s, 0, end));
    pail_buf_char(p->why, '\n');
    for (size_t i = start; i < at && i < s.len; i++)
        columns += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
    for (; columns; columns--)
        pail_buf_char(p->why, ' ');
    pail_buf_char(p->why, '^');
    pail_buf_str(p->why, pail_str_from(s, end));
}

static struct pail_value *expected(struct shorthand *p, const char *what, const char *got)
{
    if (p->rc)
        return NULL;
    p->rc = PAIL_E_PARSE;
    pail_buf_fmt(p->why, "Expected: '%s', received: '", what);
    if (got) {
        pail_buf_z(p->why, got);
    } else if (p->at >= p->s.len) {
        pail_buf_z(p->why, "EOF");
    } else {
        uint32_t cp;
        size_t n = pail_utf8_decode(pail_str_from(p->s, p->at), &cp);
        pail_buf_str(p->why, pail_str_sub(p->s, p->at, n ? n : 1));
    }
    pail_buf_z(p->why, "' for input:\n");
    show_place(p, p->at);
    return NULL;
}

/* ---- Pieces ---------------------------------------------------------------------------------- */

static bool at_end(const struct shorthand *p)
{
    return p->at >= p->s.len;
}

static char here(const struct shorthand *p)
{
    return at_end(p) ? '\0' : p->s.ptr[p->at];
}

static bool is_blank(char c)
{
    return c && strchr(" \t\n\r\v\f", c);
}

static void blanks(struct shorthand *p)
{
    while (!at_end(p) && is_blank(here(p)))
        p->at++;
}

static bool sees(const struct shorthand *p, char c)
{
    return !at_end(p) && p->s.ptr[p->at] == c;
}

static bool expect(struct shorthand *p, char c, bool with_blanks)
{
    char what[2] = {c, '\0'};
    if (with_blanks)
        blanks(p);
    if (!sees(p, c)) {
        expected(p, what, NULL);
        return false;
    }
    p->at++;
    if (with_blanks)
        blanks(p);
    return true;
}

static struct pail_str key(struct shorthand *p)
{
    size_t start = p->at;
    while (
        !at_end(p) &&
        strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.#/:", here(p)) &&
        here(p))
        p->at++;
    return pail_str_sub(p->s, start, p->at - start);
}

/* "=" or "@=" behind a key. */
static bool equals(struct shorthand *p)
{
    p->files = false;
    blanks(p);
    if (sees(p, '@')) {
        p->at++;
        blanks(p);
        p->files = true;
    }
    return expect(p, '=', true);
}

static struct pail_value *text_value(struct shorthand *p, struct pail_str s)
{
    struct pail_value *v = NULL;
    if (p->files) {
        const char *z = pail_value_as_str(pail_value_str(p->vs, s)).ptr;
        if (z)
            p->rc = pail_paramfile(p->vs, z, &v, p->why);
        if (p->rc || v)
            return v;
    }
    v = pail_value_str(p->vs, s);
    if (!v && !p->rc)
        p->rc = PAIL_E_NOMEM;
    return v;
}

static struct pail_value *quoted(struct shorthand *p)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    char quote = here(p);
    size_t end = p->at + 1, escaped = 0;
    while (end < p->s.len && p->s.ptr[end] != quote) {
        if (p->s.ptr[end] == '\\' && end + 1 < p->s.len && p->s.ptr[end + 1] == quote)
            escaped = ++end;
        end++;
    }
    if (end >= p->s.len && escaped)
        end = escaped; /* then that was the end, behind a backslash */
    if (end >= p->s.len)
        return expected(p, quote == '"' ? "<double quoted>" : "<singled quoted>", "<none>");
    for (size_t i = p->at + 1; i < end; i++) {
        char c = p->s.ptr[i];
        if (c == '\\' && i + 1 < end && (p->s.ptr[i + 1] == quote || p->s.ptr[i + 1] == '\\'))
            c = p->s.ptr[++i];
        pail_buf_char(&text, c);
    }
    p->at = end + 1;
    return text_value(p, pail_buf_view(&text));
}

/* May c begin a word, or go on in one? after_comma: a word of a list, which ends before "=". */
static bool in_word(unsigned char c, bool first, bool after_comma)
{
    if (c >= 0x80)
        return true;
    if (c == '"' || c == '\'' || c == ',')
        return false;
    if (first)
        return c > ' ' && c != '=' && c != '[' && c != '{';
    if (after_comma)
        return is_blank((char)c) || (c > ' ' && c != '=');
    return is_blank((char)c) || (c > ' ' && c != ']' && c != '}');
}

/* False: no word here. */
static bool word(struct shorthand *p, bool after_comma, struct pail_value **ret)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    size_t start = p->at;
    while (!at_end(p)) {
        bool comma = sees(p, '\\') && p->at + 1 < p->s.len && p->s.ptr[p->at + 1] == ',';
        if (comma)
            p->at++;
        else if (!in_word((unsigned char)here(p), p->at == start, after_comma))
            break;
        pail_buf_char(&text, here(p));
        p->at++;
    }
    if (p->at == start)
        return false;
    struct pail_str s = pail_buf_view(&text);
    while (s.len && is_blank(s.ptr[s.len - 1]))
        s.len--;
    *ret = text_value(p, s);
    return true;
}

static struct pail_value *first_value(struct shorthand *p)
{
    struct pail_value *v = NULL;
    if (sees(p, '\'') || sees(p, '"'))
        return quoted(p);
    if (word(p, false, &v))
        return v;
    v = pail_value_str(p->vs, PAIL_STR(""));
    return v;
}

/* ---- Lists and maps -------------------------------------------------------------------------- */

static struct pail_value *explicit_value(struct shorthand *p);

static struct pail_value *explicit_list(struct shorthand *p)
{
    struct pail_value *list = pail_value_list(p->vs);
    if (!expect(p, '[', true))
        return NULL;
    while (!p->rc && !sees(p, ']')) {
        pail_value_append(p->vs, list, explicit_value(p));
        blanks(p);
        if (!p->rc && !sees(p, ']')) {
            if (!expect(p, ',', false))
                return NULL;
            blanks(p);
        }
    }
    return !p->rc && expect(p, ']', false) ? list : NULL;
}

static struct pail_value *explicit_map(struct shorthand *p)
{
    struct pail_value *map = pail_value_map(p->vs);
    if (!expect(p, '{', true))
        return NULL;
    while (!p->rc && !sees(p, '}')) {
        struct pail_str k = key(p);
        if (!equals(p))
            return NULL;
        struct pail_value *v = explicit_value(p);
        blanks(p);
        if (!p->rc && !sees(p, '}')) {
            if (!expect(p, ',', false))
                return NULL;
            blanks(p);
        }
        pail_value_set(p->vs, map, k, v);
    }
    return !p->rc && expect(p, '}', false) ? map : NULL;
}

static struct pail_value *explicit_value(struct shorthand *p)
{
    struct pail_value *v;
    if (++p->depth > DEPTH) {
        if (!p->rc)
            pail_buf_z(p->why, "Nested too deeply");
        p->rc = p->rc ? p->rc : PAIL_E_PARSE;
        return NULL;
    }
    if (sees(p, '['))
        v = explicit_list(p);
    else if (sees(p, '{'))
        v = explicit_map(p);
    else
        v = first_value(p);
    p->depth--;
    return v;
}

/* The next word of a list, and the comma or the end behind it. False: none, which may mean that
 * this was the next key. */
static bool second_value(struct shorthand *p, struct pail_value **ret)
{
    size_t mark = p->why->len;
    bool is_quoted = sees(p, '\'') || sees(p, '"');
    if (is_quoted)
        *ret = quoted(p);
    else if (!word(p, true, ret))
        expected(p, "<second>", "<none>");
    if (!p->rc) {
        blanks(p);
        if (at_end(p) || sees(p, ','))
            return true;
        expected(p, ",", NULL);
    }
    if (p->rc == PAIL_E_PARSE && !at_end(p)) {
        p->rc = 0;
        pail_buf_truncate(p->why, mark);
    }
    return false;
}

static struct pail_value *csv_value(struct shorthand *p)
{
    struct pail_value *first = first_value(p);
    blanks(p);
    if (p->rc || at_end(p) || !sees(p, ','))
        return first;
    struct pail_value *list = pail_value_list(p->vs), *v = NULL;
    pail_value_append(p->vs, list, first);
    for (;;) {
        p->at++;
        blanks(p);
        if (!second_value(p, &v)) {
            if (p->rc)
                return NULL;
            while (p->at > 0 && p->s.ptr[p->at] != ',')
                p->at--;
            break;
        }
        pail_value_append(p->vs, list, v);
        if (at_end(p))
            break;
    }
    return pail_value_len(list) == 1 ? first : list;
}

static struct pail_value *values(struct shorthand *p)
{
    if (at_end(p))
        return pail_value_str(p->vs, PAIL_STR(""));
    return sees(p, '[') || sees(p, '{') ? explicit_value(p) : csv_value(p);
}

int pail_shorthand_parse(struct pail_values *vs, struct pail_str text, struct pail_value **ret,
                         struct pail_buf *why)
{
    struct shorthand p = {.vs = vs, .s = text, .why = why};
    struct pail_value *map = pail_value_map(vs);
    size_t last = 0;
    do {
        if (p.at && !expect(&p, ',', true))
            break;
        struct pail_str k = key(&p);
        if (!equals(&p))
            break;
        struct pail_value *v = values(&p);
        if (p.rc)
            break;
        if (pail_value_get(map, k)) {
            p.rc = PAIL_E_PARSE;
            pail_buf_fmt(why, "Second instance of key \"%.*s\" encountered for input:\n",
                         PAIL_STR_ARG(k));
            show_place(&p, last + 1);
            pail_buf_z(why, "\nThis is often because there is a preceding \",\" instead of a "
                            "space.");
            break;
        }
        pail_value_set(vs, map, k, v);
        last = p.at;
    } while (!at_end(&p));
    if (p.rc)
        return p.rc;
    *ret = map;
    return map ? 0 : PAIL_E_NOMEM;
}
