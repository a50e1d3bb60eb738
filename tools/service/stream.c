/* SPDX-License-Identifier: Apache-2.0 */
/* An answer's stream is written in place: who wants it replaced as a whole uses "cp". */
#include "tools/service/stream.h"

#include <stdio.h>

#include "base/str.h"

static int read_body(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                     struct pail_error *err)
{
    struct pail_upload *u = ud;
    int rc = pail_file_pread(u->file, dst, cap, offset, ret_n, err);
    if (!rc && *ret_n == 0 && offset < u->body.length)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_INVALID,
                              "The file became shorter while it was sent");
    return rc;
}

int pail_upload_open(struct pail_upload *u, const char *path, struct pail_error *err)
{
    *u = (struct pail_upload){.body = {.read = read_body}};
    u->body.ud = u;
    int rc = pail_file_open(path, PAIL_FILE_READ, &u->file, err);
    return rc ? rc : pail_file_size(u->file, &u->body.length, err);
}

void pail_upload_done(struct pail_upload *u)
{
    pail_file_close(u->file);
    u->file = NULL;
}

static int open_file(struct pail_save *s, struct pail_error *err)
{
    if (s->to_stdout)
        return 0;
    if (s->file)
        return pail_file_truncate(s->file, 0, err);
    return pail_file_open(s->path, PAIL_FILE_WRITE | PAIL_FILE_CREATE | PAIL_FILE_TRUNC, &s->file,
                          err);
}

static int begin(void *ud, uint64_t body_length, struct pail_error *err)
{
    return open_file(ud, err);
}

static int write_body(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    struct pail_save *s = ud;
    if (!s->to_stdout)
        return s->file ? pail_file_pwrite(s->file, p, n, offset, err)
                       : pail_error_set(err, PAIL_D_DATA, PAIL_E_INTERNAL, "%s: not open", s->path);
    if (offset + n <= s->shown)
        return 0; /* a second try says again what is on the screen already */
    size_t skip = offset < s->shown ? (size_t)(s->shown - offset) : 0;
    if (fwrite((const char *)p + skip, 1, n - skip, stdout) != n - skip)
        return pail_error_set(err, PAIL_D_OS, PAIL_E_OS, "standard output cannot be written");
    s->shown = offset + n;
    return 0;
}

void pail_save_init(struct pail_save *s, const char *path)
{
    *s = (struct pail_save){.sink = {.begin = begin, .write = write_body}, .path = path};
    s->sink.ud = s;
    s->to_stdout = strcmp(path, "/dev/stdout") == 0 || strcmp(path, "/dev/fd/1") == 0;
}

static int write_event(void *ud, const struct pail_value *event, struct pail_error *err)
{
    struct pail_save *s = ud;
    const struct pail_value *records = pail_value_get(event, PAIL_STR("Records"));
    struct pail_bytes b = pail_value_as_blob(pail_value_get(records, PAIL_STR("Payload")));
    int rc = s->file ? 0 : open_file(s, err);
    if (!rc && b.len)
        rc = write_body(s, s->length, b.ptr, b.len, err);
    s->length += b.len;
    return rc;
}

void pail_save_events(struct pail_save *s)
{
    s->sink.event = write_event;
}

int pail_save_finish(struct pail_save *s, struct pail_error *err)
{
    return s->file || s->to_stdout ? 0 : open_file(s, err);
}

void pail_save_done(struct pail_save *s)
{
    pail_file_close(s->file);
    s->file = NULL;
}
