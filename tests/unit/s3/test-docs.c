/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations of buckets and objects: the bytes that are sent, and what comes of answers. */
#include <pail/s3_acl.h>
#include <pail/s3_bucket.h>
#include <pail/s3_post.h>
#include <pail/s3_versions.h>

#include "unit/s3/script.h"

#define OK                                                                                         \
    {                                                                                              \
        200, NULL, NULL, 0                                                                         \
    }
#define NS "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\""

static const struct pail_s3_bucket_args bucket = {.bucket = {"bkt", 3},
                                                  .access = {.expected_owner = {"123", 3}}};
static const struct pail_s3_object_args object = {
    .bucket = {"bkt", 3}, .key = {"k", 1}, .version_id = {"v1", 2}};

static struct script sc;
static struct pail_error err;

static void begin(const struct script_answer *answers, size_t n)
{
    err = (struct pail_error)PAIL_ERROR_INIT;
    script_start(&sc, answers, n, NULL);
}

static void assert_sent(size_t i, const char *text)
{
    if (!script_has(&sc, i, text))
        fail_msg("\"%s\" is not in\n%s", text, script_request(&sc, i));
}

static void test_cors(void **state)
{
    static const struct script_answer answers[] = {
        OK,
        {200, NULL,
         "<CORSConfiguration><CORSRule><ID>r</ID><AllowedMethod>GET</AllowedMethod>"
         "<AllowedMethod>PUT</AllowedMethod><AllowedOrigin>*</AllowedOrigin>"
         "<ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>30</MaxAgeSeconds></CORSRule>"
         "<CORSRule><AllowedMethod>HEAD</AllowedMethod><AllowedOrigin>a</AllowedOrigin>"
         "</CORSRule></CORSConfiguration>",
         0},
        {204, NULL, NULL, 0},
        {404, NULL, "<Error><Code>NoSuchCORSConfiguration</Code></Error>", 0},
    };
    const struct pail_str methods[] = {PAIL_STR("GET")}, origins[] = {PAIL_STR("http://<a>")};
    const struct pail_s3_cors_rule rule = {
        .methods = {methods, 1}, .origins = {origins, 1}, .has_max_age = true, .max_age_s = 0};
    struct pail_s3_cors cors = {.rules = &rule, .n = 1};

    begin(answers, PAIL_ARRAY_LEN(answers));
    assert_ok(pail_s3_cors_put(sc.s3, &bucket, &cors, &err), &err);
    assert_sent(0, "PUT https://bkt.s3.amazonaws.com/?cors=\n");
    assert_sent(0, "<CORSConfiguration " NS "><CORSRule><AllowedMethod>GET</AllowedMethod>"
                   "<AllowedOrigin>http://&lt;a&gt;</AllowedOrigin>"
                   "<MaxAgeSeconds>0</MaxAgeSeconds></CORSRule></CORSConfiguration>");
    assert_string_equal(script_header(&sc, 0, "x-amz-expected-bucket-owner"), "123");
    assert_ok(pail_s3_cors_get(sc.s3, &bucket, &cors, &err), &err);
    assert_int_equal(cors.n, 2);
    assert_str(cors.rules[0].id, "r");
    assert_int_equal(cors.rules[0].methods.n, 2);
    assert_str(cors.rules[0].methods.v[1], "PUT");
    assert_true(cors.rules[0].has_max_age);
    assert_int_equal(cors.rules[0].max_age_s, 30);
    assert_false(cors.rules[1].has_max_age);
    assert_int_equal(cors.rules[1].headers.n, 0);
    pail_s3_cors_done(&cors);
    assert_ok(pail_s3_cors_delete(sc.s3, &bucket, &err), &err);
    assert_sent(2, "DELETE https://bkt.s3.amazonaws.com/?cors=\n");
    assert_code(pail_s3_cors_get(sc.s3, &bucket, &cors, &err), PAIL_E_NOT_FOUND);
    assert_null(cors.impl);
    script_end(&sc);
}

