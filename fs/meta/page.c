/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/page.c - one page of a listing: a thousand answers at once.
 *
 * The page is sorted by name (keys come nearly so: "a/" is the name "a" but sorts behind "a-b") and
 * merged with the directory's rows in one walk over the table, which skips ahead by a new descent
 * where the page leaves many rows out. The walk only decides; what it decides is written
 * afterwards, since a statement must not stand in a table that changes. Rows that a listing
 * confirms differ in stamp and time only; runs of them are written by one UPDATE over a range of
 * names.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/str.h"
#include "meta/merge.h"
#include "meta/nodes.h"

/* Rows to pass over before a new descent is cheaper. */
#define SKIP_MAX 8

enum action {
    SKIP,   /* the row is newer, or the page names it again later */
    TOUCH,  /* as it was */
    CHANGE, /* known, and not the same; `known` has the row */
    ADD,    /* no row */
};

struct step {
    struct pail_row row; /* the answer, with parent, stamp and time filled in */
    size_t at;           /* place in the page: sorting keeps the order of equals */
    enum action action;
    bool joined;  /* the row follows the one of the step before in the table */
    size_t known; /* index into plan.known */
};

struct plan {
    struct step *steps;
    size_t n;
    struct pail_nodes known;
};

static void plan_done(struct plan *p)
{
    pail_free(p->steps);
    pail_nodes_done(&p->known);
}

static int by_name(const void *a, const void *b)
{
    const struct step *x = a, *y = b;
    int c = pail_str_cmp(x->row.name, y->row.name);
    return c ? c : x->at < y->at ? -1 : 1;
}

static int plan_init(struct plan *p, const struct pail_meta_listing *l, const struct pail_row *rows,
                     size_t n, struct pail_error *err)
{
    p->steps = pail_calloc(n, sizeof(*p->steps));
    if (!p->steps)
        return pail_error_nomem(err);
    p->n = n;
    bool sorted = true;
    for (size_t i = 0; i < n; i++) {
        const struct pail_row *r = &rows[i];
        if (r->name.len == 0 || r->kind == PAIL_KIND_NONE || r->size > INT64_MAX)
            return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                                  "not a line of a listing: \"%.*s\"", PAIL_STR_ARG(r->name));
        struct step *s = &p->steps[i];
        s->row = *r;
        s->at = i;
        s->row.parent = l->dir;
        s->row.stamp = l->stamp;
        if (s->row.seen_ns == 0)
            s->row.seen_ns = l->began_ns;
        if (i && pail_str_cmp(rows[i - 1].name, r->name) >= 0)
            sorted = false;
    }
    if (!sorted)
        qsort(p->steps, n, sizeof(*p->steps), by_name);
    return 0;
}

/* ---- The walk -------------------------------------------------------------------------------- */

struct walk {
    struct pail_meta *m;
    sqlite3_stmt *s;
    uint64_t dir;
    bool started, at_end;
    bool matched; /* it stands on the row of the last step */
    bool gap;     /* it has passed over rows since then */
    struct pail_node node;
};

static int walk_step(struct walk *w, struct pail_error *err)
{
    int rc = pail_stmt_step(w->m, w->s, err);
    w->at_end = rc == 0;
    if (rc > 0)
        pail_node_read(w->m, w->s, &w->node);
    return rc < 0 ? rc : 0;
}

static int walk_seek(struct walk *w, struct pail_str name, struct pail_error *err)
{
    pail_stmt_reset(w->s);
    pail_bind_u64(w->s, 1, w->dir);
    pail_bind_str(w->s, 2, name);
    w->started = w->gap = true;
    w->matched = false;
    return walk_step(w, err);
}

/* Goes to the first row not before name. 1: that is its row. */
static int walk_to(struct walk *w, struct pail_str name, struct pail_error *err)
{
    int rc = w->started ? 0 : walk_seek(w, name, err);
    unsigned skipped = 0;
    while (rc == 0 && !w->at_end && pail_str_cmp(w->node.row.name, name) < 0) {
        if (!w->matched)
            w->gap = true;
        w->matched = false;
        rc = ++skipped > SKIP_MAX ? walk_seek(w, name, err) : walk_step(w, err);
    }
    if (rc < 0 || w->at_end)
        return rc;
    return pail_str_eq(w->node.row.name, name);
}

static int decide(struct plan *p, struct walk *w, size_t i, struct pail_error *err)
{
    struct step *s = &p->steps[i];
    if (i + 1 < p->n && pail_str_eq(s->row.name, p->steps[i + 1].row.name)) {
        s->action = SKIP;
        return 0;
    }
    int rc = walk_to(w, s->row.name, err);
    if (rc < 0)
        return rc;
    if (rc == 0) {
        s->action = ADD;
        return 0;
    }
    s->joined = !w->gap;
    w->gap = false;
    w->matched = true;
    if (w->node.row.stamp > s->row.stamp) {
        s->action = SKIP;
    } else if (pail_merge_is_unchanged(&w->node, &s->row, PAIL_MERGE_LISTED)) {
        s->action = TOUCH;
    } else {
        s->action = CHANGE;
        s->known = p->known.n;
        return pail_nodes_add(&p->known, &w->node, err);
    }
    return 0;
}

