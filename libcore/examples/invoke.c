/* SPDX-License-Identifier: Apache-2.0 */
/*
 * invoke FUNCTION JSON: calls a function of Lambda and prints what it gives.
 */
#include <pail/service.h>

#include <stdio.h>

static int invoke(struct pail_client *lambda, const char *function, const char *json,
                  struct pail_error *err)
{
    struct pail_result *r = NULL;

    int rc = pail_callf(lambda, &r, err, "Invoke", "FunctionName: %s, Payload: %s", function, json);
    if (rc < 0)
        return rc;
    struct pail_bytes payload = pail_value_as_blob(pail_result_find(r, "Payload"));
    printf("%lld %.*s\n", (long long)pail_value_find_int(pail_result_value(r), "StatusCode", 0),
           (int)payload.len, (const char *)payload.ptr);
    if (pail_result_str(r, "FunctionError"))
        printf("error: %s\n", pail_result_str(r, "FunctionError"));
    pail_result_free(r);
    return 0;
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *lambda = NULL;

    if (argc != 3) {
        fprintf(stderr, "usage: %s FUNCTION JSON\n", argv[0]);
        return 2;
    }
    int rc = pail_client_new(NULL, "lambda", NULL, &lambda, &err);
    if (rc == 0)
        rc = invoke(lambda, argv[1], argv[2], &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_client_unref(lambda);
    return rc < 0;
}
