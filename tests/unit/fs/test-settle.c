/* SPDX-License-Identifier: Apache-2.0 */
/* write/settle.c: commits whose replies get lost, and those that meet other writers. */
#include "base/clock.h"
#include "unit/fs/draft-rig.h"

static unsigned count(struct rig *r, const char *operation)
{
    return s3_fixture_count(&r->f, operation);
}

static void delete_key(struct rig *r, const char *key)
{
    struct pail_s3_delete_args del = {.bucket = PAIL_STR(S3_BUCKET), .key = pail_str(key)};
    assert_ok(pail_s3_delete(r->f.s3, &del, NULL), NULL);
}

static void set_caps(struct rig *r, enum pail_cap_state state)
{
    for (size_t i = 0; i < PAIL_CAP_COUNT; i++)
        atomic_store(&r->f.volume.caps[i], state);
}

/* Small content is one PutObject, large content ends with CompleteMultipartUpload. */
struct kind {
    const char *operation;
    uint64_t size;
};
static const struct kind kinds[] = {{"PutObject", 1000}, {"CompleteMultipartUpload", 12 * MIB}};

static void fault(struct rig *r, const struct kind *k, const char *what)
{
    char script[200];
    snprintf(script, sizeof(script), "op=%s %s", k->operation, what);
    s3_fixture_faults(&r->f, script);
}

/* A file of that kind that replaces an object, or is new. */
static struct file *file_of(struct rig *r, const struct kind *k, bool over)
{
    struct file *f = over ? file_over(r, "k", k->size, 9) : file_new(r, "k");
    if (over && k->size > PART)
        file_write(f, 6 * MIB, 100);
    else if (over)
        file_write(f, 0, 100);
    else
        file_grow(f, k->size, MIB);
    return f;
}

/* ---- Lost replies ---- */

static void test_executed(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(kinds); i++)
        for (int over = 0; over < 2; over++) {
            struct file *f = file_of(&r, &kinds[i], over);
            fault(&r, &kinds[i], "lost");
            file_commit(f);
            assert_int_equal(count(&r, kinds[i].operation), 1);
            assert_int_equal(count(&r, "HeadObject"), 1);
            file_write(f, 0, 10);
            file_commit(f);
            file_free(f);
            delete_key(&r, "k");
        }
    rig_stop(&r);
}

static void test_not_executed(void **state)
{
    static const char *const faults[] = {"reset", "status=500 code=InternalError", "garbage",
                                         "count=3 reset"};
    struct rig r;
    rig_start(&r, NULL);
    for (size_t n = 0; n < PAIL_ARRAY_LEN(faults); n++)
        for (size_t i = 0; i < PAIL_ARRAY_LEN(kinds); i++)
            for (int over = 0; over < 2; over++) {
                struct file *f = file_of(&r, &kinds[i], over);
                fault(&r, &kinds[i], faults[n]);
                file_commit(f);
                assert_int_equal(count(&r, kinds[i].operation), n == 3 ? 4 : 2);
                assert_true(count(&r, "HeadObject") >= 1);
                file_free(f);
                delete_key(&r, "k");
            }
    rig_stop(&r);
}

/* Not known, and when we look somebody else is there. */
static void test_lost_and_somebody_else(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, NULL);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(kinds); i++)
        for (int over = 0; over < 2; over++) {
            struct file *f = file_of(&r, &kinds[i], over);
            fault(&r, &kinds[i], "reset");
            s3_fixture_store(&r.f, "k", "theirs", 6);
            if (over && i) /* its parts are copies of what is not there any more */
                assert_code(file_try_commit(f, &err), PAIL_E_FS_STALE);
            else
                assert_code(file_try_commit(f, &err), over ? PAIL_E_FS_STALE : PAIL_E_FS_EXIST);
            s3_fixture_expect(&r.f, "k", "theirs", 6);
            assert_true(pail_draft_dirty(f->d));
            file_free(f);
            delete_key(&r, "k");
        }
    rig_stop(&r);
}

/* Neither the reply nor a look: the commit fails, and the next one knows its own. */
static void test_unsettled(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, NULL);
    for (int change = 0; change < 2; change++)
        for (size_t i = 0; i < PAIL_ARRAY_LEN(kinds); i++)
            for (int over = 0; over < 2; over++) {
                char script[100];
                struct file *f = file_of(&r, &kinds[i], over);
                snprintf(script, sizeof(script), "op=%s lost; op=HeadObject deny",
                         kinds[i].operation);
                s3_fixture_faults(&r.f, script);
                assert_code(file_try_commit(f, &err), PAIL_E_ACCESS);
                assert_true(pail_draft_dirty(f->d));
                s3_fixture_expect(&r.f, "k", f->model, f->size); /* it is there */
                if (over && i) /* its base is not any more: what was not staged cannot be had */
                    f->size = SIZE_MAX;
                else if (change && !i)
                    file_write(f, 100, 10);
                if (f->size != SIZE_MAX) {
                    file_commit(f);
                    file_write(f, 0, 10);
                    file_rebased(f);
                    file_commit(f);
                }
                file_free(f);
                delete_key(&r, "k");
            }
    rig_stop(&r);
}

