/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML of the S3 model: written by hand, read by a recursive-descent reader without recursion (a
 * stack of open elements), which is all that CompleteMultipartUpload, Delete and
 * CreateBucketConfiguration need.
 */
#include "fake/xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fake_xml_text(struct fake_buf *b, const void *p, size_t n)
{
    const unsigned char *s = p;
    for (size_t i = 0; i < n; i++) {
        switch (s[i]) {
        case '&':
            fake_buf_str(b, "&amp;");
            break;
        case '<':
            fake_buf_str(b, "&lt;");
            break;
        case '>':
            fake_buf_str(b, "&gt;");
            break;
        case '"':
            fake_buf_str(b, "&quot;");
            break;
        default:
            if (s[i] < 0x20 || s[i] == 0x7f)
                fake_buf_fmt(b, "&#x%x;", s[i]);
            else
                fake_buf_put(b, s + i, 1);
        }
    }
}

void fake_xml_element(struct fake_buf *b, const char *name, const char *text)
{
    fake_buf_fmt(b, "<%s>", name);
    fake_xml_text(b, text, strlen(text));
    fake_buf_fmt(b, "</%s>", name);
}

/* ---- reader ---------------------------------------------------------------------------------- */

struct reader {
    const char *p, *end;
    struct fake_doc *doc;
    struct fake_buf *texts; /* one per node */
    size_t open;            /* innermost open element */
    bool started, closed;
};

static bool at(const struct reader *r, const char *s)
{
    size_t n = strlen(s);
    return (size_t)(r->end - r->p) >= n && memcmp(r->p, s, n) == 0;
}

/* Moves behind the next `s`. */
static bool skip_past(struct reader *r, const char *s)
{
    const char *found = memmem(r->p, (size_t)(r->end - r->p), s, strlen(s));
    if (!found)
        return false;
    r->p = found + strlen(s);
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == ':';
}

static struct fake_view read_name(struct reader *r)
{
    const char *start = r->p;
    while (r->p < r->end && is_name(*r->p))
        r->p++;
    return (struct fake_view){start, (size_t)(r->p - start)};
}

static struct fake_view local_part(struct fake_view name)
{
    const char *colon = name.n ? memchr(name.p, ':', name.n) : NULL;
    if (colon)
        return (struct fake_view){colon + 1, name.n - (size_t)(colon + 1 - name.p)};
    return name;
}

static void put_utf8(struct fake_buf *b, unsigned long c)
{
    char s[4];
    size_t n = 0;
    if (c < 0x80) {
        s[n++] = (char)c;
    } else if (c < 0x800) {
        s[n++] = (char)(0xc0 | c >> 6);
        s[n++] = (char)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        s[n++] = (char)(0xe0 | c >> 12);
        s[n++] = (char)(0x80 | (c >> 6 & 63));
        s[n++] = (char)(0x80 | (c & 63));
    } else {
        s[n++] = (char)(0xf0 | c >> 18);
        s[n++] = (char)(0x80 | (c >> 12 & 63));
        s[n++] = (char)(0x80 | (c >> 6 & 63));
        s[n++] = (char)(0x80 | (c & 63));
    }
    fake_buf_put(b, s, n);
}

