/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/xml.c - reads XML by libxml2's SAX2 interface without a tree: a listing of 1000 keys is
 * walked once, with one buffer for the path and one for the text of the leaf at hand.
 *
 * Whether an element is a leaf is known at its end only. So open() of an element is held back until
 * its first child begins; an element that ends before that is a leaf. Text beside child elements is
 * dropped.
 *
 * What must not happen is refused, not configured away: a document type ends the parse, so no
 * entity can be declared and an undeclared one is a parse error of its own. The declared encoding
 * is ignored, the text is UTF-8. libxml2's messages are collected by its per-parser error hook; the
 * first one is kept.
 */
#include "base/xml.h"

#include <limits.h>

#include "base/str.h"
#include "base/xml_lib.h"

#define MAX_DEPTH 64
#define MAX_PATH (64 * 1024)

struct walk {
    const struct pail_xml_handler *handler;
    void *ud;
    const char *what;
    xmlParserCtxtPtr parser;
    struct pail_buf path, text;
    struct {
        size_t parent_len; /* of the path without this element */
        bool opened;       /* it has a child, open() was called */
    } level[MAX_DEPTH];
    unsigned depth;
    int rc; /* of the first failure; nothing is delivered after it */
    struct pail_error err;
};

/* Ends the parse with what already stands in w->err. */
static void stop(struct walk *w, int rc)
{
    w->rc = rc;
    xmlStopParser(w->parser);
}

static void stop_at(struct walk *w, enum pail_code code, const char *why)
{
    stop(w, pail_error_set(&w->err, PAIL_D_DATA, code, "%s: line %d: %s", w->what,
                           w->parser->input ? w->parser->input->line : 0, why));
}

static bool check_buf(struct walk *w, const struct pail_buf *b)
{
    if (PAIL_LIKELY(b->failed == PAIL_BUF_OK))
        return true;
    stop(w, pail_buf_check(b, w->what, &w->err));
    return false;
}

/* libxml2 leaves one character of an attribute's value escaped, '&', for a second reading that does
 * not happen here. */
static void unescape(struct pail_buf *to, struct pail_str s)
{
    static const struct pail_str amp = {"&#38;", 5};

    for (size_t at; (at = pail_str_find_str(s, amp)) != SIZE_MAX; s = pail_str_from(s, at + 5)) {
        pail_buf_str(to, pail_str_sub(s, 0, at));
        pail_buf_char(to, '&');
    }
    pail_buf_str(to, s);
}

/* Five pointers each: local name, prefix, URI, value, end of the value. */
static void give_attributes(struct walk *w, const xmlChar **attributes, int n)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(MAX_PATH);

    for (int i = 0; i < n && !w->rc; i++) {
        const xmlChar **a = attributes + 5 * i;
        pail_buf_reset(&text);
        if (a[1])
            pail_buf_fmt(&text, "%s:", (const char *)a[1]);
        pail_buf_z(&text, (const char *)a[0]);
        size_t name_len = text.len;
        unescape(&text, pail_strn((const char *)a[3], (size_t)(a[4] - a[3])));
        if (!check_buf(w, &text))
            return;
        int rc = w->handler->attribute(w->ud, pail_strn(text.ptr, name_len),
                                       pail_str_from(pail_buf_view(&text), name_len), &w->err);
        if (rc < 0)
            stop(w, rc);
    }
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int n_namespaces, const xmlChar **namespaces, int n_attributes,
                     int n_defaulted, const xmlChar **attributes)
{
    struct walk *w = ctx;

    if (w->rc)
        return;
    if (w->depth == MAX_DEPTH) {
        stop_at(w, PAIL_E_PARSE, "elements nested deeper than 64 levels");
        return;
    }
    if (w->depth && !w->level[w->depth - 1].opened) {
        w->level[w->depth - 1].opened = true;
        int rc = w->handler->open ? w->handler->open(w->ud, pail_buf_view(&w->path), &w->err) : 0;
        if (rc < 0) {
            stop(w, rc);
            return;
        }
    }
    w->level[w->depth].parent_len = w->path.len;
    w->level[w->depth].opened = false;
    w->depth++;
    if (w->path.len)
        pail_buf_char(&w->path, '/');
    pail_buf_z(&w->path, (const char *)name);
    check_buf(w, &w->path);
    if (w->handler->attribute)
        give_attributes(w, attributes, n_attributes);
    pail_buf_reset(&w->text); /* also forgets that blanks between elements were too many */
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct walk *w = ctx;
    int rc = 0;

    if (w->rc || w->depth == 0)
        return;
    w->depth--;
    if (w->level[w->depth].opened) {
        if (w->handler->close)
            rc = w->handler->close(w->ud, pail_buf_view(&w->path), &w->err);
    } else if (check_buf(w, &w->text) && w->handler->leaf) {
        struct pail_str text = pail_strn(pail_buf_cstr(&w->text), w->text.len);
        rc = w->handler->leaf(w->ud, pail_buf_view(&w->path), text, &w->err);
    }
    if (rc < 0)
        stop(w, rc);
    pail_buf_truncate(&w->path, w->level[w->depth].parent_len);
}

