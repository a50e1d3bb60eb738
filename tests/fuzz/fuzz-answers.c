/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What metadata services and STS may answer to a search for credentials. The first byte says who
 * answers, the rest is every answer's body. What is found is complete; what is said of what is not
 * is one line. The texts of such answers are fed to their own parsers besides.
 */
#include "auth/diskcache.h"
#include "auth/expiration.h"
#include "crypto/ecdsa.h"
#include "unit/auth/home.h"
#include "unit/auth/scripted.h"

#include "fuzz.h"

static void use_environment(bool web)
{
    home_clear();
    home_set("HOME", "/dev/null"); /* nothing is read or kept */
    home_set("AWS_REGION", "us-east-1");
    home_set("AWS_EC2_METADATA_DISABLED", web ? "true" : NULL);
    home_set("AWS_WEB_IDENTITY_TOKEN_FILE", web ? "/proc/version" : NULL);
    home_set("AWS_ROLE_ARN", web ? "arn:aws:iam::1:role/r" : NULL);
    pail_env_set_source(home_get);
}

static void search(bool web, int status, const char *body)
{
    const struct script rules[] = {{"", status, body}, {NULL}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    struct pail_credentials_fields f;

    use_environment(web);
    int rc = scripted_find(NULL, rules, &c, &err);
    if (rc == 0) {
        pail_credentials_get(c, &f);
        PAIL_FUZZ_CHECK(f.access_key.len && f.secret_key.len && f.session_token.len);
        PAIL_FUZZ_CHECK(f.expires_unix_s > 0);
        (void)pail_credentials_unref(c);
    } else {
        PAIL_FUZZ_CHECK(err.code == (enum pail_code)rc);
        PAIL_FUZZ_CHECK(err.message[0]);
    }
}

/* A quoted text reads back as what it was. */
static void quote(struct pail_str text)
{
    struct pail_buf b = PAIL_BUF_INIT(1 << 22);
    struct pail_json *doc = NULL;
    pail_diskcache_quote(&b, text);
    PAIL_FUZZ_CHECK(pail_json_parse(pail_buf_view(&b), "quoted", &doc, NULL) == 0);
    if (pail_str_is_utf8(text))
        PAIL_FUZZ_CHECK(pail_str_eq(pail_json_str(pail_json_root(doc)), text));
    pail_json_free(doc);
    pail_buf_done(&b);
}

static void parse_texts(struct pail_str text)
{
    struct pail_p256 *key = NULL;
    int64_t expires = 0;
    if (pail_expiration_parse(text, &expires, NULL) == 0)
        PAIL_FUZZ_CHECK(expires < INT64_C(9223372036));
    if (pail_p256_from_pem(text, &key, NULL) == 0)
        pail_p256_free(key);
    quote(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 1 << 16)
        return 0;
    char *body = malloc(size);
    PAIL_FUZZ_CHECK(body);
    memcpy(body, data + 1, size - 1);
    body[size - 1] = '\0';
    parse_texts(pail_strn(body, size - 1));
    search(data[0] & 1, data[0] & 2 ? 400 : 200, body);
    free(body);
    return 0;
}
