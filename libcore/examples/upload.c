/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upload BUCKET KEY FILE: any size, in parts where it is large, with a line that tells how far it
 * is. Interrupted, it goes on the next time where it was: what is there is remembered in
 * FILE.upload.
 */
#include <pail/transfer.h>

#include <stdatomic.h>
#include <stdio.h>

/* On threads of the library, perhaps on several at once. */
static void on_progress(void *userdata, int64_t delta)
{
    atomic_llong *bytes = userdata;

    fprintf(stderr, "\r%lld bytes", atomic_fetch_add(bytes, delta) + (long long)delta);
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_s3 *s3 = NULL;
    struct pail_transfers *transfers = NULL;
    struct pail_transfer_result result;
    atomic_llong bytes = 0;
    char resume[4096];

    if (argc != 4) {
        fprintf(stderr, "usage: %s BUCKET KEY FILE\n", argv[0]);
        return 2;
    }
    snprintf(resume, sizeof(resume), "%s.upload", argv[3]);
    struct pail_upload_args args = {.bucket = pail_str(argv[1]),
                                    .key = pail_str(argv[2]),
                                    .path = argv[3],
                                    .resume_file = resume,
                                    .progress = on_progress,
                                    .progress_ud = &bytes};
    int rc = pail_session_new(NULL, &session, &err);
    if (rc == 0)
        rc = pail_s3_new(session, NULL, &s3, &err);
    if (rc == 0)
        rc = pail_transfers_new(s3, NULL, &transfers, &err);
    if (rc == 0)
        rc = pail_upload(transfers, &args, &result, &err);
    fputc('\n', stderr);
    if (rc == 0)
        printf("%llu bytes, ETag %s\n", (unsigned long long)result.size, result.etag);
    else
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_transfers_free(transfers);
    pail_s3_unref(s3);
    pail_session_unref(session);
    return rc < 0;
}
