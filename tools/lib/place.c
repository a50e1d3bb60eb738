/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/place.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/thread.h"
#include "base/uri.h"

#define NAME_LIMIT 180

/* XDG variable, else root's place, else below home. */
static int root_of(const char *xdg, const char *for_root, const char *below_home,
                   struct pail_buf *ret, struct pail_error *err)
{
    const char *base = pail_env_get_nonempty(xdg);
    const char *home = pail_env_home();
    if (base && base[0] == '/')
        pail_buf_fmt(ret, "%s/pail", base);
    else if (pail_env_uid() == 0)
        pail_buf_z(ret, for_root);
    else if (home)
        pail_buf_fmt(ret, "%s/%s/pail", home, below_home);
    else
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                              "neither %s nor HOME is set: where to keep state is not known", xdg);
    return pail_buf_check(ret, "directory", err);
}

static int state_root(struct pail_buf *ret, struct pail_error *err)
{
    return root_of("XDG_STATE_HOME", "/var/lib/pail", ".local/state", ret, err);
}

static uint64_t fnv1a(const char *z, uint64_t h)
{
    for (; *z; z++)
        h = (h ^ (unsigned char)*z) * UINT64_C(0x100000001b3);
    return h;
}

/* A readable, unambiguous file name: safe characters as they are, the rest as %XX; long ones cut,
 * with a hash. */
static void file_name(const char *text, struct pail_buf *to)
{
    size_t start = to->len;
    pail_uri_encode(to, pail_str(text), PAIL_URI_COMPONENT);
    if (to->len - start > NAME_LIMIT) {
        pail_buf_truncate(to, start + NAME_LIMIT);
        pail_buf_fmt(to, "~%016llx", (unsigned long long)fnv1a(text, UINT64_C(0xcbf29ce484222325)));
    }
}

static int make_dir(const char *given, const struct pail_place_args *a, struct pail_buf *root,
                    char **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(4096);
    if (given) {
        pail_buf_z(&path, given);
    } else {
        pail_buf_str(&path, pail_buf_view(root));
        pail_buf_char(&path, '/');
        PAIL_CLEANUP(pail_buf_done) struct pail_buf id = PAIL_BUF_INIT(8192);
        pail_buf_fmt(&id, "%s%s%s", a->source, a->endpoint ? "@" : "",
                     a->endpoint ? a->endpoint : "");
        file_name(pail_buf_cstr(&id), &path);
        if (a->slot)
            pail_buf_fmt(&path, ".%u", a->slot + 1);
    }
    int rc = pail_buf_check(&path, "directory", err);
    if (!rc)
        rc = pail_file_mkdirs(pail_buf_cstr(&path), 0700, err);
    if (!rc && !(*ret = pail_buf_take(&path, NULL)))
        rc = pail_error_nomem(err);
    return rc;
}

int pail_place_make(const struct pail_place_args *a, struct pail_place *ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf state = PAIL_BUF_INIT(4096);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf cache = PAIL_BUF_INIT(4096);
    struct pail_place p = {0};
    int rc = a->state_dir ? 0 : state_root(&state, err);
    if (!rc && !a->cache_dir)
        rc = root_of("XDG_CACHE_HOME", "/var/cache/pail", ".cache", &cache, err);
    if (!rc)
        rc = make_dir(a->state_dir, a, &state, &p.state_dir, err);
    if (!rc)
        rc = make_dir(a->cache_dir, a, &cache, &p.cache_dir, err);
    if (rc) {
        pail_place_done(&p);
        return rc;
    }
    *ret = p;
    return 0;
}

void pail_place_done(struct pail_place *p)
{
    pail_free(p->state_dir);
    pail_free(p->cache_dir);
    memset(p, 0, sizeof(*p));
}

int pail_place_transfer(const char *what, struct pail_buf *ret, struct pail_error *err)
{
    int rc = state_root(ret, err);
    if (rc)
        return rc;
    pail_buf_z(ret, "/transfers");
    rc = pail_buf_check(ret, "directory", err);
    if (!rc)
        rc = pail_file_mkdirs(pail_buf_cstr(ret), 0700, err);
    if (rc)
        return rc;
    pail_buf_char(ret, '/');
    file_name(what, ret);
    return pail_buf_check(ret, "file name", err);
}

bool pail_place_is_state_busy(const struct pail_error *err)
{
    return err->code == PAIL_E_FS_BUSY && strncmp(err->message, "mount point", 11) != 0;
}

static int record_path(const char *mount_point, struct pail_buf *path, struct pail_error *err)
{
    int rc = state_root(path, err);
    if (rc)
        return rc;
    pail_buf_z(path, "/mounts");
    rc = pail_file_mkdirs(pail_buf_cstr(path), 0700, err);
    if (rc)
        return rc;
    pail_buf_char(path, '/');
    file_name(mount_point, path);
    return pail_buf_check(path, "record of a mount", err);
}

int pail_place_record(const char *mount_point, struct pail_file **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(4096);
    struct pail_file *f = NULL;
    int rc = record_path(mount_point, &path, err);
    if (!rc)
        rc = pail_file_open(pail_buf_cstr(&path),
                            PAIL_FILE_READ | PAIL_FILE_WRITE | PAIL_FILE_CREATE, &f, err);
    if (rc)
        return rc;
    rc = pail_file_lock(f, err);
    if (rc) {
        pail_file_close(f);
        return rc == PAIL_E_FS_BUSY ? pail_error_set(err, PAIL_D_FS, PAIL_E_FS_BUSY,
                                                     "mount point %s is in use: another pail "
                                                     "process serves it, or is still storing "
                                                     "what was written there",
                                                     mount_point)
                                    : rc;
    }
    *ret = f;
    return 0;
}

void pail_place_forget(const char *mount_point, struct pail_file *record)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(4096);
    if (!record)
        return;
    if (!record_path(mount_point, &path, NULL))
        (void)!pail_file_unlink(pail_buf_cstr(&path), NULL);
    pail_file_close(record);
}

int pail_place_wait(const char *mount_point, int64_t deadline_mono_ns, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(4096);
    int rc = record_path(mount_point, &path, err);
    if (rc)
        return rc;
    for (;;) {
        struct pail_file *f = NULL;
        struct pail_error why = PAIL_ERROR_INIT;
        rc = pail_file_open(pail_buf_cstr(&path), PAIL_FILE_READ | PAIL_FILE_WRITE, &f, &why);
        if (rc && why.os_errno == ENOENT)
            return 0;
        if (!rc)
            rc = pail_file_lock(f, &why);
        pail_file_close(f);
        if (!rc)
            return 0;
        if (rc != PAIL_E_FS_BUSY) {
            pail_error_copy(err, &why);
            return rc;
        }
        if (pail_clock_mono_ns() >= deadline_mono_ns)
            return pail_error_set(
                err, PAIL_D_FS, PAIL_E_DEADLINE,
                "%s is unmounted, but its process is still storing what was written", mount_point);
        pail_sleep_ns(20 * PAIL_NS_PER_MS);
    }
}
