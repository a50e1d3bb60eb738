/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The published cases of the wire protocols, read in place: parameters to requests, answers to
 * results and errors. Each suite's shapes become a model, each case its operation.
 */
#include <math.h>

#include "base/base64.h"
#include "base/file.h"
#include "base/rand.h"
#include "base/uri.h"
#include "base/value_json.h"
#include "model/compile.h"
#include "protocol/parse.h"
#include "protocol/wire.h"
#include "protocol/xmltree.h"
#include "unit/test.h"

/* Cases that are about something else, or where we differ, and why. */
static const struct deviation {
    const char *id, *why;
} deviations[] = {
    {"SDKAppliedContentEncoding_awsQuery", "the client compresses"},
    {"SDKAppliedContentEncoding_ec2Query", "the client compresses"},
    {"SDKAppliedContentEncoding_awsJson1_0", "the client compresses"},
    {"SDKAppliedContentEncoding_awsJson1_1", "the client compresses"},
    {"SDKAppliedContentEncoding_restJson1", "the client compresses"},
    {"SDKAppliedContentEncoding_restXml", "the client compresses"},
    {"SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsQuery", "the client compresses"},
    {"SDKAppendsGzipAndIgnoresHttpProvidedEncoding_ec2Query", "the client compresses"},
    {"SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_0", "the client compresses"},
    {"SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_1", "the client compresses"},
    {"SDKAppendedGzipAfterProvidedEncoding_restJson1", "the client compresses"},
    {"SDKAppendedGzipAfterProvidedEncoding_restXml", "the client compresses"},
    {"RestJsonHttpChecksumRequired", "the client adds checksums"},
    {"RestJsonEnumPayloadRequest", "raw payloads have the type the caller names, as in botocore"},
    {"RestJsonStringPayloadRequest", "raw payloads have the type the caller names"},
    {"RestJsonHttpPayloadTraitsWithBlob", "raw payloads have the type the caller names"},
    {"RestXmlEnumPayloadRequest", "raw payloads have the type the caller names"},
    {"RestXmlStringPayloadRequest", "raw payloads have the type the caller names"},
    {"RestJsonHttpPayloadWithUnsetUnion", "{} for no payload, as in botocore"},
    {"RestJsonNullAndEmptyHeaders", "empty lists make no header, as in botocore"},
    {"NullAndEmptyHeaders", "empty lists make no header, as in botocore"},
    {"QueryFlattenedListArgWithXmlName", "the element's name counts, as in botocore"},
    {"RestJsonHttpPayloadTraitsWithNoBlobBody", "an empty body is an empty blob, as in botocore"},
    {"HttpPayloadTraitsWithNoBlobBody", "an empty body is an empty blob, as in botocore"},
    {"RestJsonDeserializesDenseSetMapAndSkipsNull", "what is null stays null, as in botocore"},
    {"MediaTypeHeaderOutputBase64", "the value, not its JSON text, as in botocore"},
    {"BodyWithXmlName", "names of shapes lie over those of members, as in botocore"},
    {"RestXmlHttpPayloadWithUnion", "the member names the payload, as in botocore"},
    {"HttpPayloadWithXmlName", "the member names the payload, as in botocore"},
    {"HttpPayloadWithXmlNamespace", "the member names the payload, as in botocore"},
    {"HttpPayloadWithXmlNamespaceAndPrefix", "the member names the payload, as in botocore"},
    {"XmlAttributesOnPayload", "the member names the payload, as in botocore"},
    {"MediaTypeHeaderInputBase64", "the case gives JSON text, botocore takes the value"},
};

struct run {
    struct pail_values *vs;
    struct pail_service *service;
    struct pail_operation op;
    const struct pail_value *suite, *test;
    struct pail_str id;
    char why[2048];
};

static unsigned n_passed, n_failed, n_skipped;

static struct pail_str get_str(const struct pail_value *v, const char *key)
{
    return pail_value_as_str(pail_value_get(v, pail_str(key)));
}

