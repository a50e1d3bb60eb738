/* SPDX-License-Identifier: Apache-2.0 */
/* pail mount: the options. mount_serve.c does it, in pail-mount. */
#include "base/clock.h"
#include "base/env.h"
#include "tools/cmd.h"
#include "tools/mount.h"

static const char *const posix_choices[] = {"auto", "always", "never", NULL};
static const char *const probe_choices[] = {"auto", "off", "again", NULL};

#define AT(field) offsetof(struct mount_options, field)
static const struct pail_opt options[] = {
    {PAIL_OPT_FLAG, 'f', "foreground", NULL, "Stay in the foreground; log to standard error",
     AT(foreground), NULL},
    {PAIL_OPT_STRING, 0, "cache-dir", "DIR",
     "Where files under change are staged (XDG_CACHE_HOME/pail)", AT(cache_dir), NULL},
    {PAIL_OPT_STRING, 0, "state-dir", "DIR",
     "Where metadata and the journal are kept (XDG_STATE_HOME/pail)", AT(state_dir), NULL},
    {PAIL_OPT_STRING, 0, "log-file", "FILE", "Log of the background process (STATE/pail.log)",
     AT(log_file), NULL},
    {PAIL_OPT_FLAG, 0, "fuse-debug", NULL, "Print every FUSE request (with -f)", AT(fuse_debug),
     NULL},
    {PAIL_OPT_END, 0, NULL, NULL, NULL, 0, NULL},
};
static const struct pail_opt mount_words[] = {
    {PAIL_OPT_FLAG, 0, "ro", NULL, "Read-only", AT(ro), NULL},
    {PAIL_OPT_FLAG, 0, "rw", NULL, "Read and write (the default)", AT(rw), NULL},
    {PAIL_OPT_FLAG, 0, "allow_other", NULL, "Other users may use the mount", AT(allow_other), NULL},
    {PAIL_OPT_FLAG, 0, "allow_root", NULL, "Root may use the mount", AT(allow_root), NULL},
    {PAIL_OPT_FLAG, 0, "default_permissions", NULL,
     "The kernel checks modes and owners (the default)", AT(default_permissions), NULL},
    {PAIL_OPT_FLAG, 0, "nodefault_permissions", NULL, "Modes and owners are shown but not checked",
     AT(nodefault_permissions), NULL},
    {PAIL_OPT_U64, 0, "uid", "UID", "Owner of what bears none", AT(uid), NULL},
    {PAIL_OPT_U64, 0, "gid", "GID", "Group of what bears none", AT(gid), NULL},
    {PAIL_OPT_OCTAL, 0, "umask", "MODE", "Bits taken from the modes of what bears none (022)",
     AT(umask), NULL},
    {PAIL_OPT_OCTAL, 0, "file-mode", "MODE", "Mode of files that bear none (666 less umask)",
     AT(file_mode), NULL},
    {PAIL_OPT_OCTAL, 0, "dir-mode", "MODE", "Mode of directories that bear none (777 less umask)",
     AT(dir_mode), NULL},
    {PAIL_OPT_SECONDS, 0, "metadata-ttl", "TIME",
     "How long listings and attributes are remembered (60)", AT(metadata_ttl_ns), NULL},
    {PAIL_OPT_CHOICE, 0, "posix-metadata", "WHEN",
     "Whether objects are asked one by one for mode, owner and times", AT(posix), posix_choices},
    {PAIL_OPT_CHOICE, 0, "probe", "WHEN",
     "Whether the endpoint is asked what it can do, with a temporary object", AT(probe),
     probe_choices},
    {PAIL_OPT_FLAG, 0, "bucket-ops", NULL,
     "mkdir and rmdir at the top of a mount of all buckets make and delete buckets", AT(bucket_ops),
     NULL},
    {PAIL_OPT_FLAG, 0, "nonempty", NULL, "Mount over a directory that has entries", AT(nonempty),
     NULL},
    {PAIL_OPT_SIZE, 0, "memory", "SIZE", "Limit of the read buffers (192M)", AT(memory), NULL},
    {PAIL_OPT_SIZE, 0, "write-memory", "SIZE", "Limit of the write buffers (128M)",
     AT(write_memory), NULL},
    {PAIL_OPT_SIZE, 0, "staging-limit", "SIZE",
     "Limit of the staging files (what the disk has, less 1G)", AT(staging_limit), NULL},
    {PAIL_OPT_SIZE, 0, "part-size", "SIZE",
     "Size of the first parts of an upload (8M, at least 5M)", AT(part_size), NULL},
    {PAIL_OPT_SECONDS, 0, "timeout", "TIME",
     "How long a request is tried again before an operation fails (5m)", AT(timeout_ns), NULL},
    {PAIL_OPT_U64, 0, "max-threads", "N", "Operations that may wait at once (64)", AT(max_threads),
     NULL},
    {PAIL_OPT_STRING, 0, "cache-dir", "DIR", "As --cache-dir", AT(cache_dir), NULL},
    {PAIL_OPT_STRING, 0, "state-dir", "DIR", "As --state-dir", AT(state_dir), NULL},
    {PAIL_OPT_STRING, 0, "log-file", "FILE", "As --log-file", AT(log_file), NULL},
    {PAIL_OPT_STRING, 0, "endpoint-url", "URL", "As --endpoint-url", AT(common.endpoint_url), NULL},
    {PAIL_OPT_STRING, 0, "region", "REGION", "As --region", AT(common.region), NULL},
    {PAIL_OPT_STRING, 0, "profile", "NAME", "As --profile", AT(common.profile), NULL},
    {PAIL_OPT_STRING, 0, "ca-bundle", "FILE", "As --ca-bundle", AT(common.ca_bundle), NULL},
    {PAIL_OPT_STRING, 0, "addressing-style", "STYLE", "As --addressing-style",
     AT(common.addressing), NULL},
    {PAIL_OPT_FLAG, 0, "no-sign-request", NULL, "As --no-sign-request", AT(common.no_sign_request),
     NULL},
    {PAIL_OPT_FLAG, 0, "no-verify-ssl", NULL, "As --no-verify-ssl", AT(common.no_verify_ssl), NULL},
    {PAIL_OPT_FLAG, 0, "nosuid", NULL, "As in mount(8); so are nodev, noexec, noatime", AT(nosuid),
     NULL},
    {PAIL_OPT_FLAG, 0, "nodev", NULL, "As in mount(8)", AT(nodev), NULL},
    {PAIL_OPT_FLAG, 0, "noexec", NULL, "As in mount(8)", AT(noexec), NULL},
    {PAIL_OPT_FLAG, 0, "noatime", NULL, "As in mount(8)", AT(noatime), NULL},
    {PAIL_OPT_FLAG, 0, "suid", NULL, "As in mount(8)", AT(suid), NULL},
    {PAIL_OPT_FLAG, 0, "dev", NULL, "As in mount(8)", AT(dev), NULL},
    {PAIL_OPT_FLAG, 0, "exec", NULL, "As in mount(8)", AT(exec), NULL},
    {PAIL_OPT_FLAG, 0, "atime", NULL, "As in mount(8)", AT(atime), NULL},
    {PAIL_OPT_FLAG, 0, "relatime", NULL, "As in mount(8)", AT(relatime), NULL},
    {PAIL_OPT_FLAG, 0, "_netdev", NULL, "For /etc/fstab", AT(netdev), NULL},
    {PAIL_OPT_FLAG, 0, "nofail", NULL, "For /etc/fstab", AT(nofail), NULL},
    {PAIL_OPT_FLAG, 0, "auto", NULL, "For /etc/fstab", AT(autom), NULL},
    {PAIL_OPT_FLAG, 0, "noauto", NULL, "For /etc/fstab", AT(noauto), NULL},
    {PAIL_OPT_FLAG, 0, "user", NULL, "For /etc/fstab", AT(user), NULL},
    {PAIL_OPT_FLAG, 0, "users", NULL, "For /etc/fstab", AT(users), NULL},
    {PAIL_OPT_FLAG, 0, "nouser", NULL, "For /etc/fstab", AT(nouser), NULL},
    {PAIL_OPT_FLAG, 0, "defaults", NULL, "For /etc/fstab", AT(defaults), NULL},
    {PAIL_OPT_END, 0, NULL, NULL, NULL, 0, NULL},
};

