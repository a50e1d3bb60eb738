/* SPDX-License-Identifier: Apache-2.0 */
/* base/list.h - intrusive doubly linked list. The head is a struct pail_list; so is each link. */
#ifndef PAIL_BASE_LIST_H
#define PAIL_BASE_LIST_H

#include "base/macros.h"

struct pail_list {
    struct pail_list *next, *prev;
};

static inline void pail_list_init(struct pail_list *l)
{
    l->next = l->prev = l;
}
static inline bool pail_list_empty(const struct pail_list *l)
{
    return l->next == l;
}
static inline void pail_list_insert_(struct pail_list *prev, struct pail_list *next,
                                     struct pail_list *link)
{
    link->prev = prev;
    link->next = next;
    prev->next = link;
    next->prev = link;
}
static inline void pail_list_append(struct pail_list *head, struct pail_list *link)
{
    pail_list_insert_(head->prev, head, link);
}
static inline void pail_list_prepend(struct pail_list *head, struct pail_list *link)
{
    pail_list_insert_(head, head->next, link);
}
/* Leaves the link initialised, so removing twice is harmless. */
static inline void pail_list_remove(struct pail_list *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    pail_list_init(link);
}
static inline struct pail_list *pail_list_pop(struct pail_list *head)
{
    if (pail_list_empty(head))
        return NULL;
    struct pail_list *link = head->next;
    pail_list_remove(link);
    return link;
}
/* Moves everything from `from` to the end of `to`. */
static inline void pail_list_splice(struct pail_list *to, struct pail_list *from)
{
    if (pail_list_empty(from))
        return;
    struct pail_list *first = from->next, *last = from->prev;
    pail_list_init(from);
    first->prev = to->prev;
    to->prev->next = first;
    last->next = to;
    to->prev = last;
}

/* PAIL_LIST_FOR(it, &head) { struct x *x = PAIL_CONTAINER(it, struct x, link); ... } The body may
 * remove `it` but no other link. */
#define PAIL_LIST_FOR(it, head)                                                                    \
    for (struct pail_list *it = (head)->next, *it##_next = it->next; it != (head);                 \
         it = it##_next, it##_next = it->next)

#endif
