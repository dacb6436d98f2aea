# PID 1 of a node: gives it folders of its own where Linux has fixed ones, waits until it has a network, and reaps what is
# orphaned in it. All of it is gone with this process.
# init.sh <folder of the node> <command…>
set -eu
dir=$1
shift
mount --make-rshared /
[ ! -e /etc/resolv.conf ] || mount --bind /dev/null /etc/resolv.conf
mount --bind "$dir/lib" /var/lib
mount --bind "$dir/log" /var/log
mount -t tmpfs -o mode=755 tmpfs /run
read -r _
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables
"$@" < /dev/null &
wait $!
