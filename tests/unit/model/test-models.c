/* SPDX-License-Identifier: Apache-2.0 */
/* Directories and packs: which file wins, what completes what, and what a damaged pack does
 * (nothing). */
#include "model/models.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/env.h"
#include "crypto/zip.h"
#include "model/docs.h"
#include "unit/model/tiny.h"
#include "unit/model/walk.h"
#include "unit/torture.h"

static char root[64];

static const char *in_root(const char *name)
{
    static char paths[8][300];
    static unsigned turn;
    char *path = paths[turn++ % 8];
    snprintf(path, sizeof(paths[0]), "%s/%s", root, name);
    return path;
}

/* A file with ' for ", its directories made. */
static void put(const char *name, const char *text)
{
    struct pail_error err = PAIL_ERROR_INIT;
    char path[300], *quoted = pail_strdup(text);
    snprintf(path, sizeof(path), "%s", in_root(name));
    for (char *p = quoted; *p; p++)
        if (*p == '\'')
            *p = '"';
    char *slash = strrchr(path, '/');
    *slash = '\0';
    assert_ok(pail_file_mkdirs(path, 0700, &err), &err);
    *slash = '/';
    assert_ok(pail_file_write_all(path, (struct pail_bytes){quoted, strlen(quoted)}, 0600, &err),
              &err);
    pail_free(quoted);
}

static void put_tiny(const char *dir, const char *version)
{
    static const struct {
        const char *type, *text;
    } files[] = {
        {"service-2", tiny_service},       {"service-2.sdk-extras", tiny_extras},
        {"paginators-1", tiny_paginators}, {"paginators-1.sdk-extras", tiny_paginators_extras},
        {"waiters-2", tiny_waiters},       {"endpoint-rule-set-1", tiny_rules},
    };
    char name[200];
    for (size_t i = 0; i < PAIL_ARRAY_LEN(files); i++) {
        snprintf(name, sizeof(name), "%s/tiny/%s/%s.json", dir, version, files[i].type);
        put(name, files[i].text);
    }
    snprintf(name, sizeof(name), "%s/partitions.json", dir);
    put(name, tiny_partitions);
}

static void build_pack(struct pail_buf *models, struct pail_buf *docs)
{
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_CLEANUP(pail_data_path_done) struct pail_data_path from = {0};
    put_tiny("data", "2020-01-02");
    assert_ok(pail_data_path_add(&from, pail_str(in_root("data")), &err), &err);
    assert_ok(pail_pack_build(&from, "1.2.3", NULL, models, docs, &err), &err);
}

static int make_root(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_CLEANUP(pail_buf_done)
    struct pail_buf models = PAIL_BUF_INIT(1 << 24), docs = PAIL_BUF_INIT(1 << 24);
    memcpy(root, "/tmp/pail-models-XXXXXX", 24);
    if (!mkdtemp(root))
        return -1;
    build_pack(&models, &docs);
    assert_ok(pail_file_write_all(in_root("models.pack"),
                                  (struct pail_bytes){models.ptr, models.len}, 0600, &err),
              &err);
    assert_ok(pail_file_write_all(in_root("docs.pack"), (struct pail_bytes){docs.ptr, docs.len},
                                  0600, &err),
              &err);
    return 0;
}

static int remove_entry(const char *name, void *ud, struct pail_error *err)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", (const char *)ud, name);
    if (unlink(path) == 0 || rmdir(path) == 0)
        return 0;
    int rc = pail_file_list(path, remove_entry, path, err);
    return rc ? rc : rmdir(path);
}

static int remove_root(void **state)
{
    return pail_file_list(root, remove_entry, root, NULL) || rmdir(root);
}

static struct pail_models *open_models(const char *pack, const char *data_path,
                                       const char *user_dir)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_models *m = NULL;
    struct pail_models_options o = {pack, data_path, user_dir, true};
    assert_ok(pail_models_new(&o, &m, &err), &err);
    return m;
}

static const struct pail_service *get(struct pail_models *m, const char *name)
{
    struct pail_error err = PAIL_ERROR_INIT;
    const struct pail_service *s = NULL;
    assert_ok(pail_models_service(m, pail_str(name), &s, &err), &err);
    return s;
}

