/* SPDX-License-Identifier: Apache-2.0 */
/* What operations put on the wire: hosts, paths, queries, headers, bodies. */
#include "unit/s3/script.h"

#define START(sc, opt, ...)                                                                        \
    static const struct script_answer answers_[] = {__VA_ARGS__};                                  \
    script_start((sc), answers_, PAIL_ARRAY_LEN(answers_), (opt))

#define EMPTY_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static int ignore_write(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    return 0;
}

static void test_virtual_host(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_object o;
    struct pail_s3_head_args args = {.bucket = PAIL_STR("bkt"),
                                     .key = PAIL_STR("a b/c+d~.txt"),
                                     .version_id = PAIL_STR("v/1"),
                                     .if_match = PAIL_STR("\"e\"")};
    START(&sc, NULL, {200, "ETag: \"e\"\nContent-Length: 7", NULL});

    assert_ok(pail_s3_head(sc.s3, &args, &o, &err), &err);
    assert_true(script_has(&sc, 0,
                           "HEAD https://bkt.s3.amazonaws.com/a%20b/c%2Bd~.txt"
                           "?versionId=v%2F1\n"));
    assert_true(script_has(&sc, 0, "head only\n"));
    assert_string_equal(script_header(&sc, 0, "If-Match"), "\"e\"");
    assert_string_equal(script_header(&sc, 0, "x-amz-content-sha256"), EMPTY_HASH);
    assert_non_null(strstr(script_header(&sc, 0, "Authorization"), "/us-east-1/s3/aws4_request"));
    assert_string_equal(script_header(&sc, 0, "amz-sdk-request"), "attempt=1");
    assert_int_equal(o.size, 7);
    assert_int_equal(pail_s3_requests_sent(sc.s3), 1);
    pail_s3_object_done(&o);
    script_end(&sc);
}

/* Keys are bytes and reach the wire as they are. */
static void test_odd_keys(void **state)
{
    static const struct {
        const char *key, *path;
    } cases[] = {
        {"..", "/b/.."},           {"../a", "/b/../a"},
        {"a//b", "/b/a//b"},       {"/a", "/b//a"},
        {"d/", "/b/d/"},           {"./", "/b/./"},
        {"a?b#c", "/b/a%3Fb%23c"}, {"\x01\xff%41", "/b/%01%FF%2541"},
        {"\xc3\xa4", "/b/%C3%A4"},
    };
    static const struct script_answer answers[PAIL_ARRAY_LEN(cases)] = {
        {204}, {204}, {204}, {204}, {204}, {204}, {204}, {204}, {204}};
    struct pail_s3_options opt = PAIL_S3_OPTIONS_INIT;
    struct pail_error err = PAIL_ERROR_INIT;
    struct script sc;

    opt.endpoint_url = "http://h:9000";
    script_start(&sc, answers, PAIL_ARRAY_LEN(answers), &opt);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_s3_delete_args args = {.bucket = PAIL_STR("b"), .key = pail_str(cases[i].key)};
        char line[128];
        assert_ok(pail_s3_delete(sc.s3, &args, &err), &err);
        snprintf(line, sizeof(line), "DELETE http://h:9000%s\n", cases[i].path);
        assert_true(script_has(&sc, i, line));
    }
    script_end(&sc);
}

