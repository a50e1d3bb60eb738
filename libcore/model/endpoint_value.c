/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "base/str.h"
#include "model/endpoint_eval.h"

#define BLOCK ((size_t)4 << 10)

struct pail_arena_block {
    struct pail_arena_block *next;
    size_t size;
    uint64_t room[];
};

void *pail_arena_alloc(struct pail_arena *a, size_t size)
{
    size = (size + 7) & ~(size_t)7;
    if (!a->blocks || size > a->blocks->size - a->used) {
        size_t room = size > BLOCK ? size : BLOCK;
        struct pail_arena_block *block = pail_alloc(sizeof(*block) + room);
        if (!block)
            return NULL;
        block->next = a->blocks;
        block->size = room;
        a->blocks = block;
        a->used = 0;
    }
    void *p = (char *)a->blocks->room + a->used;
    a->used += size;
    return p;
}

void pail_arena_done(struct pail_arena *a)
{
    while (a->blocks) {
        struct pail_arena_block *next = a->blocks->next;
        pail_free(a->blocks);
        a->blocks = next;
    }
    a->used = 0;
}

const struct pail_rule_value *pail_rule_get(const struct pail_rule_value *map, struct pail_str key)
{
    for (size_t i = 0; map->type == PAIL_RULE_MAP && i < map->n; i++)
        if (pail_str_eq(map->keys[i], key))
            return &map->items[i];
    return NULL;
}

void pail_rule_json(struct pail_jwriter *w, const struct pail_rule_value *v)
{
    switch (v->type) {
    case PAIL_RULE_BOOL:
        pail_jw_bool(w, v->boolean);
        break;
    case PAIL_RULE_INT:
        pail_jw_int(w, v->integer);
        break;
    case PAIL_RULE_STRING:
        pail_jw_str(w, v->string);
        break;
    case PAIL_RULE_LIST:
        pail_jw_array(w);
        for (size_t i = 0; i < v->n; i++)
            pail_rule_json(w, &v->items[i]);
        pail_jw_end_array(w);
        break;
    case PAIL_RULE_MAP:
        pail_jw_object(w);
        for (size_t i = 0; i < v->n; i++) {
            pail_jw_key(w, v->keys[i]);
            pail_rule_json(w, &v->items[i]);
        }
        pail_jw_end_object(w);
        break;
    case PAIL_RULE_UNSET:
    case PAIL_RULE_NULL:
        pail_jw_null(w);
        break;
    }
}
