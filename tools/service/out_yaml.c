/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --output yaml: block style, keys in order, lines folded behind column 80; the choices (which
 * texts need quotes, and which kind) are those of libyaml's emitter with YAML 1.2's types, so that
 * files compare equal to those of other tools.
 *
 * A text goes plain when no reader could take it for a number, a date, or syntax; in single quotes
 * when that would happen; in double quotes when it has characters that only escapes can show.
 */
#include "tools/service/output.h"

#include "base/str.h"
#include "base/utf8.h"
#include "base/value_json.h"
#include "base/value_repr.h"
#include "tools/service/yaml.h"

#include <stdio.h>

#define WIDTH 80
#define STEP 2
#define SIMPLE_KEY_MAX 128

struct emitter {
    struct pail_buf *to;
    size_t column;
    bool as_made;  /* keys in the order of their making */
    bool template; /* "yes" is no text */
};

static void put(struct emitter *e, struct pail_str s)
{
    pail_buf_str(e->to, s);
    for (size_t i = 0; i < s.len; i++)
        if (((unsigned char)s.ptr[i] & 0xc0) != 0x80)
            e->column++;
}

static void put_z(struct emitter *e, const char *z)
{
    put(e, pail_str(z));
}

static void new_line(struct emitter *e, size_t indent)
{
    pail_buf_char(e->to, '\n');
    for (e->column = 0; e->column < indent; e->column++)
        pail_buf_char(e->to, ' ');
}

/* ---- What a text is made of ------------------------------------------------------------------ */

struct analysis {
    bool multiline, plain, single;
};

/* As libyaml has it: no characters beyond U+FFFF, no tab. */
static bool is_printable(uint32_t cp)
{
    return cp == '\n' || (cp >= 0x20 && cp <= 0x7e) || cp == 0x85 ||
           (cp >= 0xa0 && cp <= 0xfffd && cp != 0xfeff && !(cp >= 0xd800 && cp <= 0xdfff));
}

static bool is_break(uint32_t cp)
{
    return cp == '\n' || cp == '\r' || cp == 0x85 || cp == 0x2028 || cp == 0x2029;
}

static bool is_blank_or_end(struct pail_str s, size_t at)
{
    uint32_t cp = 0;
    if (at >= s.len || !pail_utf8_decode(pail_str_from(s, at), &cp))
        return true;
    return cp == ' ' || cp == '\t' || is_break(cp) || cp == 0;
}

static bool is_indicator(struct pail_str s, size_t at, bool after_blank, size_t len)
{
    char c = s.ptr[at];
    bool before_blank = is_blank_or_end(s, at + len);
    if (at == 0 && c && strchr("#,[]{}&*!|>'\"%@`", c))
        return true;
    if (at == 0 && (c == '?' || c == '-'))
        return before_blank;
    if (c == ':')
        return before_blank;
    return at > 0 && c == '#' && after_blank;
}

static struct analysis analyse(struct pail_str s)
{
    struct analysis a = {false, true, true};
    bool after_blank = true, was_space = false, was_break = false;
    if (pail_str_starts(s, PAIL_STR("---")) || pail_str_starts(s, PAIL_STR("...")))
        a.plain = false;
    for (size_t i = 0; i < s.len;) {
        uint32_t cp = 0xffff;
        size_t n = pail_utf8_decode(pail_str_from(s, i), &cp);
        bool last = i + (n ? n : 1) >= s.len;
        if (!n || !is_printable(cp))
            a.plain = a.single = false;
        n = n ? n : 1;
        if (is_indicator(s, i, after_blank, n))
            a.plain = false;
        if (is_break(cp)) {
            a.multiline = true;
            a.plain = false;
            if (was_space)
                a.single = false;
        } else if (cp == ' ') {
            if (i == 0 || last)
                a.plain = false;
            if (was_break)
                a.single = a.plain = false;
        }
        was_space = cp == ' ';
        was_break = is_break(cp);
        after_blank = is_blank_or_end(s, i);
        i += n;
    }
    return a;
}

/* ---- Texts ----------------------------------------------------------------------------------- */

static bool folds(const struct emitter *e, struct pail_str s, size_t i, bool split)
{
    return split && e->column > WIDTH && (i == 0 || s.ptr[i - 1] != ' ') && i + 1 < s.len &&
           s.ptr[i + 1] != ' ';
}

static void put_plain(struct emitter *e, struct pail_str s, size_t indent, bool split)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] == ' ' && folds(e, s, i, split))
            new_line(e, indent);
        else
            put(e, pail_str_sub(s, i, 1));
}

