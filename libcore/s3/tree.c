/* SPDX-License-Identifier: Apache-2.0 */
/* s3/tree.c - nodes out of blocks; XML events move a cursor through the tree they make. */
#include "s3/tree.h"

#include "base/alloc.h"
#include "base/str.h"
#include "s3/answer.h"

#define BLOCK 4096
#define MAX_DEPTH 64

struct pail_s3_tree_block {
    struct pail_s3_tree_block *next;
    size_t used, cap;
    _Alignas(max_align_t) char data[];
};

void *pail_s3_tree_alloc(struct pail_s3_tree *t, size_t size)
{
    size = (size + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
    struct pail_s3_tree_block *b = t->blocks;
    if (!b || size > b->cap - b->used) {
        size_t cap = pail_max_u64(size, BLOCK);
        b = pail_zalloc(sizeof(*b) + cap);
        if (!b)
            return NULL;
        b->cap = cap;
        b->next = t->blocks;
        t->blocks = b;
    }
    void *p = b->data + b->used;
    b->used += size;
    return p;
}

struct pail_str pail_s3_tree_text(struct pail_s3_tree *t, struct pail_str text)
{
    char *p = text.len ? pail_s3_tree_alloc(t, text.len) : NULL;
    if (!p)
        return PAIL_STR("");
    memcpy(p, text.ptr, text.len);
    return pail_strn(p, text.len);
}

int pail_s3_tree_empty(struct pail_s3_tree **ret, struct pail_error *err)
{
    *ret = pail_zalloc(sizeof(**ret));
    return *ret ? 0 : pail_error_nomem(err);
}

void pail_s3_tree_free(struct pail_s3_tree *t)
{
    if (!t)
        return;
    while (t->blocks) {
        struct pail_s3_tree_block *b = t->blocks;
        t->blocks = b->next;
        pail_free(b);
    }
    pail_free(t);
}

/* ---- Reading ---- */

struct cursor {
    struct pail_s3_tree *t;
    struct pail_s3_node *open[MAX_DEPTH];
    size_t depth;
};

static int add(struct cursor *c, struct pail_str path, struct pail_str text,
               struct pail_s3_node **ret, struct pail_error *err)
{
    size_t slash = pail_str_rfind(path, '/');
    struct pail_str name = slash == SIZE_MAX ? path : pail_str_from(path, slash + 1);
    struct pail_s3_node *n = pail_s3_tree_alloc(c->t, sizeof(*n));

    if (!n)
        return pail_error_nomem(err);
    n->name = pail_s3_tree_text(c->t, name);
    n->text = pail_s3_tree_text(c->t, text);
    if (n->name.len != name.len || n->text.len != text.len)
        return pail_error_nomem(err);
    struct pail_s3_node *parent = c->depth ? c->open[c->depth - 1] : NULL;
    if (!parent)
        c->t->root = n;
    else if (parent->last)
        parent->last = parent->last->next = n;
    else
        parent->first = parent->last = n;
    *ret = n;
    return 0;
}

static int on_open(void *ud, struct pail_str path, struct pail_error *err)
{
    struct cursor *c = ud;
    struct pail_s3_node *n = NULL;

    if (c->depth == MAX_DEPTH)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "too deep a document");
    int rc = add(c, path, PAIL_STR(""), &n, err);
    if (rc == 0)
        c->open[c->depth++] = n;
    return rc;
}

static int on_leaf(void *ud, struct pail_str path, struct pail_str text, struct pail_error *err)
{
    struct pail_s3_node *n;
    return add(ud, path, text, &n, err);
}

static int on_close(void *ud, struct pail_str path, struct pail_error *err)
{
    struct cursor *c = ud;
    c->depth--;
    return 0;
}

int pail_s3_tree_new(struct pail_str body, const char *root, struct pail_s3_tree **ret,
                     struct pail_error *err)
{
    static const struct pail_xml_handler handler = {
        .open = on_open, .leaf = on_leaf, .close = on_close};
    struct cursor c = {.depth = 0};

    int rc = pail_s3_tree_empty(&c.t, err);
    if (rc < 0)
        return rc;
    rc = pail_s3_parse_xml(body, &handler, &c, err);
    if (rc == 0 && (!c.t->root || !pail_str_eqz(c.t->root->name, root)))
        rc = pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "a document \"%.*s\"",
                            c.t->root ? (int)c.t->root->name.len : 0,
                            c.t->root ? c.t->root->name.ptr : "");
    if (rc < 0)
        pail_s3_tree_free(c.t);
    else
        *ret = c.t;
    return rc;
}

/* ---- Asking ---- */

const struct pail_s3_node *pail_s3_node_named(const struct pail_s3_node *n, const char *name)
{
    while (n && !pail_str_eqz(n->name, name))
        n = n->next;
    return n;
}

const struct pail_s3_node *pail_s3_node_child(const struct pail_s3_node *n, const char *name)
{
    return n ? pail_s3_node_named(n->first, name) : NULL;
}

size_t pail_s3_node_count(const struct pail_s3_node *n, const char *name)
{
    size_t count = 0;
    for (PAIL_S3_EACH(it, n, name))
        count++;
    return count;
}

struct pail_str pail_s3_node_text(const struct pail_s3_node *n, const char *name)
{
    const struct pail_s3_node *child = pail_s3_node_child(n, name);
    return child ? child->text : PAIL_STR("");
}

bool pail_s3_node_is(const struct pail_s3_node *n, const char *name, const char *text)
{
    return pail_str_eqz(pail_s3_node_text(n, name), text);
}

uint32_t pail_s3_node_u32(const struct pail_s3_node *n, const char *name)
{
    uint64_t v;
    if (!pail_str_to_u64(pail_s3_node_text(n, name), &v) || v > UINT32_MAX)
        return 0;
    return (uint32_t)v;
}

int pail_s3_node_texts(struct pail_s3_tree *t, const struct pail_s3_node *n, const char *name,
                       struct pail_s3_texts *ret, struct pail_error *err)
{
    size_t count = pail_s3_node_count(n, name), i = 0;
    struct pail_str *v = pail_s3_tree_alloc(t, (count + 1) * sizeof(*v));

    if (!v)
        return pail_error_nomem(err);
    for (PAIL_S3_EACH(it, n, name))
        v[i++] = it->text;
    *ret = (struct pail_s3_texts){v, count};
    return 0;
}
