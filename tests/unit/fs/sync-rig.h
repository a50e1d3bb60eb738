/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit/fs/sync-rig.h - a lister with everything below it, against the fake S3 over the loopback.
 *
 *     struct rig r;
 *     rig_start(&r, NULL);
 *     rig_put(&r, "a/b", "content", NULL);
 *     ...
 *     assert_int_equal(rig_count(&r, "HeadObject"), 1);
 *     rig_stop(&r);
 */
#ifndef PAIL_TESTS_UNIT_FS_SYNC_RIG_H
#define PAIL_TESTS_UNIT_FS_SYNC_RIG_H

#include <dirent.h>
#include <pail/s3.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "fake/server.h"
#include "sync/lister.h"
#include "unit/test.h"

#define RIG_BUCKET "bucket"
#define RIG_CHANGES 64

struct rig {
    struct fake_server *server;
    struct pail_session *session;
    struct pail_s3 *s3;
    struct pail_meta *meta;
    struct pail_volume v;
    struct pail_lister l;
    char dir[64];
    /* What l.changed was told: "name: file to none". */
    char changes[RIG_CHANGES][300];
    size_t n_changes;
};

PAIL_UNUSED static const char *rig_env(const char *name)
{
    return strcmp(name, "HOME") == 0 ? "/nonexistent" : NULL;
}

PAIL_UNUSED static void rig_changed(void *ud, const struct pail_row *before, enum pail_kind now)
{
    static const char *const kinds[] = {"none", "file", "dir", "symlink"};
    struct rig *r = ud;

    assert_true(r->n_changes < RIG_CHANGES);
    snprintf(r->changes[r->n_changes++], sizeof(r->changes[0]), "%.*s: %s to %s",
             PAIL_STR_ARG(before->name), kinds[before->kind], kinds[now]);
}

PAIL_UNUSED static void rig_start_client(struct rig *r)
{
    struct pail_session_options so = PAIL_SESSION_OPTIONS_INIT;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c;
    struct pail_provider *p;
    char url[64];
    const struct pail_credentials_fields keys = {
        .access_key = PAIL_STR("key"), .secret_key = PAIL_STR("secret"), .method = "test"};

    snprintf(url, sizeof(url), "http://127.0.0.1:%d", fake_server_port(r->server));
    assert_ok(pail_credentials_new(&keys, &c, &err), &err);
    assert_ok(pail_provider_static(c, &p, &err), &err);
    so.provider = p;
    so.endpoint_url = url;
    so.region = "us-east-1";
    assert_ok(pail_session_new(&so, &r->session, &err), &err);
    assert_ok(pail_s3_new(r->session, NULL, &r->s3, &err), &err);
    pail_provider_unref(p);
    pail_credentials_unref(c);
}

/* opt NULL: as S3; keys and region are filled in. */
PAIL_UNUSED static void rig_start(struct rig *r, const struct fake_s3_options *opt)
{
    struct fake_server_options fo = {0};
    struct pail_meta_open_result opened;
    struct pail_error err = PAIL_ERROR_INIT;

    memset(r, 0, sizeof(*r));
    pail_env_set_source(rig_env);
    if (opt)
        fo.s3 = *opt;
    fo.s3.access_key = "key";
    fo.s3.secret_key = "secret";
    r->server = fake_server_start(&fo);
    assert_non_null(r->server);
    assert_true(fake_s3_make_bucket(fake_server_s3(r->server), RIG_BUCKET));
    rig_start_client(r);

    snprintf(r->dir, sizeof(r->dir), "/tmp/pail-sync-XXXXXX");
    assert_non_null(mkdtemp(r->dir));
    assert_ok(pail_meta_open(r->dir, &r->meta, &opened, &err), &err);
    r->v.s3 = r->s3;
    r->v.bucket = RIG_BUCKET;
    r->v.prefix = "";
    r->v.op_timeout_ms = 20000;
    r->l = (struct pail_lister){.meta = r->meta, .changed = rig_changed, .ud = r};
}

PAIL_UNUSED static void rig_stop(struct rig *r)
{
    pail_meta_close(r->meta);
    pail_s3_unref(r->s3);
    pail_session_unref(r->session);
    fake_server_stop(r->server);
    DIR *d = opendir(r->dir);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d));)
        (void)unlinkat(dirfd(d), e->d_name, 0);
    closedir(d);
    assert_int_equal(rmdir(r->dir), 0);
    pail_env_set_source(NULL);
}

/* ---- The service ---------------------------------------------------------------------------- */

/* mode NULL: without metadata. */
PAIL_UNUSED static void rig_put(struct rig *r, const char *key, const char *data, const char *mode)
{
    char name[] = "x-amz-meta-mode", value[32] = "";
    const struct fake_header h = {name, value};

    snprintf(value, sizeof(value), "%s", mode ? mode : "");
    fake_server_lock(r->server);
    bool ok = fake_s3_put(fake_server_s3(r->server), RIG_BUCKET, key, data, strlen(data), &h,
                          mode != NULL, pail_clock_wall_ns() / PAIL_NS_PER_MS);
    fake_server_unlock(r->server);
    assert_true(ok);
}

