/* SPDX-License-Identifier: Apache-2.0 */
/* The log of the traffic: all of it is there, and no secret in any form. */
#include <pail/log.h>

#include "unit/s3/script.h"

#define SECRET "Shh0123456789secretkey"
#define TOKEN "T0ken/with+signs=="
#define CUSTOMER_KEY "0123456789abcdef0123456789abcdeF"

static struct pail_mutex lock;
static char text[256 * 1024];
static size_t used;

static void sink(enum pail_log_level level, enum pail_log_component component, const char *line,
                 void *userdata)
{
    PAIL_LOCKED(&lock);
    int n = snprintf(text + used, sizeof(text) - used, "%s\n", line);
    assert_true(n > 0 && (size_t)n < sizeof(text) - used);
    used += (size_t)n;
}

static int set_up(void **state)
{
    used = 0;
    text[0] = '\0';
    pail_log_set_sink(sink, NULL);
    pail_log_set_level(PAIL_LOG_TRACE, 0);
    return 0;
}

static int tear_down(void **state)
{
    pail_log_set_sink(NULL, NULL);
    pail_log_set_level(PAIL_LOG_WARN, 0);
    return 0;
}

static void assert_has(const char *what)
{
    if (!strstr(text, what))
        fail_msg("\"%s\" is not in the log:\n%s", what, text);
}

static void assert_hidden(const char *secret)
{
    const char *at = strstr(text, secret);
    if (at)
        fail_msg("\"%s\" is in the log: %.200s", secret, at);
}

static void start(struct script *sc, const struct script_answer *answers, size_t n)
{
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;

    opt.access_key = "AKIDEXAMPLE";
    opt.secret_key = SECRET;
    opt.session_token = TOKEN;
    opt.region = "us-east-1";
    script_start_with(sc, answers, n, &opt, NULL);
}

static void test_put(void **state)
{
    static const struct script_answer answers[] = {
        {503, "x-amz-request-id: R1", "<Error><Code>SlowDown</Code><Message>m</Message></Error>",
         0},
        {200, "ETag: \"e\"\nx-amz-request-id: R2", NULL, 0},
    };
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_put_result result;
    struct pail_bytes segment = {"what the object has", 19};
    struct pail_s3_body body = {.segments = &segment, .n_segments = 1};
    struct pail_s3_put_args args = {.bucket = PAIL_STR("bkt"),
                                    .key = PAIL_STR("k"),
                                    .access = {.sse_c_key = {CUSTOMER_KEY, 32}}};
    struct script sc;

    start(&sc, answers, PAIL_ARRAY_LEN(answers));
    assert_ok(pail_s3_put(sc.s3, &args, &body, &result, &err), &err);
    /* The request */
    assert_has(".1 > PUT https://bkt.s3.amazonaws.com/k\n");
    assert_has(".2 > PUT https://bkt.s3.amazonaws.com/k\n");
    assert_has("x-amz-server-side-encryption-customer-algorithm: AES256\n");
    assert_has(" > (19 bytes)\n");
    /* How it was signed */
    assert_has("canonical request: PUT\n");
    assert_has("canonical request: host:bkt.s3.amazonaws.com\n");
    assert_has("string to sign: AWS4-HMAC-SHA256\n");
    /* What became of it */
    assert_has(".1 < 503\n");
    assert_has(".1 < x-amz-request-id: R1\n");
    assert_has(".1 < <Error><Code>SlowDown</Code>");
    assert_has("PutObject s3://bkt/k: retry needed: attempt 2 in 0 ms: ");
    assert_has(".2 < 200\n");
    assert_has("attempt 2: status 200: done");
    /* What must not be seen: in the request's own words, so that the test knows the forms */
    assert_true(script_has(&sc, 0, TOKEN));
    assert_hidden(TOKEN);
    assert_hidden(SECRET);
    assert_hidden(CUSTOMER_KEY);
    const char *key = script_header(&sc, 0, "x-amz-server-side-encryption-customer-key");
    assert_non_null(key);
    assert_hidden(key);
    const char *authorization = script_header(&sc, 0, "Authorization");
    assert_non_null(strstr(authorization, "Signature="));
    assert_hidden(strstr(authorization, "Signature=") + strlen("Signature="));
    assert_has("> Authorization: ***\n");
    assert_hidden("what the object has");
    script_end(&sc);
}

