/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/merge.c - what becomes of a row.
 *
 * Attributes belong to a version. The ETag alone would not do: a chmod by another host is a copy of
 * the object onto itself, which keeps the ETag of most objects and changes only the time. So the
 * same ETag with another time is another version, whose attributes are unknown. After our own
 * writes S3 has not told its time yet (PutObject's answer bears none); until it does, the time is a
 * guess and is not compared.
 */
#include "meta/merge.h"

#include "base/clock.h"

#define LISTING_FLAGS (PAIL_ROW_POSIX_SEEN | PAIL_ROW_DEFAULTS_OK)

bool pail_merge_same_node(const struct pail_row *known, const struct pail_row *answer)
{
    if (known->kind == PAIL_KIND_NONE || answer->kind == PAIL_KIND_NONE)
        return false;
    return (known->kind == PAIL_KIND_DIR) == (answer->kind == PAIL_KIND_DIR);
}

/* A directory's line in a listing: no word about its marker. */
static bool tells_nothing(const struct pail_row *answer, enum pail_merge_source source)
{
    return source == PAIL_MERGE_LISTED && answer->kind == PAIL_KIND_DIR && answer->etag.len == 0;
}

static int64_t second_of(int64_t ns)
{
    return ns / PAIL_NS_PER_S - (ns % PAIL_NS_PER_S < 0);
}

bool pail_merge_same_version(const struct pail_node *known, const struct pail_row *answer,
                             enum pail_merge_source source)
{
    const struct pail_row *k = &known->row;
    if (!pail_merge_same_node(k, answer))
        return false;
    if (tells_nothing(answer, source))
        return true;
    if (!pail_str_eq(k->etag, answer->etag) || k->size != answer->size)
        return false;
    if (k->version_id.len && answer->version_id.len &&
        !pail_str_eq(k->version_id, answer->version_id))
        return false;
    return known->mtime_guessed || answer->mtime_ns == 0 || k->mtime_ns == 0 ||
           second_of(k->mtime_ns) == second_of(answer->mtime_ns);
}

/* Of the same second, the finer one. */
static int64_t merged_mtime(const struct pail_node *known, const struct pail_row *answer,
                            bool same_version)
{
    if (!same_version)
        return answer->mtime_ns;
    if (answer->mtime_ns == 0)
        return known->row.mtime_ns;
    bool same_second = second_of(known->row.mtime_ns) == second_of(answer->mtime_ns);
    return same_second && answer->mtime_ns % PAIL_NS_PER_S == 0 ? known->row.mtime_ns
                                                                : answer->mtime_ns;
}

static bool same_raw(struct pail_str a, struct pail_str b)
{
    return (a.ptr != NULL) == (b.ptr != NULL) && pail_str_eq(a, b);
}

bool pail_merge_is_unchanged(const struct pail_node *known, const struct pail_row *answer,
                             enum pail_merge_source source)
{
    const struct pail_row *k = &known->row;
    if (known->forgot || !pail_merge_same_version(known, answer, source) ||
        !same_raw(k->raw, answer->raw))
        return false;
    if (tells_nothing(answer, source))
        return true;
    /* What was learnt from attributes (a link) stays; new attributes, ids and times are to be
     * written. */
    bool kind_stays = k->kind == answer->kind || answer->kind == PAIL_KIND_FILE;
    return kind_stays && !answer->attr_etag.ptr &&
           (!known->mtime_guessed || answer->mtime_ns == 0) &&
           (answer->version_id.len == 0 || k->version_id.len) &&
           merged_mtime(known, answer, true) == k->mtime_ns && k->kind != PAIL_KIND_DIR;
}

/* attr_etag and attrs of the row after an answer or change that may bring its own. */
static void merge_attrs(struct pail_row *to, const struct pail_row *from,
                        const struct pail_row *kept)
{
    const struct pail_row *source = from->attr_etag.ptr ? from : kept;
    if (source) {
        to->attr_etag = source->attr_etag;
        to->attrs = source->attrs;
    } else {
        to->attr_etag = PAIL_STR("");
        to->attrs = pail_strn(NULL, 0);
    }
}

struct pail_node pail_merge_answer(const struct pail_node *known, const struct pail_row *answer,
                                   enum pail_merge_source source)
{
    if (answer->kind == PAIL_KIND_NONE)
        return pail_node_absent(answer->parent, answer->name, answer->stamp, answer->seen_ns);

    struct pail_node n = {.row = *answer};
    n.row.ino = 0;
    n.row.listed_ns = 0;
    n.row.flags = answer->kind == PAIL_KIND_DIR &&
                          (answer->etag.len || (answer->flags & PAIL_ROW_MARKER))
                      ? PAIL_ROW_MARKER
                      : 0;
    if (!known || !pail_merge_same_node(&known->row, answer)) {
        merge_attrs(&n.row, answer, NULL);
        return n;
    }

    const struct pail_row *k = &known->row;
    if (tells_nothing(answer, source)) {
        n = *known;
        n.row.stamp = answer->stamp;
        n.row.seen_ns = answer->seen_ns;
        n.row.raw = answer->raw;
        return n;
    }
    bool same = pail_merge_same_version(known, answer, source);
    n.row.ino = k->ino;
    n.row.listed_ns = k->listed_ns;
    n.row.flags |= k->flags & LISTING_FLAGS;
    n.listed_stamp = known->listed_stamp;
    n.moved = known->moved;
    n.row.mtime_ns = merged_mtime(known, answer, same);
    n.mtime_guessed = same && known->mtime_guessed && answer->mtime_ns == 0;
    if (same && answer->version_id.len == 0)
        n.row.version_id = k->version_id;
    merge_attrs(&n.row, answer, same ? k : NULL);
    if (same && k->kind == PAIL_KIND_SYMLINK && answer->kind == PAIL_KIND_FILE &&
        !answer->attr_etag.ptr)
        n.row.kind = PAIL_KIND_SYMLINK;
    return n;
}

struct pail_node pail_merge_change(const struct pail_node *known, const struct pail_row *change)
{
    if (change->kind == PAIL_KIND_NONE)
        return pail_node_absent(change->parent, change->name, change->stamp, change->seen_ns);

    bool same_node = known && pail_merge_same_node(&known->row, change);
    struct pail_node n = {.row = *change, .mtime_guessed = true};
    if (n.row.listed_ns)
        n.listed_stamp = change->stamp;
    if (!same_node) {
        merge_attrs(&n.row, change, NULL);
        return n;
    }
    const struct pail_row *k = &known->row;
    if (n.row.ino == 0)
        n.row.ino = k->ino;
    if (n.row.stamp < k->stamp)
        n.row.stamp = k->stamp;
    if (n.row.listed_ns == 0 || n.row.listed_ns == k->listed_ns) {
        /* not a new statement about what is in it */
        n.row.listed_ns = k->listed_ns;
        n.listed_stamp = known->listed_stamp;
    }
    n.row.flags |= k->flags & LISTING_FLAGS;
    n.moved = known->moved;
    merge_attrs(&n.row, change, pail_str_eq(k->etag, change->etag) ? k : NULL);
    return n;
}
