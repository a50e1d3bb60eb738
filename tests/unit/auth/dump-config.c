/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit/auth/dump-config - answers questions about config files, for diff-config.py.
 *
 * stdin: lines of four words. "load CONFIG CREDENTIALS -" reads two files; answer: the names of the
 * profiles, or "error". Then "KIND NAME SUB KEY", the last three in hexadecimal or "-" for none,
 * KIND being "profile", "sso-session" or "services"; answer: "=" and the value in hexadecimal, or
 * "-".
 */
#include <stdio.h>

#include "auth/config.h"
#include "base/env.h"
#include "base/hex.h"
#include "base/str.h"

#define WORD 65536

static char words[4][WORD];

static const char *unhex(const char *word, char *to)
{
    size_t n = strlen(word) / 2;
    if (strcmp(word, "-") == 0 || !pail_hex_decode(pail_str(word), to, n))
        return NULL;
    to[n] = '\0';
    return to;
}

static void print_hex(struct pail_str s)
{
    for (size_t i = 0; i < s.len; i++)
        printf("%02x", (unsigned char)s.ptr[i]);
}

static void answer(const struct pail_config *c)
{
    static char name[WORD], sub[WORD], key[WORD];
    const char *n = unhex(words[1], name), *s = unhex(words[2], sub), *k = unhex(words[3], key);
    struct pail_str v;
    if (!n || !k)
        v = pail_str(NULL);
    else if (strcmp(words[0], "profile") != 0)
        v = pail_config_get_section(c, words[0], pail_str(n), s, k);
    else
        v = s ? pail_config_get_sub(c, pail_str(n), s, k) : pail_config_get(c, pail_str(n), k);
    printf("%s", v.ptr ? "=" : "-");
    print_hex(v);
    printf("\n");
}

static const char *env(const char *name)
{
    if (strcmp(name, "AWS_CONFIG_FILE") == 0)
        return words[1];
    return strcmp(name, "AWS_SHARED_CREDENTIALS_FILE") == 0 ? words[2] : NULL;
}

static struct pail_config *load(void)
{
    struct pail_config *c = NULL;
    if (pail_config_load(&c, NULL) < 0) {
        printf("error\n");
        return NULL;
    }
    for (size_t i = 0; pail_config_profile(c, i).ptr; i++) {
        printf(i ? " =" : "=");
        print_hex(pail_config_profile(c, i));
    }
    printf("\n");
    return c;
}

int main(void)
{
    struct pail_config *c = NULL;
    pail_env_set_source(env);
    while (scanf("%65535s %65535s %65535s %65535s", words[0], words[1], words[2], words[3]) == 4) {
        if (strcmp(words[0], "load") == 0) {
            (void)pail_config_unref(c);
            c = load();
        } else if (c) {
            answer(c);
        } else {
            printf("error\n");
        }
    }
    (void)pail_config_unref(c);
    return 0;
}
