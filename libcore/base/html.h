/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/html.h - is a text HTML that mail programs will read as it was meant? libxml2 is visible
 * only in html.c.
 *
 * Documents and fragments, UTF-8. Serious: elements that are not closed, end tags without a
 * beginning, elements that do not exist, broken tags and attributes. Not serious: a bare '&'.
 * Elements whose end HTML lets one leave out (p, li, td, ...) may do so.
 */
#ifndef PAIL_BASE_HTML_H
#define PAIL_BASE_HTML_H

#include <pail/error.h>

#include "base/macros.h"

struct pail_html_problem {
    unsigned line, column; /* from 1; column 0: unknown */
    bool serious;
    struct pail_str text; /* one line; valid during the call */
};
/* Calls problem for each, as it is noticed: of elements that are not closed at their end, with the
 * place of their beginning. PAIL_E_PARSE: not UTF-8, or has NUL; nothing
 * was reported then. Blocking, any thread. */
PAIL_CHECK int pail_html_check(struct pail_str text,
                               void (*problem)(void *ud, const struct pail_html_problem *p),
                               void *ud, struct pail_error *err);

#endif
