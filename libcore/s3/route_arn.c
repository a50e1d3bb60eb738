/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/route_arn.c - ARNs in place of bucket names:
 *
 *   arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME                 an access point
 *   arn:aws:s3::ACCOUNT:accesspoint/ALIAS.mrap                 a multi-region one: 4a only
 *   arn:aws:s3-object-lambda:REGION:ACCOUNT:accesspoint/NAME   with a function in between
 *   arn:aws:s3-outposts:REGION:ACCOUNT:outpost/OP/accesspoint/NAME
 *
 * Parts of the resource are separated by ':' or '/'. The order of the checks is the rule set's.
 */
#include "base/str.h"
#include "s3/route_impl.h"

bool pail_s3_arn_parse(struct pail_str text, struct pail_s3_arn *ret)
{
    struct pail_str field[5], rest = text;

    for (size_t i = 0; i < 5; i++) {
        size_t colon = pail_str_find(rest, ':');
        if (colon == SIZE_MAX)
            return false;
        field[i] = pail_str_sub(rest, 0, colon);
        rest = pail_str_from(rest, colon + 1);
    }
    if (!pail_str_eqz(field[0], "arn") || !field[1].len || !field[2].len || !rest.len)
        return false;
    *ret = (struct pail_s3_arn){
        .partition = field[1], .service = field[2], .region = field[3], .account = field[4]};
    for (bool more = true; more && ret->n_parts < PAIL_ARRAY_LEN(ret->part);) {
        size_t n = 0;
        while (n < rest.len && rest.ptr[n] != ':' && rest.ptr[n] != '/')
            n++;
        ret->part[ret->n_parts++] = pail_str_sub(rest, 0, n);
        more = n < rest.len;
        rest = pail_str_from(rest, n + 1);
    }
    return true;
}

/* ---- Checks that several kinds have ---- */

static int check_region_choice(struct pail_s3_router *x, const struct pail_s3_arn *arn)
{
    if (!x->p->own_region_only || pail_str_eq(arn->region, x->p->region))
        return 0;
    return PAIL_S3_WRONG_SETTING(
        x,
        "Invalid configuration: region from ARN `%.*s` does not match client region `%.*s` and "
        "UseArnRegion is `false`",
        PAIL_STR_ARG(arn->region), PAIL_STR_ARG(x->p->region));
}

static int check_partition(struct pail_s3_router *x, const struct pail_s3_arn *arn)
{
    const struct pail_s3_partition *p = pail_s3_partition_of(arn->region);

    if (strcmp(p->name, x->partition->name) == 0)
        return 0;
    return PAIL_S3_WRONG_SETTING(
        x, "Client was configured for partition `%s` but ARN (`%.*s`) has `%s`", x->partition->name,
        PAIL_STR_ARG(x->p->bucket), p->name);
}

static int check_region_name(struct pail_s3_router *x, const struct pail_s3_arn *arn)
{
    if (pail_s3_is_label(arn->region, true))
        return 0;
    return PAIL_S3_WRONG_NAME(x, "Invalid region in ARN: `%.*s` (invalid DNS name)",
                              PAIL_STR_ARG(arn->region));
}

static int check_account(struct pail_s3_router *x, const struct pail_s3_arn *arn)
{
    if (pail_s3_is_label(arn->account, false))
        return 0;
    return PAIL_S3_WRONG_NAME(
        x, "Invalid ARN: The account id may only contain a-z, A-Z, 0-9 and `-`. Found: `%.*s`",
        PAIL_STR_ARG(arn->account));
}

static int check_name(struct pail_s3_router *x, struct pail_str name)
{
    if (pail_s3_is_label(name, false))
        return 0;
    return PAIL_S3_WRONG_NAME(
        x,
        "Invalid ARN: The access point name may only contain a-z, A-Z, 0-9 and `-`. Found: `%.*s`",
        PAIL_STR_ARG(name));
}

static int check_place(struct pail_s3_router *x, const struct pail_s3_arn *arn)
{
    int rc = check_region_choice(x, arn);

    if (rc == 0)
        rc = check_partition(x, arn);
    return rc < 0 ? rc : check_region_name(x, arn);
}

