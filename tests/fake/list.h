/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake/list.h - one page of an ordered index: prefix, delimiter, start, limit.
 *
 * Used for objects (V1, V2) and for uploads.
 */
#ifndef PAIL_FAKE_LIST_H
#define PAIL_FAKE_LIST_H

#include "fake/index.h"

struct fake_call;

struct fake_list {
    struct fake_view prefix, delimiter;
    struct fake_view start; /* entries behind this name; n == 0: from the beginning */
    bool past_group;        /* start is a common prefix: all below it is done */
    uint64_t max;
    bool url; /* encoding-type=url */
};
struct fake_page {
    uint64_t n;
    bool truncated, last_is_group;
    struct fake_view last;  /* name of the last entry or group; a view into the index */
    struct fake_buf groups; /* <CommonPrefixes> elements */
};
/* Reads prefix, delimiter, encoding-type and the limit called max_name; false: the call has failed.
 */
bool fake_list_read(struct fake_call *c, struct fake_list *l, const char *max_name);
/* show() writes one entry. Entries' names may go on behind a NUL (uploads): only what stands before
 * counts for prefix and delimiter if `nul`. */
void fake_list_run(const struct fake_index *ix, const struct fake_list *l, bool nul,
                   struct fake_page *ret,
                   void (*show)(struct fake_call *c, const struct fake_list *l,
                                const struct fake_entry *e),
                   struct fake_call *c);
/* <name>text</name>, percent-encoded if the listing is */
void fake_list_element(struct fake_buf *b, const struct fake_list *l, const char *name,
                       struct fake_view text);

#endif