static void test_tags(void **state)
{
    static const struct script_answer answers[] = {
        OK,
        {200, NULL,
         "<Tagging><TagSet><Tag><Key>a</Key><Value/></Tag><Tag><Key>c</Key><Value>d</Value></Tag>"
         "</TagSet></Tagging>",
         0},
        {204, NULL, NULL, 0},
        OK,
        {200, NULL, "<Tagging><TagSet/></Tagging>", 0},
        {204, NULL, NULL, 0},
    };
    const struct pail_s3_tag list[] = {{PAIL_STR("a&b"), PAIL_STR("1")},
                                       {PAIL_STR("c"), PAIL_STR("")}};
    struct pail_s3_tags tags = {.tags = list, .n = 2};

    begin(answers, PAIL_ARRAY_LEN(answers));
    assert_ok(pail_s3_object_tags_put(sc.s3, &object, &tags, &err), &err);
    assert_sent(0, "PUT https://bkt.s3.amazonaws.com/k?tagging=&versionId=v1\n");
    assert_sent(0, "<Tagging " NS "><TagSet><Tag><Key>a&amp;b</Key><Value>1</Value></Tag>"
                   "<Tag><Key>c</Key><Value></Value></Tag></TagSet></Tagging>");
    assert_ok(pail_s3_object_tags_get(sc.s3, &object, &tags, &err), &err);
    assert_int_equal(tags.n, 2);
    assert_str(tags.tags[0].key, "a");
    assert_str(tags.tags[0].value, "");
    assert_str(tags.tags[1].value, "d");
    pail_s3_tags_done(&tags);
    assert_ok(pail_s3_object_tags_delete(sc.s3, &object, &err), &err);
    assert_ok(pail_s3_bucket_tags_put(sc.s3, &bucket, &tags, &err), &err);
    assert_sent(3, "PUT https://bkt.s3.amazonaws.com/?tagging=\n");
    assert_ok(pail_s3_bucket_tags_get(sc.s3, &bucket, &tags, &err), &err);
    assert_int_equal(tags.n, 0);
    pail_s3_tags_done(&tags);
    assert_ok(pail_s3_bucket_tags_delete(sc.s3, &bucket, &err), &err);
    script_end(&sc);
}

static void test_versioning_encryption_policy(void **state)
{
    static const struct script_answer answers[] = {
        {200, NULL, "<VersioningConfiguration/>", 0},
        OK,
        {200, NULL,
         "<VersioningConfiguration><Status>Suspended</Status><MfaDelete>Disabled</MfaDelete>"
         "</VersioningConfiguration>",
         0},
        OK,
        {200, NULL,
         "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>"
         "<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>id</KMSMasterKeyID>"
         "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule>"
         "</ServerSideEncryptionConfiguration>",
         0},
        {404, NULL, "<Error><Code>ServerSideEncryptionConfigurationNotFoundError</Code></Error>",
         0},
        OK,
        {200, NULL, "{\"Version\": \"2012-10-17\"}", 0},
        {204, NULL, NULL, 0},
    };
    struct pail_s3_versioning v;
    struct pail_s3_policy p;
    const struct pail_s3_encryption_rule rule = {
        .sse = PAIL_STR("aws:kms"), .kms_key_id = PAIL_STR("id"), .bucket_key = true};
    struct pail_s3_encryption e = {.rules = &rule, .n = 1};

    begin(answers, PAIL_ARRAY_LEN(answers));
    assert_ok(pail_s3_versioning_get(sc.s3, &bucket, &v, &err), &err);
    assert_int_equal(v.status, PAIL_S3_VERSIONING_NEVER);
    assert_code(pail_s3_versioning_put(sc.s3, &bucket, &v, &err), PAIL_E_INVALID);
    v = (struct pail_s3_versioning){.status = PAIL_S3_VERSIONING_ENABLED,
                                    .mfa_delete = PAIL_S3_ON,
                                    .mfa = PAIL_STR("serial 123")};
    assert_ok(pail_s3_versioning_put(sc.s3, &bucket, &v, &err), &err);
    assert_sent(1, "<VersioningConfiguration " NS "><MfaDelete>Enabled</MfaDelete>"
                   "<Status>Enabled</Status></VersioningConfiguration>");
    assert_string_equal(script_header(&sc, 1, "x-amz-mfa"), "serial 123");
    assert_ok(pail_s3_versioning_get(sc.s3, &bucket, &v, &err), &err);
    assert_int_equal(v.status, PAIL_S3_VERSIONING_SUSPENDED);
    assert_int_equal(v.mfa_delete, PAIL_S3_OFF);
    assert_ok(pail_s3_encryption_put(sc.s3, &bucket, &e, &err), &err);
    assert_sent(3, "<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>id</KMSMasterKeyID>"
                   "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true");
    assert_ok(pail_s3_encryption_get(sc.s3, &bucket, &e, &err), &err);
    assert_int_equal(e.n, 1);
    assert_true(e.rules[0].bucket_key);
    assert_str(e.rules[0].kms_key_id, "id");
    pail_s3_encryption_done(&e);
    assert_code(pail_s3_encryption_get(sc.s3, &bucket, &e, &err), PAIL_E_NOT_FOUND);
    assert_ok(pail_s3_policy_put(sc.s3, &bucket, PAIL_STR("{}"), &err), &err);
    assert_sent(6, "PUT https://bkt.s3.amazonaws.com/?policy=\n");
    assert_null(script_header(&sc, 6, "content-type"));
    assert_ok(pail_s3_policy_get(sc.s3, &bucket, &p, &err), &err);
    assert_str(p.json, "{\"Version\": \"2012-10-17\"}");
    pail_s3_policy_done(&p);
    assert_ok(pail_s3_policy_delete(sc.s3, &bucket, &err), &err);
    script_end(&sc);
}

