/* SPDX-License-Identifier: Apache-2.0 */
/* meta/nodes.h - inside fs/meta: a growing list of copied nodes. */
#ifndef PAIL_META_NODES_H
#define PAIL_META_NODES_H

#include "meta/node.h"

struct pail_nodes {
    struct pail_node_copy *at;
    size_t n, cap;
};
#define PAIL_NODES_INIT                                                                            \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

void pail_nodes_done(struct pail_nodes *list);
PAIL_CHECK int pail_nodes_add(struct pail_nodes *list, const struct pail_node *n,
                              struct pail_error *err);
/* Up to max rows of `s`, which is reset afterwards. */
PAIL_CHECK int pail_nodes_collect_locked(struct pail_nodes *list, struct pail_meta *m,
                                         sqlite3_stmt *s, size_t max, struct pail_error *err);

#endif