static void put_single(struct emitter *e, struct pail_str s, size_t indent, bool split)
{
    bool was_break = false;
    put_z(e, "'");
    for (size_t i = 0; i < s.len;) {
        uint32_t cp = 0;
        size_t n = pail_utf8_decode(pail_str_from(s, i), &cp);
        n = n ? n : 1;
        if (is_break(cp)) {
            if (!was_break && cp == '\n')
                pail_buf_char(e->to, '\n');
            if (cp == '\n')
                pail_buf_char(e->to, '\n');
            else
                pail_buf_str(e->to, pail_str_sub(s, i, n));
            e->column = 0;
            was_break = true;
            i += n;
            continue;
        }
        if (was_break)
            for (; e->column < indent; e->column++)
                pail_buf_char(e->to, ' ');
        was_break = false;
        if (cp == ' ' && i > 0 && folds(e, s, i, split))
            new_line(e, indent);
        else
            put(e, cp == '\'' ? PAIL_STR("''") : pail_str_sub(s, i, n));
        i += n;
    }
    if (was_break)
        for (; e->column < indent; e->column++)
            pail_buf_char(e->to, ' ');
    put_z(e, "'");
}

static void put_escape(struct emitter *e, uint32_t cp)
{
    static const char from[] = "\a\b\t\n\v\f\r\033\"\\", to[] = "abtnvfre\"\\";
    char text[16];
    const char *p = cp && cp < 0x80 ? strchr(from, (int)cp) : NULL;
    if (cp == 0)
        (void)snprintf(text, sizeof(text), "\\0");
    else if (p)
        (void)snprintf(text, sizeof(text), "\\%c", to[p - from]);
    else if (cp == 0x85 || cp == 0xa0)
        (void)snprintf(text, sizeof(text), cp == 0x85 ? "\\N" : "\\_");
    else if (cp == 0x2028 || cp == 0x2029)
        (void)snprintf(text, sizeof(text), cp == 0x2028 ? "\\L" : "\\P");
    else
        (void)snprintf(text, sizeof(text),
                       cp <= 0xff     ? "\\x%02X"
                       : cp <= 0xffff ? "\\u%04X"
                                      : "\\U%08X",
                       cp);
    put_z(e, text);
}

static void put_double(struct emitter *e, struct pail_str s, size_t indent, bool split)
{
    bool was_space = false;
    put_z(e, "\"");
    for (size_t i = 0; i < s.len;) {
        uint32_t cp = 0xfffd;
        size_t n = pail_utf8_decode(pail_str_from(s, i), &cp);
        n = n ? n : 1;
        if (!is_printable(cp) || is_break(cp) || cp == '"' || cp == '\\') {
            put_escape(e, cp);
            was_space = false;
        } else if (cp == ' ') {
            if (split && !was_space && e->column > WIDTH && i > 0 && i + 1 < s.len) {
                new_line(e, indent);
                if (s.ptr[i + 1] == ' ')
                    put_z(e, "\\");
            } else {
                put_z(e, " ");
            }
            was_space = true;
        } else {
            put(e, pail_str_sub(s, i, n));
            was_space = false;
        }
        i += n;
    }
    put_z(e, "\"");
}

/* As the emitter for templates has it, which folds in front of blanks and behind escapes. from and
 * to: what is not written yet; ahead: from is behind to, past an escape. */
static void put_double_folded(struct emitter *e, struct pail_str s, size_t indent)
{
    size_t from = 0, pending = 0, marked = SIZE_MAX; /* a blank with its backslash written */
    put_z(e, "\"");
    for (size_t i = 0; i < s.len;) {
        uint32_t cp = 0xfffd;
        size_t n = pail_utf8_decode(pail_str_from(s, i), &cp);
        bool escaped = !n || !is_printable(cp) || is_break(cp) || cp == '"' || cp == '\\';
        n = n ? n : 1;
        if (escaped) {
            put(e, pail_str_sub(s, from, i - from));
            put_escape(e, cp);
            from = i + n;
            pending = 0;
        }
        size_t column = escaped ? e->column - 1 : e->column + pending;
        bool may_end = i > 0 && i + n < s.len && i != marked && (cp == ' ' || escaped);
        if (may_end && column > WIDTH) {
            put(e, pail_str_sub(s, from, escaped ? 0 : i - from));
            put_z(e, "\\");
            from = escaped ? from : i;
            pending = 0;
            new_line(e, indent);
            if (s.ptr[from] == ' ') {
                put_z(e, "\\");
                marked = from;
            }
        }
        pending += !escaped;
        i += n;
    }
    put(e, pail_str_from(s, from));
    put_z(e, "\"");
}

static bool has(struct pail_str s, char c)
{
    return pail_str_find(s, c) != SIZE_MAX;
}

