/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/xml.c - a reader of XML 1.0 without document types, which is all that services speak.
 *
 * It goes once through the text, and writes only to two buffers: the path, and the text of the leaf
 * at hand. Names in error messages and of open elements are views of the input.
 *
 * Whether an element is a leaf is known at its end only. So open() of an element is held back until
 * its first child begins; an element that ends before that is a leaf. Text beside child elements is
 * checked and dropped.
 *
 * What must not happen is refused: a document type ends the parse, so no entity can be declared,
 * and one that is not of the five is an error. The XML declaration is not read: the
 * text is UTF-8.
 * Name spaces are not looked up: prefixes are dropped, declarations are no attributes.
 *
 * A library for XML was rejected: those at hand build trees, know DTDs and catalogues, and bring
 * megabytes of character tables with them, which every command would load for a page of text.
 */
#include "base/xml.h"

#include <stdio.h>

#include "base/str.h"
#include "base/utf8.h"

#define MAX_DEPTH 64
#define MAX_PATH (64 * 1024)
#define MAX_ATTRIBUTES 64 /* of one element */

struct reader {
    const char *begin, *at, *end;
    const struct pail_xml_handler *handler;
    void *ud;
    const char *what;
    struct pail_buf path, text, value;
    struct {
        struct pail_str name; /* as written */
        size_t parent_len;    /* of the path without this element */
        bool opened;          /* it has a child, open() was called */
    } level[MAX_DEPTH];
    unsigned depth;
    bool had_root;
    struct pail_error *err;
};

/* ---- Errors ---- */

static int bad(const struct reader *r, const char *fmt, ...) PAIL_PRINTF(2, 3);
static int bad(const struct reader *r, const char *fmt, ...)
{
    char why[160];
    unsigned line = 1;
    va_list ap;

    for (const char *p = r->begin; (p = memchr(p, '\n', (size_t)(r->at - p))); p++)
        line++;
    va_start(ap, fmt);
    vsnprintf(why, sizeof(why), fmt, ap);
    va_end(ap);
    return pail_error_set(r->err, PAIL_D_DATA, PAIL_E_PARSE, "%s: line %u: %s", r->what, line, why);
}

/* ---- Characters ---- */

static struct pail_str rest(const struct reader *r)
{
    return pail_strn(r->at, (size_t)(r->end - r->at));
}

