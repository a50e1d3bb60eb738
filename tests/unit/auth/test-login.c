/* SPDX-License-Identifier: Apache-2.0 */
/* `aws login`: botocore's own cases, the proof that goes with a renewal, and what may go wrong. */
#include "auth/dpop.h"

#include "base/base64.h"
#include "base/file.h"
#include "base/json.h"
#include "crypto/digest.h"
#include "unit/auth/scripted.h"
#include "unit/auth/still.h"
#include "unit/test.h"
#include "unit/torture.h"

#define URL "https://us-east-1.signin.aws.amazon.com/v1/token"
#define NOW_S INT64_C(1763510400) /* 2025-11-19T00:00:00Z, the cases' */

static int setup(void **state)
{
    if (still_begin(state) != 0)
        return -1;
    still.now_s = NOW_S;
    home_set("AWS_REGION", "us-east-1");
    home_set("AWS_PROFILE", "signin");
    return 0;
}

/* ---- The cases ---- */

static char *text_of(const struct pail_jnode *n)
{
    struct pail_buf b = PAIL_BUF_INIT(1 << 20);
    struct pail_jwriter w;
    pail_jw_init(&w, &b, 0);
    pail_jw_node(&w, n);
    return pail_buf_take(&b, NULL);
}

static void write_files(const struct pail_jnode *test)
{
    struct pail_str name;
    const struct pail_jnode *content;
    char path[256], config[4096];

    snprintf(config, sizeof(config), "%.*s",
             PAIL_STR_ARG(pail_json_str(pail_json_get(test, "configContents"))));
    home_file(".aws/config", config);
    (void)nftw(home_path(".aws/login"), home_remove, 8, FTW_DEPTH | FTW_PHYS);
    for (void *it = NULL;
         pail_json_each(pail_json_get(test, "cacheContents"), &it, &name, &content);) {
        char *text = text_of(content);
        snprintf(path, sizeof(path), ".aws/login/cache/%.*s", PAIL_STR_ARG(name));
        home_file(path, text);
        pail_free(text);
    }
}

/* The API's own answer is the body of ours. */
static void answer_of(const struct pail_jnode *test, char **body, struct script rules[2])
{
    const struct pail_jnode *call = pail_json_at(pail_json_get(test, "mockApiCalls"), 0);
    const struct pail_jnode *output = pail_json_get(pail_json_get(call, "response"), "tokenOutput");
    *body = output ? text_of(output) : NULL;
    memset(rules, 0, 2 * sizeof(rules[0]));
    if (call)
        rules[0] = (struct script){"POST " URL, output ? 200 : 400, output ? *body : "{}"};
}

static void assert_field(const struct pail_jnode *outcome, const char *key, struct pail_str got)
{
    struct pail_str want = pail_json_str(pail_json_get(outcome, key));
    if (!pail_str_eq(want, got))
        fail_msg("%s: %.*s", key, PAIL_STR_ARG(got));
}

static void check_outcome(const struct pail_jnode *outcome, int rc, const struct pail_error *err,
                          const struct pail_credentials *c)
{
    struct pail_str result = pail_json_str(pail_json_get(outcome, "result"));
    struct pail_credentials_fields f;
    struct pail_str name;
    const struct pail_jnode *content;

    if (pail_str_eqz(result, "error")) {
        assert_code(rc, PAIL_E_CREDENTIALS);
        return;
    }
    assert_ok(rc, err);
    if (pail_str_eqz(result, "credentials")) {
        pail_credentials_get(c, &f);
        assert_field(outcome, "accessKeyId", f.access_key);
        assert_field(outcome, "secretAccessKey", f.secret_key);
        assert_field(outcome, "sessionToken", f.session_token);
        assert_field(outcome, "accountId", f.account_id);
        return;
    }
    assert_str(result, "cacheContents");
    for (void *it = NULL; pail_json_each(outcome, &it, &name, &content);) {
        if (pail_json_type(content) != PAIL_JSON_OBJECT)
            continue;
        char path[256], *expected = text_of(content);
        snprintf(path, sizeof(path), ".aws/login/cache/%.*s", PAIL_STR_ARG(name));
        struct pail_json *doc = NULL;
        const char *text = home_text(home_path(path));
        assert_non_null(text);
        assert_ok(pail_json_parse(pail_str(text), "cache", &doc, NULL), NULL);
        /* Key by key: the order is the file's own. */
        struct pail_str key;
        const struct pail_jnode *want;
        for (void *jt = NULL; pail_json_each(content, &jt, &key, &want);) {
            char z[64];
            snprintf(z, sizeof(z), "%.*s", PAIL_STR_ARG(key));
            char *a = text_of(want), *b = text_of(pail_json_get(pail_json_root(doc), z));
            assert_string_equal(b, a);
            pail_free(a);
            pail_free(b);
        }
        assert_int_equal(pail_json_len(content), pail_json_len(pail_json_root(doc)));
        pail_json_free(doc);
        pail_free(expected);
    }
}

