/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CreateSession as a call by name. When it is asked for, and what becomes of the credentials:
 * auth/express.c.
 */
#include "protocol/express.h"

#include "base/str.h"
#include "protocol/opcall.h"

static struct pail_str text(const struct pail_value *map, const char *name)
{
    return pail_value_as_str(pail_value_get(map, pail_str(name)));
}

static int take(const struct pail_result *r, struct pail_credentials **ret, struct pail_error *err)
{
    const struct pail_value *c = pail_value_get(r->value, PAIL_STR("Credentials"));
    struct pail_time ends;
    struct pail_credentials_fields f = {
        .access_key = text(c, "AccessKeyId"),
        .secret_key = text(c, "SecretAccessKey"),
        .session_token = text(c, "SessionToken"),
        .method = "s3express",
    };

    if (!f.access_key.len || !f.secret_key.len || !f.session_token.len ||
        !pail_value_as_time(pail_value_get(c, PAIL_STR("Expiration")), &ends))
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "a session without credentials");
    f.expires_unix_s = ends.seconds;
    return pail_credentials_new(&f, ret, err);
}

static int create(struct pail_client *client, const struct pail_value *params,
                  struct pail_credentials *base, struct pail_result **ret, struct pail_error *err)
{
    struct pail_call_args args = {.params = params};
    struct pail_opcall *c = NULL;

    int rc = pail_opcall_new(client, "CreateSession", &args, &c, err);
    if (rc < 0)
        return rc;
    c->given = pail_credentials_ref(base);
    c->ret = ret;
    return pail_opcall_run(c, err);
}

int pail_protocol_create_session(void *client, struct pail_str bucket,
                                 struct pail_credentials *base, struct pail_credentials **ret,
                                 struct pail_error *err)
{
    struct pail_result *r = NULL;
    struct pail_values *vs = NULL;

    int rc = pail_values_new(&vs, err);
    if (rc < 0)
        return rc;
    struct pail_value *params = pail_value_map(vs);
    pail_value_set(vs, params, PAIL_STR("Bucket"), pail_value_str(vs, bucket));
    rc = pail_values_check(vs, err);
    if (rc == 0)
        rc = create(client, params, base, &r, err);
    if (rc == 0)
        rc = take(r, ret, err);
    (void)pail_result_free(r);
    (void)pail_values_free(vs);
    return rc;
}
