#!/bin/sh
# Runs a server as the first process of its container, and does to it what the world's main process asks for, so that
# nothing of Docker need be at hand to break it: `supervise.sh COMMAND...`. Orders come through a pipe that bears the
# container's host name, a line each:
#
#   N stop SIGNAL   ends the server (QUIT lets PostgreSQL end its backends), frozen or not
#   N freeze        stops every process in the container; N thaw lets them go on
#   N reload        SIGHUP
#   N start         runs COMMAND again
#
# <host name>.state says "N running|stopped|frozen" once order N is carried out. A server that ends without having been told
# to ends the container.
set -u
# It signals every process that it can see.
[ "$$" = 1 ] || {
  echo 'supervise.sh: only as the first process of a container' >&2
  exit 2
}
pipe=${ORDERS_DIRECTORY:-/run/antipode/orders}/$(uname -n)
rm -f "$pipe" "$pipe.state"
mkfifo -m 622 "$pipe" || exit 1
exec 3<>"$pipe" # both ways: a pipe without a writer would end the loop

run() {
  stopping=
  # The subshell stays the server's parent and says when it has ended.
  (
    "$@" 3>&- &
    echo "- started $!" >&3
    wait "$!"
    echo "- ended $?" >&3
  ) &
}
say() {
  echo "$1" >"$pipe.part" && mv "$pipe.part" "$pipe.state"
}

server=
waiting=0
run "$@"
while read -r number order what <&3; do
  case $order in
  started)
    server=$what
    say "$waiting running" ;;
  ended)
    [ -n "$stopping" ] || {
      say "- ended"
      exit "$((what == 0 ? 1 : what))"
    }
    server=
    say "$stopping stopped" ;;
  start)
    waiting=$number
    run "$@" ;;
  stop)
    stopping=$number
    if [ -n "$server" ]; then kill -s "$what" "$server"; else say "$number stopped"; fi
    # Those that are frozen find the signal when they wake, before they do anything else.
    kill -s CONT -- -1 2>/dev/null ;;
  freeze)
    kill -s STOP -- -1 2>/dev/null
    say "$number frozen" ;;
  thaw)
    kill -s CONT -- -1 2>/dev/null
    say "$number running" ;;
  reload)
    kill -s HUP "$server"
    say "$number running" ;;
  esac
done
