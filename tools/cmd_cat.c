/* SPDX-License-Identifier: Apache-2.0 */
/* pail cat: objects to standard output. */
#include <unistd.h>

#include "tools/cmd.h"
#include "tools/lib/transfer.h"

struct cat_options {
    struct pail_common common;
};
static const struct pail_opt options[] = {{PAIL_OPT_END, 0, NULL, NULL, NULL, 0, NULL}};

static int run(void *p, int argc, char **argv)
{
    const struct cat_options *o = p;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_transfer t = {0};
    if (argc < 1)
        return pail_misuse("cat", "wants s3://BUCKET/KEY");
    int rc = pail_connect(&o->common, &session, &t.s3, &err);
    for (int i = 0; i < argc && !rc; i++) {
        struct pail_str bucket, key;
        rc = pail_parse_s3(argv[i], &bucket, &key, &err);
        if (!rc && !key.len)
            rc = pail_error_set(&err, PAIL_D_USAGE, PAIL_E_INVALID, "%s names no object", argv[i]);
        if (!rc)
            rc = pail_transfer_download_stream(&t, bucket, key, STDOUT_FILENO, "standard output",
                                               &err);
    }
    pail_s3_unref(t.s3);
    pail_session_unref(session);
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