static void test_put(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_put_result result;
    const struct pail_bytes segments[] = {{"12345", 5}, {"", 0}, {"6789", 4}};
    struct pail_s3_body body = {.segments = segments, .n_segments = 3};
    struct pail_s3_meta meta[] = {{PAIL_STR("mode"), PAIL_STR("33188")},
                                  {PAIL_STR("x-y"), PAIL_STR("")}};
    struct pail_s3_put_args args = {.bucket = PAIL_STR("bkt"),
                                    .key = PAIL_STR("k"),
                                    .if_none_match = true,
                                    .attributes = {.content_type = PAIL_STR("text/plain"),
                                                   .storage_class = PAIL_STR("STANDARD_IA"),
                                                   .meta = meta,
                                                   .n_meta = 2}};
    START(&sc, NULL, {200, "ETag: abc\nx-amz-version-id: v1", NULL});

    assert_ok(pail_s3_put(sc.s3, &args, &body, &result, &err), &err);
    assert_string_equal(result.etag,
                        "\"abc\""); /* quotes are added where a service leaves them out */
    assert_string_equal(result.version_id, "v1");
    assert_true(script_has(&sc, 0, "PUT https://bkt.s3.amazonaws.com/k\n"));
    assert_true(script_has(&sc, 0, "length: 9\n\n123456789"));
    assert_string_equal(script_header(&sc, 0, "x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
    assert_string_equal(script_header(&sc, 0, "x-amz-sdk-checksum-algorithm"), "CRC32");
    assert_string_equal(script_header(&sc, 0, "x-amz-checksum-crc32"), "y/Q5Jg=="); /* cbf43926 */
    assert_string_equal(script_header(&sc, 0, "If-None-Match"), "*");
    assert_string_equal(script_header(&sc, 0, "Content-Type"), "text/plain");
    assert_string_equal(script_header(&sc, 0, "x-amz-storage-class"), "STANDARD_IA");
    assert_string_equal(script_header(&sc, 0, "x-amz-meta-mode"), "33188");
    assert_string_equal(script_header(&sc, 0, "x-amz-meta-x-y"), "");
    assert_false(strstr(script_request(&sc, 0), "expect\n") != NULL);
    script_end(&sc);
}

static void test_put_of_nothing(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_put_result result;
    struct pail_s3_put_args args = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};
    START(&sc, NULL, {200, "ETag: \"e\"", NULL});

    assert_ok(pail_s3_put(sc.s3, &args, NULL, &result, &err), &err);
    assert_true(script_has(&sc, 0, "length: 0\n"));
    assert_string_equal(script_header(&sc, 0, "x-amz-content-sha256"), EMPTY_HASH);
    assert_string_equal(script_header(&sc, 0, "x-amz-checksum-crc32"), "AAAAAA==");
    script_end(&sc);
}

static int read_nines(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                      struct pail_error *err)
{
    unsigned *passes = ud;
    if (offset == 0)
        ++*passes;
    *ret_n = cap < 1000 ? cap : 1000;
    memset(dst, '9', *ret_n);
    return 0;
}

/* Summed in a pass of its own, once, over http; Expect only on AWS, only where it pays. */
static void test_put_by_reading(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_put_result result;
    unsigned passes = 0;
    struct pail_s3_body body = {.read = read_nines, .ud = &passes, .length = (1 << 20) + 1};
    struct pail_s3_put_args args = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};
    struct pail_s3_options opt = PAIL_S3_OPTIONS_INIT;
    char first[16];
    struct script sc;
    opt.endpoint_url = "http://s3.eu-west-1.amazonaws.com";
    START(&sc, &opt, {500, NULL, "<Error><Code>InternalError</Code></Error>"},
          {200, "ETag: \"e\"", NULL});

    assert_ok(pail_s3_put(sc.s3, &args, &body, &result, &err), &err);
    assert_true(script_has(&sc, 0, "expect\n"));
    snprintf(first, sizeof(first), "%s", script_header(&sc, 0, "x-amz-checksum-crc32"));
    assert_int_equal(strlen(first), 8);
    assert_string_equal(script_header(&sc, 1, "x-amz-checksum-crc32"), first);
    assert_string_equal(script_header(&sc, 1, "amz-sdk-request"), "attempt=2; max=3");
    assert_int_equal(passes, 3); /* the sum, and each attempt */
    script_end(&sc);

    static const struct script_answer one[] = {{200, "ETag: \"e\"", NULL, 0}};
    opt.endpoint_url = "https://h";
    script_start(&sc, one, 1, &opt);
    assert_ok(pail_s3_put(sc.s3, &args, &body, &result, &err), &err);
    assert_null(strstr(script_request(&sc, 0), "expect\n"));
    script_end(&sc);
}

static int read_short(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                      struct pail_error *err)
{
    *ret_n = offset ? 0 : 10;
    memset(dst, 0, *ret_n);
    return 0;
}

