/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"

#include "unit/test.h"
#include "unit/torture.h"

static char dir[64];

/* "DIR/name", in one of four turning buffers. */
static const char *in_dir(const char *name)
{
    static char paths[4][256];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
    return path;
}

static int remove_entry(const char *name, void *ud, struct pail_error *err)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", (const char *)ud, name);
    if (rmdir(path) == 0 || unlink(path) == 0)
        return 0;
    int rc = pail_file_list(path, remove_entry, path, err);
    return rc ? rc : (rmdir(path) == 0 ? 0 : pail_error_os(err, errno, "%s", path));
}

static int make_dir(void **state)
{
    memcpy(dir, "/tmp/pail-test-XXXXXX", 22);
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    return pail_file_list(dir, remove_entry, dir, NULL) || rmdir(dir) ? -1 : 0;
}

static struct pail_file *open_file(const char *name, unsigned flags)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_file *f = NULL;
    assert_ok(pail_file_open(in_dir(name), flags, &f, &err), &err);
    return f;
}

#define RWC (PAIL_FILE_READ | PAIL_FILE_WRITE | PAIL_FILE_CREATE)

static void test_read_and_write(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_file *f = open_file("f", RWC);
    char got[20] = {0};
    size_t n = 99;
    uint64_t size = 0;
    assert_ok(pail_file_pread(f, got, sizeof(got), 0, &n, &err), &err);
    assert_int_equal(n, 0);
    assert_ok(pail_file_pwrite(f, "world", 5, 6, &err), &err);
    assert_ok(pail_file_pwrite(f, "hello,", 6, 0, &err), &err);
    assert_ok(pail_file_size(f, &size, &err), &err);
    assert_int_equal(size, 11);
    assert_ok(pail_file_pread(f, got, sizeof(got), 0, &n, &err), &err);
    assert_int_equal(n, 11);
    assert_memory_equal(got, "hello,world", 11);
    assert_ok(pail_file_truncate(f, 3, &err), &err);
    assert_ok(pail_file_pread(f, got, 2, 2, &n, &err), &err);
    assert_int_equal(n, 1);
    assert_ok(pail_file_sync(f, &err), &err);
    assert_code(pail_file_pwrite(f, "x", 1, UINT64_MAX, &err), PAIL_E_OS);
    assert_int_equal(err.os_errno, EFBIG);
    assert_int_equal(fcntl(pail_file_fd(f), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    pail_file_close(f);
    pail_file_close(NULL);
}

static void test_open_flags(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_file *f = NULL;
    struct stat st;
    assert_code(pail_file_open(in_dir("f"), PAIL_FILE_READ, &f, &err), PAIL_E_OS);
    assert_int_equal(err.os_errno, ENOENT);
    assert_non_null(strstr(err.message, in_dir("f")));
    assert_null(f);
    assert_code(pail_file_open(in_dir("f"), PAIL_FILE_CREATE, &f, &err), PAIL_E_INVALID);

    f = open_file("f", PAIL_FILE_WRITE | PAIL_FILE_CREATE | PAIL_FILE_EXCL);
    assert_ok(pail_file_pwrite(f, "text", 4, 0, &err), &err);
    size_t n;
    assert_code(pail_file_pread(f, &st, 1, 0, &n, &err), PAIL_E_OS);
    pail_file_close(f);
    assert_int_equal(stat(in_dir("f"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);

    assert_code(pail_file_open(in_dir("f"), RWC | PAIL_FILE_EXCL, &f, &err), PAIL_E_OS);
    assert_int_equal(err.os_errno, EEXIST);
    f = open_file("f", PAIL_FILE_READ);
    assert_code(pail_file_pwrite(f, "x", 1, 0, &err), PAIL_E_OS);
    pail_file_close(f);
    pail_file_close(open_file("f", PAIL_FILE_WRITE | PAIL_FILE_TRUNC));
    assert_int_equal(stat(in_dir("f"), &st), 0);
    assert_int_equal(st.st_size, 0);
}

static void test_delete_on_close(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_file *f = open_file("gone", RWC | PAIL_FILE_EXCL | PAIL_FILE_DELETE_ON_CLOSE);
    assert_int_equal(access(in_dir("gone"), F_OK), -1);
    char got[4];
    size_t n;
    assert_ok(pail_file_pwrite(f, "here", 4, 0, &err), &err);
    assert_ok(pail_file_pread(f, got, 4, 0, &n, &err), &err);
    assert_memory_equal(got, "here", 4);
    pail_file_close(f);
}

static void test_punch_and_reserve(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_file *f = open_file("f", RWC);
    struct pail_file_stat st;
    PAIL_AUTOFREE char *data = pail_alloc(1 << 20);
    uint64_t size;
    size_t n;
    memset(data, 'x', 1 << 20);

    int rc = pail_file_reserve(f, 0, 4 << 20, &err);
    if (rc != PAIL_E_UNSUPPORTED) {
        assert_ok(rc, &err);
        assert_ok(pail_file_size(f, &size, &err), &err);
        assert_int_equal(size, 0);
        assert_ok(pail_file_stat(in_dir("f"), &st, &err), &err);
        assert_true(st.allocated >= 4 << 20);
    }
    assert_ok(pail_file_pwrite(f, data, 1 << 20, 0, &err), &err);
    rc = pail_file_punch(f, 4096, 512 << 10, &err);
    if (rc != PAIL_E_UNSUPPORTED) {
        assert_ok(rc, &err);
        assert_ok(pail_file_pread(f, data, 8192, 4095, &n, &err), &err);
        assert_int_equal(data[0], 'x');
        for (int i = 1; i < 8192; i++)
            assert_int_equal(data[i], 0);
        assert_ok(pail_file_size(f, &size, &err), &err);
        assert_int_equal(size, 1 << 20);
    }
    assert_ok(pail_file_punch(f, 0, 0, &err), &err);
    assert_ok(pail_file_reserve(f, 0, 0, &err), &err);
    assert_code(pail_file_punch(f, INT64_MAX, 2, &err), PAIL_E_OS);
    pail_file_close(f);
}

/* Two opens in one process exclude each other; closing an unrelated open keeps the lock. */
static void test_lock(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_file *a = open_file("f", RWC), *b = open_file("f", RWC);
    assert_ok(pail_file_lock(a, &err), &err);
    assert_ok(pail_file_lock(a, &err), &err);
    assert_code(pail_file_lock(b, &err), PAIL_E_FS_BUSY);
    assert_int_equal(err.domain, PAIL_D_FS);
    pail_file_close(open_file("f", RWC));
    assert_code(pail_file_lock(b, &err), PAIL_E_FS_BUSY);
    pail_file_close(a);
    assert_ok(pail_file_lock(b, &err), &err);
    pail_file_close(b);
}

static void test_paths(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_file_stat st;
    uint64_t space = 0;
    pail_file_close(open_file("a", RWC));
    assert_ok(pail_file_rename(in_dir("a"), in_dir("b"), &err), &err);
    assert_code(pail_file_stat(in_dir("a"), &st, &err), PAIL_E_OS);
    assert_ok(pail_file_stat(in_dir("b"), &st, &err), &err);
    assert_true(st.is_regular && !st.is_dir && st.size == 0);
    assert_true(st.mtime_ns > INT64_C(1577836800000000000));
    assert_ok(pail_file_stat(dir, &st, &err), &err);
    assert_true(st.is_dir && !st.is_regular);
    assert_ok(pail_file_sync_dir(dir, &err), &err);
    assert_code(pail_file_sync_dir(in_dir("b"), &err), PAIL_E_OS);
    assert_ok(pail_file_unlink(in_dir("b"), &err), &err);
    assert_code(pail_file_unlink(in_dir("b"), &err), PAIL_E_OS);
    assert_code(pail_file_rename(in_dir("b"), in_dir("c"), &err), PAIL_E_OS);
    assert_int_equal(err.os_errno, ENOENT);
    assert_ok(pail_file_free_space(dir, &space, &err), &err);
    assert_true(space > 0);
}

static void test_mkdirs(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_file_stat st;
    struct stat os;
    assert_ok(pail_file_mkdirs(in_dir("a/b//c"), 0700, &err), &err);
    assert_ok(pail_file_mkdirs(in_dir("a/b/c/"), 0700, &err), &err);
    assert_ok(pail_file_mkdirs(in_dir("a/b/d/"), 0700, &err), &err);
    assert_ok(pail_file_mkdirs("/", 0700, &err), &err);
    assert_ok(pail_file_stat(in_dir("a/b/c"), &st, &err), &err);
    assert_true(st.is_dir);
    assert_int_equal(stat(in_dir("a/b"), &os), 0);
    assert_int_equal(os.st_mode & 0777, 0700);
    pail_file_close(open_file("file", RWC));
    assert_code(pail_file_mkdirs(in_dir("file"), 0700, &err), PAIL_E_OS);
    assert_int_equal(err.os_errno, ENOTDIR);
    assert_code(pail_file_mkdirs(in_dir("file/x"), 0700, &err), PAIL_E_OS);
    assert_int_equal(err.os_errno, ENOTDIR);
    assert_code(pail_file_mkdirs("", 0700, &err), PAIL_E_OS);
}

static int join_names(const char *name, void *ud, struct pail_error *err)
{
    pail_buf_fmt(ud, "%s,", name);
    return strcmp(name, "stop") == 0 ? 42 : 0;
}

static void test_list(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf names = PAIL_BUF_INIT(1000);
    static const char *const files[] = {"b", "a", "B", "\xc3\xa4", "a.b", ".h", "a-b"};
    assert_ok(pail_file_list(dir, join_names, &names, &err), &err);
    assert_string_equal(pail_buf_cstr(&names), "");
    for (size_t i = 0; i < PAIL_ARRAY_LEN(files); i++)
        pail_file_close(open_file(files[i], RWC));
    assert_ok(pail_file_list(dir, join_names, &names, &err), &err);
    assert_string_equal(pail_buf_cstr(&names), ".h,B,a,a-b,a.b,b,\xc3\xa4,");
    pail_file_close(open_file("stop", RWC));
    assert_int_equal(pail_file_list(dir, join_names, &names, &err), 42);
    assert_true(pail_str_ends(pail_buf_view(&names), PAIL_STR("b,stop,")));
    assert_code(pail_file_list(in_dir("none"), join_names, &names, &err), PAIL_E_OS);
}

static void test_whole_files(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct stat st;
    char *text = NULL;
    size_t len = 0;
    const char *path = in_dir("f");
    assert_ok(pail_file_write_all(path, (struct pail_bytes){"first", 5}, 0600, &err), &err);
    assert_ok(pail_file_read_all(path, 5, &text, &len, &err), &err);
    assert_int_equal(len, 5);
    assert_string_equal(text, "first");
    pail_free(text);
    text = NULL;
    assert_code(pail_file_read_all(path, 4, &text, &len, &err), PAIL_E_TOO_BIG);
    assert_null(text);
    assert_ok(pail_file_write_all(path, (struct pail_bytes){NULL, 0}, 0644, &err), &err);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0644);
    assert_ok(pail_file_read_all(path, SIZE_MAX, &text, NULL, &err), &err);
    assert_string_equal(text, "");
    pail_free(text);
    assert_code(pail_file_read_all(in_dir("none"), 10, &text, &len, &err), PAIL_E_OS);
    assert_code(pail_file_read_all(dir, 10000, &text, &len, &err), PAIL_E_OS);
    assert_int_equal(err.os_errno, EISDIR);

    /* A replacement that fails leaves the old file and nothing else. */
    assert_ok(pail_file_mkdirs(in_dir("d/e"), 0700, &err), &err);
    assert_code(pail_file_write_all(in_dir("d"), (struct pail_bytes){"x", 1}, 0600, &err),
                PAIL_E_OS);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf names = PAIL_BUF_INIT(1000);
    assert_ok(pail_file_list(dir, join_names, &names, &err), &err);
    assert_string_equal(pail_buf_cstr(&names), "d,f,");
}

/* Files whose size says nothing: /proc, and pipes. */
static void test_read_all_without_size(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    char *text = NULL, path[64];
    size_t len = 0;
    assert_ok(pail_file_read_all("/proc/self/status", 1 << 20, &text, &len, &err), &err);
    assert_true(len > 100 && strlen(text) == len);
    pail_free(text);
    assert_code(pail_file_read_all("/proc/self/status", 100, &text, &len, &err), PAIL_E_TOO_BIG);

    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "piped", 5), 5);
    close(ends[1]);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
    assert_ok(pail_file_read_all(path, 5, &text, &len, &err), &err);
    assert_string_equal(text, "piped");
    pail_free(text);
    close(ends[0]);
}

static int use_files(void *ud, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf names = PAIL_BUF_INIT(1000);
    char *text = NULL;
    int rc = pail_file_mkdirs(in_dir("t/u"), 0700, err);
    if (rc == 0)
        rc = pail_file_write_all(in_dir("t/f"), (struct pail_bytes){"text", 4}, 0600, err);
    if (rc == 0)
        rc = pail_file_read_all(in_dir("t/f"), 100, &text, NULL, err);
    if (rc == 0) {
        assert_string_equal(text, "text");
        pail_free(text);
        rc = pail_file_list(in_dir("t"), join_names, &names, err);
    }
    return rc ? rc : pail_buf_check(&names, "names", err);
}

static void test_torture(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf names = PAIL_BUF_INIT(1000);
    pail_torture("file", use_files, NULL);
    assert_ok(pail_file_list(in_dir("t"), join_names, &names, &err), &err);
    assert_string_equal(pail_buf_cstr(&names), "f,u,"); /* no temporary was left */
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

static void test_map(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_file_map map = {0};
    const char *path = in_dir("mapped");

    assert_ok(pail_file_write_all(path, (struct pail_bytes){"hello", 5}, 0600, &err), &err);
    assert_ok(pail_file_map(path, 5, &map, &err), &err);
    assert_str(pail_strn(map.ptr, map.len), "hello");
    pail_file_unmap(&map);
    assert_code(pail_file_map(path, 4, &map, &err), PAIL_E_TOO_BIG);
    assert_null(map.ptr);
    assert_ok(pail_file_write_all(path, (struct pail_bytes){"", 0}, 0600, &err), &err);
    assert_ok(pail_file_map(path, 5, &map, &err), &err);
    assert_int_equal(map.len, 0);
    pail_file_unmap(&map);
    pail_file_unmap(&map);
    assert_code(pail_file_map(in_dir("none"), 5, &map, &err), PAIL_E_OS);
}

/* Where the file system has it: the same bytes, whichever way. */
static void test_direct(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_file *f = NULL, *g = open_file("direct", RWC);
    PAIL_AUTOFREE char *block = pail_alloc_aligned(PAIL_FILE_ALIGNMENT, PAIL_FILE_ALIGNMENT);
    char got[PAIL_FILE_ALIGNMENT];
    size_t n;

    assert_code(pail_file_open(in_dir("none"), PAIL_FILE_WRITE | PAIL_FILE_DIRECT, &f, &err),
                PAIL_E_OS);
    assert_int_equal(err.os_errno, ENOENT);
    int rc = pail_file_open(in_dir("direct"), PAIL_FILE_WRITE | PAIL_FILE_DIRECT, &f, &err);
    if (rc < 0) {
        assert_code(rc, PAIL_E_UNSUPPORTED);
        pail_file_close(g);
        return;
    }
    memset(block, 'd', PAIL_FILE_ALIGNMENT);
    assert_ok(pail_file_pwrite(f, block, PAIL_FILE_ALIGNMENT, PAIL_FILE_ALIGNMENT, &err), &err);
    assert_ok(pail_file_pwrite(g, "tail", 4, 2 * PAIL_FILE_ALIGNMENT, &err), &err);
    assert_ok(pail_file_pread(g, got, sizeof(got), PAIL_FILE_ALIGNMENT, &n, &err), &err);
    assert_int_equal(n, PAIL_FILE_ALIGNMENT);
    assert_memory_equal(got, block, PAIL_FILE_ALIGNMENT);
    assert_code(pail_file_pwrite(f, block, 5, 0, &err), PAIL_E_OS);
    assert_int_equal(err.os_errno, EINVAL);
    pail_file_close(f);
    pail_file_close(g);
}

PAIL_TEST_MAIN(IN_DIR(test_read_and_write), IN_DIR(test_open_flags), IN_DIR(test_delete_on_close),
               IN_DIR(test_punch_and_reserve), IN_DIR(test_lock), IN_DIR(test_paths),
               IN_DIR(test_mkdirs), IN_DIR(test_list), IN_DIR(test_whole_files),
               IN_DIR(test_read_all_without_size), IN_DIR(test_map), IN_DIR(test_direct),
               IN_DIR(test_torture))
