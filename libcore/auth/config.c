/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/config.c - two files, one set of profiles.
 *
 * In the config file a section means something by its first word: "profile NAME", "sso-session
 * NAME", "services NAME", and plain "default". Any other section is nobody's. In the credentials
 * file every section is a profile. The name is split off as a shell would, so that it can be
 * quoted; what does not give two words is passed over in silence, as botocore does. Of two sections
 * of the same name the later one counts, as a whole.
 *
 * A profile is a pair of sections, one of each file; a key of the credentials file hides the config
 * file's key of that name, also when either is a nested block.
 *
 * A file that is not there is empty. So is one that may not be read - a daemon's HOME is often
 * somebody else's - but that is remembered and shown in the report of the credentials search.
 * Everything else that is wrong is an error.
 */
#include "auth/config.h"

#include <errno.h>
#include <stdatomic.h>

#include "auth/shellwords.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/env.h"
#include "base/file.h"
#include "base/ini.h"
#include "base/logging.h"
#include "base/map.h"
#include "base/secret.h"
#include "base/str.h"

#define FILE_MAX ((size_t)4 << 20)
#define PATH_TEXT_MAX ((size_t)64 << 10)
#define NO_SECTION SIZE_MAX

enum { CONFIG, CREDENTIALS, N_FILES };

struct source {
    char *path;           /* NULL: no home directory */
    struct pail_ini *ini; /* NULL: nothing to read */
    int unreadable;       /* errno */
    bool exists;
    struct pail_file_stat stat; /* of what was read */
};

struct profile {
    char *name;
    size_t section[N_FILES]; /* NO_SECTION: not in that file */
};

/* "sso-session NAME", "services NAME" */
struct named {
    const char *kind;
    char *name;
    size_t section;
};

struct pail_config {
    _Atomic unsigned refs;
    struct source file[N_FILES];
    struct profile **profile; /* in order of appearance */
    size_t n_profiles, cap_profiles;
    struct pail_map *by_name; /* the same; files are not ours, so no quadratic search */
    struct named *named;
    size_t n_named, cap_named;
};

static const char *const kinds[] = {"sso-session", "services"};

/* ---- Paths ---- */

static bool is_name_char(char c, bool first)
{
    return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (!first && c >= '0' && c <= '9');
}

/* $NAME or ${NAME} at text.ptr[i]: the length of it and its value; 0 when it is neither or not set.
 */
static size_t variable_at(struct pail_str text, size_t i, const char **ret_value)
{
    bool braces = i + 1 < text.len && text.ptr[i + 1] == '{';
    size_t from = i + 1 + braces, to = from;
    while (to < text.len && is_name_char(text.ptr[to], to == from))
        to++;
    if (to == from || (braces && (to == text.len || text.ptr[to] != '}')))
        return 0;
    PAIL_AUTOFREE char *name = pail_strndup(pail_str_sub(text, from, to - from));
    *ret_value = name ? pail_env_get(name) : NULL;
    return *ret_value ? to + braces - i : 0;
}

char *pail_config_expand_path(const char *path)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(PATH_TEXT_MAX);
    struct pail_str text = pail_str(path);
    size_t i = 0;

    const char *home = pail_env_home();
    if (home && path[0] == '~' && (path[1] == '/' || path[1] == '\0')) {
        pail_buf_z(&b, home);
        i = 1;
    }
    while (i < text.len) {
        const char *value = NULL;
        size_t n = text.ptr[i] == '$' ? variable_at(text, i, &value) : 0;
        if (n)
            pail_buf_z(&b, value);
        else
            pail_buf_char(&b, text.ptr[i]);
        i += n ? n : 1;
    }
    if (b.len == 0)
        pail_buf_z(&b, "");
    return pail_buf_take(&b, NULL);
}

/* ---- Reading ---- */

/* Of a config file that is wrong in itself: everything but memory and the disk is PAIL_E_CONFIG.
 * "Unable to parse config file: PATH: line 3: ..." */
