/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads by indentation: a node begins at some column of a line; its lines go on as long as they are
 * indented deeper than its parent. What begins with "- " is a list, what is followed by ":" a map,
 * else it is a scalar or a flow collection, which read on across lines.
 */
#include "tools/service/yaml.h"

#include "base/base64.h"
#include "base/str.h"
#include "base/value_form.h"

#define DEPTH 64

struct reader {
    const struct pail_yaml_dialect *dialect;
    struct pail_values *vs;
    struct pail_str s;
    size_t at;
    unsigned depth;
    bool untyped;               /* scalars are texts: a tag said so */
    struct pail_value *anchors; /* by their names */
    struct pail_error *err;
    int rc;
};

static struct pail_value *fail(struct reader *r, const char *what)
{
    size_t line = 1;
    for (size_t i = 0; i < r->at && i < r->s.len; i++)
        line += r->s.ptr[i] == '\n';
    if (!r->rc)
        r->rc = pail_error_set(r->err, PAIL_D_USAGE, PAIL_E_PARSE, "line %zu: %s", line, what);
    return NULL;
}

static char peek(const struct reader *r, size_t n)
{
    return r->at + n < r->s.len ? r->s.ptr[r->at + n] : '\0';
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static bool ends(char c)
{
    return c == '\0' || is_space(c) || c == '\n' || c == '\r';
}

static size_t column(const struct reader *r)
{
    size_t start = r->at;
    while (start > 0 && r->s.ptr[start - 1] != '\n')
        start--;
    return r->at - start;
}

/* Past blanks, comments and empty lines. */
static void skip(struct reader *r)
{
    for (;;) {
        while (is_space(peek(r, 0)) || peek(r, 0) == '\n' || peek(r, 0) == '\r')
            r->at++;
        if (peek(r, 0) != '#')
            return;
        while (r->at < r->s.len && peek(r, 0) != '\n')
            r->at++;
    }
}

static void skip_on_line(struct reader *r)
{
    while (is_space(peek(r, 0)))
        r->at++;
    if (peek(r, 0) == '#')
        while (r->at < r->s.len && peek(r, 0) != '\n')
            r->at++;
    if (peek(r, 0) == '\r')
        r->at++;
}

/* What was gathered; lost memory is remembered. */
static struct pail_str whole(struct reader *r, const struct pail_buf *text)
{
    if (text->failed)
        pail_values_lack(r->vs);
    return text->ptr ? pail_buf_view(text) : PAIL_STR("");
}

/* ---- Scalars --------------------------------------------------------------------------------- */

static struct pail_value *typed(struct reader *r, struct pail_str s)
{
    struct pail_value *own = r->untyped || !r->dialect->plain ? NULL : r->dialect->plain(r->vs, s);
    if (own || r->untyped)
        return own ? own : pail_value_str(r->vs, s);
    return pail_str_eqz(s, "=") ? fail(r, "a mark that stands for nothing")
                                : pail_yaml_plain(r->vs, s);
}

static void put_fold(struct pail_buf *to, size_t breaks)
{
    if (breaks == 1)
        pail_buf_char(to, ' ');
    for (; breaks > 1; breaks--)
        pail_buf_char(to, '\n');
}

/* A line break inside a quoted or plain scalar, with the blanks around it. */
static size_t take_breaks(struct reader *r)
{
    size_t breaks = 0;
    while (is_space(peek(r, 0)) || peek(r, 0) == '\n' || peek(r, 0) == '\r') {
        breaks += peek(r, 0) == '\n';
        r->at++;
    }
    return breaks;
}

static void trim_end(struct pail_buf *to, size_t from)
{
    size_t len = to->len;
    while (len > from && is_space(to->ptr[len - 1]))
        len--;
    pail_buf_truncate(to, len);
}

static bool quoted_text(struct reader *r, struct pail_buf *to)
{
    char quote = peek(r, 0);
    size_t kept = 0; /* blanks before here were escaped */
    for (r->at++; r->at < r->s.len;) {
        char c = peek(r, 0);
        if (c == quote && quote == '\'' && peek(r, 1) == '\'') {
            pail_buf_char(to, '\'');
            r->at += 2;
        } else if (c == quote) {
            r->at++;
            return true;
        } else if (c == '\n') {
            trim_end(to, kept);
            put_fold(to, take_breaks(r));
        } else if (c == '\\' && quote == '"') {
            r->at++;
            if (peek(r, 0) == '\n') {
                (void)take_breaks(r);
            } else if (!pail_yaml_unescape(r->s, &r->at, to)) {
                fail(r, "unknown escape character in a quoted text");
                return false;
            }
            kept = to->len;
        } else {
            if (c != '\r')
                pail_buf_char(to, c);
            r->at++;
        }
    }
    fail(r, "a quoted text is not closed");
    return false;
}

static bool is_flow_mark(char c)
{
    return c && strchr(",[]{}", c);
}

/* One line of a plain scalar. */
static void plain_line(struct reader *r, struct pail_buf *to, bool flow)
{
    while (r->at < r->s.len && peek(r, 0) != '\n') {
        char c = peek(r, 0);
        if (c == ':' && (ends(peek(r, 1)) || (flow && is_flow_mark(peek(r, 1)))))
            break;
        if (c == '#' && r->at > 0 && is_space(r->s.ptr[r->at - 1]))
            break;
        if (flow && is_flow_mark(c))
            break;
        if (c != '\r')
            pail_buf_char(to, c);
        r->at++;
    }
    trim_end(to, 0);
}

static size_t simple_key(const struct reader *r);

static struct pail_value *plain(struct reader *r, size_t parent, bool flow)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    plain_line(r, &text, flow);
    for (;;) {
        struct reader ahead = *r;
        if (peek(&ahead, 0) != '\n')
            break;
        size_t breaks = take_breaks(&ahead);
        char c = peek(&ahead, 0);
        if (ahead.at >= ahead.s.len || c == '#' || (flow && is_flow_mark(c)))
            break;
        if (!flow && (column(&ahead) <= parent || simple_key(&ahead)))
            break;
        r->at = ahead.at;
        put_fold(&text, breaks);
        plain_line(r, &text, flow);
    }
    return typed(r, whole(r, &text));
}

