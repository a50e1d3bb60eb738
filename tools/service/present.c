/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instants and blobs of an answer as the texts that the query and the output see. Instants that
 * came as numbers are shown in the local zone, those that came as texts in the zone they had (which
 * is UTC), as the AWS CLI has it.
 */
#include "tools/service/output.h"

#include <time.h>

#include "base/base64.h"
#include "base/str.h"
#include "base/value_json.h"

static bool comes_as_number(const struct pail_shape *shape)
{
    if (!shape || shape->timestamp_format != PAIL_TIMESTAMP_DEFAULT)
        return shape && shape->timestamp_format == PAIL_TIMESTAMP_UNIX;
    enum pail_protocol p = pail_service_info(shape->service).protocol;
    if (shape->location == PAIL_LOCATION_HEADER)
        return false;
    return p == PAIL_PROTOCOL_JSON || p == PAIL_PROTOCOL_REST_JSON || p == PAIL_PROTOCOL_CBOR;
}

static struct pail_value *instant(struct pail_values *vs, struct pail_time t, bool local)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64);
    long offset = 0;
    if (local) {
        time_t s = (time_t)t.seconds;
        struct tm tm;
        if (localtime_r(&s, &tm))
            offset = tm.tm_gmtoff;
    }
    t.seconds += offset;
    pail_time_isoformat(&text, t);
    struct pail_str s = pail_buf_view(&text);
    if (!offset || !pail_str_ends(s, PAIL_STR("+00:00")))
        return pail_value_str(vs, s);
    pail_buf_truncate(&text, text.len - 6);
    long minutes = (offset < 0 ? -offset : offset) / 60;
    pail_buf_fmt(&text, "%c%02ld:%02ld", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
    return pail_value_str(vs, pail_buf_view(&text));
}

static struct pail_value *wire_form(struct pail_values *vs, struct pail_time t, bool number)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64);
    if (!number) {
        pail_time_isoformat(&text, t);
        if (pail_str_ends(pail_buf_view(&text), PAIL_STR("+00:00"))) {
            pail_buf_truncate(&text, text.len - 6);
            pail_buf_char(&text, 'Z');
        }
        return pail_value_str(vs, pail_buf_view(&text));
    }
    if (!t.nanos)
        return pail_value_int(vs, t.seconds);
    return pail_value_real(vs, (double)t.seconds + t.nanos / 1e9);
}

static bool child_shape(const struct pail_shape *shape, struct pail_str key, struct pail_shape *ret)
{
    if (!shape)
        return false;
    switch (shape->type) {
    case PAIL_SHAPE_STRUCTURE:
        return pail_shape_member(shape, key, ret);
    case PAIL_SHAPE_LIST:
        return pail_shape_at(shape, 0, ret);
    case PAIL_SHAPE_MAP:
        return pail_shape_at(shape, 1, ret);
    default:
        return false;
    }
}

struct pail_value *pail_present(struct pail_values *vs, const struct pail_value *v,
                                const struct pail_shape *shape, bool wire)
{
    struct pail_value *to;
    struct pail_time t;
    enum pail_value_type type = pail_value_type(v);
    if (type == PAIL_VAL_TIME && pail_value_as_time(v, &t)) {
        bool number = comes_as_number(shape);
        return wire ? wire_form(vs, t, number) : instant(vs, t, number);
    }
    if (type == PAIL_VAL_BLOB) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
        struct pail_bytes b = pail_value_as_blob(v);
        pail_base64_encode(&text, b.ptr, b.len);
        return pail_value_str(vs, pail_buf_view(&text));
    }
    if (type != PAIL_VAL_LIST && type != PAIL_VAL_MAP)
        return pail_value_copy(vs, v);
    to = type == PAIL_VAL_LIST ? pail_value_list(vs) : pail_value_map(vs);
    for (size_t i = 0; i < pail_value_len(v); i++) {
        struct pail_shape below;
        struct pail_str key = pail_value_key_at(v, i);
        bool known = child_shape(shape, key, &below);
        struct pail_value *child = pail_present(vs, pail_value_at(v, i), known ? &below : NULL,
                                                wire);
        if (type == PAIL_VAL_LIST)
            pail_value_append(vs, to, child);
        else
            pail_value_set(vs, to, key, child);
    }
    return to;
}
