/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/download_resume.c - going on with a download that was interrupted.
 *
 * The resume file names the version, the temporary file and the parts that are in it. It is written
 * after the data was synced, so that also after a crash it never promises too much. Another version
 * by now, or another part size: the old temporary file is removed and all is fetched.
 */
#include "base/alloc.h"
#include "base/hex.h"
#include "base/json.h"
#include "base/str.h"
#include "transfer/download.h"

#define MAX_FILE (4u << 20)

static bool says(const struct pail_jnode *root, const char *key, struct pail_str value)
{
    return pail_str_eq(pail_json_str(pail_json_get(root, key)), value);
}

static bool counts(const struct pail_jnode *root, const char *key, uint64_t value)
{
    int64_t v;
    return pail_json_int(pail_json_get(root, key), &v) && v >= 0 && (uint64_t)v == value;
}

/* Whether the file at tmp is what the resume file speaks of: it must lie beside the target. */
static bool is_ours(const struct pail_down *d, struct pail_str tmp)
{
    struct pail_str path = pail_str(d->args.path);
    size_t slash = pail_str_rfind(path, '/');
    struct pail_str dir = slash == SIZE_MAX ? PAIL_STR("") : pail_str_sub(path, 0, slash + 1);
    struct pail_str name = pail_str_from(path, dir.len);

    return pail_str_starts(tmp, dir) &&
           pail_str_find(pail_str_from(tmp, dir.len), '/') == SIZE_MAX &&
           pail_str_starts(pail_str_from(tmp, dir.len), pail_str_sub(name, 0, 246)) &&
           tmp.len >= dir.len + 9 && tmp.ptr[tmp.len - 9] == '.';
}

static bool fits(const struct pail_down *d, const struct pail_jnode *root, const char *tmp)
{
    struct pail_file_stat st;
    struct pail_str have = pail_json_str(pail_json_get(root, "have"));
    size_t bytes = (d->n_parts + 7) / 8;

    return says(root, "bucket", d->args.bucket) && says(root, "key", d->args.key) &&
           says(root, "etag", pail_str(d->etag)) && counts(root, "size", d->size) &&
           counts(root, "part_size", d->part_size) && have.len == 2 * bytes &&
           pail_hex_decode(have, d->have, bytes) && pail_file_stat(tmp, &st, NULL) == 0 &&
           st.is_regular;
}

int pail_down_resume_load(struct pail_down *d, char **ret_tmp, struct pail_error *err)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *doc = NULL;
    PAIL_AUTOFREE char *text = NULL;
    size_t n, bytes = (d->n_parts + 7) / 8;

    d->have = pail_zalloc(bytes + 1);
    if (!d->have)
        return pail_error_nomem(err);
    if (pail_file_read_all(d->args.resume_file, MAX_FILE, &text, &n, NULL) < 0 ||
        pail_json_parse(pail_strn(text, n), d->args.resume_file, &doc, NULL) < 0)
        return 0; /* none, or not one of ours */
    const struct pail_jnode *root = pail_json_root(doc);
    struct pail_str name = pail_json_str(pail_json_get(root, "temporary"));
    if (!says(root, "kind", PAIL_STR("download")) || !name.len || !is_ours(d, name))
        return 0;
    char *tmp = pail_strndup(name);
    if (!tmp)
        return pail_error_nomem(err);
    if (fits(d, root, tmp)) {
        *ret_tmp = tmp;
        return 0;
    }
    memset(d->have, 0, bytes);
    (void)!pail_file_unlink(tmp, NULL);
    pail_free(tmp);
    return 0;
}

int pail_down_resume_save(struct pail_down *d, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(MAX_FILE);
    size_t bytes = (d->n_parts + 7) / 8;
    struct pail_jwriter w;

    int rc = pail_file_sync(d->target.file, err);
    PAIL_AUTOFREE char *have = pail_alloc(2 * bytes + 1);
    if (rc == 0 && !have)
        rc = pail_error_nomem(err);
    if (rc < 0)
        return rc;
    pail_hex_encode(d->have, bytes, have);
    const struct {
        const char *key;
        struct pail_str value;
    } texts[] = {{"kind", PAIL_STR("download")},
                 {"bucket", d->args.bucket},
                 {"key", d->args.key},
                 {"etag", pail_str(d->etag)},
                 {"temporary", pail_str(d->target.tmp)},
                 {"have", pail_strn(have, 2 * bytes)}};
    pail_jw_init(&w, &text, 0);
    pail_jw_object(&w);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(texts); i++) {
        pail_jw_key(&w, pail_str(texts[i].key));
        pail_jw_str(&w, texts[i].value);
    }
    pail_jw_key(&w, PAIL_STR("size"));
    pail_jw_int(&w, (int64_t)d->size);
    pail_jw_key(&w, PAIL_STR("part_size"));
    pail_jw_int(&w, (int64_t)d->part_size);
    pail_jw_end_object(&w);
    rc = pail_buf_check(&text, "resume file", err);
    struct pail_bytes data = {text.ptr, text.len};
    if (rc == 0)
        rc = pail_file_write_all(d->args.resume_file, data, 0600, err);
    if (rc == 0)
        d->unsaved = 0;
    return rc;
}
