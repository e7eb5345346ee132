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
  compose version >/dev/null 2>&1 || { say "Docker Compose 2.20 or newer is needed (docker compose)."; exit 1; }
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
  # Only what stays up is waited for; migrate comes to its end by itself.
  # shellcheck disable=SC2046
  compose up --detach --remove-orphans --wait --wait-timeout 300 $(compose config --services | grep -v '^migrate$') ||
    { say "Something did not become healthy: \`make ps\` shows what, \`make logs\` why."; exit 1; }
  say
  say "  Darkroom is ready:  $(address)/login?token=$(sign_in_token)"
  say
}

sign_in_token() {
  kept=$SECRETS/sign_in_token
  touch "$kept"; chmod 600 "$kept"
  token=$(compose exec -T gateway darkroom token create --name "link of make up" --unless-known < "$kept")
  printf '%s' "$token" > "$kept"
  printf '%s' "$token"
}

address() {
  domain=$(compose config --format json | sed -n 's/^ *"SITE": "\([^:"]*\)".*/\1/p')
  if [ -n "$domain" ]; then printf 'https://%s' "$domain"; else printf 'http://%s' "$(compose port proxy 8080)"; fi
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

case "${1:-}" in
  up | backup | restore) "$1" ;;
  *) say "usage: manage.sh up | backup | restore"; exit 2 ;;
esac
