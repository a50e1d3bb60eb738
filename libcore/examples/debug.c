/* SPDX-License-Identifier: Apache-2.0 */
/*
 * debug BUCKET [LEVELS]: lists a bucket and shows on standard error what goes over the wire.
 *
 * Secrets are redacted by the library. A program need not be changed for this: PAIL_LOG=http=trace
 * in the environment does the same.
 */
#include <pail/log.h>
#include <pail/s3.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_s3 *s3 = NULL;
    struct pail_s3_page page;

    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: %s BUCKET [LEVELS]\n", argv[0]);
        return 2;
    }
    /* Before other threads use the library. */
    pail_log_to_fd(2, PAIL_LOG_TRACE, 1u << PAIL_LC_HTTP | 1u << PAIL_LC_AUTH);
    int rc = argc == 3 ? pail_log_set_levels(argv[2], &err) : 0; /* "info,http=trace" */
    if (rc == 0)
        rc = pail_session_new(NULL, &session, &err);
    if (rc == 0)
        rc = pail_s3_new(session, NULL, &s3, &err);
    struct pail_s3_list_args args = {.bucket = pail_str(argv[1])};
    if (rc == 0)
        rc = pail_s3_list(s3, &args, &page, &err);
    if (rc == 0) {
        printf("%zu objects on the first page\n", page.n);
        pail_s3_page_done(&page);
    } else {
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    }
    pail_s3_unref(s3);
    pail_session_unref(session);
    return rc < 0;
}
