/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/diskcache.c - names, contents and times exactly as the AWS CLI has them.
 *
 * Times of roles end in "+00:00" and those of SSO roles in "Z", because that is how the two come
 * out of the CLI; both are read by both.
 */
#include "auth/diskcache.h"

#include "auth/expiration.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/logging.h"
#include "base/secret.h"
#include "base/str.h"
#include "base/timefmt.h"
#include "base/utf8.h"
#include "crypto/digest.h"

#include <errno.h>

#define FILE_MAX ((size_t)1 << 20)
#define PATH_TEXT_MAX ((size_t)16 << 10)
#define FRESH_S 900

/* ---- Files ---- */

int pail_diskcache_dir(enum pail_diskcache which, struct pail_buf *to, struct pail_error *err)
{
    static const char *const below_home[] = {
        [PAIL_CACHE_ROLES] = "/.aws/cli/cache",
        [PAIL_CACHE_SSO] = "/.aws/sso/cache",
        [PAIL_CACHE_LOGIN] = "/.aws/login/cache",
    };
    const char *home = pail_env_home();
    const char *own = which == PAIL_CACHE_LOGIN ? pail_env_get_nonempty("AWS_LOGIN_CACHE_DIRECTORY")
                                                : NULL;
    if (own && !(own[0] == '~' && (own[1] == '/' || !own[1]))) {
        pail_buf_z(to, own);
    } else if (home) {
        pail_buf_z(to, home);
        pail_buf_z(to, own ? own + 1 : below_home[which]);
    } else {
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG, "~%s: no home directory",
                              below_home[which]);
    }
    return pail_buf_check(to, "cache directory", err);
}

int pail_diskcache_path(enum pail_diskcache which, const char *key, struct pail_buf *to,
                        struct pail_error *err)
{
    int rc = pail_diskcache_dir(which, to, err);
    if (rc < 0)
        return rc;
    pail_buf_fmt(to, "/%s.json", key);
    return pail_buf_check(to, "cache file", err);
}

static int parse(const char *path, struct pail_str text, struct pail_json **ret,
                 struct pail_error *err)
{
    struct pail_json *doc = NULL;
    int rc = pail_json_parse(text, path, &doc, err);
    if (rc < 0)
        return rc;
    if (pail_json_type(pail_json_root(doc)) != PAIL_JSON_OBJECT) {
        pail_json_free(doc);
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE, "%s: not a JSON object", path);
    }
    *ret = doc;
    return 0;
}

int pail_diskcache_read(enum pail_diskcache which, const char *key, struct pail_json **ret,
                        struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(PATH_TEXT_MAX);
    PAIL_AUTOFREE char *text = NULL;
    struct pail_error e = PAIL_ERROR_INIT;
    size_t len = 0;

    int rc = pail_diskcache_path(which, key, &path, err);
    if (rc < 0)
        return rc;
    rc = pail_file_read_all(path.ptr, FILE_MAX, &text, &len, &e);
    if (rc == PAIL_E_OS && (e.os_errno == ENOENT || e.os_errno == ENOTDIR))
        return pail_error_set(err, PAIL_D_OS, PAIL_E_NOT_FOUND, "%s: not there", path.ptr);
    if (rc < 0) {
        pail_error_copy(err, &e);
        return rc;
    }
    rc = parse(path.ptr, pail_strn(text, len), ret, err);
    pail_wipe(text, len);
    return rc;
}

int pail_diskcache_write(enum pail_diskcache which, const char *key, struct pail_str text,
                         struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(PATH_TEXT_MAX);
    int rc = pail_diskcache_dir(which, &path, err);
    if (rc == 0)
        rc = pail_file_mkdirs(path.ptr, 0700, err);
    pail_buf_reset(&path);
    if (rc == 0)
        rc = pail_diskcache_path(which, key, &path, err);
    if (rc == 0)
        rc = pail_file_write_all(path.ptr, (struct pail_bytes){text.ptr, text.len}, 0600, err);
    return rc;
}

int pail_diskcache_key(struct pail_str text, char ret[PAIL_CACHE_KEY_LEN], struct pail_error *err)
{
    uint8_t digest[PAIL_SHA1_LEN];
    int rc = pail_digest(PAIL_SHA1, (struct pail_bytes){text.ptr, text.len}, digest, err);
    if (rc == 0)
        pail_hex_encode(digest, sizeof(digest), ret);
    return rc;
}

/* ---- Python's strings ---- */

static void quote_unit(struct pail_buf *to, unsigned unit)
{
    pail_buf_fmt(to, "\\u%04x", unit);
}

