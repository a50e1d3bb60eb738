/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes in one array, all text in one buffer: two allocations that double. Attributes are rare and
 * kept in an array of their own, with the number of their node.
 */
#include "protocol/xmltree.h"

#include "base/alloc.h"
#include "base/str.h"
#include "base/xml.h"

#define MAX_TEXT ((size_t)1 << 30)

struct span {
    size_t at, len;
};

struct node {
    struct span name, text;
    uint32_t first, last, next;
};

struct attribute {
    uint32_t node;
    struct span name, value;
};

struct pail_xtree {
    struct node *nodes;
    struct attribute *attributes;
    uint32_t n, cap, n_attributes, cap_attributes;
    struct pail_buf text;
    uint32_t open[64]; /* while parsing: from the root to where we are */
    unsigned depth;
};

static int keep(struct pail_xtree *t, struct pail_str s, struct span *ret, struct pail_error *err)
{
    *ret = (struct span){t->text.len, s.len};
    pail_buf_str(&t->text, s);
    return pail_buf_check(&t->text, "XML", err);
}

static int grow(void **array, uint32_t n, uint32_t *cap, size_t size, struct pail_error *err)
{
    if (n < *cap)
        return 0;
    uint32_t more = *cap ? *cap * 2 : 32;
    void *p = more > *cap ? pail_reallocarray(*array, more, size) : NULL;
    if (!p)
        return pail_error_nomem(err);
    *array = p;
    *cap = more;
    return 0;
}

static int add(struct pail_xtree *t, struct pail_str path, struct pail_error *err)
{
    size_t slash = pail_str_rfind(path, '/');
    int rc = grow((void **)&t->nodes, t->n, &t->cap, sizeof(*t->nodes), err);
    if (rc < 0)
        return rc;

    struct node *node = &t->nodes[t->n];
    *node = (struct node){.first = PAIL_XNONE, .last = PAIL_XNONE, .next = PAIL_XNONE};
    rc = keep(t, slash == SIZE_MAX ? path : pail_str_from(path, slash + 1), &node->name, err);
    if (rc < 0)
        return rc;
    if (t->depth) {
        struct node *parent = &t->nodes[t->open[t->depth - 1]];
        if (parent->last == PAIL_XNONE)
            parent->first = t->n;
        else
            t->nodes[parent->last].next = t->n;
        parent->last = t->n;
    }
    t->n++;
    return 0;
}

static int on_open(void *ud, struct pail_str path, struct pail_error *err)
{
    struct pail_xtree *t = ud;

    int rc = add(t, path, err);
    if (rc < 0)
        return rc;
    if (t->depth == PAIL_ARRAY_LEN(t->open))
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE, "elements nested too deep");
    t->open[t->depth++] = t->n - 1;
    return 0;
}

static int on_leaf(void *ud, struct pail_str path, struct pail_str text, struct pail_error *err)
{
    struct pail_xtree *t = ud;

    int rc = add(t, path, err);
    return rc < 0 ? rc : keep(t, text, &t->nodes[t->n - 1].text, err);
}

static int on_close(void *ud, struct pail_str path, struct pail_error *err)
{
    struct pail_xtree *t = ud;
    t->depth--;
    return 0;
}

/* Comes before its element, which will be number n. */
static int on_attribute(void *ud, struct pail_str name, struct pail_str value,
                        struct pail_error *err)
{
    struct pail_xtree *t = ud;

    int rc = grow((void **)&t->attributes, t->n_attributes, &t->cap_attributes,
                  sizeof(*t->attributes), err);
    if (rc < 0)
        return rc;
    struct attribute *a = &t->attributes[t->n_attributes];
    a->node = t->n;
    rc = keep(t, name, &a->name, err);
    if (rc == 0)
        rc = keep(t, value, &a->value, err);
    if (rc == 0)
        t->n_attributes++;
    return rc;
}

int pail_xtree_parse(struct pail_str text, const char *what, struct pail_xtree **ret,
                     struct pail_error *err)
{
    static const struct pail_xml_handler handler = {
        .open = on_open,
        .attribute = on_attribute,
        .leaf = on_leaf,
        .close = on_close,
    };
    struct pail_xtree *t = pail_zalloc(sizeof(*t));
    if (!t)
        return pail_error_nomem(err);
    pail_buf_init(&t->text, MAX_TEXT);
    int rc = pail_xml_parse(text, what, MAX_TEXT, &handler, t, err);
    if (rc < 0) {
        pail_xtree_free(t);
        return rc;
    }
    *ret = t;
    return 0;
}

void pail_xtree_free(struct pail_xtree *t)
{
    if (!t)
        return;
    pail_buf_done(&t->text);
    pail_free(t->nodes);
    pail_free(t->attributes);
    pail_free(t);
}

static struct pail_str view(const struct pail_xtree *t, struct span s)
{
    return pail_strn(pail_buf_cstr(&t->text) + s.at, s.len);
}

struct pail_str pail_xtree_name(const struct pail_xtree *t, uint32_t node)
{
    return view(t, t->nodes[node].name);
}

struct pail_str pail_xtree_text(const struct pail_xtree *t, uint32_t node)
{
    return view(t, t->nodes[node].text);
}

uint32_t pail_xtree_first(const struct pail_xtree *t, uint32_t node)
{
    return node < t->n ? t->nodes[node].first : PAIL_XNONE;
}

uint32_t pail_xtree_next(const struct pail_xtree *t, uint32_t node)
{
    return t->nodes[node].next;
}

uint32_t pail_xtree_child(const struct pail_xtree *t, uint32_t node, struct pail_str name)
{
    uint32_t n = pail_xtree_first(t, node);

    while (n != PAIL_XNONE && !pail_str_eq(pail_xtree_name(t, n), name))
        n = t->nodes[n].next;
    return n;
}

uint32_t pail_xtree_same(const struct pail_xtree *t, uint32_t node)
{
    struct pail_str name = pail_xtree_name(t, node);
    uint32_t n = t->nodes[node].next;

    while (n != PAIL_XNONE && !pail_str_eq(pail_xtree_name(t, n), name))
        n = t->nodes[n].next;
    return n;
}

struct pail_str pail_xtree_attribute(const struct pail_xtree *t, uint32_t node,
                                     struct pail_str name)
{
    size_t colon = pail_str_find(name, ':');

    for (uint32_t i = 0; i < t->n_attributes; i++) {
        const struct attribute *a = &t->attributes[i];
        struct pail_str own = view(t, a->name);
        size_t own_colon = pail_str_find(own, ':');
        if (a->node != node || (colon == SIZE_MAX) != (own_colon == SIZE_MAX))
            continue;
        if (pail_str_eq(colon == SIZE_MAX ? name : pail_str_from(name, colon),
                        own_colon == SIZE_MAX ? own : pail_str_from(own, own_colon)))
            return view(t, a->value);
    }
    return pail_str(NULL);
}
