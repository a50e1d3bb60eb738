/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions in results: see quirks.c. What cannot be decoded stays as it came. */
#include "protocol/quirks_result.h"

#include "base/base64.h"
#include "base/hex.h"
#include "base/str.h"
#include "base/uri.h"
#include "base/value_json.h"
#include "crypto/digest.h"
#include "protocol/xmltree.h"

#define MAX_TEXT ((size_t)64 << 20)

/* ---- S3 ---- */

int pail_quirk_expires(struct pail_quirk *q)
{
    struct pail_str text = pail_headers_get(q->answer->headers, "Expires");
    struct pail_shape output, m;

    if (text.ptr && pail_operation_output(q->op, &output) &&
        pail_shape_member(&output, PAIL_STR("Expires"), &m))
        pail_value_set(q->vs, q->result, PAIL_STR("ExpiresString"), pail_value_str(q->vs, text));
    return 0;
}

static int decode(struct pail_quirk *q, struct pail_value *map, const char *key)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(MAX_TEXT);
    struct pail_str s = pail_value_as_str(pail_value_get(map, pail_str(key)));

    if (pail_str_find(s, '%') == SIZE_MAX && pail_str_find(s, '+') == SIZE_MAX)
        return 0;
    pail_uri_decode(&text, s, true); /* S3 writes a blank as a plus sign */
    pail_value_set(q->vs, map, pail_str(key), pail_value_str(q->vs, pail_buf_view(&text)));
    return pail_buf_check(&text, key, q->err);
}

static int decode_each(struct pail_quirk *q, const char *list, const char *key)
{
    struct pail_value *l = pail_value_get(q->result, pail_str(list));
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < pail_value_len(l); i++)
        rc = decode(q, pail_value_at(l, i), key);
    return rc;
}

/* keys: of the top, ended by NULL. */
static int decode_all(struct pail_quirk *q, const char *const *keys, const char *first,
                      const char *second)
{
    struct pail_str type = pail_value_as_str(pail_value_get(q->result, PAIL_STR("EncodingType")));
    int rc = 0;

    if (!(q->flags & PAIL_QUIRK_URL_ENCODED) || !pail_str_eqz(type, "url"))
        return 0;
    for (; rc == 0 && *keys; keys++)
        rc = decode(q, q->result, *keys);
    if (rc == 0)
        rc = decode_each(q, first, "Key");
    if (rc == 0 && second)
        rc = decode_each(q, second, "Key");
    return rc < 0 ? rc : decode_each(q, "CommonPrefixes", "Prefix");
}

int pail_quirk_decode_list(struct pail_quirk *q)
{
    static const char *const keys[] = {"Delimiter", "Marker", "NextMarker", "Prefix", NULL};
    return decode_all(q, keys, "Contents", NULL);
}

int pail_quirk_decode_list_v2(struct pail_quirk *q)
{
    static const char *const keys[] = {"Delimiter", "Prefix", "StartAfter", NULL};
    return decode_all(q, keys, "Contents", NULL);
}

int pail_quirk_decode_versions(struct pail_quirk *q)
{
    static const char *const keys[] = {"KeyMarker", "NextKeyMarker", "Prefix", "Delimiter", NULL};
    return decode_all(q, keys, "Versions", "DeleteMarkers");
}

int pail_quirk_bucket_location(struct pail_quirk *q)
{
    PAIL_CLEANUP(pail_xtree_free_p) struct pail_xtree *t = NULL;

    int rc = pail_xtree_parse(q->answer->body, "answer", &t, q->err);
    if (rc < 0)
        return rc;
    struct pail_str region = pail_xtree_text(t, 0);
    struct pail_value *metadata = pail_value_get(q->result, PAIL_STR("ResponseMetadata"));
    pail_value_remove(q->result, PAIL_STR("ResponseMetadata"));
    pail_value_set(q->vs, q->result, PAIL_STR("LocationConstraint"),
                   region.len ? pail_value_str(q->vs, region) : pail_value_null(q->vs));
    pail_value_set(q->vs, q->result, PAIL_STR("ResponseMetadata"), metadata);
    return 0;
}

/* ---- EC2 ---- */

