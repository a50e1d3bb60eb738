/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim/fs_worker.h - one program on one mount: works below its own directory, where nobody else
 * writes, and knows what it must find there.
 *
 * An operation is announced (the tree before and after it), carried out, and settled by its result:
 * success means after, the refusal that the model predicts means before, and a failure of the
 * network or disk means that S3 is looked at. The structs outlive the machine: a restarted worker
 * settles what its predecessor was doing.
 */
#ifndef SIM_FS_WORKER_H
#define SIM_FS_WORKER_H

#include "sim/fs_client.h"
#include "sim/fs_model.h"
#include "sim/scenario.h"

#define FSW_WORKERS 8u
#define FSW_CLIENTS 4u
#define FSW_FILES 3u
#define FSW_TOKENS 2048u

struct fsw_file {
    struct fsv_file f; /* h NULL: free */
    unsigned id;       /* of the model's node */
    int flags;
    bool broken; /* its flush met a conflict after a failure: not committed again */
};

struct fs_actual {
    struct {
        char path[FSM_PATH];
        enum fsm_kind kind;
        const unsigned char *data;
        size_t n;
    } entries[4 * FSM_NODES];
    unsigned n;
};

struct fsw {
    struct fs_world *world;
    struct fs_client *client;
    unsigned number;
    char root[16]; /* directory below the mount */
    unsigned roots;
    struct sim_rng rng;
    struct fsv v;
    struct fsm_tree tree;
    struct fsm_log log;
    struct fsw_file files[FSW_FILES];
    unsigned ops_done, locks;
    uint64_t next_token;
    bool finished;
    /* the operation under way */
    bool busy, tree_rename; /* from, to: of a rename or removal */
    struct fsm_tree post;
    int expect;
    int64_t began;
    char what[160], from[FSM_PATH], to[FSM_PATH];
    struct fs_actual actual; /* settle */
};

struct fs_token { /* a record of the shared log */
    unsigned worker, number;
    bool acked, refused;
    int64_t acked_at;
};

struct fs_post { /* a worker's file of fs_board.c */
    unsigned begun, acked;
    int64_t since; /* it has been there */
};

struct fs_world {
    struct sim_run *run;
    struct fs_client clients[FSW_CLIENTS];
    bool log_busy[FSW_CLIENTS]; /* of a client's workers one at a time appends to the shared log */
    struct fsw *workers[FSW_WORKERS];
    unsigned n_clients, n_workers;
    int64_t ttl_ns;
    bool big; /* files of several parts */
    struct fs_token tokens[FSW_TOKENS];
    unsigned n_tokens;
    struct fs_post posts[FSW_WORKERS];
    uint64_t late_at_crash[FSW_CLIENTS]; /* requests of dead machines executed until then */
    int holder;                          /* worker that holds the shared lock; -1: nobody */
};

/* ---- fs_worker.c ----------------------------------------------------------------------------- */

/* "d1/a/b" for "a/b". */
const char *fsw_path(const struct fsw *w, const char *path, char to[FSM_PATH + 20]);
/* post is w->tree; change it, then begin. */
struct fsm_tree *fsw_plan(struct fsw *w);
void fsw_begin(struct fsw *w, int expect, const char *fmt, ...) PAIL_PRINTF(3, 4);
/* True: it happened. */
bool fsw_end(struct fsw *w, int rc);
/* May this error come from the faults of this run? */
bool fsw_transient(const struct fsw *w, int rc);
/* After a crash: what is in S3 becomes the tree, if it may be. */
void fsw_recover(struct fsw *w);
/* The last handle of a file with unacknowledged changes is gone: which of them did S3 take? */
void fsw_adopt(struct fsw *w, unsigned id);

/* ---- fs_check.c ------------------------------------------------------------------------------ */

/* What S3 has below the worker's directory. */
void fsx_peek(const struct fsw *w, struct fs_actual *ret);
/* Is that possible by the tree? why says what is not. */
bool fsx_match(struct fsm_tree *t, const struct fs_actual *a, char why[256]);
/* Every file of `from` has not got lost on its way below `to`. */
bool fsx_nothing_lost(struct fsm_tree *t, const struct fs_actual *a, const char *from,
                      const char *to, char why[256]);
/* Files that may be in several states are in the one that S3 has. */
/* The same for one; false: it is not there. */
bool fsx_take_node(struct fsm_node *node, const struct fs_actual *a);
void fsx_take(struct fsm_tree *t, const struct fs_actual *a);
/* Walks the directory through v's mount and compares with the tree: names, kinds, sizes, modes,
 * contents, links, attributes. 0, or an errno that may come from faults. */
int fsx_verify(struct fsw *w, struct fsv *v);
/* Through v: path of another worker. What was found must have been so at some time since it was
 * asked for. */
void fsx_look(struct fsw *other, struct fsv *v, const char *path);

/* ---- fs_ops.c, fs_board.c, fs_shared.c ------------------------------------------------------- */

void fsw_step(struct fsw *w);      /* one random operation */
void fsw_close_all(struct fsw *w); /* until it works */
void fsw_post(struct fsw *w);      /* a new number into its own file */
void fsw_read_post(struct fsw *w); /* another host's */
void fsw_append_shared(struct fsw *w);
void fsw_lock_shared(struct fsw *w);
void fsw_unlock_after_crash(struct fsw *w);
/* Through a fresh mount, when all have ended. */
void fs_check_shared(struct fs_world *world, struct fsv *v);

#endif
