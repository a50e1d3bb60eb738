/* SPDX-License-Identifier: Apache-2.0 */
/* One small service compiled and read back; all real ones are compared with botocore by
 * diff-model.py. */
#include "model/model.h"

#include "base/file.h"
#include "unit/model/tiny.h"
#include "unit/torture.h"

static struct pail_service *service;

static int open_tiny(void **state)
{
    service = tiny_compile();
    return 0;
}

static int close_tiny(void **state)
{
    pail_service_free(service);
    return 0;
}

static void test_metadata(void **state)
{
    struct pail_service_info i = pail_service_info(service);
    struct pail_str name, type;

    assert_str(i.name, "tiny");
    assert_str(i.service_id, "Tiny"); /* the extras' */
    assert_str(i.full_name, "Tiny Service");
    assert_str(i.signing_name, "tiny");
    assert_int_equal(i.protocol, PAIL_PROTOCOL_JSON); /* before query, as botocore prefers */
    assert_str(i.protocol_name, "json");
    assert_true(i.query_compatible);
    assert_int_equal(i.protocols.n, 2);
    assert_str(pail_strs_at(i.protocols, 0), "query");
    assert_null(pail_strs_at(i.protocols, 2).ptr);
    assert_null(i.global_endpoint.ptr);
    assert_int_equal(i.n_operations, 2);
    assert_true(pail_service_client_param(service, 0, &name, &type));
    assert_str(name, "UseArnRegion");
    assert_str(type, "boolean");
    assert_false(pail_service_client_param(service, 1, &name, &type));
}

static void test_operation(void **state)
{
    struct pail_operation op, other;
    struct pail_model_value v;
    struct pail_str name, path;

    assert_true(pail_operation_find(service, PAIL_STR("PutThing"), &op));
    assert_str(op.wire_name, "PutThing2020");
    assert_str(op.cli_name, "put-thing");
    assert_str(op.method, "PUT");
    assert_str(op.uri, "/{Id}?x");
    assert_int_equal(op.response_code, 201);
    assert_int_equal(op.flags, PAIL_OP_DEPRECATED | PAIL_OP_IDEMPOTENT |
                                   PAIL_OP_REQUEST_CHECKSUM_REQUIRED | PAIL_OP_UNSIGNED_PAYLOAD |
                                   PAIL_OP_DISCOVERY | PAIL_OP_DISCOVERY_REQUIRED);
    assert_str(op.host_prefix, "{Id}.");
    assert_str(op.auth_type, "none");
    assert_str(pail_strs_at(op.auth, 0), "smithy.api#noAuth");
    assert_str(op.request_algorithm_member, "Algorithm");
    assert_str(pail_strs_at(op.response_algorithms, 1), "SHA1");
    assert_str(pail_strs_at(op.compression, 0), "gzip");
    assert_str(op.deprecated_message, "gone");
    assert_int_equal(op.n_static_params, 2);
    assert_true(pail_operation_static_param(&op, 0, &name, &v));
    assert_true(v.type == PAIL_VALUE_BOOL && v.boolean);
    assert_true(pail_operation_static_param(&op, 1, &name, &v));
    assert_str(name, "Kind");
    assert_str(v.string, "k");
    assert_true(pail_operation_context_param(&op, 0, &name, &path));
    assert_str(path, "a[*].b");
    assert_true(pail_operation_find_cli(service, PAIL_STR("list-arns"), &other));
    assert_str(other.name, "ListARNs");
    assert_false(pail_operation_find(service, PAIL_STR("ListARN"), &other));
    assert_false(pail_operation_find(service, PAIL_STR(""), &other));
}

