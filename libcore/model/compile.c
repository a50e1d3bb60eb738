/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One service: its metadata here, the rest in the files compile_*.c, each for one of botocore's
 * sections.
 *
 * What is not known is left out, as botocore ignores it; what is known but of another form than
 * expected is an error, because half a model would send wrong requests. A missing file is a missing
 * part (enum pail_part).
 */
#include "model/compile.h"

#include "base/str.h"
#include "model/compiler.h"
#include <stdio.h>

/* As botocore picks: the first of these that the service lists. */
static const struct {
    const char *name;
    enum pail_protocol protocol;
} protocols[] = {
    {"json", PAIL_PROTOCOL_JSON},         {"rest-json", PAIL_PROTOCOL_REST_JSON},
    {"rest-xml", PAIL_PROTOCOL_REST_XML}, {"smithy-rpc-v2-cbor", PAIL_PROTOCOL_CBOR},
    {"query", PAIL_PROTOCOL_QUERY},       {"ec2", PAIL_PROTOCOL_EC2},
};

static bool lists(const struct pail_jnode *array, const char *name)
{
    for (size_t i = 0; i < pail_json_len(array); i++)
        if (pail_str_eqz(pail_json_str(pail_json_at(array, i)), name))
            return true;
    return false;
}

static void resolve_protocol(struct pail_words *w, struct pail_merged metadata)
{
    const struct pail_jnode *all = pail_merged_get(metadata, "protocols").base;
    struct pail_str one = pail_merged_str(metadata, "protocol");
    bool listed = pail_json_type(all) == PAIL_JSON_ARRAY && pail_json_len(all) > 0;

    w->h.protocol_name = pail_words_str(w, one);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(protocols); i++)
        if (listed ? lists(all, protocols[i].name) : pail_str_eqz(one, protocols[i].name)) {
            w->h.protocol = protocols[i].protocol;
            w->h.protocol_name = pail_words_str(w, pail_str(protocols[i].name));
            return;
        }
}

static void add_metadata(struct pail_compiler *c)
{
    struct pail_words *w = &c->w;
    struct pail_blob_header *h = &w->h;
    struct pail_merged m = pail_merged_get(c->model, "metadata");

    h->api_version = pail_compile_key(w, m, "apiVersion");
    h->service_id = pail_compile_key(w, m, "serviceId");
    h->full_name = pail_compile_key(w, m, "serviceFullName");
    h->abbreviation = pail_compile_key(w, m, "serviceAbbreviation");
    h->endpoint_prefix = pail_compile_key(w, m, "endpointPrefix");
    h->global_endpoint = pail_compile_key(w, m, "globalEndpoint");
    h->signing_name = pail_compile_key(w, m, "signingName");
    if (!h->signing_name)
        h->signing_name = h->endpoint_prefix;
    h->signature_version = pail_compile_key(w, m, "signatureVersion");
    h->json_version = pail_compile_key(w, m, "jsonVersion");
    h->target_prefix = pail_compile_key(w, m, "targetPrefix");
    h->uid = pail_compile_key(w, m, "uid");
    h->xml_namespace = pail_compile_key(w, m, "xmlNamespace");
    h->checksum_format = pail_compile_key(w, m, "checksumFormat");
    h->h2 = pail_compile_key(w, pail_merged_get(m, "protocolSettings"), "h2");
    h->protocols = pail_compile_strings(w, pail_merged_get(m, "protocols").base);
    h->auth = pail_compile_strings(w, pail_merged_get(m, "auth").base);
    if (pail_merged_get(m, "awsQueryCompatible").base)
        h->flags |= PAIL_BLOB_QUERY_COMPATIBLE;
    if (pail_merged_true(c->model, "deprecated"))
        h->flags |= PAIL_BLOB_DEPRECATED;
    resolve_protocol(w, m);
}

static void add_client_params(struct pail_compiler *c)
{
    struct pail_merged params = pail_merged_get(c->model, "clientContextParams"), param;
    struct pail_str name;

    for (struct pail_merged_iter it = {0}; pail_merged_each(params, &it, &name, &param);) {
        struct pail_pair_rec rec = {pail_words_str(&c->w, name),
                                    pail_compile_key(&c->w, param, "type")};
        pail_words_add(&c->w, PAIL_TABLE_CLIENT_PARAMS, &rec, sizeof(rec));
    }
}

