/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access keys. A user has two at most, so rotating is: make the second, let everything use it,
 * take the first away. The new secret is on standard output before the old key is touched: when it
 * could not be written, the old key still works.
 */
#include <stdio.h>

#include "base/str.h"
#include "tools/curated/iam.h"

int pail_iam_new_key(struct pail_flow *f, const char *user, struct pail_value *record)
{
    struct pail_value *made = pail_flow_call(f, "CreateAccessKey",
                                             pail_flow_map(f, "UserName", user, NULL));
    if (!made)
        return f->code;
    pail_flow_put(f, record, "AccessKeyId", pail_value_find(made, "AccessKey.AccessKeyId"));
    pail_flow_put(f, record, "SecretAccessKey", pail_value_find(made, "AccessKey.SecretAccessKey"));
    pail_flow_say(f, "Created access key %s. Its secret is shown this one time.",
                  pail_dig_z(made, "AccessKey.AccessKeyId"));
    return 0;
}

/* ---- keys ------------------------------------------------------------------------------------ */

static int keys_of(struct pail_flow *f, const char *user, struct pail_value *rows)
{
    struct pail_value *all = pail_flow_all(f, "ListAccessKeys",
                                           pail_flow_map(f, "UserName", user, NULL));
    const struct pail_value *keys = pail_value_find(all, "AccessKeyMetadata");
    for (size_t i = 0; i < pail_value_len(keys); i++) {
        const struct pail_value *k = pail_value_at(keys, i);
        struct pail_value *used = pail_flow_call(
            f, "GetAccessKeyLastUsed",
            pail_flow_map(f, "AccessKeyId", pail_dig_z(k, "AccessKeyId"), NULL));
        if (!used)
            return f->code;
        pail_flow_row(f, rows, "User", pail_value_find(k, "UserName"), "AccessKeyId",
                      pail_value_find(k, "AccessKeyId"), "Status", pail_value_find(k, "Status"),
                      "Created", pail_value_find(k, "CreateDate"), "LastUsed",
                      pail_value_find(used, "AccessKeyLastUsed.LastUsedDate"), "Service",
                      pail_value_find(used, "AccessKeyLastUsed.ServiceName"), NULL);
    }
    return all ? 0 : f->code;
}

static int run_keys(void *p, int argc, char **argv)
{
    struct pail_flow *f = p;
    struct pail_value *rows = pail_value_list(f->vs);
    if (argc > 1)
        return pail_flow_misuse(f, "wants at most one USER");
    if (argc == 1)
        return keys_of(f, argv[0], rows) ? f->code : pail_flow_rows(f, rows);
    struct pail_value *all = pail_flow_all(f, "ListUsers", NULL);
    if (!all)
        return f->code;
    const struct pail_value *users = pail_value_find(all, "Users");
    for (size_t i = 0; i < pail_value_len(users); i++)
        if (keys_of(f, pail_dig_z(pail_value_at(users, i), "UserName"), rows))
            return f->code;
    return pail_flow_rows(f, rows);
}

static const struct pail_opt keys_options[] = {PAIL_FLOW_OPTIONS};

const struct pail_command pail_iam_keys = {
    .name = "iam keys",
    .summary = "List access keys, how old they are and when they were used",
    .usage = "[USER]",
    .examples = "pail iam keys | Of everybody\npail iam keys alice | Of one user\n",
    .options = keys_options,
    .options_size = sizeof(struct pail_flow),
    .run = run_keys,
};

/* ---- rotate-key ------------------------------------------------------------------------------ */

struct rotate {
    struct pail_flow flow;
    bool deactivate_old, delete_old, drop_inactive;
};
static const struct pail_opt rotate_options[] = {
    {PAIL_OPT_FLAG, 0, "deactivate-old", NULL,
     "Turn the old key off when the new one is shown; it can be turned on again",
     offsetof(struct rotate, deactivate_old), NULL},
    {PAIL_OPT_FLAG, 0, "delete-old", NULL, "Delete the old key when the new one is shown",
     offsetof(struct rotate, delete_old), NULL},
    {PAIL_OPT_FLAG, 0, "drop-inactive", NULL,
     "When there are two keys, delete the one that is turned off to make room",
     offsetof(struct rotate, drop_inactive), NULL},
    PAIL_FLOW_YES,
    PAIL_FLOW_OPTIONS};

