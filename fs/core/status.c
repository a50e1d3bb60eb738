/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and text about the mount: statfs for df, counters for tests, and what pail status shows.
 */
#include "core/core.h"

#define BLOCK 4096
#define TOTAL_BYTES (UINT64_C(1) << 60)
#define TOTAL_FILES (UINT64_C(1) << 40)

/* Used is what the metadata table knows; S3 has no end. */
int pail_fs_statfs(struct pail_fs *fs, struct pail_fs_statfs *ret, struct pail_error *err)
{
    struct pail_meta_usage u;
    PAIL_OP_ERROR(err);
    memset(&u, 0, sizeof(u));
    int rc = pail_meta_usage(fs->fixed.meta, &u, err);
    if (rc)
        return rc;
    *ret = (struct pail_fs_statfs){
        .bytes_total = pail_max_u64(TOTAL_BYTES, u.bytes),
        .bytes_used = u.bytes,
        .files_total = TOTAL_FILES,
        .files_used = u.files + u.dirs,
        .block_size = BLOCK,
        .name_max = PAIL_NAME_MAX,
    };
    return 0;
}

void pail_fs_stats(struct pail_fs *fs, struct pail_fs_stats *ret)
{
    struct pail_cache_stats cache;
    struct pail_writer_stats writer;
    pail_cache_stats(fs->fixed.cache, &cache);
    pail_writer_stats(fs->fixed.writer, &writer);
    pail_tree_lock(fs);
    *ret = (struct pail_fs_stats){.nodes = fs->tree.n_nodes, .escaped_names = fs->tree.n_escaped};
    PAIL_LIST_FOR (it, &fs->tree.drafts) {
        ret->drafts++;
    }
    pail_tree_unlock(fs);
    ret->handles = atomic_load(&fs->stat.handles);
    ret->changes = pail_queue_len(fs->fixed.queue);
    ret->requests = pail_s3_requests_sent(fs->fixed.s3);
    ret->read_memory = cache.used;
    ret->read_memory_peak = cache.peak;
    ret->write_memory = writer.memory_used;
    ret->write_memory_peak = writer.memory_peak;
    ret->staged_bytes = writer.staged_bytes;
}

static const char *state_name(enum pail_change_state s)
{
    switch (s) {
    case PAIL_CHANGE_RUNNING:
        return "running";
    case PAIL_CHANGE_DONE:
        return "done";
    case PAIL_CHANGE_FAILED:
        return "failed";
    case PAIL_CHANGE_OPEN:
    case PAIL_CHANGE_SEALED:
        break;
    }
    return "waiting";
}

static void describe_change(void *ud, const struct pail_change *c)
{
    struct pail_buf *to = ud;
    pail_buf_fmt(to, "change: %s, %s", c->what, state_name(c->state));
    for (size_t i = 0; i < c->n_claims; i++)
        pail_buf_fmt(to, "%s s3://%.*s/%.*s%s", i ? "," : "", PAIL_STR_ARG(c->claims[i].bucket),
                     PAIL_STR_ARG(c->claims[i].key), c->claims[i].prefix ? "*" : "");
    pail_buf_char(to, '\n');
}

static void describe_drafts(struct pail_fs *fs, struct pail_buf *to)
{
    pail_tree_lock(fs);
    PAIL_LIST_FOR (it, &fs->tree.drafts) {
        const struct pail_node *n = PAIL_CONTAINER(it, struct pail_node, draft_link);
        if (n->unlinked || !pail_node_pending_locked(n))
            continue;
        pail_buf_fmt(to, "not in S3 yet: s3://%s/", n->volume->bucket);
        pail_node_key_locked(n, to);
        pail_buf_fmt(to, ", %llu bytes%s\n", (unsigned long long)pail_node_size_locked(n),
                     n->pending.refused ? ", refused" : "");
    }
    pail_tree_unlock(fs);
}

void pail_fs_status(struct pail_fs *fs, struct pail_buf *to)
{
    struct pail_fs_stats s;
    pail_fs_stats(fs, &s);
    pail_volumes_status(fs, to);
    pail_buf_fmt(to, "nodes: %llu, open: %llu, drafts: %llu, changes: %llu, requests: %llu\n",
                 (unsigned long long)s.nodes, (unsigned long long)s.handles,
                 (unsigned long long)s.drafts, (unsigned long long)s.changes,
                 (unsigned long long)s.requests);
    pail_buf_fmt(to,
                 "memory: %llu bytes of read buffers, %llu of write buffers; staged: %llu bytes\n",
                 (unsigned long long)s.read_memory, (unsigned long long)s.write_memory,
                 (unsigned long long)s.staged_bytes);
    if (s.escaped_names)
        pail_buf_fmt(to, "names shown under an escape: %llu\n",
                     (unsigned long long)s.escaped_names);
    uint64_t saved = atomic_load(&fs->stat.saved);
    if (saved)
        pail_buf_fmt(to, "files that S3 did not take: %llu, in %s/lost+found\n",
                     (unsigned long long)saved, fs->fixed.state_dir);
    if (fs->fixed.aside[0])
        pail_buf_fmt(to, "a database that could not be used was set aside: %s\n", fs->fixed.aside);
    describe_drafts(fs, to);
    pail_queue_each(fs->fixed.queue, describe_change, to);
    pail_last_errors_status(fs, to);
}