static void add_parts(struct pail_compiler *c)
{
    const struct pail_compile_input *in = c->in;

    c->w.h.name = pail_words_str(&c->w, in->name);
    if (in->service || in->operation) {
        c->w.h.parts |= PAIL_PART_MODEL;
        pail_doc_add(c->docs, PAIL_DOC_SERVICE, pail_merged_str(c->model, "documentation"));
        add_metadata(c);
        add_client_params(c);
        pail_compile_shapes(c);
        pail_compile_operations(c);
    }
    if (in->paginators) {
        c->w.h.parts |= PAIL_PART_PAGINATORS;
        pail_compile_paginators(c);
    }
    if (in->waiters) {
        c->w.h.parts |= PAIL_PART_WAITERS;
        pail_compile_waiters(c);
    }
    if (in->rules) {
        c->w.h.parts |= PAIL_PART_RULES;
        pail_compile_rules(&c->w, in->rules);
    }
}

int pail_compile(const struct pail_compile_input *in, struct pail_buf *model, struct pail_buf *docs,
                 struct pail_error *err)
{
    PAIL_CLEANUP(pail_doc_writer_done) struct pail_doc_writer writer = {0};
    PAIL_CLEANUP(pail_map_free_p) struct pail_map *shapes = NULL;
    char what[128];
    struct pail_compiler c = {.in = in, .docs = docs ? &writer : NULL};

    snprintf(what, sizeof(what), "model of %.*s", PAIL_STR_ARG(in->name));
    int rc = pail_map_new(&shapes, err);
    if (rc == 0 && docs)
        rc = pail_doc_writer_init(&writer, err);
    if (rc == 0)
        rc = pail_words_init(&c.w, what, err);
    if (rc < 0)
        return rc;
    c.shapes = shapes;
    c.model = pail_merged(in->service, pail_json_get(in->service_extras, "merge"));
    add_parts(&c);
    rc = pail_words_finish(&c.w, model, err);
    pail_words_done(&c.w);
    if (rc == 0 && docs)
        rc = pail_doc_writer_finish(&writer, docs, err);
    return rc;
}

static uint32_t partition_flags(struct pail_merged outputs)
{
    return (pail_merged_true(outputs, "supportsFIPS") ? 1U : 0) |
           (pail_merged_true(outputs, "supportsDualStack") ? 2U : 0);
}

static uint32_t keys_of(struct pail_words *w, struct pail_merged object)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf list = PAIL_BUF_INIT(1 << 20);
    struct pail_str name;
    struct pail_merged value;
    uint32_t n = 0;

    for (struct pail_merged_iter it = {0}; pail_merged_each(object, &it, &name, &value); n++) {
        uint32_t at = pail_words_str(w, name);
        pail_buf_append(&list, &at, sizeof(at));
    }
    return pail_compile_list(w, &list, n);
}

int pail_compile_partitions(const struct pail_jnode *json, struct pail_buf *to,
                            struct pail_error *err)
{
    const struct pail_jnode *all = pail_json_get(json, "partitions");
    struct pail_words w;
    int rc = pail_words_init(&w, "partitions", err);
    if (rc < 0)
        return rc;
    if (pail_json_len(all) == 0)
        pail_words_fail(&w, "there are none");
    for (size_t i = 0; i < pail_json_len(all); i++) {
        struct pail_merged p = pail_merged(pail_json_at(all, i), NULL),
                           outputs = pail_merged_get(p, "outputs");
        struct pail_partition_rec rec = {
            .id = pail_compile_key(&w, p, "id"),
            .region_regex = pail_compile_key(&w, p, "regionRegex"),
            .regions = keys_of(&w, pail_merged_get(p, "regions")),
            .dns_suffix = pail_compile_key(&w, outputs, "dnsSuffix"),
            .dual_stack_dns_suffix = pail_compile_key(&w, outputs, "dualStackDnsSuffix"),
            .implicit_global_region = pail_compile_key(&w, outputs, "implicitGlobalRegion"),
            .flags = partition_flags(outputs),
        };
        pail_words_add(&w, PAIL_TABLE_PARTITIONS, &rec, sizeof(rec));
    }
    rc = pail_words_finish(&w, to, err);
    pail_words_done(&w);
    return rc;
}
