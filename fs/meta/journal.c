/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/journal.c - what must survive a crash: uploads, the journal, small settings.
 *
 * add returns when the row is durable; many adds at once share a sync (tx.c). When that fails the
 * caller is told that it is not there.
 *
 * A row of a change that is over must not be there any more when its names mean something else: it
 * would be replayed over them. When the disk refuses to remove it, it lingers, and names are given
 * (pail_meta_journal_clear) only after another try that worked.
 *
 * Rows are handed out one at a time without the lock, because who replays the journal changes it
 * meanwhile.
 */
#include "base/alloc.h"
#include "meta/db.h"

/* Runs s as an operation of its own. */
static int run_op(struct pail_meta *m, sqlite3_stmt *s, struct pail_error *err)
{
    int rc = pail_meta_op_begin_locked(m, err);
    if (rc < 0)
        return rc;
    return pail_meta_op_end_locked(m, pail_stmt_run(m, s, err), err);
}

/* ---- Uploads --------------------------------------------------------------------------------- */

static int remove_upload(struct pail_meta *m, struct pail_str upload_id, struct pail_error *err)
{
    sqlite3_stmt *s = pail_stmt(m, PAIL_STMT_UPLOAD_REMOVE);
    pail_bind_str(s, 1, upload_id);
    return run_op(m, s, err);
}

int pail_meta_upload_add(struct pail_meta *m, struct pail_str bucket, struct pail_str key,
                         struct pail_str upload_id, struct pail_error *err)
{
    PAIL_LOCKED(&m->mutex);
    sqlite3_stmt *s = pail_stmt(m, PAIL_STMT_UPLOAD_ADD);
    pail_bind_str(s, 1, upload_id);
    pail_bind_str(s, 2, bucket);
    pail_bind_str(s, 3, key);
    int rc = run_op(m, s, err);
    if (rc < 0)
        return rc;
    rc = pail_meta_durable_locked(m, err);
    if (rc < 0)
        (void)!remove_upload(m, upload_id, NULL); /* the first error is the one that counts */
    return rc;
}

int pail_meta_upload_remove(struct pail_meta *m, struct pail_str upload_id, struct pail_error *err)
{
    PAIL_LOCKED(&m->mutex);
    return remove_upload(m, upload_id, err);
}

/* The row behind `last`, in copies. 1: there is one. */
static int next_upload(struct pail_meta *m, int64_t *last, struct pail_buf text[3],
                       struct pail_error *err)
{
    PAIL_LOCKED(&m->mutex);
    PAIL_STMT(s, m, PAIL_STMT_UPLOAD_NEXT);
    pail_bind_i64(s, 1, *last);
    int rc = pail_stmt_step(m, s, err);
    if (rc <= 0)
        return rc;
    *last = sqlite3_column_int64(s, 0);
    for (int i = 0; i < 3; i++) {
        pail_buf_reset(&text[i]);
        pail_buf_str(&text[i], pail_column_str(s, i + 1));
        rc = pail_buf_check(&text[i], "an upload", err);
        if (rc < 0)
            return rc;
    }
    return 1;
}

static int stopped(int rc, const char *what, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_FS, (enum pail_code)rc, "reading %s: stopped by the reader",
                          what);
}

int pail_meta_uploads(struct pail_meta *m,
                      int (*each)(void *ud, struct pail_str bucket, struct pail_str key,
                                  struct pail_str upload_id),
                      void *ud, struct pail_error *err)
{
    struct pail_buf text[3];
    for (int i = 0; i < 3; i++)
        pail_buf_init(&text[i], 1 << 20);
    int64_t last = 0;
    int rc;
    while ((rc = next_upload(m, &last, text, err)) > 0) {
        rc = each(ud, pail_buf_view(&text[0]), pail_buf_view(&text[1]), pail_buf_view(&text[2]));
        if (rc < 0)
            rc = stopped(rc, "the uploads", err);
        if (rc != 0)
            break;
    }
    for (int i = 0; i < 3; i++)
        pail_buf_done(&text[i]);
    return rc < 0 ? rc : 0;
}

/* ---- Journal --------------------------------------------------------------------------------- */

static int remove_entry(struct pail_meta *m, uint64_t id, struct pail_error *err)
{
    sqlite3_stmt *s = pail_stmt(m, PAIL_STMT_JOURNAL_REMOVE);
    pail_bind_u64(s, 1, id);
    return run_op(m, s, err);
}

/* The row stays although it is to go: until it has gone, no name is given to anything. */
static void linger(struct pail_meta *m, uint64_t id)
{
    for (size_t i = 0; i < m->lingering.n; i++)
        if (m->lingering.ids[i] == id)
            return;
    if (m->lingering.n == m->lingering.cap) {
        size_t cap = m->lingering.cap ? 2 * m->lingering.cap : 16;
        uint64_t *ids = pail_reallocarray(m->lingering.ids, cap, sizeof(*ids));
        if (!ids) {
            m->lingering.unknown = true;
            return;
        }
        m->lingering.ids = ids;
        m->lingering.cap = cap;
    }
    m->lingering.ids[m->lingering.n++] = id;
}

