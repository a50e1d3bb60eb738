/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expat: the parser that Python, and so botocore, reads XML with. It calls back without a tree, and
 * is small enough to be linked: a listing of 1000 keys is walked once, with one buffer for the path
 * and one for the text of the leaf at hand.
 *
 * Whether an element is a leaf is known at its end only. So open() of an element is held back until
 * its first child begins; an element that ends before that is a leaf. Text beside child elements is
 * dropped.
 *
 * What must not happen is refused, not configured away: a document type ends the parse, so no
 * entity can be declared and an undeclared one is a parse error of its own. The declared encoding
 * is ignored, the text is UTF-8. Name spaces are not looked up: prefixes are dropped, and
 * declarations are no attributes.
 */
#include "base/xml.h"

#include <limits.h>

#include <expat.h>

#include "base/alloc.h"
#include "base/str.h"

#define MAX_DEPTH 64
#define MAX_PATH (64 * 1024)

struct walk {
    const struct pail_xml_handler *handler;
    void *ud;
    const char *what;
    XML_Parser parser;
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
    XML_StopParser(w->parser, XML_FALSE);
}

static int not_xml(struct walk *w, const char *why)
{
    return pail_error_set(&w->err, PAIL_D_DATA, PAIL_E_PARSE, "%s: line %lu: %s", w->what,
                          (unsigned long)XML_GetCurrentLineNumber(w->parser), why);
}

static bool check_buf(struct walk *w, const struct pail_buf *b)
{
    if (PAIL_LIKELY(b->failed == PAIL_BUF_OK))
        return true;
    stop(w, pail_buf_check(b, w->what, &w->err));
    return false;
}

/* Pairs of name and value. */
static void give_attributes(struct walk *w, const char **attributes)
{
    for (; *attributes && !w->rc; attributes += 2) {
        struct pail_str name = pail_str(attributes[0]);
        if (pail_str_eqz(name, "xmlns") || pail_str_starts(name, PAIL_STR("xmlns:")))
            continue;
        int rc = w->handler->attribute(w->ud, name, pail_str(attributes[1]), &w->err);
        if (rc < 0)
            stop(w, rc);
    }
}

static void on_start(void *ud, const char *name, const char **attributes)
{
    struct walk *w = ud;

    if (w->rc)
        return;
    if (w->depth == MAX_DEPTH) {
        stop(w, not_xml(w, "elements nested deeper than 64 levels"));
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
    const char *colon = strchr(name, ':');
    pail_buf_z(&w->path, colon && colon[1] ? colon + 1 : name);
    if (check_buf(w, &w->path) && w->handler->attribute)
        give_attributes(w, attributes);
    pail_buf_reset(&w->text); /* also forgets that blanks between elements were too many */
}

static void on_end(void *ud, const char *name)
{
    struct walk *w = ud;
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

static void on_text(void *ud, const char *text, int len)
{
    struct walk *w = ud;

    if (w->rc || w->depth == 0 || w->level[w->depth - 1].opened)
        return;
    pail_buf_append(&w->text, text, (size_t)len);
}

static void on_doctype(void *ud, const char *name, const char *system_id, const char *public_id,
                       int has_internal_subset)
{
    struct walk *w = ud;

    if (!w->rc)
        stop(w, not_xml(w, "a document type is not allowed"));
}

static int run(struct walk *w, struct pail_str text)
{
    static const XML_Memory_Handling_Suite memory = {pail_alloc, pail_realloc, pail_free};

    w->parser = XML_ParserCreate_MM("UTF-8", &memory, NULL);
    if (!w->parser)
        return pail_error_nomem(&w->err);
    XML_SetUserData(w->parser, w);
    XML_SetElementHandler(w->parser, on_start, on_end);
    XML_SetCharacterDataHandler(w->parser, on_text);
    XML_SetStartDoctypeDeclHandler(w->parser, on_doctype);
    if (XML_Parse(w->parser, text.ptr, (int)text.len, XML_TRUE) != XML_STATUS_OK && !w->rc) {
        enum XML_Error code = XML_GetErrorCode(w->parser);
        w->rc = code == XML_ERROR_NO_MEMORY ? pail_error_nomem(&w->err)
                                            : not_xml(w, XML_ErrorString(code));
    }
    XML_ParserFree(w->parser);
    return w->rc;
}

/* Expat would guess at UTF-16. It checks the whole text, but for this. */
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
    struct walk w = {
        .handler = handler,
        .ud = ud,
        .what = what,
        .path = PAIL_BUF_INIT(MAX_PATH),
        .text = PAIL_BUF_INIT(max_text),
        .err = PAIL_ERROR_INIT,
    };
    int rc = run(&w, text);
    pail_buf_done(&w.path);
    pail_buf_done(&w.text);
    if (rc < 0 && err)
        pail_error_copy(err, &w.err);
    return rc;
}
