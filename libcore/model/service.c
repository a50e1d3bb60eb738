/* SPDX-License-Identifier: Apache-2.0 */
/* A service as a whole, and services that are compiled outside of a struct pail_models. */
#include "base/alloc.h"
#include "model/blob.h"
#include "model/compile.h"

struct pail_service_info pail_service_info(const struct pail_service *service)
{
    const struct pail_blob *b = service->model;
    const struct pail_blob_header *h = b->h;
    return (struct pail_service_info){
        .name = service->name,
        .api_version = pail_blob_str(b, h->api_version),
        .service_id = pail_blob_str(b, h->service_id),
        .full_name = pail_blob_str(b, h->full_name),
        .abbreviation = pail_blob_str(b, h->abbreviation),
        .endpoint_prefix = pail_blob_str(b, h->endpoint_prefix),
        .global_endpoint = pail_blob_str(b, h->global_endpoint),
        .signing_name = pail_blob_str(b, h->signing_name),
        .signature_version = pail_blob_str(b, h->signature_version),
        .protocol_name = pail_blob_str(b, h->protocol_name),
        .protocol = h->protocol <= PAIL_PROTOCOL_EC2 ? (enum pail_protocol)h->protocol
                                                     : PAIL_PROTOCOL_NONE,
        .json_version = pail_blob_str(b, h->json_version),
        .target_prefix = pail_blob_str(b, h->target_prefix),
        .uid = pail_blob_str(b, h->uid),
        .xml_namespace = pail_blob_str(b, h->xml_namespace),
        .checksum_format = pail_blob_str(b, h->checksum_format),
        .protocols = pail_blob_strs(b, h->protocols),
        .auth = pail_blob_strs(b, h->auth),
        .h2 = pail_blob_str(b, h->h2),
        .query_compatible = h->flags & PAIL_BLOB_QUERY_COMPATIBLE,
        .deprecated = h->flags & PAIL_BLOB_DEPRECATED,
        .n_operations = h->tables[PAIL_TABLE_OPERATIONS].n,
        .n_shapes = h->tables[PAIL_TABLE_SHAPES].n,
        .n_client_params = h->tables[PAIL_TABLE_CLIENT_PARAMS].n,
    };
}

bool pail_service_client_param(const struct pail_service *service, unsigned i,
                               struct pail_str *ret_name, struct pail_str *ret_type)
{
    const struct pail_blob *b = service->model;
    const struct pail_pair_rec *rec = pail_blob_record(b, PAIL_TABLE_CLIENT_PARAMS, i,
                                                       sizeof(*rec));
    if (!rec)
        return false;
    *ret_name = pail_blob_str(b, rec->name);
    *ret_type = pail_blob_str(b, rec->value);
    return true;
}

#define MAX_COMPILED ((size_t)512 << 20)

int pail_service_compile(const struct pail_compile_input *in, struct pail_service **ret,
                         struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done)
    struct pail_buf model = PAIL_BUF_INIT(MAX_COMPILED), docs = PAIL_BUF_INIT(MAX_COMPILED);
    int rc = pail_compile(in, &model, &docs, err);
    if (rc < 0)
        return rc;
    struct pail_service *s = pail_zalloc(sizeof(*s));
    if (!s)
        return pail_error_nomem(err);
    s->compiled = pail_buf_take(&model, &s->compiled_size);
    s->docs = pail_buf_take(&docs, &s->docs_size);
    rc = pail_blob_open(s->compiled, s->compiled_size, "compiled model", &s->blobs[0], err);
    if (rc < 0) {
        pail_service_free(s);
        return rc;
    }
    s->name = pail_blob_str(&s->blobs[0], s->blobs[0].h->name);
    pail_service_arrange(s);
    *ret = s;
    return 0;
}

void pail_service_free(struct pail_service *service)
{
    if (!service)
        return;
    pail_free(service->compiled);
    pail_free(service->docs);
    pail_free(service);
}
