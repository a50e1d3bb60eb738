/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types and values as botocore's messages about parameters quote them, because scripts compare
 * messages.
 */
#include "base/str.h"
#include "base/timefmt.h"
#include "base/value_json.h"
#include "base/value_repr.h"
#include "protocol/validate.h"

const char *pail_python_type(const struct pail_value *v)
{
    switch (pail_value_type(v)) {
    case PAIL_VAL_BOOL:
        return "<class 'bool'>";
    case PAIL_VAL_INT:
        return "<class 'int'>";
    case PAIL_VAL_REAL:
        return "<class 'float'>";
    case PAIL_VAL_NUMBER:
        return pail_str_find(pail_value_as_str(v), '.') == SIZE_MAX ? "<class 'int'>"
                                                                    : "<class 'decimal.Decimal'>";
    case PAIL_VAL_STRING:
        return "<class 'str'>";
    case PAIL_VAL_BLOB:
        return "<class 'bytes'>";
    case PAIL_VAL_TIME:
        return "<class 'datetime.datetime'>";
    case PAIL_VAL_LIST:
        return "<class 'list'>";
    case PAIL_VAL_MAP:
        return "<class 'dict'>";
    case PAIL_VAL_NONE:
    case PAIL_VAL_NULL:
        break;
    }
    return "<class 'NoneType'>";
}

void pail_python_str(struct pail_buf *to, const struct pail_value *v)
{
    struct pail_time t;

    if (pail_value_type(v) == PAIL_VAL_STRING) {
        pail_buf_str(to, pail_value_as_str(v));
    } else if (pail_value_as_time(v, &t)) {
        size_t at = to->len;
        pail_time_isoformat(to, t);
        if (to->len > at + 10)
            to->ptr[at + 10] = ' ';
    } else {
        pail_value_repr(to, v);
    }
}
