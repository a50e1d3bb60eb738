/* SPDX-License-Identifier: Apache-2.0 */
#include "model/pack.h"

#include "base/str.h"

#define MAX_PACK ((size_t)1 << 30)

static const char *damage(const struct pail_pack_header *h, size_t size)
{
    if (size < sizeof(*h) || h->magic != PAIL_PACK_MAGIC)
        return "not a pack of models";
    if (h->order != PAIL_FORMAT_ORDER)
        return "made on a machine of another byte order";
    if (h->version != PAIL_FORMAT_VERSION)
        return "of another version of Pail";
    if (h->size != size)
        return "cut";
    if (h->index_at % 8 || h->index_at > size ||
        h->n_services > (size - h->index_at) / sizeof(struct pail_pack_entry))
        return "damaged: index";
    return NULL;
}

int pail_pack_open_memory(const void *data, size_t size, const char *what, struct pail_pack *ret,
                          struct pail_error *err)
{
    const char *problem = damage(data, size);
    if (problem)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE, "%s: %s", what, problem);
    const struct pail_pack_header *h = data;
    *ret = (struct pail_pack){
        .h = h,
        .index = (const struct pail_pack_entry *)(const void *)((const char *)data + h->index_at),
    };
    return 0;
}

int pail_pack_open(const char *path, struct pail_pack *ret, struct pail_error *err)
{
    struct pail_file_map map = {0};
    int rc = pail_file_map(path, MAX_PACK, &map, err);
    if (rc < 0)
        return rc;
    rc = pail_pack_open_memory(map.ptr, map.len, path, ret, err);
    if (rc < 0)
        pail_file_unmap(&map);
    else
        ret->map = map;
    return rc;
}

void pail_pack_close(struct pail_pack *p)
{
    pail_file_unmap(&p->map);
    *p = (struct pail_pack){0};
}

static struct pail_str entry_name(const struct pail_pack_entry *e)
{
    return pail_strn(e->name, strnlen(e->name, sizeof(e->name)));
}

struct pail_str pail_pack_name(const struct pail_pack *p, size_t i)
{
    return p->h && i < p->h->n_services ? entry_name(&p->index[i]) : pail_str(NULL);
}

static struct pail_bytes bytes_at(const struct pail_pack *p, uint64_t at, uint64_t size)
{
    if (at % 8 || at > p->h->size || size > p->h->size - at)
        return (struct pail_bytes){NULL, 0};
    return (struct pail_bytes){(const char *)p->h + at, (size_t)size};
}

struct pail_bytes pail_pack_find(const struct pail_pack *p, struct pail_str name)
{
    size_t low = 0, high = p->h ? p->h->n_services : 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct pail_pack_entry *e = &p->index[middle];
        int c = pail_str_cmp(name, entry_name(e));
        if (c == 0)
            return bytes_at(p, e->at, e->size);
        if (c < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return (struct pail_bytes){NULL, 0};
}

struct pail_bytes pail_pack_partitions(const struct pail_pack *p)
{
    return p->h ? bytes_at(p, p->h->partitions_at, p->h->partitions_size)
                : (struct pail_bytes){NULL, 0};
}