/* "|" and ">" with their marks. */
static struct pail_value *block_text(struct reader *r, size_t parent, bool root)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    bool folded = peek(r, 0) == '>', was_more = false;
    char chomp = '\0';
    size_t indent = 0, pending = 0;
    for (r->at++;
         peek(r, 0) == '-' || peek(r, 0) == '+' || (peek(r, 0) >= '1' && peek(r, 0) <= '9');
         r->at++)
        if (peek(r, 0) == '-' || peek(r, 0) == '+')
            chomp = peek(r, 0);
        else
            indent = (root ? 0 : parent) + (size_t)(peek(r, 0) - '0');
    skip_on_line(r);
    if (peek(r, 0) != '\n' && r->at < r->s.len)
        return fail(r, "text behind | or >");
    r->at++;
    while (r->at < r->s.len) {
        size_t end = r->at, in = 0;
        while (end < r->s.len && r->s.ptr[end] != '\n')
            end++;
        while (r->at + in < end && r->s.ptr[r->at + in] == ' ')
            in++;
        bool empty = r->at + in == end;
        if (!empty && !indent)
            indent = in;
        if (!empty && (in < indent || (!root && indent <= parent)))
            break;
        if (empty) {
            pending++;
        } else {
            bool more = r->s.ptr[r->at + indent] == ' ' || r->s.ptr[r->at + indent] == '\t';
            if (folded && text.len && !more && !was_more && pending == 1)
                pail_buf_char(&text, ' ');
            else
                for (size_t i = folded && text.len && !more && !was_more && pending > 1;
                     i < pending; i++)
                    pail_buf_char(&text, '\n');
            pail_buf_str(&text, pail_str_sub(r->s, r->at + indent, end - r->at - indent));
            pending = 1;
            was_more = more;
        }
        r->at = end < r->s.len ? end + 1 : end;
    }
    if (text.len && chomp != '-')
        for (size_t i = chomp == '+' ? pending : 1; i; i--)
            pail_buf_char(&text, '\n');
    if (r->at && r->at <= r->s.len && r->s.ptr[r->at - 1] == '\n')
        r->at--; /* the end of the line is the caller's */
    return pail_value_str(r->vs, whole(r, &text));
}

