/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts taken apart for the endpoint rules: URLs as Python's urlparse sees them, ARNs, host labels.
 */
#include "base/str.h"
#include "base/uri.h"
#include "model/endpoint_eval.h"

int pail_eval_map(struct pail_eval *e, const struct pail_str *keys,
                  const struct pail_rule_value *values, size_t n, struct pail_rule_value *ret)
{
    struct pail_str *k = pail_arena_alloc(&e->arena, n * sizeof(*k));
    struct pail_rule_value *v = pail_arena_alloc(&e->arena, n * sizeof(*v));
    if (!k || !v)
        return pail_error_nomem(e->err);
    memcpy(k, keys, n * sizeof(*k));
    memcpy(v, values, n * sizeof(*v));
    *ret = (struct pail_rule_value){.type = PAIL_RULE_MAP, .keys = k, .items = v, .n = n};
    return 0;
}

/* ---- Labels and addresses ---- */

bool pail_is_ipv4_like(struct pail_str s)
{
    unsigned digits = 0, dots = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] >= '0' && s.ptr[i] <= '9') {
            if (++digits > 3)
                return false;
        } else if (s.ptr[i] == '.' && digits) {
            dots++;
            digits = 0;
        } else {
            return false;
        }
    }
    return dots == 3 && digits > 0;
}

bool pail_is_host_label(struct pail_str s, bool dots)
{
    struct pail_str label;

    if (!dots)
        return pail_uri_is_host_label(s);
    if (s.len == 0)
        return false;
    while (pail_str_split(&s, '.', &label))
        if (!pail_uri_is_host_label(label))
            return false;
    return true;
}

/* ---- Lists ---- */

/* Length of the delimiter at i, or 0. */
static size_t delimiter_at(struct pail_str s, size_t i, struct pail_str delimiters, bool any_of)
{
    if (any_of)
        return pail_str_find(delimiters, s.ptr[i]) != SIZE_MAX;
    return pail_str_starts(pail_str_from(s, i), delimiters) ? delimiters.len : 0;
}

int pail_eval_split(struct pail_eval *e, struct pail_str s, struct pail_str delimiters, bool any_of,
                    int64_t limit, struct pail_rule_value *ret)
{
    size_t n = 1, from = 0, at = 0;
    for (size_t i = 0; i < s.len; i++)
        n += delimiter_at(s, i, delimiters, any_of) > 0; /* at most so many */
    struct pail_rule_value *items = pail_arena_alloc(&e->arena, n * sizeof(*items));
    if (!items)
        return pail_error_nomem(e->err);
    n = 0;
    while (at < s.len) {
        size_t len = limit > 0 && n + 1 >= (uint64_t)limit
                         ? 0
                         : delimiter_at(s, at, delimiters, any_of);
        if (len) {
            items[n++] = pail_rule_str(pail_str_sub(s, from, at - from));
            from = at + len;
        }
        at += len ? len : 1;
    }
    items[n++] = pail_rule_str(pail_strn(s.ptr + from, s.len - from));
    *ret = (struct pail_rule_value){.type = PAIL_RULE_LIST, .items = items, .n = n};
    return 0;
}

/* arn:partition:service:region:account:resource */
int pail_eval_parse_arn(struct pail_eval *e, struct pail_str arn, struct pail_rule_value *ret)
{
    static const struct pail_str keys[] = {
        {"partition", 9}, {"service", 7}, {"region", 6}, {"accountId", 9}, {"resourceId", 10},
    };
    struct pail_rule_value values[5];
    struct pail_str rest = arn, part;

    if (!pail_str_starts(arn, PAIL_STR("arn:")))
        return 0;
    pail_str_split(&rest, ':', &part);
    for (size_t i = 0; i < 4; i++) {
        if (!pail_str_split(&rest, ':', &part) || !rest.ptr)
            return 0;
        values[i] = pail_rule_str(part);
    }
    if (!values[0].string.len || !values[1].string.len || !rest.len)
        return 0;
    int rc = pail_eval_split(e, rest, PAIL_STR(":/"), true, 0, &values[4]);
    return rc < 0 ? rc : pail_eval_map(e, keys, values, PAIL_ARRAY_LEN(keys), ret);
}

/* ---- URLs ---- */

struct url {
    struct pail_str authority, host, path;
    bool https, is_ipv6;
};

static bool good_port(struct pail_str port)
{
    uint64_t number;
    return port.len == 0 || (pail_str_to_u64(port, &number) && number <= 65535);
}