static void test_uses_of_shapes(void **state)
{
    struct pail_operation op;
    struct pail_shape s;

    assert_true(pail_operation_find(service, PAIL_STR("PutThing"), &op));
    assert_true(pail_operation_input(&op, &s));
    assert_str(s.name, "PutInput");
    assert_str(s.location_name, "PutThingRequest");
    assert_str(s.xmlns_uri, "http://tiny/doc");
    assert_str(s.payload, "Tags");
    assert_true(pail_operation_output(&op, &s));
    assert_str(s.result_wrapper, "PutResult");
    assert_true(s.traits & PAIL_TRAIT_UNION);
    assert_int_equal(op.n_errors, 2);
    assert_true(pail_operation_error(&op, 0, &s));
    assert_str(s.error_code, "NoSuchThing");
    assert_int_equal(s.error_status, 404);
    assert_true(pail_operation_error(&op, 1, &s));
    assert_str(s.error_code, "Busy");
    assert_false(pail_operation_error(&op, 2, &s));
    assert_true(pail_operation_find(service, PAIL_STR("ListARNs"), &op));
    assert_false(pail_operation_input(&op, &s));
    assert_false(pail_operation_output(&op, &s));
}

static void test_members(void **state)
{
    static const char *const order[] = {"Id", "Tags", "Self", "Nowhere", "Time", "Algorithm"};
    struct pail_shape s, m;

    assert_true(pail_shape_find(service, PAIL_STR("PutInput"), &s));
    assert_int_equal(s.n_members, 6);
    for (unsigned i = 0; i < 6; i++) {
        assert_true(pail_shape_at(&s, i, &m));
        assert_str(m.member, order[i]);
    }
    assert_false(pail_shape_at(&s, 6, &m));
    assert_str(pail_strs_at(s.required, 1), "Tags");

    assert_true(pail_shape_member(&s, PAIL_STR("Id"), &m));
    assert_int_equal(m.location, PAIL_LOCATION_URI);
    assert_int_equal(m.traits, PAIL_TRAIT_REQUIRED | PAIL_TRAIT_SENSITIVE);
    assert_str(m.context_param, "Bucket");
    assert_str(m.min, "1");
    assert_true(m.max_value == 63);
    assert_str(pail_strs_at(m.values, 1), "b");
    assert_true(pail_shape_member(&s, PAIL_STR("Self"), &m));
    assert_int_equal(m.id, s.id);
    assert_true(pail_shape_member(&s, PAIL_STR("Nowhere"), &m));
    assert_int_equal(m.type, PAIL_SHAPE_NONE);
    assert_false(pail_shape_member(&s, PAIL_STR("id"), &m));
}

/* What the reference says lies over what the shape says; objects are replaced as wholes. */
static void test_traits_of_references(void **state)
{
    struct pail_shape s, m;

    assert_true(pail_shape_find(service, PAIL_STR("Tags"), &s));
    assert_int_equal(s.traits, PAIL_TRAIT_FLATTENED);
    assert_str(s.xmlns_prefix, "p");
    assert_true(pail_shape_find(service, PAIL_STR("PutInput"), &s));
    assert_true(pail_shape_member(&s, PAIL_STR("Tags"), &m));
    assert_int_equal(m.traits, PAIL_TRAIT_REQUIRED); /* flattened was taken back */
    assert_str(m.xmlns_prefix, "p");
    assert_true(pail_shape_member(&s, PAIL_STR("Time"), &m));
    assert_int_equal(m.timestamp_format, PAIL_TIMESTAMP_RFC822);
    assert_true(pail_shape_find(service, PAIL_STR("Time"), &m));
    assert_int_equal(m.timestamp_format, PAIL_TIMESTAMP_UNIX); /* the extras' */
    assert_true(pail_shape_find(service, PAIL_STR("Thing"), &s));
    assert_int_equal(s.n_members, 3); /* with the extras' */
    assert_true(pail_shape_member(&s, PAIL_STR("Tags"), &m));
    assert_str(m.xmlns_uri, "v");
    assert_null(m.xmlns_prefix.ptr);
    assert_true(pail_shape_member(&s, PAIL_STR("More"), &m));
}

