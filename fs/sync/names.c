/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync/names.c - names that a directory cannot hold, and back.
 *
 * One component has exactly one name and one name at most one component: unescaping makes the name
 * again from what it found and refuses anything that comes out different, so two spellings of one
 * object cannot be created.
 *
 * After ".pail%", "=" marks a shadowed file and "~" a hash; a component that begins with either has
 * that byte encoded. The hash of a shadowed file is taken over the component and a "/", which no
 * component contains: it differs from that of the directory. Names are bytes: what is not UTF-8 is
 * shown as it is, the kernel does not mind.
 */
#include "sync/names.h"

#include "base/hex.h"
#include "base/str.h"
#include "base/uri.h"
#include "crypto/digest.h"

#define MARK ".pail%"
#define NAME_MAX_BYTES 255u
#define HASH_SAFE 64u
#define HASH_HEX 32u

static bool is_dots(struct pail_str s)
{
    return pail_str_eqz(s, ".") || pail_str_eqz(s, "..");
}

static bool is_plain(struct pail_str s)
{
    return s.len >= 1 && s.len <= NAME_MAX_BYTES && !is_dots(s) &&
           pail_str_find(s, '\0') == SIZE_MAX && pail_str_find(s, '/') == SIZE_MAX &&
           !pail_str_starts(s, PAIL_STR(MARK));
}

/* Is byte i of s percent-encoded? */
static bool is_encoded(struct pail_str s, size_t i)
{
    char c = s.ptr[i];
    return c == '%' || c == '/' || c == '\0' || (i == 0 && (c == '=' || c == '~')) || is_dots(s);
}

static bool is_safe(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

static void append_hashed(struct pail_str s, bool shadowed, struct pail_buf *to)
{
    uint8_t digest[PAIL_SHA256_LEN];
    char hex[2 * PAIL_SHA256_LEN + 1];
    struct pail_buf input PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(s.len + 1);

    pail_buf_str(&input, s);
    if (shadowed)
        pail_buf_char(&input, '/');
    if (input.failed ||
        pail_digest(PAIL_SHA256, (struct pail_bytes){input.ptr, input.len}, digest, NULL) < 0) {
        to->failed = PAIL_BUF_NOMEM;
        return;
    }
    pail_hex_encode(digest, sizeof(digest), hex);
    pail_buf_z(to, MARK "~");
    for (size_t i = 0, n = 0; i < s.len && n < HASH_SAFE; i++) {
        if (!is_safe(s.ptr[i]))
            continue;
        pail_buf_char(to, s.ptr[i]);
        n++;
    }
    pail_buf_char(to, '~');
    pail_buf_append(to, hex, HASH_HEX);
}

bool pail_name_escape(struct pail_str component, bool shadowed, struct pail_buf *escaped)
{
    if (!shadowed && is_plain(component))
        return false;

    size_t len = sizeof(MARK) - 1 + shadowed;
    for (size_t i = 0; i < component.len; i++)
        len += is_encoded(component, i) ? 3 : 1;
    if (len > NAME_MAX_BYTES) {
        append_hashed(component, shadowed, escaped);
        return true;
    }
    pail_buf_z(escaped, shadowed ? MARK "=" : MARK);
    for (size_t i = 0; i < component.len; i++) {
        if (is_encoded(component, i))
            pail_buf_fmt(escaped, "%%%02X", (unsigned)(unsigned char)component.ptr[i]);
        else
            pail_buf_char(escaped, component.ptr[i]);
    }
    return true;
}

/* "~" safe bytes "~" hex digits. */
static bool is_hashed(struct pail_str rest)
{
    if (rest.len < 2 + HASH_HEX || rest.len > 2 + HASH_SAFE + HASH_HEX || rest.ptr[0] != '~')
        return false;
    size_t tilde = rest.len - HASH_HEX - 1;
    for (size_t i = 1; i < tilde; i++) {
        if (!is_safe(rest.ptr[i]))
            return false;
    }
    for (size_t i = tilde + 1; i < rest.len; i++) {
        char c = rest.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
    }
    return rest.ptr[tilde] == '~';
}

enum pail_name_form pail_name_unescape(struct pail_str name, struct pail_buf *component,
                                       bool *ret_shadowed)
{
    *ret_shadowed = false;
    if (!pail_str_starts(name, PAIL_STR(MARK)))
        return is_plain(name) ? PAIL_NAME_PLAIN : PAIL_NAME_INVALID;
    if (name.len > NAME_MAX_BYTES)
        return PAIL_NAME_INVALID;
    struct pail_str rest = pail_str_from(name, sizeof(MARK) - 1);
    if (is_hashed(rest))
        return PAIL_NAME_HASHED;

    bool shadowed = pail_str_starts(rest, PAIL_STR("="));
    struct pail_buf found PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(NAME_MAX_BYTES);
    struct pail_buf again PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(NAME_MAX_BYTES);
    pail_uri_decode(&found, shadowed ? pail_str_from(rest, 1) : rest, false);
    bool escaped = pail_name_escape(pail_buf_view(&found), shadowed, &again);
    if (found.failed == PAIL_BUF_NOMEM || again.failed == PAIL_BUF_NOMEM) {
        component->failed = PAIL_BUF_NOMEM;
        return PAIL_NAME_INVALID;
    }
    if (!escaped || again.failed || !pail_str_eq(pail_buf_view(&again), name))
        return PAIL_NAME_INVALID;
    pail_buf_str(component, pail_buf_view(&found));
    *ret_shadowed = shadowed;
    return PAIL_NAME_ESCAPED;
}
