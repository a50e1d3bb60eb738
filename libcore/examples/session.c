/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session [PROFILE]: which configuration and credentials a program gets, and from where.
 */
#include <pail/session.h>

#include <stdio.h>

static int show(struct pail_session *session, struct pail_error *err)
{
    struct pail_credentials *credentials = NULL;
    struct pail_credentials_fields fields;
    const char *region = pail_session_region(session);

    printf("profile: %s\nregion: %s\n", pail_session_profile(session), region ? region : "none");
    int rc = pail_session_credentials(session, &credentials, err);
    if (rc < 0)
        return rc;
    pail_credentials_get(credentials, &fields); /* views, as long as credentials lives */
    printf("access key: %.*s\nfound by: %s\n", PAIL_STR_ARG(fields.access_key), fields.method);
    if (fields.expires_unix_s)
        printf("until: %lld\n", (long long)fields.expires_unix_s);
    pail_credentials_unref(credentials);
    return 0;
}

int main(int argc, char **argv)
{
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    char report[4096];

    if (argc > 2) {
        fprintf(stderr, "usage: %s [PROFILE]\n", argv[0]);
        return 2;
    }
    opt.profile = argc == 2 ? argv[1] : NULL; /* NULL: AWS_PROFILE, or "default" */
    int rc = pail_session_new(&opt, &session, &err);
    if (rc == 0)
        rc = show(session, &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    if (rc == PAIL_E_NO_CREDENTIALS) { /* why each place was passed over */
        pail_session_credentials_report(session, report, sizeof(report));
        fprintf(stderr, "%s", report);
    }
    pail_session_unref(session);
    return rc < 0;
}