/* The same bytes again: only the metadata tells the old object from the new. */
static void test_same_content(void **state)
{
    struct pail_s3_meta meta = {PAIL_STR("mtime"), PAIL_STR("1700000000.1")};
    struct rig r;
    rig_start(&r, NULL);
    for (int with = 0; with < 2; with++) {
        struct file *f = file_over(&r, "k", 1000, 1);
        char same[10];
        char text[256];
        s3_fixture_fill(same, sizeof(same), 0, 1);
        f->attributes.meta = &meta;
        f->attributes.n_meta = with;
        assert_ok(draft_write_all(f->d, 0, same, sizeof(same), NULL), NULL);
        fault(&r, &kinds[0], "lost");
        file_commit(f);
        assert_int_equal(count(&r, "PutObject"), with ? 1 : 2);
        assert_string_equal(s3_fixture_header(&r.f, "k", "x-amz-meta-mtime", text),
                            with ? "1700000000.1" : "");
        file_free(f);
    }
    rig_stop(&r);
}

/* A service with ETags of its own: ours is known by its metadata. A stream's is what the upload was
 * begun with. */
static void test_other_etags(void **state)
{
    struct pail_s3_meta meta = {PAIL_STR("mtime"), PAIL_STR("1700000000.1")};
    struct pail_s3_meta later = {PAIL_STR("mtime"), PAIL_STR("1700000001.1")};
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, NULL);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(kinds); i++) {
        char script[100];
        struct file *f = file_new(&r, "k");
        f->attributes.meta = &meta;
        f->attributes.n_meta = 1;
        file_target(f);
        file_grow(f, kinds[i].size, MIB);
        if (i)
            f->attributes.meta = &later;
        snprintf(script, sizeof(script), "op=%s lost; op=HeadObject late-etag", kinds[i].operation);
        s3_fixture_faults(&r.f, script);
        assert_ok(file_try_commit(f, &err), &err);
        assert_int_equal(count(&r, kinds[i].operation), 1);
        assert_int_equal(f->last.early_attributes, i);
        s3_fixture_expect(&r.f, "k", f->model, f->size);
        file_free(f);
        delete_key(&r, "k");
    }
    rig_stop(&r);
}

static void test_unconditional(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, NULL);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(kinds); i++)
        for (int n = 0; n < 2; n++) {
            struct pail_commit_args args = {.key = PAIL_STR("k")};
            s3_fixture_store(&r.f, "k", "theirs", 6);
            struct file *f = file_of(&r, &kinds[i], false);
            fault(&r, &kinds[i], n ? "lost" : "reset");
            assert_ok(pail_draft_commit(f->d, &args, &f->last, &err), &err);
            s3_fixture_expect(&r.f, "k", f->model, f->size);
            file_free(f);
        }
    rig_stop(&r);
}

/* ---- Other refusals ---- */

static void test_conflict(void **state)
{
    struct rig r;
    rig_start(&r, NULL);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(kinds); i++) {
        struct file *f = file_of(&r, &kinds[i], false);
        fault(&r, &kinds[i], "count=2 status=409 code=ConditionalRequestConflict");
        file_commit(f);
        assert_int_equal(count(&r, kinds[i].operation), 3);
        file_free(f);
        delete_key(&r, "k");
    }
    rig_stop(&r);
}

/* A condition that never holds although it should. */
static void test_gives_up(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, NULL);
    struct file *f = file_of(&r, &kinds[0], true);
    fault(&r, &kinds[0], "count=0 status=412 code=PreconditionFailed");
    assert_code(file_try_commit(f, &err), PAIL_E_PRECONDITION);
    assert_in_range(count(&r, "PutObject"), 2, 10);
    s3_fixture_faults(&r.f, "");
    file_commit(f);
    file_free(f);
    rig_stop(&r);
}

