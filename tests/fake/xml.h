/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake/xml.h - escaping for answers, and a strict reader for the few documents that S3 takes.
 *
 * The reader keeps names without their namespace prefix, ignores attributes, and refuses what S3
 * has no use for: DTDs, unknown entities, text beside elements at the top.
 */
#ifndef PAIL_FAKE_XML_H
#define PAIL_FAKE_XML_H

#include "fake/text.h"

/* Text with markup escaped; control characters as &#x1; as S3 does, which XML 1.0 readers may
 * refuse. */
void fake_xml_text(struct fake_buf *b, const void *p, size_t n);
/* <name>text</name> */
void fake_xml_element(struct fake_buf *b, const char *name, const char *text);

struct fake_node {
    char *name;
    char *text; /* its own text, children's not included */
    size_t text_len;
    size_t parent; /* index; the root's is itself */
};
struct fake_doc {
    struct fake_node *v; /* in document order; [0] is the root */
    size_t n;
};
/* False: not well-formed, or not this root. */
bool fake_xml_parse(struct fake_doc *ret, const char *p, size_t n, const char *root);
/* Child of `parent` called name; NULL when there is none. The first of several. */
const struct fake_node *fake_xml_child(const struct fake_doc *d, size_t parent, const char *name);
void fake_doc_done(struct fake_doc *d);

#endif