/* Host and port of "user@host:port" and "user@[v6]:port". */
static bool parse_authority(struct url *u)
{
    size_t at = pail_str_rfind(u->authority, '@');
    struct pail_str s = at == SIZE_MAX ? u->authority : pail_str_from(u->authority, at + 1);
    size_t close = pail_str_find(s, ']'), colon;

    if (s.len && s.ptr[0] == '[') {
        if (close == SIZE_MAX)
            return false;
        u->host = pail_str_sub(s, 1, close - 1);
        u->is_ipv6 = true;
        s = pail_str_from(s, close + 1);
        return s.len == 0 || (s.ptr[0] == ':' && good_port(pail_str_from(s, 1)));
    }
    colon = pail_str_find(s, ':');
    u->host = pail_str_sub(s, 0, colon);
    return u->host.len && (colon == SIZE_MAX || good_port(pail_str_from(s, colon + 1)));
}

static size_t first_of(struct pail_str s, const char *set)
{
    size_t i = 0;
    while (i < s.len && !strchr(set, s.ptr[i]))
        i++;
    return i;
}

static bool parse_url(struct pail_str s, struct url *u)
{
    size_t colon = pail_str_find(s, ':');
    struct pail_str scheme = pail_str_sub(s, 0, colon), rest;

    *u = (struct url){.https = pail_str_ieq(scheme, PAIL_STR("https"))};
    if (colon == SIZE_MAX || (!u->https && !pail_str_ieq(scheme, PAIL_STR("http"))) ||
        memchr(s.ptr, '\0', s.len))
        return false;
    rest = pail_str_from(s, colon + 1);
    if (!pail_str_starts(rest, PAIL_STR("//")))
        return false;
    rest = pail_str_from(rest, 2);
    size_t end = first_of(rest, "/?#");
    u->authority = pail_str_sub(rest, 0, end);
    rest = pail_str_from(rest, end);
    rest = pail_str_sub(rest, 0, first_of(rest, "#"));
    end = first_of(rest, "?");
    if (end + 1 < rest.len) /* a query; a lone "?" is none */
        return false;
    u->path = pail_str_sub(rest, 0, end);
    /* ";parameters" of the last segment are no part of the path. */
    size_t slash = pail_str_rfind(u->path, '/');
    size_t semicolon = slash == SIZE_MAX ? SIZE_MAX
                                         : pail_str_find(pail_str_from(u->path, slash), ';');
    if (semicolon != SIZE_MAX)
        u->path.len = slash + semicolon;
    return parse_authority(u);
}

/* "." and ".." resolved, slashes single, percent-encoded, "/" at both ends. */
static void normalize(struct pail_buf *to, struct pail_str path)
{
    struct pail_str segment;

    pail_buf_char(to, '/');
    while (pail_str_split(&path, '/', &segment)) {
        if (segment.len == 0 || pail_str_eqz(segment, "."))
            continue;
        if (pail_str_eqz(segment, "..")) {
            /* Back over "name/". */
            size_t len = to->len > 1 ? to->len - 1 : 1;
            while (len > 1 && to->ptr[len - 1] != '/')
                len--;
            pail_buf_truncate(to, len);
            continue;
        }
        pail_uri_encode(to, segment, PAIL_URI_PATH);
        pail_buf_char(to, '/');
    }
}

int pail_eval_parse_url(struct pail_eval *e, struct pail_str text, struct pail_rule_value *ret)
{
    static const struct pail_str keys[] = {
        {"scheme", 6}, {"authority", 9}, {"path", 4}, {"normalizedPath", 14}, {"isIp", 4},
    };
    PAIL_CLEANUP(pail_buf_done) struct pail_buf normalized = PAIL_BUF_INIT(64 << 10);
    struct url u;

    if (!parse_url(text, &u))
        return 0;
    normalize(&normalized, u.path);
    int rc = pail_buf_check(&normalized, "endpoint", e->err);
    if (rc < 0)
        return rc;
    char *copy = pail_arena_alloc(&e->arena, normalized.len + 1);
    if (!copy)
        return pail_error_nomem(e->err);
    memcpy(copy, pail_buf_cstr(&normalized), normalized.len);
    struct pail_str address = pail_str_sub(u.host, 0,
                                           pail_str_find(u.host, '%')); /* without a zone */
    struct pail_rule_value values[] = {
        pail_rule_str(u.https ? PAIL_STR("https") : PAIL_STR("http")),
        pail_rule_str(u.authority),
        pail_rule_str(u.path.ptr ? u.path : PAIL_STR("")),
        pail_rule_str(pail_strn(copy, normalized.len)),
        pail_rule_bool(u.is_ipv6 ? pail_uri_is_ip(address) : pail_is_ipv4_like(u.host)),
    };
    return pail_eval_map(e, keys, values, PAIL_ARRAY_LEN(keys), ret);
}
