/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --generate-cli-skeleton yaml-input: empty values, and behind each member whether it is required,
 * the first sentence of its documentation, and the words it can be.
 */
#include "tools/service/skeleton.h"

#include "base/str.h"
#include "model/docs.h"
#include "tools/service/prose.h"
#include "tools/service/yaml.h"

#define DEPTH 64

struct writer {
    struct pail_run *run;
    struct pail_buf *to;
    uint32_t stack[DEPTH];
    unsigned depth;
};

/* The first of a map has two blanks in front: that is how the AWS CLI's writer aligns it. */
static void comment(struct writer *w, const struct pail_shape *m, bool first)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf html = PAIL_BUF_INIT(16 << 20);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(16 << 20);
    if (m->traits & PAIL_TRAIT_REQUIRED)
        pail_buf_z(&text, "[REQUIRED] ");
    if (!pail_docs_shape(w->run->cli->models, m, &html, NULL))
        pail_prose_first_sentence(&text, pail_buf_view(&html));
    for (unsigned i = 0; i < m->values.n; i++) {
        pail_buf_z(&text, i ? ", " : text.len ? " Valid values are: " : "Valid values are: ");
        pail_buf_str(&text, pail_strs_at(m->values, i));
    }
    if (m->values.n)
        pail_buf_char(&text, '.');
    if (text.len) {
        pail_buf_z(w->to, first ? "  # " : " # ");
        pail_buf_str(w->to, pail_buf_view(&text));
    }
}

static void indent(struct writer *w, unsigned n)
{
    for (; n; n--)
        pail_buf_char(w->to, ' ');
}

static void value(struct writer *w, const struct pail_shape *s, unsigned at, bool in_list);

static bool is_recursive(const struct writer *w, const struct pail_shape *s)
{
    for (unsigned i = 0; i < w->depth; i++)
        if (w->stack[i] == s->id)
            return true;
    return w->depth == DEPTH;
}

/* Does its text go on below the key? */
static bool is_block(const struct writer *w, const struct pail_shape *s)
{
    if (s->type == PAIL_SHAPE_LIST || s->type == PAIL_SHAPE_MAP)
        return !is_recursive(w, s);
    return s->type == PAIL_SHAPE_STRUCTURE && s->n_members && !is_recursive(w, s);
}

static const char *scalar_text(const struct pail_shape *s)
{
    switch (s->type) {
    case PAIL_SHAPE_INTEGER:
    case PAIL_SHAPE_LONG:
        return "0";
    case PAIL_SHAPE_FLOAT:
    case PAIL_SHAPE_DOUBLE:
        return "0.0";
    case PAIL_SHAPE_BOOLEAN:
        return "true";
    case PAIL_SHAPE_TIMESTAMP:
        return "1970-01-01 00:00:00";
    case PAIL_SHAPE_BLOB:
        return "!!binary ''";
    case PAIL_SHAPE_STRING:
        return "''";
    default:
        return "{}";
    }
}

/* What would be read as something else than a text is put in quotes. */
static void word(struct writer *w, struct pail_str s)
{
    const char *quote = pail_yaml_kind(s) == PAIL_YAML_TEXT ? "" : "'";
    pail_buf_fmt(w->to, "%s%.*s%s", quote, PAIL_STR_ARG(s), quote);
}

static void scalar(struct writer *w, const struct pail_shape *s)
{
    if (s->type == PAIL_SHAPE_STRING && s->values.n)
        word(w, pail_strs_at(s->values, 0));
    else
        pail_buf_z(w->to, scalar_text(s));
}

static void members(struct writer *w, const struct pail_shape *s, unsigned at)
{
    struct pail_shape m;
    for (unsigned i = 0; pail_shape_at(s, i, &m); i++) {
        if (i)
            indent(w, at);
        word(w, m.member);
        pail_buf_char(w->to, ':');
        bool block = is_block(w, &m);
        if (!block) {
            pail_buf_char(w->to, ' ');
            scalar(w, &m);
        }
        comment(w, &m, i == 0);
        pail_buf_char(w->to, '\n');
        if (block)
            value(w, &m, m.type == PAIL_SHAPE_LIST ? at : at + 2, false);
    }
}

/* A collection from the start of a line, or (in_list) from behind "- ". */
static void value(struct writer *w, const struct pail_shape *s, unsigned at, bool in_list)
{
    struct pail_shape m;
    if (!is_block(w, s)) {
        scalar(w, s);
        pail_buf_char(w->to, '\n');
        return;
    }
    if (!in_list)
        indent(w, at);
    w->stack[w->depth++] = s->id;
    if (s->type == PAIL_SHAPE_STRUCTURE) {
        members(w, s, at);
    } else if (s->type == PAIL_SHAPE_LIST && pail_shape_at(s, 0, &m)) {
        pail_buf_z(w->to, "- ");
        value(w, &m, at + 2, true);
    } else if (pail_shape_at(s, 1, &m)) {
        pail_buf_z(w->to, "KeyName:");
        bool block = is_block(w, &m);
        pail_buf_z(w->to, block ? "\n" : " ");
        value(w, &m, m.type == PAIL_SHAPE_LIST ? at : at + 2, false);
    }
    w->depth--;
}

void pail_skeleton_yaml(struct pail_run *run, struct pail_buf *to)
{
    struct writer w = {.run = run, .to = to};
    if (run->has_input && run->input.n_members)
        value(&w, &run->input, 0, false);
    else
        pail_buf_z(to, "{}\n");
}
