#!/bin/sh
# Run once by the postgres image on an empty volume: the owner migrates, the application is a plain role, and each signer
# has a database that nobody else may enter. Passwords come from the environment of the database container.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    -v owner_password="$OWNER_PASSWORD" -v app_password="$APP_PASSWORD" \
    -v issuer_password="$SIGNER_ISSUER_PASSWORD" -v registrar_password="$SIGNER_REGISTRAR_PASSWORD" \
    -v fiscal_password="$SIGNER_FISCAL_PASSWORD" <<'SQL'
CREATE ROLE tokenization_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE tokenization_app LOGIN PASSWORD :'app_password';
CREATE ROLE signer_issuer LOGIN PASSWORD :'issuer_password';
CREATE ROLE signer_registrar LOGIN PASSWORD :'registrar_password';
CREATE ROLE signer_fiscal LOGIN PASSWORD :'fiscal_password';
CREATE DATABASE tokenization OWNER tokenization_owner;
CREATE DATABASE signer_issuer OWNER signer_issuer;
CREATE DATABASE signer_registrar OWNER signer_registrar;
CREATE DATABASE signer_fiscal OWNER signer_fiscal;
REVOKE ALL ON DATABASE tokenization, signer_issuer, signer_registrar, signer_fiscal FROM PUBLIC;
GRANT CONNECT ON DATABASE tokenization TO tokenization_app;
SQL
