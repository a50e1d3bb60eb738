/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounting: check the mount point, open the file system, mount, serve, close.
 *
 * The file system is opened before the mount, so that a wrong bucket or wrong credentials are told
 * to who typed the command and nobody ever sees a mount that hangs. It is closed after the unmount:
 * what is still to be stored is stored then, and only then does the process end.
 */
#include "fuse/mount.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/logging.h"
#include "fuse/glue.h"

#define MAX_REQUEST (1u << 20)
/* Of the kernel's own read-ahead, where we may set it: larger requests, fewer of them. */
#define READ_AHEAD_KB "1024"

static void want(struct fuse_conn_info *conn, unsigned capability)
{
    if (conn->capable & capability)
        conn->want |= capability;
}

static void negotiate(void *ud, struct fuse_conn_info *conn)
{
    struct pail_glue *g = ud;
    conn->max_write = MAX_REQUEST;
    conn->max_readahead = MAX_REQUEST;
    conn->max_background = 64;
    conn->congestion_threshold = 48;
    want(conn, FUSE_CAP_ASYNC_READ);
    want(conn, FUSE_CAP_ASYNC_DIO);
    want(conn, FUSE_CAP_ATOMIC_O_TRUNC);
    want(conn, FUSE_CAP_PARALLEL_DIROPS);
    want(conn, FUSE_CAP_READDIRPLUS);
    want(conn, FUSE_CAP_READDIRPLUS_AUTO);
    want(conn, FUSE_CAP_EXPLICIT_INVAL_DATA);
    conn->want &= ~(unsigned)FUSE_CAP_AUTO_INVAL_DATA; /* it would win over the explicit form */
    want(conn, FUSE_CAP_CACHE_SYMLINKS);
    conn->want &= ~(unsigned)FUSE_CAP_WRITEBACK_CACHE;
    conn->want &= ~(unsigned)FUSE_CAP_SPLICE_READ; /* a pipe of 1 MiB plus header does not fit, and
                                                      it was never faster */
#ifdef FUSE_CAP_HANDLE_KILLPRIV_V2
    want(conn, FUSE_CAP_HANDLE_KILLPRIV_V2); /* otherwise a GETXATTR before every write */
#endif
#ifdef FUSE_CAP_DIRECT_IO_ALLOW_MMAP
    want(conn, FUSE_CAP_DIRECT_IO_ALLOW_MMAP);
#endif
    PAIL_LOG(PAIL_LC_FUSE, PAIL_LOG_INFO,
             "FUSE protocol %u.%u, requests of %u bytes, read-ahead %u", conn->proto_major,
             conn->proto_minor, conn->max_write, conn->max_readahead);
    if (g->options->ready)
        g->options->ready(g->options->ud);
}

const struct fuse_lowlevel_ops pail_fuse_ops = {
    .init = negotiate,
    .lookup = glue_lookup,
    .forget = glue_forget,
    .forget_multi = glue_forget_multi,
    .getattr = glue_getattr,
    .setattr = glue_setattr,
    .readlink = glue_readlink,
    .mknod = glue_mknod,
    .mkdir = glue_mkdir,
    .unlink = glue_unlink,
    .rmdir = glue_rmdir,
    .symlink = glue_symlink,
    .rename = glue_rename,
    .link = glue_link,
    .statfs = glue_statfs,
    .setxattr = glue_setxattr,
    .getxattr = glue_getxattr,
    .listxattr = glue_listxattr,
    .removexattr = glue_removexattr,
    .open = glue_open,
    .create = glue_create,
    .read = glue_read,
    .write_buf = glue_write_buf,
    .flush = glue_flush,
    .release = glue_release,
    .fsync = glue_fsync,
    .fallocate = glue_fallocate,
    .lseek = glue_lseek,
    .opendir = glue_opendir,
    .readdir = glue_readdir,
    .readdirplus = glue_readdirplus,
    .releasedir = glue_releasedir,
    .fsyncdir = glue_fsyncdir,
};

/* ---- Notifications --------------------------------------------------------------------------- */

