/* SPDX-License-Identifier: Apache-2.0 */
#include "model/data_path.h"

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/str.h"
#include "crypto/zip.h"

#define MAX_PATH ((size_t)4096)
#define MAX_FILE ((size_t)256 << 20)

void pail_data_path_done(struct pail_data_path *p)
{
    for (size_t i = 0; i < p->n; i++)
        pail_free(p->dirs[i]);
    p->n = 0;
}

int pail_data_path_add(struct pail_data_path *p, struct pail_str dir, struct pail_error *err)
{
    if (p->n == PAIL_ARRAY_LEN(p->dirs))
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_TOO_BIG,
                              "more than %zu directories with models", PAIL_ARRAY_LEN(p->dirs));
    p->dirs[p->n] = pail_strndup(dir);
    if (!p->dirs[p->n])
        return pail_error_nomem(err);
    p->n++;
    return 0;
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* "$NAME" or "${NAME}" at the front of s: its value is appended, its length returned. 0: no
 * variable, or one that is not set, which stays as it is. */
static size_t expand_variable(struct pail_str s, struct pail_buf *to)
{
    char name[128];
    bool braces = s.len > 1 && s.ptr[1] == '{';
    size_t from = braces ? 2 : 1, n = 0;

    while (from + n < s.len && is_name(s.ptr[from + n]) && n + 1 < sizeof(name)) {
        name[n] = s.ptr[from + n];
        n++;
    }
    name[n] = '\0';
    if (n == 0 || (braces && (from + n >= s.len || s.ptr[from + n] != '}')))
        return 0;
    const char *value = pail_env_get(name);
    if (!value)
        return 0;
    pail_buf_z(to, value);
    return from + n + braces;
}

