/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/moved.h"

#include "base/uri.h"

static bool means_region(const struct pail_moved_hints *h)
{
    if (h->status == 301 || h->status == 302 || h->status == 307)
        return true;
    if (h->head && h->status == 400)
        return true;
    if (pail_str_eqz(h->code, "AuthorizationHeaderMalformed"))
        return h->region.len || h->header.len;
    if (pail_str_eqz(h->code, "IllegalLocationConstraintException"))
        return !h->creates;
    return pail_str_eqz(h->code, "PermanentRedirect");
}

/* "The me-south-1 location constraint is incompatible for the region specific endpoint ..." */
static struct pail_str region_in_message(struct pail_str text)
{
    size_t end = pail_str_find_str(text, PAIL_STR(" location constraint is incompatible"));
    if (end == SIZE_MAX || !pail_str_starts(text, PAIL_STR("The ")) || end < 4)
        return PAIL_STR("");
    return pail_str_sub(text, 4, end - 4);
}

struct pail_str pail_moved_to(const struct pail_moved_hints *h)
{
    if (!means_region(h))
        return PAIL_STR("");
    struct pail_str region = h->header.len   ? h->header
                             : h->region.len ? h->region
                                             : region_in_message(h->message);
    if (pail_str_eq(region, h->asked_region) || !pail_uri_is_host_label(region))
        return PAIL_STR("");
    return region;
}