#define RULES                                                                                      \
    "<Rule><ID>all</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>"                 \
    "<Transition><Days>0</Days><StorageClass>GLACIER</StorageClass></Transition>"                  \
    "<Expiration><Date>2030-01-01T00:00:00Z</Date></Expiration></Rule>"                            \
    "<Rule><Filter><And><Prefix>p/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag>"                \
    "<ObjectSizeGreaterThan>10</ObjectSizeGreaterThan></And></Filter><Status>Disabled</Status>"    \
    "<NoncurrentVersionTransition><NoncurrentDays>3</NoncurrentDays><NewerNoncurrentVersions>2"    \
    "</NewerNoncurrentVersions><StorageClass>STANDARD_IA</StorageClass>"                           \
    "</NoncurrentVersionTransition><NoncurrentVersionExpiration><NoncurrentDays>9</"               \
    "NoncurrentDays>"                                                                              \
    "</NoncurrentVersionExpiration><AbortIncompleteMultipartUpload><DaysAfterInitiation>7"         \
    "</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>"                               \
    "<Rule><Prefix>old/</Prefix><Status>Enabled</Status><Expiration><Days>1</Days></Expiration>"   \
    "</Rule>"

/* What is read is written back byte for byte. */
static void test_lifecycle(void **state)
{
    static const struct script_answer answers[] = {
        {200, NULL, "<LifecycleConfiguration>" RULES "</LifecycleConfiguration>", 0},
        OK,
        {204, NULL, NULL, 0},
    };
    struct pail_s3_lifecycle l;

    begin(answers, PAIL_ARRAY_LEN(answers));
    assert_ok(pail_s3_lifecycle_get(sc.s3, &bucket, &l, &err), &err);
    assert_int_equal(l.n, 3);
    assert_str(l.rules[0].id, "all");
    assert_true(l.rules[0].enabled);
    assert_int_equal(l.rules[0].expire_date_ns, 1893456000 * INT64_C(1000000000));
    assert_str(l.rules[0].transitions[0].storage_class, "GLACIER");
    assert_str(l.rules[1].prefix, "p/");
    assert_int_equal(l.rules[1].n_tags, 1);
    assert_int_equal(l.rules[1].larger_than, 10);
    assert_int_equal(l.rules[1].noncurrent_transitions[0].newer_versions, 2);
    assert_int_equal(l.rules[1].abort_uploads_days, 7);
    assert_false(l.rules[1].enabled);
    assert_true(l.rules[2].old_form);
    assert_ok(pail_s3_lifecycle_put(sc.s3, &bucket, &l, &err), &err);
    assert_sent(1, "<LifecycleConfiguration " NS ">" RULES "</LifecycleConfiguration>");
    pail_s3_lifecycle_done(&l);
    assert_ok(pail_s3_lifecycle_delete(sc.s3, &bucket, &err), &err);
    assert_sent(2, "DELETE https://bkt.s3.amazonaws.com/?lifecycle=\n");
    script_end(&sc);
}

