#!/bin/sh
# Runs a server as the first process of its container and carries out the orders of the world's main process, so that
# faults need no access to Docker: `supervise.sh COMMAND...`. Orders arrive through a named pipe, called like the
# container's host name, one per line:
#
#   N stop SIGNAL   stops the server (QUIT lets PostgreSQL stop its backends), frozen or not
#   N freeze        suspends every process in the container; N thaw resumes them
#   N reload        SIGHUP
#   N start         runs COMMAND again
#
# <host name>.state contains "N running|stopped|frozen" once order N is done. If the server exits without a stop order,
# the container exits.
set -u
# It signals every process in its PID namespace.
[ "$$" = 1 ] || {
  echo 'supervise.sh: must be the first process of a container' >&2
  exit 2
}
pipe=${ORDERS_DIRECTORY:-/run/antipode/orders}/$(uname -n)
rm -f "$pipe" "$pipe.state"
mkfifo -m 622 "$pipe" || exit 1
exec 3<>"$pipe" # read and write: without a writer the loop would end

run() {
  stopping=
  # The subshell stays the server's parent and reports its exit.
  (
    "$@" 3>&- &
    echo "- started $!" >&3
    wait "$!"
    echo "- ended $?" >&3
  ) &
}
report() {
  echo "$1" >"$pipe.part" && mv "$pipe.part" "$pipe.state"
}

server=
waiting=0
run "$@"
while read -r number order what <&3; do
  case $order in
  started)
    server=$what
    report "$waiting running" ;;
  ended)
    [ -n "$stopping" ] || {
      report "- ended"
      exit "$((what == 0 ? 1 : what))"
    }
    server=
    report "$stopping stopped" ;;
  start)
    waiting=$number
    run "$@" ;;
  stop)
    stopping=$number
    if [ -n "$server" ]; then kill -s "$what" "$server"; else report "$number stopped"; fi
    # Frozen processes handle the signal first when they resume.
    kill -s CONT -- -1 2>/dev/null ;;
  freeze)
    kill -s STOP -- -1 2>/dev/null
    report "$number frozen" ;;
  thaw)
    kill -s CONT -- -1 2>/dev/null
    report "$number running" ;;
  reload)
    kill -s HUP "$server"
    report "$number running" ;;
  esac
done
