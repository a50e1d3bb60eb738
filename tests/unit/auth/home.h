/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit/auth/home.h - a home directory and an environment of a test's own.
 *
 *     home_setup/home_teardown as cmocka fixtures; home_set("AWS_PROFILE", "x");
 * home_file(".aws/config", "[default]\n..."). What was not set is not there: nothing of the real
 * environment is seen.
 */
#ifndef PAIL_TESTS_UNIT_AUTH_HOME_H
#define PAIL_TESTS_UNIT_AUTH_HOME_H

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/env.h"
#include "unit/test.h"

#define HOME_VARS 32

static struct {
    char dir[64];
    char name[HOME_VARS][64], value[HOME_VARS][512];
    size_t n;
} home;

static const char *home_get(const char *name)
{
    for (size_t i = 0; i < home.n; i++) {
        if (strcmp(home.name[i], name) == 0)
            return home.value[i];
    }
    return NULL;
}

/* value NULL: not set. */
PAIL_UNUSED static void home_set(const char *name, const char *value)
{
    size_t i = 0;
    while (i < home.n && strcmp(home.name[i], name) != 0)
        i++;
    if (!value) {
        if (i < home.n)
            home.name[i][0] = '\0';
        return;
    }
    assert_true(i < HOME_VARS);
    snprintf(home.name[i], sizeof(home.name[i]), "%s", name);
    size_t len = strlen(value);
    assert_true(len < sizeof(home.value[i]));
    memmove(home.value[i], value, len);
    home.value[i][len] = '\0';
    if (i == home.n)
        home.n++;
}

/* Nothing but HOME. */
PAIL_UNUSED static void home_clear(void)
{
    home.n = 0;
    home_set("HOME", home.dir);
}

/* The file's text; valid until the next call. NULL: not there. */
PAIL_UNUSED static const char *home_text(const char *path)
{
    static char text[65536];
    FILE *f = fopen(path, "r");
    if (!f)
        return NULL;
    size_t n = fread(text, 1, sizeof(text) - 1, f);
    fclose(f);
    text[n] = '\0';
    return text;
}

/* Path of a file in the home directory; valid until the next call. */
PAIL_UNUSED static const char *home_path(const char *name)
{
    static char path[256];
    int n = snprintf(path, sizeof(path), "%s/%s", home.dir, name);
    assert_in_range(n, 1, sizeof(path) - 1);
    return path;
}

/* The directories above it, and the file. */
PAIL_UNUSED static void home_file(const char *name, const char *text)
{
    for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        char dir[128];
        snprintf(dir, sizeof(dir), "%.*s", (int)(slash - name), name);
        (void)mkdir(home_path(dir), 0700);
    }
    FILE *f = fopen(home_path(name), "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
}

PAIL_UNUSED static int home_setup(void **state)
{
    memset(&home, 0, sizeof(home));
    snprintf(home.dir, sizeof(home.dir), "%s", "/tmp/pail-auth-XXXXXX");
    if (!mkdtemp(home.dir) || mkdir(home_path(".aws"), 0700) != 0)
        return -1;
    home_set("HOME", home.dir);
    pail_env_set_source(home_get);
    return 0;
}

static int home_remove(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    return remove(path);
}

PAIL_UNUSED static int home_teardown(void **state)
{
    pail_env_set_source(NULL);
    return nftw(home.dir, home_remove, 8, FTW_DEPTH | FTW_PHYS);
}

#define home_test(fn) cmocka_unit_test_setup_teardown(fn, home_setup, home_teardown)

#endif
