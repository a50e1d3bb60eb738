/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jmes - for test_python.py: lines [expression, document] in JSON on stdin; of each the result on a
 * line of stdout, or "!" and the message as a JSON string.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/value_json.h"
#include "jmespath/jmespath.h"

static void answer(const char *line, size_t len, struct pail_buf *to)
{
    struct pail_values *vs = NULL;
    struct pail_value *row = NULL, *found = NULL;
    struct pail_jmes *j = NULL;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 20);
    if (pail_values_new(&vs, NULL))
        return;
    int rc = pail_value_from_json(vs, pail_strn(line, len), "line", &row, NULL);
    if (!rc)
        rc = pail_jmes_compile_why(pail_value_as_str(pail_value_at(row, 0)), &j, &why, NULL);
    if (!rc)
        rc = pail_jmes_search_why(j, pail_value_at(row, 1), vs, &found, &why, NULL);
    if (rc) {
        pail_buf_char(to, '!');
        found = pail_value_str(vs, pail_buf_view(&why));
    }
    pail_value_to_json(to, found, &(struct pail_json_style){.ascii = true});
    pail_jmes_free(j);
    pail_values_free(vs);
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;
    for (ssize_t n; (n = getline(&line, &cap, stdin)) > 0;) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(1 << 24);
        answer(line, (size_t)n, &out);
        puts(pail_buf_cstr(&out));
    }
    free(line);
    return 0;
}
