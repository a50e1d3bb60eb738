/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of the endpoint rules, with botocore's behaviour where it and Smithy's text differ.
 */
#include "base/str.h"
#include "base/uri.h"
#include "model/endpoint_eval.h"

static const char *python_name(const struct pail_rule_value *v)
{
    static const char *const names[] = {
        [PAIL_RULE_UNSET] = "NoneType", [PAIL_RULE_NULL] = "NoneType", [PAIL_RULE_BOOL] = "bool",
        [PAIL_RULE_INT] = "int",        [PAIL_RULE_STRING] = "str",    [PAIL_RULE_LIST] = "list",
        [PAIL_RULE_MAP] = "dict",
    };
    return names[v->type];
}

static int wrong_types(struct pail_eval *e, const char *what, const struct pail_rule_value *args)
{
    return pail_error_set(e->err, PAIL_D_USAGE, PAIL_E_INVALID,
                          "%s, not <class '%s'> and <class '%s'>.", what, python_name(&args[0]),
                          python_name(&args[1]));
}

static struct pail_rule_value null_value(void)
{
    return (struct pail_rule_value){.type = PAIL_RULE_NULL};
}

static bool is_true(const struct pail_rule_value *v)
{
    return v->type == PAIL_RULE_BOOL && v->boolean;
}

/* Python's: empty things are false. */
static bool truthy(const struct pail_rule_value *v)
{
    switch (v->type) {
    case PAIL_RULE_BOOL:
        return v->boolean;
    case PAIL_RULE_INT:
        return v->integer != 0;
    case PAIL_RULE_STRING:
        return v->string.len != 0;
    case PAIL_RULE_LIST:
    case PAIL_RULE_MAP:
        return v->n != 0;
    case PAIL_RULE_UNSET:
    case PAIL_RULE_NULL:
        break;
    }
    return false;
}

/* "name[2]", "[2]": false for a plain name. */
static bool parse_index(struct pail_str part, struct pail_str *ret_name, uint64_t *ret_index)
{
    size_t open = pail_str_find(part, '['), close = pail_str_find(part, ']');
    if (open == SIZE_MAX || close == SIZE_MAX || close < open ||
        !pail_str_to_u64(pail_str_sub(part, open + 1, close - open - 1), ret_index))
        return false;
    *ret_name = pail_str_sub(part, 0, open);
    return true;
}

static struct pail_rule_value get_attr(const struct pail_rule_value *value, struct pail_str path)
{
    struct pail_str part, name;
    uint64_t index;

    while (value && pail_str_split(&path, '.', &part)) {
        if (parse_index(part, &name, &index)) {
            if (name.len)
                value = pail_rule_get(value, name);
            return value && value->type == PAIL_RULE_LIST && index < value->n ? value->items[index]
                                                                              : null_value();
        }
        value = pail_rule_get(value, part);
    }
    return value ? *value : null_value();
}

static int substring(struct pail_eval *e, const struct pail_rule_value *args,
                     struct pail_rule_value *ret)
{
    struct pail_str s = args[0].string;
    int64_t start = args[1].integer, stop = args[2].integer;

    if (args[0].type != PAIL_RULE_STRING)
        return pail_error_set(e->err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "Input must be a string, not <class '%s'>.", python_name(&args[0]));
    *ret = null_value();
    if (start < 0 || start >= stop || (uint64_t)stop > s.len)
        return 0;
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] >= 0x80)
            return 0;
    size_t from = is_true(&args[3]) ? s.len - (size_t)stop : (size_t)start;
    *ret = pail_rule_str(pail_str_sub(s, from, (size_t)(stop - start)));
    return 0;
}

static int uri_encode(struct pail_eval *e, const struct pail_rule_value *arg,
                      struct pail_rule_value *ret)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 << 10);

    *ret = null_value();
    if (arg->type != PAIL_RULE_STRING)
        return 0;
    pail_uri_encode(&text, arg->string, PAIL_URI_COMPONENT);
    int rc = pail_buf_check(&text, "endpoint", e->err);
    char *copy = rc == 0 ? pail_arena_alloc(&e->arena, text.len + 1) : NULL;
    if (!copy)
        return rc < 0 ? rc : pail_error_nomem(e->err);
    memcpy(copy, pail_buf_cstr(&text), text.len);
    *ret = pail_rule_str(pail_strn(copy, text.len));
    return 0;
}

static bool is_host_label(const struct pail_rule_value *args)
{
    return args[0].type == PAIL_RULE_STRING &&
           pail_is_host_label(args[0].string, is_true(&args[1]));
}

static bool is_hostable(const struct pail_rule_value *args)
{
    struct pail_str s = args[0].string;
    if (args[0].type != PAIL_RULE_STRING || s.len < 3 || pail_is_ipv4_like(s))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] >= 'A' && s.ptr[i] <= 'Z')
            return false;
    return pail_is_host_label(s, is_true(&args[1]));
}

