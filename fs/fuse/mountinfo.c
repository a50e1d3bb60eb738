/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/self/mountinfo: "36 35 98:0 /root /mount/point rw,... shared:1 - type source options", with
 * \040 for a space. */
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/str.h"
#include "fuse/mount.h"

static void unescape(struct pail_str s, struct pail_buf *to)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\\' && i + 3 < s.len) {
            int v = (s.ptr[i + 1] - '0') * 64 + (s.ptr[i + 2] - '0') * 8 + (s.ptr[i + 3] - '0');
            pail_buf_char(to, (char)v);
            i += 3;
        } else {
            pail_buf_char(to, s.ptr[i]);
        }
    }
}

static void copy_text(struct pail_str s, char *ret, size_t cap)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(4096);
    unescape(s, &text);
    size_t n = text.len < cap - 1 ? text.len : cap - 1;
    memcpy(ret, pail_buf_cstr(&text), n);
    ret[n] = '\0';
}

/* False: the line is of another mount. */
static bool parse_line(struct pail_str line, const char *path, struct pail_mount_info *ret)
{
    struct pail_str id, parent, device, root, point, word;
    if (!pail_str_split(&line, ' ', &id) || !pail_str_split(&line, ' ', &parent) ||
        !pail_str_split(&line, ' ', &device) || !pail_str_split(&line, ' ', &root) ||
        !pail_str_split(&line, ' ', &point))
        return false;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(8192);
    unescape(point, &text);
    if (strcmp(pail_buf_cstr(&text), path) != 0)
        return false;
    while (pail_str_split(&line, ' ', &word) && !pail_str_eqz(word, "-"))
        ;
    struct pail_str type, source, major;
    uint64_t number = 0, maj = 0, min = 0;
    if (!pail_str_split(&line, ' ', &type) || !pail_str_split(&line, ' ', &source) ||
        !pail_str_to_u64(id, &number))
        return false;
    struct pail_str rest = device;
    if (!pail_str_split(&rest, ':', &major) || !pail_str_to_u64(major, &maj) ||
        !pail_str_to_u64(rest, &min))
        return false;
    ret->mount_id = number;
    ret->major = (unsigned)maj;
    ret->minor = (unsigned)min;
    copy_text(type, ret->fstype, sizeof(ret->fstype));
    copy_text(source, ret->source, sizeof(ret->source));
    return true;
}

int pail_mount_info(const char *path, struct pail_mount_info *ret, struct pail_error *err)
{
    PAIL_AUTOFREE char *text = NULL;
    size_t len = 0;
    int rc = pail_file_read_all("/proc/self/mountinfo", 16 << 20, &text, &len, err);
    if (rc)
        return rc;
    struct pail_str rest = pail_strn(text, len), line;
    bool found = false;
    while (pail_str_split(&rest, '\n', &line)) /* the last one lies on top */
        found |= parse_line(line, path, ret);
    return found
               ? 0
               : pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOENT, "nothing is mounted at %s", path);
}