static void test_lists_and_maps(void **state)
{
    struct pail_shape s, m;

    assert_true(pail_shape_find(service, PAIL_STR("Tags"), &s));
    assert_int_equal(s.n_members, 1);
    assert_true(pail_shape_at(&s, 0, &m));
    assert_str(m.member, "member");
    assert_str(m.location_name, "item");
    assert_false(pail_shape_member(&s, PAIL_STR("member"), &m));
    assert_true(pail_shape_find(service, PAIL_STR("Map"), &s));
    assert_true(pail_shape_at(&s, 1, &m));
    assert_str(m.member, "value");
    assert_int_equal(m.type, PAIL_SHAPE_DOUBLE);
    assert_true(m.traits & PAIL_TRAIT_BOX);
    assert_str(m.min, "0.001");
    assert_str(m.max, "1.0");
}

static void test_errors_by_code(void **state)
{
    struct pail_shape s;

    assert_true(pail_shape_for_error(service, PAIL_STR("NoSuchThing"), &s));
    assert_str(s.name, "NotThere");
    assert_true(s.traits & PAIL_TRAIT_SENDER_FAULT);
    assert_true(pail_shape_for_error(service, PAIL_STR("Busy"), &s));
    assert_int_equal(s.traits, PAIL_TRAIT_EXCEPTION | PAIL_TRAIT_FAULT | PAIL_TRAIT_RETRYABLE |
                                   PAIL_TRAIT_THROTTLING);
    assert_false(pail_shape_for_error(service, PAIL_STR("NotThere"), &s));
}

static void test_paginators_and_waiters(void **state)
{
    struct pail_paginator p;
    struct pail_waiter w;
    struct pail_acceptor a;

    assert_true(pail_paginator_find(service, PAIL_STR("ListARNs"), &p));
    assert_str(pail_strs_at(p.input_token, 0), "Marker");
    assert_int_equal(p.output_token.n, 2);
    assert_str(pail_strs_at(p.non_aggregate_keys, 0), "Owner");
    assert_str(p.limit_key, "MaxItems");
    assert_str(p.more_results, "IsTruncated");
    assert_false(pail_paginator_find(service, PAIL_STR("PutThing"), &p));

    assert_true(pail_waiter_find_cli(service, PAIL_STR("thing-ready"), &w));
    assert_str(w.name, "ThingReady");
    assert_int_equal(w.delay_s, 5);
    assert_int_equal(w.max_attempts, 40);
    assert_int_equal(w.n_acceptors, 3);
    assert_true(pail_waiter_acceptor(&w, 0, &a));
    assert_true(a.matcher == PAIL_MATCH_PATH_ALL && a.state == PAIL_WAITER_SUCCESS);
    assert_str(a.expected.string, "ready");
    assert_true(pail_waiter_acceptor(&w, 1, &a));
    assert_true(a.expected.type == PAIL_VALUE_INT && a.expected.integer == 404);
    assert_true(pail_waiter_acceptor(&w, 2, &a));
    assert_true(a.expected.type == PAIL_VALUE_BOOL && a.expected.boolean);
    assert_false(pail_waiter_acceptor(&w, 3, &a));
}

static void refused(const char *text, const char *message)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *json = tiny_json(text);
    const struct pail_jnode *root = pail_json_root(json);
    struct pail_compile_input in = {.name = PAIL_STR("bad"),
                                    .service = root,
                                    .waiters = pail_json_get(root, "waiters") ? root : NULL,
                                    .rules = pail_json_get(root, "rules") ? root : NULL};
    struct pail_service *s = NULL;
    struct pail_error err = PAIL_ERROR_INIT;

    assert_code(pail_service_compile(&in, &s, &err), PAIL_E_PARSE);
    assert_null(s);
    assert_string_equal(err.message, message);
}

static void test_refused(void **state)
{
    refused("{'shapes':{'A':{'type':'array'}}}", "model of bad: shape A: type \"array\"");
    refused("{'waiters':{'W':{'acceptors':[{'matcher':'magic','state':'success'}]}}}",
            "model of bad: waiter W: matcher \"magic\", state \"success\"");
    refused(
        "{'rules':[{'type':'tree'},{'type':'loop'}]}",
        "model of bad: Unknown rule type: loop. A rule must be of type tree, endpoint or error.");
    refused("{'rules':[],'parameters':{'A':{'type':'number'}}}",
            "model of bad: Unknown parameter type: number. A parameter must be of type string, "
            "boolean, or stringarray.");
}

