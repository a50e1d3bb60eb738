/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/value_form.h - forms being read: text with printf's arguments that becomes values. For
 * pail_value_form and what has a grammar of its own around such values.
 */
#ifndef PAIL_BASE_VALUE_FORM_H
#define PAIL_BASE_VALUE_FORM_H

#include <pail/value.h>

struct pail_form {
    struct pail_values *vs;
    const char *form, *p; /* all of it, and what is left */
    va_list ap;
    unsigned depth;
};

/* The value at p: an argument, a text, a number, a tree. *ret NULL: NULL was given, or memory is
 * out. False: it is none, which vs remembers. */
bool pail_form_value(struct pail_form *f, struct pail_value **ret);

/* Remembers the first form that is none, for pail_values_check. why is static. */
void pail_values_refuse(struct pail_values *vs, const char *form, size_t at, const char *why);
/* Remembers that memory was out. */
void pail_values_lack(struct pail_values *vs);

#endif
