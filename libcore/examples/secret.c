/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secret NAME: reads a secret, or makes it when there is none.
 *
 * What a service refuses with is err.service_code, as in the documentation of its API.
 */
#include <pail/service.h>

#include <stdio.h>

static int get(struct pail_client *sm, const char *name, struct pail_error *err)
{
    struct pail_result *r = NULL;

    int rc = pail_callf(sm, &r, err, "GetSecretValue", "SecretId: %s", name);
    if (rc < 0 && strcmp(err->service_code, "ResourceNotFoundException") == 0) {
        printf("%s is new\n", name);
        rc = pail_callf(sm, NULL, err, "CreateSecret", "Name: %s, SecretString: 'open sesame'",
                        name);
        if (rc == 0)
            rc = pail_callf(sm, &r, err, "GetSecretValue", "SecretId: %s", name);
    }
    if (rc == 0)
        printf("%s: %s\n", pail_result_str(r, "Name"), pail_result_str(r, "SecretString"));
    pail_result_free(r);
    return rc;
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *sm = NULL;

    if (argc != 2) {
        fprintf(stderr, "usage: %s NAME\n", argv[0]);
        return 2;
    }
    int rc = pail_client_new(NULL, "secretsmanager", NULL, &sm, &err);
    if (rc == 0)
        rc = get(sm, argv[1], &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_client_unref(sm);
    return rc < 0;
}
