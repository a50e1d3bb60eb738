/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packing: every service is compiled and put behind the others; the index and the header come when
 * all places are known. The same input gives the same bytes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/str.h"
#include "model/pack.h"

struct building {
    struct pail_buf *to;
    size_t start;
    struct pail_pack_header h;
    struct pail_pack_entry *index;
};

static void align(struct building *b)
{
    while ((b->to->len - b->start) % 8 && !b->to->failed)
        pail_buf_char(b->to, '\0');
}

static void begin(struct building *b, struct pail_buf *to, const char *botocore)
{
    b->to = to;
    b->start = to->len;
    b->h = (struct pail_pack_header){
        .magic = PAIL_PACK_MAGIC,
        .version = PAIL_FORMAT_VERSION,
        .order = PAIL_FORMAT_ORDER,
    };
    snprintf(b->h.botocore, sizeof(b->h.botocore), "%s", botocore);
    pail_buf_append(to, &b->h, sizeof(b->h));
}

static void enter(struct building *b, struct pail_str name, size_t from)
{
    struct pail_pack_entry *e = &b->index[b->h.n_services++];
    *e = (struct pail_pack_entry){.at = from - b->start, .size = (uint32_t)(b->to->len - from)};
    memcpy(e->name, name.ptr, name.len);
    align(b);
}

static int end(struct building *b, const char *what, struct pail_error *err)
{
    align(b);
    b->h.index_at = b->to->len - b->start;
    pail_buf_append(b->to, b->index, b->h.n_services * sizeof(*b->index));
    b->h.size = b->to->len - b->start;
    int rc = pail_buf_check(b->to, what, err);
    if (rc == 0)
        memcpy(b->to->ptr + b->start, &b->h, sizeof(b->h));
    return rc;
}

static int add_service(const struct pail_data_path *from, struct pail_str name,
                       struct building *models, struct building *docs, struct pail_error *err)
{
    PAIL_CLEANUP(pail_data_files_done) struct pail_data_files files = {0};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf version = PAIL_BUF_INIT(256);
    size_t model_at = models->to->len, docs_at = docs->to->len;

    if (name.len >= sizeof(models->index[0].name))
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_TOO_BIG,
                              "%.*s: a name too long for the pack", PAIL_STR_ARG(name));
    int rc = pail_data_path_latest(from, name, "service-2", &version, err);
    if (rc == 0)
        rc = pail_data_path_read(from, name, pail_buf_cstr(&version), &files, err);
    if (rc == 0)
        rc = pail_compile(&files.in, models->to, docs->to, err);
    if (rc < 0)
        return rc;
    enter(models, name, model_at);
    enter(docs, name, docs_at);
    return 0;
}

static int add_partitions(const struct pail_data_path *from, struct building *models,
                          struct pail_error *err)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *json = NULL;
    size_t at = models->to->len;

    int rc = pail_data_path_load(from, "partitions", &json, err);
    if (rc < 0)
        return rc;
    if (!json)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_NOT_FOUND,
                              "%s: no partitions.json: not botocore's data directory",
                              from->n ? from->dirs[0] : "models");
    rc = pail_compile_partitions(pail_json_root(json), models->to, err);
    models->h.partitions_at = at - models->start;
    models->h.partitions_size = (uint32_t)(models->to->len - at);
    align(models);
    return rc;
}

static int compare(const void *a, const void *b)
{
    return pail_str_cmp(*(const struct pail_str *)a, *(const struct pail_str *)b);
}

static int add_all(const struct pail_data_path *from, const struct pail_map *names,
                   struct building *models, struct building *docs, struct pail_error *err)
{
    size_t n = pail_map_len(names), i = 0;
    PAIL_AUTOFREE struct pail_str *sorted = pail_calloc(n + 1, sizeof(*sorted));
    void *value;

    if (!sorted)
        return pail_error_nomem(err);
    for (size_t it = 0; pail_map_next(names, &it, &sorted[i], &value);)
        i++;
    qsort(sorted, n, sizeof(*sorted), compare);
    int rc = add_partitions(from, models, err);
    for (i = 0; i < n && rc == 0; i++)
        rc = add_service(from, sorted[i], models, docs, err);
    return rc;
}

static int choose(const struct pail_data_path *from, const char *const *only,
                  struct pail_map *names, struct pail_error *err)
{
    int rc = only ? 0 : pail_data_path_services(from, names, err);
    for (; only && *only && rc == 0; only++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf version = PAIL_BUF_INIT(256);
        rc = pail_data_path_latest(from, pail_str(*only), "service-2", &version, err);
        if (rc == 0 && !version.len)
            rc = pail_error_set(err, PAIL_D_DATA, PAIL_E_NOT_FOUND, "there is no service %s",
                                *only);
        if (rc == 0)
            rc = pail_map_put(names, pail_str(*only), names, NULL, err);
    }
    return rc;
}

int pail_pack_build(const struct pail_data_path *from, const char *botocore,
                    const char *const *only, struct pail_buf *models, struct pail_buf *docs,
                    struct pail_error *err)
{
    PAIL_CLEANUP(pail_map_free_p) struct pail_map *names = NULL;
    struct building m = {0}, d = {0};

    int rc = pail_map_new(&names, err);
    if (rc == 0)
        rc = choose(from, only, names, err);
    if (rc < 0)
        return rc;
    begin(&m, models, botocore);
    begin(&d, docs, botocore);
    m.index = pail_calloc(pail_map_len(names) + 1, sizeof(*m.index));
    d.index = pail_calloc(pail_map_len(names) + 1, sizeof(*d.index));
    if (!m.index || !d.index)
        rc = pail_error_nomem(err);
    if (rc == 0)
        rc = add_all(from, names, &m, &d, err);
    if (rc == 0)
        rc = end(&m, "pack of models", err);
    if (rc == 0)
        rc = end(&d, "pack of documentation", err);
    pail_free(m.index);
    pail_free(d.index);
    return rc;
}
