/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/provider_boto2.c - two old files: the one that the first EC2 tools used, named by
 * AWS_CREDENTIAL_FILE, with lines "AWSAccessKeyId=..." and "AWSSecretKey=..."; and boto 2's own
 * configuration with its section [Credentials].
 */
#include "auth/lookup.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/ini.h"
#include "base/secret.h"
#include "base/str.h"

#define FILE_MAX ((size_t)1 << 20)

struct text {
    char *path, *ptr;
    size_t len;
};

static void text_done(struct text *t)
{
    if (t->ptr)
        pail_wipe(t->ptr, t->len);
    pail_free(t->ptr);
    pail_free(t->path);
}

static bool means_absent(const struct pail_error *e)
{
    return e->code == PAIL_E_OS && (e->os_errno == ENOENT || e->os_errno == ENOTDIR ||
                                    e->os_errno == EACCES || e->os_errno == EISDIR);
}

/* PAIL_E_NOT_FOUND: there is no such file, or not for us. */
static int read_text(const char *path, struct text *ret, struct pail_error *err)
{
    struct pail_error e = PAIL_ERROR_INIT;
    ret->path = pail_config_expand_path(path);
    if (!ret->path)
        return pail_error_nomem(err);
    int rc = pail_file_read_all(ret->path, FILE_MAX, &ret->ptr, &ret->len, &e);
    if (rc < 0 && means_absent(&e))
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_NOT_FOUND,
                              "The specified config file (%s) could not be found.", ret->path);
    if (rc < 0)
        pail_error_copy(err, &e);
    return rc;
}

/* ---- The first EC2 tools' ---- */

/* Value of the last line "NAME = VALUE"; ptr NULL: none. */
static struct pail_str line_value(struct pail_str text, const char *name)
{
    struct pail_str found = pail_str(NULL), line;
    while (pail_str_split(&text, '\n', &line)) {
        size_t equals = pail_str_find(line, '=');
        if (equals != SIZE_MAX && pail_str_eqz(pail_str_trim(pail_str_sub(line, 0, equals)), name))
            found = pail_str_trim(pail_str_from(line, equals + 1));
    }
    return found;
}

static int from_lines(struct pail_str text, struct pail_credentials **ret, struct pail_error *err)
{
    struct pail_credentials_fields f = {
        .method = "ec2-credentials-file",
        .access_key = line_value(text, "AWSAccessKeyId"),
        .secret_key = line_value(text, "AWSSecretKey"),
    };
    if (!f.access_key.len)
        return pail_lookup_none(err, "no AWSAccessKeyId in the file of AWS_CREDENTIAL_FILE");
    if (!f.secret_key.len)
        return pail_lookup_partial(err, f.method, "AWSSecretKey");
    return pail_credentials_new(&f, ret, err);
}

int pail_find_ec2_file(const struct pail_lookup *l, struct pail_credentials **ret,
                       struct pail_error *err)
{
    const char *path = pail_env_get("AWS_CREDENTIAL_FILE");
    struct text t = {0};

    if (!path)
        return pail_lookup_none(err, "AWS_CREDENTIAL_FILE is not set");
    int rc = read_text(path, &t, err);
    if (rc == PAIL_E_NOT_FOUND) {
        rc = PAIL_E_CONFIG;
        if (err)
            err->code = PAIL_E_CONFIG;
    }
    if (rc == 0)
        rc = from_lines(pail_strn(t.ptr, t.len), ret, err);
    text_done(&t);
    return rc;
}

/* ---- boto 2's ---- */

static size_t find_section(const struct pail_ini *ini, const char *name)
{
    struct pail_str section;
    for (size_t i = 0; (section = pail_ini_section(ini, i)).ptr; i++) {
        if (pail_str_eqz(section, name))
            return i;
    }
    return SIZE_MAX;
}

static int from_ini(const struct text *t, struct pail_credentials **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_ini_free_p) struct pail_ini *ini = NULL;
    struct pail_credentials_fields f = {.method = "boto-config"};
    struct pail_error e = PAIL_ERROR_INIT;

    int rc = pail_ini_parse(pail_strn(t->ptr, t->len), t->path, &ini, &e);
    if (rc == PAIL_E_PARSE)
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG, "Unable to parse config file: %s",
                              e.message);
    if (rc < 0) {
        pail_error_copy(err, &e);
        return rc;
    }
    size_t section = find_section(ini, "Credentials");
    if (section != SIZE_MAX)
        f.access_key = pail_ini_get(ini, section, NULL, "aws_access_key_id");
    if (!f.access_key.len)
        return pail_lookup_none(err, "no keys in %s", t->path);
    f.secret_key = pail_ini_get(ini, section, NULL, "aws_secret_access_key");
    if (!f.secret_key.len)
        return pail_lookup_partial(err, f.method, "aws_secret_access_key");
    return pail_credentials_new(&f, ret, err);
}

static int find_in(const char *path, struct pail_credentials **ret, struct pail_error *err)
{
    struct text t = {0};
    struct pail_error e = PAIL_ERROR_INIT;
    int rc = read_text(path, &t, &e);
    if (rc == PAIL_E_NOT_FOUND)
        rc = pail_lookup_none(err, "%s is not there", t.path);
    else if (rc < 0)
        pail_error_copy(err, &e);
    else
        rc = from_ini(&t, ret, err);
    text_done(&t);
    return rc;
}

int pail_find_boto_config(const struct pail_lookup *l, struct pail_credentials **ret,
                          struct pail_error *err)
{
    const char *own = pail_env_get("BOTO_CONFIG");
    if (own)
        return find_in(own, ret, err);
    struct pail_error e = PAIL_ERROR_INIT;
    int rc = find_in("/etc/boto.cfg", ret, &e);
    if (rc != PAIL_E_NO_CREDENTIALS) {
        pail_error_copy(err, rc < 0 ? &e : NULL);
        return rc;
    }
    if (!pail_env_home())
        return pail_lookup_none(err, "neither BOTO_CONFIG nor a home directory");
    return find_in("~/.boto", ret, err);
}
