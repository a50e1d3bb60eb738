/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protocol/eventstream.h - streams of events: frames with checksums, in bytes that come in pieces
 * of any size.
 *
 *     4 length | 4 length of headers | 4 CRC of these | headers | payload | 4 CRC of all
 */
#ifndef PAIL_PROTOCOL_EVENTSTREAM_H
#define PAIL_PROTOCOL_EVENTSTREAM_H

#include <pail/service.h>

#include "base/buf.h"
#include "model/model.h"
#include "protocol/parse.h"

/* ---- Frames ---- */

enum pail_event_type { /* of a header's value */
                       PAIL_EVENT_TRUE,
                       PAIL_EVENT_FALSE,
                       PAIL_EVENT_BYTE,
                       PAIL_EVENT_SHORT,
                       PAIL_EVENT_INT,
                       PAIL_EVENT_LONG,
                       PAIL_EVENT_BYTES,
                       PAIL_EVENT_STRING,
                       PAIL_EVENT_TIMESTAMP, /* milliseconds */
                       PAIL_EVENT_UUID
};
struct pail_event_header {
    struct pail_str name;
    enum pail_event_type type;
    int64_t integer;
    struct pail_str text; /* bytes, strings, UUIDs */
};
struct pail_event_frame {
    struct pail_str headers; /* still encoded */
    struct pail_str payload;
};
/* The frame that `in` begins with, its length in *ret_len; 0 there: not all of it has come.
 * PAIL_E_GARBAGE, PAIL_E_CHECKSUM. */
PAIL_CHECK int pail_event_frame_read(struct pail_str in, struct pail_event_frame *ret,
                                     size_t *ret_len, struct pail_error *err);
/* Takes the next header off the front; false at the end, or with *ret_bad at nonsense. */
bool pail_event_header_next(struct pail_str *headers, struct pail_event_header *ret, bool *ret_bad);
/* A header of type string. */
void pail_event_header_put(struct pail_buf *headers, struct pail_str name, struct pail_str value);
void pail_event_frame_put(struct pail_buf *to, struct pail_str headers, struct pail_str payload);

/* ---- Answers ---- */

struct pail_events;
/* sink->event may be NULL: events are collected then. sink is borrowed. */
PAIL_CHECK int pail_events_new(const struct pail_operation *op,
                               const struct pail_service_sink *sink, struct pail_events **ret,
                               struct pail_error *err);
void pail_events_free(struct pail_events *e);                                    /* NULL is fine */
PAIL_CHECK int pail_events_begin(struct pail_events *e, struct pail_error *err); /* forgets all */
/* Gives what came to the sink. An error among the events: PAIL_D_SERVICE. */
PAIL_CHECK int pail_events_write(struct pail_events *e, const void *p, size_t n,
                                 struct pail_error *err);
/* At the end: members of an initial response and the list of events, where they were collected,
 * into `result`, of vs. */
PAIL_CHECK int pail_events_finish(struct pail_events *e, struct pail_values *vs,
                                  struct pail_value *result, struct pail_error *err);

#endif
