#!/bin/sh
# The one way down of a world, also when its main process is killed. Reads lines on stdin; at end of file, which is
# when the main process stops or is gone, it ends every child that is still there and removes what was written.
#
#   child <pid> <signal>   a child says so itself before it becomes its program, so that none is ever unknown
#   gone <pid>             that child has ended; its number may belong to someone else from now on
#   path <path>            remove this at the end
#
# Every child leads a process group. PostgreSQL needs QUIT, and its helpers to end by themselves (signal 0, none): only
# then is its shared memory given back. What does not end within five seconds is killed all the same.
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
  kill -s CONT -- "-${child%:*}" 2>/dev/null # a stopped process takes no signal but KILL
done

# Whether a process of ours runs. One that has ended but was not yet taken note of by its new parent (a zombie) does not:
# in containers that can take seconds, and `kill -0` would still find it.
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
# A dying PostgreSQL backend may still write a file while its directory is being removed: try again.
for try in 1 2 3 4 5; do
  rm -rf -- "$@" && exit 0
  sleep 0.1
done
exit 1
