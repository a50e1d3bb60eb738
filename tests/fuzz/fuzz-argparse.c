/* SPDX-License-Identifier: Apache-2.0 */
/* A command line, a word a line: every word is taken by an option, given back, or complained of. */
#include "tools/service/argparse.h"

#include <string.h>

#include "fuzz.h"

#define WORDS_MAX 64

static const char *const choices[] = {"red", "green", NULL};

static bool is_of(const char *word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(words[i]);
        if (word >= words[i] && word <= words[i] + len) /* "--x=y": points into the word */
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 20);
    static char text[1 << 16];
    const char *words[WORDS_MAX], *rest[WORDS_MAX + 1], *lists[2 * WORDS_MAX + 2];
    size_t n = 0, n_rest = 0;
    struct pail_arg args[] = {
        {.name = "--name", .take = PAIL_ARG_ONE},
        {.name = "--names", .take = PAIL_ARG_LIST},
        {.name = "--no-name", .take = PAIL_ARG_NONE},
        {.name = "--maybe", .take = PAIL_ARG_MAYBE},
        {.name = "--color", .take = PAIL_ARG_ONE, .choices = choices},
        {.name = "first", .take = PAIL_ARG_POSITIONAL},
        {.name = "second", .take = PAIL_ARG_OPTIONAL},
    };
    if (size >= sizeof(text))
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    for (char *at = text; n < WORDS_MAX && at; n++) {
        char *end = strchr(at, '\n');
        words[n] = at;
        if (end)
            *end = '\0';
        at = end ? end + 1 : NULL;
    }
    int rc = pail_argparse(args, PAIL_ARRAY_LEN(args), words, n, rest, &n_rest, lists, &why);
    PAIL_FUZZ_CHECK(rc == 0 || rc == PAIL_E_INVALID || rc == PAIL_E_NOMEM);
    PAIL_FUZZ_CHECK(rc != PAIL_E_INVALID || why.len);
    if (rc)
        return 0;
    PAIL_FUZZ_CHECK(args[5].value && n_rest <= n);
    for (size_t i = 0; i < n_rest; i++)
        PAIL_FUZZ_CHECK(is_of(rest[i], words, n));
    for (size_t i = 0; i < PAIL_ARRAY_LEN(args); i++) {
        PAIL_FUZZ_CHECK(!args[i].value || is_of(args[i].value, words, n));
        PAIL_FUZZ_CHECK(args[i].n_values <= n);
        for (size_t k = 0; k < args[i].n_values; k++)
            PAIL_FUZZ_CHECK(is_of(args[i].values[k], words, n));
    }
    PAIL_FUZZ_CHECK(!args[4].value || !strcmp(args[4].value, "red") ||
                    !strcmp(args[4].value, "green"));
    return 0;
}
