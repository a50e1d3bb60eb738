/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conflicts are with names taken before in the same run, and with a file that is found under the
 * name although its directory does not list it so: then the file system sees no case.
 */
#include "tools/casing.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/map.h"
#include "base/str.h"

static int is_other(const char *name, void *ud, struct pail_error *err)
{
    (void)err;
    return strcmp(name, ud) == 0 ? PAIL_CASING_SKIP : 0;
}

/* A file is found there that is called otherwise. */
static bool answers_to_another(const char *path)
{
    struct pail_file_stat st;
    const char *slash = strrchr(path, '/');
    PAIL_AUTOFREE char *dir = slash ? pail_strndup(pail_strn(path, (size_t)(slash - path)))
                                    : pail_strdup(".");
    if (!dir || pail_file_stat(path, &st, NULL))
        return false;
    char *name = (char *)(uintptr_t)(slash ? slash + 1 : path);
    return pail_file_list(*dir ? dir : "/", is_other, name, NULL) == 0;
}

/* Remembers the name in lower case; *ret_taken: another one had it. */
static int remember(struct pail_batch *b, const char *name, bool *ret_taken, struct pail_error *err)
{
    PAIL_AUTOFREE char *lower = pail_strdup(name);
    void *old = NULL;
    if (!lower)
        return pail_error_nomem(err);
    for (char *c = lower; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + 32);
    int rc = b->names ? 0 : pail_map_new(&b->names, err);
    if (!rc)
        rc = pail_map_put(b->names, pail_str(lower), b, &old, err);
    *ret_taken = old != NULL;
    return rc;
}

int pail_casing_check(struct pail_batch *b, const struct pail_side *from,
                      const struct pail_side *to, const char *name, bool there,
                      struct pail_error *err)
{
    const char *mode = b->how->o->case_conflict;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(16 << 10);
    bool taken = false;
    if (to->s3 || !from->s3 || !mode || strcmp(mode, "ignore") == 0)
        return 0;
    int rc = remember(b, name, &taken, err);
    if (rc || (!taken && (there || !answers_to_another(to->path))))
        return rc;
    const char *what = strcmp(mode, "skip") == 0   ? "Skipping"
                       : strcmp(mode, "warn") == 0 ? "Downloading"
                                                   : "Failed to download";
    bool warns = strcmp(mode, "warn") == 0;
    pail_buf_fmt(&text, "%s %.*s/%.*s -> %s %s a file whose name differs only by case either %s",
                 what, PAIL_STR_ARG(from->bucket), PAIL_STR_ARG(from->key), to->path,
                 warns ? "despite" : "because",
                 warns ? "existing or being downloaded." : "exists or is being downloaded.");
    if (strcmp(mode, "error") == 0)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_CONFLICT, "%s", pail_buf_cstr(&text));
    pail_batch_warn(b, pail_buf_cstr(&text));
    return warns ? 0 : PAIL_CASING_SKIP;
}
