#!/bin/sh
# Does what the script of this name in the official image does.
set -e
case $1 in -* | *.conf) set -- redis-server "$@" ;; esac
if [ "$1" = redis-server ]; then
  # The official image is built without protected mode.
  set -- "$@" --protected-mode no
  # Changing users needs capabilities (CAP_SETGID and CAP_SETUID are bits 6 and 7).
  effective=$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)
  if [ "$(id -u)" = 0 ] && [ $((0x$effective & 0xc0)) = 192 ]; then
    find . \! -user redis -exec chown redis '{}' + 2>/dev/null || :
    exec setpriv --reuid redis --regid redis --clear-groups "$@"
  fi
fi
exec "$@"