static int as_config_error(struct pail_error *e, struct pail_error *err)
{
    if (e->code == PAIL_E_PARSE || e->code == PAIL_E_TOO_BIG) {
        e->domain = PAIL_D_CONFIG;
        e->code = PAIL_E_CONFIG;
        (void)pail_error_prefix(e, "Unable to parse config file");
    }
    pail_error_copy(err, e);
    return e->code;
}

static bool means_absent(const struct pail_error *e)
{
    return e->code == PAIL_E_OS && (e->os_errno == ENOENT || e->os_errno == ENOTDIR ||
                                    e->os_errno == EACCES || e->os_errno == EPERM);
}

static int read_source(struct source *f, struct pail_error *err)
{
    struct pail_error e = PAIL_ERROR_INIT;
    PAIL_AUTOFREE char *text = NULL;
    size_t len = 0;

    if (!f->path)
        return 0;
    /* Before reading: a change in between shows as one the next time. */
    int rc = pail_file_stat(f->path, &f->stat, &e);
    if (rc == 0 && !f->stat.is_regular)
        return 0;
    if (rc == 0)
        rc = pail_file_read_all(f->path, FILE_MAX, &text, &len, &e);
    if (rc < 0 && means_absent(&e)) {
        if (e.os_errno == EACCES || e.os_errno == EPERM) {
            f->unreadable = e.os_errno;
            PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_WARN, "%s", e.message);
        }
        return 0;
    }
    if (rc < 0)
        return as_config_error(&e, err);
    f->exists = true;
    rc = pail_ini_parse(pail_strn(text, len), f->path, &f->ini, &e);
    pail_wipe(text, len);
    return rc < 0 ? as_config_error(&e, err) : 0;
}

static int open_source(struct source *f, const char *variable, const char *fallback,
                       struct pail_error *err)
{
    const char *path = pail_env_get_nonempty(variable);
    if (!path && !pail_env_home())
        return 0;
    f->path = pail_config_expand_path(path ? path : fallback);
    return f->path ? read_source(f, err) : pail_error_nomem(err);
}

/* ---- Sections ---- */

static struct profile *find_profile(const struct pail_config *c, struct pail_str name)
{
    return pail_map_get(c->by_name, name);
}

static int grow(void *array, size_t *cap, size_t n, size_t size, struct pail_error *err)
{
    if (n < *cap)
        return 0;
    size_t bigger = *cap ? 2 * *cap : 8;
    void *p = pail_reallocarray(*(void **)array, bigger, size);
    if (!p)
        return pail_error_nomem(err);
    *(void **)array = p;
    *cap = bigger;
    return 0;
}

static int new_profile(struct pail_config *c, struct pail_str name, struct profile **ret,
                       struct pail_error *err)
{
    int rc = grow(&c->profile, &c->cap_profiles, c->n_profiles, sizeof(*c->profile), err);
    if (rc < 0)
        return rc;
    struct profile *p = pail_zalloc(sizeof(*p));
    if (!p)
        return pail_error_nomem(err);
    c->profile[c->n_profiles++] = p;
    p->section[CONFIG] = p->section[CREDENTIALS] = NO_SECTION;
    p->name = pail_strndup(name);
    if (!p->name)
        return pail_error_nomem(err);
    *ret = p;
    return pail_map_put(c->by_name, name, p, NULL, err);
}

static int add_profile(struct pail_config *c, struct pail_str name, int file, size_t section,
                       struct pail_error *err)
{
    struct profile *p = find_profile(c, name);
    int rc = p ? 0 : new_profile(c, name, &p, err);
    if (rc == 0)
        p->section[file] = section;
    return rc;
}

static int add_named(struct pail_config *c, const char *kind, struct pail_str name, size_t section,
                     struct pail_error *err)
{
    int rc = grow(&c->named, &c->cap_named, c->n_named, sizeof(*c->named), err);
    if (rc < 0)
        return rc;
    char *copy = pail_strndup(name);
    if (!copy)
        return pail_error_nomem(err);
    c->named[c->n_named++] = (struct named){kind, copy, section};
    return 0;
}

