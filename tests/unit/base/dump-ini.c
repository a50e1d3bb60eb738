/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What base/ini.h makes of each file named on the command line, one line of JSON per file: an
 * object of sections, or null for a file that does not parse. diff-ini.py compares the lines with
 * botocore's.
 */
#include <stdio.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/ini.h"
#include "base/json.h"

static void dump_key(struct pail_jwriter *w, const struct pail_ini *ini, size_t s, size_t k,
                     struct pail_str value, bool is_block)
{
    struct pail_str sub, sub_value;

    if (!is_block) {
        pail_jw_str(w, value);
        return;
    }
    pail_jw_object(w);
    for (size_t j = 0; pail_ini_block_key(ini, s, k, j, &sub, &sub_value); j++) {
        pail_jw_key(w, sub);
        pail_jw_str(w, sub_value);
    }
    pail_jw_end_object(w);
}

static void dump(struct pail_buf *out, struct pail_str text)
{
    PAIL_CLEANUP(pail_ini_free_p) struct pail_ini *ini = NULL;
    struct pail_jwriter w;
    struct pail_str name, value;
    bool is_block;

    pail_jw_init(&w, out, 0);
    if (pail_ini_parse(text, "file", &ini, NULL) < 0) {
        pail_jw_null(&w);
        return;
    }
    pail_jw_object(&w);
    for (size_t s = 0; (name = pail_ini_section(ini, s)).ptr; s++) {
        pail_jw_key(&w, name);
        pail_jw_object(&w);
        for (size_t k = 0; pail_ini_key(ini, s, k, &name, &value, &is_block); k++) {
            pail_jw_key(&w, name);
            dump_key(&w, ini, s, k, value, is_block);
        }
        pail_jw_end_object(&w);
    }
    pail_jw_end_object(&w);
}

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

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct pail_buf text = PAIL_BUF_INIT(1 << 20), out = PAIL_BUF_INIT(1 << 24);
        if (!read_file(argv[i], &text)) {
            fprintf(stderr, "%s: cannot be read\n", argv[i]);
            return 1;
        }
        dump(&out, pail_buf_view(&text));
        bool ok = out.failed == PAIL_BUF_OK;
        printf("%s\n", pail_buf_cstr(&out));
        pail_buf_done(&text);
        pail_buf_done(&out);
        if (!ok)
            return 1;
    }
    return 0;
}
