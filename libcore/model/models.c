/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All services: directories first, then the pack, as boto3 looks for them.
 *
 * A service that no directory mentions, which is nearly always so, is a binary search in the pack's
 * index and the check of one header. One that a directory has is compiled when it is first asked
 * for; what its directory lacks (paginators, waiters, rules) comes from the pack when that has the
 * same API version, just as the files of one version complete each other in botocore. The lock is
 * never held while files are read: of two threads that compile the same service at once the second
 * throws its result away. An installed botocore is the last of the directories, but asked only when
 * the others and the pack do not have a service, since finding it takes a dozen looks at the disk.
 */
#include "model/models.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/str.h"

#ifndef PAIL_MODELS_PATH
#define PAIL_MODELS_PATH "/usr/local/share/pail/models.pack"
#endif

/* Where a pack may lie: seen from the program, in an installation that was moved, and in the build
 * tree. */
static const char *const beside[] = {"../share/pail/models.pack", "../libcore/model/models.pack"};

/* ---- Opening --------------------------------------------------------------------------------- */

static bool is_there(const char *path)
{
    struct pail_file_stat st;
    return *path && pail_file_stat(path, &st, NULL) == 0 && st.is_regular;
}

/* The installed one, else one beside the program, else the installed one's path for the message. */
static char *default_path(void)
{
    char program[1024];
    ssize_t n = readlink("/proc/self/exe", program, sizeof(program));
    struct pail_str dir = pail_strn(program, n > 0 && (size_t)n < sizeof(program) ? (size_t)n : 0);
    size_t slash = pail_str_rfind(dir, '/');

    for (size_t i = 0;
         !is_there(PAIL_MODELS_PATH) && slash != SIZE_MAX && i < PAIL_ARRAY_LEN(beside); i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(2048);
        pail_buf_fmt(&path, "%.*s/%s", (int)slash, program, beside[i]);
        if (!path.failed && is_there(pail_buf_cstr(&path)))
            return pail_buf_take(&path, NULL);
    }
    return pail_strdup(PAIL_MODELS_PATH);
}

static int open_pack(struct pail_models *m, const char *path, struct pail_error *err)
{
    if (!path)
        path = pail_env_get_nonempty("PAIL_MODELS");
    m->pack_path = path ? pail_strdup(path) : default_path();
    if (!m->pack_path)
        return pail_error_nomem(err);
    path = m->pack_path;
    if (!is_there(path))
        return 0;
    int rc = pail_pack_open(path, &m->pack, err);
    if (rc < 0)
        return rc;
    struct pail_bytes p = pail_pack_partitions(&m->pack);
    return pail_blob_open(p.ptr, p.len, path, &m->partitions, err);
}

static int open_dirs(struct pail_models *m, const struct pail_models_options *o,
                     struct pail_error *err)
{
    const char *list = o->data_path ? o->data_path : pail_env_get("AWS_DATA_PATH");
    const char *user = o->user_dir ? o->user_dir : "~/.aws/models";

    int rc = list ? pail_data_path_add_list(&m->dirs, pail_str(list), err) : 0;
    if (rc == 0)
        rc = pail_data_path_add_list(&m->dirs, pail_str(user), err);
    for (size_t i = 0; i < m->dirs.n && rc == 0; i++) {
        struct pail_file_stat st;
        m->has_dirs |= pail_file_stat(m->dirs.dirs[i], &st, NULL) == 0 && st.is_dir;
    }
    return rc;
}

/* partitions.json of a directory goes before the pack's. */
static int open_partitions(struct pail_models *m, const struct pail_data_path *dirs,
                           struct pail_error *err)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *json = NULL;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf blob = PAIL_BUF_INIT(1 << 24);

    int rc = pail_data_path_load(dirs, "partitions", &json, err);
    if (rc < 0 || !json)
        return rc;
    rc = pail_compile_partitions(pail_json_root(json), &blob, err);
    if (rc < 0)
        return rc;
    size_t size;
    m->own_partitions = pail_buf_take(&blob, &size);
    return pail_blob_open(m->own_partitions, size, "partitions", &m->partitions, err);
}

/* The data of an installed botocore; empty where there is none. The first time it is looked for. */
static int find_installed(struct pail_models *m, const struct pail_data_path **ret,
                          struct pail_error *err)
{
    struct pail_data_path found = {0};

    pail_mutex_lock(&m->lock);
    bool looked = m->locked.looked || !m->may_look;
    pail_mutex_unlock(&m->lock);
    int rc = looked ? 0 : pail_data_path_add_installed(&found, err);
    if (rc < 0)
        return rc;
    pail_mutex_lock(&m->lock);
    if (!looked && !m->locked.looked) {
        m->locked.installed = found;
        found.n = 0;
        m->locked.looked = true;
    }
    *ret = &m->locked.installed;
    pail_mutex_unlock(&m->lock);
    pail_data_path_done(&found);
    return 0;
}

/* Without a pack the partitions are an installed botocore's, too. */
static int open_installed_partitions(struct pail_models *m, struct pail_error *err)
{
    const struct pail_data_path *installed;

    int rc = find_installed(m, &installed, err);
    return rc < 0 || !installed->n ? rc : open_partitions(m, installed, err);
}

