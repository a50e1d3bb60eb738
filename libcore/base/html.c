/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/html.c - problems of HTML, by libxml2's HTML parser.
 *
 * The parser repairs what it reads and tells little about it: an element that somebody forgot to
 * close is closed in silence. But it calls endElement for every element, and at that moment the
 * text just read is the element's own end tag, or it is not. So endings that were made up are found
 * by looking back; the parser keeps 80 bytes behind its position, names are shorter.
 *
 * It knows HTML 4. The elements that came with HTML 5 are listed here.
 */
#include "base/html.h"

#include <limits.h>
#include <strings.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/xml_lib.h"

#define NAME_MAX_BYTES 40
#define DEPTH_MAX 512

static const char *const later[] = {
    "article", "aside",   "audio",  "bdi",        "canvas",   "data",   "datalist", "details",
    "dialog",  "figure",  "main",   "figcaption", "footer",   "header", "hgroup",   "mark",
    "meter",   "nav",     "output", "picture",    "progress", "rp",     "rt",       "ruby",
    "search",  "section", "slot",   "source",     "summary",  "svg",    "template", "time",
    "track",   "video",   "wbr",    "center",
};
/* Their end may be left out, or they have none. */
static const char *const open_ended[] = {
    "html",     "head",  "body",  "p",     "li",       "dt",     "dd",    "option",
    "optgroup", "thead", "tbody", "tfoot", "tr",       "td",     "th",    "rp",
    "rt",       "col",   "br",    "hr",    "colgroup", "source", "track", "wbr",
};

struct check {
    void (*problem)(void *ud, const struct pail_html_problem *p);
    void *ud;
    htmlParserCtxtPtr parser;
    struct {
        unsigned line, column;
    } open[DEPTH_MAX]; /* where open elements began; of deeper ones it is not known */
    unsigned depth;
    bool nomem;
};

static bool is_one_of(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(list[i], name) == 0)
            return true;
    return false;
}

static void report(struct check *c, unsigned line, unsigned column, bool serious, const char *text)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf one_line = PAIL_BUF_INIT(64 << 10);
    for (; *text; text++)
        pail_buf_char(&one_line, (unsigned char)*text < ' ' ? ' ' : *text);
    struct pail_html_problem p = {
        .line = line,
        .column = column,
        .serious = serious,
        .text = pail_str_trim(pail_buf_view(&one_line)),
    };
    c->problem(c->ud, &p);
}

/* "Tag figcaption invalid" */
static bool is_later_tag(const char *message)
{
    struct pail_str rest = pail_str(message), word;
    char name[NAME_MAX_BYTES];
    if (!pail_str_split(&rest, ' ', &word) || !pail_str_split(&rest, ' ', &word) ||
        word.len >= sizeof(name))
        return false;
    memcpy(name, word.ptr, word.len);
    name[word.len] = '\0';
    return is_one_of(name, later, PAIL_ARRAY_LEN(later));
}

static void on_error(void *ctx, xmlErrorPtr e)
{
    struct check *c = ctx;
    const char *message = e->message ? e->message : "not well-formed";
    unsigned line = (unsigned)e->line, column = e->int2 > 0 ? (unsigned)e->int2 : 0;
    switch (e->code) {
    case XML_ERR_NO_MEMORY:
        c->nomem = true;
        break;
    case XML_ERR_TAG_NAME_MISMATCH: /* but for this one, on_end tells it better */
        if (pail_str_starts(pail_str(message), PAIL_STR("Unexpected end tag")))
            report(c, line, column, true, message);
        break;
    case XML_ERR_NAME_REQUIRED:
    case XML_ERR_ENTITYREF_SEMICOL_MISSING:
        report(c, line, column, false, "a bare &, which is written &amp;");
        break;
    case XML_HTML_UNKNOWN_TAG:
        if (!is_later_tag(message))
            report(c, line, column, true, message);
        break;
    default:
        report(c, line, column, true, message);
    }
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar **attributes)
{
    struct check *c = ctx;
    const xmlParserInput *in = c->parser->input;
    if (in && c->depth < DEPTH_MAX) {
        c->open[c->depth].line = (unsigned)in->line;
        c->open[c->depth].column = (unsigned)in->col;
    }
    c->depth++;
}

/* Was the last thing read "</NAME>", or the "/>" of an element that ends itself? */
static bool was_written(const struct check *c, const char *name)
{
    const xmlParserInput *in = c->parser->input;
    size_t n = strlen(name), back = in ? (size_t)(in->cur - in->base) : 0;
    const char *p = in ? (const char *)in->cur : NULL;
    if (!back || p[-1] != '>')
        return false;
    if (back >= 2 && p[-2] == '/')
        return true;
    for (p--, back--; back && strchr(" \t\r\n", p[-1]); back--)
        p--;
    return back >= n + 2 && strncasecmp(p - n, name, n) == 0 && p[-(ptrdiff_t)n - 1] == '/' &&
           p[-(ptrdiff_t)n - 2] == '<';
}

static void on_end(void *ctx, const xmlChar *element)
{
    struct check *c = ctx;
    const char *name = (const char *)element;
    const htmlElemDesc *known = htmlTagLookup(element);
    if (c->depth)
        c->depth--;
    if ((known && known->empty) || is_one_of(name, open_ended, PAIL_ARRAY_LEN(open_ended)) ||
        was_written(c, name))
        return;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 << 10);
    pail_buf_fmt(&text, "<%s> is not closed", name);
    unsigned at = c->depth < DEPTH_MAX ? c->depth : DEPTH_MAX - 1;
    report(c, c->open[at].line, c->open[at].column, true, pail_buf_cstr(&text));
}

static int run(struct check *c, struct pail_str text, struct pail_error *err)
{
    static const htmlSAXHandler sax = {
        .initialized = XML_SAX2_MAGIC,
        .startElement = on_start,
        .endElement = on_end,
        .serror = on_error,
    };
    /* The blank: at the end, no end tag is the last thing read. */
    PAIL_CLEANUP(pail_buf_done) struct pail_buf copy = PAIL_BUF_INIT(INT_MAX);
    pail_buf_str(&copy, text);
    pail_buf_char(&copy, '\n');
    int rc = pail_buf_check(&copy, "HTML", err);
    if (rc)
        return rc;
    c->parser = htmlNewParserCtxt();
    if (!c->parser)
        return pail_error_nomem(err);
    *c->parser->sax = sax;
    c->parser->userData = c;
    htmlDocPtr doc = htmlCtxtReadMemory(c->parser, copy.ptr, (int)copy.len, NULL, "UTF-8",
                                        HTML_PARSE_NONET | HTML_PARSE_NOIMPLIED |
                                            HTML_PARSE_IGNORE_ENC | HTML_PARSE_NODEFDTD);
    if (doc)
        xmlFreeDoc(doc);
    htmlFreeParserCtxt(c->parser);
    return c->nomem ? pail_error_nomem(err) : 0;
}

int pail_html_check(struct pail_str text,
                    void (*problem)(void *ud, const struct pail_html_problem *p), void *ud,
                    struct pail_error *err)
{
    struct check c = {.problem = problem, .ud = ud};
    int rc = pail_xml_load(err);
    if (rc < 0)
        return rc;
    if (!pail_str_is_utf8(text) || pail_str_find(text, '\0') != SIZE_MAX)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE, "HTML: not UTF-8 text");
    return pail_str_trim(text).len ? run(&c, text, err) : 0;
}
