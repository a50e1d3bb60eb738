/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list BUCKET [PREFIX]: every key with its size, page by page.
 *
 * Credentials, region and endpoint come from where the AWS tools look: environment and ~/.aws.
 */
#include <pail/s3.h>

#include <inttypes.h>
#include <stdio.h>

static int list(struct pail_s3 *s3, const char *bucket, const char *prefix, struct pail_error *err)
{
    struct pail_s3_list_args args = {.bucket = pail_str(bucket), .prefix = pail_str(prefix)};
    char token[2048];

    for (;;) {
        struct pail_s3_page page;
        int rc = pail_s3_list(s3, &args, &page, err);
        if (rc < 0)
            return rc;
        for (size_t i = 0; i < page.n; i++)
            printf("%12" PRIu64 " %.*s\n", page.entries[i].size, PAIL_STR_ARG(page.entries[i].key));
        /* The token is a view into the page: keep a copy of it beyond the page's life. */
        size_t n = page.next_token.len < sizeof(token) ? page.next_token.len : 0;
        memcpy(token, page.next_token.ptr, n);
        bool cut = n != page.next_token.len;
        pail_s3_page_done(&page);
        if (cut)
            return pail_error_set(err, PAIL_D_USAGE, PAIL_E_TOO_BIG, "a token of %zu bytes",
                                  page.next_token.len);
        if (n == 0)
            return 0;
        args.continuation_token = pail_strn(token, n);
    }
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_s3 *s3 = NULL;

    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: %s BUCKET [PREFIX]\n", argv[0]);
        return 2;
    }
    int rc = pail_session_new(NULL, &session, &err);
    if (rc == 0)
        rc = pail_s3_new(session, NULL, &s3, &err);
    if (rc == 0)
        rc = list(s3, argv[1], argc > 2 ? argv[2] : "", &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_s3_unref(s3);
    pail_session_unref(session);
    return rc < 0;
}
