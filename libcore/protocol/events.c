/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that are streams of events: bytes to frames, frames to values by the model.
 *
 * Bytes that are not a whole frame yet wait in a buffer. An event lives in an arena of its own
 * until the sink has seen it; without a sink all are copied into one list.
 */
#include "base/alloc.h"
#include "base/str.h"
#include "protocol/eventstream.h"

#define MAX_PENDING ((size_t)32 << 20)
#define MAX_COLLECTED 100000

struct pail_events {
    struct pail_operation op;
    struct pail_shape output, stream; /* the operation's, and its member that is the stream */
    const struct pail_service_sink *sink;
    struct pail_buf pending;
    struct pail_values *vs;     /* what was collected, in this attempt */
    struct pail_value *initial; /* members of the initial response */
    struct pail_value *list;
};

int pail_events_new(const struct pail_operation *op, const struct pail_service_sink *sink,
                    struct pail_events **ret, struct pail_error *err)
{
    struct pail_events *e = pail_zalloc(sizeof(*e));
    if (!e)
        return pail_error_nomem(err);
    e->op = *op;
    e->sink = sink;
    pail_buf_init(&e->pending, MAX_PENDING);
    if (!pail_operation_output(op, &e->output) || !pail_event_member(&e->output, &e->stream)) {
        pail_events_free(e);
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "%.*s gives no events",
                              PAIL_STR_ARG(op->name));
    }
    int rc = pail_events_begin(e, err);
    if (rc < 0) {
        pail_events_free(e);
        return rc;
    }
    *ret = e;
    return 0;
}

void pail_events_free(struct pail_events *e)
{
    if (!e)
        return;
    pail_buf_done(&e->pending);
    (void)pail_values_free(e->vs);
    pail_free(e);
}

int pail_events_begin(struct pail_events *e, struct pail_error *err)
{
    pail_buf_reset(&e->pending);
    e->vs = pail_values_free(e->vs);
    int rc = pail_values_new(&e->vs, err);
    if (rc < 0)
        return rc;
    e->initial = NULL;
    e->list = pail_value_list(e->vs);
    return pail_values_check(e->vs, err);
}

/* ---- One event ---- */

static bool find_header(const struct pail_event_frame *f, const char *name,
                        struct pail_event_header *ret)
{
    struct pail_str rest = f->headers;
    bool bad;

    while (pail_event_header_next(&rest, ret, &bad))
        if (pail_str_eqz(ret->name, name))
            return true;
    return false;
}

static struct pail_str text_header(const struct pail_event_frame *f, const char *name)
{
    struct pail_event_header h;
    return find_header(f, name, &h) ? h.text : pail_str(NULL);
}

static struct pail_value *header_value(struct pail_parser *p, const struct pail_event_header *h)
{
    int64_t s;

    switch (h->type) {
    case PAIL_EVENT_TRUE:
    case PAIL_EVENT_FALSE:
        return pail_value_bool(p->vs, h->type == PAIL_EVENT_TRUE);
    case PAIL_EVENT_STRING:
        return pail_value_str(p->vs, h->text);
    case PAIL_EVENT_BYTES:
    case PAIL_EVENT_UUID:
        return pail_value_blob(p->vs, (struct pail_bytes){h->text.ptr, h->text.len});
    case PAIL_EVENT_TIMESTAMP:
        s = h->integer / 1000 - (h->integer % 1000 < 0);
        return pail_value_time(p->vs,
                               (struct pail_time){s, (uint32_t)(h->integer - s * 1000) * 1000000});
    default:
        return pail_value_int(p->vs, h->integer);
    }
}

static struct pail_value *payload_value(struct pail_parser *p, const struct pail_shape *m,
                                        struct pail_str payload)
{
    if (m->type == PAIL_SHAPE_BLOB)
        return pail_value_blob(p->vs, (struct pail_bytes){payload.ptr, payload.len});
    if (m->type == PAIL_SHAPE_STRING)
        return pail_value_str(p->vs, payload);
    return pail_parse_body(p, m, payload);
}

/* The event's members: those in headers, and the payload, which is one member or all others. */
static struct pail_value *event_value(struct pail_parser *p, const struct pail_shape *shape,
                                      const struct pail_event_frame *f)
{
    struct pail_value *to = pail_value_map(p->vs);
    struct pail_event_header h;
    struct pail_shape m;
    char name[256];

    for (unsigned i = 0; pail_shape_at(shape, i, &m); i++) {
        if (!(m.traits & PAIL_TRAIT_EVENTHEADER) || m.member.len >= sizeof(name))
            continue;
        memcpy(name, m.member.ptr, m.member.len);
        name[m.member.len] = '\0';
        if (find_header(f, name, &h))
            pail_value_set(p->vs, to, m.member, header_value(p, &h));
    }
    for (unsigned i = 0; pail_shape_at(shape, i, &m); i++)
        if (m.traits & PAIL_TRAIT_EVENTPAYLOAD) {
            pail_value_set(p->vs, to, m.member, payload_value(p, &m, f->payload));
            return to;
        }
    struct pail_value *body = f->payload.len ? pail_parse_body(p, shape, f->payload) : NULL;
    for (size_t i = 0; i < pail_value_len(body); i++)
        pail_value_set(p->vs, to, pail_value_key_at(body, i), pail_value_at(body, i));
    return to;
}