/* ---- Anchors and tags ------------------------------------------------------------------------ */

struct properties {
    struct pail_str anchor, tag;
};

static struct pail_str mark(struct reader *r)
{
    size_t start = r->at;
    while (!ends(peek(r, 0)) && !is_flow_mark(peek(r, 0)))
        r->at++;
    return pail_str_sub(r->s, start, r->at - start);
}

/* A tag of the dialect. */
static bool is_own(const struct reader *r, struct pail_str tag)
{
    return r->dialect->tagged && tag.len > 1 && tag.ptr[0] == '!' && tag.ptr[1] != '!';
}

static struct properties properties(struct reader *r)
{
    struct properties p = {0};
    while (peek(r, 0) == '&' || peek(r, 0) == '!') {
        if (peek(r, 0) == '&')
            p.anchor = pail_str_from(mark(r), 1);
        else
            p.tag = mark(r);
        while (is_space(peek(r, 0)))
            r->at++;
    }
    r->untyped = pail_str_eqz(p.tag, "!") || pail_str_eqz(p.tag, "!!str") ||
                 pail_str_eqz(p.tag, "!!binary") || is_own(r, p.tag);
    return p;
}

static struct pail_value *decoded(struct reader *r, struct pail_str text)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf clean = PAIL_BUF_INIT(SIZE_MAX / 4);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf bytes = PAIL_BUF_INIT(SIZE_MAX / 4);
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] > ' ')
            pail_buf_char(&clean, text.ptr[i]);
    int rc = pail_base64_decode(&bytes, whole(r, &clean), NULL);
    (void)whole(r, &bytes);
    return rc ? fail(r, "not base64")
              : pail_value_blob(r->vs, (struct pail_bytes){bytes.ptr, bytes.len});
}

static struct pail_value *with_properties(struct reader *r, const struct properties *p,
                                          struct pail_value *v)
{
    static const char *const tags[] = {"!",      "!!str",  "!!binary", "!!int", "!!float",
                                       "!!bool", "!!null", "!!map",    "!!seq", "!!timestamp"};
    bool known = !p->tag.len || is_own(r, p->tag);
    r->untyped = false;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(tags); i++)
        known = known || pail_str_eqz(p->tag, tags[i]);
    if (r->rc || !known)
        return fail(r, "an unknown tag");
    if (is_own(r, p->tag))
        v = r->dialect->tagged(r->vs, p->tag, v);
    if (pail_str_eqz(p->tag, "!!binary"))
        v = decoded(r, pail_value_as_str(v));
    if (p->anchor.len)
        pail_value_set(r->vs, r->anchors, p->anchor, v);
    return v;
}

static struct pail_value *alias(struct reader *r)
{
    struct pail_value *v = pail_value_get(r->anchors, pail_str_from(mark(r), 1));
    return v ? v : fail(r, "an alias of nothing");
}

static bool is_taken(struct reader *r, const struct pail_value *map, struct pail_str key)
{
    if (!pail_value_get(map, key))
        return false;
    fail(r, "the same key twice");
    return true;
}

static struct pail_value *finished(struct reader *r, struct pail_value *map)
{
    return r->dialect->map ? r->dialect->map(r->vs, map) : map;
}

/* ---- Flow collections ------------------------------------------------------------------------ */