static bool differ(struct run *r, const char *what, struct pail_str got, struct pail_str expected)
{
    snprintf(r->why, sizeof(r->why), "%s: got \"%.*s\", expected \"%.*s\"", what,
             PAIL_STR_ARG(pail_str_sub(got, 0, 900)), PAIL_STR_ARG(pail_str_sub(expected, 0, 900)));
    return false;
}

/* ---- Comparing ---- */

static bool same(const struct pail_value *got, const struct pail_value *expected);

static bool same_many(const struct pail_value *got, const struct pail_value *expected)
{
    if (pail_value_type(got) != pail_value_type(expected) ||
        pail_value_len(got) != pail_value_len(expected))
        return false;
    for (size_t i = 0; i < pail_value_len(expected); i++) {
        const struct pail_value *g = pail_value_type(got) == PAIL_VAL_MAP
                                         ? pail_value_get(got, pail_value_key_at(expected, i))
                                         : pail_value_at(got, i);
        if (!same(g, pail_value_at(expected, i)))
            return false;
    }
    return true;
}

static bool same_number(double got, const struct pail_value *expected)
{
    struct pail_str s = pail_value_as_str(expected);
    double d;

    if (s.ptr && pail_real_parse(s, &d))
        return d == got || (isnan(d) && isnan(got));
    return pail_value_as_real(expected, &d) && (d == got || (isnan(d) && isnan(got)));
}

/* The cases have JSON only: seconds for times, texts for blobs and special numbers. */
static bool same(const struct pail_value *got, const struct pail_value *expected)
{
    struct pail_str text = pail_value_as_str(expected);
    struct pail_time t;
    double d;

    if (pail_value_as_time(got, &t))
        return same_number((double)t.seconds + t.nanos / 1e9, expected);
    if (pail_value_type(got) == PAIL_VAL_BLOB)
        return text.ptr &&
               pail_str_eq(pail_strn(pail_value_as_blob(got).ptr, pail_value_as_blob(got).len),
                           text);
    if (pail_value_as_real(got, &d))
        return same_number(d, expected);
    if (pail_value_type(expected) == PAIL_VAL_MAP || pail_value_type(expected) == PAIL_VAL_LIST)
        return same_many(got, expected);
    return pail_value_eq(got, expected);
}

static bool same_xml_node(const struct pail_xtree *a, uint32_t x, const struct pail_xtree *b,
                          uint32_t y)
{
    if (!pail_str_eq(pail_xtree_name(a, x), pail_xtree_name(b, y)) ||
        !pail_str_eq(pail_xtree_text(a, x), pail_xtree_text(b, y)))
        return false;
    /* The order of elements is that of the parameters. */
    unsigned n = 0, m = 0;
    for (uint32_t i = pail_xtree_first(b, y); i != PAIL_XNONE; i = pail_xtree_next(b, i)) {
        bool found = false;
        m++;
        for (uint32_t k = pail_xtree_first(a, x); k != PAIL_XNONE && !found;
             k = pail_xtree_next(a, k))
            found = same_xml_node(a, k, b, i);
        if (!found)
            return false;
    }
    for (uint32_t k = pail_xtree_first(a, x); k != PAIL_XNONE; k = pail_xtree_next(a, k))
        n++;
    return n == m;
}

static size_t count(struct pail_str s, const char *word)
{
    size_t n = 0;
    for (size_t at; (at = pail_str_find_str(s, pail_str(word))) != SIZE_MAX; n++)
        s = pail_str_from(s, at + strlen(word));
    return n;
}

static bool same_xml(struct run *r, struct pail_str got, struct pail_str expected)
{
    PAIL_CLEANUP(pail_xtree_free_p) struct pail_xtree *a = NULL, *b = NULL;

    if (!got.len && !expected.len)
        return true;
    if (pail_xtree_parse(got, "got", &a, NULL) < 0 ||
        pail_xtree_parse(expected, "expected", &b, NULL) < 0)
        return differ(r, "body", got, expected);
    /* Attributes and name spaces: their number, and each of them. */
    return (same_xml_node(a, 0, b, 0) && count(got, "=\"") == count(expected, "=\"")) ||
           differ(r, "body", got, expected);
}

