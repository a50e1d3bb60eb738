/* SPDX-License-Identifier: Apache-2.0 */
/* The payload's form is in the header. */
#include "core/journal.h"

#include "base/str.h"

#define MAGIC "PAILJ1"
#define TEXTS 7
#define TEXT_MAX 4096

static void texts_of(const struct pail_journal_rename *j, struct pail_str ret[TEXTS])
{
    const struct pail_str all[TEXTS] = {j->bucket,     j->from,     j->to,    j->etag,
                                        j->version_id, j->replaced, j->cursor};
    memcpy(ret, all, sizeof(all));
}

int pail_journal_encode(const struct pail_journal_rename *j, struct pail_buf *to,
                        struct pail_error *err)
{
    struct pail_str texts[TEXTS];
    texts_of(j, texts);
    pail_buf_z(to, MAGIC);
    pail_buf_char(to, (char)j->type);
    pail_buf_char(to, (char)j->phase);
    for (size_t i = 0; i < TEXTS; i++) {
        for (unsigned shift = 0; shift < 32; shift += 8)
            pail_buf_char(to, (char)((texts[i].len >> shift) & 0xff));
        pail_buf_str(to, texts[i]);
    }
    return pail_buf_check(to, "journal", err);
}

static bool take_text(const unsigned char **p, size_t *left, struct pail_str *ret)
{
    if (*left < 4)
        return false;
    size_t n = (size_t)(*p)[0] | (size_t)(*p)[1] << 8 | (size_t)(*p)[2] << 16 |
               (size_t)(*p)[3] << 24;
    if (n > TEXT_MAX || n > *left - 4)
        return false;
    *ret = pail_strn((const char *)*p + 4, n);
    *p += 4 + n;
    *left -= 4 + n;
    return true;
}

static int garbage(const char *what, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE, "journal: %s", what);
}

static int check(const struct pail_journal_rename *j, struct pail_error *err)
{
    bool tree = j->type == PAIL_JOURNAL_TREE;
    if (!tree && j->type != PAIL_JOURNAL_FILE && j->type != PAIL_JOURNAL_PROBE)
        return garbage("a change of a kind that is not known", err);
    if (j->phase != PAIL_JOURNAL_COPYING && j->phase != PAIL_JOURNAL_DELETING)
        return garbage("a phase that is not known", err);
    if (!j->bucket.len || !j->from.len || !j->to.len || pail_str_eq(j->from, j->to))
        return garbage("a rename without names", err);
    if (tree && (!pail_str_ends(j->from, PAIL_STR("/")) || !pail_str_ends(j->to, PAIL_STR("/")) ||
                 pail_str_starts(j->to, j->from) || pail_str_starts(j->from, j->to)))
        return garbage("a rename of a directory that cannot be one", err);
    if (j->cursor.len && !pail_str_starts(j->cursor, j->from))
        return garbage("a cursor outside of its directory", err);
    return 0;
}

int pail_journal_decode(struct pail_bytes payload, struct pail_journal_rename *ret,
                        struct pail_error *err)
{
    const unsigned char *p = payload.ptr;
    size_t left = payload.len, head = strlen(MAGIC) + 2;
    struct pail_str t[TEXTS];
    if (left < head || memcmp(p, MAGIC, strlen(MAGIC)) != 0)
        return garbage("not of this version", err);
    struct pail_journal_rename j = {.type = p[head - 2], .phase = p[head - 1]};
    p += head;
    left -= head;
    for (size_t i = 0; i < TEXTS; i++)
        if (!take_text(&p, &left, &t[i]))
            return garbage("cut short", err);
    if (left)
        return garbage("longer than it should be", err);
    j.bucket = t[0];
    j.from = t[1];
    j.to = t[2];
    j.etag = t[3];
    j.version_id = t[4];
    j.replaced = t[5];
    j.cursor = t[6];
    int rc = check(&j, err);
    if (!rc)
        *ret = j;
    return rc;
}
