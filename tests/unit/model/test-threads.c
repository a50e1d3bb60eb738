/* SPDX-License-Identifier: Apache-2.0 */
/* Many threads ask one struct pail_models and one struct pail_endpoints at once: all get the same,
 * once. */
#include "base/file.h"
#include "base/thread.h"
#include "model/endpoint.h"
#include "model/models.h"
#include "unit/model/tiny.h"

#define THREADS 4
#define ROUNDS 300

static struct pail_endpoints *endpoints;
static unsigned bad[THREADS];

static void ask(void *arg)
{
    unsigned *mine = arg;

    for (unsigned i = 0; i < ROUNDS; i++) {
        struct pail_endpoint_params p = {0};
        const struct pail_endpoint *e = NULL;
        char bucket[32];
        snprintf(bucket, sizeof(bucket), "a--b%u", i % 130); /* more than are remembered */
        pail_endpoint_set_str(&p, PAIL_STR("Region"), PAIL_STR("eu-west-1"));
        pail_endpoint_set_str(&p, PAIL_STR("Bucket"), pail_str(bucket));
        if (pail_endpoint_resolve(endpoints, &p, &e, NULL) < 0 ||
            pail_str_find_str(e->url, pail_str(bucket + 3)) == SIZE_MAX)
            ++*mine;
        pail_endpoint_unref(e);
    }
}

static void test_endpoints(void **state)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *json = tiny_json(tiny_partitions);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf blob = PAIL_BUF_INIT(1 << 20);
    PAIL_CLEANUP(pail_service_free_p) struct pail_service *service = tiny_compile();
    struct pail_models_options o = {"", "", "", .no_installed = true};
    struct pail_models *models = NULL;
    struct pail_thread *threads[THREADS];
    size_t size;

    assert_ok(pail_models_new(&o, &models, NULL), NULL);
    assert_ok(pail_compile_partitions(pail_json_root(json), &blob, NULL), NULL);
    models->own_partitions = pail_buf_take(&blob, &size);
    assert_ok(pail_blob_open(models->own_partitions, size, "partitions", &models->partitions, NULL),
              NULL);
    assert_ok(pail_endpoints_new(models, service, &endpoints, NULL), NULL);
    for (size_t i = 0; i < THREADS; i++)
        assert_ok(pail_thread_start(&threads[i], "ask", ask, &bad[i], NULL), NULL);
    for (size_t i = 0; i < THREADS; i++) {
        pail_thread_join(threads[i]);
        assert_int_equal(bad[i], 0);
    }
    pail_endpoints_free(endpoints);
    pail_models_free(models);
}

static struct pail_models *shared;
static struct {
    const struct pail_service *service;
    size_t names;
} got[THREADS];

static void open_service(void *arg)
{
    size_t i = (size_t)((unsigned *)arg - bad);
    struct pail_str name;

    (void)!pail_models_service(shared, PAIL_STR("tiny"), &got[i].service, NULL);
    while (pail_models_name(shared, got[i].names, &name))
        got[i].names++;
}

/* A service that must be compiled is compiled by whoever comes; one result is kept. */
static void test_services(void **state)
{
    char dir[] = "/tmp/pail-threads-XXXXXX", path[200];
    struct pail_thread *threads[THREADS];

    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/tiny/2020-01-02", dir);
    assert_ok(pail_file_mkdirs(path, 0700, NULL), NULL);
    snprintf(path, sizeof(path), "%s/tiny/2020-01-02/service-2.json", dir);
    char *text = pail_strdup(tiny_service);
    for (char *p = text; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    assert_ok(pail_file_write_all(path, (struct pail_bytes){text, strlen(text)}, 0600, NULL), NULL);
    pail_free(text);

    struct pail_models_options o = {"", dir, "", .no_installed = true};
    assert_ok(pail_models_new(&o, &shared, NULL), NULL);
    for (size_t i = 0; i < THREADS; i++)
        assert_ok(pail_thread_start(&threads[i], "open", open_service, &bad[i], NULL), NULL);
    for (size_t i = 0; i < THREADS; i++)
        pail_thread_join(threads[i]);
    for (size_t i = 0; i < THREADS; i++) {
        assert_non_null(got[i].service);
        assert_ptr_equal(got[i].service, got[0].service);
        assert_int_equal(got[i].names, 1);
    }
    pail_models_free(shared);
    assert_ok(pail_file_unlink(path, NULL), NULL);
    for (unsigned i = 0; i < 3; i++) {
        *strrchr(path, '/') = '\0';
        assert_int_equal(remove(path), 0);
    }
}

PAIL_TEST_MAIN(cmocka_unit_test(test_endpoints), cmocka_unit_test(test_services))
