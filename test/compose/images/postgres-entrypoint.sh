#!/usr/bin/env bash
# Does what the script of this name in the official image does, for its documented variables.
set -Eeo pipefail
[ "${1:0:1}" = '-' ] && set -- postgres "$@"
[ "$1" = postgres ] || exec "$@"
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" && chmod 700 "$PGDATA"
  find "$PGDATA" \! -user postgres -exec chown postgres '{}' +
  exec gosu postgres "$BASH_SOURCE" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  [ -n "$POSTGRES_PASSWORD_FILE" ] && POSTGRES_PASSWORD=$(<"$POSTGRES_PASSWORD_FILE")
  method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256} user=${POSTGRES_USER:-postgres}
  if [ -z "$POSTGRES_PASSWORD" ] && [ "$method" != trust ]; then
    echo 'Error: Database is uninitialized and superuser password is not specified.' >&2
    exit 1
  fi
  mkdir -p "$PGDATA" && chmod 700 "$PGDATA"
  eval 'initdb --username="$user" --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD") '"$POSTGRES_INITDB_ARGS"
  printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
  # This first server does not listen on TCP, so that a health check waits for the second one.
  pg_ctl -D "$PGDATA" -o "$(printf '%q ' "${@:2}" -c listen_addresses= -p "${PGPORT:-5432}")" -w start
  export PGPASSWORD=$POSTGRES_PASSWORD PGUSER=$user PGDATABASE=${POSTGRES_DB:-$user}
  [ "$PGDATABASE" = postgres ] || psql -v ON_ERROR_STOP=1 -v db="$PGDATABASE" -d postgres <<<'CREATE DATABASE :"db";'
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh) echo "$0: $file"; if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
      *.sql) echo "$0: $file"; psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc -f "$file" ;;
    esac
  done
  unset PGPASSWORD PGUSER PGDATABASE
  pg_ctl -D "$PGDATA" -m fast -w stop
  echo 'PostgreSQL init process complete; ready for start up.'
fi
exec "$@"
