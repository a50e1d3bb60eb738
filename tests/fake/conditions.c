/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditional requests, after RFC 9110 and S3's deviations: If-Match beats If-Unmodified-Since,
 * If-None-Match beats If-Modified-Since; a source's conditions always fail with 412; a write's
 * If-None-Match takes "*" only, and its If-Match on a missing key is 404.
 */
#include "fake/conditions.h"

#include "fake/call.h"

#include <stdio.h>
#include <string.h>

bool fake_etag_matches(const char *list, const char *etag)
{
    size_t want = strlen(etag);
    while (*list) {
        list += strspn(list, " ,\t");
        if (strncmp(list, "W/", 2) == 0)
            list += 2;
        size_t n;
        if (*list == '"') {
            list++;
            n = strcspn(list, "\"");
        } else {
            n = strcspn(list, ", \t");
            if (n == 1 && *list == '*')
                return true;
        }
        if (n == want && memcmp(list, etag, n) == 0)
            return true;
        list += n;
        if (*list == '"')
            list++;
    }
    return false;
}

static bool fail_412(struct fake_call *c, const char *condition)
{
    struct fake_buf extra = {0};
    fake_buf_fmt(&extra, "<Condition>%s</Condition>", condition);
    fake_fail_with(c, 412, "PreconditionFailed",
                   "At least one of the pre-conditions you specified did not hold", extra.p);
    fake_buf_done(&extra);
    return false;
}

/* The date condition `name` holds: modified at or before / after it. Dates that cannot be read are
 * ignored. */
static bool date_before(const struct fake_object *o, const char *value, bool *ret_not_modified)
{
    int64_t ms;
    if (!value || !fake_parse_http(value, &ms))
        return false;
    *ret_not_modified = o->modified_ms / 1000 <= ms / 1000;
    return true;
}

/* Name of the condition that failed, NULL when all hold. *ret_304: a GET answers 304. */
static const char *check(struct fake_call *c, const struct fake_object *o,
                         const char *const names[4], bool *ret_304)
{
    const char *match = fake_call_header(c, names[0]), *none = fake_call_header(c, names[1]);
    bool not_modified;
    *ret_304 = false;
    if (match) {
        if (!fake_etag_matches(match, o->etag))
            return "If-Match";
    } else if (date_before(o, fake_call_header(c, names[2]), &not_modified) && !not_modified) {
        return "If-Unmodified-Since";
    }
    *ret_304 = true;
    if (none)
        return fake_etag_matches(none, o->etag) ? "If-None-Match" : NULL;
    if (date_before(o, fake_call_header(c, names[3]), &not_modified) && not_modified)
        return "If-Modified-Since";
    return NULL;
}

bool fake_check_read(struct fake_call *c, const struct fake_object *o)
{
    static const char *const names[4] = {"if-match", "if-none-match", "if-unmodified-since",
                                         "if-modified-since"};
    bool is_304;
    const char *failed = check(c, o, names, &is_304);
    if (!failed)
        return true;
    if (!is_304)
        return fail_412(c, failed);
    char date[FAKE_DATE];
    fake_fail(c, 304, "NotModified", "Not Modified");
    fake_answer_etag(c, o->etag);
    fake_date_http(o->modified_ms, date);
    fake_answer(c, "Last-Modified", date);
    return false;
}

bool fake_check_source(struct fake_call *c, const struct fake_object *o)
{
    static const char *const names[4] = {
        "x-amz-copy-source-if-match", "x-amz-copy-source-if-none-match",
        "x-amz-copy-source-if-unmodified-since", "x-amz-copy-source-if-modified-since"};
    bool ignored;
    const char *failed = check(c, o, names, &ignored);
    return !failed || fail_412(c, failed);
}

/* Ceph before 20: compares the header byte by byte with the ETag without quotes. */
static bool check_bare(struct fake_call *c, const struct fake_object *old, const char *match)
{
    return (old && strcmp(match, old->etag) == 0) || fail_412(c, "If-Match");
}

bool fake_check_write(struct fake_call *c, const struct fake_object *old, bool put)
{
    const char *match = fake_call_header(c, "if-match"),
               *none = fake_call_header(c, "if-none-match");
    if (!put && c->s->opt.quirk_ignore_conditions)
        return true;
    if (none && strcmp(none, "*") != 0)
        return fake_fail(c, 501, "NotImplemented",
                         "A header you provided implies functionality that is not implemented");
    if (match && none)
        return fake_fail(c, 400, "InvalidRequest", "If-Match and If-None-Match exclude each other");
    if (none && old)
        return fail_412(c, "If-None-Match");
    if (match && put && c->s->opt.quirk_bare_etags)
        return check_bare(c, old, match);
    if (match && !old)
        return fake_fail(c, 404, "NoSuchKey", "The specified key does not exist.");
    if (match && !fake_etag_matches(match, old->etag))
        return fail_412(c, "If-Match");
    return true;
}

bool fake_check_delete(struct fake_call *c, const struct fake_object *old)
{
    const char *match = fake_call_header(c, "if-match");
    if (!match || c->s->opt.quirk_ignore_conditions)
        return true;
    return (old && fake_etag_matches(match, old->etag)) || fail_412(c, "If-Match");
}
