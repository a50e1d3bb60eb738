/* SPDX-License-Identifier: Apache-2.0 */
/* mfa.h - asks on the terminal for the code of an MFA device: struct pail_session_options.mfa. */
#ifndef PAIL_TOOLS_LIB_MFA_H
#define PAIL_TOOLS_LIB_MFA_H

#include <pail/error.h>

/* "Enter MFA code for SERIAL: " on the terminal, without echo; without a terminal on stderr, and
 * the code is read from stdin. PAIL_E_CREDENTIALS: there is none to be had. */
PAIL_CHECK int pail_enter_mfa(void *ud, const char *serial, char *dst, size_t cap,
                              struct pail_error *err);

#endif
