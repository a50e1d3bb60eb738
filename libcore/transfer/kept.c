/* SPDX-License-Identifier: Apache-2.0 */
/* transfer/kept.c - a list of texts. All are wiped: some are keys. */
#include "transfer/kept.h"

#include "base/alloc.h"
#include "base/secret.h"
#include "s3/attributes.h"

struct pail_kept_text {
    struct pail_kept_text *next;
    size_t len;
    char text[];
};

void pail_kept_done(struct pail_kept *k)
{
    while (k->first) {
        struct pail_kept_text *text = k->first;
        k->first = text->next;
        pail_wipe(text->text, text->len);
        pail_free(text);
    }
    pail_free(PAIL_STEAL(k->attributes));
}

struct pail_str pail_kept_str(struct pail_kept *k, struct pail_str s)
{
    if (s.len == 0)
        return s.ptr ? PAIL_STR("") : pail_strn(NULL, 0);
    struct pail_kept_text *text = pail_alloc(sizeof(*text) + s.len + 1);
    if (!text) {
        k->rc = PAIL_E_NOMEM;
        return pail_strn(NULL, 0);
    }
    text->next = k->first;
    text->len = s.len;
    memcpy(text->text, s.ptr, s.len);
    text->text[s.len] = '\0';
    k->first = text;
    return pail_strn(text->text, s.len);
}

const char *pail_kept_z(struct pail_kept *k, const char *z)
{
    return pail_kept_str(k, pail_str(z)).ptr;
}

static struct pail_bytes keep_key(struct pail_kept *k, struct pail_bytes key)
{
    struct pail_str s = pail_kept_str(k, pail_strn(key.ptr, key.len));
    return (struct pail_bytes){s.ptr, s.len};
}

void pail_kept_access(struct pail_kept *k, struct pail_s3_access *to,
                      const struct pail_s3_access *from)
{
    *to = *from;
    to->sse_c_key = keep_key(k, from->sse_c_key);
    to->source_sse_c_key = keep_key(k, from->source_sse_c_key);
    to->expected_owner = pail_kept_str(k, from->expected_owner);
    to->source_expected_owner = pail_kept_str(k, from->source_expected_owner);
}

void pail_kept_attributes(struct pail_kept *k, struct pail_s3_attributes *to,
                          const struct pail_s3_attributes *from)
{
    if (pail_s3_attributes_copy(to, from, &k->attributes, NULL) < 0) {
        *to = (struct pail_s3_attributes){0};
        k->rc = PAIL_E_NOMEM;
    }
}

int pail_kept_check(const struct pail_kept *k, struct pail_error *err)
{
    return k->rc < 0 ? pail_error_nomem(err) : 0;
}
