/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listings: ListObjects, ListObjectsV2, and the page walk under them.
 *
 * The walk goes from entry to entry and jumps over a common prefix as a whole, so a page costs its
 * own length however many keys hide below. A continuation token is the last name with a letter that
 * says whether it was a key or a common prefix; clients must not read it, so it is base64.
 */
#include "fake/list.h"

#include "fake/call.h"
#include "fake/object.h"
#include "fake/xml.h"

#include <stdlib.h>
#include <string.h>

bool fake_list_read(struct fake_call *c, struct fake_list *l, const char *max_name)
{
    *l = (struct fake_list){.max = 1000};
    const struct fake_view *prefix = fake_params_get(&c->params, "prefix");
    const struct fake_view *delimiter = fake_params_get(&c->params, "delimiter");
    const char *max = fake_call_param(c, max_name), *encoding = fake_call_param(c, "encoding-type");
    if (prefix)
        l->prefix = *prefix;
    if (delimiter)
        l->delimiter = *delimiter;
    if (max && *max && !fake_number(max, INT32_MAX, &l->max))
        return fake_fail(c, 400, "InvalidArgument",
                         "Provided %s not an integer or within integer range", max_name);
    if (l->max > 1000)
        l->max = 1000;
    if (encoding && *encoding && strcmp(encoding, "url") != 0)
        return fake_fail(c, 400, "InvalidArgument", "Invalid Encoding Method specified in Request");
    l->url = encoding && *encoding;
    return true;
}

void fake_list_element(struct fake_buf *b, const struct fake_list *l, const char *name,
                       struct fake_view text)
{
    fake_buf_fmt(b, "<%s>", name);
    if (l->url)
        fake_pct_encode(b, text.p, text.n, FAKE_PCT_LIST);
    else
        fake_xml_text(b, text.p, text.n);
    fake_buf_fmt(b, "</%s>", name);
}

static struct fake_pos first_of(const struct fake_index *ix, const struct fake_list *l)
{
    if (fake_compare(l->start.p, l->start.n, l->prefix.p, l->prefix.n) < 0 || l->start.n == 0)
        return fake_index_seek(ix, l->prefix, false);
    if (l->past_group)
        return fake_index_seek_past(ix, l->start);
    return fake_index_seek(ix, l->start, true);
}

/* The common prefix that name falls into; n == 0: none. */
static struct fake_view group_of(const struct fake_list *l, struct fake_view name)
{
    if (l->delimiter.n == 0)
        return (struct fake_view){NULL, 0};
    const char *at = memmem(name.p + l->prefix.n, name.n - l->prefix.n, l->delimiter.p,
                            l->delimiter.n);
    if (!at)
        return (struct fake_view){NULL, 0};
    return (struct fake_view){name.p, (size_t)(at - name.p) + l->delimiter.n};
}

void fake_list_run(const struct fake_index *ix, const struct fake_list *l, bool nul,
                   struct fake_page *ret,
                   void (*show)(struct fake_call *c, const struct fake_list *l,
                                const struct fake_entry *e),
                   struct fake_call *c)
{
    struct fake_pos pos = first_of(ix, l);
    const struct fake_entry *e;
    *ret = (struct fake_page){0};
    while (l->max && (e = fake_index_next(ix, &pos))) {
        struct fake_view name = {e->key, nul ? strlen(e->key) : e->key_len};
        if (!fake_has_prefix(name, l->prefix))
            break;
        if (ret->n == l->max) {
            ret->truncated = true;
            break;
        }
        struct fake_view group = group_of(l, name);
        ret->n++;
        ret->last_is_group = group.n > 0;
        ret->last = group.n ? group : (struct fake_view){e->key, e->key_len};
        if (group.n) {
            fake_buf_str(&ret->groups, "<CommonPrefixes>");
            fake_list_element(&ret->groups, l, "Prefix", group);
            fake_buf_str(&ret->groups, "</CommonPrefixes>");
            pos = fake_index_seek_past(ix, group);
        } else {
            show(c, l, e);
        }
    }
}

/* ---- objects --------------------------------------------------------------------------------- */

static void show_owner(struct fake_call *c)
{
    fake_buf_str(&c->out, "<Owner><ID>fake</ID><DisplayName>fake</DisplayName></Owner>");
}