static bool read_entity(struct reader *r, struct fake_buf *b)
{
    static const struct {
        const char *name;
        char c;
    } named[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        if (at(r, named[i].name)) {
            fake_buf_put(b, &named[i].c, 1);
            r->p += strlen(named[i].name);
            return true;
        }
    if (!at(r, "&#"))
        return false;
    bool hex = at(r, "&#x");
    unsigned long c = 0;
    const char *digits = hex ? "0123456789abcdefABCDEF" : "0123456789";
    r->p += hex ? 3 : 2;
    const char *start = r->p;
    for (; r->p < r->end && *r->p && strchr(digits, *r->p) && c < 0x110000; r->p++) {
        int d = *r->p <= '9' ? *r->p - '0' : (*r->p | 32) - 'a' + 10;
        c = c * (hex ? 16 : 10) + (unsigned long)d;
    }
    if (r->p == start || r->p == r->end || *r->p != ';' || c >= 0x110000)
        return false;
    r->p++;
    put_utf8(b, c);
    return true;
}

static bool read_text(struct reader *r)
{
    while (r->p < r->end && *r->p != '<') {
        if (!r->started || r->closed) {
            if (!is_blank(*r->p++))
                return false;
        } else if (*r->p == '&') {
            if (!read_entity(r, &r->texts[r->open]))
                return false;
        } else {
            fake_buf_put(&r->texts[r->open], r->p++, 1);
        }
    }
    return true;
}

static bool skip_attributes(struct reader *r)
{
    for (;;) {
        const char *before = r->p;
        while (r->p < r->end && is_blank(*r->p))
            r->p++;
        if (at(r, ">") || at(r, "/>"))
            return true;
        if (before == r->p || read_name(r).n == 0 || !at(r, "="))
            return false;
        r->p++;
        if (!at(r, "\"") && !at(r, "'"))
            return false;
        char quote[2] = {*r->p++, '\0'};
        if (!skip_past(r, quote))
            return false;
    }
}

static bool read_open(struct reader *r)
{
    r->p++;
    struct fake_view name = local_part(read_name(r));
    if (name.n == 0 || r->closed || !skip_attributes(r))
        return false;
    struct fake_doc *d = r->doc;
    d->v = fake_xrealloc(d->v, (d->n + 1) * sizeof(*d->v));
    r->texts = fake_xrealloc(r->texts, (d->n + 1) * sizeof(*r->texts));
    r->texts[d->n] = (struct fake_buf){0};
    d->v[d->n] = (struct fake_node){.name = fake_dup(name.p, name.n), .parent = r->open};
    size_t self = d->n++;
    r->started = true;
    if (at(r, "/>")) {
        r->p += 2;
        r->closed = self == 0;
    } else {
        r->p++;
        r->open = self;
    }
    return true;
}

static bool read_close(struct reader *r)
{
    r->p += 2;
    struct fake_view name = local_part(read_name(r));
    while (r->p < r->end && is_blank(*r->p))
        r->p++;
    if (!r->started || r->closed || !at(r, ">") ||
        !fake_view_eq(name, fake_view_of(r->doc->v[r->open].name)))
        return false;
    r->p++;
    r->closed = r->open == 0;
    r->open = r->doc->v[r->open].parent;
    return true;
}

static bool read_all(struct reader *r)
{
    if (at(r, "\xef\xbb\xbf"))
        r->p += 3;
    while (r->p < r->end) {
        bool ok;
        if (*r->p != '<') {
            ok = read_text(r);
        } else if (at(r, "<?")) {
            ok = skip_past(r, "?>");
        } else if (at(r, "<!--")) {
            ok = skip_past(r, "-->");
        } else if (at(r, "<![CDATA[") && r->started && !r->closed) {
            const char *start = r->p + 9;
            ok = skip_past(r, "]]>");
            if (ok)
                fake_buf_put(&r->texts[r->open], start, (size_t)(r->p - 3 - start));
        } else if (at(r, "</")) {
            ok = read_close(r);
        } else {
            ok = !at(r, "<!") && read_open(r);
        }
        if (!ok)
            return false;
    }
    return r->closed;
}

bool fake_xml_parse(struct fake_doc *ret, const char *p, size_t n, const char *root)
{
    *ret = (struct fake_doc){0};
    struct reader r = {.p = p, .end = p + n, .doc = ret};
    bool ok = n && read_all(&r) && strcmp(ret->v[0].name, root) == 0;
    for (size_t i = 0; i < ret->n; i++) {
        ret->v[i].text_len = r.texts[i].n;
        ret->v[i].text = fake_buf_take(&r.texts[i]);
    }
    free(r.texts);
    if (!ok)
        fake_doc_done(ret);
    return ok;
}

const struct fake_node *fake_xml_child(const struct fake_doc *d, size_t parent, const char *name)
{
    for (size_t i = parent + 1; i < d->n && d->v[i].parent >= parent; i++)
        if (d->v[i].parent == parent && strcmp(d->v[i].name, name) == 0)
            return &d->v[i];
    return NULL;
}

void fake_doc_done(struct fake_doc *d)
{
    for (size_t i = 0; i < d->n; i++) {
        free(d->v[i].name);
        free(d->v[i].text);
    }
    free(d->v);
    *d = (struct fake_doc){0};
}
