/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/provider_imds.c - the role of the EC2 instance.
 *
 * When the metadata service hands out credentials that are about to end, or have ended, it has
 * trouble renewing them, and the services go on accepting the old ones. So their end is moved to
 * where the next look at the metadata is due; signing must not stop over that.
 */
#include "auth/imds.h"

#include "auth/expiration.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/logging.h"
#include "base/rand.h"
#include "base/str.h"

#define METHOD "iam-role"
#define PATH "latest/meta-data/iam/security-credentials/"
#define PATH_MAX_LEN 1024
#define WINDOW_S 900
#define JITTER_MIN_S 120
#define JITTER_MAX_S 600

static int64_t prolong(int64_t expires)
{
    int64_t offset = WINDOW_S + JITTER_MIN_S +
                     (int64_t)pail_rand_below(JITTER_MAX_S - JITTER_MIN_S + 1);
    int64_t now = pail_clock_wall_s();

    if (expires - offset > now)
        return expires;
    PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_WARN,
             "Attempting credential expiration extension due to a credential service availability "
             "issue. A refresh of these credentials will be attempted again within the next %lld "
             "minutes.",
             (long long)(offset / 60));
    return now + offset;
}

static int take(const struct pail_fetch_answer *a, struct pail_credentials **ret,
                struct pail_error *err)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *doc = NULL;
    int rc = pail_json_parse(pail_buf_view(&a->body), "answer of the instance metadata", &doc, err);
    if (rc < 0)
        return rc;
    const struct pail_jnode *root = pail_json_root(doc);
    struct pail_credentials_fields f = {
        .method = METHOD,
        .access_key = pail_json_str(pail_json_get(root, "AccessKeyId")),
        .secret_key = pail_json_str(pail_json_get(root, "SecretAccessKey")),
        .session_token = pail_json_str(pail_json_get(root, "Token")),
        .account_id = pail_json_str(pail_json_get(root, "AccountId")),
    };
    if (!f.access_key.len || !f.secret_key.len || !f.session_token.len ||
        pail_expiration_parse(pail_json_str(pail_json_get(root, "Expiration")), &f.expires_unix_s,
                              NULL) < 0) {
        struct pail_str code = pail_json_str(pail_json_get(root, "Code"));
        return pail_lookup_none(err, "the instance metadata has no credentials%s%.*s",
                                code.len ? ": " : "", PAIL_STR_ARG(pail_str_sub(code, 0, 60)));
    }
    f.expires_unix_s = prolong(f.expires_unix_s);
    return pail_credentials_new(&f, ret, err);
}

static int get_credentials(struct pail_imds *m, struct pail_str role, struct pail_credentials **ret,
                           struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(PATH_MAX_LEN);
    struct pail_fetch_answer a = {0};

    pail_buf_z(&path, PATH);
    pail_buf_str(&path, role);
    int rc = pail_buf_check(&path, "name of the instance's role", err);
    if (rc == 0)
        rc = pail_imds_get(m, path.ptr, true, &a, err);
    if (rc < 0)
        return rc;
    rc = take(&a, ret, err);
    pail_fetch_answer_done(&a);
    if (rc == 0)
        PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_INFO, "Found credentials from IAM Role: %.*s",
                 PAIL_STR_ARG(role));
    return rc;
}

int pail_find_imds(const struct pail_lookup *l, struct pail_credentials **ret,
                   struct pail_error *err)
{
    struct pail_imds m;
    struct pail_fetch_answer role = {0};
    int rc = pail_imds_open(&m, l->net, err);
    if (rc == 0)
        rc = pail_imds_get(&m, PATH, false, &role, err);
    if (rc == 0)
        rc = get_credentials(&m, pail_buf_view(&role.body), ret, err);
    pail_fetch_answer_done(&role);
    pail_imds_done(&m);
    return rc;
}
