/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service/calls.h - what commands of more than one call share: their clients, names of files as
 * people write them, and the words in which Python tells why a call did not do.
 */
#ifndef PAIL_TOOLS_SERVICE_CALLS_H
#define PAIL_TOOLS_SERVICE_CALLS_H

#include "tools/service/commands.h"

struct pail_upload_args;
struct pail_transfer_result;

/* Whose calls --endpoint-url is about: a command's own service, not the others that it needs too.
 */
enum pail_endpoint_use { PAIL_ENDPOINT_OWN, PAIL_ENDPOINT_OTHER };
/* region NULL: the session's. */
PAIL_CHECK int pail_cli_client(struct pail_cli *cli, const char *service, const char *region,
                               enum pail_endpoint_use use, struct pail_client **ret,
                               struct pail_error *err);
/* The session of that client, borrowed from cli. */
PAIL_CHECK int pail_cli_session_for(struct pail_cli *cli, enum pail_endpoint_use use,
                                    struct pail_session **ret, struct pail_error *err);
/* One upload with that session's keys. ret may be NULL. */
PAIL_CHECK int pail_cli_upload(struct pail_session *session, const struct pail_upload_args *args,
                               struct pail_transfer_result *ret, struct pail_error *err);

/* "~/x", "$HOME/x", "${HOME}/x" written out; lives as long as the run. NULL: out of memory. */
const char *pail_cli_expand(struct pail_cli *cli, const char *path);
/* The path from the root on, without "." and "..". NULL: out of memory. */
const char *pail_cli_absolute(struct pail_cli *cli, const char *path);
bool pail_is_file(const char *path);
bool pail_is_dir(const char *path);
/* A text file of at most max bytes, which lives as long as the run. */
PAIL_CHECK int pail_cli_read_file(struct pail_cli *cli, const char *path, size_t max,
                                  struct pail_str *ret, struct pail_error *err);

/* Whether the service said this code. */
bool pail_is_refusal(const struct pail_error *err, const char *code);
/* A text as printf writes it, as long as the run. "" when memory is out: pail_values_check of the
 * run's values tells that, before anything is done with what was put together. */
const char *pail_cli_keepf(struct pail_cli *cli, const char *fmt, ...) PAIL_PRINTF(2, 3);
/* The values of an option that takes several, as a list of texts. */
struct pail_value *pail_cli_texts(struct pail_cli *cli, const struct pail_arg *a);
/* Text that the value has at path; "" where there is none. */
const char *pail_text_at(const struct pail_value *v, const char *path);
/* A number of the command line: 0, or an exit code with argparse's message. */
int pail_cli_int(struct pail_cli *cli, const struct pail_arg *a, int64_t *ret);
/* For pail_arg.mistyped. */
const char *pail_not_int(const char *word);

#endif
