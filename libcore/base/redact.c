/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/redact.c - finding secrets in text by their names.
 *
 * A word of letters, digits, '-' and '_' is a name when a separator follows: = : > or an encoded =.
 * Secrets are told by how names end, because services put words in front ("SessionToken",
 * "x-amz-s3session-token"); the few harmless names with such an end are listed, above all the
 * tokens of pages. Where the value ends depends on the form it stands in: a quoted one at its quote
 * (past backslashes), that of a header at the end of the line, any other at what ends values in
 * queries, lists and elements. In doubt too much is hidden: half a secret is none.
 *
 * A parser for each form was rejected: lines are cut, and a cut document does not parse.
 */
#include "base/redact.h"

#include <strings.h>

#include "base/str.h"

static const struct pail_str secret_ends[] = {
    {"authorization", 13}, {"signature", 9},        {"token", 5},
    {"tokencode", 9},      {"secretaccesskey", 15}, {"secret_access_key", 17},
    {"secretkey", 9},      {"secret_key", 10},      {"clientsecret", 12},
    {"client_secret", 13}, {"secretstring", 12},    {"secretbinary", 12},
    {"password", 8},       {"passphrase", 10},      {"x-amz-credential", 16},
    {"customer-key", 12},  {"customerkey", 11},     {"plaintext", 9},
    {"privatekey", 10},    {"private_key", 11},     {"privatekeyplaintext", 19},
    {"keymaterial", 11},   {"samlassertion", 13},   {"assertion", 9},
    {"codeverifier", 12},  {"code_verifier", 13},   {"devicecode", 10},
    {"device_code", 11},   {"cookie", 6},           {"dpop", 4},
};
/* They end like secrets and are none; code names of errors among them. */
static const struct pail_str harmless_ends[] = {
    {"nexttoken", 9},          {"next_token", 10},          {"next-token", 10},
    {"continuationtoken", 17}, {"continuation-token", 18},  {"paginationtoken", 15},
    {"pagetoken", 9},          {"startingtoken", 13},       {"clienttoken", 11},
    {"requesttoken", 12},      {"idempotencytoken", 16},    {"expiredtoken", 12},
    {"invalidtoken", 12},      {"authenticationtoken", 19},
};

static bool ends(struct pail_str name, struct pail_str end)
{
    return name.len >= end.len && strncasecmp(name.ptr + name.len - end.len, end.ptr, end.len) == 0;
}

bool pail_redact_is_secret(struct pail_str name)
{
    bool secret = false;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(secret_ends) && !secret; i++)
        secret = ends(name, secret_ends[i]);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(harmless_ends) && secret; i++)
        secret = !ends(name, harmless_ends[i]);
    return secret;
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '_';
}

/* How the value ends. */
enum form { FORM_PLAIN, FORM_LINE, FORM_QUOTED, FORM_ENCODED, FORM_ELEMENT };

static char *skip(char *p, char c)
{
    while (*p == c)
        p++;
    return p;
}

/* "\\\"": the quotes of JSON in JSON. *ret: backslashes and quote; the end has the same. */
static char *open_quote(char *p, size_t *ret_slashes)
{
    char *q = skip(p, '\\');
    *ret_slashes = (size_t)(q - p);
    return *q == '"' || *q == '\'' ? q : NULL;
}

/* Behind a name that ended at p: where its value begins; NULL when none follows. */
static char *value_after(char *name, size_t n, bool in_tag, char *p, enum form *ret_form,
                         char **ret_quote)
{
    size_t slashes;
    bool quoted = false;

    *ret_form = FORM_PLAIN;
    *ret_quote = NULL;
    if (in_tag) { /* <SecretString xmlns="..."> */
        p += strcspn(p, ">");
        *ret_form = FORM_ELEMENT;
        return *p ? p + 1 : NULL;
    }
    if (strncasecmp(p, "%3D", 3) == 0 || strncasecmp(p, "%253D", 5) == 0) {
        *ret_form = FORM_ENCODED;
        return p + (p[1] == '2' ? 5 : 3);
    }
    char *quote = open_quote(p, &slashes);
    if (quote) {
        quoted = true;
        p = quote + 1;
    }
    p = skip(p, ' ');
    if (*p != '=' && *p != ':')
        return NULL;
    bool colon = *p == ':';
    p = skip(p + 1, ' ');
    quote = open_quote(p, &slashes);
    if (quote) {
        *ret_form = FORM_QUOTED;
        *ret_quote = quote;
        return quote + 1;
    }
    /* "web identity token: no such file" is prose; headers have hyphens, or are well known. */
    if (colon && !quoted && n == 5)
        return NULL;
    bool header = memchr(name, '-', n) || ends(pail_strn(name, n), PAIL_STR("authorization")) ||
                  ends(pail_strn(name, n), PAIL_STR("cookie")) || (n == 4 && colon);
    if (colon && !quoted && header)
        *ret_form = FORM_LINE;
    return p;
}

static char *quoted_end(char *p, const char *quote)
{
    size_t slashes = 0, outer = 0;
    while (quote[-1 - (ptrdiff_t)outer] == '\\')
        outer++;
    for (; *p; p++) {
        if (*p == *quote && slashes <= outer)
            return p - slashes;
        slashes = *p == '\\' ? slashes + 1 : 0;
    }
    return p;
}

static char *encoded_end(char *p)
{
    while (*p && !strchr(" \t\r\n&,;\"'<>)}", *p) && strncasecmp(p, "%26", 3) != 0 &&
           strncasecmp(p, "%2526", 5) != 0)
        p++;
    return p;
}

static char *value_end(char *p, enum form form, const char *quote)
{
    switch (form) {
    case FORM_QUOTED:
        return quoted_end(p, quote);
    case FORM_ENCODED:
        return encoded_end(p);
    case FORM_LINE:
        return p + strcspn(p, "\r\n");
    case FORM_ELEMENT:
        return p + strcspn(p, "<");
    case FORM_PLAIN:
        break;
    }
    return p + strcspn(p, " \t\r\n&,;\"'<>)}");
}

void pail_redact(char *text)
{
    char *out = text, *p = text;
    while (*p) {
        if (!is_word(*p)) {
            *out++ = *p++;
            continue;
        }
        char *name = p, *quote, *value = NULL;
        enum form form;
        while (is_word(*p))
            p++;
        size_t n = (size_t)(p - name);
        bool in_tag = name > text && name[-1] == '<';
        /* "%2F" before a name, or "\n" of JSON, leave letters at its front: only ends count. */
        if (pail_redact_is_secret(pail_strn(name, n)))
            value = value_after(name, n, in_tag, p, &form, &quote);
        size_t keep = (size_t)((value ? value : p) - name);
        if (!value) {
            memmove(out, name, keep);
            out += keep;
            continue;
        }
        char *end = value_end(value, form, quote);
        memmove(out, name, keep);
        out += keep;
        for (int i = 0; i < 3 && value + i < end; i++)
            *out++ = '*';
        p = end;
    }
    *out = '\0';
}