static void test_body_that_ends_early(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_put_result result;
    struct pail_s3_body body = {.read = read_short, .length = 11};
    struct pail_s3_put_args args = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};
    struct pail_s3_options opt = PAIL_S3_OPTIONS_INIT;

    opt.endpoint_url = "http://h";
    script_start(&sc, NULL, 0, &opt);
    assert_code(pail_s3_put(sc.s3, &args, &body, &result, &err), PAIL_E_INVALID);
    assert_string_equal(err.message,
                        "PutObject s3://bkt/k: request body: 0 bytes at offset 10 of 11");
    script_end(&sc);
}

/* Refused before anything is sent, by name. */
static void test_bad_arguments(void **state)
{
    const struct {
        struct pail_s3_put_args args;
        const char *says;
    } cases[] = {
        {{.bucket = PAIL_STR("b/c"), .key = PAIL_STR("k")}, "Invalid bucket name"},
        {{.bucket = PAIL_STR(""), .key = PAIL_STR("k")}, "Invalid bucket name"},
        {{.bucket = PAIL_STR(".."), .key = PAIL_STR("k")}, "Invalid bucket name"},
        {{.bucket = PAIL_STR("b"), .key = PAIL_STR("")}, "the key is empty"},
        {{.bucket = PAIL_STR("b"),
          .key = PAIL_STR("k"),
          .attributes = {.content_type = PAIL_STR("a\r\nb")}},
         "header Content-Type"},
        {{.bucket = PAIL_STR("b"),
          .key = PAIL_STR("k"),
          .attributes = {.cache_control = PAIL_STR(" a")}},
         "header Cache-Control"},
        {{.bucket = PAIL_STR("b"),
          .key = PAIL_STR("k"),
          .attributes = {.n_meta = 1,
                         .meta = &(struct pail_s3_meta){PAIL_STR("n"), PAIL_STR("\xc3\xa4")}}},
         "header x-amz-meta-n"},
        {{.bucket = PAIL_STR("b"),
          .key = PAIL_STR("k"),
          .attributes = {.n_meta = 1,
                         .meta = &(struct pail_s3_meta){PAIL_STR("N:"), PAIL_STR("v")}}},
         "metadata name \"N:\""},
    };
    struct script sc;

    script_start(&sc, NULL, 0, NULL);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct pail_error err = PAIL_ERROR_INIT;
        struct pail_s3_put_result result;
        assert_code(pail_s3_put(sc.s3, &cases[i].args, NULL, &result, &err), PAIL_E_INVALID);
        if (!strstr(err.message, cases[i].says))
            fail_msg("case %zu: %s", i, err.message);
    }
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_get_args none = {.bucket = PAIL_STR("b"), .key = PAIL_STR("k"), .ranged = true};
    struct pail_s3_sink sink = {.write = ignore_write};
    assert_code(pail_s3_get(sc.s3, &none, &sink, NULL, &err), PAIL_E_INVALID);
    none.ranged = false;
    assert_code(pail_s3_get(sc.s3, &none, NULL, NULL, &err), PAIL_E_INVALID);
    script_end(&sc);
}

static void test_client_options(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_options opt = PAIL_S3_OPTIONS_INIT;
    struct pail_s3_delete_args args = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};
    char host[128];

    opt.requester_pays = true;
    opt.expected_bucket_owner = "123456789012";
    opt.region = "eu-central-1";
    opt.addressing = PAIL_S3_PATH;
    START(&sc, &opt, {204, NULL, NULL});
    assert_ok(pail_s3_delete(sc.s3, &args, &err), &err);
    assert_true(script_has(&sc, 0, "DELETE https://s3.eu-central-1.amazonaws.com/bkt/k\n"));
    assert_string_equal(script_header(&sc, 0, "x-amz-request-payer"), "requester");
    assert_string_equal(script_header(&sc, 0, "x-amz-expected-bucket-owner"), "123456789012");
    pail_s3_endpoint_of(sc.s3, PAIL_STR("bkt"), host, sizeof(host));
    assert_string_equal(host, "s3.eu-central-1.amazonaws.com");
    pail_s3_endpoint_of(sc.s3, PAIL_STR("bkt"), host, 8);
    assert_string_equal(host, "s3.eu-c");

    struct pail_s3 *other = NULL;
    opt.region = "no region";
    assert_code(pail_s3_new(sc.session, &opt, &other, &err), PAIL_E_CONFIG);
    opt.region = NULL;
    opt.endpoint_url = "ftp:/x";
    assert_true(pail_s3_new(sc.session, &opt, &other, &err) < 0);
    opt.size = 1;
    assert_code(pail_s3_new(sc.session, &opt, &other, &err), PAIL_E_INVALID);
    script_end(&sc);
}

