/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replays inputs: each argument is a file, or a folder whose files are taken in order of their
 * names. With PAIL_FUZZ_CUTS=1 in the environment every prefix of each input is run too: a cheap
 * source of cut-off texts.
 */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/buf.h"

#include "fuzz.h"

#define INPUT_LIMIT (1 << 20)
#define CUT_LIMIT 4096

static bool read_file(const char *path, struct pail_buf *to)
{
    FILE *f = fopen(path, "rb");
    char chunk[4096];
    size_t n;

    if (!f)
        return false;
    while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
        pail_buf_append(to, chunk, n);
    bool ok = !ferror(f) && to->failed == PAIL_BUF_OK;
    fclose(f);
    return ok;
}

/* The target gets a copy of the exact size, so that a sanitizer sees a read past its end. */
static bool feed(const struct pail_buf *input, size_t size)
{
    uint8_t *copy = pail_alloc(size);

    if (!copy)
        return false;
    if (size)
        memcpy(copy, input->ptr, size);
    LLVMFuzzerTestOneInput(copy, size);
    pail_free(copy);
    return true;
}

static bool run_file(const char *path)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf input = PAIL_BUF_INIT(INPUT_LIMIT);
    bool ok = read_file(path, &input);

    if (!ok)
        fprintf(stderr, "%s: cannot be read\n", path);
    for (size_t n = 0; ok && getenv("PAIL_FUZZ_CUTS") && n < input.len && n < CUT_LIMIT; n++)
        ok = feed(&input, n);
    return ok && feed(&input, input.len);
}

static bool run(const char *path, unsigned *count)
{
    struct stat st;
    struct dirent **names;

    if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
        ++*count;
        return run_file(path);
    }
    int n = scandir(path, &names, NULL, alphasort);
    bool ok = n >= 0;
    if (!ok)
        perror(path);
    for (int i = 0; i < n; i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf child = PAIL_BUF_INIT(4096);
        pail_buf_fmt(&child, "%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.')
            ok = child.failed == PAIL_BUF_OK && run(pail_buf_cstr(&child), count) && ok;
        free(names[i]);
    }
    if (n >= 0)
        free(names);
    return ok;
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    bool ok = argc > 1;

    for (int i = 1; i < argc; i++)
        ok = run(argv[i], &count) && ok;
    printf("%u inputs\n", count);
    return ok && count ? 0 : 1;
}