static void inval_entry(void *ud, uint64_t parent, struct pail_str name)
{
    struct pail_glue *g = ud;
    PAIL_AUTOFREE char *text = pail_strndup(name);
    /* ENOENT: the kernel did not know it. Nothing else can be done about the rest: time-outs
     * expire. */
    if (text && g->session)
        (void)!fuse_lowlevel_notify_inval_entry(g->session, parent, text, name.len);
}

static void inval_inode(void *ud, uint64_t ino, bool data)
{
    struct pail_glue *g = ud;
    if (g->session)
        (void)!fuse_lowlevel_notify_inval_inode(g->session, ino, data ? 0 : -1, 0);
}

/* ---- Mount point ----------------------------------------------------------------------------- */

static int any_entry(const char *name, void *ud, struct pail_error *err)
{
    (void)name, (void)err;
    *(bool *)ud = true;
    return 1;
}

static int check_mount_point(const struct pail_mount_options *o, struct pail_error *err)
{
    struct pail_mount_info info;
    struct pail_error why = PAIL_ERROR_INIT;
    if (!pail_mount_info(o->mount_point, &info, &why)) {
        if (strncmp(info.fstype, "fuse", 4) == 0)
            return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_BUSY,
                                  "mount point %s is in use: %s is mounted there (%s)",
                                  o->mount_point, info.source, info.fstype);
    }
    struct pail_file_stat st;
    int rc = pail_file_stat(o->mount_point, &st, &why);
    if (rc) {
        if (why.os_errno == ENOENT)
            return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOENT, "mount point %s does not exist",
                                  o->mount_point);
        if (why.os_errno == ENOTCONN)
            return pail_error_set(
                err, PAIL_D_FS, PAIL_E_FS_BUSY,
                "mount point %s has a dead mount on it: unmount it first (fusermount3 -u %s)",
                o->mount_point, o->mount_point);
        pail_error_copy(err, &why);
        pail_error_prefix(err, "mount point");
        return rc;
    }
    if (!st.is_dir)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOTDIR, "mount point %s is not a directory",
                              o->mount_point);
    bool entries = false;
    if (!o->nonempty) {
        rc = pail_file_list(o->mount_point, any_entry, &entries, err);
        if (rc < 0)
            return rc;
    }
    return entries ? pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOTEMPTY,
                                    "mount point %s is not empty: its entries would be hidden "
                                    "(allow it with -o nonempty)",
                                    o->mount_point)
                   : 0;
}

/* ---- Session --------------------------------------------------------------------------------- */

static int build_args(const struct pail_mount_options *o, struct fuse_args *args,
                      struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(16 << 10);
    pail_buf_z(&text, "subtype=pail,fsname=");
    for (const char *c = o->source; *c; c++) { /* libfuse splits at commas */
        if (*c == ',' || *c == '\\')
            pail_buf_char(&text, '\\');
        pail_buf_char(&text, *c);
    }
    if (o->fs.read_only)
        pail_buf_z(&text, ",ro");
    if (o->allow_other)
        pail_buf_z(&text, ",allow_other");
    if (o->allow_root)
        pail_buf_z(&text, ",allow_root");
    if (!o->no_default_permissions)
        pail_buf_z(&text, ",default_permissions");
    if (o->fuse_options && *o->fuse_options)
        pail_buf_fmt(&text, ",%s", o->fuse_options);
    int rc = pail_buf_check(&text, "mount options", err);
    if (rc)
        return rc;
    if (fuse_opt_add_arg(args, "pail") || fuse_opt_add_arg(args, "-o") ||
        fuse_opt_add_arg(args, pail_buf_cstr(&text)) || (o->debug && fuse_opt_add_arg(args, "-d")))
        return pail_error_nomem(err);
    return 0;
}

/* Where we may (root): the kernel's read-ahead of this mount. Best effort; the default works, with
 * smaller requests. */
static void raise_read_ahead(const struct pail_mount_info *info)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(128);
    struct pail_file *f = NULL;
    pail_buf_fmt(&path, "/sys/class/bdi/%u:%u/read_ahead_kb", info->major, info->minor);
    struct pail_error why = PAIL_ERROR_INIT;
    int rc = pail_file_open(pail_buf_cstr(&path), PAIL_FILE_WRITE, &f, &why);
    if (!rc)
        rc = pail_file_pwrite(f, READ_AHEAD_KB, strlen(READ_AHEAD_KB), 0, &why);
    if (rc)
        PAIL_LOG(PAIL_LC_FUSE, PAIL_LOG_INFO, "the kernel's read-ahead stays as it is: %s",
                 why.message);
    pail_file_close(f);
}

