/* SPDX-License-Identifier: Apache-2.0 */
/* A draft's own copies of how it is to be committed: for commits that it makes by itself (rebase),
 * and of what an upload was begun with. */
#include <string.h>

#include "base/alloc.h"
#include "write/draft_impl.h"

/* Texts go one after another into `to`; views are made afterwards, when the memory moves no more.
 */
static void put(struct pail_buf *to, struct pail_str s)
{
    pail_buf_str(to, s);
}

static struct pail_str take(const struct pail_buf *from, size_t *at, struct pail_str s)
{
    struct pail_str view = pail_strn(s.ptr ? from->ptr + *at : NULL, s.len);
    *at += s.len;
    return view;
}

#define ATTRIBUTES(X)                                                                              \
    X(content_type)                                                                                \
    X(content_encoding)                                                                            \
    X(cache_control)                                                                               \
    X(content_disposition)                                                                         \
    X(content_language)                                                                            \
    X(storage_class)                                                                               \
    X(acl)                                                                                         \
    X(tagging)                                                                                     \
    X(sse)                                                                                         \
    X(sse_kms_key_id)

void pail_target_init(struct pail_target *t)
{
    memset(t, 0, sizeof(*t));
    pail_buf_init(&t->text, 0);
}

void pail_target_done(struct pail_target *t)
{
    pail_buf_done(&t->text);
    pail_free(t->meta);
    pail_target_init(t);
}

int pail_target_copy(struct pail_target *to, const struct pail_commit_args *a,
                     struct pail_error *err)
{
    struct pail_buf text;
    pail_buf_init(&text, 64 << 10);
    put(&text, a->if_match);
#define PUT(f) put(&text, a->attributes.f);
    ATTRIBUTES(PUT)
#undef PUT
    for (size_t i = 0; i < a->attributes.n_meta; i++) {
        put(&text, a->attributes.meta[i].name);
        put(&text, a->attributes.meta[i].value);
    }
    int rc = pail_buf_check(&text, "attributes of a file", err);
    struct pail_s3_meta *meta = rc ? NULL : pail_calloc(a->attributes.n_meta + 1, sizeof(*meta));
    if (!meta) {
        pail_buf_done(&text);
        return rc ? rc : pail_error_nomem(err);
    }
    struct pail_commit_args t = *a;
    size_t at = 0;
    t.if_match = take(&text, &at, a->if_match);
#define TAKE(f) t.attributes.f = take(&text, &at, a->attributes.f);
    ATTRIBUTES(TAKE)
#undef TAKE
    for (size_t i = 0; i < a->attributes.n_meta; i++) {
        meta[i].name = take(&text, &at, a->attributes.meta[i].name);
        meta[i].value = take(&text, &at, a->attributes.meta[i].value);
    }
    t.attributes.meta = meta;
    t.key = pail_strn(NULL, 0);
    pail_target_done(to);
    *to = (struct pail_target){.args = t, .meta = meta, .text = text};
    return 0;
}

int pail_draft_set_target(struct pail_draft *d, const struct pail_commit_args *args,
                          struct pail_error *err)
{
    pail_draft_enter(d);
    int rc = pail_target_copy(&d->target, args, err);
    pail_draft_leave(d);
    return rc;
}
