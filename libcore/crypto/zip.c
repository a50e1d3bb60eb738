/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inflate and deflate in one call over memory: what is compressed here (model files, blocks of
 * documentation) is small and wanted whole. The bound against bombs is the output buffer's maximum.
 */
#include "crypto/zip.h"

#include <limits.h>
#include <zlib.h>

#include "base/alloc.h"

#define STEP ((size_t)64 << 10)
#define GZIP_OR_ZLIB (15 + 32)

static void *zip_alloc(void *opaque, unsigned n, unsigned size)
{
    return pail_calloc(n, size);
}

static void zip_free(void *opaque, void *p)
{
    pail_free(p);
}

static int broken(const z_stream *z, int result, const char *what, struct pail_error *err)
{
    if (result == Z_MEM_ERROR)
        return pail_error_nomem(err);
    return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE, "%s: compressed data: %s", what,
                          z->msg ? z->msg : "ends too early");
}

static int inflate_all(z_stream *z, const char *what, struct pail_buf *to, struct pail_error *err)
{
    for (;;) {
        size_t room = to->max - to->len;
        room = room < STEP ? room : STEP;
        if (room == 0)
            return pail_error_set(err, PAIL_D_DATA, PAIL_E_TOO_BIG, "%s: more than %zu bytes", what,
                                  to->max);
        z->next_out = pail_buf_reserve(to, room);
        if (!z->next_out)
            return pail_buf_check(to, what, err);
        z->avail_out = (unsigned)room;
        int result = inflate(z, Z_NO_FLUSH);
        pail_buf_added(to, room - z->avail_out);
        if (result == Z_STREAM_END && z->avail_in == 0)
            return 0;
        if (result == Z_STREAM_END)
            result = inflateReset(z); /* another gzip member */
        else if (result == Z_BUF_ERROR && z->avail_in > 0 && z->avail_out == 0)
            result = Z_OK;
        if (result != Z_OK || (z->avail_in == 0 && z->avail_out > 0))
            return broken(z, result, what, err);
    }
}

int pail_unzip(struct pail_str in, const char *what, struct pail_buf *to, struct pail_error *err)
{
    z_stream z = {.zalloc = zip_alloc, .zfree = zip_free};

    if (in.len > UINT_MAX)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_TOO_BIG, "%s: more than 4 GiB", what);
    z.next_in = (Bytef *)(in.len ? in.ptr : "");
    z.avail_in = (unsigned)in.len;
    int result = inflateInit2(&z, GZIP_OR_ZLIB);
    if (result != Z_OK)
        return broken(&z, result, what, err);
    int rc = inflate_all(&z, what, to, err);
    inflateEnd(&z);
    return rc;
}

int pail_zip(struct pail_str in, struct pail_buf *to, struct pail_error *err)
{
    z_stream z = {.zalloc = zip_alloc, .zfree = zip_free};

    if (in.len > UINT_MAX / 2)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_TOO_BIG, "compressing: more than 2 GiB");
    int result = deflateInit(&z, Z_BEST_COMPRESSION);
    if (result != Z_OK)
        return broken(&z, result, "compressing", err);
    size_t bound = deflateBound(&z, in.len);
    z.next_out = pail_buf_reserve(to, bound);
    if (!z.next_out) {
        deflateEnd(&z);
        return pail_buf_check(to, "compressing", err);
    }
    z.avail_out = (unsigned)bound;
    z.next_in = (Bytef *)(in.len ? in.ptr : "");
    z.avail_in = (unsigned)in.len;
    result = deflate(&z, Z_FINISH);
    if (result == Z_STREAM_END)
        pail_buf_added(to, bound - z.avail_out);
    deflateEnd(&z);
    return result == Z_STREAM_END ? 0 : broken(&z, result, "compressing", err);
}
