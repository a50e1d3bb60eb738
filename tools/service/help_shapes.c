/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is inside of an option or an answer: its members with their documentation, and how it is
 * written. Shapes that contain themselves are followed once.
 */
#include "tools/service/help.h"

#include "base/str.h"
#include "model/docs.h"
#include "tools/service/prose.h"

#define WIDTH 78
#define DEPTH_MAX 12
#define TEXT_MAX ((size_t)16 << 20)

/* The shapes above, to see when one comes again. */
struct above {
    const struct above *up;
    uint32_t id;
    unsigned depth;
};

static bool again(const struct above *up, const struct pail_shape *s)
{
    for (; up; up = up->up)
        if (up->id == s->id || up->depth >= DEPTH_MAX)
            return true;
    return false;
}

const char *pail_help_type(const struct pail_shape *s)
{
    static const char *const names[] = {
        [PAIL_SHAPE_STRUCTURE] = "structure",
        [PAIL_SHAPE_LIST] = "list",
        [PAIL_SHAPE_MAP] = "map",
        [PAIL_SHAPE_STRING] = "string",
        [PAIL_SHAPE_INTEGER] = "integer",
        [PAIL_SHAPE_LONG] = "long",
        [PAIL_SHAPE_FLOAT] = "float",
        [PAIL_SHAPE_DOUBLE] = "double",
        [PAIL_SHAPE_BOOLEAN] = "boolean",
        [PAIL_SHAPE_BLOB] = "blob",
        [PAIL_SHAPE_TIMESTAMP] = "timestamp",
    };
    if (s->traits & PAIL_TRAIT_DOCUMENT)
        return "document";
    if (s->type == PAIL_SHAPE_BLOB && s->traits & PAIL_TRAIT_STREAMING)
        return "streaming blob";
    const char *name = s->type < PAIL_ARRAY_LEN(names) ? names[s->type] : NULL;
    return name ? name : "string";
}

static void put_blanks(struct pail_buf *to, unsigned n)
{
    pail_buf_fmt(to, "%*s", (int)n, "");
}

void pail_help_values(struct pail_buf *to, const struct pail_shape *s, unsigned indent)
{
    if (!s->values.n)
        return;
    put_blanks(to, indent);
    pail_buf_z(to, "Possible values:\n");
    for (unsigned i = 0; i < s->values.n; i++) {
        put_blanks(to, indent + 2);
        pail_buf_fmt(to, "%.*s\n", PAIL_STR_ARG(pail_strs_at(s->values, i)));
    }
}

/* ---- Members --------------------------------------------------------------------------------- */

static void put_inside(struct pail_models *models, struct pail_buf *to, const struct pail_shape *s,
                       unsigned indent, const struct above *up);

static void put_member(struct pail_models *models, struct pail_buf *to, const struct pail_shape *m,
                       unsigned indent, const struct above *up)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf html = PAIL_BUF_INIT(TEXT_MAX);
    put_blanks(to, indent);
    pail_buf_fmt(to, "%.*s -> (%s)%s\n", PAIL_STR_ARG(m->member), pail_help_type(m),
                 m->traits & PAIL_TRAIT_REQUIRED ? " [required]" : "");
    if (pail_docs_shape(models, m, &html, NULL) == 0)
        pail_prose(to, pail_buf_view(&html), indent + 4, WIDTH);
    pail_help_values(to, m, indent + 4);
    put_inside(models, to, m, indent + 4, up);
}

static void put_inside(struct pail_models *models, struct pail_buf *to, const struct pail_shape *s,
                       unsigned indent, const struct above *up)
{
    struct above here = {.up = up, .id = s->id, .depth = up ? up->depth + 1 : 0};
    bool many = s->type == PAIL_SHAPE_LIST || s->type == PAIL_SHAPE_MAP;
    struct pail_shape m;

    if ((!many && s->type != PAIL_SHAPE_STRUCTURE) || s->traits & PAIL_TRAIT_DOCUMENT)
        return;
    if (again(up, s)) {
        put_blanks(to, indent);
        pail_buf_z(to, "( ... as above ... )\n");
        return;
    }
    for (unsigned i = 0; pail_shape_at(s, i, &m); i++) {
        if (s->type == PAIL_SHAPE_LIST)
            m.member = PAIL_STR("(element)");
        put_member(models, to, &m, indent, &here);
    }
}

void pail_help_members(struct pail_models *models, struct pail_buf *to, const struct pail_shape *s,
                       unsigned indent)
{
    put_inside(models, to, s, indent, NULL);
}

/* ---- How it is written ----------------------------------------------------------------------- */

