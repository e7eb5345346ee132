#!/bin/bash
# Run once, by the postgres image, in an empty database. The services change rows and no tables;
# the owner is for `migrate`, the superuser for backups.
set -euo pipefail
psql --username postgres --dbname postgres --no-psqlrc -v ON_ERROR_STOP=1 \
  -v owner="$(< /run/secrets/darkroom_owner_password)" -v service="$(< /run/secrets/darkroom_password)" <<'SQL'
CREATE ROLE darkroom_owner LOGIN PASSWORD :'owner';
CREATE ROLE darkroom LOGIN PASSWORD :'service';
CREATE DATABASE darkroom OWNER darkroom_owner;
REVOKE ALL ON DATABASE darkroom, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE darkroom TO darkroom;
\connect darkroom
ALTER DEFAULT PRIVILEGES FOR ROLE darkroom_owner
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO darkroom;
ALTER DEFAULT PRIVILEGES FOR ROLE darkroom_owner
  GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO darkroom;
SQL
