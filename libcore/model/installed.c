/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The botocore of this machine, for services that no pack and no directory of the user's has.
 *
 * Python is not asked: starting it costs more than the call, and a library does not start programs.
 * Its packages are where they always are: of the active environment, the user's, the
 * administrator's, the distribution's; of several versions of Python the newest goes first. The AWS
 * CLI has a botocore inside, too.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/str.h"
#include "model/data_path.h"

#define MAX_PATH ((size_t)4096)
#define MAX_PYTHONS 64

/* Where a botocore's data may be below a directory of packages. */
static const char *const inside[] = {"botocore/data", "awscli/botocore/data"};
/* Directories of packages below lib/pythonX.Y. */
static const char *const packages[] = {"site-packages", "dist-packages"};

struct search {
    struct pail_data_path *to;
    bool found;
};

static int try_data(struct search *s, const char *dir, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(MAX_PATH);
    struct pail_file_stat st;

    pail_buf_fmt(&path, "%s/partitions.json", dir);
    if (s->found || path.failed || pail_file_stat(pail_buf_cstr(&path), &st, NULL) < 0)
        return 0;
    s->found = true;
    return pail_data_path_add(s->to, pail_str(dir), err);
}

static int try_packages(struct search *s, const char *dir, struct pail_error *err)
{
    int rc = 0;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(inside) && rc == 0 && !s->found; i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(MAX_PATH);
        pail_buf_fmt(&path, "%s/%s", dir, inside[i]);
        if (!path.failed)
            rc = try_data(s, pail_buf_cstr(&path), err);
    }
    return rc;
}

/* "python3.11": 11; "python3": 0; others: -1. */
static int minor(const char *name)
{
    uint64_t n = 0;
    if (strcmp(name, "python3") == 0)
        return 0;
    if (strncmp(name, "python3.", 8) != 0 || !pail_str_to_u64(pail_str(name + 8), &n) || n > 9999)
        return -1;
    return (int)n;
}

struct pythons {
    int minors[MAX_PYTHONS];
    size_t n;
};

static int each_python(const char *name, void *ud, struct pail_error *err)
{
    struct pythons *p = ud;
    (void)err;
    if (minor(name) >= 0 && p->n < MAX_PYTHONS)
        p->minors[p->n++] = minor(name);
    return 0;
}

static int newest_first(const void *a, const void *b)
{
    return *(const int *)b - *(const int *)a;
}

/* lib: a directory with python3.X in it, or none. */
static int try_lib(struct search *s, const char *lib, struct pail_error *err)
{
    struct pythons p = {.n = 0};
    int rc = 0;

    if (s->found || pail_file_list(lib, each_python, &p, NULL) < 0)
        return 0; /* no such place */
    qsort(p.minors, p.n, sizeof(p.minors[0]), newest_first);
    for (size_t i = 0; i < p.n && rc == 0; i++)
        for (size_t k = 0; k < PAIL_ARRAY_LEN(packages) && rc == 0; k++) {
            PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(MAX_PATH);
            if (p.minors[i])
                pail_buf_fmt(&path, "%s/python3.%d/%s", lib, p.minors[i], packages[k]);
            else
                pail_buf_fmt(&path, "%s/python3/%s", lib, packages[k]);
            if (!path.failed)
                rc = try_packages(s, pail_buf_cstr(&path), err);
        }
    return rc;
}

static int try_below(struct search *s, const char *base, const char *lib, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(MAX_PATH);
    if (!base || !*base)
        return 0;
    pail_buf_fmt(&path, "%s/%s", base, lib);
    return path.failed ? 0 : try_lib(s, pail_buf_cstr(&path), err);
}

int pail_data_path_add_installed(struct pail_data_path *p, struct pail_error *err)
{
    static const char *const system[] = {"/usr/local/lib", "/usr/lib", "/usr/lib64"};
    struct search s = {.to = p};

    int rc = try_below(&s, pail_env_get("VIRTUAL_ENV"), "lib", err);
    if (rc == 0)
        rc = try_below(&s, pail_env_home(), ".local/lib", err);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(system) && rc == 0; i++)
        rc = try_lib(&s, system[i], err);
    if (rc == 0)
        rc = try_data(&s, "/usr/local/aws-cli/v2/current/dist/awscli/botocore/data", err);
    return rc;
}
