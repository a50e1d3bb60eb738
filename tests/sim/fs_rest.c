/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two lists, one out of the mount and one out of the model server's memory, which costs no request
 * and disturbs nothing.
 */
#include "sim/fs_rest.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/thread.h"

#include "sim/net.h"
#include "sim/report.h"

#define ENTRIES 128u
#define PATH 128u
#define CHUNK ((size_t)1 << 20)

struct entry {
    char path[PATH]; /* below the mount */
    bool dir, seen;
    const unsigned char *data;
    size_t n;
};
struct entries {
    struct entry at[ENTRIES];
    unsigned n;
};

static struct entry *find(struct entries *e, const char *path)
{
    for (unsigned i = 0; i < e->n; i++)
        if (strcmp(e->at[i].path, path) == 0)
            return &e->at[i];
    return NULL;
}

static struct entry *add(struct entries *e, const char *path, size_t len, bool dir)
{
    char name[PATH];
    snprintf(name, sizeof name, "%.*s", (int)len, path);
    struct entry *old = find(e, name);
    if (old)
        return old;
    SIM_CHECK(e->n < ENTRIES && len < PATH, "more in S3 than is compared: %s", path);
    struct entry *x = &e->at[e->n++];
    *x = (struct entry){.dir = dir};
    memcpy(x->path, name, sizeof name);
    return x;
}

static void take_s3(const char *dir, struct entries *ret)
{
    const char *key;
    size_t skip = strlen(FS_PREFIX) + 1, below = strlen(dir);
    ret->n = 0;
    for (size_t i = 0; (key = fake_s3_key(sim_net_s3(), FS_BUCKET, i)); i++) {
        if (strncmp(key, FS_PREFIX "/", skip) != 0 || strncmp(key + skip, dir, below) != 0 ||
            key[skip + below] != '/')
            continue;
        const char *path = key + skip;
        /* A directory is there by what is in it, or by its marker. */
        for (const char *s = strchr(path + below + 1, '/'); s; s = strchr(s + 1, '/'))
            add(ret, path, (size_t)(s - path), true);
        size_t len = strlen(path);
        if (path[len - 1] == '/')
            continue;
        struct entry *x = add(ret, path, len, false);
        x->data = fake_s3_get(sim_net_s3(), FS_BUCKET, key, &x->n, NULL);
    }
}

unsigned fs_rest_files(const char *dir)
{
    static struct entries e;
    unsigned n = 0;
    take_s3(dir, &e);
    for (unsigned i = 0; i < e.n; i++)
        n += !e.at[i].dir;
    return n;
}

static int compare_content(struct fsv *v, const struct entry *x)
{
    struct fsv_file f;
    size_t at = 0, got = 1;
    int rc = fsv_open(v, x->path, O_RDONLY, &f);
    if (rc)
        return rc;
    unsigned char *buf = malloc(CHUNK);
    if (!buf)
        sim_fail("out of memory");
    while (got && !rc) {
        rc = fsv_read(v, &f, at, buf, CHUNK, &got);
        if (!rc)
            SIM_CHECK(at + got <= x->n && memcmp(buf, x->data + at, got) == 0,
                      "at rest: /%s reads otherwise than S3 has it, at %zu", x->path, at);
        at += rc ? 0 : got;
    }
    SIM_CHECK(rc || at == x->n, "at rest: /%s reads as %zu bytes, S3 has %zu", x->path, at, x->n);
    fsv_release(v, &f);
    free(buf);
    return rc;
}

struct walk {
    const char *dir;
    struct entries *s3;
    char dirs[ENTRIES][PATH];
    unsigned n_dirs;
};

static void see(void *ud, const char *name, const struct pail_fs_attr *attr)
{
    struct walk *w = ud;
    char path[PATH + 256];
    snprintf(path, sizeof path, "%s/%s", w->dir, name);
    struct entry *x = find(w->s3, path);
    SIM_CHECK(x, "at rest: the mount shows /%s, which S3 does not have", path);
    SIM_CHECK(!x->seen, "at rest: the mount shows /%s twice", path);
    SIM_CHECK(x->dir == (attr->kind == PAIL_KIND_DIR), "at rest: /%s has kind %d", path,
              attr->kind);
    x->seen = true;
    if (x->dir)
        memcpy(w->dirs[w->n_dirs++], x->path, PATH);
}

int fs_rest_compare(struct fsv *v, const char *dir)
{
    static struct entries s3;
    static struct walk w;
    take_s3(dir, &s3);
    w = (struct walk){.s3 = &s3, .n_dirs = 1};
    snprintf(w.dirs[0], PATH, "%s", dir);
    for (unsigned i = 0; i < w.n_dirs; i++) {
        char path[PATH];
        memcpy(path, w.dirs[i], PATH);
        w.dir = path;
        int rc = fsv_list(v, path, i % 2, see, &w);
        if (rc)
            return rc;
    }
    for (unsigned i = 0; i < s3.n; i++) {
        SIM_CHECK(s3.at[i].seen, "at rest: S3 has /%s, which the mount does not show",
                  s3.at[i].path);
        int rc = s3.at[i].dir ? 0 : compare_content(v, &s3.at[i]);
        if (rc)
            return rc;
    }
    return 0;
}

void fs_rest_at_the_end(void *arg)
{
    struct fs_client *c = arg;
    struct pail_error err = PAIL_ERROR_INIT;
    struct fsv v = {.client = c, .ctx = {.uid = 1000, .gid = 1000, .umask = 022}};
    int rc = fs_client_mount(c, &err);
    SIM_CHECK(!rc, "m%u cannot mount on a calm network: %s", c->machine, err.message);
    pail_sleep_ns(10 * PAIL_NS_PER_S); /* what is left to do is done */
    rc = fs_rest_compare(&v, "t");
    SIM_CHECK(!rc, "m%u at the end: %s (%s)", c->machine, strerrorname_np(rc), v.err.message);
    fs_client_unmount(c);
}