static void quote_char(struct pail_buf *to, uint32_t c)
{
    static const char escapes[] = {['"'] = '"',  ['\\'] = '\\', ['\n'] = 'n', ['\r'] = 'r',
                                   ['\t'] = 't', ['\b'] = 'b',  ['\f'] = 'f'};
    if (c < sizeof(escapes) && escapes[c]) {
        pail_buf_char(to, '\\');
        pail_buf_char(to, escapes[c]);
    } else if (c >= 0x10000) {
        quote_unit(to, 0xd800 + ((c - 0x10000) >> 10));
        quote_unit(to, 0xdc00 + ((c - 0x10000) & 0x3ff));
    } else if (c < ' ' || c > '~') {
        quote_unit(to, c);
    } else {
        pail_buf_char(to, (char)c);
    }
}

void pail_diskcache_quote(struct pail_buf *to, struct pail_str text)
{
    pail_buf_char(to, '"');
    for (size_t i = 0; i < text.len;) {
        uint32_t c = 0xfffd;
        size_t n = pail_utf8_decode(pail_str_from(text, i), &c);
        quote_char(to, c);
        i += n ? n : 1;
    }
    pail_buf_char(to, '"');
}

/* ---- Roles ---- */

static struct pail_str field(const struct pail_json *doc, const char *name)
{
    return pail_json_str(pail_json_get(pail_json_get(pail_json_root(doc), "Credentials"), name));
}

static int stale(const char *key, const char *why, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_AUTH, PAIL_E_NOT_FOUND, "cached role %s: %s", key, why);
}

int pail_diskcache_get_role(const char *key, const char *method, struct pail_credentials **ret,
                            struct pail_error *err)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *doc = NULL;
    struct pail_error e = PAIL_ERROR_INIT;
    struct pail_credentials_fields f = {.method = method};

    int rc = pail_diskcache_read(PAIL_CACHE_ROLES, key, &doc, &e);
    if (rc == PAIL_E_NOMEM)
        return pail_error_nomem(err);
    if (rc < 0)
        return stale(key, e.message, err);
    f.access_key = field(doc, "AccessKeyId");
    f.secret_key = field(doc, "SecretAccessKey");
    f.session_token = field(doc, "SessionToken");
    f.account_id = field(doc, "AccountId");
    if (!f.access_key.len || !f.secret_key.len ||
        pail_expiration_parse(field(doc, "Expiration"), &f.expires_unix_s, NULL) < 0)
        return stale(key, "incomplete", err);
    if (f.expires_unix_s - pail_clock_wall_s() < FRESH_S)
        return stale(key, "expired", err);
    PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_DEBUG, "%s: credentials of the role found in the cache",
             method);
    return pail_credentials_new(&f, ret, err);
}

static void member(struct pail_jwriter *w, const char *key, struct pail_str value)
{
    if (!value.len)
        return;
    pail_jw_key(w, pail_str(key));
    pail_jw_str(w, value);
}

static void write_credentials(struct pail_jwriter *w, const struct pail_role_answer *a)
{
    struct pail_credentials_fields f;
    char expires[PAIL_TIME_ISO_LEN + 8];

    pail_credentials_get(a->credentials, &f);
    pail_time_iso(f.expires_unix_s, expires);
    if (!a->provider_type) /* for the "Z" */
        memcpy(expires + strlen(expires) - 1, "+00:00", sizeof("+00:00"));
    pail_jw_key(w, PAIL_STR("Credentials"));
    pail_jw_object(w);
    member(w, "AccessKeyId", f.access_key);
    member(w, "SecretAccessKey", f.secret_key);
    member(w, "SessionToken", f.session_token);
    member(w, "Expiration", pail_str(expires));
    member(w, "AccountId", f.account_id);
    pail_jw_end_object(w);
}

void pail_diskcache_put_role(const char *key, const struct pail_role_answer *a)
{
    struct pail_buf text = PAIL_BUF_INIT(FILE_MAX);
    struct pail_error e = PAIL_ERROR_INIT;
    struct pail_jwriter w;

    pail_jw_init(&w, &text, 0);
    pail_jw_object(&w);
    if (a->provider_type)
        member(&w, "ProviderType", pail_str(a->provider_type));
    write_credentials(&w, a);
    if (a->arn.ptr) {
        pail_jw_key(&w, PAIL_STR("AssumedRoleUser"));
        pail_jw_object(&w);
        member(&w, "AssumedRoleId", a->id);
        member(&w, "Arn", a->arn);
        pail_jw_end_object(&w);
    }
    pail_jw_end_object(&w);
    int rc = pail_buf_check(&text, "cached role", &e);
    if (rc == 0)
        rc = pail_diskcache_write(PAIL_CACHE_ROLES, key, pail_buf_view(&text), &e);
    if (rc < 0)
        PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_INFO, "credentials of the role are not cached: %s",
                 e.message);
    if (text.ptr)
        pail_wipe(text.ptr, text.cap);
    pail_buf_done(&text);
}