static void run_case(const struct pail_jnode *test)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    struct script rules[2];
    char *body;

    print_message("%.*s\n", PAIL_STR_ARG(pail_json_str(pail_json_get(test, "documentation"))));
    write_files(test);
    answer_of(test, &body, rules);
    int rc = scripted_find(NULL, rules, &c, &err);
    const struct pail_jnode *outcomes = pail_json_get(test, "outcomes");
    for (size_t i = 0; i < pail_json_len(outcomes); i++)
        check_outcome(pail_json_at(outcomes, i), rc, &err, c);
    assert_int_equal(scripted.requests, pail_json_len(pail_json_get(test, "mockApiCalls")));
    (void)pail_credentials_unref(c);
    pail_free(body);
}

static void test_cases(void **state)
{
    char path[1024], *text = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_json *doc = NULL;
    size_t len;

    if (!pail_test_shared("vectors/credentials/login-provider-test-cases.json", path, sizeof(path)))
        skip();
    assert_ok(pail_file_read_all(path, 1 << 20, &text, &len, &err), &err);
    assert_ok(pail_json_parse(pail_strn(text, len), path, &doc, &err), &err);
    pail_free(text);
    for (size_t i = 0; i < pail_json_len(pail_json_root(doc)); i++)
        run_case(pail_json_at(pail_json_root(doc), i));
    pail_json_free(doc);
}

/* ---- The proof ---- */

static struct pail_json *part(struct pail_str *rest)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_json *doc = NULL;
    struct pail_str text;
    struct pail_buf b = PAIL_BUF_INIT(4096);
    assert_true(pail_str_split(rest, '.', &text));
    assert_ok(pail_base64url_decode(&b, text, &err), &err);
    assert_ok(pail_json_parse(pail_buf_view(&b), "part", &doc, &err), &err);
    pail_buf_done(&b);
    return doc;
}

static void assert_member(const struct pail_jnode *n, const char *key, const char *value)
{
    assert_str(pail_json_str(pail_json_get(n, key)), value);
}

