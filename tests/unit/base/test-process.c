/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process.h"

#include "base/clock.h"
#include "unit/test.h"
#include "unit/torture.h"

struct run {
    struct pail_buf out, err;
    int status;
};

static int run_until(struct run *r, const char *script, int64_t deadline, struct pail_error *err)
{
    const char *argv[] = {"/bin/sh", "-c", script, "word 0", "two  words", NULL};
    struct pail_process p = {argv, deadline, &r->out, &r->err};
    *r = (struct run){PAIL_BUF_INIT(1000), PAIL_BUF_INIT(10), -1};
    return pail_process_run(&p, &r->status, err);
}

static void run(struct run *r, const char *script)
{
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(run_until(r, script, PAIL_NEVER, &err), &err);
}

static void done(struct run *r)
{
    pail_buf_done(&r->out);
    pail_buf_done(&r->err);
}

static void test_output(void **state)
{
    struct run r;
    run(&r, "echo one; echo two >&2; printf %s \"$1\"");
    assert_string_equal(pail_buf_cstr(&r.out), "one\ntwo  words");
    assert_string_equal(pail_buf_cstr(&r.err), "two\n");
    assert_int_equal(r.status, 0);
    done(&r);
}

static void test_status(void **state)
{
    struct run r;
    run(&r, "exit 3");
    assert_int_equal(r.status, 3);
    done(&r);
    run(&r, "kill -9 $$");
    assert_int_equal(r.status, 128 + 9);
    done(&r);
}

static void test_no_input(void **state)
{
    struct run r;
    run(&r, "cat; echo end");
    assert_string_equal(pail_buf_cstr(&r.out), "end\n");
    done(&r);
}

/* Of stderr what fits is kept; more than fits on stdout is an error. */
static void test_bounds(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct run r;
    run(&r, "echo 0123456789abcdef >&2");
    assert_string_equal(pail_buf_cstr(&r.err), "0123456789");
    done(&r);
    assert_code(run_until(&r, "while :; do echo 0123456789abcdef; done", PAIL_NEVER, &err),
                PAIL_E_TOO_BIG);
    assert_non_null(strstr(err.message, "/bin/sh"));
    done(&r);
    run(&r, "head -c 1000 /dev/zero");
    assert_int_equal(r.out.len, 1000);
    done(&r);
}

static void test_deadline(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct run r;
    assert_code(run_until(&r, "exec cat /dev/zero >/dev/null", pail_deadline_after_ns(1), &err),
                PAIL_E_DEADLINE);
    done(&r);
    /* Both pipes closed, but not gone. */
    assert_code(run_until(&r, "exec >&- 2>&-; exec cat /dev/zero >/dev/null",
                          pail_deadline_after_ns(20 * PAIL_NS_PER_MS), &err),
                PAIL_E_DEADLINE);
    done(&r);
}

/* The child's end counts, whoever still holds its pipes. */
static void test_grandchild(void **state)
{
    struct run r;
    run(&r, "sleep 5 & echo parent");
    assert_string_equal(pail_buf_cstr(&r.out), "parent\n");
    done(&r);
}

static void test_not_found(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_buf out = PAIL_BUF_INIT(10), text = PAIL_BUF_INIT(10);
    const char *argv[] = {"/nonexistent/program", NULL};
    struct pail_process p = {argv, PAIL_NEVER, &out, &text};
    int status;
    assert_code(pail_process_run(&p, &status, &err), PAIL_E_OS);
    assert_string_equal(err.message, "running /nonexistent/program: No such file or directory");
}

static void test_feed(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    const char *argv[] = {"sh", "-c", "test \"$(cat)\" = hello && exit 7", NULL};
    int status = -1;
    assert_ok(pail_process_feed(argv, (struct pail_bytes){"hello", 5}, &status, &err), &err);
    assert_int_equal(status, 7);
    assert_ok(pail_process_feed(argv, (struct pail_bytes){NULL, 0}, &status, &err), &err);
    assert_int_equal(status, 1);
    argv[0] = "/nonexistent/program";
    assert_code(pail_process_feed(argv, (struct pail_bytes){"x", 1}, &status, &err), PAIL_E_OS);
}

static int torture_body(void *ud, struct pail_error *err)
{
    struct run r;
    int rc = run_until(&r, "echo out; echo err >&2", PAIL_NEVER, err);
    done(&r);
    return rc;
}

static void test_torture(void **state)
{
    pail_torture("process", torture_body, NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_output), cmocka_unit_test(test_status),
               cmocka_unit_test(test_no_input), cmocka_unit_test(test_bounds),
               cmocka_unit_test(test_deadline), cmocka_unit_test(test_grandchild),
               cmocka_unit_test(test_not_found), cmocka_unit_test(test_feed),
               cmocka_unit_test(test_torture))
