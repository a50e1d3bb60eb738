/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key pairs. The private half exists once, in the answer: the file is made before the key, so that
 * a name that is taken or a full disk leave no key behind that nobody has.
 */
#include "base/file.h"
#include "base/str.h"
#include "tools/curated/ec2.h"

static int run_keys(void *p, int argc, char **argv)
{
    static const struct pail_flow_listing keys = {
        "DescribeKeyPairs",
        "KeyPairs",
        {{"Name", "KeyName", NULL},
         {"Type", "KeyType", NULL},
         {"Created", "CreateTime", NULL},
         {"Fingerprint", "KeyFingerprint", NULL},
         {"Id", "KeyPairId", NULL}},
    };
    return pail_flow_list_all(p, &keys, NULL, argc);
}

static const struct pail_opt options[] = {PAIL_FLOW_OPTIONS};

const struct pail_command pail_ec2_keys = {
    .name = "ec2 keys",
    .summary = "List the key pairs",
    .usage = "",
    .examples = "pail ec2 keys | What instances can be launched with\n",
    .options = options,
    .options_size = sizeof(struct pail_flow),
    .run = run_keys,
};

/* ---- new-key --------------------------------------------------------------------------------- */

static const char *const kinds[] = {"ed25519", "rsa", NULL};
struct new_key {
    struct pail_flow flow;
    const char *save;
    int kind;
};
static const struct pail_opt new_options[] = {
    {PAIL_OPT_STRING, 0, "save", "FILE", "Where the private key goes, readable by you alone",
     offsetof(struct new_key, save), NULL},
    {PAIL_OPT_CHOICE, 0, "type", "TYPE", "What kind of key; Windows needs rsa",
     offsetof(struct new_key, kind), kinds},
    PAIL_FLOW_OPTIONS};

static int write_key(struct pail_file *file, struct pail_str key, struct pail_error *err)
{
    int rc = pail_file_pwrite(file, key.ptr, key.len, 0, err);
    if (!rc && key.len && key.ptr[key.len - 1] != '\n')
        rc = pail_file_pwrite(file, "\n", 1, key.len, err);
    return rc ? rc : pail_file_sync(file, err);
}

/* *ret_saved: the private key is in the file, whatever happens after that. */
static int make_key(struct new_key *o, const char *name, struct pail_file *file, bool *ret_saved)
{
    struct pail_flow *f = &o->flow;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_value *made = pail_flow_call(
        f, "CreateKeyPair", pail_flow_map(f, "KeyName", name, "KeyType", kinds[o->kind], NULL));
    if (!made)
        return f->code;
    if (write_key(file, pail_value_as_str(pail_value_find(made, "KeyMaterial")), &err)) {
        pail_flow_call(f, "DeleteKeyPair", pail_flow_map(f, "KeyName", name, NULL));
        return pail_flow_fail(f, PAIL_EXIT_ERROR, "%s. The key pair was deleted again",
                              err.message);
    }
    *ret_saved = true;
    pail_flow_say(f, "Created key pair %s; the private key is in %s.", name, o->save);
    return pail_flow_record(
        f, pail_flow_map(f, "KeyName", name, "KeyPairId", pail_dig_z(made, "KeyPairId"),
                         "Fingerprint", pail_dig_z(made, "KeyFingerprint"), "File", o->save, NULL));
}

static int run_new(void *p, int argc, char **argv)
{
    struct new_key *o = p;
    struct pail_flow *f = p;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_file *file = NULL;
    if (argc != 1 || !o->save)
        return pail_flow_misuse(f, "wants NAME and --save FILE");
    if (pail_file_open(o->save, PAIL_FILE_WRITE | PAIL_FILE_CREATE | PAIL_FILE_EXCL, &file, &err))
        return pail_flow_fail(f, PAIL_EXIT_ERROR, "%s", err.message);
    bool saved = false;
    int code = make_key(o, argv[0], file, &saved);
    pail_file_close(file);
    if (!saved && pail_file_unlink(o->save, &err))
        pail_flow_fail(f, code, "%s", err.message);
    return code;
}

const struct pail_command pail_ec2_new_key = {
    .name = "ec2 new-key",
    .summary = "Create a key pair and save its private key",
    .usage = "NAME --save FILE",
    .description = "The file must not exist and is readable by its owner alone. AWS does not keep "
                   "the private key.",
    .examples = "pail ec2 new-key mine --save ~/.ssh/mine.pem | For \"pail ec2 run --key mine\"\n",
    .options = new_options,
    .options_size = sizeof(struct new_key),
    .run = run_new,
};

/* ---- drop-key -------------------------------------------------------------------------------- */

static int run_drop(void *p, int argc, char **argv)
{
    struct pail_flow *f = p;
    if (argc != 1)
        return pail_flow_misuse(f, "wants NAME");
    struct pail_value *which = pail_value_map(f->vs);
    pail_flow_put(f, which, "KeyNames", pail_flow_list(f, argv[0], NULL));
    if (!pail_flow_call(f, "DescribeKeyPairs", which) ||
        !pail_flow_confirm(f, "Delete key pair %s", argv[0]) ||
        !pail_flow_call(f, "DeleteKeyPair", pail_flow_map(f, "KeyName", argv[0], NULL)))
        return f->code;
    pail_flow_say(f, "Deleted key pair %s.", argv[0]);
    return 0;
}

static const struct pail_opt drop_options[] = {PAIL_FLOW_YES, PAIL_FLOW_OPTIONS};

const struct pail_command pail_ec2_drop_key = {
    .name = "ec2 drop-key",
    .summary = "Delete a key pair",
    .usage = "NAME",
    .description = "Instances that were launched with it keep its public key. Asks first.",
    .examples = "pail ec2 drop-key mine | Asks, then deletes\n",
    .options = drop_options,
    .options_size = sizeof(struct pail_flow),
    .run = run_drop,
};