/* "KIND NAME"; only the number of words counts, as in botocore, not how the first one ends. */
static int add_prefixed(struct pail_config *c, const char *kind, struct pail_str header,
                        size_t section, struct pail_error *err)
{
    struct pail_shell_words w = {0};
    struct pail_error e = PAIL_ERROR_INIT;
    int rc = pail_shell_words_split(header, &w, &e);
    if (rc == PAIL_E_PARSE)
        return 0;
    if (rc < 0) {
        pail_error_copy(err, &e);
        return rc;
    }
    if (w.n == 2 && kind)
        rc = add_named(c, kind, pail_str(w.word[1]), section, err);
    else if (w.n == 2)
        rc = add_profile(c, pail_str(w.word[1]), CONFIG, section, err);
    pail_shell_words_done(&w);
    return rc;
}

static int add_config_section(struct pail_config *c, struct pail_str header, size_t section,
                              struct pail_error *err)
{
    if (pail_str_starts(header, PAIL_STR("profile")))
        return add_prefixed(c, NULL, header, section, err);
    for (size_t k = 0; k < PAIL_ARRAY_LEN(kinds); k++) {
        if (pail_str_starts(header, pail_str(kinds[k])))
            return add_prefixed(c, kinds[k], header, section, err);
    }
    if (pail_str_eqz(header, "default"))
        return add_profile(c, header, CONFIG, section, err);
    return 0;
}

static int index_sections(struct pail_config *c, struct pail_error *err)
{
    int rc = 0;
    struct pail_str header;

    for (size_t i = 0; rc == 0 && c->file[CONFIG].ini; i++) {
        header = pail_ini_section(c->file[CONFIG].ini, i);
        if (!header.ptr)
            break;
        rc = add_config_section(c, header, i, err);
    }
    for (size_t i = 0; rc == 0 && c->file[CREDENTIALS].ini; i++) {
        header = pail_ini_section(c->file[CREDENTIALS].ini, i);
        if (!header.ptr)
            break;
        rc = add_profile(c, header, CREDENTIALS, i, err);
    }
    return rc;
}

/* ---- The object ---- */

static void destroy(struct pail_config *c)
{
    for (size_t i = 0; i < N_FILES; i++) {
        pail_ini_free(c->file[i].ini);
        pail_free(c->file[i].path);
    }
    for (size_t i = 0; i < c->n_profiles; i++) {
        pail_free(c->profile[i]->name);
        pail_free(c->profile[i]);
    }
    pail_map_free(c->by_name);
    for (size_t i = 0; i < c->n_named; i++)
        pail_free(c->named[i].name);
    pail_free(c->profile);
    pail_free(c->named);
    pail_free(c);
}

int pail_config_load(struct pail_config **ret, struct pail_error *err)
{
    struct pail_config *c = pail_zalloc(sizeof(*c));
    if (!c)
        return pail_error_nomem(err);
    atomic_init(&c->refs, 1);
    int rc = pail_map_new(&c->by_name, err);
    if (rc == 0)
        rc = open_source(&c->file[CONFIG], "AWS_CONFIG_FILE", "~/.aws/config", err);
    if (rc == 0)
        rc = open_source(&c->file[CREDENTIALS], "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials",
                         err);
    if (rc == 0)
        rc = index_sections(c, err);
    if (rc < 0) {
        destroy(c);
        return rc;
    }
    *ret = c;
    return 0;
}

struct pail_config *pail_config_ref(struct pail_config *c)
{
    atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

struct pail_config *pail_config_unref(struct pail_config *c)
{
    if (c && atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) == 1)
        destroy(c);
    return NULL;
}

static bool source_changed(const struct source *f)
{
    struct pail_file_stat now;
    if (!f->path)
        return false;
    if (pail_file_stat(f->path, &now, NULL) < 0 || !now.is_regular)
        return f->exists;
    if (f->unreadable) /* permissions may have changed; only reading tells */
        return now.mtime_ns != f->stat.mtime_ns;
    return !f->exists || now.mtime_ns != f->stat.mtime_ns || now.size != f->stat.size;
}