static int partition(struct pail_eval *e, const struct pail_rule_value *arg,
                     struct pail_rule_value *ret)
{
    static const struct pail_str keys[] = {
        {"dnsSuffix", 9}, {"dualStackDnsSuffix", 18}, {"implicitGlobalRegion", 20},
        {"name", 4},      {"supportsDualStack", 17},  {"supportsFIPS", 12},
    };
    struct pail_partition p;
    uint32_t index = arg->type == PAIL_RULE_STRING
                         ? pail_partition_index(e->partitions, arg->string)
                         : 0;

    if (!pail_partition_open(e->partitions, index, &p))
        return pail_error_set(e->err, PAIL_D_CONFIG, PAIL_E_NOT_FOUND,
                              "there is no table of partitions");
    struct pail_rule_value values[] = {
        pail_rule_str(p.dns_suffix),
        pail_rule_str(p.dual_stack_dns_suffix),
        pail_rule_str(p.implicit_global_region),
        pail_rule_str(p.id),
        pail_rule_bool(p.supports_dual_stack),
        pail_rule_bool(p.supports_fips),
    };
    return pail_eval_map(e, keys, values, PAIL_ARRAY_LEN(keys), ret);
}

static int equals(struct pail_eval *e, enum pail_fn fn, const struct pail_rule_value *args,
                  struct pail_rule_value *ret)
{
    if (fn == PAIL_FN_STRING_EQUALS) {
        if (args[0].type != PAIL_RULE_STRING || args[1].type != PAIL_RULE_STRING)
            return wrong_types(e, "Both values must be strings", args);
        *ret = pail_rule_bool(pail_str_eq(args[0].string, args[1].string));
        return 0;
    }
    if (args[0].type != PAIL_RULE_BOOL || args[1].type != PAIL_RULE_BOOL)
        return wrong_types(e, "Both arguments must be bools", args);
    *ret = pail_rule_bool(args[0].boolean == args[1].boolean);
    return 0;
}

static int split(struct pail_eval *e, const struct pail_rule_value *args,
                 struct pail_rule_value *ret)
{
    *ret = null_value();
    if (args[0].type != PAIL_RULE_STRING || args[1].type != PAIL_RULE_STRING || !args[1].string.len)
        return 0;
    return pail_eval_split(e, args[0].string, args[1].string, false, args[2].integer, ret);
}

static int need_string(struct pail_eval *e,
                       int (*fn)(struct pail_eval *, struct pail_str, struct pail_rule_value *),
                       const struct pail_rule_value *arg, struct pail_rule_value *ret)
{
    *ret = null_value();
    return arg->type == PAIL_RULE_STRING ? fn(e, arg->string, ret) : 0;
}

/* args has at least four, null beyond n. */
int pail_eval_call(struct pail_eval *e, enum pail_fn fn, const struct pail_rule_value *args,
                   uint32_t n, struct pail_rule_value *ret)
{
    uint32_t i = 0;

    switch (fn) {
    case PAIL_FN_IS_SET:
        *ret = pail_rule_bool(!pail_rule_is_null(&args[0]));
        return 0;
    case PAIL_FN_NOT:
        *ret = pail_rule_bool(!truthy(&args[0]));
        return 0;
    case PAIL_FN_GET_ATTR:
        *ret = get_attr(&args[0], args[1].string);
        return 0;
    case PAIL_FN_SUBSTRING:
        return substring(e, args, ret);
    case PAIL_FN_STRING_EQUALS:
    case PAIL_FN_BOOLEAN_EQUALS:
        return equals(e, fn, args, ret);
    case PAIL_FN_URI_ENCODE:
        return uri_encode(e, &args[0], ret);
    case PAIL_FN_IS_VALID_HOST_LABEL:
        *ret = pail_rule_bool(is_host_label(args));
        return 0;
    case PAIL_FN_PARSE_URL:
        return need_string(e, pail_eval_parse_url, &args[0], ret);
    case PAIL_FN_PARTITION:
        return partition(e, &args[0], ret);
    case PAIL_FN_PARSE_ARN:
        return need_string(e, pail_eval_parse_arn, &args[0], ret);
    case PAIL_FN_IS_HOSTABLE:
        *ret = pail_rule_bool(is_hostable(args));
        return 0;
    case PAIL_FN_COALESCE:
        while (i + 1 < n && pail_rule_is_null(&args[i]))
            i++;
        *ret = args[i];
        return 0;
    case PAIL_FN_ITE:
        *ret = is_true(&args[0]) ? args[1] : args[2];
        return 0;
    case PAIL_FN_SPLIT:
        return split(e, args, ret);
    case PAIL_FN_COUNT:
        break;
    }
    return pail_error_set(e->err, PAIL_D_DATA, PAIL_E_UNSUPPORTED,
                          "endpoint rules: function '%.*s' is not known",
                          PAIL_STR_ARG(args[0].string));
}
