/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with a text that is no JSON, in the words of Python's json module: "Expecting
 * property name enclosed in double quotes: line 1 column 3 (char 2)". Only ever called for texts
 * that did not parse.
 */
#include "tools/service/input.h"

#include "base/str.h"
#include "base/utf8.h"
#include "base/value_json.h"

#define DEPTH 200

struct scan {
    struct pail_str s;
    size_t at;
    const char *what; /* NULL: nothing wrong so far */
    size_t where;
};

static bool wrong(struct scan *p, const char *what, size_t where)
{
    if (!p->what) {
        p->what = what;
        p->where = where;
    }
    return false;
}

static void blanks(struct scan *p)
{
    while (p->at < p->s.len && strchr(" \t\n\r", p->s.ptr[p->at]) && p->s.ptr[p->at])
        p->at++;
}

static char here(const struct scan *p)
{
    return p->at < p->s.len ? p->s.ptr[p->at] : '\0';
}

static bool string(struct scan *p)
{
    size_t start = p->at++;
    for (; p->at < p->s.len; p->at++) {
        unsigned char c = (unsigned char)p->s.ptr[p->at];
        if (c == '"') {
            p->at++;
            return true;
        }
        if (c < 0x20)
            return wrong(p, "Invalid control character at", p->at);
        if (c != '\\')
            continue;
        if (++p->at >= p->s.len)
            break;
        c = (unsigned char)p->s.ptr[p->at];
        if (c == 'u') {
            for (int i = 1; i <= 4; i++) {
                char h = p->at + (size_t)i < p->s.len ? p->s.ptr[p->at + (size_t)i] : '\0';
                if (!h || !strchr("0123456789abcdefABCDEF", h))
                    return wrong(p, "Invalid \\uXXXX escape", p->at);
            }
            p->at += 4;
        } else if (!strchr("\"\\/bfnrt", c)) {
            return wrong(p, "Invalid \\escape", p->at - 1);
        }
    }
    return wrong(p, "Unterminated string starting at", start);
}

static bool value(struct scan *p, int depth);

static bool key(struct scan *p)
{
    if (here(p) != '"')
        return wrong(p, "Expecting property name enclosed in double quotes", p->at);
    if (!string(p))
        return false;
    blanks(p);
    if (here(p) != ':')
        return wrong(p, "Expecting ':' delimiter", p->at);
    p->at++;
    blanks(p);
    return true;
}

/* An object or an array, by what ends it. */
static bool many(struct scan *p, char close, int depth)
{
    p->at++;
    blanks(p);
    if (here(p) == close) {
        p->at++;
        return true;
    }
    for (;;) {
        if ((close == '}' && !key(p)) || !value(p, depth))
            return false;
        blanks(p);
        if (here(p) == close) {
            p->at++;
            return true;
        }
        if (here(p) != ',')
            return wrong(p, "Expecting ',' delimiter", p->at);
        size_t comma = p->at++;
        blanks(p);
        if (here(p) == close)
            return wrong(p,
                         close == '}' ? "Illegal trailing comma before end of object"
                                      : "Illegal trailing comma before end of array",
                         comma);
    }
}

static bool word(struct scan *p)
{
    static const char *const words[] = {"null", "true", "false", "NaN", "Infinity", "-Infinity"};
    struct pail_str rest = pail_str_from(p->s, p->at);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(words); i++)
        if (pail_str_starts(rest, pail_str(words[i]))) {
            p->at += strlen(words[i]);
            return true;
        }
    return false;
}

/* The longest number that begins here. */
static bool number(struct scan *p)
{
    size_t i = p->at, digits = 0;
    const struct pail_str s = p->s;
    if (i < s.len && s.ptr[i] == '-')
        i++;
    if (i < s.len && s.ptr[i] == '0') {
        i++;
        digits = 1;
    } else {
        for (; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++)
            digits++;
    }
    if (!digits)
        return false;
    p->at = i;
    if (i + 1 < s.len && s.ptr[i] == '.' && s.ptr[i + 1] >= '0' && s.ptr[i + 1] <= '9')
        for (i++; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++)
            p->at = i + 1;
    i = p->at;
    if (i < s.len && (s.ptr[i] == 'e' || s.ptr[i] == 'E')) {
        i++;
        if (i < s.len && (s.ptr[i] == '-' || s.ptr[i] == '+'))
            i++;
        for (; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++)
            p->at = i + 1;
    }
    return true;
}

static bool value(struct scan *p, int depth)
{
    if (depth > DEPTH)
        return wrong(p, "Nested too deeply", p->at);
    switch (here(p)) {
    case '"':
        return string(p);
    case '{':
        return many(p, '}', depth + 1);
    case '[':
        return many(p, ']', depth + 1);
    default:
        return word(p) || number(p) || wrong(p, "Expecting value", p->at);
    }
}

void pail_json_complaint(struct pail_buf *to, struct pail_str text)
{
    struct scan p = {.s = text};
    size_t line = 1, column = 1, chars = 0;
    uint32_t cp;
    blanks(&p);
    if (value(&p, 0)) {
        blanks(&p);
        (void)wrong(&p, p.at < text.len ? "Extra data" : "Invalid text", p.at);
    }
    for (size_t i = 0; i < p.where; chars++, column++) {
        size_t n = pail_utf8_decode(pail_str_from(text, i), &cp);
        if (text.ptr[i] == '\n') {
            line++;
            column = 0;
        }
        i += n ? n : 1;
    }
    pail_buf_fmt(to, "%s: line %zu column %zu (char %zu)", p.what, line, column, chars);
}
