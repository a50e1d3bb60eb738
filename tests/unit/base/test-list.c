/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"

#include "unit/test.h"

struct item {
    char name;
    struct pail_list link;
};

static struct pail_str spell(struct pail_list *head, char *out)
{
    size_t n = 0;
    PAIL_LIST_FOR (it, head) {
        out[n++] = PAIL_CONTAINER(it, struct item, link)->name;
    }
    return pail_strn(out, n);
}

static void test_order(void **state)
{
    struct pail_list head, other;
    struct item a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'}, d = {.name = 'd'};
    char out[8];
    pail_list_init(&head);
    pail_list_init(&other);
    assert_true(pail_list_empty(&head));
    assert_null(pail_list_pop(&head));
    pail_list_append(&head, &b.link);
    pail_list_append(&head, &c.link);
    pail_list_prepend(&head, &a.link);
    assert_str(spell(&head, out), "abc");

    pail_list_splice(&head, &other);
    assert_str(spell(&head, out), "abc");
    pail_list_append(&other, &d.link);
    pail_list_splice(&head, &other);
    assert_true(pail_list_empty(&other));
    assert_str(spell(&head, out), "abcd");

    pail_list_remove(&b.link);
    pail_list_remove(&b.link);
    assert_str(spell(&head, out), "acd");
    assert_ptr_equal(pail_list_pop(&head), &a.link);
    assert_str(spell(&head, out), "cd");
}

static void test_remove_while_walking(void **state)
{
    struct pail_list head;
    struct item items[5];
    char out[8];
    pail_list_init(&head);
    for (int i = 0; i < 5; i++) {
        items[i].name = (char)('a' + i);
        pail_list_append(&head, &items[i].link);
    }
    PAIL_LIST_FOR (it, &head) {
        if (PAIL_CONTAINER(it, struct item, link)->name % 2)
            pail_list_remove(it);
    }
    assert_str(spell(&head, out), "bd");
}

PAIL_TEST_MAIN(cmocka_unit_test(test_order), cmocka_unit_test(test_remove_while_walking))