static void test_proof(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_p256 *key = NULL;
    struct pail_buf proof = PAIL_BUF_INIT(8192), sig = PAIL_BUF_INIT(256), x = PAIL_BUF_INIT(64);
    uint8_t digest[PAIL_SHA256_LEN], px[PAIL_P256_LEN], py[PAIL_P256_LEN];
    int64_t iat = 0;

    assert_ok(pail_p256_generate(&key, &err), &err);
    assert_ok(pail_dpop_proof(key, PAIL_STR(URL), &proof, &err), &err);
    struct pail_str rest = pail_buf_view(&proof);
    struct pail_json *header = part(&rest), *payload = part(&rest);
    assert_member(pail_json_root(header), "typ", "dpop+jwt");
    assert_member(pail_json_root(header), "alg", "ES256");
    const struct pail_jnode *jwk = pail_json_get(pail_json_root(header), "jwk");
    assert_member(jwk, "kty", "EC");
    assert_member(jwk, "crv", "P-256");
    assert_ok(pail_p256_public(key, px, py, &err), &err);
    pail_base64url_encode(&x, px, sizeof(px));
    assert_member(jwk, "x", pail_buf_cstr(&x));
    assert_member(pail_json_root(payload), "htm", "POST");
    assert_member(pail_json_root(payload), "htu", URL);
    assert_true(pail_json_int(pail_json_get(pail_json_root(payload), "iat"), &iat));
    assert_int_equal(iat, NOW_S);
    assert_int_equal(pail_json_str(pail_json_get(pail_json_root(payload), "jti")).len, 36);

    /* The rest is the signature of what is before it. */
    size_t signed_len = proof.len - rest.len - 1;
    assert_ok(pail_base64url_decode(&sig, rest, &err), &err);
    assert_int_equal(sig.len, 2 * PAIL_P256_LEN);
    assert_ok(pail_digest(PAIL_SHA256, (struct pail_bytes){proof.ptr, signed_len}, digest, &err),
              &err);
    assert_true(pail_p256_verify(key, digest, (const uint8_t *)sig.ptr));
    pail_json_free(header);
    pail_json_free(payload);
    pail_buf_done(&proof);
    pail_buf_done(&sig);
    pail_buf_done(&x);
    pail_p256_free(key);
}

/* ---- Renewal ---- */

#define SESSION "arn:aws:sts::012345678910:assumed-role/Admin/admin"
#define FILE_NAME                                                                                  \
    ".aws/login/cache/4b0ba8f99f075c0633e122fd73346ce203a3faf18ea0310eb2d29df1bab2e255.json"
#define NEW                                                                                        \
    "{\"accessToken\":{\"accessKeyId\":\"NAK\",\"secretAccessKey\":\"NSK\",\"sessionToken\":"      \
    "\"NT\"},"                                                                                     \
    "\"tokenType\":\"aws_sigv4\",\"expiresIn\":900,\"refreshToken\":\"nrt\"}"

static void login_file(const char *expires, const char *more)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_p256 *key = NULL;
    struct pail_buf pem = PAIL_BUF_INIT(4096), b = PAIL_BUF_INIT(8192);
    struct pail_jwriter w;
    assert_ok(pail_p256_generate(&key, &err), &err);
    assert_ok(pail_p256_to_pem(key, &pem, &err), &err);
    pail_buf_fmt(&b,
                 "{\"accessToken\":{\"accessKeyId\":\"AK\",\"secretAccessKey\":\"SK\","
                 "\"sessionToken\":\"T\",\"accountId\":\"1\",\"expiresAt\":\"%s\"},"
                 "\"extra\":[1,1.5,true,null],%s\"clientId\":\"cid\",\"refreshToken\":\"rt\","
                 "\"dpopKey\":",
                 expires, more);
    pail_jw_init(&w, &b, 0);
    pail_jw_str(&w, pail_buf_view(&pem));
    pail_buf_char(&b, '}');
    home_file(".aws/config", "[profile signin]\nlogin_session = " SESSION "\n");
    home_file(FILE_NAME, b.ptr);
    pail_buf_done(&pem);
    pail_buf_done(&b);
    pail_p256_free(key);
}

static void test_renewal(void **state)
{
    static const struct script rules[] = {{"POST " URL, 200, NEW}, {NULL}};
    login_file("2025-11-19T00:05:01Z", "");
    assert_found(NULL, rules, "login AK SK T 1 1763510701");
    assert_int_equal(scripted.requests, 0);
    login_file("2025-11-19T00:05:00Z", "");
    assert_found(NULL, rules, "login NAK NSK NT 1 1763511300");
    assert_non_null(strstr(scripted.log, "POST " URL " DPoP=ey"));
    assert_non_null(strstr(scripted.log, " {\"clientId\": \"cid\", \"refreshToken\": \"rt\", "
                                         "\"grantType\": \"refresh_token\"}\n"));
    const char *file = home_text(home_path(FILE_NAME));
    assert_non_null(strstr(file,
                           "{\"accessToken\":{\"accessKeyId\":\"NAK\",\"secretAccessKey\":"
                           "\"NSK\",\"sessionToken\":\"NT\",\"accountId\":\"1\",\"expiresAt\":"
                           "\"2025-11-19T00:15:00Z\"},\"extra\":[1,1.5,true,null],"));
    assert_non_null(strstr(file, "\"refreshToken\":\"nrt\",\"dpopKey\":\"-----BEGIN"));
    /* Where the login was made. */
    static const struct script elsewhere[] = {
        {"POST https://eu-west-1.signin.aws.amazon.com/v1/token", 200, NEW}, {NULL}};
    login_file("2025-11-19T00:00:00Z", "\"signInRegion\":\"eu-west-1\",");
    assert_found(NULL, elsewhere, "login NAK NSK NT 1 1763511300");
}

