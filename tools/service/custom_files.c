/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options that put a part of the answer into files ("iot create-keys-and-certificate
 * --private-key-outfile x"), and the key that "ec2 get-password-data" decrypts with.
 */
#include "tools/service/custom.h"

#include <unistd.h>

#include "base/base64.h"
#include "base/file.h"
#include "base/str.h"
#include "crypto/rsa.h"
#include "tools/cmd.h"
#include "tools/service/calls.h"

#define KEY_MAX ((size_t)1 << 20)

/* ---- iot ------------------------------------------------------------------------------------- */

/* Nothing is made that could not be kept afterwards. */
static int apply_outfile(struct pail_run *run, const struct pail_extra *x, const struct pail_arg *a)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf dir = PAIL_BUF_INIT(1 << 16);
    const char *path = pail_cli_expand(run->cli, a->value);
    const char *whole = path ? pail_cli_absolute(run->cli, path) : NULL;
    if (!whole)
        return pail_cli_nomem(run->cli);
    struct pail_str s = pail_str(whole);
    pail_buf_str(&dir, pail_str_sub(s, 0, pail_str_rfind(s, '/')));
    pail_buf_z(&dir, "/");
    if (access(pail_buf_cstr(&dir), W_OK) == 0)
        return 0;
    return pail_cli_failf(run->cli, PAIL_EXIT_USAGE, "ParamValidation",
                          "Unable to write to file: %s", path);
}

static int after_keys(struct pail_run *run, struct pail_value *answer)
{
    struct pail_error err = PAIL_ERROR_INIT;
    const struct pail_arg *a = NULL;
    for (size_t i = 0; i < run->n; i++) {
        const struct pail_extra *x = run->params[i].extra;
        if (!x || x->apply != apply_outfile)
            continue;
        (void)pail_params_find(run, x->name, &a);
        if (!a->given)
            continue;
        struct pail_str text = pail_str(pail_text_at(answer, x->path));
        const char *path = pail_cli_expand(run->cli, a->value);
        if (!path)
            return pail_cli_nomem(run->cli);
        if (pail_file_write_all(path, (struct pail_bytes){text.ptr, text.len}, 0600, &err))
            return pail_cli_error(run->cli, &err);
    }
    return 0;
}

#define OUTFILE(option, where)                                                                     \
    {                                                                                              \
        .name = option, .take = PAIL_ARG_ONE, .apply = apply_outfile, .path = where,               \
        .help = "A file for it, which only its owner can read"                                     \
    }
static const struct pail_extra certificate[] = {
    OUTFILE("--certificate-pem-outfile", "certificatePem"), {NULL}};
static const struct pail_extra keys[] = {OUTFILE("--certificate-pem-outfile", "certificatePem"),
                                         OUTFILE("--public-key-outfile", "keyPair.PublicKey"),
                                         OUTFILE("--private-key-outfile", "keyPair.PrivateKey"),
                                         {NULL}};

/* ---- ec2 get-password-data ------------------------------------------------------------------- */

static int apply_launch_key(struct pail_run *run, const struct pail_extra *x,
                            const struct pail_arg *a)
{
    run->note = pail_cli_expand(run->cli, a->value);
    if (run->note && pail_is_file(run->note))
        return 0;
    return pail_cli_fail(run->cli, PAIL_EXIT_ERROR, NULL,
                         PAIL_STR("priv-launch-key should be a path to the local SSH private key "
                                  "file used to launch the instance."));
}

static int after_password(struct pail_run *run, struct pail_value *answer)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf secret = PAIL_BUF_INIT(1 << 16);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf plain = PAIL_BUF_INIT(1 << 16);
    PAIL_CLEANUP(pail_rsa_free_p) struct pail_rsa *key = NULL;
    struct pail_str data = pail_value_as_str(pail_value_get(answer, PAIL_STR("PasswordData"))), pem;
    if (!run->note || !data.len)
        return 0;
    data = pail_str_trim(data);
    for (struct pail_str line; pail_str_split(&data, '\n', &line);)
        pail_buf_str(&plain, pail_str_trim(line));
    int rc = pail_base64_decode(&secret, pail_buf_view(&plain), NULL);
    pail_buf_reset(&plain);
    if (!rc)
        rc = pail_cli_read_file(run->cli, run->note, KEY_MAX, &pem, NULL);
    if (!rc)
        rc = pail_rsa_from_pem(pem, &key, NULL);
    if (!rc)
        rc = pail_rsa_decrypt(key, (struct pail_bytes){secret.ptr, secret.len}, &plain, NULL);
    if (rc || !pail_str_is_utf8(pail_buf_view(&plain)))
        return pail_cli_fail(run->cli, PAIL_EXIT_ERROR, NULL,
                             PAIL_STR("Unable to decrypt password data using provided private key "
                                      "file."));
    pail_custom_text(run, answer, "PasswordData", pail_buf_cstr(&plain));
    return 0;
}

static const struct pail_extra password[] = {{"--priv-launch-key", PAIL_ARG_ONE,
                                              .apply = apply_launch_key,
                                              .help = "The private key that the instance was "
                                                      "launched with"},
                                             {NULL}};

const struct pail_custom pail_custom_files[] = {
    {.service = "iot",
     .operation = "create-certificate-from-csr",
     .extras = certificate,
     .after = after_keys},
    {.service = "iot",
     .operation = "create-keys-and-certificate",
     .extras = keys,
     .after = after_keys},
    {.service = "ec2",
     .operation = "get-password-data",
     .extras = password,
     .after = after_password},
    {.service = NULL},
};
