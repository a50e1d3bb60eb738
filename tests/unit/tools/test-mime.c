/* SPDX-License-Identifier: Apache-2.0 */
/* Types that names suggest. */
#include "unit/test.h"

#include "tools/lib/mime.h"

static void test_names(void **state)
{
    static const struct {
        const char *name, *type;
    } cases[] = {
        {"a.txt", "text/plain"},
        {"dir.d/A.HTML", "text/html"},
        {"a.tar.gz", "application/x-tar"},
        {"a.tgz", "application/x-tar"},
        {"a.gz", ""},
        {"a", ""},
        {".txt", ""},
        {"a.b/c", ""},
        {"a.json", "application/json"},
        {"x.svgz", "image/svg+xml"},
        {"photo.JPG", "image/jpeg"},
        {"a.unknown", ""},
    };

    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++)
        assert_str(pail_mime_of(cases[i].name), cases[i].type);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_names))
