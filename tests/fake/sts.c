/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A little of STS, so that role credentials can be followed from AssumeRole to the S3 request that
 * they sign.
 *
 * Credentials given out are remembered with their end; S3 refuses them afterwards. A role or web
 * identity whose ARN ends in DENIED is refused; role/life-N gives credentials for N seconds.
 */
#include "fake/call.h"
#include "fake/xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACCOUNT "123456789012"

static void open_result(struct fake_call *c)
{
    fake_buf_fmt(&c->out,
                 "<%sResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><%sResult>",
                 c->op->name, c->op->name);
}

static void close_result(struct fake_call *c)
{
    fake_buf_fmt(
        &c->out,
        "</%sResult><ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></%sResponse>",
        c->op->name, c->id, c->op->name);
}

/* The role's own ARN becomes that of the session: role/NAME -> assumed-role/NAME/SESSION. */
static void session_arn(struct fake_buf *b, const char *role, const char *session)
{
    const char *name = strrchr(role, '/');
    fake_buf_fmt(b, "arn:aws:sts::" ACCOUNT ":assumed-role/%s/%s", name ? name + 1 : role, session);
}

static void put_credentials(struct fake_call *c, const char *arn, int64_t seconds)
{
    char id[24], secret[48], token[80], date[FAKE_DATE];
    unsigned long long a = fake_next_id(c->s), b = fake_next_id(c->s), d = fake_next_id(c->s);
    snprintf(id, sizeof(id), "ASIA%016llX", a);
    snprintf(secret, sizeof(secret), "%016llx/%016llx+%06llx", b, d, a & 0xffffff);
    snprintf(token, sizeof(token), "FwoGfake//////////%016llx%016llx==", d, a);
    struct fake_identity *identity = fake_xalloc(sizeof(*identity));
    *identity = (struct fake_identity){fake_dups(secret), fake_dups(token), fake_dups(arn),
                                       c->rq->now_unix_ms + seconds * 1000};
    fake_index_put(&c->s->keys, fake_view_of(id))->value = identity;
    fake_date_iso(identity->expires_ms / 1000 * 1000, date);
    memcpy(date + 19, "Z", 2);
    fake_buf_fmt(&c->out,
                 "<Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey>"
                 "<SessionToken>%s</SessionToken><Expiration>%s</Expiration></Credentials>",
                 id, secret, token, date);
}

static bool duration(struct fake_call *c, uint64_t fallback, uint64_t max, uint64_t *ret)
{
    const char *text = fake_call_param(c, "DurationSeconds");
    *ret = fallback;
    if (!text || (fake_number(text, max, ret) && *ret >= 900))
        return true;
    return fake_fail(
        c, 400, "ValidationError",
        "1 validation error detected: Value '%.20s' at 'durationSeconds' failed to satisfy "
        "constraint: Member must have value between 900 and %llu",
        text, (unsigned long long)max);
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), k = strlen(end);
    return n >= k && strcmp(s + n - k, end) == 0;
}

static void assume_role(struct fake_call *c)
{
    const char *role = fake_call_param(c, "RoleArn"),
               *session = fake_call_param(c, "RoleSessionName");
    const char *web = fake_call_param(c, "WebIdentityToken");
    bool with_token = strcmp(c->op->name, "AssumeRoleWithWebIdentity") == 0;
    uint64_t seconds;
    if (!role || strlen(role) < 20 || !session || strlen(session) < 2) {
        fake_fail(c, 400, "ValidationError",
                  "1 validation error detected: Value at 'roleArn' or "
                  "'roleSessionName' failed to satisfy constraint");
        return;
    }
    if (with_token && (!web || strlen(web) < 4)) {
        fake_fail(c, 400, "InvalidIdentityToken", "The ID Token provided is not a valid JWT");
        return;
    }
    if (!duration(c, 3600, 43200, &seconds))
        return;
    const char *life = strstr(role, "/life-");
    if (life)
        (void)fake_number(life + strlen("/life-"), 43200, &seconds);
    if (ends_with(role, "DENIED")) {
        fake_fail(c, 403, "AccessDenied",
                  "User: arn:aws:iam::" ACCOUNT ":user/fake is not authorized to "
                  "perform: sts:%s on resource: %s",
                  c->op->name, role);
        return;
    }
    struct fake_buf arn = {0};
    session_arn(&arn, role, session);
    open_result(c);
    if (with_token)
        fake_buf_str(&c->out, "<SubjectFromWebIdentityToken>fake</SubjectFromWebIdentityToken>");
    put_credentials(c, arn.p, (int64_t)seconds);
    fake_buf_str(&c->out, "<AssumedRoleUser><AssumedRoleId>AROAFAKE:");
    fake_xml_text(&c->out, session, strlen(session));
    fake_buf_str(&c->out, "</AssumedRoleId>");
    fake_xml_element(&c->out, "Arn", arn.p);
    fake_buf_str(&c->out, "</AssumedRoleUser>");
    close_result(c);
    fake_buf_done(&arn);
}

/* Whose key signed the request; the user behind the fixed key unless STS gave it out. */
static const char *caller_arn(struct fake_call *c)
{
    const char *header = fake_call_header(c, "authorization");
    const char *at = header ? strstr(header, "Credential=") : NULL;
    if (at) {
        at += strlen("Credential=");
        struct fake_view key = {at, strcspn(at, "/")};
        struct fake_entry *e = fake_index_find(&c->s->keys, key);
        if (e)
            return ((const struct fake_identity *)e->value)->arn;
    }
    return "arn:aws:iam::" ACCOUNT ":user/fake";
}

static void caller_identity(struct fake_call *c)
{
    open_result(c);
    fake_xml_element(&c->out, "Arn", caller_arn(c));
    fake_buf_str(&c->out, "<UserId>AIDAFAKE</UserId><Account>" ACCOUNT "</Account>");
    close_result(c);
}

void fake_op_sts(struct fake_call *c)
{
    uint64_t seconds;
    bool needs_signature = strcmp(c->op->name, "AssumeRoleWithWebIdentity") != 0;
    if (needs_signature && c->s->opt.access_key && !c->sig.checked)
        fake_fail(c, 403, "MissingAuthenticationToken", "Request is missing Authentication Token");
    else if (strncmp(c->op->name, "AssumeRole", 10) == 0)
        assume_role(c);
    else if (strcmp(c->op->name, "GetCallerIdentity") == 0)
        caller_identity(c);
    else if (duration(c, 43200, 129600, &seconds)) {
        open_result(c);
        put_credentials(c, caller_arn(c), (int64_t)seconds);
        close_result(c);
    }
}
