/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/lister.h"

#include "s3/client.h"
#include "unit/fs/sync-rig.h"

#define ALL_YES                                                                                    \
    "put-absent=yes put-match=yes complete-absent=yes complete-match=yes copy-source=yes "         \
    "copy-absent=yes delete-match=yes etag-quotes=sent"

static void assert_text(struct rig *r, const char *expected)
{
    struct pail_buf text = PAIL_BUF_INIT(1024);
    pail_probe_to_text(&r->v, &text);
    assert_str(pail_buf_view(&text), expected);
    pail_buf_done(&text);
}

static void assert_nothing_left(struct rig *r)
{
    fake_server_lock(r->server);
    const char *key = fake_s3_key(fake_server_s3(r->server), RIG_BUCKET, 0);
    if (key)
        print_error("left: %s\n", key);
    assert_null(key);
    assert_int_equal(fake_s3_uploads(fake_server_s3(r->server), RIG_BUCKET), 0);
    fake_server_unlock(r->server);
}

static void check(const struct fake_s3_options *opt, const char *expected)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;

    rig_start(&r, opt);
    assert_false(pail_probe_is_aws(&r.v));
    assert_false(pail_volume_can(&r.v, PAIL_CAP_PUT_MATCH));
    assert_ok(pail_probe_endpoint(&r.v, &err), &err);
    assert_text(&r, expected);
    assert_nothing_left(&r);
    assert_true(rig_count(&r, NULL) <= 30);
    rig_stop(&r);
}

static void test_as_s3(void **state)
{
    check(NULL, ALL_YES);
}

static void test_bare_etags(void **state)
{
    const struct fake_s3_options opt = {.quirk_bare_etags = true};
    check(&opt,
          "put-absent=yes put-match=yes complete-absent=yes complete-match=yes copy-source=yes "
          "copy-absent=yes delete-match=yes etag-quotes=bare");
}

static void test_ignored(void **state)
{
    const struct fake_s3_options opt = {.quirk_ignore_conditions = true};
    check(&opt, "put-absent=yes put-match=yes complete-absent=no complete-match=no copy-source=yes "
                "copy-absent=no delete-match=no etag-quotes=sent");
}

static void test_ceph_16(void **state)
{
    const struct fake_s3_options opt = {.quirk_ignore_conditions = true,
                                        .quirk_bare_etags = true,
                                        .quirk_empty_complete_etag = true,
                                        .quirk_no_trailers = true};
    check(&opt, "put-absent=yes put-match=yes complete-absent=no complete-match=no copy-source=yes "
                "copy-absent=no delete-match=no etag-quotes=bare");
}

static void test_empty_etags(void **state)
{
    const struct fake_s3_options opt = {.quirk_empty_complete_etag = true};
    check(&opt, ALL_YES);
}

static void check_fault(const char *script, const char *expected)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;

    rig_start(&r, NULL);
    rig_faults(&r, script);
    assert_ok(pail_probe_endpoint(&r.v, &err), &err);
    assert_text(&r, expected);
    assert_nothing_left(&r);
    rig_stop(&r);
}

/* What the service does not know is a no; what these credentials may not do stays unknown. */
static void test_refused(void **state)
{
    /* Twice, because the client suspects its checksums first. */
    check_fault(
        "op=PutObject count=2 status=501 code=NotImplemented",
        "put-absent=no put-match=yes complete-absent=yes complete-match=yes copy-source=yes "
        "copy-absent=yes delete-match=yes etag-quotes=sent");
    check_fault("op=CopyObject count=0 deny",
                "put-absent=yes put-match=yes complete-absent=yes complete-match=yes "
                "copy-source=unknown copy-absent=unknown delete-match=yes etag-quotes=sent");
    check_fault("op=CreateMultipartUpload count=0 status=501 code=NotImplemented",
                "put-absent=yes put-match=yes complete-absent=no complete-match=no copy-source=yes "
                "copy-absent=yes delete-match=yes etag-quotes=sent");
    check_fault(
        "op=CopyObject count=0 status=400 code=InvalidArgument",
        "put-absent=yes put-match=yes complete-absent=yes complete-match=yes copy-source=no "
        "copy-absent=unknown delete-match=yes etag-quotes=sent");
}