static void test_anonymous(void **state)
{
    static const struct script_answer answers[] = {{204, NULL, NULL, 0}};
    struct pail_session_options session_opt = PAIL_SESSION_OPTIONS_INIT;
    struct pail_s3_delete_args args = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};
    struct pail_s3_presign_args presign = {
        .method = "GET", .bucket = PAIL_STR("b"), .key = PAIL_STR("k")};
    struct pail_error err = PAIL_ERROR_INIT;
    char *url = NULL;
    struct script sc;

    session_opt.no_sign_request = true;
    script_start_with(&sc, answers, 1, &session_opt, NULL);
    assert_ok(pail_s3_delete(sc.s3, &args, &err), &err);
    assert_null(script_header(&sc, 0, "Authorization"));
    assert_code(pail_s3_presign(sc.s3, &presign, &url, &err), PAIL_E_NO_CREDENTIALS);
    script_end(&sc);
}

static int no_keys(void *impl, bool refresh, struct pail_credentials **ret, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_AUTH, PAIL_E_NO_CREDENTIALS, "nobody knows any keys");
}

static void test_no_credentials(void **state)
{
    static const struct pail_provider_ops ops = {.name = "none", .fetch = no_keys};
    struct pail_session_options session_opt = PAIL_SESSION_OPTIONS_INIT;
    struct pail_s3_delete_args args = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("k")};
    struct pail_error err = PAIL_ERROR_INIT;
    struct script sc;

    assert_ok(pail_provider_new(&ops, NULL, &session_opt.provider, &err), &err);
    script_start_with(&sc, NULL, 0, &session_opt, NULL);
    pail_provider_unref(session_opt.provider);
    assert_code(pail_s3_delete(sc.s3, &args, &err), PAIL_E_NO_CREDENTIALS);
    assert_non_null(strstr(err.message, "nobody knows any keys"));
    script_end(&sc);
}

static void test_etag_quotes(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_put_result result;
    struct pail_s3_put_args args = {
        .bucket = PAIL_STR("bkt"), .key = PAIL_STR("k"), .if_match = PAIL_STR("\"e\"")};
    START(&sc, NULL, {200, "ETag: \"e\"", NULL}, {200, "ETag: \"e\"", NULL});

    assert_ok(pail_s3_put(sc.s3, &args, NULL, &result, &err), &err);
    assert_string_equal(script_header(&sc, 0, "If-Match"), "\"e\"");
    pail_s3_set_etag_quotes(sc.s3, PAIL_S3_QUOTES_BARE);
    assert_ok(pail_s3_put(sc.s3, &args, NULL, &result, &err), &err);
    assert_string_equal(script_header(&sc, 1, "If-Match"), "e");
    script_end(&sc);
}