static void test_acl(void **state)
{
    static const struct script_answer answers[] = {
        {200, NULL,
         "<AccessControlPolicy><Owner><ID>o</ID><DisplayName>n</DisplayName></Owner>"
         "<AccessControlList><Grant><Grantee><ID>o</ID></Grantee><Permission>FULL_CONTROL"
         "</Permission></Grant><Grant><Grantee><URI>http://g</URI></Grantee><Permission>READ"
         "</Permission></Grant></AccessControlList></AccessControlPolicy>",
         0},
        OK,
        OK,
        OK,
        {200, NULL, "<AccessControlPolicy><Owner><ID>o</ID></Owner></AccessControlPolicy>", 0},
    };
    struct pail_s3_acl acl;
    struct pail_s3_acl_put put = {.acl = &acl};

    begin(answers, PAIL_ARRAY_LEN(answers));
    assert_ok(pail_s3_object_acl_get(sc.s3, &object, &acl, &err), &err);
    assert_str(acl.owner_name, "n");
    assert_int_equal(acl.n, 2);
    assert_str(acl.grants[1].uri, "http://g");
    assert_ok(pail_s3_object_acl_put(sc.s3, &object, &put, &err), &err);
    assert_sent(1, "PUT https://bkt.s3.amazonaws.com/k?acl=&versionId=v1\n");
    assert_sent(1, "xsi:type=\"CanonicalUser\"><ID>o</ID></Grantee><Permission>FULL_CONTROL");
    assert_sent(1, "xsi:type=\"Group\"><URI>http://g</URI></Grantee><Permission>READ<");
    pail_s3_acl_done(&acl);
    put = (struct pail_s3_acl_put){.canned = PAIL_STR("public-read")};
    assert_ok(pail_s3_bucket_acl_put(sc.s3, &bucket, &put, &err), &err);
    assert_string_equal(script_header(&sc, 2, "x-amz-acl"), "public-read");
    put = (struct pail_s3_acl_put){.grant_write = PAIL_STR("id=\"x\"")};
    assert_ok(pail_s3_bucket_acl_put(sc.s3, &bucket, &put, &err), &err);
    assert_string_equal(script_header(&sc, 3, "x-amz-grant-write"), "id=\"x\"");
    assert_ok(pail_s3_bucket_acl_get(sc.s3, &bucket, &acl, &err), &err);
    assert_int_equal(acl.n, 0);
    pail_s3_acl_done(&acl);
    script_end(&sc);
}

static void test_versions_and_about(void **state)
{
    static const struct script_answer answers[] = {
        {200, NULL,
         "<ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
         "<NextKeyMarker>a%2Bb</NextKeyMarker><NextVersionIdMarker>v2</NextVersionIdMarker>"
         "<Version><Key>a%2Bb</Key><VersionId>v2</VersionId><IsLatest>false</IsLatest>"
         "<LastModified>2020-01-01T00:00:00.000Z</LastModified><ETag>e</ETag><Size>5</Size>"
         "<StorageClass>STANDARD</StorageClass><Owner><ID>o</ID></Owner></Version><DeleteMarker>"
         "<Key>a%2Bb</Key><VersionId>v3</VersionId><IsLatest>true</IsLatest></DeleteMarker>"
         "<CommonPrefixes><Prefix>c/</Prefix></CommonPrefixes></ListVersionsResult>",
         0},
        {200, "x-amz-version-id: v1\nLast-Modified: Wed, 21 Oct 2015 07:28:00 GMT",
         "<GetObjectAttributesResponse><ETag>abc-2</ETag><ObjectSize>11</ObjectSize><StorageClass>"
         "STANDARD</StorageClass><Checksum><ChecksumCRC32>AAAAAA==</ChecksumCRC32><ChecksumType>"
         "COMPOSITE</ChecksumType></Checksum><ObjectParts><PartsCount>2</PartsCount><IsTruncated>"
         "true</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker><Part><PartNumber>1"
         "</PartNumber><Size>6</Size><ChecksumCRC32>BBBBBB==</ChecksumCRC32></Part></ObjectParts>"
         "</GetObjectAttributesResponse>",
         0},
        {200, NULL,
         "<ListBucketResult><IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>"
         "<Contents><Key>x%20y</Key><Size>1</Size></Contents></ListBucketResult>",
         0},
    };
    struct pail_s3_versions_args args = {.bucket = PAIL_STR("bkt"),
                                         .prefix = PAIL_STR("a"),
                                         .key_marker = PAIL_STR("m"),
                                         .version_id_marker = PAIL_STR("vm")};
    struct pail_s3_about_args about = {.object = object, .max_parts = 1};
    struct pail_s3_list_args list = {.bucket = PAIL_STR("bkt"), .start_after = PAIL_STR("s")};
    struct pail_s3_versions v;
    struct pail_s3_about a;
    struct pail_s3_page page;

    begin(answers, PAIL_ARRAY_LEN(answers));
    assert_ok(pail_s3_versions(sc.s3, &args, &v, &err), &err);
    assert_sent(0, "/?versions=&encoding-type=url&prefix=a&key-marker=m&version-id-marker=vm\n");
    assert_int_equal(v.n, 3);
    assert_str(v.versions[0].key, "a+b");
    assert_str(v.versions[0].etag, "\"e\"");
    assert_str(v.versions[0].owner_id, "o");
    assert_true(v.versions[1].is_delete_marker && v.versions[1].is_latest);
    assert_true(v.versions[2].is_prefix);
    assert_str(v.next_key_marker, "a+b");
    assert_str(v.next_version_id_marker, "v2");
    pail_s3_versions_done(&v);

    assert_ok(pail_s3_about(sc.s3, &about, &a, &err), &err);
    assert_sent(1, "GET https://bkt.s3.amazonaws.com/k?attributes=&versionId=v1\n");
    assert_string_equal(script_header(&sc, 1, "x-amz-max-parts"), "1");
    assert_str(a.etag, "\"abc-2\"");
    assert_str(a.version_id, "v1");
    assert_int_equal(a.size, 11);
    assert_int_equal(a.total_parts, 2);
    assert_int_equal(a.next_part_marker, 1);
    assert_str(a.parts[0].checksums.crc32, "BBBBBB==");
    assert_str(a.checksums.type, "COMPOSITE");
    assert_int_equal(a.mtime_ns, 1445412480 * INT64_C(1000000000));
    pail_s3_about_done(&a);

    assert_ok(pail_s3_list_v1(sc.s3, &list, &page, &err), &err);
    assert_sent(2, "/?prefix=&marker=s&encoding-type=url\n");
    assert_str(page.entries[0].key, "x y");
    assert_str(page.next_token, "x y");
    pail_s3_page_done(&page);
    script_end(&sc);
}

