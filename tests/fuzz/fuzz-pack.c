/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A good pack with bytes changed: each three bytes of the input are a place and what to add there.
 * Reading all of it must end without harm. (Bytes taken as a pack would hardly ever get behind the
 * header.)
 */
#include "base/alloc.h"
#include "model/compile.h"
#include "model/models.h"
#include "unit/model/walk.h"

#include "fuzz.h"

static const char source[] =
    "{\"metadata\":{\"apiVersion\":\"1\",\"endpointPrefix\":\"p\",\"protocols\":[\"json\"]},"
    "\"operations\":{\"GetIt\":{\"name\":\"GetIt\",\"http\":"
    "{\"method\":\"GET\",\"requestUri\":\"/"
    "\"},\"input\":{\"shape\":\"In\",\"locationName\":\"x\"},\"errors\":[{\"shape\":\"E\"}],"
    "\"staticContextParams\":{\"A\":{\"value\":\"b\"}}}},\"shapes\":{\"In\":{\"type\":"
    "\"structure\",\"required\":[\"A\"],\"members\":{\"A\":{\"shape\":"
    "\"S\"},\"B\":{\"shape\":\"L\"}}},\"S\":{\"type\":\"string\",\"enum\":[\"x\",\"y\"],\"min\":1},"
    "\"L\":{\"type\":\"list\",\"member\":{\"shape\":\"In\"}},"
    "\"E\":{\"type\":\"structure\",\"exception\":true}},"
    "\"waiters\":{\"W\":{\"delay\":1,\"acceptors\":[{\"matcher\":\"path\",\"argument\":\"a\","
    "\"expected\":\"b\",\"state\":\"retry\"}]}},"
    "\"pagination\":{\"GetIt\":{\"input_token\":[\"a\"],\"output_token\":\"b\"}},"
    "\"parameters\":{\"Region\":{\"type\":\"string\",\"builtIn\":\"AWS::Region\"},\"Endpoint\":{"
    "\"type\":\"string\",\"builtIn\":\"SDK::Endpoint\"}},"
    "\"rules\":[{\"type\":\"tree\",\"conditions\":[{\"fn\":\"isSet\",\"argv\":[{\"ref\":\"Region\"}"
    "]}],\"rules\":[{\"type\":\"endpoint\",\"conditions\":["
    "{\"fn\":\"aws.partition\",\"argv\":[{\"ref\":\"Region\"}],\"assign\":\"P\"}],\"endpoint\":{"
    "\"url\":\"https://{Region}.{P#dnsSuffix}\","
    "\"properties\":{\"authSchemes\":[{\"name\":\"sigv4\"}]},\"headers\":{\"h\":[\"v\"]}}}]},{"
    "\"type\":\"endpoint\",\"conditions\":[{\"fn\":\"parseURL\","
    "\"argv\":[{\"ref\":\"Endpoint\"}],\"assign\":\"u\"}],\"endpoint\":{\"url\":\"{u#scheme}\"}},{"
    "\"type\":\"error\",\"conditions\":[],\"error\":\"e\"}],"
    "\"partitions\":[{\"id\":\"aws\",\"regionRegex\":\"^(us|eu)\\\\-\\\\w+\\\\-\\\\d+$\","
    "\"regions\":{\"r\":{}},\"outputs\":{\"dnsSuffix\":\"n\"}}]}";

static struct pail_buf model = PAIL_BUF_INIT(1 << 20), partitions = PAIL_BUF_INIT(1 << 20);

static void build(void)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *json = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_FUZZ_CHECK(pail_json_parse(pail_str(source), "source", &json, &err) == 0);
    const struct pail_jnode *root = pail_json_root(json);
    struct pail_compile_input in = {
        .name = PAIL_STR("x"), .service = root, .paginators = root, .waiters = root, .rules = root};
    PAIL_FUZZ_CHECK(pail_compile(&in, &model, NULL, &err) == 0);
    PAIL_FUZZ_CHECK(pail_compile_partitions(root, &partitions, &err) == 0);
}

/* A changed copy of the exact size. */
static void *changed(const struct pail_buf *from, const uint8_t *data, size_t size, size_t offset)
{
    uint8_t *copy = pail_alloc(from->len);
    PAIL_FUZZ_CHECK(copy);
    memcpy(copy, from->ptr, from->len);
    for (size_t i = 0; i + 3 <= size; i += 3) {
        size_t at = (size_t)data[i] << 8 | data[i + 1];
        if (at >= offset && at - offset < from->len)
            copy[at - offset] = (uint8_t)(copy[at - offset] + data[i + 2]);
    }
    return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pail_models_options none = {"", "", ""};
    struct pail_models *models = NULL;
    struct pail_service service = {0};

    if (!model.len)
        build();
    if (pail_models_new(&none, &models, NULL) < 0)
        return 0;
    void *m = changed(&model, data, size, 0), *p = changed(&partitions, data, size, model.len);
    (void)!pail_blob_open(p, partitions.len, "partitions", &models->partitions, NULL);
    if (pail_blob_open(m, model.len, "model", &service.blobs[0], NULL) == 0) {
        pail_service_arrange(&service);
        walk_service(models, &service);
    }
    models->partitions = (struct pail_blob){0};
    pail_models_free(models);
    pail_free(m);
    pail_free(p);
    return 0;
}
