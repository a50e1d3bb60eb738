/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes in a token (DynamoDB's LastEvaluatedKey may have them) stand in base64, and
 * "boto_encoded_keys" lists the paths to them.
 */
#include "base/base64.h"
#include "base/str.h"
#include "base/value_json.h"
#include "protocol/paginate.h"

#define MAX_TOKEN ((size_t)4 << 20)
#define MAX_PATH 32

struct encoder {
    struct pail_values *vs;
    struct pail_value *paths;
    const struct pail_value *path[MAX_PATH]; /* steps from the top: keys and indexes */
    unsigned depth;
    bool failed;
};

static struct pail_value *encode(struct encoder *e, const struct pail_value *v);

static struct pail_value *encode_blob(struct encoder *e, struct pail_bytes b)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(MAX_TOKEN);
    struct pail_value *path = pail_value_list(e->vs);

    for (unsigned i = 0; i < e->depth; i++)
        pail_value_append(e->vs, path, pail_value_copy(e->vs, e->path[i]));
    pail_value_append(e->vs, e->paths, path);
    pail_base64_encode(&text, b.ptr, b.len);
    e->failed |= text.failed != PAIL_BUF_OK;
    return pail_value_str(e->vs, pail_buf_view(&text));
}

static struct pail_value *encode_many(struct encoder *e, const struct pail_value *v)
{
    bool map = pail_value_type(v) == PAIL_VAL_MAP;
    struct pail_value *to = map ? pail_value_map(e->vs) : pail_value_list(e->vs);

    if (e->depth == MAX_PATH) {
        e->failed = true;
        return to;
    }
    for (size_t i = 0; i < pail_value_len(v); i++) {
        struct pail_str key = pail_value_key_at(v, i);
        e->path[e->depth++] = map ? pail_value_str(e->vs, key) : pail_value_int(e->vs, (int64_t)i);
        struct pail_value *x = encode(e, pail_value_at(v, i));
        e->depth--;
        if (map)
            pail_value_set(e->vs, to, key, x);
        else
            pail_value_append(e->vs, to, x);
    }
    return to;
}

static struct pail_value *encode(struct encoder *e, const struct pail_value *v)
{
    if (pail_value_type(v) == PAIL_VAL_BLOB)
        return encode_blob(e, pail_value_as_blob(v));
    if (pail_value_type(v) == PAIL_VAL_LIST || pail_value_type(v) == PAIL_VAL_MAP)
        return encode_many(e, v);
    return pail_value_copy(e->vs, v);
}

int pail_token_encode(const struct pail_value *token, struct pail_buf *to, struct pail_error *err)
{
    static const struct pail_json_style style = {.ascii = true};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf json = PAIL_BUF_INIT(MAX_TOKEN);
    struct encoder e = {0};

    int rc = pail_values_new(&e.vs, err);
    if (rc < 0)
        return rc;
    e.paths = pail_value_list(e.vs);
    struct pail_value *v = encode(&e, token);
    if (pail_value_len(e.paths))
        pail_value_set(e.vs, v, PAIL_STR("boto_encoded_keys"), e.paths);
    rc = pail_values_check(e.vs, err);
    if (rc == 0 && e.failed)
        rc = pail_error_set(err, PAIL_D_DATA, PAIL_E_TOO_BIG, "pagination token");
    if (rc == 0) {
        pail_value_to_json(&json, v, &style);
        rc = pail_buf_check(&json, "pagination token", err);
    }
    (void)pail_values_free(e.vs);
    if (rc == 0)
        pail_base64_encode(to, json.ptr, json.len);
    return rc < 0 ? rc : pail_buf_check(to, "pagination token", err);
}

/* ---- Decoding ---- */

static struct pail_value *step(const struct pail_value *v, const struct pail_value *name)
{
    int64_t i;

    if (pail_value_as_int(name, &i))
        return i < 0 ? NULL : pail_value_at(v, (size_t)i);
    return pail_value_get(v, pail_value_as_str(name));
}

/* Lists cannot be changed in place: the last step is one of a map, as tokens have it, or nothing
 * happens. */
static void decode_path(struct pail_values *vs, struct pail_value *token,
                        const struct pail_value *path)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf bytes = PAIL_BUF_INIT(MAX_TOKEN);
    struct pail_value *v = token;
    size_t n = pail_value_len(path);

    for (size_t i = 0; i + 1 < n; i++)
        v = step(v, pail_value_at(path, i));
    struct pail_str key = pail_value_as_str(pail_value_at(path, n - 1));
    struct pail_str text = pail_value_as_str(pail_value_get(v, key));
    if (n && text.ptr && pail_base64_decode(&bytes, text, NULL) == 0)
        pail_value_set(vs, v, key, pail_value_blob(vs, (struct pail_bytes){bytes.ptr, bytes.len}));
}

static int bad(struct pail_str text, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "Bad starting token: %.*s",
                          PAIL_STR_ARG(pail_str_sub(text, 0, 200)));
}

/* "a___b___2"; whatever is not of that form is the service's own token. */
static int decode_old(struct pail_str text, struct pail_strs inputs, struct pail_values *vs,
                      struct pail_value **ret, int64_t *ret_skip, struct pail_error *err)
{
    struct pail_value *to = pail_value_map(vs);
    struct pail_str parts[16], rest = text;
    size_t n = 0, at;
    int64_t skip = 0;

    for (; n < 15 && (at = pail_str_find_str(rest, PAIL_STR("___"))) != SIZE_MAX; n++) {
        parts[n] = pail_str_sub(rest, 0, at);
        rest = pail_str_from(rest, at + 3);
    }
    parts[n++] = rest;
    if (n == (size_t)inputs.n + 1) {
        if (pail_str_to_i64(parts[n - 1], &skip) && skip >= 0) {
            n--;
        } else {
            parts[0] = text;
            n = 1;
        }
    }
    if (n > inputs.n)
        return bad(text, err);
    for (unsigned i = 0; i < inputs.n; i++)
        pail_value_set(vs, to, pail_strs_at(inputs, i),
                       i < n && !pail_str_eqz(parts[i], "None") ? pail_value_str(vs, parts[i])
                                                                : pail_value_null(vs));
    *ret = to;
    *ret_skip = skip;
    return pail_values_check(vs, err);
}

int pail_token_decode(struct pail_str text, struct pail_strs inputs, struct pail_values *vs,
                      struct pail_value **ret, int64_t *ret_skip, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf json = PAIL_BUF_INIT(MAX_TOKEN);
    struct pail_value *v = NULL;
    int64_t skip = 0;

    if (pail_base64_decode(&json, text, NULL) < 0 ||
        pail_value_from_json(vs, pail_buf_view(&json), "token", &v, NULL) < 0 ||
        pail_value_type(v) != PAIL_VAL_MAP)
        return decode_old(text, inputs, vs, ret, ret_skip, err);
    struct pail_value *paths = pail_value_get(v, PAIL_STR("boto_encoded_keys"));
    for (size_t i = 0; i < pail_value_len(paths); i++)
        decode_path(vs, v, pail_value_at(paths, i));
    pail_value_remove(v, PAIL_STR("boto_encoded_keys"));
    (void)pail_value_as_int(pail_value_get(v, PAIL_STR("boto_truncate_amount")), &skip);
    pail_value_remove(v, PAIL_STR("boto_truncate_amount"));
    if (skip < 0)
        return bad(text, err);
    *ret = v;
    *ret_skip = skip;
    return pail_values_check(vs, err);
}