/* Every header that objects can be written with. */
static void test_attributes(void **state)
{
    static const struct script_answer answers[] = {{200, "ETag: \"e\"", NULL, 0},
                                                   {200, NULL, "<R><ETag>e</ETag></R>", 0}};
    static const uint8_t key[32] = {1};
    struct pail_s3_put_args put = {
        .bucket = PAIL_STR("bkt"),
        .key = PAIL_STR("k"),
        .attributes = {.expires = PAIL_STR("Wed, 21 Oct 2015 07:28:00 GMT"),
                       .website_redirect = PAIL_STR("/x"),
                       .grant_read = PAIL_STR("id=\"a\""),
                       .sse = PAIL_STR("aws:kms"),
                       .sse_kms_key_id = PAIL_STR("kid"),
                       .sse_kms_context = PAIL_STR("e30="),
                       .bucket_key = PAIL_S3_OFF,
                       .lock_mode = PAIL_STR("GOVERNANCE"),
                       .lock_until = PAIL_STR("2030-01-01T00:00:00Z"),
                       .legal_hold = PAIL_STR("ON")},
        .access = {.requester_pays = true,
                   .expected_owner = PAIL_STR("1"),
                   .sse_c_key = {key, sizeof(key)}}};
    struct pail_s3_copy_args copy = {
        .bucket = PAIL_STR("bkt"),
        .key = PAIL_STR("k"),
        .source_bucket = PAIL_STR("s"),
        .source_key = PAIL_STR("t"),
        .attributes = {.storage_class = PAIL_STR("GLACIER"), .content_type = PAIL_STR("not/sent")},
        .access = {.source_sse_c_key = {key, sizeof(key)}, .source_expected_owner = PAIL_STR("2")}};
    static const char *const wanted[][2] = {
        {"Expires", "Wed, 21 Oct 2015 07:28:00 GMT"},
        {"x-amz-website-redirect-location", "/x"},
        {"x-amz-grant-read", "id=\"a\""},
        {"x-amz-server-side-encryption", "aws:kms"},
        {"x-amz-server-side-encryption-aws-kms-key-id", "kid"},
        {"x-amz-server-side-encryption-context", "e30="},
        {"x-amz-server-side-encryption-bucket-key-enabled", "false"},
        {"x-amz-object-lock-mode", "GOVERNANCE"},
        {"x-amz-object-lock-retain-until-date", "2030-01-01T00:00:00Z"},
        {"x-amz-object-lock-legal-hold", "ON"},
        {"x-amz-request-payer", "requester"},
        {"x-amz-expected-bucket-owner", "1"},
        {"x-amz-server-side-encryption-customer-algorithm", "AES256"},
        {"x-amz-server-side-encryption-customer-key",
         "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
        {"x-amz-server-side-encryption-customer-key-MD5", "s5rG4qp+N1w4unrpIbW6iQ=="},
    };
    struct pail_s3_put_result r;

    begin(answers, PAIL_ARRAY_LEN(answers));
    assert_ok(pail_s3_put(sc.s3, &put, NULL, &r, &err), &err);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(wanted); i++) {
        const char *value = script_header(&sc, 0, wanted[i][0]);
        if (!value || strcmp(value, wanted[i][1]) != 0)
            fail_msg("%s: %s, expected %s", wanted[i][0], value ? value : "(none)", wanted[i][1]);
    }
    assert_ok(pail_s3_copy(sc.s3, &copy, &r, &err), &err);
    assert_string_equal(script_header(&sc, 1, "x-amz-storage-class"), "GLACIER");
    assert_null(script_header(&sc, 1, "content-type"));
    assert_string_equal(
        script_header(&sc, 1, "x-amz-copy-source-server-side-encryption-customer-key-MD5"),
        "s5rG4qp+N1w4unrpIbW6iQ==");
    assert_string_equal(script_header(&sc, 1, "x-amz-source-expected-bucket-owner"), "2");
    put.access.sse_c_key.len = 31;
    assert_code(pail_s3_put(sc.s3, &put, NULL, &r, &err), PAIL_E_INVALID);
    script_end(&sc);
}

