#!/bin/sh
# What `make up`, `down`, `backup` and `restore` do. Needs Docker with Compose 2.20 or newer, and nothing else.
set -eu
cd "$(dirname "$0")/../.."
SECRETS=${SECRETS_DIR:-.secrets}

if [ -n "${DEMO:-}" ]; then
  COMPOSE_PROFILES="${COMPOSE_PROFILES:+$COMPOSE_PROFILES,}demo"
  COMFYUI_URL=http://simulator:8188
  export COMPOSE_PROFILES COMFYUI_URL
fi

say() { printf '%s\n' "$*" >&2; }
compose() { docker compose "$@"; }

check_docker() {
  docker info >/dev/null 2>&1 || { say "No Docker engine answers. Is it installed, and are you allowed to use it?"; exit 1; }
  case $(compose version --short 2>/dev/null) in
    "" | v1.* | 1.* | v2.[0-9].* | 2.[0-9].* | v2.1[0-9].* | 2.1[0-9].*)
      say "Docker Compose 2.20 or newer is needed (docker compose version says which is here)."; exit 1 ;;
  esac
}

tool() { compose run --rm --no-deps -T --quiet-pull "$@"; }

make_secrets() {
  mkdir -p -m 700 "$SECRETS"
  tool --user "$(id -u):$(id -g)" first-start
}

up() {
  check_docker
  compose build
  make_secrets
  say "Starting ..."
  wait="--detach --wait --wait-timeout 300"
  # Where an older version runs, it goes on while the tables are brought up to date. Then the gateway
  # alone, so that it is away for seconds only: the proxy lets requests wait for it.
  # shellcheck disable=SC2086
  { compose up $wait postgres rabbitmq && tool migrate && compose up $wait gateway; } || unhealthy
  # Only what stays up is waited for; migrate comes to its end by itself.
  # shellcheck disable=SC2046,SC2086
  compose up $wait --remove-orphans $(compose config --services | grep -v '^migrate$') || unhealthy
  say
  say "  Darkroom is ready:  $(address)/login?token=$(sign_in_token)"
  if [ -n "$(domain)" ] && [ "$(compose port proxy 8443 | sed 's/.*://')" != 443 ]; then
    say "  DARKROOM_DOMAIN is set, but nothing listens on port 443: set HTTP_PUBLISH=80 and HTTPS_PUBLISH=443 too."
  fi
  say
}

unhealthy() {
  say "Something did not become healthy: \`make ps\` shows what, \`make logs\` why."
  exit 1
}

sign_in_token() {
  kept=$SECRETS/sign_in_token
  touch "$kept"; chmod 600 "$kept"
  token=$(compose exec -T gateway darkroom token create --name "link of make up" --unless-known < "$kept")
  printf '%s' "$token" > "$kept"
  printf '%s' "$token"
}

domain() { compose config --format json | sed -n 's/^ *"SITE": "\([^:"]*\)".*/\1/p'; }

address() {
  if [ -n "$(domain)" ]; then printf 'https://%s' "$(domain)"; else printf 'http://%s' "$(compose port proxy 8080)"; fi
}

backup() {
  check_docker
  folder=${TO:-backups}
  mkdir -p -m 700 "$folder"
  archive=$folder/darkroom-$(date -u +%Y%m%dT%H%M%SZ).tar
  # Under another name until it is whole.
  tool archive backup > "$archive.part" || { rm -f "$archive.part"; say "The backup failed."; exit 1; }
  mv "$archive.part" "$archive"
  say "$archive: $(wc -c < "$archive" | tr -d ' ') bytes"
}

restore() {
  check_docker
  [ -n "${FROM:-}" ] || { say "Which one? make restore FROM=backups/darkroom-….tar"; exit 2; }
  [ -f "$FROM" ] || { say "$FROM is not there."; exit 2; }
  compose build
  make_secrets
  # Nothing may work on what is being replaced.
  compose stop proxy gateway dispatcher comfyui-worker content notifier
  compose up --detach --wait --wait-timeout 300 postgres
  tool --env OVERWRITE="${OVERWRITE:-}" archive restore < "$FROM"
  say "Restored. \`make up\` starts it."
}

remote_worker() {
  check_docker
  [ -n "${BROKER_HOST:-}" ] || { say "Under which name do workers reach this machine? make remote-worker BROKER_HOST=darkroom.example.org"; exit 2; }
  [ -s "$SECRETS/media_url" ] || { say "Write the bucket into $SECRETS/media_url first; .env.example, MEDIA_URL, says how."; exit 2; }
  folder=$SECRETS/remote_worker
  mkdir -p -m 700 "$folder"
  compose -f docker-compose.yml build gateway
  # The tools need none of what is being made here.
  compose() { docker compose -f docker-compose.yml "$@"; }
  make_secrets
  if [ ! -f "$SECRETS/broker_key.pem" ]; then
    case $BROKER_HOST in *[!0-9.]*) kind=DNS ;; *) kind=IP ;; esac
    tool --user "$(id -u):$(id -g)" first-start openssl req -x509 -newkey rsa:3072 -nodes -days 3650 \
      -subj "/CN=$BROKER_HOST" -addext "subjectAltName=$kind:$BROKER_HOST" \
      -keyout /secrets/broker_key.pem -out /secrets/broker_certificate.pem 2>/dev/null
  fi
  port=${AMQPS_PUBLISH:-5671}
  port=${port##*:}
  printf 'amqps://worker:%s@%s:%s/?cafile=/run/secrets/broker_authority.pem' \
    "$(cat "$SECRETS/amqp_worker_password")" "$BROKER_HOST" "$port" > "$folder/amqp_url"
  cp "$SECRETS/media_url" "$folder/media_url"
  cp "$SECRETS/broker_certificate.pem" "$folder/broker_authority.pem"
  # Read by other users, in containers; the folder above is closed.
  chmod 444 "$SECRETS"/broker_*.pem "$SECRETS/media_url" "$folder"/*
  say "$folder/ is what the GPU machine needs, as deploy/worker/secrets/ there."
}

case "${1:-}" in
  up | backup | restore) "$1" ;;
  remote-worker) remote_worker ;;
  *) say "usage: manage.sh up | backup | restore | remote-worker"; exit 2 ;;
esac
