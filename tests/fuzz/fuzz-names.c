/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever is shown can be a name; what a name means is shown under that name again. */
#include "base/str.h"
#include "sync/names.h"

#include "fuzz.h"

static void check_component(struct pail_str component, bool shadowed)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(1024);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf back = PAIL_BUF_INIT(1024);
    bool is_shadowed;

    bool escaped = pail_name_escape(component, shadowed, &name);
    struct pail_str shown = escaped ? pail_buf_view(&name) : component;
    PAIL_FUZZ_CHECK(!name.failed && shown.len >= 1 && shown.len <= 255);
    PAIL_FUZZ_CHECK(pail_str_find(shown, '/') == SIZE_MAX &&
                    pail_str_find(shown, '\0') == SIZE_MAX);
    PAIL_FUZZ_CHECK(!pail_str_eqz(shown, ".") && !pail_str_eqz(shown, ".."));
    enum pail_name_form form = pail_name_unescape(shown, &back, &is_shadowed);
    PAIL_FUZZ_CHECK(form != PAIL_NAME_INVALID && escaped == (form != PAIL_NAME_PLAIN));
    if (form == PAIL_NAME_ESCAPED)
        PAIL_FUZZ_CHECK(is_shadowed == shadowed && pail_str_eq(pail_buf_view(&back), component));
    if (form == PAIL_NAME_HASHED)
        PAIL_FUZZ_CHECK(component.len > 80);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pail_str text = pail_strn((const char *)data, size);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf component = PAIL_BUF_INIT(1024);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf again = PAIL_BUF_INIT(1024);
    bool shadowed;

    check_component(text, false);
    check_component(text, true);
    if (pail_name_unescape(text, &component, &shadowed) != PAIL_NAME_ESCAPED)
        PAIL_FUZZ_CHECK(component.len == 0);
    else
        PAIL_FUZZ_CHECK(pail_name_escape(pail_buf_view(&component), shadowed, &again) &&
                        pail_str_eq(pail_buf_view(&again), text));
    return 0;
}
