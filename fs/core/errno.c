/* SPDX-License-Identifier: Apache-2.0 */
/* The one table from errors to errno: codes in the order of <pail/error.h>. */
#include "core/errno.h"

#include <errno.h>

#include "base/macros.h"

struct row {
    enum pail_code code;
    int os;
};

static const struct row table[] = {
    /* general */
    {PAIL_E_NOMEM, ENOMEM},
    {PAIL_E_INVALID, EINVAL},
    {PAIL_E_TOO_BIG, E2BIG},
    {PAIL_E_PARSE, EIO},
    {PAIL_E_UNSUPPORTED, EOPNOTSUPP},
    {PAIL_E_CANCELLED, EINTR},
    {PAIL_E_SHUTDOWN, ESHUTDOWN},
    {PAIL_E_DEADLINE, ETIMEDOUT},
    {PAIL_E_INTERNAL, EIO},
    /* configuration and credentials */
    {PAIL_E_CONFIG, EINVAL},
    {PAIL_E_PROFILE_NOT_FOUND, EINVAL},
    {PAIL_E_NO_CREDENTIALS, EACCES},
    {PAIL_E_PARTIAL_CREDENTIALS, EACCES},
    {PAIL_E_CREDENTIALS, EACCES},
    {PAIL_E_NO_REGION, EINVAL},
    /* network */
    {PAIL_E_RESOLVE, EHOSTUNREACH},
    {PAIL_E_CONNECT, EHOSTUNREACH},
    {PAIL_E_CONNECT_TIMEOUT, ETIMEDOUT},
    {PAIL_E_READ_TIMEOUT, ETIMEDOUT},
    {PAIL_E_CLOSED, EIO},
    {PAIL_E_TLS, EPROTO},
    {PAIL_E_PROXY, EHOSTUNREACH},
    {PAIL_E_NET, EIO},
    /* data */
    {PAIL_E_CHECKSUM, EIO},
    {PAIL_E_GARBAGE, EIO},
    /* service */
    {PAIL_E_SERVICE, EIO},
    {PAIL_E_NOT_FOUND, ENOENT},
    {PAIL_E_NO_BUCKET, ENOENT},
    {PAIL_E_ACCESS, EACCES},
    {PAIL_E_PRECONDITION, ESTALE},
    {PAIL_E_CONFLICT, ESTALE},
    {PAIL_E_THROTTLED, EAGAIN},
    {PAIL_E_SERVER, EIO},
    {PAIL_E_REDIRECT, EIO},
    {PAIL_E_NOT_MODIFIED, EIO},
    {PAIL_E_RANGE, EIO},
    {PAIL_E_ARCHIVED, EACCES},
    {PAIL_E_AUTH_EXPIRED, EACCES},
    {PAIL_E_AUTH_REJECTED, EACCES},
    {PAIL_E_SKEW, EACCES},
    {PAIL_E_BUCKET_EXISTS, EEXIST},
    {PAIL_E_BUCKET_NOT_EMPTY, ENOTEMPTY},
    {PAIL_E_NOT_IMPLEMENTED, EOPNOTSUPP},
    /* file system */
    {PAIL_E_FS_NOENT, ENOENT},
    {PAIL_E_FS_EXIST, EEXIST},
    {PAIL_E_FS_NOTDIR, ENOTDIR},
    {PAIL_E_FS_ISDIR, EISDIR},
    {PAIL_E_FS_NOTEMPTY, ENOTEMPTY},
    {PAIL_E_FS_STALE, ESTALE},
    {PAIL_E_FS_PERM, EPERM},
    {PAIL_E_FS_ROFS, EROFS},
    {PAIL_E_FS_NOSPC, ENOSPC},
    {PAIL_E_FS_NAMETOOLONG, ENAMETOOLONG},
    {PAIL_E_FS_FBIG, EFBIG},
    {PAIL_E_FS_BADF, EBADF},
    {PAIL_E_FS_NODATA, ENODATA},
    {PAIL_E_FS_OPNOTSUPP, EOPNOTSUPP},
    {PAIL_E_FS_INVAL, EINVAL},
    {PAIL_E_FS_LOOP, EINVAL}, /* rename(2) says EINVAL for a directory into itself */
    {PAIL_E_FS_BUSY, EBUSY},
    {PAIL_E_FS_NXIO, ENXIO},
    {PAIL_E_FS_XDEV, EXDEV},
    {PAIL_E_FS_ACCES, EACCES},
};

int pail_errno(const struct pail_error *err)
{
    if (!err->code)
        return 0;
    if (err->code == PAIL_E_OS)
        return err->os_errno > 0 ? err->os_errno : EIO;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(table); i++)
        if (table[i].code == err->code)
            return table[i].os;
    return EIO;
}
