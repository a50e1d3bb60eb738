/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "base/utf8.h"
#include "base/xml.h"

bool pail_xml_text_ok(struct pail_str s)
{
    while (s.len) {
        uint32_t cp;
        size_t n = pail_utf8_decode(s, &cp);
        if (!n || (cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r') || cp == 0xfffe ||
            cp == 0xffff)
            return false;
        s = pail_str_from(s, n);
    }
    return true;
}

static const char *reference(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\r':
        return "&#13;";
    case '\n':
        return "&#10;";
    case '\t':
        return "&#9;";
    default:
        return NULL;
    }
}

void pail_xml_escape(struct pail_buf *to, struct pail_str text)
{
    size_t from = 0;

    for (size_t i = 0; i < text.len; i++) {
        const char *r = reference(text.ptr[i]);
        if (!r)
            continue;
        pail_buf_str(to, pail_str_sub(text, from, i - from));
        pail_buf_z(to, r);
        from = i + 1;
    }
    pail_buf_str(to, pail_str_from(text, from));
}

void pail_xml_element(struct pail_buf *to, const char *name, struct pail_str text)
{
    pail_buf_char(to, '<');
    pail_buf_z(to, name);
    pail_buf_char(to, '>');
    pail_xml_escape(to, text);
    pail_buf_z(to, "</");
    pail_buf_z(to, name);
    pail_buf_char(to, '>');
}
