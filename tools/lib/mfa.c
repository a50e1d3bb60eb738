/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mfa.c - getpass(3) does what is wanted: /dev/tty, echo off while the code is typed, and on again
 * also after an interrupt. One prompt at a time: its buffer is static, and so is a terminal.
 */
#include "tools/lib/mfa.h"

#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/secret.h"

#define PROMPT_MAX 2048

static int no_code(struct pail_error *err, const char *serial, const char *why)
{
    return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS, "MFA code for %.120s: %s", serial,
                          why);
}

int pail_enter_mfa(void *ud, const char *serial, char *dst, size_t cap, struct pail_error *err)
{
    char prompt[PROMPT_MAX];
    snprintf(prompt, sizeof(prompt), "Enter MFA code for %s: ", serial);
    char *code = getpass(prompt);
    size_t len = code ? strlen(code) : 0;
    if (len == 0)
        return no_code(err, serial, "none was entered");
    int rc = 0;
    if (len < cap)
        memcpy(dst, code, len + 1);
    else
        rc = no_code(err, serial, "too long");
    pail_wipe(code, len);
    return rc;
}
