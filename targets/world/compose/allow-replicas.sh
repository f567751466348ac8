#!/bin/sh
# The image runs this after creating the primary's data directory: it lets replicas in other regions stream from it.
echo 'host replication all all trust' >>"$PGDATA/pg_hba.conf"
