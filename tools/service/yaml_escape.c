/* SPDX-License-Identifier: Apache-2.0 */
/* Escapes in YAML's double quotes: JSON's, C's, some for blanks of Unicode, and code points. */
#include "tools/service/yaml.h"

#include "base/str.h"
#include "base/utf8.h"

static bool take_digits(struct pail_str text, size_t *at, size_t n, uint32_t *ret)
{
    static const char hex[] = "0123456789abcdef";
    uint32_t cp = 0;
    for (size_t i = 0; i < n; i++, (*at)++) {
        char c = *at < text.len ? text.ptr[*at] : '\0';
        c = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
        const char *digit = c ? strchr(hex, c) : NULL;
        if (!digit)
            return false;
        cp = cp << 4 | (uint32_t)(digit - hex);
    }
    *ret = cp;
    return n && cp <= 0x10ffff && (cp < 0xd800 || cp > 0xdfff);
}

bool pail_yaml_unescape(struct pail_str text, size_t *at, struct pail_buf *to)
{
    static const char from[] = "0abtnvfre \"/\\N_LP",
                      *const texts[] = {
                          "",         "\a",           "\b",          "\t", "\n", "\v", "\f",
                          "\r",       "\033",         " ",           "\"", "/",  "\\", "\xc2\x85",
                          "\xc2\xa0", "\xe2\x80\xa8", "\xe2\x80\xa9"};
    char c = *at < text.len ? text.ptr[*at] : '\0', utf8[4];
    const char *p = c ? strchr(from, c) : NULL;
    uint32_t cp = 0;
    ++*at;
    if (p) {
        pail_buf_append(to, texts[p - from], p == from ? 1 : strlen(texts[p - from]));
        return true;
    }
    if (!take_digits(text, at, c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0, &cp))
        return false;
    pail_buf_append(to, utf8, pail_utf8_encode(cp, utf8));
    return true;
}
