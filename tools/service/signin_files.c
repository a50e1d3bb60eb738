/* SPDX-License-Identifier: Apache-2.0 */
/* The cached files of logins, gone through one by one. */
#include "tools/service/signin.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/str.h"

#define FILE_MAX ((size_t)1 << 20)

struct sweep {
    const char *dir;
    bool (*each)(const struct pail_json *doc, void *ud);
    void *ud;
    size_t n;
};

static int look_at(const char *name, void *ud, struct pail_error *err)
{
    struct sweep *s = ud;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(1 << 16);
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *doc = NULL;
    PAIL_AUTOFREE char *text = NULL;
    size_t len = 0;
    pail_buf_fmt(&path, "%s/%s", s->dir, name);
    int rc = pail_buf_check(&path, s->dir, err);
    if (rc)
        return rc;
    if (pail_file_read_all(path.ptr, FILE_MAX, &text, &len, NULL))
        return 0;
    rc = pail_json_parse(pail_strn(text, len), path.ptr, &doc, NULL);
    pail_wipe(text, len);
    if (rc || pail_json_type(pail_json_root(doc)) != PAIL_JSON_OBJECT || !s->each(doc, s->ud))
        return 0;
    s->n++;
    return pail_file_unlink(path.ptr, err);
}

int pail_signin_sweep(enum pail_diskcache which,
                      bool (*each)(const struct pail_json *doc, void *ud), void *ud, size_t *ret_n,
                      struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf dir = PAIL_BUF_INIT(1 << 16);
    struct pail_error e = PAIL_ERROR_INIT;
    int rc = pail_diskcache_dir(which, &dir, err);
    if (rc)
        return rc;
    struct sweep s = {.dir = pail_buf_cstr(&dir), .each = each, .ud = ud};
    rc = pail_file_list(s.dir, look_at, &s, &e);
    if (rc == PAIL_E_OS && (e.os_errno == ENOENT || e.os_errno == ENOTDIR) && !s.n)
        rc = 0;
    if (rc)
        pail_error_copy(err, &e);
    *ret_n = s.n;
    return rc;
}