int pail_models_new(const struct pail_models_options *options, struct pail_models **ret,
                    struct pail_error *err)
{
    static const struct pail_models_options none;
    struct pail_models *m = pail_zalloc(sizeof(*m));
    if (!m)
        return pail_error_nomem(err);
    pail_mutex_init(&m->lock, "models", PAIL_RANK_LEAF);
    if (!options)
        options = &none;
    m->may_look = !options->no_installed;
    int rc = pail_map_new(&m->locked.services, err);
    if (rc == 0)
        rc = open_pack(m, options->pack, err);
    if (rc == 0)
        rc = open_dirs(m, options, err);
    if (rc == 0 && m->has_dirs)
        rc = open_partitions(m, &m->dirs, err);
    if (rc == 0 && !m->partitions.h)
        rc = open_installed_partitions(m, err);
    if (rc < 0)
        pail_models_free(m);
    else
        *ret = m;
    return rc;
}

struct pail_models *pail_models_free(struct pail_models *m)
{
    struct pail_str name;
    void *service;

    if (!m)
        return NULL;
    for (size_t it = 0;
         m->locked.services && pail_map_next(m->locked.services, &it, &name, &service);)
        pail_service_free(service);
    pail_map_free(m->locked.services);
    pail_map_free(m->locked.known);
    pail_free(m->locked.names);
    pail_pack_close(&m->locked.docs);
    pail_pack_close(&m->pack);
    pail_data_path_done(&m->dirs);
    pail_data_path_done(&m->locked.installed);
    pail_free(m->own_partitions);
    pail_free(m->pack_path);
    pail_mutex_done(&m->lock);
    pail_free(m);
    return NULL;
}

void pail_models_pack(const struct pail_models *m, struct pail_str *ret_path,
                      struct pail_str *ret_botocore)
{
    const struct pail_pack_header *h = m->pack.h;
    *ret_path = h ? pail_str(m->pack_path) : pail_str(NULL);
    *ret_botocore = h ? pail_strn(h->botocore, strnlen(h->botocore, sizeof(h->botocore)))
                      : pail_str(NULL);
}

const struct pail_blob *pail_models_partitions(const struct pail_models *m)
{
    return m->partitions.h ? &m->partitions : &pail_blob_empty;
}

/* ---- One service ----------------------------------------------------------------------------- */

static int unknown(const struct pail_models *m, struct pail_str name, struct pail_error *err)
{
    if (!m->pack.h)
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_NOT_FOUND,
                              "Unknown service: '%.*s' (there are no service models at %s; build "
                              "Pail with botocore, install it, or set "
                              "PAIL_MODELS or AWS_DATA_PATH)",
                              PAIL_STR_ARG(name), m->pack_path);
    return pail_error_set(err, PAIL_D_USAGE, PAIL_E_NOT_FOUND, "Unknown service: '%.*s'",
                          PAIL_STR_ARG(name));
}

static bool same_version(const struct pail_service *s, const char *version)
{
    return pail_str_eqz(pail_blob_str(&s->blobs[1], s->blobs[1].h->api_version), version);
}

/* The pack's part; none when it does not have the service. */
static int add_packed(const struct pail_models *m, struct pail_str name, struct pail_service *s,
                      struct pail_error *err)
{
    struct pail_bytes blob = pail_pack_find(&m->pack, name);
    return blob.ptr ? pail_blob_open(blob.ptr, blob.len, m->pack_path, &s->blobs[1], err) : 0;
}

/* What the directories have of the newest version of all. Nothing: blobs[0] stays closed. */
static int add_compiled(const struct pail_data_path *dirs, struct pail_str name,
                        struct pail_service *s, struct pail_error *err)
{
    PAIL_CLEANUP(pail_data_files_done) struct pail_data_files files = {0};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf version = PAIL_BUF_INIT(256);
    struct pail_service *compiled = NULL;

    int rc = pail_data_path_latest(dirs, name, "service-2", &version, err);
    if (rc < 0)
        return rc;
    if (s->blobs[1].h) {
        struct pail_str packed = pail_blob_str(&s->blobs[1], s->blobs[1].h->api_version);
        if (pail_str_cmp(packed, pail_buf_view(&version)) > 0) {
            pail_buf_reset(&version);
            pail_buf_str(&version, packed);
        }
    }
    rc = pail_buf_check(&version, "API version", err);
    if (rc == 0)
        rc = pail_data_path_read(dirs, name, pail_buf_cstr(&version), &files, err);
    if (rc < 0)
        return rc;
    const struct pail_compile_input *in = &files.in;
    if (!in->service && !in->paginators && !in->waiters && !in->rules)
        return 0;
    rc = pail_service_compile(in, &compiled, err);
    if (rc < 0)
        return rc;
    /* Take over what was compiled. */
    s->blobs[0] = compiled->blobs[0];
    s->compiled = PAIL_STEAL(compiled->compiled);
    s->compiled_size = compiled->compiled_size;
    s->docs = PAIL_STEAL(compiled->docs);
    s->docs_size = compiled->docs_size;
    pail_service_free(compiled);
    return 0;
}

