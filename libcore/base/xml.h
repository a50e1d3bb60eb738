/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/xml.h - read XML as events with a path, and write it. libxml2 is visible only below it.
 *
 * pail_xml_parse walks the text and calls back for every element with text: for
 * <R><A><B>x</B></A></R> first open("R"), open("R/A"), then leaf "R/A/B" = "x", close("R/A"),
 * close("R"). Name-space prefixes are dropped. No DTD, no entities but the five of XML, no network;
 * depth at most 64; text of one leaf at most max_text bytes. White space in leaves is kept.
 */
#ifndef PAIL_BASE_XML_H
#define PAIL_BASE_XML_H

#include "base/buf.h"

struct pail_xml_handler {
    /* path is "Root/Child/..." and valid during the call. A negative return ends the parse with it.
     * Any may be NULL. */
    int (*open)(void *ud, struct pail_str path, struct pail_error *err);
    int (*leaf)(void *ud, struct pail_str path, struct pail_str text, struct pail_error *err);
    int (*close)(void *ud, struct pail_str path, struct pail_error *err);
    /* Of the element whose open or leaf comes next, with its prefix: "xsi:type". */
    int (*attribute)(void *ud, struct pail_str name, struct pail_str value, struct pail_error *err);
};
/* Elements without child elements are leaves, also empty ones. PAIL_E_PARSE: "WHAT: line 1: ...".
 */
PAIL_CHECK int pail_xml_parse(struct pail_str text, const char *what, size_t max_text,
                              const struct pail_xml_handler *handler, void *ud,
                              struct pail_error *err);

/* XML 1.0 cannot carry most control characters at all: false for a text that has one (or is not
 * UTF-8). */
bool pail_xml_text_ok(struct pail_str s);
/* & < > \" and CR, LF, TAB as references. */
void pail_xml_escape(struct pail_buf *to, struct pail_str text);
/* <name>escaped</name> */
void pail_xml_element(struct pail_buf *to, const char *name, struct pail_str text);

#endif
