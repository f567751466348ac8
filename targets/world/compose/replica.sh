#!/bin/sh
# Starts a replica of docker-compose.yml: copies the primary through the link of its region, then runs the image's
# entrypoint. The main process writes the replica's settings once the link exists.
set -eu
settings=/var/lib/postgresql/replica.conf
waits=0
until [ -s "$settings" ]; do
  [ "$((waits += 1))" -le 300 ] || { echo "replica.sh: $settings does not exist after 60 s" >&2; exit 1; }
  sleep 0.2
done
primary=$(sed -n "s/^primary_conninfo = '\(.*\)'/\1/p" "$settings")
slot=$(sed -n "s/^primary_slot_name = '\(.*\)'/\1/p" "$settings")
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  until pg_basebackup -d "$primary" -D "$PGDATA" -S "$slot" -X stream -c fast; do
    rm -rf "$PGDATA"
    sleep 0.5
  done
  touch "$PGDATA/standby.signal"
fi
exec docker-entrypoint.sh "$@"
