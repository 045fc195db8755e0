#!/bin/sh
# Makes the secrets that docker-compose.yml hands to its containers: files in secrets/, beside that file. What is
# there already is kept.
set -eu
cd "$(dirname "$0")/../.."

# Others on this machine cannot enter the folder. A container sees each file by itself, with the
# owner and the mode that it has here, and reads it as another user: so the files may be read.
mkdir -p secrets
chmod 700 secrets
umask 022

# secret NAME COMMAND…: the output of a command, or no file at all.
secret() {
  name=$1
  shift
  [ ! -e "secrets/$name" ] || return 0
  "$@" >"secrets/.$name"
  mv "secrets/.$name" "secrets/$name"
}

database_url() {
  echo "postgres://gatehouse:$(cat secrets/postgres-password)@postgres:5432/gatehouse"
}

secret jwt-key openssl rand -base64 48
secret data-key openssl rand -base64 48
secret postgres-password openssl rand -hex 24
secret database-url database_url
# Empty, until a key is replaced: docs/guides/rotating-jwt-key.md
secret jwt-previous-keys true
# Empty, until mails are sent: docs/guides/mail.md
secret smtp-url true
