/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim/fs_model.h - the reference model of one worker's directory: what it must see, and what S3 may
 * have.
 *
 * One worker is the only writer below its directory, so what it sees itself is known exactly
 * (`view`). What S3 has is known exactly where everything was acknowledged; a file with
 * unacknowledged changes may be in any of several states
 * (`stored`). Trees are values: before an operation the tree after it is computed on a copy, and
 * whichever of the two the world turns out to be in goes on.
 *
 * A log keeps for every path which state was possible from when to when: what other readers may
 * find.
 */
#ifndef SIM_FS_MODEL_H
#define SIM_FS_MODEL_H

#include "sim/fs_content.h"

#define FSM_PATH 64u
#define FSM_TARGET 40u
#define FSM_XATTR 24u
#define FSM_NODES 48u
#define FSM_STATES 16u

enum fsm_kind { FSM_ABSENT, FSM_FILE, FSM_DIR, FSM_LINK };

/* What S3 may have under a key. */
struct fsm_state {
    enum fsm_kind kind;
    const struct fsc *content; /* of a file */
    char target[FSM_TARGET];   /* of a link */
};

struct fsm_node {
    unsigned id;
    char path[FSM_PATH]; /* below the worker's directory; "": removed while open */
    enum fsm_kind kind;
    const struct fsc *view;
    char target[FSM_TARGET];
    uint32_t mode;         /* permission bits */
    char xattr[FSM_XATTR]; /* of user.sim; "": none */
    bool vague; /* an operation on it failed: mode and xattr may be the old or the new ones, a
                   conflict may follow */
    bool half;  /* left by a rename that failed half way; the next mount may end that rename */
    bool dirty; /* stored has more than the view */
    struct fsm_state stored[FSM_STATES];
    unsigned n_stored;
    unsigned handles;
};

struct fsm_tree {
    struct fsm_node nodes[FSM_NODES]; /* in no order */
    unsigned n, next_id;
};

struct fsm_node *fsm_find(struct fsm_tree *t, const char *path);
struct fsm_node *fsm_by_id(struct fsm_tree *t, unsigned id);
/* Is path a child of dir ("" is the root)? */
bool fsm_is_child(const char *path, const char *dir);
bool fsm_is_below(const char *path, const char *dir);
unsigned fsm_children(const struct fsm_tree *t, const char *dir);
bool fsm_has_room(const struct fsm_tree *t);

/* Each changes the tree as the operation does when it succeeds, or returns the errno that it fails
 * with. */
int fsm_create(struct fsm_tree *t, const char *path, uint32_t mode, bool excl, unsigned *ret_id);
int fsm_mkdir(struct fsm_tree *t, const char *path, uint32_t mode);
int fsm_symlink(struct fsm_tree *t, const char *path, const char *target);
int fsm_unlink(struct fsm_tree *t, const char *path);
int fsm_rmdir(struct fsm_tree *t, const char *path);
int fsm_rename(struct fsm_tree *t, const char *from, const char *to, bool noreplace);
/* The owner sees new content; S3 may have it. */
void fsm_change(struct fsm_node *n, const struct fsc *view);
/* S3 has what the owner sees. */
void fsm_commit(struct fsm_node *n);
void fsm_remove(struct fsm_tree *t, struct fsm_node *n);
void fsm_add_state(struct fsm_node *n, const struct fsm_state *s);
bool fsm_may_be(const struct fsm_node *n, const struct fsm_state *s);
bool fsm_same_state(const struct fsm_state *a, const struct fsm_state *b);
void fsm_describe(const struct fsm_state *s, char *to, size_t cap);

/* ---- What others may see --------------------------------------------------------------------- */

struct fsm_entry {
    char path[FSM_PATH];
    struct fsm_state state;
    int64_t from, to; /* virtual time; PAIL_NEVER: still possible */
};
/* New attributes of the same content: a new version all the same, which a reader may meet. */
struct fsm_touch {
    char path[FSM_PATH];
    int64_t from, to;
};
#define FSM_TOUCHES 16u
struct fsm_log {
    struct fsm_entry *entries;
    size_t n, cap;
    struct fsm_touch touches[FSM_TOUCHES]; /* the last ones */
    unsigned n_touches;
};
/* Begins now; the caller sets `to` at the end. */
struct fsm_touch *fsm_log_touch(struct fsm_log *log, const char *path, int64_t now);
/* Possible now is what a or b (may be NULL) say; what is new was possible since `since`. */
void fsm_log_update(struct fsm_log *log, const struct fsm_tree *a, const struct fsm_tree *b,
                    int64_t since, int64_t now);
/* Any path that ever was, by number; NULL past the end. */
const char *fsm_log_path(const struct fsm_log *log, size_t i);

#endif