/* May an access point be here, and is it one word? */
static int check_access_point(struct pail_s3_router *x, const struct pail_s3_arn *arn)
{
    if (x->p->no_access_points)
        return PAIL_S3_WRONG_SETTING(x, "Access points are not supported for this operation");
    if (arn->n_parts > 2)
        return PAIL_S3_WRONG_NAME(
            x, "Invalid ARN: The ARN may only contain a single resource component after "
               "`accesspoint`.");
    return check_place(x, arn);
}

static int check_has_name(struct pail_s3_router *x, const struct pail_s3_arn *arn)
{
    if (arn->n_parts > 1 && arn->part[1].len)
        return 0;
    return PAIL_S3_WRONG_NAME(
        x, "Invalid ARN: Expected a resource of the format `accesspoint:<accesspoint name>` but no "
           "name was provided");
}

/* ---- Results ---- */

/* "NAME-ACCOUNT." and then the configured host, or one of AWS's. */
static int emit(struct pail_s3_router *x, const struct pail_s3_arn *arn, const char *service,
                bool dualstack)
{
    pail_buf_fmt(&x->r->host, "%.*s-%.*s.", PAIL_STR_ARG(arn->part[1]), PAIL_STR_ARG(arn->account));
    if (x->has_url) {
        pail_s3_router_authority(x, pail_str_ieq(x->url.scheme, PAIL_STR("https")));
        pail_buf_str(&x->r->path, x->url.path);
    } else {
        pail_buf_fmt(&x->r->host, "%s%s%s.%.*s.%s", service, x->p->fips ? "-fips" : "",
                     dualstack ? ".dualstack" : "", PAIL_STR_ARG(arn->region),
                     x->partition->suffix);
    }
    return pail_s3_router_region(x, arn->region);
}

static int object_lambda(struct pail_s3_router *x, const struct pail_s3_arn *arn)
{
    if (!pail_str_eqz(arn->part[0], "accesspoint"))
        return PAIL_S3_WRONG_NAME(
            x,
            "Invalid ARN: Object Lambda ARNs only support `accesspoint` arn types, but found: "
            "`%.*s`",
            PAIL_STR_ARG(arn->part[0]));
    int rc = check_has_name(x, arn);
    if (rc < 0)
        return rc;
    if (x->p->dualstack)
        return PAIL_S3_WRONG_SETTING(x, "S3 Object Lambda does not support Dual-stack");
    if (x->p->accelerate)
        return PAIL_S3_WRONG_SETTING(x, "S3 Object Lambda does not support S3 Accelerate");
    if (arn->region.len == 0)
        return PAIL_S3_WRONG_NAME(x, "Invalid ARN: bucket ARN is missing a region");
    rc = check_access_point(x, arn);
    if (rc == 0 && arn->account.len == 0)
        rc = PAIL_S3_WRONG_NAME(x, "Invalid ARN: Missing account id");
    if (rc == 0)
        rc = check_account(x, arn);
    if (rc == 0)
        rc = check_name(x, arn->part[1]);
    if (rc < 0)
        return rc;
    x->r->service = "s3-object-lambda";
    return emit(x, arn, "s3-object-lambda", false);
}

static int multi_region(struct pail_s3_router *x, const struct pail_s3_arn *arn)
{
    struct pail_str alias = arn->part[1];

    if (!pail_s3_is_label(alias, true))
        return PAIL_S3_WRONG_NAME(x, "Invalid Access Point Name");
    if (x->p->dualstack)
        return PAIL_S3_WRONG_SETTING(x, "S3 MRAP does not support dual-stack");
    if (x->p->fips)
        return PAIL_S3_WRONG_SETTING(x, "S3 MRAP does not support FIPS");
    if (x->p->accelerate)
        return PAIL_S3_WRONG_SETTING(x, "S3 MRAP does not support S3 Accelerate");
    if (x->p->no_multi_region)
        return PAIL_S3_WRONG_SETTING(
            x, "Invalid configuration: Multi-Region Access Point ARNs are disabled.");
    if (!pail_str_eqz(arn->partition, x->partition->name))
        return PAIL_S3_WRONG_SETTING(
            x, "Client was configured for partition `%s` but bucket referred to partition `%.*s`",
            x->partition->name, PAIL_STR_ARG(arn->partition));
    pail_buf_fmt(&x->r->host, "%.*s.accesspoint.s3-global.%s", PAIL_STR_ARG(alias),
                 x->partition->suffix);
    x->r->v4a = true;
    return 0;
}