bool pail_config_changed(const struct pail_config *c)
{
    return source_changed(&c->file[CONFIG]) || source_changed(&c->file[CREDENTIALS]);
}

const char *pail_config_path(const struct pail_config *c)
{
    return c->file[CONFIG].path;
}

const char *pail_config_credentials_path(const struct pail_config *c)
{
    return c->file[CREDENTIALS].path;
}

int pail_config_unreadable(const struct pail_config *c)
{
    return c->file[CONFIG].unreadable;
}

int pail_config_credentials_unreadable(const struct pail_config *c)
{
    return c->file[CREDENTIALS].unreadable;
}

/* ---- Values ---- */

bool pail_config_has_profile(const struct pail_config *c, struct pail_str profile)
{
    return find_profile(c, profile) != NULL;
}

struct pail_str pail_config_profile(const struct pail_config *c, size_t i)
{
    return i < c->n_profiles ? pail_str(c->profile[i]->name) : pail_str(NULL);
}

static struct pail_str get_from(const struct pail_config *c, int file, struct pail_str profile,
                                const char *sub, const char *key)
{
    const struct profile *p = find_profile(c, profile);
    if (!p || p->section[file] == NO_SECTION)
        return pail_str(NULL);
    return pail_ini_get(c->file[file].ini, p->section[file], sub, key);
}

/* Whether the credentials file has that key, be it a value or a block. */
static bool credentials_hide(const struct pail_config *c, struct pail_str profile, const char *key)
{
    const struct profile *p = find_profile(c, profile);
    struct pail_str k, v;
    bool block;

    if (!p || p->section[CREDENTIALS] == NO_SECTION)
        return false;
    for (size_t i = 0;
         pail_ini_key(c->file[CREDENTIALS].ini, p->section[CREDENTIALS], i, &k, &v, &block); i++) {
        if (pail_str_eqz(k, key))
            return true;
    }
    return false;
}

struct pail_str pail_config_get_sub(const struct pail_config *c, struct pail_str profile,
                                    const char *sub, const char *key)
{
    int file = credentials_hide(c, profile, sub ? sub : key) ? CREDENTIALS : CONFIG;
    return get_from(c, file, profile, sub, key);
}

struct pail_str pail_config_get(const struct pail_config *c, struct pail_str profile,
                                const char *key)
{
    return pail_config_get_sub(c, profile, NULL, key);
}

struct pail_str pail_config_get_credentials_file(const struct pail_config *c,
                                                 struct pail_str profile, const char *key)
{
    return get_from(c, CREDENTIALS, profile, NULL, key);
}

struct pail_str pail_config_get_config_file(const struct pail_config *c, struct pail_str profile,
                                            const char *key)
{
    return get_from(c, CONFIG, profile, NULL, key);
}

static const struct named *find_named(const struct pail_config *c, const char *kind,
                                      struct pail_str name)
{
    for (size_t i = c->n_named; i-- > 0;) {
        if (strcmp(c->named[i].kind, kind) == 0 && pail_str_eqz(name, c->named[i].name))
            return &c->named[i];
    }
    return NULL;
}

bool pail_config_has_section(const struct pail_config *c, const char *kind, struct pail_str name)
{
    return find_named(c, kind, name) != NULL;
}

struct pail_str pail_config_get_section(const struct pail_config *c, const char *kind,
                                        struct pail_str name, const char *sub, const char *key)
{
    const struct named *n = find_named(c, kind, name);
    return n ? pail_ini_get(c->file[CONFIG].ini, n->section, sub, key) : pail_str(NULL);
}

bool pail_config_section_key(const struct pail_config *c, const char *kind, struct pail_str name,
                             size_t k, struct pail_str *ret_key, struct pail_str *ret_value)
{
    const struct named *n = find_named(c, kind, name);
    bool block;
    return n && pail_ini_key(c->file[CONFIG].ini, n->section, k, ret_key, ret_value, &block);
}