static struct pail_value *flow_value(struct reader *r)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    skip(r);
    char open = peek(r, 0), close = open == '[' ? ']' : '}';
    if (open == '"' || open == '\'')
        return quoted_text(r, &text) ? pail_value_str(r->vs, whole(r, &text)) : NULL;
    if (open == '*')
        return alias(r);
    if (open == '&' || open == '!') {
        struct properties p = properties(r);
        return with_properties(r, &p, flow_value(r));
    }
    if (open == '?' && ends(peek(r, 1)))
        return fail(r, "a character that begins nothing");
    if (open != '[' && open != '{')
        return plain(r, 0, true);
    if (++r->depth > DEPTH)
        return fail(r, "nested too deeply");
    struct pail_value *v = open == '[' ? pail_value_list(r->vs) : pail_value_map(r->vs);
    r->untyped = false;
    r->at++;
    for (skip(r); !r->rc && peek(r, 0) != close; skip(r)) {
        if (r->at >= r->s.len)
            return fail(r, "a [ or { is not closed");
        r->untyped = open == '{'; /* keys are texts */
        struct pail_value *item = flow_value(r);
        r->untyped = false;
        skip(r);
        if (open == '{') {
            struct pail_value *key = item;
            item = pail_value_null(r->vs);
            if (peek(r, 0) == ':') {
                r->at++;
                skip(r);
                if (peek(r, 0) != ',' && peek(r, 0) != '}')
                    item = flow_value(r);
            }
            if (!is_taken(r, v, pail_value_as_str(key)))
                pail_value_set(r->vs, v, pail_value_as_str(key), item);
        } else {
            pail_value_append(r->vs, v, item);
        }
        skip(r);
        if (!r->rc && peek(r, 0) != ',' && peek(r, 0) != close)
            return fail(r, "expected , or the end of the collection");
        if (peek(r, 0) == ',')
            r->at++;
    }
    r->at++;
    r->depth--;
    return r->rc ? NULL : open == '{' ? finished(r, v) : v;
}

/* ---- Block collections ----------------------------------------------------------------------- */

static struct pail_value *node(struct reader *r, size_t parent, bool root);

/* Length of the key if a "key:" begins here, else 0. */
static size_t simple_key(const struct reader *r)
{
    struct reader p = *r;
    struct pail_error none = PAIL_ERROR_INIT;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    p.err = &none;
    char c = peek(&p, 0);
    if (c == '"' || c == '\'') {
        if (!quoted_text(&p, &text))
            return 0;
        while (is_space(peek(&p, 0)))
            p.at++;
    } else if (is_flow_mark(c) || c == '!' || c == '&') {
        return 0;
    } else {
        plain_line(&p, &text, false);
    }
    return peek(&p, 0) == ':' && ends(peek(&p, 1)) ? p.at - r->at : 0;
}

static bool is_long_key(const struct reader *r)
{
    return peek(r, 0) == '?' && ends(peek(r, 1));
}

static bool begins_block(const struct reader *r)
{
    return simple_key(r) || is_long_key(r) || (peek(r, 0) == '-' && ends(peek(r, 1)));
}

static struct pail_value *value_after(struct reader *r, size_t col, bool in_map)
{
    skip_on_line(r);
    if (peek(r, 0) != '\n' && r->at < r->s.len) {
        if (in_map && begins_block(r))
            return fail(r, "a collection begins behind \"key:\"");
        return node(r, col, false);
    }
    skip(r);
    bool list = peek(r, 0) == '-' && ends(peek(r, 1));
    if (r->at < r->s.len && (column(r) > col || (in_map && list && column(r) == col)))
        return node(r, list && column(r) == col && col ? col - 1 : col, list && !col);
    return pail_value_null(r->vs);
}

static struct pail_value *block_list(struct reader *r, size_t col)
{
    struct pail_value *list = pail_value_list(r->vs);
    r->untyped = false;
    while (!r->rc && r->at < r->s.len && column(r) == col && peek(r, 0) == '-' &&
           ends(peek(r, 1))) {
        r->at++;
        pail_value_append(r->vs, list, value_after(r, col, false));
        skip(r);
    }
    return r->rc ? NULL : list;
}

/* "? key", with ": value" on a line of its own: keys that are long are written so. False: there is
 * no value. */
static bool long_key(struct reader *r, size_t col, struct pail_buf *to)
{
    r->at++;
    skip(r);
    r->untyped = true;
    struct pail_value *key = r->at < r->s.len && column(r) > col ? node(r, col, false) : NULL;
    r->untyped = false;
    skip(r);
    if (!r->rc && !key)
        fail(r, "nothing behind ?");
    else if (!r->rc && pail_value_type(key) != PAIL_VAL_STRING)
        r->rc = pail_error_set(r->err, PAIL_D_USAGE, PAIL_E_UNSUPPORTED,
                               "Keys that are collections are not read here.");
    pail_buf_str(to, pail_value_as_str(key));
    return r->at < r->s.len && column(r) == col && peek(r, 0) == ':' && ends(peek(r, 1));
}