static void defaults(void *p)
{
    struct mount_options *o = p;
    o->uid = pail_env_uid();
    o->gid = pail_env_gid();
    o->umask = 022;
    o->file_mode = o->dir_mode = UINT32_MAX;
    o->metadata_ttl_ns = 60 * PAIL_NS_PER_S;
}

const struct pail_command pail_cmd_mount = {
    .name = "mount",
    .summary = "Mount a bucket, or a prefix of it, or all buckets, as a directory",
    .usage = "[s3://BUCKET[/PREFIX]] DIR",
    .description =
        "Returns when the mount is usable, or says why it is not. Without a source every bucket is "
        "a directory of DIR.\n\n"
        "When close, fsync, rename, unlink or mkdir return 0, S3 has it. Attributes and listings "
        "are remembered for "
        "metadata-ttl seconds, across remounts too; open always asks for the current version.\n\n"
        "Options can be given as --NAME VALUE or, as in /etc/fstab, as -o NAME=VALUE,...",
    .examples = "pail mount s3://photos ~/photos | Mount a bucket\n"
                "pail mount s3://photos/2024 ~/photos -o ro,metadata-ttl=1h | A prefix, read-only, "
                "with a long memory\n"
                "pail mount --endpoint-url http://127.0.0.1:9000 ~/buckets | All buckets of "
                "another S3 server\n"
                "mount -t fuse.pail s3://photos /mnt -o allow_other | As mount(8) has it\n",
    .options = options,
    .mount_options = mount_words,
    .options_size = sizeof(struct mount_options),
    .program = "pail-mount",
    .init = defaults,
    .complete = "dir",
};