/* The service is in no directory of the user's, and not in the pack. */
static int add_installed(struct pail_models *m, struct pail_str name, struct pail_service *s,
                         struct pail_error *err)
{
    const struct pail_data_path *installed;

    int rc = find_installed(m, &installed, err);
    if (rc == 0 && installed->n)
        rc = add_compiled(installed, name, s, err);
    if (rc == 0)
        pail_service_arrange(s);
    return rc;
}

static int load(struct pail_models *m, struct pail_str name, struct pail_service **ret,
                struct pail_error *err)
{
    struct pail_service *s = pail_zalloc(sizeof(*s));
    if (!s)
        return pail_error_nomem(err);
    int rc = add_packed(m, name, s, err);
    if (rc == 0 && m->has_dirs)
        rc = add_compiled(&m->dirs, name, s, err);
    if (rc == 0)
        pail_service_arrange(s);
    if (rc == 0 && s->model == &pail_blob_empty && !s->blobs[0].h)
        rc = add_installed(m, name, s, err);
    if (rc == 0 && s->model == &pail_blob_empty)
        rc = unknown(m, name, err);
    if (rc < 0) {
        pail_service_free(s);
        return rc;
    }
    s->name = pail_blob_str(s->model, s->model->h->name);
    if (s->model_compiled && s->blobs[1].h) {
        PAIL_AUTOFREE char *version = pail_strndup(
            pail_blob_str(s->model, s->model->h->api_version));
        if (!version ||
            !same_version(
                s, version)) { /* files of one version belong together; rules do not have one */
            s->paginators = s->paginators == &s->blobs[1] ? &pail_blob_empty : s->paginators;
            s->waiters = s->waiters == &s->blobs[1] ? &pail_blob_empty : s->waiters;
        }
    }
    *ret = s;
    return 0;
}

int pail_models_service(struct pail_models *m, struct pail_str name,
                        const struct pail_service **ret, struct pail_error *err)
{
    struct pail_service *mine = NULL;
    const struct pail_service *found;

    pail_mutex_lock(&m->lock);
    found = pail_map_get(m->locked.services, name);
    pail_mutex_unlock(&m->lock);
    if (found) {
        *ret = found;
        return 0;
    }
    int rc = load(m, name, &mine, err);
    if (rc < 0)
        return rc;
    pail_mutex_lock(&m->lock);
    found = pail_map_get(m->locked.services, name);
    if (!found) {
        rc = pail_map_put(m->locked.services, name, mine, NULL, err);
        if (rc == 0)
            found = PAIL_STEAL(mine);
    }
    pail_mutex_unlock(&m->lock);
    pail_service_free(mine);
    if (rc == 0)
        *ret = found;
    return rc;
}

/* ---- All names ------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    return pail_str_cmp(*(const struct pail_str *)a, *(const struct pail_str *)b);
}

/* The names, sorted; they point into *ret_map. */
static int collect(struct pail_models *m, struct pail_map **ret_map, struct pail_str **ret_names)
{
    PAIL_CLEANUP(pail_map_free_p) struct pail_map *map = NULL;
    const struct pail_data_path *installed = NULL;
    int rc = pail_map_new(&map, NULL);
    struct pail_str name;
    void *value;

    for (size_t i = 0; rc == 0 && (name = pail_pack_name(&m->pack, i)).ptr; i++)
        rc = pail_map_put(map, name, map, NULL, NULL);
    if (rc == 0 && m->has_dirs)
        rc = pail_data_path_services(&m->dirs, map, NULL);
    if (rc == 0 && !m->pack.h)
        rc = find_installed(m, &installed, NULL);
    if (rc == 0 && installed)
        rc = pail_data_path_services(installed, map, NULL);
    struct pail_str *names = rc == 0 ? pail_calloc(pail_map_len(map) + 1, sizeof(*names)) : NULL;
    if (!names)
        return rc < 0 ? rc : PAIL_E_NOMEM;
    size_t n = 0;
    for (size_t it = 0; pail_map_next(map, &it, &names[n], &value);)
        n++;
    qsort(names, n, sizeof(*names), compare);
    *ret_names = names;
    *ret_map = PAIL_STEAL(map);
    return 0;
}

bool pail_models_name(struct pail_models *m, size_t i, struct pail_str *ret)
{
    struct pail_map *map = NULL;
    struct pail_str *names = NULL;

    pail_mutex_lock(&m->lock);
    bool known = m->locked.known != NULL;
    pail_mutex_unlock(&m->lock);
    if (!known && collect(m, &map, &names) < 0)
        return false;
    pail_mutex_lock(&m->lock);
    if (!m->locked.known) {
        m->locked.n_names = pail_map_len(map);
        m->locked.known = PAIL_STEAL(map);
        m->locked.names = PAIL_STEAL(names);
    }
    bool there = i < m->locked.n_names;
    if (there)
        *ret = m->locked.names[i];
    pail_mutex_unlock(&m->lock);
    pail_map_free(map);
    pail_free(names);
    return there;
}