/* Odd but harmless: everything missing. */
static void test_nearly_nothing(void **state)
{
    PAIL_CLEANUP(pail_json_free_p)
    struct pail_json *json = tiny_json("{'operations':{'A':{}},'shapes':[]}");
    PAIL_CLEANUP(pail_service_free_p) struct pail_service *s = NULL;
    struct pail_compile_input in = {.name = PAIL_STR("none"), .service = pail_json_root(json)};
    struct pail_operation op;

    assert_ok(pail_service_compile(&in, &s, NULL), NULL);
    assert_int_equal(pail_service_info(s).protocol, PAIL_PROTOCOL_NONE);
    assert_true(pail_operation_at(s, 0, &op));
    assert_str(op.method, "POST");
    assert_str(op.uri, "/");
}

/* Every case of the published protocol suites is a service of its own. */
static unsigned compile_suites(const char *path)
{
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_AUTOFREE char *text = NULL;
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *json = NULL;
    struct pail_operation op;
    size_t len;
    unsigned n = 0;

    assert_ok(pail_file_read_all(path, 64 << 20, &text, &len, &err), &err);
    assert_ok(pail_json_parse(pail_strn(text, len), path, &json, &err), &err);
    for (size_t i = 0; i < pail_json_len(pail_json_root(json)); i++) {
        const struct pail_jnode *suite = pail_json_at(pail_json_root(json), i),
                                *cases = pail_json_get(suite, "cases");
        for (size_t j = 0; j < pail_json_len(cases); j++, n++) {
            const struct pail_jnode *given = pail_json_get(pail_json_at(cases, j), "given");
            PAIL_CLEANUP(pail_service_free_p) struct pail_service *s = NULL;
            struct pail_compile_input in = {
                .name = PAIL_STR("case"), .service = suite, .operation = given};
            assert_ok(pail_service_compile(&in, &s, &err), &err);
            assert_true(pail_operation_find(s, pail_json_str(pail_json_get(given, "name")), &op));
            assert_true(pail_service_info(s).protocol != PAIL_PROTOCOL_NONE);
        }
    }
    return n;
}

static int compile_file(const char *name, void *ud, struct pail_error *err)
{
    char rel[200], path[512];
    snprintf(rel, sizeof(rel), "vectors/protocols/%s/%s", name, "");
    if (strchr(name, '.') || !pail_test_shared(rel, path, sizeof(path)))
        return 0;
    static const char *const files[] = {"ec2",   "json",      "json_1_0",
                                        "query", "rest-json", "rest-xml"};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(files); i++) {
        snprintf(rel, sizeof(rel), "vectors/protocols/%s/%s.json", name, files[i]);
        assert_true(pail_test_shared(rel, path, sizeof(path)));
        *(unsigned *)ud += compile_suites(path);
    }
    return 0;
}

static void test_protocol_suites(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    char dir[512];
    unsigned n = 0;

    if (!pail_test_shared("vectors/protocols", dir, sizeof(dir)))
        skip();
    assert_ok(pail_file_list(dir, compile_file, &n, &err), &err);
    assert_true(n > 500);
}

static int compile_it(void *ud, struct pail_error *err)
{
    const struct tiny *t = ud;
    struct pail_service *s = NULL;
    int rc = pail_service_compile(&t->in, &s, err);
    pail_service_free(s);
    return rc;
}

static void test_torture(void **state)
{
    struct tiny t;
    tiny_begin(&t);
    pail_torture("compile", compile_it, &t);
    tiny_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metadata),
        cmocka_unit_test(test_operation),
        cmocka_unit_test(test_uses_of_shapes),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_traits_of_references),
        cmocka_unit_test(test_lists_and_maps),
        cmocka_unit_test(test_errors_by_code),
        cmocka_unit_test(test_paginators_and_waiters),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_nearly_nothing),
        cmocka_unit_test(test_protocol_suites),
        cmocka_unit_test(test_torture),
    };
    pail_test_begin();
    return cmocka_run_group_tests(tests, open_tiny, close_tiny);
}