static void test_copy(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_put_result result;
    struct pail_s3_copy_args args = {.bucket = PAIL_STR("bkt"),
                                     .key = PAIL_STR("new"),
                                     .source_bucket = PAIL_STR("src"),
                                     .source_key = PAIL_STR("a b/\xc3\xa4?"),
                                     .source_version_id = PAIL_STR("v+1"),
                                     .source_if_match = PAIL_STR("\"e\""),
                                     .if_none_match = true,
                                     .replace_attributes = true,
                                     .attributes = {.content_type = PAIL_STR("a/b")}};
    START(&sc, NULL,
          {200, "x-amz-version-id: v2",
           "<?xml version=\"1.0\"?>\n   <CopyObjectResult "
           "xmlns=\"x\"><LastModified>2020-01-01T00:00:00.000Z"
           "</LastModified><ETag>&quot;new&quot;</ETag></CopyObjectResult>"},
          {200, NULL, "<CopyObjectResult><ETag>bare</ETag></CopyObjectResult>"});

    assert_ok(pail_s3_copy(sc.s3, &args, &result, &err), &err);
    assert_string_equal(result.etag, "\"new\"");
    assert_string_equal(result.version_id, "v2");
    assert_string_equal(script_header(&sc, 0, "x-amz-copy-source"),
                        "src/a%20b/%C3%A4%3F?versionId=v%2B1");
    assert_string_equal(script_header(&sc, 0, "x-amz-copy-source-if-match"), "\"e\"");
    assert_string_equal(script_header(&sc, 0, "x-amz-metadata-directive"), "REPLACE");
    assert_string_equal(script_header(&sc, 0, "Content-Type"), "a/b");
    assert_string_equal(script_header(&sc, 0, "If-None-Match"), "*");
    assert_null(script_header(&sc, 0, "x-amz-checksum-crc32"));

    args = (struct pail_s3_copy_args){.bucket = PAIL_STR("bkt"),
                                      .key = PAIL_STR("new"),
                                      .source_bucket = PAIL_STR("src"),
                                      .source_key = PAIL_STR("k")};
    assert_ok(pail_s3_copy(sc.s3, &args, &result, &err), &err);
    assert_string_equal(result.etag, "\"bare\"");
    assert_null(script_header(&sc, 1, "x-amz-metadata-directive"));
    script_end(&sc);
}

static void test_buckets(void **state)
{
    struct script sc;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_options opt = PAIL_S3_OPTIONS_INIT;
    struct pail_s3_buckets buckets;
    char region[64];
    opt.region = "eu-west-1";
    START(
        &sc, &opt, {200, NULL, NULL}, {204, NULL, NULL},
        {200, NULL, "<LocationConstraint xmlns=\"x\">EU</LocationConstraint>"},
        {200, NULL, "<LocationConstraint xmlns=\"x\"/>"},
        {200, "x-amz-bucket-region: eu-west-1", NULL},
        {200, NULL,
         "<ListAllMyBucketsResult><Owner><ID>i</ID></Owner><Buckets><Bucket><Name>z</Name>"
         "<CreationDate>2020-01-02T03:04:05.678Z</CreationDate><BucketRegion>eu-west-1</"
         "BucketRegion>"
         "</Bucket></Buckets><ContinuationToken>t/1</ContinuationToken></ListAllMyBucketsResult>"},
        {200, NULL,
         "<ListAllMyBucketsResult><Buckets><Bucket><Name>a</Name></Bucket></Buckets>"
         "</ListAllMyBucketsResult>"});

    assert_ok(pail_s3_bucket_create(sc.s3, NULL, PAIL_STR("bkt"), &err), &err);
    assert_true(script_has(&sc, 0, "<LocationConstraint>eu-west-1</LocationConstraint>"));
    assert_ok(pail_s3_bucket_delete(sc.s3, NULL, PAIL_STR("bkt"), &err), &err);
    assert_true(script_has(&sc, 1, "DELETE https://bkt.s3.eu-west-1.amazonaws.com/\n"));
    assert_ok(pail_s3_bucket_location(sc.s3, NULL, PAIL_STR("bkt"), region, &err), &err);
    assert_string_equal(region, "eu-west-1");
    assert_true(script_has(&sc, 2, "GET https://s3.eu-west-1.amazonaws.com/bkt?location=\n"));
    assert_ok(pail_s3_bucket_location(sc.s3, NULL, PAIL_STR("bkt"), region, &err), &err);
    assert_string_equal(region, "us-east-1");
    assert_ok(pail_s3_bucket_head(sc.s3, NULL, PAIL_STR("bkt"), region, &err), &err);
    assert_string_equal(region, "eu-west-1");
    assert_ok(pail_s3_list_buckets(sc.s3, NULL, &buckets, &err), &err);
    assert_true(script_has(&sc, 5, "GET https://s3.eu-west-1.amazonaws.com/?max-buckets=1000\n"));
    assert_true(script_has(&sc, 6, "?max-buckets=1000&continuation-token=t%2F1\n"));
    assert_int_equal(buckets.n, 2);
    assert_str(buckets.buckets[0].name, "a");
    assert_str(buckets.buckets[1].name, "z");
    assert_str(buckets.buckets[1].region, "eu-west-1");
    assert_int_equal(buckets.buckets[1].created_ns, INT64_C(1577934245678) * 1000000);
    pail_s3_buckets_done(&buckets);
    script_end(&sc);
}

