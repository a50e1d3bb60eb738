/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protocol/xmltree.h - an XML document as a tree, for answers whose shape only the model knows.
 *
 * Nodes are numbers, 0 is the root, PAIL_XNONE none. Names are without prefixes. Text of elements
 * that have children is not kept. Immutable after parsing; views live as long as the tree.
 */
#ifndef PAIL_PROTOCOL_XMLTREE_H
#define PAIL_PROTOCOL_XMLTREE_H

#include "base/buf.h"

#define PAIL_XNONE UINT32_MAX

struct pail_xtree;

PAIL_CHECK int pail_xtree_parse(struct pail_str text, const char *what, struct pail_xtree **ret,
                                struct pail_error *err);
void pail_xtree_free(struct pail_xtree *t); /* NULL is fine */
PAIL_DEFINE_CLEANUP(struct pail_xtree, pail_xtree_free)

struct pail_str pail_xtree_name(const struct pail_xtree *t, uint32_t node);
struct pail_str pail_xtree_text(const struct pail_xtree *t, uint32_t node);
uint32_t pail_xtree_first(const struct pail_xtree *t, uint32_t node); /* child */
uint32_t pail_xtree_next(const struct pail_xtree *t, uint32_t node);  /* sibling */
/* The first child of that name, the next sibling of the same name. */
uint32_t pail_xtree_child(const struct pail_xtree *t, uint32_t node, struct pail_str name);
uint32_t pail_xtree_same(const struct pail_xtree *t, uint32_t node);
/* name may have a prefix: any prefix will do then. ptr NULL: it has none. */
struct pail_str pail_xtree_attribute(const struct pail_xtree *t, uint32_t node,
                                     struct pail_str name);

#endif