static void test_presign(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_presign_args args = {
        .method = "GET", .bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};
    struct script sc;
    char *url = NULL;

    start(&sc, NULL, 0);
    assert_ok(pail_s3_presign(sc.s3, &args, &url, &err), &err);
    assert_has("canonical request: GET\n");
    assert_has("X-Amz-Expires=3600");
    const char *signature = strstr(url, "X-Amz-Signature=");
    assert_non_null(signature);
    assert_hidden(signature + strlen("X-Amz-Signature="));
    assert_hidden(TOKEN);
    assert_hidden("T0ken%2Fwith");
    assert_hidden(SECRET);
    pail_s3_free(url);
    script_end(&sc);
}

static int drop(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    return 0;
}

/* What is downloaded is not shown, even where it looks like a protocol's. */
static void test_get(void **state)
{
    static const struct script_answer answers[] = {
        {200, "ETag: \"e\"\nContent-Type: application/json", "{\"private\": \"matter\"}", 0}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_get_args args = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};
    struct pail_s3_sink target = {.write = drop};
    struct script sc;

    start(&sc, answers, PAIL_ARRAY_LEN(answers));
    assert_ok(pail_s3_get(sc.s3, &args, &target, NULL, &err), &err);
    assert_has(".1 < (21 bytes)\n");
    assert_hidden("matter");
    script_end(&sc);
}

/* Long answers are cut, and a secret at the cut is hidden. */
static void test_list(void **state)
{
    static char page[20000];
    struct script_answer answers[] = {{200, NULL, page, 0}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_list_args args = {.bucket = PAIL_STR("bkt")};
    struct pail_s3_page ret;
    struct script sc;
    size_t at = (size_t)snprintf(page, sizeof(page), "<ListBucketResult>\n<SessionToken>hidden");

    memset(page + at, 'x', 1500);
    at += 1500;
    at += (size_t)snprintf(page + at, sizeof(page) - at, "</SessionToken>");
    memset(page + at, 'y', 9000);
    snprintf(page + at + 9000, sizeof(page) - at - 9000, "</ListBucketResult>");
    start(&sc, answers, 1);
    assert_ok(pail_s3_list(sc.s3, &args, &ret, &err), &err);
    pail_s3_page_done(&ret);
    assert_has("> GET https://bkt.s3.amazonaws.com/?");
    assert_has("< <ListBucketResult> <SessionToken>***</SessionToken>yyyy");
    assert_has("yyy ...\n");
    assert_hidden("hidden");
    assert_hidden("xxx");
    script_end(&sc);
}

static void test_levels(void **state)
{
    static const struct script_answer answers[] = {{200, "ETag: \"e\"", NULL, 0}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_head_args args = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};
    struct pail_s3_object object;
    struct script sc;

    pail_log_set_level(PAIL_LOG_DEBUG, 0);
    start(&sc, answers, PAIL_ARRAY_LEN(answers));
    assert_ok(pail_s3_head(sc.s3, &args, &object, &err), &err);
    pail_s3_object_done(&object);
    assert_has("HeadObject s3://bkt/k: attempt 1: status 200: done\n");
    assert_hidden(" > HEAD");
    assert_hidden("canonical request");
    script_end(&sc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_put, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_presign, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_get, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_list, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_levels, set_up, tear_down),
    };
    pail_test_begin();
    pail_mutex_init(&lock, "lines", PAIL_RANK_LEAF);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