static void test_pack(void **state)
{
    struct pail_models *m = open_models(in_root("models.pack"), "", "");
    struct pail_error err = PAIL_ERROR_INIT;
    const struct pail_service *s = get(m, "tiny"), *none = NULL;
    struct pail_str path, version, name;
    struct pail_operation op;
    struct pail_paginator p;
    struct pail_waiter w;

    assert_ptr_equal(s, get(m, "tiny"));
    assert_true(pail_operation_find(s, PAIL_STR("PutThing"), &op));
    assert_true(pail_paginator_find(s, PAIL_STR("ListARNs"), &p));
    assert_true(pail_waiter_find(s, PAIL_STR("ThingReady"), &w));
    pail_models_pack(m, &path, &version);
    assert_str(path, in_root("models.pack"));
    assert_str(version, "1.2.3");
    assert_true(pail_models_name(m, 0, &name));
    assert_str(name, "tiny");
    assert_false(pail_models_name(m, 1, &name));
    assert_code(pail_models_service(m, PAIL_STR("tin"), &none, &err), PAIL_E_NOT_FOUND);
    assert_string_equal(err.message, "Unknown service: 'tin'");
    assert_null(none);
    pail_models_free(m);
}

static void test_no_pack(void **state)
{
    struct pail_models *m = open_models(in_root("nowhere.pack"), "", "");
    struct pail_error err = PAIL_ERROR_INIT;
    const struct pail_service *s = NULL;
    struct pail_str path, version, name;

    assert_code(pail_models_service(m, PAIL_STR("ec2"), &s, &err), PAIL_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "there are no service models at"));
    pail_models_pack(m, &path, &version);
    assert_null(path.ptr);
    assert_false(pail_models_name(m, 0, &name));
    pail_models_free(m);
}

static const char *environment(const char *name)
{
    static char list[700];
    if (strcmp(name, "HOME") == 0)
        return root;
    if (strcmp(name, "PAIL_MODELS") == 0)
        return "/nonexistent/models.pack";
    if (strcmp(name, "WHERE") == 0)
        return root;
    if (strcmp(name, "AWS_DATA_PATH") != 0)
        return NULL;
    snprintf(list, sizeof(list), "/nonexistent:$WHERE/one:${WHERE}/two:~/three:$UNSET/x");
    return list;
}

#define SMALL(version, op)                                                                         \
    "{'metadata':{'apiVersion':'" version                                                          \
    "','endpointPrefix':'e','serviceId':'S'},'operations':{'" op "':{'name':'" op                  \
    "','documentation':'<p>" op "</p>'}},'shapes':{}}"

/* The newest version of all directories, its file from the first directory; .json before .json.gz.
 */
static void test_data_path(void **state)
{
    PAIL_CLEANUP(pail_buf_done)
    struct pail_buf zipped = PAIL_BUF_INIT(1 << 16), doc = PAIL_BUF_INIT(1 << 16);
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_operation op;
    struct pail_str name;
    char gz[] = SMALL("2021-05-05", "Zipped");

    put("one/alpha/2019-01-01/service-2.json", SMALL("2019-01-01", "Old"));
    put("two/alpha/2020-01-01/service-2.json", SMALL("2020-01-01", "Two"));
    put("three/alpha/2020-01-01/service-2.json", SMALL("2020-01-01", "Three"));
    put(".aws/models/mine/2000-01-01/service-2.json", SMALL("2000-01-01", "Mine"));
    put("two/noservice/2000-01-01/waiters-2.json", tiny_waiters);
    put("one/stray.json", "{}");
    for (char *p = gz; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    assert_ok(pail_zip(pail_str(gz), &zipped, &err), &err);
    put("one/packed/2021-05-05/endpoint-rule-set-1.json", tiny_rules);
    assert_ok(pail_file_write_all(in_root("one/packed/2021-05-05/service-2.json.gz"),
                                  (struct pail_bytes){zipped.ptr, zipped.len}, 0600, &err),
              &err);

    pail_env_set_source(environment);
    struct pail_models *m = NULL;
    assert_ok(pail_models_new(&(struct pail_models_options){.no_installed = true}, &m, &err), &err);
    assert_true(pail_operation_at(get(m, "alpha"), 0, &op));
    assert_str(op.name, "Two");
    assert_ok(pail_docs_operation(m, &op, &doc, &err), &err);
    assert_string_equal(pail_buf_cstr(&doc), "<p>Two</p>");
    assert_true(pail_operation_find(get(m, "mine"), PAIL_STR("Mine"), &op));
    assert_true(pail_operation_find(get(m, "packed"), PAIL_STR("Zipped"), &op));
    static const char *const all[] = {"alpha", "mine", "packed"};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(all); i++) {
        assert_true(pail_models_name(m, i, &name));
        assert_str(name, all[i]);
    }
    assert_false(pail_models_name(m, 3, &name));
    const struct pail_service *s = NULL;
    assert_code(pail_models_service(m, PAIL_STR("noservice"), &s, &err), PAIL_E_NOT_FOUND);
    assert_code(pail_models_service(m, PAIL_STR("../one"), &s, &err), PAIL_E_NOT_FOUND);
    assert_code(pail_models_service(m, PAIL_STR(""), &s, &err), PAIL_E_NOT_FOUND);
    pail_models_free(m);
    pail_env_set_source(NULL);
}