/* indent: of lines that go on. */
static void put_text(struct emitter *e, struct pail_str s, size_t indent, bool is_key)
{
    struct analysis a = analyse(s);
    if (is_key && a.multiline)
        put_double(e, s, indent, false);
    else if (a.plain && s.len && pail_yaml_kind(s) == PAIL_YAML_TEXT &&
             !(e->template && pail_yaml_is_old_bool(s)))
        put_plain(e, s, indent, !is_key);
    else if (e->template && !is_key && (!a.single || has(s, '\'') || has(s, '\n')))
        put_double_folded(e, s, indent);
    else if (a.single)
        put_single(e, s, indent, !is_key);
    else
        put_double(e, s, indent, !is_key);
}

/* ---- Trees ----------------------------------------------------------------------------------- */

static void put_scalar(struct emitter *e, const struct pail_value *v, size_t indent)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    double d;
    bool b;
    switch (pail_value_type(v)) {
    case PAIL_VAL_STRING:
        put_text(e, pail_value_as_str(v), indent, false);
        return;
    case PAIL_VAL_BOOL:
        put_z(e, pail_value_as_bool(v, &b) && b ? "true" : "false");
        return;
    case PAIL_VAL_REAL:
        if (pail_value_as_real(v, &d) && (d != d || d - d != 0)) {
            put_z(e, d != d ? ".nan" : d > 0 ? ".inf" : "-.inf");
            return;
        }
        break;
    case PAIL_VAL_NULL:
        put_z(e, "null");
        return;
    default:
        break;
    }
    pail_value_pystr(&text, v);
    put(e, pail_buf_view(&text));
}

static bool is_block(const struct pail_value *v)
{
    return pail_value_len(v) > 0;
}

/* The value behind "key:" or "- ". indent: of the collection it is in. */
static void put_value(struct emitter *e, const struct pail_value *v, size_t indent);

static size_t next_key(const struct pail_value *map, struct pail_str after)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < pail_value_len(map); i++) {
        struct pail_str k = pail_value_key_at(map, i);
        if ((!after.ptr || pail_str_cmp(k, after) > 0) &&
            (best == SIZE_MAX || pail_str_cmp(k, pail_value_key_at(map, best)) < 0))
            best = i;
    }
    return best;
}

/* The first line is begun already, at column indent. */
static void put_map(struct emitter *e, const struct pail_value *map, size_t indent)
{
    struct pail_str key = {NULL, 0};
    size_t n = pail_value_len(map);
    for (size_t at = 0; at < n; at++) {
        size_t i = e->as_made ? at : next_key(map, key);
        const struct pail_value *v = pail_value_at(map, i);
        key = pail_value_key_at(map, i);
        if (at)
            new_line(e, indent);
        bool simple = key.len <= SIMPLE_KEY_MAX && !analyse(key).multiline;
        if (!simple)
            put_z(e, "? ");
        put_text(e, key, indent + STEP, simple);
        if (!simple)
            new_line(e, indent);
        put_z(e, ":");
        if (is_block(v)) {
            bool list = pail_value_type(v) == PAIL_VAL_LIST;
            new_line(e, list ? indent : indent + STEP);
            put_value(e, v, list ? indent : indent + STEP);
        } else {
            put_z(e, " ");
            put_value(e, v, indent + STEP);
        }
    }
}

static void put_list(struct emitter *e, const struct pail_value *list, size_t indent)
{
    for (size_t i = 0; i < pail_value_len(list); i++) {
        if (i)
            new_line(e, indent);
        put_z(e, "- ");
        put_value(e, pail_value_at(list, i), indent + STEP);
    }
}

static void put_value(struct emitter *e, const struct pail_value *v, size_t indent)
{
    switch (pail_value_type(v)) {
    case PAIL_VAL_MAP:
        if (is_block(v))
            put_map(e, v, indent);
        else
            put_z(e, "{}");
        break;
    case PAIL_VAL_LIST:
        if (is_block(v))
            put_list(e, v, indent);
        else
            put_z(e, "[]");
        break;
    default:
        put_scalar(e, v, indent);
    }
}

static void put_document(struct emitter e, const struct pail_value *v)
{
    enum pail_value_type type = pail_value_type(v);
    /* A scalar alone would be followed by "..."; its JSON form is YAML too. */
    if (type != PAIL_VAL_MAP && type != PAIL_VAL_LIST)
        pail_value_to_json(e.to, v, NULL);
    else
        put_value(&e, v, 0);
    pail_buf_char(e.to, '\n');
}

void pail_out_yaml(struct pail_buf *to, const struct pail_value *v)
{
    put_document((struct emitter){.to = to}, v);
}

void pail_out_yaml_as_made(struct pail_buf *to, const struct pail_value *v)
{
    put_document((struct emitter){.to = to, .as_made = true}, v);
}

void pail_out_template(struct pail_buf *to, const struct pail_value *v)
{
    put_document((struct emitter){.to = to, .as_made = true, .template = true}, v);
}
