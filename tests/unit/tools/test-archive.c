/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/test.h"
#include "unit/torture.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "tools/service/archive.h"

static char dir[64], path[96];

static int begin(void **state)
{
    (void)snprintf(dir, sizeof(dir), "/tmp/pail-archive-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    (void)snprintf(path, sizeof(path), "%s/code.txt", dir);
    return pail_file_write_all(path, (struct pail_bytes){"print(1)\n", 9}, 0644, NULL);
}

static int end(void **state)
{
    (void)unlink(path);
    return rmdir(dir);
}

static unsigned at16(const struct pail_buf *b, size_t at)
{
    return (unsigned char)b->ptr[at] | (unsigned)(unsigned char)b->ptr[at + 1] << 8;
}

/* The last 22 bytes: how many files, and where their directory is. */
static void check_end(const struct pail_archive *a, unsigned n)
{
    size_t at = a->data.len - 22;
    assert_true(pail_is_zip(pail_buf_view(&a->data)));
    assert_int_equal(at16(&a->data, at + 8), n);
    assert_int_equal(at16(&a->data, at + 10), n);
    size_t directory = at16(&a->data, at + 16) | (size_t)at16(&a->data, at + 18) << 16;
    size_t len = at16(&a->data, at + 12) | (size_t)at16(&a->data, at + 14) << 16;
    assert_int_equal(directory + len, at);
    if (n)
        assert_memory_equal(a->data.ptr + directory, "PK\1\2", 4);
}

static int pack(void *ud, struct pail_error *err)
{
    struct pail_archive a;
    pail_archive_init(&a);
    int rc = pail_archive_add_dir(&a, dir, false, err);
    for (unsigned i = 0; !rc && i < 40; i++) /* so that both buffers grow, each at its own time */
        rc = pail_archive_add(&a, path, "a-name-that-is-longer-than-what-it-names-is.txt", err);
    if (!rc)
        rc = pail_archive_finish(&a, err);
    if (!rc)
        check_end(&a, 41);
    pail_archive_done(&a);
    return rc;
}

static void test_torture(void **state)
{
    pail_torture("archive", pack, NULL);
}

static void test_empty(void **state)
{
    struct pail_archive a;
    pail_archive_init(&a);
    assert_ok(pail_archive_finish(&a, NULL), NULL);
    check_end(&a, 0);
    pail_archive_done(&a);
}

/* A name's length has 16 bits. */
static void test_long_names(void **state)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(1 << 17);
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_archive a;
    pail_archive_init(&a);
    for (unsigned i = 0; i < UINT16_MAX; i++)
        pail_buf_char(&name, 'n');
    assert_ok(pail_archive_add(&a, path, pail_buf_cstr(&name), &err), &err);
    pail_buf_char(&name, 'n');
    assert_code(pail_archive_add(&a, path, pail_buf_cstr(&name), &err), PAIL_E_TOO_BIG);
    assert_int_equal(a.n, 1);
    assert_ok(pail_archive_finish(&a, &err), &err);
    check_end(&a, 1);
    pail_archive_done(&a);
}

PAIL_TEST_MAIN(cmocka_unit_test_setup_teardown(test_torture, begin, end),
               cmocka_unit_test(test_empty),
               cmocka_unit_test_setup_teardown(test_long_names, begin, end))