static bool short_key(struct reader *r, struct pail_buf *to)
{
    if (!simple_key(r)) {
        fail(r, "expected \"key:\"");
        return false;
    }
    if (peek(r, 0) == '"' || peek(r, 0) == '\'')
        (void)quoted_text(r, to);
    else
        plain_line(r, to, false);
    while (is_space(peek(r, 0)))
        r->at++;
    return true;
}

static struct pail_value *block_map(struct reader *r, size_t col)
{
    struct pail_value *map = pail_value_map(r->vs);
    r->untyped = false;
    while (!r->rc && r->at < r->s.len && column(r) == col) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
        bool has_value = is_long_key(r) ? long_key(r, col, &text) : short_key(r, &text);
        struct pail_str key = whole(r, &text);
        if (r->rc || is_taken(r, map, key))
            return NULL;
        r->at += has_value;
        pail_value_set(r->vs, map, key,
                       has_value ? value_after(r, col, true) : pail_value_null(r->vs));
        skip(r);
    }
    if (!r->rc && r->at < r->s.len && column(r) > col)
        return fail(r, "indented too deeply");
    return r->rc ? NULL : finished(r, map);
}

static bool is_indented_by_tab(const struct reader *r)
{
    size_t start = r->at;
    bool tab = false;
    while (start > 0 && is_space(r->s.ptr[start - 1]))
        tab = r->s.ptr[--start] == '\t' || tab;
    return tab && (!start || r->s.ptr[start - 1] == '\n');
}

static struct pail_value *marked_node(struct reader *r, size_t parent, bool root)
{
    struct properties p = properties(r);
    struct pail_value *v = NULL;
    skip_on_line(r);
    if (peek(r, 0) == '\n' || r->at >= r->s.len) {
        skip(r);
        bool list = peek(r, 0) == '-' && ends(peek(r, 1)), inside = root || column(r) > parent;
        if (r->at >= r->s.len || (!inside && !(list && column(r) == parent)))
            v = r->untyped ? pail_value_str(r->vs, PAIL_STR("")) : pail_value_null(r->vs);
    } else if (begins_block(r))
        return fail(r, "a collection begins behind a tag or an anchor");
    if (!v)
        v = node(r, parent, root);
    return with_properties(r, &p, v);
}

static struct pail_value *node(struct reader *r, size_t parent, bool root)
{
    struct pail_value *v;
    char c = peek(r, 0);
    if (++r->depth > DEPTH)
        return fail(r, "nested too deeply");
    if ((c && strchr("@`%,]}", c)) || is_indented_by_tab(r))
        return fail(r, "a character that begins nothing");
    if (c == '&' || c == '!')
        v = marked_node(r, parent, root);
    else if (c == '*')
        v = alias(r);
    else if (c == '-' && ends(peek(r, 1)))
        v = block_list(r, column(r));
    else if (c == '|' || c == '>')
        v = block_text(r, parent, root);
    else if (is_long_key(r) || simple_key(r))
        v = block_map(r, column(r));
    else if (c == '[' || c == '{' || c == '"' || c == '\'')
        v = flow_value(r);
    else
        v = plain(r, parent, false);
    r->depth--;
    return v;
}

int pail_yaml_parse_as(const struct pail_yaml_dialect *dialect, struct pail_values *vs,
                       struct pail_str text, struct pail_value **ret, struct pail_error *err)
{
    struct reader r = {
        .dialect = dialect, .vs = vs, .s = text, .anchors = pail_value_map(vs), .err = err};
    if (pail_str_starts(text, PAIL_STR("---")))
        r.at = 3;
    skip(&r);
    struct pail_value *v = r.at < text.len ? node(&r, 0, true) : pail_value_null(vs);
    skip(&r);
    if (!r.rc && r.at < text.len && !pail_str_eqz(pail_str_trim(pail_str_from(text, r.at)), "..."))
        fail(&r, "expected the end");
    int rc = pail_values_check(vs, err); /* whatever else was wrong comes of it */
    if (!rc && !r.rc)
        *ret = v;
    return rc ? rc : r.rc;
}

int pail_yaml_parse(struct pail_values *vs, struct pail_str text, struct pail_value **ret,
                    struct pail_error *err)
{
    static const struct pail_yaml_dialect usual = {.map = pail_yaml_merged};
    return pail_yaml_parse_as(&usual, vs, text, ret, err);
}
