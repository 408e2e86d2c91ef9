# Sourced by tools/quickstart: where the person sits, and the network device that carries the media.
#
# On this machine:
#   the browser's kernel -- sluice1 (10.x.y.1/30) == veth == sluice0 -- DPDK (10.x.y.2)
# From other machines:
#   their network -- the interface's own address, UDP ports of the workers -- DPDK beside the kernel
#   Browsers on this machine still take the veth: what a kernel sends to its own addresses never
#   reaches the interface.

veth_sluice=sluice0  # DPDK's end
veth_kernel=sluice1  # the kernel's end

# Succeeds when the person sits before this machine's own screen.
person_is_at_this_machine() {
  is_over_ssh && return 1
  [[ -n ${DISPLAY:-}${WAYLAND_DISPLAY:-} ]] && return 0
  compgen -G '/run/user/*/wayland-*' >/dev/null || compgen -G '/tmp/.X11-unix/X*' >/dev/null
}

# sudo hides SSH_CONNECTION, so the ancestors are asked as well.
is_over_ssh() {
  [[ -n ${SSH_CONNECTION:-} ]] && return 0
  local pid=$$ name
  while ((pid > 1)); do
    name=$(<"/proc/$pid/comm") 2>/dev/null || return 1
    [[ $name == sshd* ]] && return 0
    pid=$(awk '/^PPid:/ {print $2}' "/proc/$pid/status")
  done
  return 1
}

default_interface() {
  { ip -4 route show default; ip -6 route show default; } 2>/dev/null |
    sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1
}

# Prints ADDRESS/PREFIX of an interface, global scope, IPv4 first.
addresses_of() {
  ip -o addr show dev "$1" scope global 2>/dev/null |
    awk '$3 ~ /^inet6?$/ && !/temporary|deprecated|tentative/ {print $3, $4}' |
    sort -k 1,1 -s | awk '{print $2}'
}

# Prints the gateways behind an interface, at most one per family.
gateways_of() {
  local family
  for family in -4 -6; do
    ip "$family" route show default dev "$1" 2>/dev/null |
      sed -n 's/.*via \([^ ]*\).*/\1/p' | head -n 1
  done
}

# The first private /30 that no route of this machine covers; prints its prefix without the last
# number.
free_subnet() {
  local third
  for third in 77 78 79 141 142 143; do
    if ! ip -4 route show table all match "10.213.$third.1" 2>/dev/null | grep -qv '^default'; then
      echo "10.213.$third"
      return 0
    fi
  done
  return 1
}

remove_veth() {
  ip link show "$veth_sluice" >/dev/null 2>&1 && ip link del "$veth_sluice" 2>/dev/null
  return 0
}

# make_veth SUBNET: the kernel's end gets SUBNET.1, Sluice takes SUBNET.2.
make_veth() {
  ip link add "$veth_sluice" type veth peer name "$veth_kernel" || return 1
  local end
  for end in "$veth_sluice" "$veth_kernel"; do
    # Only IPv4 is spoken here: no router solicitations, no multicast reports.
    sysctl -qw "net.ipv6.conf.$end.disable_ipv6=1" 2>/dev/null
    # One frame is one packet: neither side gathers several into one.
    ethtool -K "$end" tso off gso off gro off >/dev/null 2>&1
    ip link set "$end" up || return 1
  done
  ip addr add "$1.1/30" dev "$veth_kernel"
}
