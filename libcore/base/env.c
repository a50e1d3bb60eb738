/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/env.c - environment variables and who we are.
 *
 * The passwd entry is consulted only for the real environment: with a replaced source a missing
 * HOME is missing, otherwise a test's outcome would depend on the account it runs under.
 */
#include "base/env.h"

#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/thread.h"

static const char *system_get(const char *name)
{
    return getenv(name);
}

static const char *(*env_source)(const char *name) = system_get;
static struct pail_once passwd_once = PAIL_ONCE_INIT;
static char passwd_home[PATH_MAX];

const char *pail_env_get(const char *name)
{
    return env_source(name);
}

const char *pail_env_get_nonempty(const char *name)
{
    const char *value = pail_env_get(name);
    return value && *value ? value : NULL;
}

bool pail_env_set(const char *name, const char *value)
{
    return setenv(name, value, 1) == 0;
}

static void read_passwd(void)
{
    char text[16384];
    struct passwd entry, *found = NULL;
    if (getpwuid_r(getuid(), &entry, text, sizeof(text), &found) != 0 || !found || !found->pw_dir)
        return;
    size_t len = strlen(found->pw_dir);
    if (len < sizeof(passwd_home))
        memcpy(passwd_home, found->pw_dir, len + 1);
}

const char *pail_env_home(void)
{
    const char *home = pail_env_get_nonempty("HOME");
    if (home || env_source != system_get)
        return home;
    pail_once(&passwd_once, read_passwd);
    return *passwd_home ? passwd_home : NULL;
}

uint32_t pail_env_uid(void)
{
    return getuid();
}

uint32_t pail_env_gid(void)
{
    return getgid();
}

void pail_env_set_source(const char *(*get)(const char *name))
{
    env_source = get ? get : system_get;
}
