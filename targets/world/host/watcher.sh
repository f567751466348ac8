#!/bin/sh
# Cleans up a world, also when its main process is killed. Reads lines on stdin; at end of file, which is when the main
# process stops or exits, it stops all remaining children and removes their files.
#
#   child <pid> <signal>   a child registers itself before it executes its program, so that none is unknown
#   gone <pid>             this child has exited; its pid can be reused from now on
#   path <path>            remove this at the end
#
# Every child leads a process group. PostgreSQL needs QUIT, and its tools must exit by themselves (signal 0, none):
# otherwise its shared memory is not freed. Processes that have not exited after five seconds are killed.
trap '' HUP INT TERM
children=' '
while IFS= read -r line; do
  value=${line#* }
  case ${line%% *} in
    child) children="$children${value% *}:${value#* } " ;;
    gone)
      kept=' '
      for child in $children; do
        [ "${child%:*}" = "$value" ] || kept="$kept$child "
      done
      children=$kept
      ;;
    path) set -- "$@" "$value" ;;
  esac
done

for child in $children; do
  kill -s "${child#*:}" -- "-${child%:*}" 2>/dev/null
  kill -s CONT -- "-${child%:*}" 2>/dev/null # a suspended process handles no signal but KILL
done

# Whether a child still runs. A zombie that its new parent has not reaped yet does not count: in containers that can
# take seconds, and `kill -0` would still find it.
anyAlive() {
  found=1
  for child in $children; do
    kill -s 0 -- "-${child%:*}" 2>/dev/null && found=0
  done
  { [ "$found" = 0 ] && [ -e /proc/self/stat ]; } || return "$found"
  for stat in /proc/[0-9]*/stat; do
    { IFS= read -r line <"$stat"; } 2>/dev/null || continue
    fields=${line##*) } # pid (command) state parent group ...
    group=${fields#* * }
    case $children in
      *" ${group%% *}:"*) [ "${fields%% *}" = Z ] || return 0 ;;
    esac
  done
  return 1
}
waits=0
while [ "$waits" -lt 200 ] && anyAlive; do
  sleep 0.02
  waits=$((waits + 1))
done
for child in $children; do
  kill -s KILL -- "-${child%:*}" 2>/dev/null
done
# An exiting PostgreSQL backend may write a file while its directory is being removed: retry.
for try in 1 2 3 4 5; do
  rm -rf -- "$@" && exit 0
  sleep 0.1
done
exit 1
