/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/config.h - the AWS config and credentials files, merged as botocore merges them.
 *
 * Immutable after loading; reference-counted; any thread. pail_config_changed tells when the files
 * on disk are newer.
 */
#ifndef PAIL_AUTH_CONFIG_H
#define PAIL_AUTH_CONFIG_H

#include <pail/error.h>

#include "base/macros.h"

struct pail_config;

/* Paths from AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/...; missing files are
 * empty. */
PAIL_CHECK int pail_config_load(struct pail_config **ret, struct pail_error *err);
struct pail_config *pail_config_ref(struct pail_config *c);
struct pail_config *pail_config_unref(struct pail_config *c);
bool pail_config_changed(const struct pail_config *c);
const char *pail_config_path(const struct pail_config *c);
const char *pail_config_credentials_path(const struct pail_config *c);
/* errno when the file is there but may not be read (it then counts as empty), else 0. */
int pail_config_unreadable(const struct pail_config *c);
int pail_config_credentials_unreadable(const struct pail_config *c);

bool pail_config_has_profile(const struct pail_config *c, struct pail_str profile);
/* Merged value (credentials file over config file); ptr NULL: absent. sub: key of a nested block
 * ("s3", "addressing_style"). */
struct pail_str pail_config_get(const struct pail_config *c, struct pail_str profile,
                                const char *key);
struct pail_str pail_config_get_sub(const struct pail_config *c, struct pail_str profile,
                                    const char *sub, const char *key);
/* From one file only: the credential providers need to know which. */
struct pail_str pail_config_get_credentials_file(const struct pail_config *c,
                                                 struct pail_str profile, const char *key);
struct pail_str pail_config_get_config_file(const struct pail_config *c, struct pail_str profile,
                                            const char *key);
/* [sso-session NAME], [services NAME] (sub: the service block). */
struct pail_str pail_config_get_section(const struct pail_config *c, const char *kind,
                                        struct pail_str name, const char *sub, const char *key);
bool pail_config_has_section(const struct pail_config *c, const char *kind, struct pail_str name);
/* k-th key of [sso-session NAME] or [services NAME]: false past the end. A nested block has an
 * empty value. */
bool pail_config_section_key(const struct pail_config *c, const char *kind, struct pail_str name,
                             size_t k, struct pail_str *ret_key, struct pail_str *ret_value);
/* "~/" and "$VARIABLE" replaced; what cannot be stays as it is. NULL: out of memory. */
char *pail_config_expand_path(const char *path);
/* i-th profile name in order of appearance, ptr NULL past the end. */
struct pail_str pail_config_profile(const struct pail_config *c, size_t i);

#endif
