/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/nodes.c - a growing list of copied nodes: what a statement found, to be changed when the
 * statement no longer stands in the table.
 */
#include "meta/nodes.h"

#include "base/alloc.h"

void pail_nodes_done(struct pail_nodes *list)
{
    for (size_t i = 0; i < list->n; i++)
        pail_node_copy_done(&list->at[i]);
    pail_free(list->at);
    *list = (struct pail_nodes)PAIL_NODES_INIT;
}

int pail_nodes_add(struct pail_nodes *list, const struct pail_node *n, struct pail_error *err)
{
    if (list->n == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 16;
        struct pail_node_copy *at = pail_reallocarray(list->at, cap, sizeof(*at));
        if (!at)
            return pail_error_nomem(err);
        list->at = at;
        list->cap = cap;
    }
    struct pail_node_copy *c = &list->at[list->n];
    pail_node_copy_init(c);
    int rc = pail_node_copy_set(c, n, err);
    if (rc == 0)
        list->n++;
    return rc;
}

int pail_nodes_collect_locked(struct pail_nodes *list, struct pail_meta *m, sqlite3_stmt *s,
                              size_t max, struct pail_error *err)
{
    int rc = 0;
    while (list->n < max && (rc = pail_stmt_step(m, s, err)) > 0) {
        struct pail_node n;
        pail_node_read(m, s, &n);
        rc = pail_nodes_add(list, &n, err);
        if (rc < 0)
            break;
    }
    pail_stmt_reset(s);
    return rc < 0 ? rc : 0;
}
