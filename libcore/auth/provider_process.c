/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/provider_process.c - credential_process: a program that prints credentials as JSON.
 *
 * The command is split as a shell would and run without one. What it prints is held no longer than
 * it takes to read it, and its text never appears in an error; what it writes to stderr does.
 */
#include "auth/lookup.h"

#include <stdio.h>

#include "auth/expiration.h"
#include "auth/shellwords.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/logging.h"
#include "base/process.h"
#include "base/secret.h"
#include "base/str.h"

#define METHOD "custom-process"
#define DEADLINE_S 60
#define OUT_MAX ((size_t)64 << 10)
#define ERR_MAX ((size_t)4 << 10)

static int failed(struct pail_error *err, const char *why)
{
    return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
                          "Error when retrieving credentials from " METHOD ": %s", why);
}

/* Of what went wrong below: running out of memory stays what it is. */
static int failed_by(const struct pail_error *e, struct pail_error *err)
{
    if (e->code == PAIL_E_NOMEM) {
        pail_error_copy(err, e);
        return e->code;
    }
    return failed(err, e->message);
}

static int run(const struct pail_shell_words *w, struct pail_buf *out, struct pail_error *err)
{
    struct pail_error e = PAIL_ERROR_INIT;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(ERR_MAX);
    struct pail_process p = {
        .argv = (const char *const *)w->word,
        .deadline_mono_ns = pail_deadline_after_ns(DEADLINE_S * PAIL_NS_PER_S),
        .out = out,
        .err = &text,
    };
    int status = 0, rc = pail_process_run(&p, &status, &e);
    if (rc < 0)
        return failed_by(&e, err);

    struct pail_str said = pail_str_trim(pail_buf_view(&text));
    if (status != 0 && said.len)
        return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
                              "Error when retrieving credentials from " METHOD ": %.*s",
                              PAIL_STR_ARG(said));
    if (status != 0)
        return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
                              "Error when retrieving credentials from " METHOD
                              ": %s ended with status %d",
                              w->word[0], status);
    if (said.len)
        PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_INFO, METHOD ": %.*s", PAIL_STR_ARG(said));
    return 0;
}

static int bad_version(struct pail_error *err, struct pail_str version)
{
    return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
                          "Error when retrieving credentials from " METHOD
                          ": Unsupported version '%.*s' for credential process provider, "
                          "supported versions: 1",
                          PAIL_STR_ARG(pail_str_sub(version, 0, 40)));
}

/* The number 1; the text "1" is another thing. */
static int check_version(const struct pail_jnode *root, struct pail_error *err)
{
    const struct pail_jnode *node = pail_json_get(root, "Version");
    char number[24];
    int64_t version;
    if (!pail_json_int(node, &version))
        return bad_version(err,
                           node ? pail_json_str(node) : PAIL_STR("<Version key not provided>"));
    if (version == 1)
        return 0;
    snprintf(number, sizeof(number), "%lld", (long long)version);
    return bad_version(err, pail_str(number));
}

static int parse(const struct pail_lookup *l, const struct pail_jnode *root,
                 struct pail_credentials **ret, struct pail_error *err)
{
    struct pail_credentials_fields f = {.method = METHOD};
    int rc = check_version(root, err);
    if (rc < 0)
        return rc;

    f.access_key = pail_json_str(pail_json_get(root, "AccessKeyId"));
    if (!f.access_key.len)
        return failed(err, "Missing required key in response: 'AccessKeyId'");
    f.secret_key = pail_json_str(pail_json_get(root, "SecretAccessKey"));
    if (!f.secret_key.len)
        return failed(err, "Missing required key in response: 'SecretAccessKey'");
    f.session_token = pail_json_str(pail_json_get(root, "SessionToken"));
    f.account_id = pail_json_str(pail_json_get(root, "AccountId"));
    if (!f.account_id.len)
        f.account_id = pail_config_get(l->config, l->profile, "aws_account_id");

    const struct pail_jnode *expires = pail_json_get(root, "Expiration");
    if (expires && pail_json_type(expires) != PAIL_JSON_NULL) {
        if (pail_expiration_parse(pail_json_str(expires), &f.expires_unix_s, NULL) < 0)
            return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
                                  "Unknown string format: %.*s",
                                  PAIL_STR_ARG(pail_str_sub(pail_json_str(expires), 0, 60)));
    }
    return pail_credentials_new(&f, ret, err);
}

static int run_and_parse(const struct pail_lookup *l, const struct pail_shell_words *w,
                         struct pail_credentials **ret, struct pail_error *err)
{
    struct pail_buf out = PAIL_BUF_INIT(OUT_MAX);
    struct pail_error e = PAIL_ERROR_INIT;
    struct pail_json *doc = NULL;

    /* At once, so that growing leaves no copies behind. */
    (void)pail_buf_reserve(&out, OUT_MAX);
    int rc = pail_buf_check(&out, METHOD, err);
    if (rc == 0)
        rc = run(w, &out, err);
    if (rc == 0 && pail_json_parse(pail_buf_view(&out), "its answer", &doc, &e) < 0)
        rc = failed_by(&e, err);
    if (rc == 0)
        rc = parse(l, pail_json_root(doc), ret, err);
    pail_json_free(doc);
    if (out.ptr)
        pail_wipe(out.ptr, out.cap);
    pail_buf_done(&out);
    return rc;
}

int pail_find_process(const struct pail_lookup *l, struct pail_credentials **ret,
                      struct pail_error *err)
{
    struct pail_str command = pail_config_get(l->config, l->profile, "credential_process");
    if (!command.ptr)
        return pail_lookup_none(err, "no credential_process for %.*s", PAIL_STR_ARG(l->profile));

    struct pail_shell_words w = {0};
    struct pail_error e = PAIL_ERROR_INIT;
    if (pail_shell_words_split(command, &w, &e) < 0) {
        (void)pail_error_prefix(&e, "credential_process of profile %.*s", PAIL_STR_ARG(l->profile));
        return failed_by(&e, err);
    }
    int rc = w.n ? run_and_parse(l, &w, ret, err) : failed(err, "credential_process is empty");
    pail_shell_words_done(&w);
    return rc;
}
