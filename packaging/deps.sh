# SPDX-License-Identifier: Apache-2.0
# Sourced by try and check: installs what is missing, says what, asks for root only when something is.
# shellcheck shell=sh

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# as_root COMMAND...: directly when we are root, else through sudo.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        die "root is needed to install packages, and there is no sudo: run as root once: $*"
    fi
}

# A need is "command:NAME" (a program), "lib:NAME" (a pkg-config module) or "python:MODULE" (importable).
have() {
    case $1 in
    command:*) PATH=$PATH:/usr/sbin:/sbin command -v "${1#command:}" >/dev/null 2>&1 ;;
    lib:*) command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "${1#lib:}" ;;
    python:*) command -v python3 >/dev/null 2>&1 && python3 -c "import ${1#python:}" >/dev/null 2>&1 ;;
    file:*) [ -e "${1#file:}" ] ;;
    *) die "unknown need $1" ;;
    esac
}

# need | Debian, Ubuntu | Fedora
BUILD_NEEDS='command:cc gcc,libc6-dev gcc,glibc-devel
command:pkg-config pkg-config pkgconf-pkg-config
command:meson meson meson
command:ninja ninja-build ninja-build
lib:fuse3 libfuse3-dev fuse3-devel
command:fusermount3 fuse3 fuse3
lib:libcurl libcurl4-openssl-dev libcurl-devel
lib:libcrypto libssl-dev openssl-devel
lib:expat libexpat1-dev expat-devel
lib:libxml-2.0 libxml2-dev libxml2-devel
lib:sqlite3 libsqlite3-dev sqlite-devel
lib:jansson libjansson-dev jansson-devel
lib:zlib zlib1g-dev zlib-devel
lib:libisal libisal-dev isa-l-devel
lib:smartcols libsmartcols-dev libsmartcols-devel
command:scdoc scdoc scdoc
file:/etc/ssl/certs ca-certificates ca-certificates'
# The embedded S3 server of the test suite, which try starts, needs no more than the build does.
TRY_NEEDS='lib:cmocka libcmocka-dev libcmocka-devel
python:venv,ensurepip python3-venv python3
command:rsync rsync rsync
command:tar tar tar'
TEST_NEEDS='lib:cmocka libcmocka-dev libcmocka-devel
command:c++ g++ gcc-c++
command:git git git
command:rsync rsync rsync
command:tar tar tar
command:python3 python3 python3
python:venv,ensurepip python3-venv python3
command:setfattr attr attr
command:openssl openssl openssl
command:mount mount util-linux
command:ps procps procps-ng'
SERVER_NEEDS='command:radosgw radosgw ceph-radosgw
command:ceph-mon ceph-mon ceph-mon
command:ceph-osd ceph-osd ceph-osd'
# AWS CLI v2, for the suite that compares with it; Ubuntu has no package of it since 24.04.
PARITY_NEEDS='file:/usr/lib/python3/dist-packages/awscli awscli awscli2'

# install NEEDS: what of the list is missing is installed in one go.
install() {
    missing=
    packages=
    old_ifs=$IFS
    IFS='
'
    for line in $1; do
        IFS=$old_ifs
        # shellcheck disable=SC2086
        set -- $line
        if ! have "$1"; then
            missing="$missing ${1#*:}"
            if command -v apt-get >/dev/null 2>&1; then p=$2; else p=$3; fi
            packages="$packages $(printf %s "$p" | tr ',' ' ')"
        fi
        IFS='
'
    done
    IFS=$old_ifs
    [ -n "$missing" ] || return 0
    say "missing:$missing"
    if command -v apt-get >/dev/null 2>&1; then
        say "installing:$packages (apt-get)"
        as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
        # shellcheck disable=SC2086
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null ||
            die "apt-get could not install:$packages"
    elif command -v dnf >/dev/null 2>&1; then
        say "installing:$packages (dnf)"
        # shellcheck disable=SC2086
        as_root dnf install -y -q $packages || die "dnf could not install:$packages"
    else
        die "neither apt-get nor dnf is here; please install by hand:$missing"
    fi
}