static void on_text(void *ctx, const xmlChar *text, int len)
{
    struct walk *w = ctx;

    if (w->rc || w->depth == 0 || w->level[w->depth - 1].opened)
        return;
    pail_buf_append(&w->text, text, (size_t)len);
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *external_id,
                       const xmlChar *system_id)
{
    struct walk *w = ctx;

    if (!w->rc)
        stop_at(w, PAIL_E_PARSE, "a document type is not allowed");
}

static void on_error(void *ctx, xmlErrorPtr e)
{
    struct walk *w = ctx;

    if (w->err.code || e->level < XML_ERR_ERROR)
        return;
    if (e->code == XML_ERR_NO_MEMORY) {
        (void)pail_error_nomem(&w->err);
        return;
    }
    (void)pail_error_set(&w->err, PAIL_D_DATA, PAIL_E_PARSE, "%s: line %d: %s", w->what, e->line,
                         e->message ? e->message : "not well-formed");
    /* One line, whatever the document put into its names. */
    size_t n = strlen(w->err.message);
    while (n && (uint8_t)w->err.message[n - 1] <= ' ')
        w->err.message[--n] = '\0';
    for (size_t i = 0; i < n; i++)
        if ((uint8_t)w->err.message[i] < ' ')
            w->err.message[i] = ' ';
}

static const xmlSAXHandler sax = {
    .initialized = XML_SAX2_MAGIC,
    .startElementNs = on_start,
    .endElementNs = on_end,
    .characters = on_text,
    .ignorableWhitespace = on_text, /* the same function: libxml2 then does not look for blanks */
    .cdataBlock = on_text,
    .internalSubset = on_doctype,
    .serror = on_error,
};

static int run(struct walk *w, struct pail_str text)
{
    w->parser = xmlCreateMemoryParserCtxt(text.ptr, (int)text.len);
    if (!w->parser)
        return pail_error_nomem(&w->err);
    *w->parser->sax = sax;
    w->parser->userData = w;
    xmlCtxtUseOptions(w->parser, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
    xmlParseDocument(w->parser);
    if (!w->rc && !w->parser->wellFormed)
        w->rc = w->err.code ? w->err.code
                            : pail_error_set(&w->err, PAIL_D_DATA, PAIL_E_PARSE,
                                             "%s: not well-formed", w->what);
    if (w->parser->myDoc)
        xmlFreeDoc(w->parser->myDoc);
    xmlFreeParserCtxt(w->parser);
    return w->rc;
}

/* Cheaper than checking the whole text, which libxml2 does anyway: at its beginning libxml2 looks
 * for UTF-16 and the like, whose converters print what they dislike. */
static bool begins_like_utf8(struct pail_str text)
{
    if (pail_str_starts(text, PAIL_STR("\xef\xbb\xbf")))
        text = pail_str_from(text, 3);
    text = pail_str_sub(text, 0, 4);
    return text.len && memchr("<\t\n\r ", text.ptr[0], 5) && pail_str_find(text, '\0') == SIZE_MAX;
}

int pail_xml_parse(struct pail_str text, const char *what, size_t max_text,
                   const struct pail_xml_handler *handler, void *ud, struct pail_error *err)
{
    if (!begins_like_utf8(text))
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE, "%s: line 1: %s", what,
                              text.len ? "not XML" : "no text");
    if (text.len > INT_MAX)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_TOO_BIG, "%s: more than %d bytes", what,
                              INT_MAX);
    int rc = pail_xml_load(err);
    if (rc < 0)
        return rc;
    struct walk w = {
        .handler = handler,
        .ud = ud,
        .what = what,
        .path = PAIL_BUF_INIT(MAX_PATH),
        .text = PAIL_BUF_INIT(max_text),
        .err = PAIL_ERROR_INIT,
    };
    rc = run(&w, text);
    pail_buf_done(&w.path);
    pail_buf_done(&w.text);
    if (rc < 0 && err)
        pail_error_copy(err, &w.err);
    return rc;
}
