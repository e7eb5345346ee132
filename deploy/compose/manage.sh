#!/bin/sh
# What `make up`, `backup`, `restore` and `remote-worker` do. Needs Docker with Compose 2.20 or newer, and nothing else.
set -eu
cd "$(dirname "$0")/../.."

say() { printf '%s\n' "$*" >&2; }

# A setting as compose sees it: from the environment, else from .env.
setting() {
  eval "value=\${$1:-}"
  [ -n "$value" ] || value=$(sed -n "s/^$1=//p" .env 2>/dev/null | tail -n 1 | tr -d "\"'")
  printf '%s' "${value:-$2}"
}

SECRETS=$(setting SECRETS_DIR .secrets)
case $SECRETS in /*) ;; *) SECRETS=$PWD/$SECRETS ;; esac
export SECRETS_DIR="$SECRETS"

if [ -n "${DEMO:-}" ]; then
  COMPOSE_PROFILES=$(setting COMPOSE_PROFILES "")
  COMPOSE_PROFILES=${COMPOSE_PROFILES:+$COMPOSE_PROFILES,}demo
  COMFYUI_URL=http://simulator:8188
  export COMPOSE_PROFILES COMFYUI_URL
fi

# A person watches what goes on; a log is for what went wrong.
if [ -t 2 ]; then QUIET=; else QUIET="--progress quiet"; fi
# shellcheck disable=SC2086
compose() { docker compose $QUIET "$@"; }

check_docker() {
  docker info >/dev/null 2>&1 || { say "No Docker engine answers. Is it installed, and are you allowed to use it?"; exit 1; }
  case $(docker compose version --short 2>/dev/null) in
    "" | v1.* | 1.* | v2.[0-9].* | 2.[0-9].* | v2.1[0-9].* | 2.1[0-9].*)
      say "Docker Compose 2.20 or newer is needed (docker compose version says which is here)."; exit 1 ;;
  esac
}

build() {
  say "Building the images (a few minutes the first time) ..."
  compose build ${QUIET:+--quiet}
}

tool() { compose run --rm --no-deps -T --quiet-pull "$@"; }

# As whoever owns the folder. Where Docker has no root, that is its root.
as_owner() {
  case $(docker info -f '{{.SecurityOptions}}') in
    *rootless*) tool --user 0:0 "$@" ;;
    *) tool --user "$(id -u):$(id -g)" "$@" ;;
  esac
}

make_secrets() {
  if [ ! -f "$SECRETS/postgres_password" ] && docker volume inspect "$(project)_postgres" >/dev/null 2>&1; then
    say "There is a database (volume $(project)_postgres), but its passwords in $SECRETS are gone."
    say "Bring them back; or, to begin with an empty Darkroom, remove the volume."
    exit 1
  fi
  mkdir -p -m 700 "$SECRETS"
  as_owner first-start
}

project() { compose config --format json | sed -n 's/^  "name": "\(.*\)",$/\1/p'; }

up() {
  check_docker
  build
  make_secrets
  say "Starting ..."
  wait="--detach --wait --wait-timeout 300"
  # Where an older version runs, it goes on while the tables are brought up to date. Then the gateway
  # alone, so that it is away for seconds only: the proxy lets requests wait for it.
  # shellcheck disable=SC2086
  { compose up $wait postgres rabbitmq && tool migrate && compose up $wait gateway; } || unhealthy
  # Only what stays up is waited for; migrate comes to its end by itself.
  services=$(compose config --services | grep -v '^migrate$')
  # shellcheck disable=SC2086
  compose up $wait --remove-orphans $services || unhealthy
  case $services in *simulator*) ;; *) compose --profile demo rm --force --stop simulator >/dev/null 2>&1 ;; esac
  token=$(sign_in_token)
  domain=$(compose config --format json | sed -n 's/^ *"SITE": "\([^:"]*\)".*/\1/p')
  if [ -n "$domain" ]; then address=https://$domain; else address=http://$(compose port proxy 8080); fi
  say
  say "  Darkroom is ready:  $address/login?token=$token"
  if [ -n "$domain" ] && [ "$(compose port proxy 8443 | sed 's/.*://')" != 443 ]; then
    say "  DARKROOM_DOMAIN is set, but nothing listens on port 443: set HTTP_PUBLISH=80 and HTTPS_PUBLISH=443 too."
  fi
  say
}

