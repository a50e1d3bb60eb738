/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags are few in the models (p, code, ul, li, note, a, i, b, dl, dt, dd) and never nested in a way
 * that needs a tree: blocks end a paragraph, list items begin with a star, the rest is dropped.
 */
#include "tools/service/prose.h"

#include "base/str.h"
#include "base/utf8.h"

struct prose {
    struct pail_buf *to;
    size_t indent, width, column;
    unsigned lists;
    bool open;  /* a line is begun */
    bool blank; /* a blank is due before the next word */
    bool in_item;
};

static bool tag_is(struct pail_str tag, const char *name)
{
    size_t end = 0;
    while (end < tag.len && tag.ptr[end] != ' ' && tag.ptr[end] != '/' && tag.ptr[end] != '\n')
        end++;
    return pail_str_ieq(pail_str_sub(tag, 0, end), pail_str(name));
}

/* "&amp;" at the front of s: its character; 0: none. */
static size_t entity(struct pail_str s, const char **ret)
{
    static const char *const entities[][2] = {{"&amp;", "&"},   {"&lt;", "<"},  {"&gt;", ">"},
                                              {"&quot;", "\""}, {"&#39;", "'"}, {"&nbsp;", " "}};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(entities); i++)
        if (pail_str_starts(s, pail_str(entities[i][0]))) {
            *ret = entities[i][1];
            return strlen(entities[i][0]);
        }
    return 0;
}

static void end_line(struct prose *p)
{
    if (p->open)
        pail_buf_char(p->to, '\n');
    p->open = p->blank = false;
    p->column = 0;
}

static void end_paragraph(struct prose *p)
{
    end_line(p);
    if (p->lists && p->in_item)
        return; /* items stand close together */
    if (p->to->len >= 2 && strncmp(p->to->ptr + p->to->len - 2, "\n\n", 2) != 0)
        pail_buf_char(p->to, '\n');
}

static void begin_line(struct prose *p, const char *mark)
{
    size_t in = p->indent + 2 * (p->lists ? p->lists : 0);
    for (size_t i = 0; i < in; i++)
        pail_buf_char(p->to, ' ');
    if (mark && in >= 2)
        memcpy(p->to->ptr + p->to->len - 2, mark, 2);
    p->column = in;
    p->open = true;
    p->blank = false;
}

static size_t columns(struct pail_str word)
{
    size_t n = 0;
    for (size_t i = 0; i < word.len; i++)
        n += ((unsigned char)word.ptr[i] & 0xc0) != 0x80;
    return n;
}

static void put_word(struct prose *p, struct pail_str word)
{
    size_t n = columns(word);
    if (p->open && p->blank && p->column + 1 + n > p->width)
        end_line(p);
    if (!p->open) {
        begin_line(p, NULL);
    } else if (p->blank) {
        pail_buf_char(p->to, ' ');
        p->column++;
    }
    pail_buf_str(p->to, word);
    p->column += n;
    p->blank = false;
}

static void put_tag(struct prose *p, struct pail_str tag)
{
    bool close = tag.len && tag.ptr[0] == '/';
    if (close)
        tag = pail_str_from(tag, 1);
    if (tag_is(tag, "ul") || tag_is(tag, "ol") || tag_is(tag, "dl")) {
        p->in_item = false;
        end_paragraph(p);
        if (!close)
            p->lists++;
        else if (p->lists)
            p->lists--;
    } else if (tag_is(tag, "li") || tag_is(tag, "dt")) {
        end_line(p);
        p->in_item = !close;
        if (!close)
            begin_line(p, "* ");
    } else if (tag_is(tag, "p") || tag_is(tag, "note") || tag_is(tag, "important") ||
               tag_is(tag, "dd") || tag_is(tag, "fullname") || tag_is(tag, "h1") ||
               tag_is(tag, "h2") || tag_is(tag, "h3") || tag_is(tag, "pre")) {
        if (p->open && p->column > p->indent + 2 * p->lists)
            end_paragraph(p);
    } else if (tag_is(tag, "br")) {
        end_line(p);
    }
}

void pail_prose(struct pail_buf *to, struct pail_str html, size_t indent, size_t width)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf word = PAIL_BUF_INIT(1 << 20);
    struct prose p = {.to = to, .indent = indent, .width = width};
    for (size_t i = 0; i <= html.len;) {
        char c = i < html.len ? html.ptr[i] : ' ';
        const char *text = NULL;
        size_t n = c == '&' ? entity(pail_str_from(html, i), &text) : 0;
        bool is_blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
        if ((is_blank || c == '<') && word.len) {
            put_word(&p, pail_buf_view(&word));
            pail_buf_reset(&word);
        }
        if (c == '<') {
            size_t end = pail_str_find(pail_str_from(html, i), '>');
            if (end == SIZE_MAX)
                break;
            put_tag(&p, pail_str_sub(html, i + 1, end - 1));
            i += end + 1;
            continue;
        }
        if (is_blank)
            p.blank = true;
        else if (n)
            pail_buf_z(&word, text);
        else
            pail_buf_char(&word, c);
        i += n ? n : 1;
    }
    end_paragraph(&p);
}

/* As the AWS CLI ends it: at the first period or colon, be it inside of a name. */
void pail_prose_first_sentence(struct pail_buf *to, struct pail_str html)
{
    size_t start = to->len;
    for (size_t i = 0; i < html.len;) {
        const char *text = NULL;
        char c = html.ptr[i];
        if (c == '<') {
            size_t end = pail_str_find(pail_str_from(html, i), '>');
            if (end == SIZE_MAX)
                break;
            i += end + 1;
            continue;
        }
        if (c == '.' || c == ':')
            break;
        size_t n = c == '&' ? entity(pail_str_from(html, i), &text) : 0;
        if (n)
            pail_buf_z(to, text);
        else
            pail_buf_char(to, c == '\n' ? ' ' : c);
        i += n ? n : 1;
    }
    if (to->len > start)
        pail_buf_char(to, '.');
}
