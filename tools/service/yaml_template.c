/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CloudFormation's YAML: the short forms of its functions as tags, and what is left of YAML 1.1.
 * JSON is tried first: its escapes and tabs are more than YAML allows.
 */
#include "tools/service/yaml.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/timefmt.h"
#include "base/value_json.h"

static struct pail_value *plain(struct pail_values *vs, struct pail_str s)
{
    if (pail_yaml_is_old_bool(s)) {
        bool yes = s.ptr[0] == 'y' || s.ptr[0] == 'Y' || s.ptr[0] == 't' || s.ptr[0] == 'T' ||
                   (s.len == 2 && (s.ptr[1] == 'n' || s.ptr[1] == 'N'));
        return pail_value_bool(vs, yes);
    }
    if (pail_yaml_kind(s) != PAIL_YAML_TIME)
        return NULL;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64);
    int64_t ns;
    if (s.len > strlen("2010-09-09") && !pail_time_parse_iso(s, &ns, NULL)) {
        pail_time_isoformat(&text, (struct pail_time){.seconds = ns / PAIL_NS_PER_S,
                                                      .nanos = (uint32_t)(ns % PAIL_NS_PER_S)});
        pail_buf_truncate(&text, text.len - strlen("+00:00"));
        for (size_t i = 0; i < text.len; i++)
            if (text.ptr[i] == 'T')
                text.ptr[i] = ' ';
        s = pail_buf_view(&text);
    }
    return pail_value_number(vs, s);
}

/* Maps behind a tag lose their order. */
static struct pail_value *sorted(struct pail_values *vs, struct pail_value *v)
{
    struct pail_value *to = pail_value_map(vs);
    struct pail_str last = {NULL, 0};
    for (size_t n = 0; n < pail_value_len(v); n++) {
        size_t best = SIZE_MAX;
        for (size_t i = 0; i < pail_value_len(v); i++) {
            struct pail_str k = pail_value_key_at(v, i);
            if ((!last.ptr || pail_str_cmp(k, last) > 0) &&
                (best == SIZE_MAX || pail_str_cmp(k, pail_value_key_at(v, best)) < 0))
                best = i;
        }
        last = pail_value_key_at(v, best);
        pail_value_set(vs, to, last, pail_value_copy(vs, pail_value_at(v, best)));
    }
    return to;
}

static struct pail_value *tagged(struct pail_values *vs, struct pail_str tag, struct pail_value *v)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(1 << 16);
    struct pail_value *map = pail_value_map(vs);
    struct pail_str bare = pail_str_from(tag, 1), text = pail_value_as_str(v);
    bool is_short = pail_str_eqz(bare, "Ref") || pail_str_eqz(bare, "Condition");
    pail_buf_fmt(&name, "%s%.*s", is_short ? "" : "Fn::", PAIL_STR_ARG(bare));
    if (pail_value_type(v) == PAIL_VAL_MAP)
        v = sorted(vs, v);
    if (pail_str_eqz(bare, "GetAtt") && text.ptr) {
        size_t dot = pail_str_find(text, '.');
        struct pail_value *list = pail_value_list(vs);
        pail_value_append(vs, list, pail_value_str(vs, pail_str_sub(text, 0, dot)));
        if (dot != SIZE_MAX)
            pail_value_append(vs, list, pail_value_str(vs, pail_str_from(text, dot + 1)));
        v = list;
    }
    pail_value_set(vs, map, pail_buf_view(&name), v);
    return map;
}

const struct pail_yaml_dialect pail_yaml_template = {
    .plain = plain, .tagged = tagged, .map = pail_yaml_merged};

int pail_template_parse(struct pail_values *vs, struct pail_str text, struct pail_value **ret,
                        struct pail_error *err)
{
    if (!pail_value_from_json(vs, text, "template", ret, NULL))
        return 0;
    return pail_yaml_parse_as(&pail_yaml_template, vs, text, ret, err);
}