static void test_refusals(void **state)
{
    static const struct {
        int status;
        const char *body, *result;
    } cases[] = {
        {400, "{\"error\":\"TOKEN_EXPIRED\"}",
         "PAIL_E_CREDENTIALS Your session has expired or credentials have changed. Please "
         "reauthenticate using 'aws login'."},
        {403, "{\"error\":\"USER_CREDENTIALS_CHANGED\"}",
         "PAIL_E_CREDENTIALS Your session has expired or credentials have changed. Please "
         "reauthenticate using 'aws login'."},
        {403, "{\"error\":\"INSUFFICIENT_PERMISSIONS\"}",
         "PAIL_E_CREDENTIALS Unable to create or refresh login credentials due to insufficient "
         "permissions. You may be missing permission for the 'signin:CreateOAuth2Token' action."},
        {500, "<html>",
         "PAIL_E_CREDENTIALS An unspecified error happened when resolving AWS credentials or "
         "refreshing a login session profile."},
        {200, "{}",
         "PAIL_E_CREDENTIALS Error loading login session token: Unable to refresh access token due "
         "to an invalid service response. Please try running 'aws login' again. If the issue "
         "persists, there may be a temporary signin service problem."},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        const struct script rules[] = {{"POST ", cases[i].status, cases[i].body}, {NULL}};
        login_file("2025-11-19T00:00:00Z", "");
        assert_found(NULL, rules, cases[i].result);
        login_file("2025-11-19T00:00:01Z", ""); /* the old ones do */
        assert_found(NULL, rules, "login AK SK T 1 1763510401");
    }
    login_file("2025-11-19T00:00:00Z", "");
    home_set("AWS_REGION", NULL);
    assert_found(NULL, NULL, "PAIL_E_NO_REGION You must specify a region.");
    home_file(FILE_NAME, "{\"accessToken\":{},\"clientId\":\"c\",\"refreshToken\":\"r\","
                         "\"dpopKey\":\"SECRET\"}");
    assert_found(NULL, NULL,
                 "PAIL_E_CREDENTIALS Error loading login session token: the access "
                 "token is incomplete.");
    home_file(FILE_NAME, "{\"accessToken\":{\"expiresAt\":\"2020-01-01T00:00:00Z\"},\"clientId\":"
                         "\"c\",\"refreshToken\":\"r\",\"dpopKey\":\"SECRET\"}");
    assert_found(NULL, NULL,
                 "PAIL_E_CREDENTIALS Error loading login session token: Unable to load "
                 "private key from cached token.");
}

static int torture_body(void *ud, struct pail_error *err)
{
    struct pail_credentials *c = NULL;
    home_file(FILE_NAME, ud);
    int rc = scripted_find(NULL, (const struct script[]){{"POST " URL, 200, NEW}, {NULL}}, &c, err);
    (void)pail_credentials_unref(c);
    return rc;
}

static void test_torture(void **state)
{
    login_file("2025-11-19T00:00:00Z", "");
    char *file = strdup(home_text(home_path(FILE_NAME)));
    pail_torture("login", torture_body, file);
    free(file);
}

#define with_clock(fn) cmocka_unit_test_setup_teardown(fn, setup, still_end)

PAIL_TEST_MAIN(with_clock(test_cases), with_clock(test_proof), with_clock(test_renewal),
               with_clock(test_refusals), with_clock(test_torture))
