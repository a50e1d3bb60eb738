/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "cloudfront sign": a URL with a policy (until when, from when, from where) and its signature by
 * the distribution's key. Nothing is sent.
 */
#include "tools/service/commands.h"

#include <stdio.h>

#include "base/base64.h"
#include "base/str.h"
#include "base/timefmt.h"
#include "base/value_json.h"
#include "crypto/rsa.h"
#include "tools/cmd.h"
#include "tools/service/calls.h"

enum option { URL, KEY_ID, KEY, BEFORE, AFTER, ADDRESS, N_OPTIONS };

/* Base64 in letters that need no escapes in a URL. */
static void put_letters(struct pail_buf *to, const struct pail_buf *bytes)
{
    size_t from = to->len;
    pail_base64_encode(to, bytes->ptr, bytes->len);
    for (size_t i = from; i < to->len; i++)
        to->ptr[i] = to->ptr[i] == '+'   ? '-'
                     : to->ptr[i] == '=' ? '_'
                     : to->ptr[i] == '/' ? '~'
                                         : to->ptr[i];
}

static int instant(struct pail_cli *cli, const char *text, int64_t *ret)
{
    uint32_t nanos;
    if (pail_str_to_i64(pail_str(text), ret) ||
        !pail_time_parse_any(pail_str(text), ret, &nanos, NULL))
        return 0;
    return pail_cli_failf(cli, PAIL_EXIT_ERROR, NULL,
                          "Invalid timestamp \"%s\": Unknown string "
                          "format: %s",
                          text, text);
}

static struct pail_value *policy_of(struct pail_cli *cli, const struct pail_arg *args,
                                    int64_t before, int64_t after)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf range = PAIL_BUF_INIT(1 << 12);
    struct pail_values *vs = cli->vs;
    const char *address = args[ADDRESS].value;
    struct pail_value *c = pail_value_form(vs, "DateLessThan: {'AWS:EpochTime': %lld}",
                                           (long long)before);
    if (address) {
        pail_buf_fmt(&range, "%s%s", address, strchr(address, '/') ? "" : "/32");
        pail_value_set(vs, c, PAIL_STR("IpAddress"),
                       pail_value_form(vs, "'AWS:SourceIp': %s", pail_buf_cstr(&range)));
    }
    if (args[AFTER].value)
        pail_value_set(vs, c, PAIL_STR("DateGreaterThan"),
                       pail_value_form(vs, "'AWS:EpochTime': %lld", (long long)after));
    return pail_value_form(vs, "Statement: [{Resource: %s, Condition: %p}]", args[URL].value,
                           (void *)c);
}

int pail_sign_url_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[N_OPTIONS + 1] = {
        [URL] = {.name = "--url", .required = true},
        [KEY_ID] = {.name = "--key-pair-id", .required = true},
        [KEY] = {.name = "--private-key", .required = true},
        [BEFORE] = {.name = "--date-less-than", .required = true},
        [AFTER] = {.name = "--date-greater-than"},
        [ADDRESS] = {.name = "--ip-address"},
    };
    PAIL_CLEANUP(pail_buf_done) struct pail_buf policy = PAIL_BUF_INIT(1 << 20);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf signature = PAIL_BUF_INIT(1 << 16);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf url = PAIL_BUF_INIT(1 << 21);
    PAIL_CLEANUP(pail_rsa_free_p) struct pail_rsa *key = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    int64_t before = 0, after = 0;
    int code = pail_cli_args_read(cli, words, args);
    if (!code)
        code = instant(cli, args[BEFORE].value, &before);
    if (!code && args[AFTER].value)
        code = instant(cli, args[AFTER].value, &after);
    if (code)
        return code;
    pail_value_to_json(&policy, policy_of(cli, args, before, after),
                       &(struct pail_json_style){.compact = true, .ascii = true});
    int rc = pail_rsa_from_pem(pail_str(args[KEY].value), &key, &err);
    if (!rc)
        rc = pail_rsa_sign(key, PAIL_SHA1, (struct pail_bytes){policy.ptr, policy.len}, &signature,
                           &err);
    if (rc)
        return pail_cli_error(cli, &err);
    pail_buf_fmt(&url, "%s%c", args[URL].value, strchr(args[URL].value, '?') ? '&' : '?');
    if (args[AFTER].value || args[ADDRESS].value) {
        pail_buf_z(&url, "Policy=");
        put_letters(&url, &policy);
    } else {
        pail_buf_fmt(&url, "Expires=%lld", (long long)before);
    }
    pail_buf_z(&url, "&Signature=");
    put_letters(&url, &signature);
    pail_buf_fmt(&url, "&Key-Pair-Id=%s", args[KEY_ID].value);
    fputs(pail_buf_cstr(&url), stdout);
    return 0;
}