static int clear_locked(struct pail_meta *m, struct pail_error *err)
{
    if (PAIL_LIKELY(!m->lingering.n && !m->lingering.unknown))
        return 0;
    if (m->lingering.unknown)
        return pail_error_nomem(err);
    size_t n = m->lingering.n;
    int rc = 0;
    for (size_t i = 0; i < n && !rc; i++)
        rc = remove_entry(m, m->lingering.ids[i], err);
    if (!rc)
        rc = pail_meta_durable_locked(m, err); /* gives the lock up: more may linger by now */
    if (rc < 0)
        return rc;
    if (m->lingering.n >= n) {
        m->lingering.n -= n;
        memmove(m->lingering.ids, m->lingering.ids + n, m->lingering.n * sizeof(*m->lingering.ids));
    }
    return 0;
}

int pail_meta_journal_clear(struct pail_meta *m, struct pail_error *err)
{
    PAIL_LOCKED(&m->mutex);
    int rc = clear_locked(m, err);
    return rc < 0 ? pail_error_prefix(err, "the journal's last entry cannot be removed") : 0;
}

int pail_meta_journal_add(struct pail_meta *m, struct pail_bytes payload, uint64_t *ret_id,
                          struct pail_error *err)
{
    PAIL_LOCKED(&m->mutex);
    int cleared = clear_locked(m, err);
    if (cleared < 0)
        return cleared;
    sqlite3_stmt *s = pail_stmt(m, PAIL_STMT_JOURNAL_ADD);
    pail_bind_str(s, 1, pail_strn(payload.ptr, payload.len));
    int rc = run_op(m, s, err);
    if (rc < 0)
        return rc;
    uint64_t id = (uint64_t)sqlite3_last_insert_rowid(m->db);
    rc = pail_meta_durable_locked(m, err);
    if (rc < 0) {
        linger(m, id);
        (void)!remove_entry(m, id, NULL); /* as far as the disk lets us */
        return rc;
    }
    *ret_id = id;
    return 0;
}

int pail_meta_journal_update(struct pail_meta *m, uint64_t id, struct pail_bytes payload,
                             struct pail_error *err)
{
    PAIL_LOCKED(&m->mutex);
    sqlite3_stmt *s = pail_stmt(m, PAIL_STMT_JOURNAL_UPDATE);
    pail_bind_u64(s, 1, id);
    pail_bind_str(s, 2, pail_strn(payload.ptr, payload.len));
    int rc = run_op(m, s, err);
    if (rc == 0 && sqlite3_changes(m->db) == 0)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOENT, "journal entry %llu: not there",
                            (unsigned long long)id);
    return rc;
}

int pail_meta_journal_remove(struct pail_meta *m, uint64_t id, struct pail_error *err)
{
    PAIL_LOCKED(&m->mutex);
    int rc = remove_entry(m, id, err);
    if (rc == 0)
        rc = pail_meta_durable_locked(m, err);
    if (rc < 0)
        linger(m, id);
    return rc;
}

static int next_entry(struct pail_meta *m, uint64_t *last, struct pail_buf *text,
                      struct pail_error *err)
{
    PAIL_LOCKED(&m->mutex);
    PAIL_STMT(s, m, PAIL_STMT_JOURNAL_NEXT);
    pail_bind_u64(s, 1, *last);
    int rc = pail_stmt_step(m, s, err);
    if (rc <= 0)
        return rc;
    *last = (uint64_t)sqlite3_column_int64(s, 0);
    pail_buf_reset(text);
    pail_buf_str(text, pail_column_str(s, 1));
    rc = pail_buf_check(text, "a journal entry", err);
    return rc < 0 ? rc : 1;
}

int pail_meta_journal(struct pail_meta *m,
                      int (*each)(void *ud, uint64_t id, struct pail_bytes payload), void *ud,
                      struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT((size_t)1 << 30);
    uint64_t last = 0;
    int rc;
    while ((rc = next_entry(m, &last, &text, err)) > 0) {
        rc = each(ud, last, (struct pail_bytes){pail_buf_cstr(&text), text.len});
        if (rc < 0)
            rc = stopped(rc, "the journal", err);
        if (rc != 0)
            break;
    }
    return rc < 0 ? rc : 0;
}

/* ---- Settings -------------------------------------------------------------------------------- */

int pail_meta_kv_get(struct pail_meta *m, struct pail_str key, struct pail_buf *ret,
                     struct pail_error *err)
{
    PAIL_LOCKED(&m->mutex);
    PAIL_STMT(s, m, PAIL_STMT_KV_GET);
    pail_bind_str(s, 1, key);
    int rc = pail_stmt_step(m, s, err);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOENT, "setting %.*s: not there",
                              PAIL_STR_ARG(key));
    pail_buf_str(ret, pail_column_str(s, 0));
    return pail_buf_check(ret, "a setting", err);
}

int pail_meta_kv_set(struct pail_meta *m, struct pail_str key, struct pail_str value,
                     struct pail_error *err)
{
    PAIL_LOCKED(&m->mutex);
    sqlite3_stmt *s = pail_stmt(m, PAIL_STMT_KV_SET);
    pail_bind_str(s, 1, key);
    pail_bind_str(s, 2, value);
    return run_op(m, s, err);
}
