/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames: pure functions over bytes. Every length is compared with what is there, and both sums are
 * checked, before anything of a frame is believed.
 */
#include "protocol/eventstream.h"

#include "base/str.h"
#include "crypto/checksum.h"

#define PRELUDE 12
#define OVERHEAD 16
#define MAX_FRAME ((uint32_t)24 << 20) /* 16 MiB of payload and what is around it */
#define MAX_HEADERS ((uint32_t)128 << 10)

static uint32_t be32(const char *p)
{
    const uint8_t *b = (const uint8_t *)p;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static int sum_error(const char *what, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_DATA, PAIL_E_CHECKSUM, "event stream: checksum of %s", what);
}

int pail_event_frame_read(struct pail_str in, struct pail_event_frame *ret, size_t *ret_len,
                          struct pail_error *err)
{
    *ret_len = 0;
    if (in.len < PRELUDE)
        return 0;
    uint32_t len = be32(in.ptr), headers = be32(in.ptr + 4);
    if (pail_crc32(0, in.ptr, 8) != be32(in.ptr + 8))
        return sum_error("a prelude", err);
    if (len < OVERHEAD || len > MAX_FRAME || headers > MAX_HEADERS || headers > len - OVERHEAD)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                              "event stream: a message of %u bytes with %u of headers", len,
                              headers);
    if (in.len < len)
        return 0;
    if (pail_crc32(0, in.ptr, len - 4) != be32(in.ptr + len - 4))
        return sum_error("a message", err);
    ret->headers = pail_str_sub(in, PRELUDE, headers);
    ret->payload = pail_str_sub(in, PRELUDE + headers, len - OVERHEAD - headers);
    *ret_len = len;
    return 0;
}

static bool take(struct pail_str *s, size_t n, struct pail_str *ret)
{
    if (s->len < n)
        return false;
    *ret = pail_str_sub(*s, 0, n);
    *s = pail_str_from(*s, n);
    return true;
}

static bool take_int(struct pail_str *s, size_t bytes, int64_t *ret)
{
    struct pail_str raw;
    uint64_t v = 0;

    if (!take(s, bytes, &raw))
        return false;
    for (size_t i = 0; i < bytes; i++)
        v = v << 8 | (uint8_t)raw.ptr[i];
    if (bytes < 8 && v >> (8 * bytes - 1)) /* negative */
        v |= UINT64_MAX << (8 * bytes);
    *ret = (int64_t)v;
    return true;
}

static bool take_value(struct pail_str *s, struct pail_event_header *h)
{
    int64_t len;

    switch (h->type) {
    case PAIL_EVENT_TRUE:
    case PAIL_EVENT_FALSE:
        return true;
    case PAIL_EVENT_BYTE:
        return take_int(s, 1, &h->integer);
    case PAIL_EVENT_SHORT:
        return take_int(s, 2, &h->integer);
    case PAIL_EVENT_INT:
        return take_int(s, 4, &h->integer);
    case PAIL_EVENT_LONG:
    case PAIL_EVENT_TIMESTAMP:
        return take_int(s, 8, &h->integer);
    case PAIL_EVENT_BYTES:
    case PAIL_EVENT_STRING:
        return take_int(s, 2, &len) && take(s, (size_t)(len & 0xffff), &h->text);
    case PAIL_EVENT_UUID:
        return take(s, 16, &h->text);
    }
    return false;
}

bool pail_event_header_next(struct pail_str *headers, struct pail_event_header *ret, bool *ret_bad)
{
    struct pail_event_header h = {0};
    struct pail_str byte;

    *ret_bad = false;
    if (!headers->len)
        return false;
    *ret_bad = true;
    if (!take(headers, 1, &byte) || !take(headers, (uint8_t)byte.ptr[0], &h.name) ||
        !take(headers, 1, &byte) || (uint8_t)byte.ptr[0] > PAIL_EVENT_UUID)
        return false;
    h.type = (enum pail_event_type)byte.ptr[0];
    if (!take_value(headers, &h))
        return false;
    *ret_bad = false;
    *ret = h;
    return true;
}

static void put_be(struct pail_buf *to, uint32_t v, unsigned bytes)
{
    while (bytes--)
        pail_buf_char(to, (char)(v >> (8 * bytes)));
}

void pail_event_header_put(struct pail_buf *headers, struct pail_str name, struct pail_str value)
{
    pail_buf_char(headers, (char)name.len);
    pail_buf_str(headers, name);
    pail_buf_char(headers, PAIL_EVENT_STRING);
    put_be(headers, (uint32_t)value.len, 2);
    pail_buf_str(headers, value);
}

void pail_event_frame_put(struct pail_buf *to, struct pail_str headers, struct pail_str payload)
{
    size_t at = to->len, len = OVERHEAD + headers.len + payload.len;

    put_be(to, (uint32_t)len, 4);
    put_be(to, (uint32_t)headers.len, 4);
    if (to->failed)
        return;
    put_be(to, pail_crc32(0, to->ptr + at, 8), 4);
    pail_buf_str(to, headers);
    pail_buf_str(to, payload);
    if (!to->failed)
        put_be(to, pail_crc32(0, to->ptr + at, to->len - at), 4);
}
