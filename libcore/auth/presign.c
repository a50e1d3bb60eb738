/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/presign.c - the query form of a signature: a URL that carries everything.
 *
 * The operation's own parameters stay in front as they are, ours follow, X-Amz-Signature is last.
 * What is in the request's header list must be sent by whoever uses the URL, and is signed.
 */
#include "auth/canonical.h"

#include "base/timefmt.h"
#include "base/uri.h"

static void add(struct pail_request *r, const char *name, struct pail_str value)
{
    pail_request_query(r, pail_str(name), value);
}

/* Everything but token and signature. scratch is used and emptied. */
static int add_parameters(struct pail_request *r, const struct pail_sign_params *p,
                          struct pail_str access_key, struct pail_buf *scratch,
                          struct pail_error *err)
{
    char date[PAIL_TIME_AMZ_LEN];
    pail_time_amz(p->now_unix_s, date);

    pail_buf_str(scratch, access_key);
    pail_buf_char(scratch, '/');
    pail_canonical_scope(p, scratch);
    int rc = pail_buf_check(scratch, "X-Amz-Credential", err);
    if (rc < 0)
        return rc;
    add(r, "X-Amz-Algorithm", pail_str(pail_sign_algorithm(p)));
    add(r, "X-Amz-Credential", pail_buf_view(scratch));
    add(r, "X-Amz-Date", pail_str(date));
    if (p->v4a)
        add(r, "X-Amz-Region-Set", p->region_set);

    pail_buf_reset(scratch);
    pail_buf_u64(scratch, p->expires_s);
    rc = pail_buf_check(scratch, "X-Amz-Expires", err);
    if (rc < 0)
        return rc;
    add(r, "X-Amz-Expires", pail_buf_view(scratch));

    pail_buf_reset(scratch);
    rc = pail_canonical_names(r, scratch, err);
    if (rc == 0)
        rc = pail_buf_check(scratch, "X-Amz-SignedHeaders", err);
    if (rc < 0)
        return rc;
    add(r, "X-Amz-SignedHeaders", pail_buf_view(scratch));
    pail_buf_reset(scratch);
    return 0;
}

int pail_sign_query(struct pail_request *r, const struct pail_sign_params *p,
                    const struct pail_credentials *c, struct pail_error *err)
{
    struct pail_credentials_fields f;
    pail_credentials_get(c, &f);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b;
    pail_canonical_room(r, &b);

    int rc = add_parameters(r, p, f.access_key, &b, err);
    if (rc < 0)
        return rc;
    if (f.session_token.len && !p->token_after_signing)
        add(r, p->token_header ? p->token_header : "X-Amz-Security-Token", f.session_token);
    rc = pail_request_check(r, err);
    if (rc < 0)
        return rc;

    struct pail_span names, text;
    rc = pail_canonical_request(r, p, &b, &names, err);
    if (rc == 0)
        rc = pail_buf_check(&b, "canonical request", err);
    if (rc < 0)
        return rc;
    text.at = b.len;
    rc = pail_sign_string(p, pail_buf_view(&b), &b, err);
    if (rc < 0)
        return rc;
    text.len = b.len - text.at;
    pail_canonical_log(&b, text);

    char signature[PAIL_SIGNATURE_CAP];
    rc = pail_sign_signature(p, c, pail_span_view(&b, text), signature, err);
    if (rc < 0)
        return rc;
    if (f.session_token.len && p->token_after_signing)
        add(r, p->token_header ? p->token_header : "X-Amz-Security-Token", f.session_token);
    add(r, "X-Amz-Signature", pail_str(signature));
    return pail_request_check(r, err);
}