/* A directory's model of the pack's version is completed by the pack; of a newer one it is not, but
 * for the rules. */
static void test_directory_before_pack(void **state)
{
    struct pail_operation op;
    struct pail_waiter w;
    struct pail_partition p;

    put("same/tiny/2020-01-02/service-2.json", SMALL("2020-01-02", "Mine"));
    struct pail_models *m = open_models(in_root("models.pack"), in_root("same"), "");
    const struct pail_service *s = get(m, "tiny");
    assert_true(pail_operation_find(s, PAIL_STR("Mine"), &op));
    assert_false(pail_operation_find(s, PAIL_STR("PutThing"), &op));
    assert_true(pail_waiter_find(s, PAIL_STR("ThingReady"), &w));
    assert_true(walk_endpoints(m, s));
    pail_models_free(m);

    put("newer/tiny/2021-01-01/service-2.json", SMALL("2021-01-01", "Mine"));
    m = open_models(in_root("models.pack"), in_root("newer"), "");
    s = get(m, "tiny");
    assert_true(pail_operation_find(s, PAIL_STR("Mine"), &op));
    assert_false(pail_waiter_find(s, PAIL_STR("ThingReady"), &w));
    assert_true(walk_endpoints(m, s));
    pail_models_free(m);

    put("older/tiny/2010-01-01/service-2.json", SMALL("2010-01-01", "Mine"));
    put("older/tiny/2020-01-02/waiters-2.json",
        "{'waiters':{'Other':{'delay':1,'maxAttempts':2,'operation':'ListARNs','acceptors':[]}}}");
    put("older/partitions.json", "{'partitions':[{'id':'own','regionRegex':'x','regions':{},'"
                                 "outputs':{'dnsSuffix':'own.net'}}]}");
    m = open_models(in_root("models.pack"), in_root("older"), "");
    s = get(m, "tiny");
    assert_true(pail_operation_find(s, PAIL_STR("PutThing"), &op));
    assert_false(pail_waiter_find(s, PAIL_STR("ThingReady"), &w));
    assert_true(pail_waiter_find(s, PAIL_STR("Other"), &w));
    assert_true(pail_partition_of(m, PAIL_STR("eu-west-1"), &p));
    assert_str(p.dns_suffix, "own.net");
    pail_models_free(m);
}

static const char *with_botocore(const char *name)
{
    return strcmp(name, "VIRTUAL_ENV") == 0 ? in_root("venv")
           : strcmp(name, "HOME") == 0      ? in_root("home")
                                            : NULL;
}

/* The newest Python's botocore has what is nowhere else; the pack comes first. */
static void test_installed(void **state)
{
    static const char *const pythons[] = {"3.9", "3.11", "3.10"};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_operation op;
    struct pail_str name;
    char path[200];

    for (size_t i = 0; i < PAIL_ARRAY_LEN(pythons); i++) {
        (void)snprintf(path, sizeof(path),
                       "venv/lib/python%s/site-packages/botocore/data/partitions.json", pythons[i]);
        put(path, tiny_partitions);
        (void)snprintf(path, sizeof(path),
                       "venv/lib/python%s/site-packages/botocore/data/beta/2000-01-01/"
                       "service-2.json",
                       pythons[i]);
        put(path, strcmp(pythons[i], "3.11") == 0 ? SMALL("2000-01-01", "Newest")
                                                  : SMALL("2000-01-01", "Older"));
    }
    put("venv/lib/python3.11/site-packages/botocore/data/tiny/2000-01-01/service-2.json",
        SMALL("2000-01-01", "NotThis"));
    put("venv/lib/python3.99x/site-packages/botocore/data/partitions.json", "no Python's");
    pail_env_set_source(with_botocore);
    struct pail_models_options o = {.pack = in_root("models.pack"), .data_path = ""};
    struct pail_models *m = NULL;
    assert_ok(pail_models_new(&o, &m, &err), &err);
    assert_true(pail_operation_find(get(m, "beta"), PAIL_STR("Newest"), &op));
    assert_false(pail_operation_find(get(m, "tiny"), PAIL_STR("NotThis"), &op));
    const struct pail_service *none = NULL;
    assert_code(pail_models_service(m, PAIL_STR("gamma"), &none, &err), PAIL_E_NOT_FOUND);
    pail_models_free(m);

    /* Without a pack it is all there is, regions too. */
    o.pack = in_root("nowhere.pack");
    assert_ok(pail_models_new(&o, &m, &err), &err);
    assert_true(pail_operation_find(get(m, "tiny"), PAIL_STR("NotThis"), &op));
    assert_true(pail_models_name(m, 0, &name));
    assert_str(name, "beta");
    assert_true(pail_models_name(m, 1, &name));
    assert_false(pail_models_name(m, 2, &name));
    assert_ptr_not_equal(pail_models_partitions(m), &pail_blob_empty);
    pail_models_free(m);
    pail_env_set_source(NULL);
}