static void show_object(struct fake_call *c, const struct fake_list *l, const struct fake_entry *e)
{
    const struct fake_object *o = e->value;
    const char *owner = fake_call_param(c, "fetch-owner");
    char date[FAKE_DATE];
    fake_date_iso(o->modified_ms, date);
    fake_buf_str(&c->out, "<Contents>");
    fake_list_element(&c->out, l, "Key", (struct fake_view){e->key, e->key_len});
    fake_buf_fmt(&c->out, "<LastModified>%s</LastModified><ETag>&quot;%s&quot;</ETag>", date,
                 o->etag);
    if (o->sum.kind != FAKE_NO_SUM)
        fake_buf_fmt(&c->out,
                     "<ChecksumAlgorithm>%s</ChecksumAlgorithm><ChecksumType>%s</ChecksumType>",
                     fake_sum_upper(o->sum.kind), o->sum.composite ? "COMPOSITE" : "FULL_OBJECT");
    fake_buf_fmt(&c->out, "<Size>%llu</Size>", (unsigned long long)o->body->n);
    if (strcmp(c->op->name, "ListObjects") == 0 || (owner && strcmp(owner, "true") == 0))
        show_owner(c);
    fake_buf_fmt(&c->out, "<StorageClass>%s</StorageClass></Contents>", fake_object_class(o));
}

/* A start that is itself a common prefix of this listing means: all below it is done. */
static void set_start(struct fake_list *l, struct fake_view start)
{
    l->start = start;
    if (fake_has_prefix(start, l->prefix)) {
        struct fake_view group = group_of(l, start);
        l->past_group = group.n && group.n == start.n;
    }
}

static char *make_token(const struct fake_page *p)
{
    struct fake_buf b = {0};
    fake_buf_str(&b, p->last_is_group ? "p" : "k");
    fake_buf_put(&b, p->last.p, p->last.n);
    char *token = fake_xalloc(b.n * 2 + 8);
    fake_base64(b.p, b.n, token);
    fake_buf_done(&b);
    return token;
}

/* *ret_text is what l->start points into. */
static bool read_token(struct fake_list *l, const char *token, char **ret_text)
{
    char *text = fake_xalloc(strlen(token) + 1);
    long n = fake_unbase64(token, text);
    if (n < 2 || (text[0] != 'p' && text[0] != 'k')) {
        free(text);
        return false;
    }
    l->start = (struct fake_view){text + 1, (size_t)n - 1};
    l->past_group = text[0] == 'p';
    *ret_text = text;
    return true;
}

static void put_head(struct fake_call *c, const struct fake_list *l)
{
    fake_buf_str(&c->out, FAKE_XML "<ListBucketResult" FAKE_XMLNS ">");
    fake_xml_element(&c->out, "Name", c->bucket_name);
    fake_list_element(&c->out, l, "Prefix", l->prefix);
    if (l->delimiter.n)
        fake_list_element(&c->out, l, "Delimiter", l->delimiter);
    fake_buf_fmt(&c->out, "<MaxKeys>%llu</MaxKeys>", (unsigned long long)l->max);
    if (l->url)
        fake_buf_str(&c->out, "<EncodingType>url</EncodingType>");
}

static void put_tail(struct fake_call *c, struct fake_page *p)
{
    fake_buf_put(&c->out, p->groups.p, p->groups.n);
    fake_buf_fmt(&c->out, "<IsTruncated>%s</IsTruncated></ListBucketResult>",
                 p->truncated ? "true" : "false");
    fake_buf_done(&p->groups);
}

void fake_op_list_v2(struct fake_call *c)
{
    struct fake_bucket *b = fake_call_bucket(c);
    struct fake_list l;
    struct fake_page p;
    char *text = NULL;
    const struct fake_view *after = fake_params_get(&c->params, "start-after");
    const struct fake_view *token = fake_params_get(&c->params, "continuation-token");
    if (!b || !fake_list_read(c, &l, "max-keys"))
        return;
    if (token ? !read_token(&l, token->p, &text) : false) {
        fake_fail(c, 400, "InvalidArgument", "The continuation token provided is incorrect");
        return;
    }
    if (after && !token)
        set_start(&l, *after);
    put_head(c, &l);
    if (after)
        fake_list_element(&c->out, &l, "StartAfter", *after);
    if (token)
        fake_xml_element(&c->out, "ContinuationToken", token->p);
    fake_list_run(&b->objects, &l, false, &p, show_object, c);
    fake_buf_fmt(&c->out, "<KeyCount>%llu</KeyCount>", (unsigned long long)p.n);
    if (p.truncated) {
        char *next = make_token(&p);
        fake_xml_element(&c->out, "NextContinuationToken", next);
        free(next);
    }
    put_tail(c, &p);
    free(text);
}

void fake_op_list_v1(struct fake_call *c)
{
    struct fake_bucket *b = fake_call_bucket(c);
    struct fake_list l;
    struct fake_page p;
    const struct fake_view *marker = fake_params_get(&c->params, "marker");
    if (!b || !fake_list_read(c, &l, "max-keys"))
        return;
    if (marker)
        set_start(&l, *marker);
    put_head(c, &l);
    fake_list_element(&c->out, &l, "Marker", l.start);
    fake_list_run(&b->objects, &l, false, &p, show_object, c);
    if (p.truncated && l.delimiter.n)
        fake_list_element(&c->out, &l, "NextMarker", p.last);
    put_tail(c, &p);
}