int pail_data_path_add_list(struct pail_data_path *p, struct pail_str list, struct pail_error *err)
{
    struct pail_str one;

    while (pail_str_split(&list, ':', &one)) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf dir = PAIL_BUF_INIT(MAX_PATH);
        const char *home = pail_env_home();
        size_t i = 0;
        if (home && one.len && one.ptr[0] == '~' && (one.len == 1 || one.ptr[1] == '/')) {
            pail_buf_z(&dir, home);
            i = 1;
        }
        while (i < one.len) {
            size_t n = one.ptr[i] == '$' ? expand_variable(pail_str_from(one, i), &dir) : 0;
            if (n == 0)
                pail_buf_char(&dir, one.ptr[i]);
            i += n ? n : 1;
        }
        int rc = pail_buf_check(&dir, "AWS_DATA_PATH", err);
        if (rc == 0 && dir.len)
            rc = pail_data_path_add(p, pail_buf_view(&dir), err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* ---- What is there --------------------------------------------------------------------------- */

static bool is_dir(const char *path)
{
    struct pail_file_stat st;
    return pail_file_stat(path, &st, NULL) == 0 && st.is_dir;
}

/* PATH.json or PATH.json.gz; path is left with the one that is there. */
static bool find_file(struct pail_buf *path)
{
    static const char *const ends[] = {".json", ".json.gz"};
    struct pail_file_stat st;
    size_t len = path->len;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(ends); i++) {
        pail_buf_truncate(path, len);
        pail_buf_z(path, ends[i]);
        if (!path->failed && pail_file_stat(pail_buf_cstr(path), &st, NULL) == 0 && st.is_regular)
            return true;
    }
    return false;
}

struct versions {
    struct pail_buf *dir; /* DIR/SERVICE */
    const char *type;
    struct pail_buf *latest;
};

static int each_version(const char *name, void *ud, struct pail_error *err)
{
    struct versions *v = ud;
    size_t len = v->dir->len;

    pail_buf_fmt(v->dir, "/%s/%s", name, v->type);
    if (find_file(v->dir) && pail_str_cmp(pail_str(name), pail_buf_view(v->latest)) > 0) {
        pail_buf_truncate(v->latest, 0);
        pail_buf_z(v->latest, name);
    }
    pail_buf_truncate(v->dir, len);
    return pail_buf_check(v->latest, name, err);
}

int pail_data_path_latest(const struct pail_data_path *p, struct pail_str service, const char *type,
                          struct pail_buf *ret, struct pail_error *err)
{
    pail_buf_reset(ret);
    if (pail_str_find(service, '/') != SIZE_MAX || service.len == 0 || service.ptr[0] == '.')
        return 0;
    for (size_t i = 0; i < p->n; i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf dir = PAIL_BUF_INIT(MAX_PATH);
        pail_buf_fmt(&dir, "%s/%.*s", p->dirs[i], PAIL_STR_ARG(service));
        int rc = pail_buf_check(&dir, "path of models", err);
        if (rc == 0 && is_dir(pail_buf_cstr(&dir)))
            rc = pail_file_list(pail_buf_cstr(&dir), each_version,
                                &(struct versions){&dir, type, ret}, err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

struct services {
    const char *dir;
    struct pail_map *names;
};

static int each_service(const char *name, void *ud, struct pail_error *err)
{
    struct services *s = ud;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf latest = PAIL_BUF_INIT(MAX_PATH);
    struct pail_data_path one = {.dirs = {(char *)s->dir}, .n = 1};

    int rc = pail_data_path_latest(&one, pail_str(name), "service-2", &latest, err);
    if (rc < 0 || latest.len == 0)
        return rc;
    return pail_map_put(s->names, pail_str(name), s, NULL, err);
}

int pail_data_path_services(const struct pail_data_path *p, struct pail_map *names,
                            struct pail_error *err)
{
    for (size_t i = 0; i < p->n; i++) {
        if (!is_dir(p->dirs[i]))
            continue;
        int rc = pail_file_list(p->dirs[i], each_service, &(struct services){p->dirs[i], names},
                                err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* ---- Reading --------------------------------------------------------------------------------- */

static int read_file(const char *path, struct pail_json **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf plain = PAIL_BUF_INIT(MAX_FILE);
    PAIL_AUTOFREE char *raw = NULL;
    size_t len = 0;

    int rc = pail_file_read_all(path, MAX_FILE, &raw, &len, err);
    if (rc < 0)
        return rc;
    struct pail_str text = pail_strn(raw, len);
    if (pail_str_ends(pail_str(path), PAIL_STR(".gz"))) {
        rc = pail_unzip(text, path, &plain, err);
        if (rc < 0)
            return rc;
        text = pail_buf_view(&plain);
    }
    return pail_json_parse(text, path, ret, err);
}

int pail_data_path_load(const struct pail_data_path *p, const char *name, struct pail_json **ret,
                        struct pail_error *err)
{
    for (size_t i = 0; i < p->n; i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(MAX_PATH);
        pail_buf_fmt(&path, "%s/%s", p->dirs[i], name);
        if (find_file(&path))
            return read_file(pail_buf_cstr(&path), ret, err);
    }
    *ret = NULL;
    return 0;
}

void pail_data_files_done(struct pail_data_files *f)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(f->docs); i++)
        pail_json_free(f->docs[i]);
    *f = (struct pail_data_files){0};
}

int pail_data_path_read(const struct pail_data_path *p, struct pail_str service,
                        const char *version, struct pail_data_files *ret, struct pail_error *err)
{
    struct pail_data_files f = {.in = {.name = service}};
    const struct {
        const char *type;
        const struct pail_jnode **node;
    } parts[] = {
        {"service-2", &f.in.service},         {"service-2.sdk-extras", &f.in.service_extras},
        {"paginators-1", &f.in.paginators},   {"paginators-1.sdk-extras", &f.in.paginators_extras},
        {"waiters-2", &f.in.waiters},         {"examples-1", &f.in.examples},
        {"endpoint-rule-set-1", &f.in.rules},
    };
    PAIL_CLEANUP(pail_buf_done) struct pail_buf rules_version = PAIL_BUF_INIT(MAX_PATH);

    int rc = pail_data_path_latest(p, service, "endpoint-rule-set-1", &rules_version, err);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(parts) && rc == 0; i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(MAX_PATH);
        bool is_rules = parts[i].node == &f.in.rules;
        if (is_rules && rules_version.len == 0)
            continue;
        pail_buf_fmt(&name, "%.*s/%s/%s", PAIL_STR_ARG(service),
                     is_rules ? pail_buf_cstr(&rules_version) : version, parts[i].type);
        rc = pail_buf_check(&name, "path of models", err);
        if (rc == 0)
            rc = pail_data_path_load(p, pail_buf_cstr(&name), &f.docs[i], err);
        *parts[i].node = pail_json_root(f.docs[i]);
    }
    if (rc < 0) {
        pail_data_files_done(&f);
        return rc;
    }
    *ret = f;
    return 0;
}
