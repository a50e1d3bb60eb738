/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/signer.c - with what, and how, a request is signed. The route says which signatures will do.
 */
#include "auth/express.h"
#include "auth/sign.h"
#include "base/str.h"
#include "s3/client.h"

int pail_s3_credentials_for(struct pail_s3 *s3, struct pail_str bucket,
                            const struct pail_s3_route *route, bool may_block, bool refresh,
                            struct pail_credentials **ret, struct pail_error *err)
{
    struct pail_credentials *base = NULL;

    int rc = pail_session_sign_credentials(s3->fixed.session, may_block, refresh && !route->session,
                                           &base, err);
    if (rc != 0 || !base || !route->session) {
        if (rc == 0)
            *ret = base;
        return rc;
    }
    (void)pail_credentials_unref(base); /* good enough to ask for a session with */
    return pail_express_credentials(s3->fixed.express, bucket, may_block, refresh, ret, err);
}

void pail_s3_sign_params(const struct pail_s3 *s3, const struct pail_s3_route *route,
                         struct pail_sign_params *ret)
{
    bool v4a = route->v4a && !(route->region[0] && s3->fixed.prefer_v4);
    const char *set = s3->fixed.region_set ? s3->fixed.region_set : "*";

    *ret = (struct pail_sign_params){
        .service = pail_str(route->service),
        .region = pail_str(route->region),
        .v4a = v4a,
        .region_set = pail_str(v4a ? set : NULL),
        .token_header = route->session ? "x-amz-s3session-token" : NULL,
        .s3_path = true,
    };
}
