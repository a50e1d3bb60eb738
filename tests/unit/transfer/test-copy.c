/* SPDX-License-Identifier: Apache-2.0 */
/* Copies inside S3: in one request and in parts, of one version. */
#include "unit/transfer/rig.h"

#include "transfer/manager.h"

static void test_copies(void **state)
{
    static const size_t sizes[] = {0, 100, 5 * MIB - 1, 5 * MIB, 13 * MIB};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_transfer_result r;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(sizes); i++) {
        size_t n = sizes[i], parts = n < 5 * MIB ? 0 : (n + 5 * MIB - 1) / (5 * MIB);
        struct pail_transfer_copy_args a = {.bucket = PAIL_STR("bkt"),
                                            .key = PAIL_STR("to"),
                                            .source_bucket = PAIL_STR("bkt"),
                                            .source_key = PAIL_STR("from"),
                                            .progress = rig_progress};
        rig_store("from", 0, n);
        faults("op=UploadPartCopy nth=2 lost");
        atomic_store(&rig_moved, 0);
        assert_ok(pail_transfer_copy(rig.m, &a, &r, &err), &err);
        rig_assert_object("to", n);
        assert_int_equal(rig_moved, n);
        assert_int_equal(r.size, n);
        assert_true(r.etag[0]);
        assert_int_equal(count("HeadObject"), 1);
        assert_int_equal(count("CopyObject"), parts ? 0 : 1);
        if (parts)
            assert_int_equal(count("UploadPartCopy"), parts + (parts > 1));
    }
    assert_int_equal(rig_uploads(), 0);
}

static void test_failures(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_transfer_copy_args a = {.bucket = PAIL_STR("bkt"),
                                        .key = PAIL_STR("to"),
                                        .source_bucket = PAIL_STR("bkt"),
                                        .source_key = PAIL_STR("nix")};

    faults("");
    assert_code(pail_transfer_copy(rig.m, &a, NULL, &err), PAIL_E_NOT_FOUND);
    a.source_key = PAIL_STR("from");
    rig_store("from", 0, 13 * MIB);
    faults("op=UploadPartCopy nth=2 count=0 deny");
    assert_code(pail_transfer_copy(rig.m, &a, NULL, &err), PAIL_E_ACCESS);
    assert_int_equal(rig_uploads(), 0);
    faults("op=UploadPartCopy count=0 status=412 code=PreconditionFailed");
    assert_code(pail_transfer_copy(rig.m, &a, NULL, &err), PAIL_E_PRECONDITION);
    assert_int_equal(rig_uploads(), 0);
    faults("op=CompleteMultipartUpload lost");
    assert_ok(pail_transfer_copy(rig.m, &a, NULL, &err), &err);
    rig_assert_object("to", 13 * MIB);
}

static void test_part_sizes(void **state)
{
    uint64_t mib = MIB, tib = UINT64_C(1) << 40;

    assert_int_equal(pail_transfer_part_size(8 * mib, UINT64_MAX), 8 * mib);
    assert_int_equal(pail_transfer_part_size(8 * mib, 80000 * mib), 8 * mib);
    assert_int_equal(pail_transfer_part_size(8 * mib, 80000 * mib + 1), 16 * mib);
    assert_int_equal(pail_transfer_part_size(8 * mib, 5 * tib), 1024 * mib);
    assert_int_equal(pail_transfer_part_size(mib, 10 * mib), 5 * mib);
    assert_int_equal(pail_transfer_part_size(8 * 1024 * mib, 10 * mib), 5 * 1024 * mib);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
PAIL_TEST_MAIN(T(test_copies), T(test_failures), cmocka_unit_test(test_part_sizes))