static int stream_error(struct pail_parser *p, struct pail_str code, struct pail_str message)
{
    int rc = pail_error_set(p->err, PAIL_D_SERVICE, PAIL_E_SERVICE,
                            "An error occurred (%.*s) when calling the %.*s operation: %.*s",
                            PAIL_STR_ARG(code), PAIL_STR_ARG(p->op->name), PAIL_STR_ARG(message));
    if (p->err) {
        size_t n = pail_min_u64(code.len, sizeof(p->err->service_code) - 1);
        memcpy(p->err->service_code, code.len ? code.ptr : "", n);
        p->err->service_code[n] = '\0';
    }
    return rc;
}

static int exception(struct pail_events *e, struct pail_parser *p, const struct pail_event_frame *f)
{
    struct pail_str code = text_header(f, ":exception-type");
    struct pail_value *body = NULL;
    struct pail_shape m;

    if (!code.ptr)
        return stream_error(p, text_header(f, ":error-code"), text_header(f, ":error-message"));
    if (pail_shape_member(&e->stream, code, &m))
        body = pail_parse_body(p, &m, f->payload);
    const struct pail_value *text = pail_value_get(body, PAIL_STR("Message"));
    if (!text)
        text = pail_value_get(body, PAIL_STR("message"));
    p->rc = 0;
    return stream_error(p, code, pail_value_as_str(text));
}

static int deliver(struct pail_events *e, struct pail_value *event, struct pail_error *err)
{
    if (e->sink->event)
        return e->sink->event(e->sink->ud, event, err);
    if (pail_value_len(e->list) == MAX_COLLECTED)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_TOO_BIG,
                              "more than %d events: take them with a sink", MAX_COLLECTED);
    pail_value_append(e->vs, e->list, pail_value_copy(e->vs, event));
    return pail_values_check(e->vs, err);
}

static int frame_in(struct pail_events *e, struct pail_parser *p, const struct pail_event_frame *f)
{
    struct pail_str kind = text_header(f, ":message-type"), type = text_header(f, ":event-type");
    struct pail_value *event = pail_value_map(p->vs);
    struct pail_shape m;

    if (pail_str_eqz(kind, "exception") || pail_str_eqz(kind, "error"))
        return exception(e, p, f);
    if (pail_str_eqz(type, "initial-response")) {
        struct pail_value *v = pail_parse_body(p, &e->output, f->payload);
        e->initial = pail_value_copy(e->vs, v);
        return p->rc;
    }
    if (!pail_shape_member(&e->stream, type, &m))
        return 0; /* newer than the model */
    pail_value_set(p->vs, event, type, event_value(p, &m, f));
    if (p->rc == 0)
        p->rc = pail_values_check(p->vs, p->err);
    return p->rc < 0 ? p->rc : deliver(e, event, p->err);
}

static int one_frame(struct pail_events *e, const struct pail_event_frame *f,
                     struct pail_error *err)
{
    static const struct pail_wire_answer nothing;
    struct pail_parser p = {
        .op = &e->op,
        .info = pail_service_info(e->op.service),
        .answer = &nothing,
        .err = err,
    };

    int rc = pail_values_new(&p.vs, err);
    if (rc == 0)
        rc = frame_in(e, &p, f);
    (void)pail_values_free(p.vs);
    return rc;
}

/* ---- The stream ---- */

int pail_events_write(struct pail_events *e, const void *p, size_t n, struct pail_error *err)
{
    struct pail_event_frame f;
    size_t at = 0, len;

    pail_buf_append(&e->pending, p, n);
    int rc = pail_buf_check(&e->pending, "event stream", err);
    while (rc == 0) {
        rc = pail_event_frame_read(pail_str_from(pail_buf_view(&e->pending), at), &f, &len, err);
        if (rc < 0 || len == 0)
            break;
        rc = one_frame(e, &f, err);
        at += len;
    }
    if (at) {
        memmove(e->pending.ptr, e->pending.ptr + at, e->pending.len - at);
        pail_buf_truncate(&e->pending, e->pending.len - at);
    }
    return rc;
}

int pail_events_finish(struct pail_events *e, struct pail_values *vs, struct pail_value *result,
                       struct pail_error *err)
{
    if (e->pending.len)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_CLOSED,
                              "event stream: ends inside of a message");
    for (size_t i = 0; i < pail_value_len(e->initial); i++)
        pail_value_set(vs, result, pail_value_key_at(e->initial, i),
                       pail_value_copy(vs, pail_value_at(e->initial, i)));
    if (!e->sink->event)
        pail_value_set(vs, result, e->stream.member, pail_value_copy(vs, e->list));
    return pail_values_check(vs, err);
}