static int delete_key(struct pail_flow *f, const char *user, const char *id)
{
    if (!pail_flow_call(f, "DeleteAccessKey",
                        pail_flow_map(f, "UserName", user, "AccessKeyId", id, NULL)))
        return f->code;
    pail_flow_say(f, "Deleted access key %s.", id);
    return 0;
}

static bool is_active(const struct pail_value *key)
{
    return strcmp(pail_dig_z(key, "Status"), "Active") == 0;
}

/* The key that stays until the new one is shown, and the one that has to go before; "" where there
 * is none. 0 or the exit code. */
static int choose(struct rotate *o, const char *user, const char **ret_old, const char **ret_drop)
{
    struct pail_flow *f = &o->flow;
    struct pail_value *all = pail_flow_all(f, "ListAccessKeys",
                                           pail_flow_map(f, "UserName", user, NULL));
    if (!all)
        return f->code;
    const struct pail_value *keys = pail_value_find(all, "AccessKeyMetadata");
    *ret_old = pail_dig_z(keys, "[0].AccessKeyId");
    *ret_drop = "";
    if (pail_value_len(keys) < 2)
        return 0;
    bool first = is_active(pail_value_at(keys, 0)), second = is_active(pail_value_at(keys, 1));
    if (!o->drop_inactive || (first && second))
        return pail_flow_fail(
            f, PAIL_EXIT_USAGE,
            "%s has two access keys, %s and %s, and there cannot be a third. %s", user,
            pail_dig_z(keys, "[0].AccessKeyId"), pail_dig_z(keys, "[1].AccessKeyId"),
            first && second ? "Deactivate the one that is not in use first."
                            : "--drop-inactive deletes the one that is turned off.");
    *ret_old = pail_dig_z(keys, first ? "[0].AccessKeyId" : "[1].AccessKeyId");
    *ret_drop = pail_dig_z(keys, first ? "[1].AccessKeyId" : "[0].AccessKeyId");
    return 0;
}

static int retire(struct rotate *o, const char *user, const char *old)
{
    struct pail_flow *f = &o->flow;
    if (o->delete_old)
        return delete_key(f, user, old);
    if (!o->deactivate_old) {
        pail_flow_say(f, "The old key %s still works.", old);
        return 0;
    }
    if (!pail_flow_call(
            f, "UpdateAccessKey",
            pail_flow_map(f, "UserName", user, "AccessKeyId", old, "Status", "Inactive", NULL)))
        return f->code;
    pail_flow_say(f, "Deactivated the old key %s.", old);
    return 0;
}

static int run_rotate(void *p, int argc, char **argv)
{
    struct rotate *o = p;
    struct pail_flow *f = p;
    const char *old = "", *drop = "";
    if (argc != 1)
        return pail_flow_misuse(f, "wants USER");
    if (o->deactivate_old && o->delete_old)
        return pail_flow_misuse(f, "--deactivate-old or --delete-old, not both");
    if (choose(o, argv[0], &old, &drop))
        return f->code;
    if (*drop && !pail_flow_confirm(f, "Delete the inactive access key %s of %s", drop, argv[0]))
        return f->code;
    if (*old && (o->delete_old || o->deactivate_old) &&
        !pail_flow_confirm(f, "%s the access key %s of %s, which may be in use",
                           o->delete_old ? "Delete" : "Deactivate", old, argv[0]))
        return f->code;
    if (*drop && delete_key(f, argv[0], drop))
        return f->code;
    struct pail_value *record = pail_flow_map(f, "UserName", argv[0], NULL);
    if (pail_iam_new_key(f, argv[0], record) || pail_flow_record(f, record))
        return f->code;
    if (fflush(stdout) || ferror(stdout))
        return pail_flow_fail(f, PAIL_EXIT_ERROR,
                              "The new key could not be shown; the old one was left as it was");
    return *old ? retire(o, argv[0], old) : 0;
}

const struct pail_command pail_iam_rotate_key = {
    .name = "iam rotate-key",
    .summary = "Replace the access key of a user",
    .usage = "USER",
    .description = "Makes a new key and shows it this one time on standard output; then, when "
                   "asked for, turns the old one off or deletes it. With two keys already there "
                   "is no room for a new one: --drop-inactive.",
    .examples = "pail iam rotate-key backup | A second key; the first still works\n"
                "pail iam rotate-key backup --deactivate-old --yes | The first is turned off\n",
    .options = rotate_options,
    .options_size = sizeof(struct rotate),
    .run = run_rotate,
};