/* libfuse says why on stderr only; the usual causes are told again in one line. */
static int mount_refused(const struct pail_mount_options *o, struct pail_error *err)
{
    struct pail_file *f = NULL;
    struct pail_error why = PAIL_ERROR_INIT;
    if (pail_file_open("/dev/fuse", PAIL_FILE_READ | PAIL_FILE_WRITE, &f, &why)) {
        if (why.os_errno == ENOENT)
            return pail_error_set(
                err, PAIL_D_OS, PAIL_E_OS,
                "mounting %s: /dev/fuse does not exist: load the fuse module (modprobe fuse)",
                o->mount_point);
        return pail_error_set(err, PAIL_D_OS, PAIL_E_OS, "mounting %s: /dev/fuse: %s",
                              o->mount_point, strerror(why.os_errno));
    }
    pail_file_close(f);
    return pail_error_set(
        err, PAIL_D_OS, PAIL_E_OS, "mounting %s was refused%s", o->mount_point,
        o->allow_other
            ? " (allow_other needs user_allow_other in /etc/fuse.conf for ordinary users)"
            : "");
}

static int serve(struct pail_glue *g, struct pail_error *err)
{
    struct fuse_loop_config *config = fuse_loop_cfg_create();
    if (!config)
        return pail_error_nomem(err);
    fuse_loop_cfg_set_clone_fd(config, 0);
    fuse_loop_cfg_set_idle_threads(config, 4);
    fuse_loop_cfg_set_max_threads(config, g->options->max_threads ? g->options->max_threads : 64);
    int rc = fuse_session_loop_mt(g->session, config);
    fuse_loop_cfg_destroy(config);
    /* Positive: ended by that signal, which is an ordinary end. */
    return rc < 0 ? pail_error_os(err, -rc, "serving %s", g->options->mount_point) : 0;
}

static int mount_and_serve(struct pail_glue *g, struct pail_error *err)
{
    const struct pail_mount_options *o = g->options;
    struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
    int rc = build_args(o, &args, err);
    struct fuse_session *session = rc ? NULL
                                      : fuse_session_new(&args, &pail_fuse_ops,
                                                         sizeof(pail_fuse_ops), g);
    fuse_opt_free_args(&args);
    if (rc)
        return rc;
    if (!session)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "libfuse does not take these mount options: %s",
                              o->fuse_options ? o->fuse_options : "(none of yours)");
    if (fuse_session_mount(session, o->mount_point)) {
        fuse_session_destroy(session);
        return mount_refused(o, err);
    }
    g->session = session;
    struct pail_mount_info info;
    if (!pail_mount_info(o->mount_point, &info, NULL)) {
        g->mount_id = info.mount_id;
        raise_read_ahead(&info);
    }
    if (fuse_set_signal_handlers(session)) {
        rc = pail_error_set(err, PAIL_D_OS, PAIL_E_OS, "signal handlers cannot be set");
    } else {
        rc = serve(g, err);
        fuse_remove_signal_handlers(session);
    }
    fuse_session_unmount(session);
    return rc;
}

int pail_mount_run(const struct pail_mount_options *opt, struct pail_error *err)
{
    struct pail_glue g = {.options = opt};
    struct pail_fs_options fs = opt->fs;
    int rc = check_mount_point(opt, err);
    if (rc)
        return rc;
    fs.notify = (struct pail_fs_notify){
        .inval_entry = inval_entry, .inval_inode = inval_inode, .ud = &g};
    fs.still_open = glue_still_open;
    fs.still_open_ud = &g;
    rc = pail_fs_new(&fs, &g.fs, err);
    if (rc)
        return rc;
    rc = mount_and_serve(&g, err);
    /* The session goes last: fs may still notify while it closes. */
    pail_fs_free(g.fs);
    if (g.session)
        fuse_session_destroy(g.session);
    return rc;
}
