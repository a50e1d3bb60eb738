#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A throw-away Ceph object store (monitor, one OSD in memory, radosgw) on 127.0.0.1, without root.
# usage: rgw.sh DIR PORT    keys: test / test1234    stop: kill $(cat DIR/*.pid)
set -eu
mkdir -p "$1/mon" "$1/osd"
D=$(cd "$1" && pwd)
PORT=$2
MON=$((PORT + 1))
FSID=$(cat /proc/sys/kernel/random/uuid)
OSD=$(cat /proc/sys/kernel/random/uuid)
PATH=$PATH:/usr/sbin:/sbin
# Debian 13 has this as a relative path.
for CLASSES in /usr/lib/*/rados-classes /usr/lib64/rados-classes /usr/lib/rados-classes; do
    [ ! -d "$CLASSES" ] || break
done
# Proposal intervals are cut because each map change waits for one; crc because without cephx nothing else can be negotiated.
cat > "$D/ceph.conf" <<CONF
[global]
fsid = $FSID
mon_host = v2:127.0.0.1:$MON/0
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
keyring = /dev/null
run_dir = $D
admin_socket =
log_file = $D/\$name.log
log_to_stderr = false
err_to_stderr = false
crash_dir = $D
paxos_propose_interval = 0.02
paxos_min_wait = 0.01
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 10000
[mon]
mon_data = $D/mon
pid_file = $D/mon.pid
mon_data_avail_crit = 1
mon_cluster_log_file = $D/cluster.log
[osd]
osd_data = $D/osd
osd_objectstore = memstore
memstore_device_bytes = 17179869184
osd_class_dir = $CLASSES
osd_class_load_list = *
osd_class_default_list = *
pid_file = $D/osd.pid
[client]
log_file = $D/rgw.log
rgw_data = $D
rgw_frontends = beast endpoint=127.0.0.1:$PORT
rgw_dns_name = localhost
rgw_crypt_require_ssl = false
rgw_override_bucket_index_max_shards = 1
rgw_dynamic_resharding = false
rgw_run_sync_thread = false
CONF
C="-c $D/ceph.conf"
# shellcheck disable=SC2086
{
    monmaptool --create --fsid "$FSID" --addv a "[v2:127.0.0.1:$MON/0]" "$D/monmap" > /dev/null
    ceph-mon $C --mkfs -i a --monmap "$D/monmap"
    ceph-mon $C -i a
    ceph $C osd new "$OSD" > /dev/null
    ceph-osd $C -i 0 --mkfs --osd-uuid "$OSD"
    ceph-osd $C -i 0
    radosgw-admin $C user create --uid test --display-name test --access-key test --secret test1234 > /dev/null
    radosgw $C -n client.rgw --pid-file "$D/rgw.pid"
}
