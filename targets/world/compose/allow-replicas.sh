#!/bin/sh
# Run by the image once the primary's data directory is made: replicas of other regions may stream from it.
echo 'host replication all all trust' >>"$PGDATA/pg_hba.conf"