static int by_bytes(const void *a, const void *b)
{
    const struct pail_str *x = a, *y = b;
    return pail_str_cmp(*x, *y);
}

/* The same pairs in any order. */
static bool same_pairs(struct run *r, const char *what, struct pail_str got,
                       struct pail_str expected)
{
    struct pail_str a[64], b[64], whole_got = got, whole = expected;
    size_t n = 0, m = 0;

    if (!got.len && !expected.len)
        return true;
    while (n < 64 && pail_str_split(&got, '&', &a[n]))
        n++;
    while (m < 64 && pail_str_split(&expected, '&', &b[m]))
        m++;
    if (n != m)
        return differ(r, what, whole_got, whole);
    qsort(a, n, sizeof(*a), by_bytes);
    qsort(b, m, sizeof(*b), by_bytes);
    for (size_t i = 0; i < n; i++)
        if (!pail_str_eq(a[i], b[i]))
            return differ(r, what, a[i], b[i]);
    return true;
}

static bool same_json(struct run *r, struct pail_str got, struct pail_str expected)
{
    struct pail_value *a = NULL, *b = NULL;

    if (pail_str_eq(got, expected))
        return true;
    if (pail_value_from_json(r->vs, got, "got", &a, NULL) < 0 ||
        pail_value_from_json(r->vs, expected, "expected", &b, NULL) < 0 || !same(a, b))
        return differ(r, "body", got, expected);
    return true;
}

static bool same_cbor(struct run *r, struct pail_str got, struct pail_str base64)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf expected = PAIL_BUF_INIT(1 << 20);
    struct pail_parser p = {.op = &r->op, .vs = r->vs};

    assert_ok(pail_base64_decode(&expected, base64, NULL), NULL);
    if (pail_str_eq(got, pail_buf_view(&expected)))
        return true;
    struct pail_value *a = pail_parse_cbor(&p, got),
                      *b = pail_parse_cbor(&p, pail_buf_view(&expected));
    return (a && b && pail_value_eq(a, b)) || differ(r, "CBOR body", PAIL_STR("?"), base64);
}

/* ---- Requests ---- */

/* "a,b" is "a, b"; the charset that botocore adds to forms is welcome. */
static bool same_header(struct pail_str name, struct pail_str got, struct pail_str wanted)
{
    size_t i = 0, k = 0;

    if (pail_str_ieq(name, PAIL_STR("Content-Type")))
        got = pail_str_sub(got, 0, pail_str_find(got, ';'));
    while (i < got.len && k < wanted.len) {
        if (got.ptr[i++] != wanted.ptr[k++])
            return false;
        if (got.ptr[i - 1] != ',')
            continue;
        i += i < got.len && got.ptr[i] == ' ';
        k += k < wanted.len && wanted.ptr[k] == ' ';
    }
    return i == got.len && k == wanted.len;
}

static bool check_headers(struct run *r, const struct pail_headers *h, const struct pail_value *s)
{
    const struct pail_value *expected = pail_value_get(s, PAIL_STR("headers"));
    const struct pail_value *require = pail_value_get(s, PAIL_STR("requireHeaders"));
    const struct pail_value *forbid = pail_value_get(s, PAIL_STR("forbidHeaders"));

    for (size_t i = 0; i < pail_value_len(expected); i++) {
        struct pail_str name = pail_value_key_at(expected, i), got;
        got = pail_headers_get(h, name.ptr);
        struct pail_str wanted = pail_value_as_str(pail_value_at(expected, i));
        if (!got.ptr || !same_header(name, got, wanted))
            return differ(r, name.ptr, got, wanted);
    }
    for (size_t i = 0; i < pail_value_len(forbid); i++)
        if (pail_headers_get(h, pail_value_as_str(pail_value_at(forbid, i)).ptr).ptr)
            return differ(r, "forbidden header", pail_value_as_str(pail_value_at(forbid, i)),
                          PAIL_STR(""));
    for (size_t i = 0; i < pail_value_len(require); i++) {
        struct pail_str name = pail_value_as_str(pail_value_at(require, i));
        if (!pail_str_ieq(name, PAIL_STR("Content-Length")) && !pail_headers_get(h, name.ptr).ptr)
            return differ(r, "required header", PAIL_STR(""), name);
    }
    return true;
}