static int decide_all(struct pail_meta *m, struct plan *p, uint64_t dir, struct pail_error *err)
{
    struct walk w = {.m = m, .s = pail_stmt(m, PAIL_STMT_FROM), .dir = dir};
    int rc = 0;
    for (size_t i = 0; i < p->n && rc == 0; i++)
        rc = decide(p, &w, i, err);
    pail_stmt_reset(w.s);
    return rc;
}

/* ---- Writing --------------------------------------------------------------------------------- */

/* The run of touched rows that begins at i; *next is the step behind it. */
static int touch_run(struct pail_meta *m, const struct plan *p, size_t i, size_t *next,
                     struct pail_error *err)
{
    const struct pail_row *first = &p->steps[i].row;
    size_t end = i + 1;
    while (end < p->n && p->steps[end].action == TOUCH && p->steps[end].joined &&
           p->steps[end].row.seen_ns == first->seen_ns)
        end++;
    sqlite3_stmt *s = pail_stmt(m, PAIL_STMT_TOUCH);
    pail_bind_u64(s, 1, first->stamp);
    pail_bind_i64(s, 2, first->seen_ns);
    pail_bind_u64(s, 3, first->parent);
    pail_bind_str(s, 4, first->name);
    pail_bind_str(s, 5, p->steps[end - 1].row.name);
    *next = end;
    return pail_stmt_run(m, s, err);
}

static int write_one(struct pail_meta *m, const struct pail_row *row, const struct pail_node *known,
                     struct pail_error *err)
{
    struct pail_node n = pail_merge_answer(known, row, PAIL_MERGE_LISTED);
    if (n.row.ino == 0)
        n.row.ino = pail_node_new_ino_locked(m);
    int rc = pail_node_put_locked(m, known, &n, err);
    if (rc == 0 && known && known->row.kind == PAIL_KIND_DIR && n.row.kind != PAIL_KIND_DIR)
        rc = pail_meta_forget_locked(m, known->row.ino, err);
    return rc;
}

static int write_all(struct pail_meta *m, const struct plan *p, struct pail_error *err)
{
    int rc = 0;
    for (size_t i = 0, next; i < p->n && rc == 0; i = next) {
        const struct step *s = &p->steps[i];
        next = i + 1;
        switch (s->action) {
        case SKIP:
            break;
        case TOUCH:
            rc = touch_run(m, p, i, &next, err);
            break;
        case CHANGE:
            rc = write_one(m, &s->row, &p->known.at[s->known].node, err);
            break;
        case ADD:
            rc = write_one(m, &s->row, NULL, err);
            break;
        }
    }
    return rc;
}

/* ---- The call -------------------------------------------------------------------------------- */

static int page_locked(struct pail_meta *m, const struct pail_meta_listing *l, struct plan *p,
                       bool *ret_news, struct pail_error *err)
{
    PAIL_CLEANUP(pail_node_copy_done) struct pail_node_copy dir;
    pail_node_copy_init(&dir);
    int rc = pail_meta_listing_is_news_locked(m, l, &dir, ret_news, err);
    if (rc < 0 || !*ret_news)
        return rc;
    rc = decide_all(m, p, l->dir, err);
    if (rc < 0)
        return rc;
    rc = pail_meta_op_begin_locked(m, err);
    if (rc < 0)
        return rc;
    rc = write_all(m, p, err);
    return pail_meta_op_end_locked(m, rc, err);
}

static void tell_changes(const struct plan *p, pail_meta_changed_fn *changed, void *ud)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct step *s = &p->steps[i];
        if (s->action != CHANGE)
            continue;
        const struct pail_node *known = &p->known.at[s->known].node;
        if (!pail_merge_same_version(known, &s->row, PAIL_MERGE_LISTED))
            changed(ud, &known->row, s->row.kind);
    }
}

int pail_meta_list_page(struct pail_meta *m, const struct pail_meta_listing *l,
                        const struct pail_row *rows, size_t n, pail_meta_changed_fn *changed,
                        void *ud, struct pail_error *err)
{
    PAIL_CLEANUP(plan_done) struct plan p = {.known = PAIL_NODES_INIT};
    int rc = plan_init(&p, l, rows, n, err);
    bool news = false;
    if (rc == 0) {
        PAIL_LOCKED(&m->mutex);
        rc = page_locked(m, l, &p, &news, err);
    }
    if (rc == 0 && news && changed)
        tell_changes(&p, changed, ud);
    return rc;
}