static void test_presigned(void **state)
{
    const struct pail_s3_pair headers[] = {{PAIL_STR("content-type"), PAIL_STR("a/b")}};
    const struct pail_s3_pair fields[] = {{PAIL_STR("acl"), PAIL_STR("private")}};
    const struct pail_str conditions[] = {PAIL_STR("{\"acl\": \"private\"}"),
                                          PAIL_STR("[\"content-length-range\", 1, 10]")};
    struct pail_s3_presign_args args = {.method = "PUT",
                                        .bucket = PAIL_STR("bkt"),
                                        .key = PAIL_STR("k"),
                                        .response_content_type = PAIL_STR("x/y z"),
                                        .headers = headers,
                                        .n_headers = 1};
    struct pail_s3_post_args post = {.bucket = PAIL_STR("bkt"),
                                     .key = PAIL_STR("up/${filename}"),
                                     .fields = fields,
                                     .n_fields = 1,
                                     .conditions = conditions,
                                     .n_conditions = 2};
    const struct pail_str bad = PAIL_STR("{");
    struct pail_s3_post p;
    char *url = NULL;

    begin(NULL, 0);
    assert_ok(pail_s3_presign(sc.s3, &args, &url, &err), &err);
    assert_non_null(strstr(url, "?response-content-type=x%2Fy%20z&X-Amz-Algorithm="));
    assert_non_null(strstr(url, "&X-Amz-SignedHeaders=content-type%3Bhost&"));
    pail_s3_free(url);
    assert_ok(pail_s3_presign_post(sc.s3, &post, &p, &err), &err);
    assert_str(p.url, "https://bkt.s3.amazonaws.com/");
    static const char *const names[] = {
        "acl",        "key",    "x-amz-algorithm", "x-amz-credential",
        "x-amz-date", "policy", "x-amz-signature"};
    assert_int_equal(p.n, PAIL_ARRAY_LEN(names));
    for (size_t i = 0; i < p.n; i++)
        assert_str(p.fields[i].name, names[i]);
    assert_int_equal(p.fields[6].value.len, 64);
    pail_s3_post_done(&p);
    post.conditions = &bad;
    post.n_conditions = 1;
    assert_code(pail_s3_presign_post(sc.s3, &post, &p, &err), PAIL_E_PARSE);
    script_end(&sc);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_cors), cmocka_unit_test(test_tags),
               cmocka_unit_test(test_versioning_encryption_policy),
               cmocka_unit_test(test_lifecycle), cmocka_unit_test(test_acl),
               cmocka_unit_test(test_versions_and_about), cmocka_unit_test(test_attributes),
               cmocka_unit_test(test_presigned))
