#!/bin/bash
# One archive of everything that is worth keeping, as a tar on standard output or input:
#   database.dump    pg_dump's own format
#   media/           the images and their thumbnails
# What RabbitMQ holds is not in it: the tables say it all again.
# As the tables' owner, not as superuser: what is restored may be anybody's.
set -euo pipefail
PGPASSWORD=$(< /run/secrets/darkroom_owner_password)
export PGPASSWORD

backup() {
  pg_dump --format=custom --file=database.dump
  # After the database, so that the files that its rows name are there; more than these do no harm.
  # 1: a file went, or grew, while it was read; nothing that a row names does.
  tar -cf - --exclude='media/probe' --exclude='*#[0-9]*' database.dump media || [ $? = 1 ]
}

may_restore() {
  if [ "${OVERWRITE:-}" != 1 ] && has_jobs; then
    echo "There are jobs in this Darkroom already. OVERWRITE=1 replaces them." >&2
    exit 1
  fi
}

restore() {
  tar -xf -
  find media -mindepth 1 ! -type f ! -type d -delete # a link would lead out of the media
  pg_restore --list database.dump > /dev/null
  # Whoever owns and may use the tables here is this database's own business.
  pg_restore --clean --if-exists --no-owner --no-privileges --single-transaction \
    --dbname="$PGDATABASE" database.dump
}

has_jobs() {
  [ "$(psql -XAtc "SELECT to_regclass('public.generation_jobs')")" != "" ] &&
    [ "$(psql -XAtc "SELECT count(*) FROM (SELECT FROM generation_jobs LIMIT 1) AS any_job")" = 1 ]
}

"$1"
