/* SPDX-License-Identifier: Apache-2.0 */
/* What all commands share: a client from the common options, and how errors are told. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "auth/session.h"
#include "base/clock.h"
#include "base/uri.h"
#include "tools/cmd.h"
#include "tools/lib/mfa.h"

void pail_append_printable(struct pail_buf *to, struct pail_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 127)
            pail_buf_fmt(to, "\\x%02x", (unsigned char)s.ptr[i]);
        else
            pail_buf_char(to, s.ptr[i]);
}

void pail_error_text(const struct pail_error *err, struct pail_buf *to)
{
    pail_append_printable(to, pail_str(err->message));
    if (err->service_code[0] && !strstr(err->message, err->service_code))
        pail_buf_fmt(to, " (%s)", err->service_code);
    if (err->request_id[0])
        pail_buf_fmt(to, " [request %s]", err->request_id);
}

static int (*other_fail)(const char *command, const struct pail_error *err);

void pail_set_fail(int (*fail)(const char *command, const struct pail_error *err))
{
    other_fail = fail;
}

bool pail_as_aws(void)
{
    return other_fail != NULL;
}

int pail_fail(const char *command, const struct pail_error *err)
{
    if (other_fail)
        return other_fail(command, err);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(4096);
    pail_error_text(err, &text);
    fprintf(stderr, "pail %s: %s\n", command, pail_buf_cstr(&text));
    switch (err->domain) {
    case PAIL_D_USAGE:
        return PAIL_EXIT_USAGE;
    case PAIL_D_CONFIG:
    case PAIL_D_AUTH:
        return PAIL_EXIT_CONFIG;
    case PAIL_D_SERVICE:
        return PAIL_EXIT_SERVICE;
    default:
        return PAIL_EXIT_ERROR;
    }
}

int pail_misuse(const char *command, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "pail %s: ", command);
    vfprintf(stderr, fmt, ap);
    fprintf(stderr, " (try pail %s --help)\n", command);
    va_end(ap);
    return PAIL_EXIT_USAGE;
}

void pail_print_erased(struct pail_str bucket, struct pail_str key, bool dry_run)
{
    printf("%sdelete: s3://%.*s/", dry_run ? "(dryrun) " : "", PAIL_STR_ARG(bucket));
    fwrite(key.ptr, 1, key.len, stdout);
    putchar('\n');
}

static int addressing_of(const char *text, enum pail_s3_addressing *ret, struct pail_error *err)
{
    static const struct {
        const char *name;
        enum pail_s3_addressing style;
    } styles[] = {{"auto", PAIL_S3_AUTO}, {"path", PAIL_S3_PATH}, {"virtual", PAIL_S3_VIRTUAL}};
    *ret = PAIL_S3_AUTO;
    if (!text)
        return 0;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(styles); i++)
        if (strcmp(styles[i].name, text) == 0) {
            *ret = styles[i].style;
            return 0;
        }
    return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                          "addressing-style: \"%s\" is not one of auto, path, virtual", text);
}

static unsigned milliseconds(int64_t ns)
{
    int64_t ms = (ns + PAIL_NS_PER_MS - 1) / PAIL_NS_PER_MS;
    return ms > INT32_MAX ? INT32_MAX : (unsigned)ms;
}

int pail_refuse_legacy(const struct pail_session *session, struct pail_error *err)
{
    if (pail_session_settings(session)->retry_mode != PAIL_RETRY_MODE_LEGACY)
        return 0;
    return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                          "Invalid value provided to \"mode\": \"legacy\" must be one of: "
                          "\"standard\" or \"adaptive\"");
}

int pail_connect(const struct pail_common *c, struct pail_session **ret_session,
                 struct pail_s3 **ret_s3, struct pail_error *err)
{
    struct pail_session_options so = PAIL_SESSION_OPTIONS_INIT;
    struct pail_s3_options s3o = PAIL_S3_OPTIONS_INIT;
    struct pail_session *session = NULL;
    int rc = addressing_of(c->addressing, &s3o.addressing, err);
    if (rc)
        return rc;
    s3o.checksums_suffice = c->checksums_suffice && !pail_as_aws();
    s3o.expect_continue = pail_as_aws() ? PAIL_S3_ON : PAIL_S3_DEFAULT;
    so.checksum_algorithm = pail_as_aws() ? PAIL_AWS_CHECKSUM : NULL;
    so.endpoint_url = c->endpoint_url;
    so.region = c->region;
    so.profile = c->profile;
    so.ca_bundle = c->ca_bundle;
    so.no_sign_request = c->no_sign_request;
    so.no_verify_tls = c->no_verify_ssl;
    so.mfa = pail_enter_mfa;
    so.connect_timeout_ms = milliseconds(c->connect_timeout_ns);
    so.read_timeout_ms = milliseconds(c->read_timeout_ns);
    rc = pail_session_new(&so, &session, err);
    if (rc)
        return rc;
    rc = pail_as_aws() ? pail_refuse_legacy(session, err) : 0;
    if (c->region || pail_as_aws()) /* new buckets are made there, whatever the endpoint */
        s3o.region = pail_session_region(session);
    if (!rc)
        rc = pail_s3_new(session, &s3o, ret_s3, err);
    if (rc) {
        pail_session_unref(session);
        return rc;
    }
    *ret_session = session;
    return 0;
}

int pail_parse_s3(const char *text, struct pail_str *ret_bucket, struct pail_str *ret_key,
                  struct pail_error *err)
{
    if (pail_uri_parse_s3(pail_str(text), ret_bucket, ret_key))
        return 0;
    return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                          "\"%s\" is not of the form s3://BUCKET/KEY", text);
}

int pail_prefix_of(struct pail_str key, struct pail_buf *ret, struct pail_error *err)
{
    pail_buf_str(ret, key);
    if (key.len && key.ptr[key.len - 1] != '/')
        pail_buf_char(ret, '/');
    return pail_buf_check(ret, "key", err);
}
