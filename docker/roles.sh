#!/bin/sh
# Run once, as the superuser, on a new cluster: the database, its owner, who migrates, and who serves and owns nothing.
set -eu
psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres \
  --set=owner_password="$OWNER_PASSWORD" --set=serving_password="$SERVING_PASSWORD" <<'SQL'
create role trilho_owner login password :'owner_password';
create role trilho_serving login password :'serving_password';
create database trilho owner trilho_owner;
revoke all on database trilho from public;
grant connect on database trilho to trilho_serving;
SQL
