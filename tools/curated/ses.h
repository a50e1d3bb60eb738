/* SPDX-License-Identifier: Apache-2.0 */
/* curated/ses.h - what the files of ses share. */
#ifndef PAIL_TOOLS_CURATED_SES_H
#define PAIL_TOOLS_CURATED_SES_H

#include "tools/curated/flow.h"

extern const struct pail_command pail_ses_check, pail_ses_identities, pail_ses_verify,
    pail_ses_template_list, pail_ses_template_show, pail_ses_template_put, pail_ses_template_render,
    pail_ses_template_delete, pail_ses_send;

/* The names in {{...}} are added to the list of texts, each once; sections ({{#each x}}) have to be
 * closed. PAIL_E_PARSE: "WHAT: line 3 column 7: ...". */
PAIL_CHECK int pail_ses_placeholders(struct pail_values *vs, struct pail_str text, const char *what,
                                     struct pail_value *list, struct pail_error *err);
/* --data: JSON, or file://x. NULL: told; "{}" for NULL. */
const char *pail_ses_data(struct pail_flow *f, const char *data);

#endif