/* Services that the build asked for. */
static void test_choice(void **state)
{
    static const char *const chosen[] = {"beta", "beta", NULL}, *const absent[] = {"x", NULL};
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_CLEANUP(pail_data_path_done) struct pail_data_path from = {0};
    PAIL_CLEANUP(pail_buf_done)
    struct pail_buf models = PAIL_BUF_INIT(1 << 20), docs = PAIL_BUF_INIT(1 << 20);
    struct pail_pack pack;

    put("choice/partitions.json", tiny_partitions);
    put("choice/alpha/2000-01-01/service-2.json", SMALL("2000-01-01", "Alpha"));
    put("choice/beta/2000-01-01/service-2.json", SMALL("2000-01-01", "Beta"));
    assert_ok(pail_data_path_add(&from, pail_str(in_root("choice")), &err), &err);
    assert_ok(pail_pack_build(&from, "1", chosen, &models, &docs, &err), &err);
    assert_ok(pail_pack_open_memory(models.ptr, models.len, "pack", &pack, &err), &err);
    assert_str(pail_pack_name(&pack, 0), "beta");
    assert_null(pail_pack_name(&pack, 1).ptr);
    pail_pack_close(&pack);
    pail_buf_truncate(&models, 0);
    assert_code(pail_pack_build(&from, "1", absent, &models, &docs, &err), PAIL_E_NOT_FOUND);
    assert_string_equal(err.message, "there is no service x");
}

static void test_bad_file(void **state)
{
    struct pail_models *m = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    const struct pail_service *s = NULL;

    put("bad/broken/2020-01-01/service-2.json", "{'metadata':");
    m = open_models("", in_root("bad"), "");
    assert_code(pail_models_service(m, PAIL_STR("broken"), &s, &err), PAIL_E_PARSE);
    assert_non_null(strstr(err.message, "bad/broken/2020-01-01/service-2.json: line 1"));
    pail_models_free(m);
}

static void test_docs(void **state)
{
    struct pail_models *m = open_models(in_root("models.pack"), "", "");
    PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(1 << 16);
    const struct pail_service *s = get(m, "tiny");
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_operation op;
    struct pail_shape in, member;

    assert_ok(pail_docs_service(m, s, &out, &err), &err);
    assert_true(pail_operation_find(s, PAIL_STR("PutThing"), &op));
    assert_ok(pail_docs_operation(m, &op, &out, &err), &err);
    assert_ok(pail_docs_examples(m, &op, &out, &err), &err); /* has none */
    assert_true(pail_operation_input(&op, &in));
    assert_true(pail_shape_member(&in, PAIL_STR("Algorithm"), &member));
    assert_ok(pail_docs_shape(m, &member, &out, &err), &err);
    assert_true(pail_shape_member(&in, PAIL_STR("Id"), &member)); /* the shape's */
    assert_ok(pail_docs_shape(m, &member, &out, &err), &err);
    assert_string_equal(pail_buf_cstr(&out), "<p>Tiny.</p><p>Puts.</p><p>How.</p><p>A name.</p>");
    pail_models_free(m);
}

/* Every byte of a pack wrong, one after the other: an error or nonsense, never a crash; and cut at
 * every place. */
