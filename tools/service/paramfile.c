/* SPDX-License-Identifier: Apache-2.0 */
/* file:// and fileb://: parameters that are in files. */
#include "tools/service/input.h"

#include <string.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/str.h"
#include "base/value_repr.h"

#define FILE_MAX_BYTES ((size_t)1 << 31)

/* Universal newlines: CR LF and CR become LF, as a text file reads elsewhere. */
static void unify_newlines(struct pail_buf *to, struct pail_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != '\r')
            pail_buf_char(to, s.ptr[i]);
        else if (i + 1 >= s.len || s.ptr[i + 1] != '\n')
            pail_buf_char(to, '\n');
    }
}

static int read_file(struct pail_values *vs, const char *path, const char *text, bool binary,
                     struct pail_value **ret, struct pail_buf *why)
{
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_AUTOFREE char *data = NULL;
    size_t len = 0;
    if (pail_file_read_all(path, FILE_MAX_BYTES, &data, &len, &err)) {
        pail_buf_fmt(why, "Unable to load paramfile %s: ", text);
        if (err.os_errno) {
            pail_buf_fmt(why, "[Errno %d] %s: ", err.os_errno, strerror(err.os_errno));
            pail_text_repr(why, pail_str(path));
        } else {
            pail_buf_z(why, err.message);
        }
        return PAIL_E_INVALID;
    }
    if (binary) {
        *ret = pail_value_blob(vs, (struct pail_bytes){data, len});
    } else if (!pail_str_is_utf8(pail_strn(data, len))) {
        pail_buf_fmt(why,
                     "Unable to load paramfile (%s), text contents could not be decoded.  If this "
                     "is a binary file, please use the fileb:// prefix instead of the file:// "
                     "prefix.",
                     path);
        return PAIL_E_INVALID;
    } else {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf unified = PAIL_BUF_INIT(FILE_MAX_BYTES);
        unify_newlines(&unified, pail_strn(data, len));
        *ret = pail_value_str(vs, pail_buf_view(&unified));
    }
    return *ret ? 0 : PAIL_E_NOMEM;
}

int pail_paramfile(struct pail_values *vs, const char *text, struct pail_value **ret,
                   struct pail_buf *why)
{
    struct pail_str s = pail_str(text);
    bool binary = pail_str_starts(s, PAIL_STR("fileb://"));
    *ret = NULL;
    if (!binary && !pail_str_starts(s, PAIL_STR("file://")))
        return 0;
    PAIL_AUTOFREE char *path = pail_config_expand_path(text + (binary ? 8 : 7));
    if (!path)
        return PAIL_E_NOMEM;
    return read_file(vs, path, text, binary, ret, why);
}