static bool check_body(struct run *r, struct pail_str got, const struct pail_value *s)
{
    const struct pail_value *v = pail_value_get(s, PAIL_STR("body"));
    struct pail_str expected = pail_value_as_str(v);

    if (!v)
        return true;
    switch (pail_service_info(r->service).protocol) {
    case PAIL_PROTOCOL_REST_XML:
        expected = pail_str_trim(expected);
        if (expected.len && expected.ptr[0] != '<')
            return pail_str_eq(got, expected) || differ(r, "body", got, expected);
        return same_xml(r, got, expected);
    case PAIL_PROTOCOL_QUERY:
    case PAIL_PROTOCOL_EC2:
        return same_pairs(r, "body", got, expected);
    case PAIL_PROTOCOL_CBOR:
        return same_cbor(r, got, expected);
    default:
        return same_json(r, got, expected);
    }
}

static bool check_request(struct run *r, struct pail_wire *w, const struct pail_value *s)
{
    struct pail_str uri = get_str(s, "uri"), query = PAIL_STR(""), host = get_str(s, "host");
    size_t mark = pail_str_find(uri, '?');

    if (mark != SIZE_MAX) {
        query = pail_str_from(uri, mark + 1);
        uri.len = mark;
    }
    if (get_str(s, "method").ptr && !pail_str_eq(w->method, get_str(s, "method")))
        return differ(r, "method", w->method, get_str(s, "method"));
    PAIL_CLEANUP(pail_buf_done) struct pail_buf full = PAIL_BUF_INIT(4096);
    struct pail_uri u = {0};
    struct pail_str endpoint = get_str(r->suite, "clientEndpoint");
    if (endpoint.ptr)
        assert_ok(pail_uri_parse(endpoint, &u, NULL), NULL);
    pail_buf_str(&full, pail_str_eqz(u.path, "/") ? PAIL_STR("") : u.path);
    pail_buf_str(&full, pail_buf_view(&w->path));
    if (!pail_str_eq(pail_buf_view(&full), uri))
        return differ(r, "path", pail_buf_view(&full), uri);
    if (!same_pairs(r, "query", pail_buf_view(&w->query), query))
        return false;
    pail_buf_truncate(&full, 0);
    pail_buf_str(&full, pail_buf_view(&w->host_prefix));
    pail_buf_str(&full, u.host);
    host = pail_str_sub(host, 0, pail_str_find(host, '/'));
    if (host.len && u.host.len && !pail_str_eq(pail_buf_view(&full), host))
        return differ(r, "host", pail_buf_view(&full), host);
    return check_headers(r, &w->headers, s) && check_body(r, pail_buf_view(&w->body), s);
}

static bool run_input(struct run *r)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_wire w;
    bool ok = false;

    pail_wire_init(&w);
    struct pail_value *params = pail_params_prepare(
        &r->op, pail_value_get(r->test, PAIL_STR("params")), r->vs);
    if (pail_serialize(&r->op, params, &w, &err) < 0)
        snprintf(r->why, sizeof(r->why), "%s", err.message);
    else
        ok = check_request(r, &w, pail_value_get(r->test, PAIL_STR("serialized")));
    pail_wire_done(&w);
    return ok;
}

/* ---- Answers ---- */

static bool check_values(struct run *r, const struct pail_value *got,
                         const struct pail_value *expected)
{
    PAIL_CLEANUP(pail_buf_done)
    struct pail_buf a = PAIL_BUF_INIT(1 << 20), b = PAIL_BUF_INIT(1 << 20);

    if (same(got, expected))
        return true;
    pail_value_to_json(&a, got, NULL);
    pail_value_to_json(&b, expected, NULL);
    return differ(r, "result", pail_buf_view(&a), pail_buf_view(&b));
}

