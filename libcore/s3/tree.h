/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/tree.h - an answer's document as a tree, for configurations: small, nested, read once. What is
 * built from it lives in the same memory, which becomes the result's `impl`. One thread.
 */
#ifndef PAIL_S3_TREE_H
#define PAIL_S3_TREE_H

#include <pail/s3_tags.h>

#include "base/macros.h"

struct pail_s3_node {
    struct pail_str name, text;
    struct pail_s3_node *first, *last, *next;
};
struct pail_s3_tree {
    struct pail_s3_tree_block *blocks;
    struct pail_s3_node *root;
};

/* The root must have this name. PAIL_E_GARBAGE otherwise. */
PAIL_CHECK int pail_s3_tree_new(struct pail_str body, const char *root, struct pail_s3_tree **ret,
                                struct pail_error *err);
/* Without a document: memory only. */
PAIL_CHECK int pail_s3_tree_empty(struct pail_s3_tree **ret, struct pail_error *err);
void pail_s3_tree_free(struct pail_s3_tree *t); /* NULL is fine */
/* Zeroed; lives as long as the tree. NULL: out of memory. */
void *pail_s3_tree_alloc(struct pail_s3_tree *t, size_t size);
struct pail_str pail_s3_tree_text(struct pail_s3_tree *t, struct pail_str text); /* a copy */

/* All accept NULL nodes. */
const struct pail_s3_node *pail_s3_node_child(const struct pail_s3_node *n, const char *name);
/* The next sibling of that name, from n itself on. */
const struct pail_s3_node *pail_s3_node_named(const struct pail_s3_node *n, const char *name);
size_t pail_s3_node_count(const struct pail_s3_node *n, const char *name);
struct pail_str pail_s3_node_text(const struct pail_s3_node *n, const char *name);
bool pail_s3_node_is(const struct pail_s3_node *n, const char *name, const char *text);
/* A number of 32 bits; 0 where there is none or it is no number. */
uint32_t pail_s3_node_u32(const struct pail_s3_node *n, const char *name);
/* Every child of that name. */
PAIL_CHECK int pail_s3_node_texts(struct pail_s3_tree *t, const struct pail_s3_node *n,
                                  const char *name, struct pail_s3_texts *ret,
                                  struct pail_error *err);

/* for (PAIL_S3_EACH(it, node, "Rule")) */
#define PAIL_S3_EACH(it, node, child_name)                                                         \
    const struct pail_s3_node *it = pail_s3_node_child((node), (child_name));                      \
    it;                                                                                            \
    it = pail_s3_node_named(it->next, (child_name))

#endif
