/* SPDX-License-Identifier: Apache-2.0 */
/*
 * presign GET|PUT|HEAD|DELETE BUCKET KEY [SECONDS]: a URL that anybody may use until it expires.
 */
#include <pail/s3.h>

#include <inttypes.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_s3 *s3 = NULL;
    char *url = NULL;

    if (argc < 4 || argc > 5) {
        fprintf(stderr, "usage: %s GET|PUT|HEAD|DELETE BUCKET KEY [SECONDS]\n", argv[0]);
        return 2;
    }
    struct pail_s3_presign_args args = {
        .method = argv[1], .bucket = pail_str(argv[2]), .key = pail_str(argv[3])};
    if (argc > 4 && sscanf(argv[4], "%" SCNu32, &args.expires_s) != 1) {
        fprintf(stderr, "%s: not a number of seconds: %s\n", argv[0], argv[4]);
        return 2;
    }
    int rc = pail_session_new(NULL, &session, &err);
    if (rc == 0)
        rc = pail_s3_new(session, NULL, &s3, &err);
    if (rc == 0)
        rc = pail_s3_presign(s3, &args, &url, &err);
    if (rc == 0)
        puts(url);
    else
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_s3_free(url);
    pail_s3_unref(s3);
    pail_session_unref(session);
    return rc < 0;
}