static bool looking_at(const struct reader *r, const char *literal)
{
    return pail_str_starts(rest(r), pail_str(literal));
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool skip_space(struct reader *r)
{
    const char *from = r->at;
    while (r->at < r->end && is_space(*r->at))
        r->at++;
    return r->at > from;
}

/* Of the characters that UTF-8 can encode, those that a document may contain. */
static bool is_char(uint32_t cp)
{
    return cp >= 0x20
               ? cp != 0xfffe && cp != 0xffff && cp <= 0x10ffff && (cp < 0xd800 || cp > 0xdfff)
               : cp == '\t' || cp == '\n' || cp == '\r';
}

static int bad_char(const struct reader *r)
{
    return bad(r, "byte 0x%02x is no character of XML", (uint8_t)*r->at);
}

/* The character at hand has n bytes; 0: it is none. */
static size_t char_size(const struct reader *r)
{
    uint32_t cp;
    size_t n = pail_utf8_decode(rest(r), &cp);
    return n && is_char(cp) ? n : 0;
}

/* Characters that end nothing, which most are. */
static const bool
    plain[256] =
        {
            [' ' ... '!'] = true,  ['#' ... '%'] = true, ['(' ... ','] = true,
            ['.' ... ';'] = true,  ['='] = true,         ['@' ... '\\'] = true,
            ['^' ... 0x7f] = true,
};

/* Takes the text up to one of the bytes of `stops` (ASCII, NUL-terminated) or the end, with CR and
 * CR LF as LF; `to` NULL: nobody wants it. */
static int take_until(struct reader *r, const char *stops, struct pail_buf *to)
{
    const char *from = r->at;

    while (r->at < r->end) {
        char c = *r->at;
        if (PAIL_LIKELY(plain[(uint8_t)c])) {
            r->at++;
            continue;
        }
        if ((uint8_t)c >= 0x80 || ((uint8_t)c < ' ' && !is_space(c))) {
            size_t n = char_size(r);
            if (!n)
                return bad_char(r);
            r->at += n;
            continue;
        }
        if (strchr(stops, c))
            break;
        r->at++;
        if (c != '\r')
            continue;
        if (to) {
            pail_buf_append(to, from, (size_t)(r->at - from) - 1);
            if (r->at == r->end || *r->at != '\n')
                pail_buf_char(to, '\n');
        }
        from = r->at;
    }
    if (to && r->at > from)
        pail_buf_append(to, from, (size_t)(r->at - from));
    return 0;
}

/* Up to and with `end`, whose first byte is `stop`. */
static int take_through(struct reader *r, const char *stop, const char *end, const char *what,
                        struct pail_buf *to)
{
    for (;;) {
        int rc = take_until(r, stop, to);
        if (rc < 0)
            return rc;
        if (r->at == r->end)
            return bad(r, "%s does not end", what);
        if (looking_at(r, end)) {
            r->at += strlen(end);
            return 0;
        }
        if (to)
            pail_buf_char(to, *r->at);
        r->at++;
    }
}

/* ---- Names ---- */

static bool is_name_char(uint32_t cp, bool first)
{
    static const struct {
        uint32_t from, to;
        bool first; /* may be the first of a name */
    } ranges[] = {
        {'-', '.', false},      {'0', '9', false},        {'A', 'Z', true},
        {'_', '_', true},       {'a', 'z', true},         {0xb7, 0xb7, false},
        {0xc0, 0xd6, true},     {0xd8, 0xf6, true},       {0xf8, 0x2ff, true},
        {0x300, 0x36f, false},  {0x370, 0x37d, true},     {0x37f, 0x1fff, true},
        {0x200c, 0x200d, true}, {0x203f, 0x2040, false},  {0x2070, 0x218f, true},
        {0x2c00, 0x2fef, true}, {0x3001, 0xd7ff, true},   {0xf900, 0xfdcf, true},
        {0xfdf0, 0xfffd, true}, {0x10000, 0xeffff, true},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(ranges) && cp >= ranges[i].from; i++)
        if (cp <= ranges[i].to)
            return !first || ranges[i].first;
    return false;
}

static bool take_word(struct reader *r)
{
    const char *from = r->at;
    uint32_t cp;

    for (size_t n;; r->at += n) {
        n = 1;
        if (r->at < r->end &&
            ((*r->at >= 'a' && *r->at <= 'z') || (*r->at >= 'A' && *r->at <= 'Z')))
            continue;
        n = pail_utf8_decode(rest(r), &cp);
        if (!n || !is_name_char(cp, r->at == from))
            break;
    }
    return r->at > from;
}

/* "local" or "prefix:local" */
static int take_name(struct reader *r, struct pail_str *ret_name, struct pail_str *ret_local)
{
    const char *from = r->at, *local = from;

    bool ok = take_word(r);
    if (ok && r->at < r->end && *r->at == ':') {
        local = ++r->at;
        ok = take_word(r);
    }
    if (!ok || (r->at < r->end && *r->at == ':'))
        return bad(r, "a name is missing or not one");
    *ret_name = pail_strn(from, (size_t)(r->at - from));
    *ret_local = pail_strn(local, (size_t)(r->at - local));
    return 0;
}

/* ---- References ---- */

static int take_number(struct reader *r, struct pail_buf *to)
{
    bool hex = r->at < r->end && *r->at == 'x';
    const char *from = r->at += hex;
    uint32_t cp = 0;

    for (; r->at < r->end && *r->at != ';'; r->at++) {
        char c = *r->at;
        uint32_t digit = c >= '0' && c <= '9'          ? (uint32_t)(c - '0')
                         : hex && c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : hex && c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                       : 99;
        if (digit == 99 || cp > 0x10ffff)
            return bad(r, "a character's number is not one");
        cp = cp * (hex ? 16 : 10) + digit;
    }
    if (r->at == from || r->at == r->end || !is_char(cp))
        return bad(r, "a character's number is not one");
    r->at++;
    char utf8[4];
    if (to)
        pail_buf_append(to, utf8, pail_utf8_encode(cp, utf8));
    return 0;
}

/* At '&'. */
static int take_reference(struct reader *r, struct pail_buf *to)
{
    static const struct {
        const char *name;
        char means;
    } entities[] = {
        {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};

    if (looking_at(r, "&#")) {
        r->at += 2;
        return take_number(r, to);
    }
    for (size_t i = 0; i < PAIL_ARRAY_LEN(entities); i++) {
        if (!looking_at(r, entities[i].name))
            continue;
        r->at += strlen(entities[i].name);
        if (to)
            pail_buf_char(to, entities[i].means);
        return 0;
    }
    return bad(r, "a bare &, or an entity that nobody declared");
}

/* ---- Attributes ---- */

/* Blanks of any kind are spaces in a value; those written as references stay what they are. */
static int take_value(struct reader *r, struct pail_buf *to)
{
    char quote = r->at < r->end ? *r->at : '\0';
    if (quote != '"' && quote != '\'')
        return bad(r, "an attribute's value is not in quotes");
    const char stops[] = {quote, '<', '&', '\t', '\n', '\r', '\0'};

    r->at++;
    for (;;) {
        int rc = take_until(r, stops, to);
        if (rc < 0)
            return rc;
        if (r->at == r->end || *r->at == '<')
            return bad(r, "an attribute's value does not end");
        if (*r->at == '&') {
            rc = take_reference(r, to);
            if (rc < 0)
                return rc;
            continue;
        }
        char c = *r->at++;
        if (c == quote)
            return 0;
        if (c == '\r' && r->at < r->end && *r->at == '\n')
            r->at++;
        if (to)
            pail_buf_char(to, ' ');
    }
}

static int take_attribute(struct reader *r, struct pail_str *ret_name)
{
    struct pail_str local;
    bool wanted = r->handler->attribute != NULL;

    int rc = take_name(r, ret_name, &local);
    if (rc < 0)
        return rc;
    skip_space(r);
    if (!looking_at(r, "="))
        return bad(r, "an attribute without a value");
    r->at++;
    skip_space(r);
    pail_buf_reset(&r->value);
    rc = take_value(r, wanted ? &r->value : NULL);
    if (rc == 0)
        rc = pail_buf_check(&r->value, r->what, r->err);
    if (rc < 0 || !wanted || pail_str_eqz(*ret_name, "xmlns") ||
        pail_str_starts(*ret_name, PAIL_STR("xmlns:")))
        return rc;
    return r->handler->attribute(r->ud, *ret_name,
                                 pail_strn(pail_buf_cstr(&r->value), r->value.len), r->err);
}

/* Up to the '>' or '/' or '?' behind the last. */
static int take_attributes(struct reader *r)
{
    struct pail_str names[MAX_ATTRIBUTES];
    size_t n = 0;

    for (;;) {
        bool space = skip_space(r);
        if (r->at == r->end)
            return bad(r, "a tag does not end");
        if (*r->at == '>' || *r->at == '/')
            return 0;
        if (!space)
            return bad(r, "a space is missing in a tag");
        if (n == MAX_ATTRIBUTES)
            return bad(r, "more than %d attributes", MAX_ATTRIBUTES);
        int rc = take_attribute(r, &names[n]);
        if (rc < 0)
            return rc;
        for (size_t i = 0; i < n; i++)
            if (pail_str_eq(names[i], names[n]))
                return bad(r, "an attribute is given twice");
        n++;
    }
}

/* ---- Elements ---- */

static int open_parent(struct reader *r)
{
    if (!r->depth || r->level[r->depth - 1].opened)
        return 0;
    r->level[r->depth - 1].opened = true;
    return r->handler->open ? r->handler->open(r->ud, pail_buf_view(&r->path), r->err) : 0;
}

static int push(struct reader *r, struct pail_str name, struct pail_str local)
{
    if (r->depth == MAX_DEPTH)
        return bad(r, "elements nested deeper than %d levels", MAX_DEPTH);
    int rc = open_parent(r);
    if (rc < 0)
        return rc;
    r->level[r->depth].name = name;
    r->level[r->depth].parent_len = r->path.len;
    r->level[r->depth].opened = false;
    r->depth++;
    if (r->path.len)
        pail_buf_char(&r->path, '/');
    pail_buf_str(&r->path, local);
    pail_buf_reset(&r->text); /* also forgets that blanks between elements were too many */
    return pail_buf_check(&r->path, r->what, r->err);
}

static int pop(struct reader *r)
{
    const struct pail_xml_handler *h = r->handler;
    int rc = 0;

    r->depth--;
    if (r->level[r->depth].opened) {
        if (h->close)
            rc = h->close(r->ud, pail_buf_view(&r->path), r->err);
    } else {
        rc = pail_buf_check(&r->text, r->what, r->err);
        if (rc == 0 && h->leaf)
            rc = h->leaf(r->ud, pail_buf_view(&r->path),
                         pail_strn(pail_buf_cstr(&r->text), r->text.len), r->err);
    }
    pail_buf_truncate(&r->path, r->level[r->depth].parent_len);
    return rc;
}

/* Behind '<'. */
static int read_start(struct reader *r)
{
    struct pail_str name, local;

    if (!r->depth && r->had_root)
        return bad(r, "a second element at the top");
    r->had_root = true;
    int rc = take_name(r, &name, &local);
    if (rc == 0)
        rc = push(r, name, local);
    if (rc == 0)
        rc = take_attributes(r);
    if (rc < 0)
        return rc;
    bool empty = *r->at == '/';
    r->at += empty;
    if (!looking_at(r, ">"))
        return bad(r, "a tag does not end");
    r->at++;
    return empty ? pop(r) : 0;
}

/* Behind "</". */
static int read_end(struct reader *r)
{
    struct pail_str name, local;
    struct pail_str due = r->depth ? r->level[r->depth - 1].name : pail_strn(NULL, 0);

    if (due.len && pail_str_starts(rest(r), due) && r->at + due.len < r->end &&
        r->at[due.len] == '>') {
        r->at += due.len + 1;
        return pop(r);
    }
    int rc = take_name(r, &name, &local);
    if (rc < 0)
        return rc;
    skip_space(r);
    if (!looking_at(r, ">"))
        return bad(r, "a tag does not end");
    if (!r->depth || !pail_str_eq(name, due))
        return bad(r, "</%.*s> ends what did not begin", PAIL_STR_ARG(name));
    r->at++;
    return pop(r);
}

/* ---- What is no element ---- */

/* The text of the element at hand, if it counts. */
static struct pail_buf *wanted_text(struct reader *r)
{
    return r->depth && !r->level[r->depth - 1].opened ? &r->text : NULL;
}

static int read_comment(struct reader *r)
{
    int rc = take_through(r, "-", "--", "a comment", NULL);
    if (rc < 0)
        return rc;
    if (!looking_at(r, ">"))
        return bad(r, "-- in a comment");
    r->at++;
    return 0;
}

/* Behind "<?". The XML declaration is one that stands at the very beginning. */
static int read_instruction(struct reader *r, bool first)
{
    struct pail_str name, local;

    int rc = take_name(r, &name, &local);
    if (rc < 0)
        return rc;
    if (pail_str_ieq(name, PAIL_STR("xml")) && (!first || !pail_str_eqz(name, "xml")))
        return bad(r, "an XML declaration that is not at the beginning");
    if (!skip_space(r) && !looking_at(r, "?>"))
        return bad(r, "a processing instruction does not end");
    return take_through(r, "?", "?>", "a processing instruction", NULL);
}

static int read_markup(struct reader *r)
{
    static const char comment[] = "<!--", cdata[] = "<![CDATA[", doctype[] = "<!DOCTYPE";
    char next = r->at + 1 < r->end ? r->at[1] : '\0';

    if (next == '/') {
        r->at += 2;
        return read_end(r);
    }
    if (next != '!' && next != '?') {
        r->at++;
        return read_start(r);
    }
    if (looking_at(r, comment)) {
        r->at += strlen(comment);
        return read_comment(r);
    }
    if (next == '?') {
        bool first = r->at == r->begin;
        r->at += 2;
        return read_instruction(r, first);
    }
    if (r->depth && looking_at(r, cdata)) {
        r->at += strlen(cdata);
        return take_through(r, "]", "]]>", "a CDATA section", wanted_text(r));
    }
    if (looking_at(r, doctype))
        return bad(r, "a document type is not allowed");
    return bad(r, "a declaration is not allowed");
}

static int read_text(struct reader *r)
{
    struct pail_buf *to = wanted_text(r);

    if (!r->depth) {
        if (skip_space(r))
            return 0;
        return bad(r, r->had_root ? "text behind the element at the top" : "not XML");
    }
    if (*r->at == '&')
        return take_reference(r, to);
    if (*r->at == ']') {
        if (looking_at(r, "]]>"))
            return bad(r, "]]> in text");
        if (to)
            pail_buf_char(to, ']');
        r->at++;
    }
    return take_until(r, "<&]", to);
}

static int read_document(struct reader *r)
{
    while (r->at < r->end) {
        int rc = *r->at == '<' ? read_markup(r) : read_text(r);
        if (rc < 0)
            return rc;
    }
    if (r->depth)
        return bad(r, "<%.*s> does not end", PAIL_STR_ARG(r->level[r->depth - 1].name));
    return r->had_root ? 0 : bad(r, r->begin == r->end ? "no text" : "no element");
}

int pail_xml_parse(struct pail_str text, const char *what, size_t max_text,
                   const struct pail_xml_handler *handler, void *ud, struct pail_error *err)
{
    static const struct pail_str mark = {"\xef\xbb\xbf", 3};

    if (!text.ptr)
        text = pail_str("");
    if (pail_str_starts(text, mark))
        text = pail_str_from(text, mark.len);
    struct reader r = {
        .begin = text.ptr,
        .at = text.ptr,
        .end = text.ptr + text.len,
        .handler = handler,
        .ud = ud,
        .what = what,
        .path = PAIL_BUF_INIT(MAX_PATH),
        .text = PAIL_BUF_INIT(max_text),
        .value = PAIL_BUF_INIT(MAX_PATH),
        .err = err,
    };
    int rc = read_document(&r);
    pail_buf_done(&r.path);
    pail_buf_done(&r.text);
    pail_buf_done(&r.value);
    return rc;
}