static const char *sample(const struct pail_shape *s)
{
    switch (s->type) {
    case PAIL_SHAPE_INTEGER:
        return "integer";
    case PAIL_SHAPE_LONG:
        return "long";
    case PAIL_SHAPE_FLOAT:
        return "float";
    case PAIL_SHAPE_DOUBLE:
        return "double";
    case PAIL_SHAPE_BOOLEAN:
        return "true|false";
    case PAIL_SHAPE_TIMESTAMP:
        return "timestamp";
    case PAIL_SHAPE_BLOB:
        return "blob";
    default:
        return "\"string\"";
    }
}

static void put_json(struct pail_buf *to, const struct pail_shape *s, unsigned indent,
                     const struct above *up)
{
    struct above here = {.up = up, .id = s->id, .depth = up ? up->depth + 1 : 0};
    struct pail_shape m;
    bool list = s->type == PAIL_SHAPE_LIST, map = s->type == PAIL_SHAPE_MAP;

    if (s->traits & PAIL_TRAIT_DOCUMENT || (again(up, s) && (list || map || s->n_members))) {
        pail_buf_z(to, "{ ... }");
        return;
    }
    if (!list && !map && s->type != PAIL_SHAPE_STRUCTURE) {
        pail_buf_z(to, sample(s));
        return;
    }
    pail_buf_z(to, list ? "[\n" : "{\n");
    for (unsigned i = map ? 1 : 0; pail_shape_at(s, i, &m); i++) {
        put_blanks(to, indent + 2);
        if (map)
            pail_buf_z(to, "\"string\": ");
        else if (!list)
            pail_buf_fmt(to, "\"%.*s\": ", PAIL_STR_ARG(m.member));
        put_json(to, &m, indent + 2, &here);
        pail_buf_z(to, list || map ? "\n" : i + 1 < s->n_members ? ",\n" : "\n");
    }
    if (list || map) {
        put_blanks(to, indent + 2);
        pail_buf_z(to, "...\n");
    }
    put_blanks(to, indent);
    pail_buf_z(to, list ? "]" : "}");
}

static bool is_scalar(const struct pail_shape *s)
{
    return s->type != PAIL_SHAPE_STRUCTURE && s->type != PAIL_SHAPE_LIST &&
           s->type != PAIL_SHAPE_MAP && !(s->traits & PAIL_TRAIT_DOCUMENT);
}

/* "Key=string,Value=string ..." where everything inside is a scalar or a list of such. */
static bool put_shorthand(struct pail_buf *to, const struct pail_shape *s)
{
    struct pail_shape of = *s, m, element;
    bool list = s->type == PAIL_SHAPE_LIST && pail_shape_at(s, 0, &of), map;
    size_t start = to->len;

    map = of.type == PAIL_SHAPE_MAP;
    if (is_scalar(&of)) {
        pail_buf_fmt(to, "%s %s ...", sample(&of), sample(&of));
        return list;
    }
    if (map && pail_shape_at(&of, 1, &m) && is_scalar(&m)) {
        pail_buf_z(to, "KeyName1=string,KeyName2=string");
        return true;
    }
    if (of.type != PAIL_SHAPE_STRUCTURE || !of.n_members)
        return false;
    for (unsigned i = 0; pail_shape_at(&of, i, &m); i++) {
        bool many = m.type == PAIL_SHAPE_LIST && pail_shape_at(&m, 0, &element) &&
                    is_scalar(&element);
        if (!many && !is_scalar(&m)) {
            pail_buf_truncate(to, start);
            return false;
        }
        const char *type = many ? pail_help_type(&element) : pail_help_type(&m);
        pail_buf_fmt(to, many ? "%s%.*s=%s,%s" : "%s%.*s=%s", i ? "," : "", PAIL_STR_ARG(m.member),
                     type, type);
    }
    if (list)
        pail_buf_z(to, " ...");
    return true;
}

void pail_help_syntax(struct pail_buf *to, const struct pail_shape *s, unsigned indent)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf line = PAIL_BUF_INIT(TEXT_MAX);
    if (is_scalar(s))
        return;
    if (put_shorthand(&line, s)) {
        put_blanks(to, indent);
        pail_buf_fmt(to, "Shorthand syntax:\n%*s%.*s\n\n", (int)indent + 2, "",
                     PAIL_STR_ARG(pail_buf_view(&line)));
    }
    put_blanks(to, indent);
    pail_buf_fmt(to, "JSON syntax:\n%*s", (int)indent + 2, "");
    put_json(to, s, indent + 2, NULL);
    pail_buf_z(to, "\n\n");
}
