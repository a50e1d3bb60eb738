/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of calls, and parts of answers. Out of memory shows when the call is made. */
#include <stdarg.h>

#include "base/str.h"
#include "tools/curated/flow.h"
#include "tools/service/input.h"

struct pail_value *pail_flow_str(struct pail_flow *f, const char *z)
{
    return pail_value_str(f->vs, pail_str(z));
}

struct pail_value *pail_flow_fmt(struct pail_flow *f, const char *fmt, ...)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 << 10);
    va_list ap;
    va_start(ap, fmt);
    pail_buf_vfmt(&text, fmt, ap);
    va_end(ap);
    return pail_value_str(f->vs, pail_buf_view(&text));
}

struct pail_value *pail_flow_map(struct pail_flow *f, const char *key, ...)
{
    struct pail_value *map = pail_value_map(f->vs);
    va_list ap;
    va_start(ap, key);
    for (const char *value; key; key = va_arg(ap, const char *)) {
        value = va_arg(ap, const char *);
        if (value && *value)
            pail_value_set(f->vs, map, pail_str(key), pail_flow_str(f, value));
    }
    va_end(ap);
    return map;
}

struct pail_value *pail_flow_list(struct pail_flow *f, const char *text, ...)
{
    struct pail_value *list = pail_value_list(f->vs);
    va_list ap;
    va_start(ap, text);
    for (; text; text = va_arg(ap, const char *))
        pail_value_append(f->vs, list, pail_flow_str(f, text));
    va_end(ap);
    return list;
}

void pail_flow_put(struct pail_flow *f, struct pail_value *map, const char *key,
                   struct pail_value *v)
{
    pail_value_set(f->vs, map, pail_str(key), pail_value_copy(f->vs, v));
}

struct pail_value *pail_flow_filter(struct pail_flow *f, const char *name, const char *value)
{
    struct pail_value *filters = pail_value_list(f->vs);
    struct pail_value *one = pail_flow_map(f, "Name", name, NULL);
    pail_flow_put(f, one, "Values", pail_flow_list(f, value, NULL));
    pail_value_append(f->vs, filters, one);
    return filters;
}

const char *pail_dig_z(const struct pail_value *v, const char *path)
{
    const char *z = pail_value_find_str(v, path);
    return z ? z : "";
}

const char *pail_flow_file(struct pail_flow *f, const char *name)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf url = PAIL_BUF_INIT(64 << 10);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(64 << 10);
    struct pail_value *text = NULL;
    if (!pail_str_starts(pail_str(name), PAIL_STR("file://")))
        pail_buf_z(&url, "file://");
    pail_buf_z(&url, name);
    if (!pail_paramfile(f->vs, pail_buf_cstr(&url), &text, &why))
        return pail_value_as_str(text).ptr;
    pail_flow_fail(f, PAIL_EXIT_USAGE, "%s", pail_buf_cstr(&why));
    return NULL;
}
