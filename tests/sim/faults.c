/* SPDX-License-Identifier: Apache-2.0 */
/* sim/faults.c - the table of names. */
#include "sim/faults.h"

#include <stdio.h>

static const char *const names[] = {
    "refuse",    "reset", "lost", "cut", "stall",  "slow", "500",   "503",
    "partition", "late",  "skew", "eio", "enospc", "kill", "power",
};

static bool find(const char *name, size_t n, unsigned *ret)
{
    if (n == 3 && memcmp(name, "all", 3) == 0) {
        *ret = SIM_F_ALL;
        return true;
    }
    if (n == 3 && memcmp(name, "net", 3) == 0) {
        *ret = SIM_F_NET;
        return true;
    }
    for (unsigned i = 0; i < PAIL_ARRAY_LEN(names); i++)
        if (strlen(names[i]) == n && memcmp(names[i], name, n) == 0) {
            *ret = 1u << i;
            return true;
        }
    *ret = 0;
    return n == 4 && memcmp(name, "none", 4) == 0;
}

bool sim_faults_parse(const char *text, unsigned *ret)
{
    unsigned set = 0;
    while (*text) {
        bool minus = *text == '-';
        text += minus;
        size_t n = strcspn(text, ",");
        unsigned bits;
        if (!find(text, n, &bits))
            return false;
        set = minus ? set & ~bits : set | bits;
        text += n + (text[n] == ',');
    }
    *ret = set;
    return true;
}

void sim_faults_format(unsigned faults, char *to, size_t cap)
{
    size_t n = 0;
    snprintf(to, cap, "none");
    for (unsigned i = 0; i < PAIL_ARRAY_LEN(names) && n < cap; i++)
        if (faults & 1u << i)
            n += (size_t)snprintf(to + n, cap - n, "%s%s", n ? "," : "", names[i]);
}

const char *sim_fault_name(unsigned fault)
{
    for (unsigned i = 0; i < PAIL_ARRAY_LEN(names); i++)
        if (fault & 1u << i)
            return names[i];
    return "none";
}