static bool check_error(struct run *r, struct pail_value *got)
{
    struct pail_value *error = pail_value_get(got, PAIL_STR("Error"));
    struct pail_str code = get_str(r->test, "errorCode"),
                    message = get_str(r->test, "errorMessage");
    const struct pail_value *members = pail_value_get(r->test, PAIL_STR("error"));

    if (code.ptr && !pail_str_eq(get_str(error, "Code"), code))
        return differ(r, "code", get_str(error, "Code"), code);
    if (message.ptr && !pail_str_eq(get_str(error, "Message"), message))
        return differ(r, "message", get_str(error, "Message"), message);
    for (size_t i = 0; i < pail_value_len(members); i++)
        if (!check_values(r, pail_value_get(got, pail_value_key_at(members, i)),
                          pail_value_at(members, i)))
            return false;
    return true;
}

static bool check_answer(struct run *r, const struct pail_wire_answer *a)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_value *got = NULL;
    const struct pail_value *expected = pail_value_get(r->test, PAIL_STR("result"));
    bool error = a->status >= 301;

    int rc = error ? pail_parse_error(&r->op, a, r->vs, &got, &err)
                   : pail_parse(&r->op, a, r->vs, &got, &err);
    if (rc < 0) {
        snprintf(r->why, sizeof(r->why), "%s", err.message);
        return false;
    }
    assert_non_null(pail_value_get(got, PAIL_STR("ResponseMetadata")));
    if (error)
        return check_error(r, got);
    pail_value_remove(got, PAIL_STR("ResponseMetadata"));
    return check_values(r, got, expected ? expected : pail_value_map(r->vs));
}

static bool run_output(struct run *r)
{
    const struct pail_value *response = pail_value_get(r->test, PAIL_STR("response"));
    const struct pail_value *headers = pail_value_get(response, PAIL_STR("headers"));
    PAIL_CLEANUP(pail_buf_done) struct pail_buf raw = PAIL_BUF_INIT(1 << 20);
    struct pail_headers h;
    int64_t status = 0;

    pail_headers_init(&h, 1 << 20);
    for (size_t i = 0; i < pail_value_len(headers); i++)
        assert_ok(pail_headers_add(&h, pail_value_key_at(headers, i),
                                   pail_value_as_str(pail_value_at(headers, i)), NULL),
                  NULL);
    assert_true(pail_value_as_int(pail_value_get(response, PAIL_STR("status_code")), &status));
    struct pail_wire_answer a = {
        .status = (int)status,
        .headers = &h,
        .body = get_str(response, "body"),
    };
    if (pail_service_info(r->service).protocol == PAIL_PROTOCOL_CBOR) {
        assert_ok(pail_base64_decode(&raw, a.body, NULL), NULL);
        a.body = pail_buf_view(&raw);
    }
    bool ok = check_answer(r, &a);
    pail_headers_done(&h);
    return ok;
}

/* ---- Suites ---- */

static const char *deviation(struct pail_str id)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(deviations); i++)
        if (pail_str_eqz(id, deviations[i].id))
            return deviations[i].why;
    return NULL;
}

static void zeros(void *dst, size_t n)
{
    memset(dst, 0, n);
}

static void run_case(const char *file, const struct pail_jnode *suite,
                     const struct pail_jnode *test, const struct pail_value *vsuite,
                     const struct pail_value *vtest, bool input)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct run r = {.suite = vsuite, .test = vtest, .id = get_str(vtest, "id")};
    const struct pail_jnode *given = pail_json_get(test, "given");
    struct pail_compile_input in = {
        .name = PAIL_STR("test"),
        .service = suite,
        .operation = given,
    };

    pail_rand_set_source(zeros);
    assert_ok(pail_values_new(&r.vs, NULL), NULL);
    assert_ok(pail_service_compile(&in, &r.service, &err), &err);
    assert_true(pail_operation_find(r.service, pail_json_str(pail_json_get(given, "name")), &r.op));
    bool ok = input ? run_input(&r) : run_output(&r);
    const char *why = deviation(r.id);
    if (!ok && why) {
        n_skipped++;
    } else if (!ok) {
        n_failed++;
        print_error("%s %.*s: %s\n", file, PAIL_STR_ARG(r.id), r.why);
    } else {
        n_passed++;
    }
    pail_service_free(r.service);
    pail_values_free(r.vs);
}