/* The operation's time is over: not many times as long. */
static void test_deadline(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, NULL);
    r.f.volume.op_timeout_ms = 300;
    struct file *f = file_of(&r, &kinds[0], false);
    s3_fixture_faults(&r.f, "op=PutObject count=0 stall=5000; "
                            "op=HeadObject count=0 status=404 code=NoSuchKey");
    int64_t began = pail_clock_mono_ns();
    assert_code(file_try_commit(f, &err), PAIL_E_DEADLINE);
    assert_true(pail_clock_mono_ns() - began < 3 * PAIL_NS_PER_S);
    assert_int_equal(count(&r, "PutObject"), 1);
    r.f.volume.op_timeout_ms = 20000;
    s3_fixture_faults(&r.f, "");
    file_commit(f);
    file_free(f);
    rig_stop(&r);
}

static void test_deleted_meanwhile(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, NULL);
    struct file *f = file_of(&r, &kinds[0], true);
    delete_key(&r, "k");
    assert_code(file_try_commit(f, &err), PAIL_E_FS_STALE);
    s3_fixture_expect(&r.f, "k", NULL, 0);
    file_free(f);
    rig_stop(&r);
}

/* ---- Opened with O_TRUNC ---- */

/* What was there when the file was opened may be replaced, whatever its version; what came later
 * not. */
static void test_opened_at(void **state)
{
    struct rig r;
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, NULL);
    for (int caps = 0; caps < 2; caps++)
        for (size_t i = 0; i < PAIL_ARRAY_LEN(kinds); i++)
            for (int later = 0; later < 2; later++) {
                set_caps(&r, caps ? PAIL_CAP_YES : PAIL_CAP_NO);
                s3_fixture_store_aged(&r.f, "k", "theirs", 6, later ? 0 : 10000);
                struct file *f = file_of(&r, &kinds[i], false);
                snprintf(f->etag, sizeof(f->etag), "\"of long ago\"");
                struct pail_commit_args args = file_args(f);
                args.opened_at_wall_ns = pail_clock_wall_ns() - 2 * PAIL_NS_PER_S;
                int rc = pail_draft_commit(f->d, &args, &f->last, &err);
                assert_code(rc, later ? PAIL_E_FS_STALE : 0);
                if (later)
                    s3_fixture_expect(&r.f, "k", "theirs", 6);
                else
                    s3_fixture_expect(&r.f, "k", f->model, f->size);
                file_free(f);
            }
    rig_stop(&r);
}

/* ---- Endpoints that cannot do it ---- */

static void test_without_conditions(void **state)
{
    struct rig r;
    struct rig_options opt = {.s3 = {.quirk_ignore_conditions = true}};
    struct pail_error err = PAIL_ERROR_INIT;
    rig_start(&r, &opt);
    set_caps(&r, PAIL_CAP_UNKNOWN);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(kinds); i++)
        for (int over = 0; over < 2; over++) {
            struct file *f = file_of(&r, &kinds[i], over);
            s3_fixture_reset(&r.f);
            file_commit(f);
            assert_int_equal(count(&r, "HeadObject"), 1);
            assert_int_equal(count(&r, kinds[i].operation), 1);
            file_write(f, 0, 10);
            s3_fixture_store(&r.f, "k", "theirs", 6);
            assert_code(file_try_commit(f, &err), PAIL_E_FS_STALE);
            s3_fixture_expect(&r.f, "k", "theirs", 6);
            file_free(f);
            f = file_of(&r, &kinds[i], false);
            assert_code(file_try_commit(f, &err), PAIL_E_FS_EXIST);
            s3_fixture_expect(&r.f, "k", "theirs", 6);
            delete_key(&r, "k");
            fault(&r, &kinds[i], "lost");
            file_commit(f);
            file_free(f);
            delete_key(&r, "k");
        }
    rig_stop(&r);
}

static void test_complete_without_etag(void **state)
{
    struct rig r;
    struct rig_options opt = {.s3 = {.quirk_empty_complete_etag = true}};
    rig_start(&r, &opt);
    struct file *f = file_of(&r, &kinds[1], false);
    s3_fixture_reset(&r.f);
    file_commit(f);
    assert_int_equal(count(&r, "HeadObject"), 1);
    file_write(f, 6 * MIB, 10);
    file_commit(f);
    file_free(f);
    rig_stop(&r);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_executed), cmocka_unit_test(test_not_executed),
               cmocka_unit_test(test_lost_and_somebody_else), cmocka_unit_test(test_unsettled),
               cmocka_unit_test(test_same_content), cmocka_unit_test(test_other_etags),
               cmocka_unit_test(test_unconditional), cmocka_unit_test(test_conflict),
               cmocka_unit_test(test_gives_up), cmocka_unit_test(test_deadline),
               cmocka_unit_test(test_deleted_meanwhile), cmocka_unit_test(test_opened_at),
               cmocka_unit_test(test_without_conditions),
               cmocka_unit_test(test_complete_without_etag))
