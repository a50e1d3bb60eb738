/* SPDX-License-Identifier: Apache-2.0 */
/*
 * users NAME...: makes users of IAM, all at once, and tells who was there already.
 *
 * The asynchronous form: every call has its own struct; done runs on a thread of the library, and
 * waiting for the call orders everything.
 */
#include <pail/service.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct user {
    const char *name;
    struct pail_call *call;
    struct pail_result *result;
    struct pail_error err;
};

static void done(void *ud, const struct pail_error *err)
{
    struct user *u = ud;
    pail_error_copy(&u->err, err);
}

static int tell(const struct user *u)
{
    if (!u->err.code) {
        printf("%s: %s\n", u->name, pail_result_str(u->result, "User.Arn"));
        return 0;
    }
    if (strcmp(u->err.service_code, "EntityAlreadyExists") == 0) {
        printf("%s: was there\n", u->name);
        return 0;
    }
    fprintf(stderr, "%s: %s\n", u->name, u->err.message);
    return u->err.code;
}

static int run(struct pail_client *iam, struct user *users, int n, struct pail_error *err)
{
    int rc = 0, begun = 0, worst = 0;

    for (; rc == 0 && begun < n; begun++) {
        struct user *u = &users[begun];
        rc = pail_call_asyncf(iam, &u->result, done, u, &u->call, err, "CreateUser", "UserName: %s",
                              u->name);
    }
    for (int i = 0; i < n && users[i].call; i++) {
        pail_call_wait(users[i].call);
        pail_call_unref(users[i].call);
        if (tell(&users[i]) < 0)
            worst = 1;
        pail_result_free(users[i].result);
    }
    if (rc < 0)
        fprintf(stderr, "%s\n", err->message);
    return rc < 0 || worst;
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *iam = NULL;
    struct user *users = calloc((size_t)argc, sizeof(*users));

    if (!users || argc < 2) {
        fprintf(stderr, "usage: %s NAME...\n", argv[0]);
        free(users);
        return 2;
    }
    for (int i = 1; i < argc; i++)
        users[i - 1].name = argv[i];
    int status = 1, rc = pail_client_new(NULL, "iam", NULL, &iam, &err);
    if (rc == 0)
        status = run(iam, users, argc - 1, &err);
    else
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_client_unref(iam);
    free(users);
    return status;
}