static void run_file(const char *name, bool input)
{
    PAIL_AUTOFREE char *text = NULL;
    char rel[256], path[4096];
    size_t len;
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *doc = NULL;
    struct pail_values *vs = NULL;
    struct pail_value *all = NULL;

    snprintf(rel, sizeof(rel), "vectors/protocols/%s/%s.json", input ? "input" : "output", name);
    if (!pail_test_shared(rel, path, sizeof(path)))
        skip();
    n_passed = n_failed = n_skipped = 0;
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_file_read_all(path, 16 << 20, &text, &len, &err), &err);
    assert_ok(pail_json_parse(pail_strn(text, len), name, &doc, &err), &err);
    assert_ok(pail_values_new(&vs, NULL), NULL);
    assert_ok(pail_value_from_json(vs, pail_strn(text, len), name, &all, &err), &err);
    for (size_t i = 0; i < pail_value_len(all); i++) {
        const struct pail_value *vsuite = pail_value_at(all, i);
        const struct pail_value *cases = pail_value_get(vsuite, PAIL_STR("cases"));
        const struct pail_jnode *suite = pail_json_at(pail_json_root(doc), i);
        for (size_t k = 0; k < pail_value_len(cases); k++)
            run_case(name, suite, pail_json_at(pail_json_get(suite, "cases"), k), vsuite,
                     pail_value_at(cases, k), input);
    }
    pail_values_free(vs);
    print_message("%s %s: %u passed, %u deviations\n", input ? "input" : "output", name, n_passed,
                  n_skipped);
    assert_int_equal(n_failed, 0);
}

#define FILE_TEST(fn, name, input)                                                                 \
    static void fn(void **state)                                                                   \
    {                                                                                              \
        run_file(name, input);                                                                     \
    }
FILE_TEST(in_query, "query", true)
FILE_TEST(in_ec2, "ec2", true)
FILE_TEST(in_json, "json", true)
FILE_TEST(in_json_1_0, "json_1_0", true)
FILE_TEST(in_json_query, "json_1_0-query-compatible", true)
FILE_TEST(in_rest_json, "rest-json", true)
FILE_TEST(in_rest_xml, "rest-xml", true)
FILE_TEST(in_cbor, "smithy-rpc-v2-cbor", true)
FILE_TEST(in_cbor_query, "smithy-rpc-v2-cbor-query-compatible", true)
FILE_TEST(in_cbor_plain, "smithy-rpc-v2-cbor-non-query-compatible", true)
FILE_TEST(out_query, "query", false)
FILE_TEST(out_ec2, "ec2", false)
FILE_TEST(out_json, "json", false)
FILE_TEST(out_json_1_0, "json_1_0", false)
FILE_TEST(out_json_query, "json_1_0-query-compatible", false)
FILE_TEST(out_rest_json, "rest-json", false)
FILE_TEST(out_rest_xml, "rest-xml", false)
FILE_TEST(out_cbor, "smithy-rpc-v2-cbor", false)
FILE_TEST(out_cbor_query, "smithy-rpc-v2-cbor-query-compatible", false)

PAIL_TEST_MAIN(cmocka_unit_test(in_query), cmocka_unit_test(in_ec2), cmocka_unit_test(in_json),
               cmocka_unit_test(in_json_1_0), cmocka_unit_test(in_json_query),
               cmocka_unit_test(in_rest_json), cmocka_unit_test(in_rest_xml),
               cmocka_unit_test(in_cbor), cmocka_unit_test(in_cbor_query),
               cmocka_unit_test(in_cbor_plain), cmocka_unit_test(out_query),
               cmocka_unit_test(out_ec2), cmocka_unit_test(out_json),
               cmocka_unit_test(out_json_1_0), cmocka_unit_test(out_json_query),
               cmocka_unit_test(out_rest_json), cmocka_unit_test(out_rest_xml),
               cmocka_unit_test(out_cbor), cmocka_unit_test(out_cbor_query))
