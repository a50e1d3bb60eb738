/* SPDX-License-Identifier: Apache-2.0 */
/* pail cat: objects to standard output. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <pail/transfer.h>

#include "tools/cmd.h"

struct cat_options {
    struct pail_common common;
};
static const struct pail_opt options[] = {{PAIL_OPT_END, 0, NULL, NULL, NULL, 0, NULL}};

static int write_out(struct pail_transfers *m, const char *text, struct pail_error *err)
{
    struct pail_download_args args = {
        .use_fd = true, .fd = STDOUT_FILENO, .name = "standard output"};
    int rc = pail_parse_s3(text, &args.bucket, &args.key, err);
    if (!rc && !args.key.len)
        rc = pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "%s names no object", text);
    return rc ? rc : pail_download(m, &args, NULL, err);
}

static int run(void *p, int argc, char **argv)
{
    const struct cat_options *o = p;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_transfers *m = NULL;
    struct pail_s3 *s3 = NULL;
    if (argc < 1)
        return pail_misuse("cat", "wants s3://BUCKET/KEY");
    int rc = pail_connect(&o->common, &session, &s3, &err);
    if (!rc)
        rc = pail_transfers_new(s3, NULL, &m, &err);
    for (int i = 0; i < argc && !rc; i++)
        rc = write_out(m, argv[i], &err);
    pail_transfers_free(m);
    pail_s3_unref(s3);
    pail_session_unref(session);
    if (rc && err.os_errno == EPIPE) /* as programs end that write to it themselves */
        raise(SIGPIPE);
    return rc ? pail_fail("cat", &err) : 0;
}

const struct pail_command pail_cmd_cat = {
    .name = "cat",
    .summary = "Write objects to standard output",
    .usage = "s3://BUCKET/KEY...",
    .examples = "pail cat s3://logs/today.gz | zcat | Read a compressed log\n",
    .options = options,
    .options_size = sizeof(struct cat_options),
    .run = run,
    .complete = "s3",
};