/* Broken off at every request in turn: nothing is left behind, and the error names the object. */
static void test_broken_off(void **state)
{
    for (int n = 1;; n++) {
        struct rig r;
        struct pail_error err = PAIL_ERROR_INIT;
        char script[128];

        rig_start(&r, NULL);
        r.v.prefix = "some/where/";
        snprintf(script, sizeof(script), "op=* nth=%d status=409 code=OperationAborted", n);
        rig_faults(&r, script);
        int rc = pail_probe_endpoint(&r.v, &err);
        uint64_t sent = rig_count(&r, NULL);
        if (rc < 0) {
            assert_non_null(strstr(err.message, RIG_BUCKET "/some/where/.pail-probe-"));
            assert_nothing_left(&r);
        }
        rig_stop(&r);
        if (rc == 0 && (uint64_t)n > sent)
            break;
    }
}

static void test_denied(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;

    rig_start(&r, NULL);
    rig_faults(&r, "op=PutObject count=0 deny");
    assert_code(pail_probe_endpoint(&r.v, &err), PAIL_E_ACCESS);
    for (int cap = 0; cap < PAIL_CAP_COUNT; cap++)
        assert_int_equal(atomic_load(&r.v.caps[cap]), PAIL_CAP_UNKNOWN);
    rig_stop(&r);
}

static void test_text(void **state)
{
    static const char *const bad[] = {
        "",
        "put-absent=yes",
        "nonsense",
        "put-absent=maybe put-match=yes complete-absent=yes complete-match=yes copy-source=yes "
        "copy-absent=yes delete-match=yes etag-quotes=sent",
        ALL_YES " more=yes",
        ALL_YES " ",
    };
    static const char *const good[] = {
        ALL_YES,
        "put-absent=no put-match=unknown complete-absent=yes complete-match=no copy-source=yes "
        "copy-absent=no delete-match=yes etag-quotes=bare",
    };
    struct rig r;

    rig_start(&r, NULL);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(good); i++) {
        assert_true(pail_probe_from_text(&r.v, pail_str(good[i])));
        assert_text(&r, good[i]);
    }
    for (size_t i = 0; i < PAIL_ARRAY_LEN(bad); i++) {
        assert_false(pail_probe_from_text(&r.v, pail_str(bad[i])));
        assert_text(&r, good[1]); /* nothing of it was taken */
    }
    rig_stop(&r);
}

static bool is_aws(struct rig *r, const char *endpoint, const char *region)
{
    struct pail_session_options so = PAIL_SESSION_OPTIONS_INIT;
    struct pail_s3_options o = PAIL_S3_OPTIONS_INIT;
    struct pail_session *session;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_volume v = {.bucket = RIG_BUCKET, .prefix = ""};

    so.no_sign_request = true;
    assert_ok(pail_session_new(&so, &session, &err), &err);
    o.endpoint_url = endpoint;
    o.region = region;
    assert_ok(pail_s3_new(session, &o, &v.s3, &err), &err);
    bool yes = pail_probe_is_aws(&v);
    if (yes) {
        assert_ok(pail_probe_endpoint(&v, &err), &err); /* sends nothing */
        assert_int_equal(pail_s3_requests_sent(v.s3), 0);
        assert_true(pail_volume_can(&v, PAIL_CAP_DELETE_MATCH));
        assert_false(pail_volume_can(&v, PAIL_CAP_COPY_ABSENT));
    }
    pail_s3_unref(v.s3);
    pail_session_unref(session);
    return yes;
}

static void test_aws(void **state)
{
    struct rig r;

    rig_start(&r, NULL);
    assert_true(is_aws(&r, NULL, "eu-central-1"));
    assert_true(is_aws(&r, NULL, "cn-north-1"));
    assert_true(is_aws(&r, "https://s3.us-west-2.amazonaws.com:443", "us-west-2"));
    assert_false(is_aws(&r, "https://amazonaws.com.example.net", "us-west-2"));
    assert_false(is_aws(&r, "https://s3.notamazonaws.com", "us-west-2"));
    assert_false(is_aws(&r, "http://127.0.0.1:9000", "us-east-1"));
    rig_stop(&r);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_as_s3), cmocka_unit_test(test_bare_etags),
               cmocka_unit_test(test_ignored), cmocka_unit_test(test_ceph_16),
               cmocka_unit_test(test_empty_etags), cmocka_unit_test(test_refused),
               cmocka_unit_test(test_broken_off), cmocka_unit_test(test_denied),
               cmocka_unit_test(test_text), cmocka_unit_test(test_aws))
