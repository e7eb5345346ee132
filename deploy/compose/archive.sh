#!/bin/bash
# One archive of everything that is worth keeping, as a tar on standard output or input:
#   database.dump    pg_dump's own format
#   media/           the images and their thumbnails
# What RabbitMQ holds is not in it: the tables say it all again.
set -euo pipefail
PGPASSWORD=$(< /run/secrets/postgres_password)
export PGPASSWORD

backup() {
  pg_dump --format=custom --file=database.dump
  # After the database, so that the files that its rows name are there; more than these do no harm.
  # 1: a file went, or grew, while it was read; nothing that a row names does.
  tar -cf - --exclude='media/probe' --exclude='*#[0-9]*' database.dump media || [ $? = 1 ]
}

restore() {
  if [ "${OVERWRITE:-}" != 1 ] && has_jobs; then
    echo "There are jobs in this Darkroom already. OVERWRITE=1 replaces them." >&2
    exit 1
  fi
  tar -xf - || { echo "This is not a whole archive of make backup; nothing was changed in the database." >&2; exit 1; }
  [ -f database.dump ] || { echo "There is no database.dump in this archive." >&2; exit 1; }
  pg_restore --list database.dump > /dev/null
  pg_restore --clean --if-exists --single-transaction --dbname="$PGDATABASE" database.dump
}

has_jobs() {
  [ "$(psql -XAtc "SELECT to_regclass('public.generation_jobs')")" != "" ] &&
    [ "$(psql -XAtc "SELECT count(*) FROM (SELECT FROM generation_jobs LIMIT 1) AS any_job")" = 1 ]
}

"$1"