static void test_damaged_pack(void **state)
{
    PAIL_CLEANUP(pail_buf_done)
    struct pail_buf good = PAIL_BUF_INIT(1 << 24), docs = PAIL_BUF_INIT(1 << 24);
    struct pail_models *m = open_models("", "", "");
    build_pack(&good, &docs);
    uint64_t *copy = pail_alloc(good.len + 8);
    unsigned opened = 0, refused = 0;

    for (size_t i = 0; i < good.len; i++) {
        struct pail_pack pack = {0};
        struct pail_service s = {0};
        memcpy(copy, good.ptr, good.len);
        ((unsigned char *)copy)[i] ^= (unsigned char)(1u << (i % 8) | 0x80);
        if (pail_pack_open_memory(copy, good.len, "pack", &pack, NULL) < 0) {
            refused++;
            continue;
        }
        struct pail_bytes p = pail_pack_partitions(&pack),
                          b = pail_pack_find(&pack, PAIL_STR("tiny"));
        m->partitions = (struct pail_blob){0};
        (void)!pail_blob_open(p.ptr, p.ptr ? p.len : 0, "partitions", &m->partitions, NULL);
        if (!b.ptr || pail_blob_open(b.ptr, b.len, "tiny", &s.blobs[1], NULL) < 0)
            continue;
        pail_service_arrange(&s);
        opened += walk_service(m, &s) > 0;
    }
    m->partitions = (struct pail_blob){0};
    assert_true(opened > good.len / 2);
    assert_true(refused >= 20);
    for (size_t n = 0; n < good.len; n++) {
        struct pail_pack pack = {0};
        memcpy(copy, good.ptr, n);
        assert_code(pail_pack_open_memory(copy, n, "pack", &pack, NULL), PAIL_E_PARSE);
    }
    pail_free(copy);
    pail_models_free(m);
}

/* The same for the documentation beside it. */
static void test_damaged_docs(void **state)
{
    PAIL_CLEANUP(pail_buf_done)
    struct pail_buf models = PAIL_BUF_INIT(1 << 24), good = PAIL_BUF_INIT(1 << 24);
    char path[200];
    struct pail_models_options o = {path, "", "", true};
    unsigned failed = 0;

    snprintf(path, sizeof(path), "%s", in_root("damaged/models.pack"));
    build_pack(&models, &good);
    put("damaged/models.pack", "");
    assert_ok(pail_file_write_all(in_root("damaged/models.pack"),
                                  (struct pail_bytes){models.ptr, models.len}, 0600, NULL),
              NULL);
    for (size_t i = 0; i < good.len; i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(1 << 16);
        struct pail_models *m = NULL;
        struct pail_operation op;
        FILE *f = fopen(in_root("damaged/docs.pack"), "w");
        good.ptr[i] = (char)(good.ptr[i] ^ 0x81);
        assert_int_equal(fwrite(good.ptr, 1, good.len - (i % 5 == 0), f), good.len - (i % 5 == 0));
        fclose(f);
        good.ptr[i] = (char)(good.ptr[i] ^ 0x81);
        assert_ok(pail_models_new(&o, &m, NULL), NULL);
        const struct pail_service *s = get(m, "tiny");
        assert_true(pail_operation_find(s, PAIL_STR("PutThing"), &op));
        failed += pail_docs_operation(m, &op, &out, NULL) < 0;
        (void)!pail_docs_service(m, s, &out, NULL);
        pail_models_free(m);
    }
    assert_true(failed > good.len / 5); /* those that were cut at least */
}

static int torture_models(void *ud, struct pail_error *err)
{
    const struct pail_models_options *o = ud;
    struct pail_models *m = NULL;
    const struct pail_service *s = NULL;
    int rc = pail_models_new(o, &m, err);
    if (rc == 0)
        rc = pail_models_service(m, PAIL_STR("tiny"), &s, err);
    pail_models_free(m);
    return rc;
}

static void test_torture(void **state)
{
    /* Directories are not for this: jansson 2.14 itself falls when memory runs out in the wrong
     * place. */
    struct pail_models_options packed = {in_root("models.pack"), "", "", true};
    pail_torture("from the pack", torture_models, &packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pack),         cmocka_unit_test(test_no_pack),
        cmocka_unit_test(test_data_path),    cmocka_unit_test(test_directory_before_pack),
        cmocka_unit_test(test_bad_file),     cmocka_unit_test(test_docs),
        cmocka_unit_test(test_damaged_pack), cmocka_unit_test(test_damaged_docs),
        cmocka_unit_test(test_torture),      cmocka_unit_test(test_installed),
        cmocka_unit_test(test_choice),
    };
    pail_test_begin();
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