unhealthy() {
  say "Darkroom did not become healthy. What was said last tells why; \`make ps\` and \`make logs\` tell more."
  exit 1
}

sign_in_token() {
  kept=$SECRETS/sign_in_token
  touch "$kept"; chmod 600 "$kept"
  token=$(compose exec -T gateway darkroom token create --name "link of make up" --unless-known < "$kept")
  printf '%s' "$token" > "$kept"
  printf '%s' "$token"
}

backup() {
  check_docker
  umask 077
  folder=${TO:-backups}
  mkdir -p "$folder"
  archive=$folder/darkroom-$(date -u +%Y%m%dT%H%M%SZ).tar
  # Under another name until it is whole.
  tool archive backup > "$archive.part" || { rm -f "$archive.part"; say "The backup failed."; exit 1; }
  mv "$archive.part" "$archive"
  say "$archive: $(wc -c < "$archive" | tr -d ' ') bytes. Keep $SECRETS too, elsewhere: it is not in it."
  if compose config | grep -q MEDIA_URL_FILE; then
    say "The images are in a bucket and NOT in this archive: the bucket needs a backup of its own."
  fi
}

restore() {
  check_docker
  [ -n "${FROM:-}" ] || { say "Which one? make restore FROM=backups/darkroom-….tar"; exit 2; }
  [ -f "$FROM" ] || { say "$FROM is not there."; exit 2; }
  tar -tf "$FROM" database.dump >/dev/null 2>&1 || { say "$FROM is not a whole archive of make backup. Nothing was changed."; exit 1; }
  build
  make_secrets
  compose up --detach --wait --wait-timeout 300 postgres || unhealthy
  tool --env OVERWRITE="${OVERWRITE:-}" archive may_restore
  # Nothing may work on what is being replaced.
  compose stop proxy gateway dispatcher comfyui-worker content notifier
  tool archive restore < "$FROM" || { say "It could not be restored; the database is as it was. \`make up\` starts the services again."; exit 1; }
  say "Restored. \`make up\` starts it."
}

remote_worker() {
  check_docker
  [ -n "${BROKER_HOST:-}" ] || { say "Under which name do workers reach this machine? make remote-worker BROKER_HOST=darkroom.example.org"; exit 2; }
  [ -s "$SECRETS/media_url" ] || { say "Write the bucket into $SECRETS/media_url first; .env.example, MEDIA_URL, says how."; exit 2; }
  # The tools need none of what is being made here.
  compose() { docker compose -f docker-compose.yml "$@"; }
  compose build --quiet gateway
  make_secrets
  case $BROKER_HOST in *[!0-9.]*) name=DNS:$BROKER_HOST ;; *) name=IP:$BROKER_HOST ;; esac
  if [ "$(cat "$SECRETS/broker_name" 2>/dev/null)" != "$name" ]; then
    as_owner first-start openssl req -x509 -newkey rsa:3072 -nodes -days 3650 \
      -subj "/CN=$BROKER_HOST" -addext "subjectAltName=$name" \
      -keyout /secrets/broker_key.pem -out /secrets/broker_certificate.pem 2>/dev/null
    printf '%s' "$name" > "$SECRETS/broker_name"
  fi
  port=$(setting AMQPS_PUBLISH 5671)
  folder=$SECRETS/remote_worker
  rm -rf "$folder"
  mkdir -p -m 700 "$folder"
  printf 'amqps://worker:%s@%s:%s/?cafile=/run/secrets/broker_authority.pem' \
    "$(cat "$SECRETS/amqp_worker_password")" "$BROKER_HOST" "${port##*:}" > "$folder/amqp_url"
  cp "$SECRETS/media_url" "$folder/media_url"
  cp "$SECRETS/broker_certificate.pem" "$folder/broker_authority.pem"
  # Read by other users, in containers; the folder above is closed.
  chmod 644 "$SECRETS"/broker_*.pem "$SECRETS/media_url" "$folder"/*
  say "$folder/ is what the GPU machine needs, as deploy/worker/secrets/ there."
}

case "${1:-}" in
  up | backup | restore) "$1" ;;
  remote-worker) remote_worker ;;
  *) say "usage: manage.sh up | backup | restore | remote-worker"; exit 2 ;;
esac
