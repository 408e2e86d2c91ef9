# Sourced by tools/quickstart and tools/test:
#   . tools/install_packages.sh; install_packages run build
#
# install_packages SECTION...
#   Installs the packages of these sections of tools/packages.txt that are missing. Asks dpkg
#   first, so that nothing needs the network (or root) on a machine that has everything. Returns 1
#   after one line that names the remedy.

packages_file="$(dirname "${BASH_SOURCE[0]}")/packages.txt"

# Prints the packages of the given sections, one per line, without those whose command is there.
packages_wanted() {
  local wanted=" $* " section="" line package command
  while IFS= read -r line || [[ -n $line ]]; do
    line="${line%%#*}"
    read -r package command <<<"$line"
    [[ -z $package ]] && continue
    if [[ $package == \[*\] ]]; then
      section="${package:1:-1}"
      continue
    fi
    [[ $wanted == *" $section "* ]] || continue
    if [[ $command == \?* ]] && command -v "${command:1}" >/dev/null 2>&1; then continue; fi
    printf '%s\n' "$package"
  done <"$packages_file"
}

# Prints the packages of the given sections that dpkg does not know as installed.
packages_missing() {
  local package
  for package in $(packages_wanted "$@"); do
    [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) == ii* ]] ||
      printf '%s\n' "$package"
  done
}

install_packages() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "error: not a Debian system: install the equivalents of tools/packages.txt by hand" >&2
    return 1
  fi
  local missing
  mapfile -t missing < <(packages_missing "$@")
  if ((${#missing[@]} == 0)); then
    echo "packages: all installed"
    return 0
  fi
  echo "packages: installing ${missing[*]}"
  local run_as_root=()
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null 2>&1; then
      echo "error: packages are missing; as root: apt-get install ${missing[*]}" >&2
      return 1
    fi
    run_as_root=(sudo)
  fi
  run_as_root+=(env DEBIAN_FRONTEND=noninteractive)
  local apt=("${run_as_root[@]}" apt-get -y -q --no-install-recommends)
  # A list of packages that is too old makes the first try fail; one after an update decides.
  "${apt[@]}" install "${missing[@]}" </dev/null ||
    { "${apt[@]}" update </dev/null && "${apt[@]}" install "${missing[@]}" </dev/null; } ||
    {
      echo "error: apt-get failed (output above); reach a Debian 12 mirror and run this again," \
        "or by hand: apt-get install ${missing[*]}" >&2
      return 1
    }
}
