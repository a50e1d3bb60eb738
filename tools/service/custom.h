/* SPDX-License-Identifier: Apache-2.0 */
/* service/custom.h - for the files with extras of single operations. */
#ifndef PAIL_TOOLS_SERVICE_CUSTOM_H
#define PAIL_TOOLS_SERVICE_CUSTOM_H

#include "tools/service/run.h"

/* Tables that end with a service of NULL. */
extern const struct pail_custom pail_custom_ec2[], pail_custom_more[], pail_custom_paths[],
    pail_custom_files[], pail_custom_cloudfront[], pail_custom_session[], pail_custom_emr[];

/* The apply of extras that are a member inside of a structure: extra->path says which. */
int pail_custom_apply_path(struct pail_run *run, const struct pail_extra *x,
                           const struct pail_arg *a);

/* The member's map or list in map, made when it is not there. */
struct pail_value *pail_custom_map(struct pail_run *run, struct pail_value *in, const char *member);
/* ... the first element, a map, of a list. */
struct pail_value *pail_custom_first(struct pail_run *run, struct pail_value *in,
                                     const char *member);
/* Sets a text. */
void pail_custom_text(struct pail_run *run, struct pail_value *map, const char *member,
                      const char *text);
/* "ParamValidation" without the usage. */
int pail_custom_refuse(struct pail_run *run, const char *message);

#endif