static void test_buckets_page(void **state)
{
    static const struct script_answer answers[] = {
        {200, NULL,
         "<ListAllMyBucketsResult><Buckets><Bucket><Name>p1</Name></Bucket></Buckets>"
         "<ContinuationToken>t/1</ContinuationToken></ListAllMyBucketsResult>",
         0},
        {200, NULL, "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>", 0},
        {200, NULL, "<Other/>", 0},
        {200, NULL, "<Other/>", 0},
        {200, NULL, "<Other/>", 0}};
    struct pail_s3_buckets_args args = {
        .prefix = PAIL_STR("p"), .region = PAIL_STR("eu-west-1"), .max_buckets = 7};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_buckets page;
    struct script sc;

    script_start(&sc, answers, PAIL_ARRAY_LEN(answers), NULL);
    assert_ok(pail_s3_buckets_page(sc.s3, &args, &page, &err), &err);
    assert_true(script_has(&sc, 0, "/?max-buckets=7&prefix=p&bucket-region=eu-west-1\n"));
    assert_int_equal(page.n, 1);
    assert_str(page.buckets[0].name, "p1");
    assert_str(page.next_token, "t/1");
    args = (struct pail_s3_buckets_args){.continuation_token = page.next_token};
    struct pail_s3_buckets next;
    assert_ok(pail_s3_buckets_page(sc.s3, &args, &next, &err), &err);
    pail_s3_buckets_done(&page);
    assert_true(script_has(&sc, 1, "/?max-buckets=1000&continuation-token=t%2F1\n"));
    assert_int_equal(next.n, 0);
    assert_int_equal(next.next_token.len, 0);
    pail_s3_buckets_done(&next);
    args = (struct pail_s3_buckets_args){0};
    assert_code(pail_s3_buckets_page(sc.s3, &args, &next, &err), PAIL_E_GARBAGE);
    assert_null(next.impl);
    script_end(&sc);
}

/* A service of one's own hears of a region only when the caller named one. */
static void test_create_elsewhere(void **state)
{
    static const struct script_answer answers[] = {{200, NULL, NULL, 0}};
    struct pail_session_options session_opt = PAIL_SESSION_OPTIONS_INIT;
    struct pail_s3_options opt = PAIL_S3_OPTIONS_INIT;
    struct pail_error err = PAIL_ERROR_INIT;
    struct script sc;

    session_opt.no_sign_request = true;
    session_opt.region = "eu-west-1";
    opt.endpoint_url = "http://h";
    script_start_with(&sc, answers, 1, &session_opt, &opt);
    assert_ok(pail_s3_bucket_create(sc.s3, NULL, PAIL_STR("bkt"), &err), &err);
    assert_true(script_has(&sc, 0, "length: 0\n"));
    script_end(&sc);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_virtual_host), cmocka_unit_test(test_odd_keys),
               cmocka_unit_test(test_put), cmocka_unit_test(test_put_of_nothing),
               cmocka_unit_test(test_put_by_reading), cmocka_unit_test(test_body_that_ends_early),
               cmocka_unit_test(test_bad_arguments), cmocka_unit_test(test_client_options),
               cmocka_unit_test(test_anonymous), cmocka_unit_test(test_no_credentials),
               cmocka_unit_test(test_etag_quotes), cmocka_unit_test(test_copy),
               cmocka_unit_test(test_buckets), cmocka_unit_test(test_buckets_page),
               cmocka_unit_test(test_create_elsewhere))