/* By a request of our own, which is not counted. */
PAIL_UNUSED static void rig_delete(struct rig *r, const char *key)
{
    const struct pail_s3_delete_args args = {.bucket = PAIL_STR(RIG_BUCKET), .key = pail_str(key)};
    struct pail_error err = PAIL_ERROR_INIT;

    assert_ok(pail_s3_delete(r->s3, &args, &err), &err);
}

PAIL_UNUSED static uint64_t rig_count(struct rig *r, const char *operation)
{
    fake_server_lock(r->server);
    uint64_t n = fake_s3_count(fake_server_s3(r->server), operation);
    fake_server_unlock(r->server);
    return n;
}

PAIL_UNUSED static void rig_reset(struct rig *r)
{
    fake_server_lock(r->server);
    fake_s3_reset_counts(fake_server_s3(r->server));
    fake_server_unlock(r->server);
    r->n_changes = 0;
}

PAIL_UNUSED static void rig_faults(struct rig *r, const char *script)
{
    char msg[256];

    fake_server_lock(r->server);
    bool ok = fake_s3_faults(fake_server_s3(r->server), script, msg);
    fake_server_unlock(r->server);
    if (!ok)
        print_error("%s\n", msg);
    assert_true(ok);
}

/* ---- What is known -------------------------------------------------------------------------- */

PAIL_UNUSED static void rig_list(struct rig *r, uint64_t dir, const char *prefix)
{
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_lister_list(&r->l, &r->v, dir, pail_str(prefix), NULL, NULL, &err), &err);
}

PAIL_UNUSED static int rig_append_row(void *ud, const struct pail_row *row)
{
    struct pail_buf *to = ud;
    static const char kinds[] = "-fdl";

    pail_buf_fmt(to, "%s%c:", to->len ? " " : "", kinds[row->kind]);
    for (size_t i = 0; i < row->name.len; i++)
        pail_buf_char(to, row->name.ptr[i]);
    if (row->raw.ptr)
        pail_buf_fmt(to, "(%.*s)", PAIL_STR_ARG(row->raw));
    return 0;
}

/* "f:name d:name f:name(raw)", in order of names. */
#define assert_children(r, dir, expected)                                                          \
    do {                                                                                           \
        struct pail_buf text_ = PAIL_BUF_INIT(1 << 20);                                            \
        assert_ok(pail_meta_children((r)->meta, (dir), PAIL_STR(""), 100000, rig_append_row,       \
                                     &text_, NULL),                                                \
                  NULL);                                                                           \
        assert_str(pail_buf_view(&text_), (expected));                                             \
        pail_buf_done(&text_);                                                                     \
    } while (0)

/* The row of a name, to be ended with pail_row_copy_done. */
PAIL_UNUSED static void rig_find(struct rig *r, uint64_t dir, const char *name,
                                 struct pail_row_copy *ret)
{
    struct pail_error err = PAIL_ERROR_INIT;
    pail_row_copy_init(ret);
    assert_ok(pail_meta_find(r->meta, dir, pail_str(name), ret, &err), &err);
}

PAIL_UNUSED static uint64_t rig_ino(struct rig *r, uint64_t dir, const char *name)
{
    struct pail_row_copy c;
    rig_find(r, dir, name, &c);
    uint64_t ino = c.row.ino;
    pail_row_copy_done(&c);
    return ino;
}

PAIL_UNUSED static bool rig_attrs_known(struct rig *r, uint64_t dir, const char *name)
{
    struct pail_row_copy c;
    rig_find(r, dir, name, &c);
    bool known = c.row.attrs.len && pail_str_eq(c.row.attr_etag, c.row.etag);
    pail_row_copy_done(&c);
    return known;
}

PAIL_UNUSED static uint32_t rig_flags(struct rig *r, uint64_t ino)
{
    struct pail_row_copy c;
    pail_row_copy_init(&c);
    assert_ok(pail_meta_get(r->meta, ino, &c, NULL), NULL);
    uint32_t flags = c.row.flags;
    pail_row_copy_done(&c);
    return flags;
}

/* n keys that sort before everything else. */
PAIL_UNUSED static void rig_put_filler(struct rig *r, int n)
{
    char key[32];
    for (int i = 0; i < n; i++) {
        snprintf(key, sizeof(key), "!%04d", i);
        rig_put(r, key, "", NULL);
    }
}

/* A child of the root is of this kind and stands for the component raw (NULL: the same as its
 * name). */
PAIL_UNUSED static void rig_assert_is(struct rig *r, const char *name, enum pail_kind kind,
                                      const char *raw)
{
    struct pail_row_copy c;
    rig_find(r, PAIL_INO_ROOT, name, &c);
    assert_int_equal(c.row.kind, kind);
    if (raw)
        assert_str(c.row.raw, raw);
    else
        assert_null(c.row.raw.ptr);
    pail_row_copy_done(&c);
}

#endif
