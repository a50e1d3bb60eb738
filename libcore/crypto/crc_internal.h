/* SPDX-License-Identifier: Apache-2.0 */
/* crypto/crc_internal.h - between crc.c and its accelerated form. Pure. */
#ifndef PAIL_CRYPTO_CRC_INTERNAL_H
#define PAIL_CRYPTO_CRC_INTERNAL_H

#include "crypto/checksum.h"

/* x^n modulo the polynomial of CRC64NVME, reflected. */
uint64_t pail_crc64_power(uint64_t n);
/* Moves *crc over n bytes; false, with nothing done, where the processor cannot or the text is too
 * short. */
bool pail_crc64nvme_clmul(uint64_t *crc, const void *p, size_t n);

#endif
