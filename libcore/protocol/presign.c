/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs that do a call by themselves: for the caller, and for the few operations that copy from
 * another region and want a URL for its half of the work among their parameters.
 */
#include "protocol/presign.h"

#include "auth/session.h"
#include "base/clock.h"
#include "base/str.h"

#define DEFAULT_EXPIRES_S 3600

static int make_url(struct pail_opcall *c, uint32_t expires_s, struct pail_buf *url,
                    struct pail_error *err)
{
    struct pail_attempt attempt = {.number = 1, .max_attempts = 1, .may_block = true};
    struct pail_engine_stats stats;
    struct pail_request rq;

    pail_engine_stats(pail_session_engine(c->client->session), &stats);
    attempt.now_unix_s = pail_clock_wall_s() + stats.skew_s;
    pail_request_init(&rq);
    int rc = pail_opcall_presign(c, &attempt, expires_s, &rq, err);
    if (rc == 0)
        rc = pail_request_check(&rq, err);
    if (rc == 0) {
        pail_request_url(&rq, true, url);
        rc = pail_buf_check(url, "URL", err);
    }
    pail_request_done(&rq);
    return rc;
}

int pail_presign(struct pail_client *client, const char *operation, const struct pail_value *params,
                 uint32_t expires_s, struct pail_result **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf url = PAIL_BUF_INIT(1 << 20);
    struct pail_call_args args = {.params = params};
    struct pail_opcall *c = NULL;
    struct pail_result *r = NULL;

    int rc = pail_opcall_new(client, operation, &args, &c, err);
    if (rc < 0)
        return rc;
    rc = make_url(c, expires_s ? expires_s : DEFAULT_EXPIRES_S, &url, err);
    if (rc == 0)
        rc = pail_result_new(&r, err);
    if (rc == 0) {
        r->value = pail_value_str(r->vs, pail_buf_view(&url));
        rc = pail_values_check(r->vs, err);
    }
    if (rc == 0)
        *ret = PAIL_STEAL(r);
    (void)pail_result_free(r);
    pail_opcall_free(c);
    return rc;
}

/* The same call, in the source's region, told where it goes. */
static int source_url(struct pail_opcall *c, struct pail_str source, struct pail_buf *url,
                      struct pail_error *err)
{
    struct pail_opcall *there = NULL;

    int rc = pail_opcall_new_nested(c, &there, err);
    if (rc < 0)
        return rc;
    size_t n = pail_min_u64(source.len, sizeof(there->region) - 1);
    memcpy(there->region, source.ptr, n);
    there->region[n] = '\0';
    if (!pail_value_get(there->params, PAIL_STR("DestinationRegion")))
        pail_buf_fmt(&there->wire.body, "&DestinationRegion=%s", c->region);
    rc = pail_buf_check(&there->wire.body, "request body", err);
    if (rc == 0)
        rc = make_url(there, DEFAULT_EXPIRES_S, url, err);
    pail_opcall_free(there);
    return rc;
}

int pail_presign_source(struct pail_opcall *c, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf url = PAIL_BUF_INIT(1 << 20);
    const char *member = pail_quirk_presigned(&c->op);
    struct pail_value *source = pail_value_get(c->params, PAIL_STR("SourceRegion"));
    bool ec2 = c->client->info.protocol == PAIL_PROTOCOL_EC2;

    if (!member || !pail_value_as_str(source).len)
        return 0;
    if (!ec2) /* not RDS's parameter but the SDKs' */
        pail_value_remove(c->params, PAIL_STR("SourceRegion"));
    if (pail_value_get(c->params, pail_str(member)))
        return 0;
    if (ec2)
        pail_value_set(c->vs, c->params, PAIL_STR("DestinationRegion"),
                       pail_value_str(c->vs, pail_str(c->region)));
    int rc = source_url(c, pail_value_as_str(source), &url, err);
    if (rc == 0)
        pail_value_set(c->vs, c->params, pail_str(member),
                       pail_value_str(c->vs, pail_buf_view(&url)));
    return rc;
}
