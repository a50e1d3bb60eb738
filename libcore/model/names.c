/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A word begins where a capital follows a small letter or a digit, and before a capital with small
 * letters behind it; a plural of an acronym at the end ("ARNs") is one word. That is botocore's
 * rule, and names of methods, options and commands all over the world follow from it, so its
 * exceptions are kept too: in these names, and no others, six words that the rule would tear stay
 * whole.
 */
#include "model/names.h"

#include <stdlib.h>

#include "base/str.h"

/* Sorted. */
static const char *const whole[] = {
    "AssociateWhatsAppBusinessAccount",
    "CreateCachediSCSIVolume",
    "CreateOAuth2Token",
    "CreateOAuth2TokenWithIAM",
    "CreateStorediSCSIVolume",
    "CreateWhatsAppDataset",
    "CreateWhatsAppFlow",
    "CreateWhatsAppMessageTemplate",
    "CreateWhatsAppMessageTemplateFromLibrary",
    "CreateWhatsAppMessageTemplateMedia",
    "DeleteWhatsAppFlow",
    "DeleteWhatsAppMessageMedia",
    "DeleteWhatsAppMessageTemplate",
    "DeprecateWhatsAppFlow",
    "DescribeCachediSCSIVolumes",
    "DescribeStorediSCSIVolumes",
    "DisassociateWhatsAppBusinessAccount",
    "ExecutePartiQLBatch",
    "ExecutePartiQLStatement",
    "ExecutePartiQLTransaction",
    "GetLinkedWhatsAppBusinessAccount",
    "GetLinkedWhatsAppBusinessAccountPhoneNumber",
    "GetOTelEnrichment",
    "GetWhatsAppBusinessPublicKey",
    "GetWhatsAppCallPermission",
    "GetWhatsAppFlow",
    "GetWhatsAppFlowPreview",
    "GetWhatsAppMessageMedia",
    "GetWhatsAppMessageTemplate",
    "IntrospectOAuth2TokenWithIAM",
    "ListHITsForQualificationType",
    "ListLinkedWhatsAppBusinessAccounts",
    "ListWhatsAppFlowAssets",
    "ListWhatsAppFlows",
    "ListWhatsAppMessageTemplates",
    "ListWhatsAppTemplateLibrary",
    "PostWhatsAppMessageMedia",
    "PublishWhatsAppFlow",
    "PutWhatsAppBusinessAccountEventDestinations",
    "PutWhatsAppBusinessPublicKey",
    "RevokeOAuth2TokenWithIAM",
    "SendWhatsAppCallEvent",
    "SendWhatsAppConversionEvent",
    "SendWhatsAppMessage",
    "StartOTelEnrichment",
    "StopOTelEnrichment",
    "UpdateLinkedWhatsAppBusinessAccountPhoneNumber",
    "UpdateOTelEnrichment",
    "UpdateWhatsAppFlow",
    "UpdateWhatsAppFlowAssets",
    "UpdateWhatsAppMessageTemplate",
};
static const char *const words[] = {"WhatsApp", "OTel", "OAuth2", "PartiQL", "iSCSI", "HITs"};

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static char lower(char c)
{
    return is_upper(c) ? (char)(c + ('a' - 'A')) : c;
}

static int compare(const void *key, const void *entry)
{
    return pail_str_cmp(*(const struct pail_str *)key, pail_str(*(const char *const *)entry));
}

/* Length of the word of the list at the front of s, or 0. */
static size_t word_at(struct pail_str s)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(words); i++)
        if (pail_str_starts(s, pail_str(words[i])))
            return strlen(words[i]);
    return 0;
}

/* Two capitals or more and an s at the end: where they begin, else the length. */
static size_t plural_at(struct pail_str s)
{
    size_t i = s.len;
    if (i < 3 || s.ptr[i - 1] != 's')
        return s.len;
    for (i--; i > 0 && is_upper(s.ptr[i - 1]);)
        i--;
    return s.len - i >= 3 ? i : s.len;
}

void pail_name_split(struct pail_buf *to, struct pail_str camel, char sep)
{
    bool keep = bsearch(&camel, whole, PAIL_ARRAY_LEN(whole), sizeof(whole[0]), compare) != NULL;
    size_t plural = keep ? camel.len : plural_at(camel);
    char last = 0; /* of what was written, as it was in the name */

    if (pail_str_find(camel, sep) != SIZE_MAX) {
        pail_buf_str(to, camel);
        return;
    }
    for (size_t i = 0; i < camel.len; i++) {
        char c = camel.ptr[i], next = i + 1 < plural ? camel.ptr[i + 1] : 0;
        size_t word = keep ? word_at(pail_str_from(camel, i)) : 0;
        bool starts = is_upper(c) && ((is_lower(last) || (last >= '0' && last <= '9')) ||
                                      (is_lower(next) && last));
        if (i == plural) {
            pail_buf_char(to, sep);
            for (; i < camel.len; i++)
                pail_buf_char(to, lower(camel.ptr[i]));
            return;
        }
        if (last && (starts || word))
            pail_buf_char(to, sep);
        for (size_t j = 0; j < (word ? word : 1); j++)
            pail_buf_char(to, lower(camel.ptr[i + j]));
        last = word ? 'x' : c;
        i += word ? word - 1 : 0;
    }
}

void pail_name_hyphenate(struct pail_buf *to, struct pail_str service_id)
{
    for (size_t i = 0; i < service_id.len; i++)
        pail_buf_char(to, service_id.ptr[i] == ' ' ? '-' : lower(service_id.ptr[i]));
}
