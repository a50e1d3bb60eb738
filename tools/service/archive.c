/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The format: each file behind a header of its own, then all headers again as the directory, then
 * where that begins. Numbers are little-endian. Names are UTF-8 and say so; names in a folder are
 * in byte order, so that the same files make the same archive.
 */
#include "tools/service/archive.h"

#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "crypto/checksum.h"
#include "crypto/zip.h"

#define ARCHIVE_MAX ((size_t)UINT32_MAX)
#define DEPTH 64
#define ZLIB_HEAD 2 /* around what zip calls deflated */
#define ZLIB_TAIL 4
#define UTF8_NAME 0x800
#define MADE_BY_UNIX (3 << 8 | 20)

void pail_archive_init(struct pail_archive *a)
{
    pail_buf_init(&a->data, ARCHIVE_MAX);
    pail_buf_init(&a->directory, ARCHIVE_MAX);
    a->n = 0;
}

void pail_archive_done(struct pail_archive *a)
{
    pail_buf_done(&a->data);
    pail_buf_done(&a->directory);
}

static void put16(struct pail_buf *to, unsigned v)
{
    pail_buf_char(to, (char)(v & 0xff));
    pail_buf_char(to, (char)(v >> 8 & 0xff));
}

static void put32(struct pail_buf *to, uint32_t v)
{
    put16(to, v & 0xffff);
    put16(to, v >> 16);
}

/* Local time, as MS-DOS had it: from 1980, every second second. */
static void put_time(struct pail_buf *to, int64_t mtime_ns)
{
    time_t s = (time_t)(mtime_ns / PAIL_NS_PER_S);
    struct tm tm = {0};
    if (!localtime_r(&s, &tm) || tm.tm_year < 80)
        tm = (struct tm){.tm_year = 80, .tm_mday = 1};
    put16(to, (unsigned)(tm.tm_hour << 11 | tm.tm_min << 5 | tm.tm_sec / 2));
    put16(to, (unsigned)((tm.tm_year - 80) << 9 | (tm.tm_mon + 1) << 5 | tm.tm_mday));
}

struct entry {
    struct pail_file_stat st;
    struct pail_str name;
    uint32_t crc, size, packed;
};

/* What both headers have. */
static void put_entry(struct pail_buf *to, const struct entry *e)
{
    bool ascii = true;
    for (size_t i = 0; i < e->name.len; i++)
        ascii = ascii && (unsigned char)e->name.ptr[i] < 0x80;
    put16(to, 20);
    put16(to, ascii ? 0 : UTF8_NAME);
    put16(to, 8); /* deflated */
    put_time(to, e->st.mtime_ns);
    put32(to, e->crc);
    put32(to, e->packed);
    put32(to, e->size);
    put16(to, (unsigned)e->name.len);
    put16(to, 0);
}

/* 0: all is there, and below 4 GiB, so that every number fits into its header. */
static int check(const struct pail_archive *a, struct pail_error *err)
{
    int rc = pail_buf_check(&a->data, "archive", err);
    return rc ? rc : pail_buf_check(&a->directory, "archive", err);
}

int pail_archive_add(struct pail_archive *a, const char *path, const char *name,
                     struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf packed = PAIL_BUF_INIT(ARCHIVE_MAX);
    PAIL_AUTOFREE char *text = NULL;
    size_t len = 0, at = a->data.len;
    struct entry e = {.name = pail_str(name)};
    if (e.name.len > UINT16_MAX)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_TOO_BIG,
                              "%.64s...: a name of more than %d bytes in an archive", name,
                              UINT16_MAX);
    if (a->n == UINT16_MAX)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_TOO_BIG, "an archive of more than %d files",
                              UINT16_MAX);
    int rc = pail_file_stat(path, &e.st, err);
    if (!rc)
        rc = pail_file_read_all(path, ARCHIVE_MAX / 2, &text, &len, err);
    if (!rc)
        rc = pail_zip(pail_strn(text, len), &packed, err);
    if (rc)
        return rc;
    e.crc = pail_crc32(0, text, len);
    e.size = (uint32_t)len;
    e.packed = (uint32_t)(packed.len - ZLIB_HEAD - ZLIB_TAIL);
    pail_buf_append(&a->data, "PK\3\4", 4);
    put_entry(&a->data, &e);
    pail_buf_str(&a->data, e.name);
    pail_buf_append(&a->data, packed.ptr + ZLIB_HEAD, e.packed);
    pail_buf_append(&a->directory, "PK\1\2", 4);
    put16(&a->directory, MADE_BY_UNIX);
    put_entry(&a->directory, &e);
    put16(&a->directory, 0); /* no comment, first disk, no attributes of its text */
    put16(&a->directory, 0);
    put16(&a->directory, 0);
    put32(&a->directory, (0100000u | e.st.mode) << 16);
    put32(&a->directory, (uint32_t)at);
    pail_buf_str(&a->directory, e.name);
    a->n++;
    return check(a, err);
}

int pail_archive_finish(struct pail_archive *a, struct pail_error *err)
{
    size_t at = a->data.len;
    int rc = check(a, err);
    if (rc)
        return rc;
    pail_buf_str(&a->data, a->directory.len ? pail_buf_view(&a->directory) : PAIL_STR(""));
    pail_buf_append(&a->data, "PK\5\6", 4);
    put32(&a->data, 0);
    put16(&a->data, a->n);
    put16(&a->data, a->n);
    put32(&a->data, (uint32_t)a->directory.len);
    put32(&a->data, (uint32_t)at);
    put16(&a->data, 0);
    return check(a, err);
}

/* ---- Folders --------------------------------------------------------------------------------- */

struct walk {
    struct pail_archive *a;
    const char *dir;
    size_t skip; /* of a path: the folder that the archive is of */
    bool without_hidden;
    unsigned depth;
};

static int add_below(const struct walk *w, struct pail_error *err);

static int visit(const char *name, void *ud, struct pail_error *err)
{
    const struct walk *w = ud;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(1 << 16);
    struct pail_file_stat st;
    if (w->without_hidden && name[0] == '.')
        return 0;
    pail_buf_fmt(&path, "%s/%s", w->dir, name);
    int rc = pail_buf_check(&path, w->dir, err);
    if (!rc && pail_file_stat(pail_buf_cstr(&path), &st, NULL))
        return 0; /* a link to nowhere */
    if (rc)
        return rc;
    if (st.is_regular)
        return pail_archive_add(w->a, pail_buf_cstr(&path), pail_buf_cstr(&path) + w->skip, err);
    struct walk below = *w;
    below.dir = pail_buf_cstr(&path);
    below.depth++;
    return st.is_dir ? add_below(&below, err) : 0;
}

static int add_below(const struct walk *w, struct pail_error *err)
{
    if (w->depth > DEPTH)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_TOO_BIG, "%s: too many folders deep",
                              w->dir);
    return pail_file_list(w->dir, visit, (void *)w, err);
}

int pail_archive_add_dir(struct pail_archive *a, const char *dir, bool without_hidden,
                         struct pail_error *err)
{
    struct walk w = {.a = a, .dir = dir, .skip = strlen(dir) + 1, .without_hidden = without_hidden};
    return add_below(&w, err);
}

bool pail_is_zip(struct pail_str s)
{
    static const char end[] = {'P', 'K', 5, 6};
    for (size_t i = s.len; i >= 22; i--)
        if (memcmp(s.ptr + i - 22, end, 4) == 0)
            return true;
    return false;
}