int pail_quirk_console_output(struct pail_quirk *q)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf raw = PAIL_BUF_INIT(MAX_TEXT);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(MAX_TEXT);
    struct pail_str s = pail_value_as_str(pail_value_get(q->result, PAIL_STR("Output")));

    if (!s.ptr || pail_base64_decode(&raw, s, NULL) < 0)
        return 0;
    for (struct pail_str rest = pail_buf_view(&raw); rest.len;) { /* what is no text: U+FFFD */
        struct pail_str one = pail_str_sub(rest, 0, 1);
        for (size_t n = 1; n <= 4 && n <= rest.len; n++)
            if (pail_str_is_utf8(pail_str_sub(rest, 0, n))) {
                one.len = n;
                break;
            }
        pail_buf_str(&text, pail_str_is_utf8(one) ? one : PAIL_STR("\xef\xbf\xbd"));
        rest = pail_str_from(rest, one.len);
    }
    pail_value_set(q->vs, q->result, PAIL_STR("Output"),
                   pail_value_str(q->vs, pail_buf_view(&text)));
    return pail_buf_check(&text, "Output", q->err);
}

/* ---- Documents ---- */

static struct pail_value *document(struct pail_quirk *q, struct pail_str text, bool encoded)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf plain = PAIL_BUF_INIT(MAX_TEXT);
    struct pail_value *v = NULL;

    if (encoded) {
        pail_uri_decode(&plain, text, false);
        text = pail_buf_view(&plain);
    }
    if (plain.failed || pail_value_from_json(q->vs, text, "document", &v, NULL) < 0)
        return NULL;
    return v;
}

static void decode_policies(struct pail_quirk *q, const struct pail_shape *shape,
                            struct pail_value *v)
{
    struct pail_shape m;

    if (shape->type == PAIL_SHAPE_LIST && pail_shape_at(shape, 0, &m))
        for (size_t i = 0; i < pail_value_len(v); i++)
            decode_policies(q, &m, pail_value_at(v, i));
    if (shape->type != PAIL_SHAPE_STRUCTURE || pail_value_type(v) != PAIL_VAL_MAP)
        return;
    for (unsigned i = 0; pail_shape_at(shape, i, &m); i++) {
        struct pail_value *child = pail_value_get(v, m.member);
        struct pail_str text = pail_value_as_str(child);
        if (child && m.type == PAIL_SHAPE_STRING && pail_str_eqz(m.name, "policyDocumentType"))
            pail_value_set(q->vs, v, m.member, document(q, text, true));
        else if (child)
            decode_policies(q, &m, child);
    }
}

int pail_quirk_policies(struct pail_quirk *q)
{
    struct pail_shape output;

    if (pail_operation_output(q->op, &output))
        decode_policies(q, &output, q->result);
    return 0;
}

int pail_quirk_template(struct pail_quirk *q)
{
    struct pail_str text = pail_value_as_str(pail_value_get(q->result, PAIL_STR("TemplateBody")));

    if (text.ptr)
        pail_value_set(q->vs, q->result, PAIL_STR("TemplateBody"), document(q, text, false));
    return 0;
}

/* ---- SQS ---- */

static int compare_md5(struct pail_quirk *q, struct pail_str body, struct pail_str promised)
{
    char hex[2 * PAIL_MD5_LEN + 1];
    uint8_t md5[PAIL_MD5_LEN];

    if (!body.ptr || !promised.len)
        return 0;
    int rc = pail_digest(PAIL_MD5, (struct pail_bytes){body.ptr, body.len}, md5, q->err);
    if (rc < 0)
        return rc;
    pail_hex_encode(md5, sizeof(md5), hex);
    if (pail_str_ieq(pail_str(hex), promised))
        return 0;
    return pail_error_set(q->err, PAIL_D_DATA, PAIL_E_CHECKSUM,
                          "%.*s: the message's MD5 is %s, not %.*s as promised",
                          PAIL_STR_ARG(q->op->name), hex, PAIL_STR_ARG(promised));
}

int pail_quirk_sent_md5(struct pail_quirk *q)
{
    return compare_md5(q, pail_value_as_str(pail_value_get(q->params, PAIL_STR("MessageBody"))),
                       pail_value_as_str(pail_value_get(q->result, PAIL_STR("MD5OfMessageBody"))));
}

int pail_quirk_received_md5(struct pail_quirk *q)
{
    struct pail_value *messages = pail_value_get(q->result, PAIL_STR("Messages"));
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < pail_value_len(messages); i++) {
        struct pail_value *m = pail_value_at(messages, i);
        rc = compare_md5(q, pail_value_as_str(pail_value_get(m, PAIL_STR("Body"))),
                         pail_value_as_str(pail_value_get(m, PAIL_STR("MD5OfBody"))));
    }
    return rc;
}