static int access_point(struct pail_s3_router *x, const struct pail_s3_arn *arn)
{
    int rc = check_has_name(x, arn);
    if (rc < 0)
        return rc;
    if (arn->region.len == 0)
        return multi_region(x, arn);
    rc = check_access_point(x, arn);
    if (rc == 0 && !pail_str_eqz(arn->service, "s3"))
        rc = PAIL_S3_WRONG_NAME(x, "Invalid ARN: The ARN was not for the S3 service, found: %.*s",
                                PAIL_STR_ARG(arn->service));
    if (rc == 0)
        rc = check_account(x, arn);
    if (rc == 0)
        rc = check_name(x, arn->part[1]);
    if (rc == 0 && x->p->accelerate)
        rc = PAIL_S3_WRONG_SETTING(x, "Access Points do not support S3 Accelerate");
    return rc < 0 ? rc : emit(x, arn, "s3-accesspoint", x->p->dualstack);
}

static int check_outpost(struct pail_s3_router *x, const struct pail_s3_arn *arn)
{
    if (x->p->dualstack)
        return PAIL_S3_WRONG_SETTING(x, "S3 Outposts does not support Dual-stack");
    if (x->p->fips)
        return PAIL_S3_WRONG_SETTING(x, "S3 Outposts does not support FIPS");
    if (x->p->accelerate)
        return PAIL_S3_WRONG_SETTING(x, "S3 Outposts does not support S3 Accelerate");
    if (arn->n_parts > 4)
        return PAIL_S3_WRONG_NAME(x,
                                  "Invalid Arn: Outpost Access Point ARN contains sub resources");
    if (arn->n_parts < 2)
        return PAIL_S3_WRONG_NAME(x, "Invalid ARN: The Outpost Id was not set");
    if (!pail_s3_is_label(arn->part[1], false))
        return PAIL_S3_WRONG_NAME(
            x, "Invalid ARN: The outpost Id may only contain a-z, A-Z, 0-9 and `-`. Found: `%.*s`",
            PAIL_STR_ARG(arn->part[1]));
    return 0;
}

static int outposts(struct pail_s3_router *x, const struct pail_s3_arn *arn)
{
    int rc = check_outpost(x, arn);

    if (rc == 0)
        rc = check_place(x, arn);
    if (rc == 0)
        rc = check_account(x, arn);
    if (rc == 0 && arn->n_parts < 3)
        rc = PAIL_S3_WRONG_NAME(x, "Invalid ARN: Expected a 4-component resource");
    if (rc == 0 && arn->n_parts < 4)
        rc = PAIL_S3_WRONG_NAME(x, "Invalid ARN: expected an access point name");
    if (rc == 0 && !pail_str_eqz(arn->part[2], "accesspoint"))
        rc = PAIL_S3_WRONG_NAME(x, "Expected an outpost type `accesspoint`, found %.*s",
                                PAIL_STR_ARG(arn->part[2]));
    if (rc == 0)
        rc = check_name(x, arn->part[3]);
    if (rc < 0)
        return rc;
    pail_buf_fmt(&x->r->host, "%.*s-%.*s.%.*s.", PAIL_STR_ARG(arn->part[3]),
                 PAIL_STR_ARG(arn->account), PAIL_STR_ARG(arn->part[1]));
    if (x->has_url)
        pail_s3_router_authority(x, true);
    else
        pail_buf_fmt(&x->r->host, "s3-outposts.%.*s.%s", PAIL_STR_ARG(arn->region),
                     x->partition->suffix);
    x->r->service = "s3-outposts";
    x->r->v4a = true;
    return pail_s3_router_region(x, arn->region);
}

int pail_s3_route_arn(struct pail_s3_router *x, const struct pail_s3_arn *arn)
{
    if (arn->part[0].len == 0)
        return PAIL_S3_WRONG_NAME(x, "Invalid ARN: No ARN type specified");
    if (pail_str_eqz(arn->service, "s3-object-lambda"))
        return object_lambda(x, arn);
    if (pail_str_eqz(arn->part[0], "accesspoint"))
        return access_point(x, arn);
    if (pail_str_eqz(arn->service, "s3-outposts"))
        return outposts(x, arn);
    return PAIL_S3_WRONG_NAME(x, "Invalid ARN: Unrecognized format: %.*s (type: %.*s)",
                              PAIL_STR_ARG(x->p->bucket), PAIL_STR_ARG(arn->part[0]));
}
