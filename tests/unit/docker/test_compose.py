"""Image and compose file, read without an engine: nothing is named that is not there, nothing is left out."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.conf import settings
from django.test import Client, override_settings
from django.urls import resolve
from packaging.requirements import Requirement

from contracts.gateway.signer.__main__ import KEYS
from tokenization.operations.readiness import QUEUES

ROOT = Path(__file__).resolve().parents[3]
DOCKER = ROOT / "docker"
COMPOSE: dict[str, Any] = yaml.safe_load((DOCKER / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "tokenization"}
ENTRYPOINT = (DOCKER / "entrypoint").read_text()
DOCKERFILE = (DOCKER / "Dockerfile").read_text()
# Names that the settings read and that are right in a container as they are, and why.
LEFT_OUT = {
    "DEBUG": "never",
    "REHEARSAL": "never",
    "SERVING": "set by the entrypoint",
    "STATIC_ROOT": "set by the image",
    "DATABASE_APP_ROLE": "roles.sh makes the role of the default",
    "LOG_FORMAT": "JSON where something is served",
    "BATCH_SIZE": "measured",
    "BANK_MESSAGES": "what the bank sends today",
    "FACTOR_FRESH_SECONDS": "five minutes",
}  # fmt: skip


def read_by_settings() -> set[str]:
    text = (ROOT / "tokenization" / "settings.py").read_text() + (ROOT / "tokenization" / "celery.py").read_text()
    return set(re.findall(r"""environment\.\w+\(\s*"([A-Z_]+)""", text))


def given(service: dict[str, Any]) -> dict[str, str]:
    return {name.removesuffix("_FILE"): str(value) for name, value in service.get("environment", {}).items()}


def test_every_variable_that_the_settings_read_is_given_or_has_a_default_that_holds() -> None:
    names = read_by_settings()
    assert {"DATABASE_URL", "SECRET_KEY", "FIELD_KEYS", "CHAIN_RPC_URL"} <= names
    for name in ("web", "worker-send", "worker-index", "worker-books", "scheduler"):
        assert names - set(given(SERVICES[name])) - set(LEFT_OUT) == set()
    assert not set(LEFT_OUT) - names


def test_nothing_is_given_that_nobody_reads() -> None:
    read = (
        read_by_settings() | set(re.findall(r"\$\{?([A-Z_]+)", ENTRYPOINT)) | {"OWNER_DATABASE_URL", "SIGNER_STORE_URL"}
    )
    for service in OURS.values():
        assert set(given(service)) - read == set()


def test_every_password_and_address_asked_of_the_operator_is_named_to_him() -> None:
    text = (DOCKER / "compose.yaml").read_text()
    needed = set(re.findall(r"\$\{([A-Z_]+)\}", text))
    readme = (DOCKER / "README.md").read_text()
    assert {name for name in needed if name not in readme} == set()
    offered = set(re.findall(r"\$\{([A-Z_]+):-", text)) - {"WEB_PORT", "DOCUMENT_HOUSE"}
    assert {name for name in offered if name not in readme} == set()
    assert re.findall(r"\$\{?([A-Z_]+_PASSWORD)", (DOCKER / "roles.sh").read_text())
    for name in set(re.findall(r'"\$([A-Z_]+_PASSWORD)"', (DOCKER / "roles.sh").read_text())):
        assert name in SERVICES["postgres"]["environment"]


def test_every_queue_has_a_worker_and_no_worker_waits_at_another() -> None:
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    worked = {s["command"][1] for s in OURS.values() if s.get("command", [""])[0] == "worker"}
    assert routed == worked == set(QUEUES)


def test_every_bell_is_routed_to_a_queue() -> None:
    for name in settings.CELERY_BEAT_SCHEDULE:
        patterns = [re.escape(p).replace(r"\*", ".*") for p in settings.CELERY_TASK_ROUTES]
        assert any(re.fullmatch(pattern, name) for pattern in patterns), name


def test_every_command_is_a_role_of_the_entrypoint() -> None:
    roles = {word for line in re.findall(r"^([a-z |]+)\)$", ENTRYPOINT, re.M) for word in line.split(" | ")}
    assert roles == {"migrate", "web", "worker", "scheduler", "signer", "backup", "restore", "verify"}
    assert {s["command"][0] for s in OURS.values()} == roles - {"restore", "verify"}
    assert {s["command"][1] for s in OURS.values() if s["command"][0] == "signer"} == set(KEYS)


def test_every_secret_is_defined_used_and_kept_out_of_image_and_repository() -> None:
    used: set[str] = set()
    for name, service in OURS.items():
        wanted = {s if isinstance(s, str) else s["source"] for s in service.get("secrets", [])}
        targets = {s if isinstance(s, str) else s["target"] for s in service.get("secrets", [])}
        files = {value for value in service.get("environment", {}).values() if "/run/secrets/" in str(value)}
        assert {value.rpartition("/")[2] for value in files} <= targets, name
        used |= wanted
    assert used == set(COMPOSE["secrets"])
    assert len(used) == 10
    assert "the ten files of `docker/secrets/`" in (DOCKER / "README.md").read_text()
    for path in (secret["file"] for secret in COMPOSE["secrets"].values()):
        assert path.startswith("./secrets/")
    for ignore in (".gitignore", ".dockerignore"):
        assert any(line.rstrip("/") == "docker/secrets" for line in (ROOT / ignore).read_text().splitlines())
    assert "docker/.env" in (ROOT / ".dockerignore").read_text().splitlines()


def test_the_platform_holds_no_other_houses_token_nor_the_owners_password() -> None:
    for name in ("web", "worker-send", "worker-index", "worker-books", "scheduler"):
        words = str(SERVICES[name])
        for secret in ("signer_registrar_token", "signer_fiscal_token", "OWNER_PASSWORD", "keystore", "backup_key"):
            assert secret not in words


def test_every_volume_is_declared_and_its_folder_belongs_to_who_writes_there() -> None:
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source, place = volume.split(":")[:2]
            if source.startswith("."):
                assert (DOCKER / source).is_file()
                continue
            assert source in COMPOSE["volumes"]
            if name in OURS:
                assert re.search(rf"install -d -o tokenization [^&]*{place}\b", DOCKERFILE), (name, place)


def test_whoever_is_waited_for_exists_and_can_be_healthy() -> None:
    for service in SERVICES.values():
        for name, how in service.get("depends_on", {}).items():
            assert name in SERVICES
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[name]


@pytest.mark.parametrize("hosts", ["localhost", "bonds.example"])
@pytest.mark.django_db
def test_the_health_check_of_web_is_answered_whatever_the_public_name(client: Client, hosts: str) -> None:
    url = urlsplit(re.findall(r"http://[^']+", SERVICES["web"]["healthcheck"]["test"][-1])[0])
    assert resolve(url.path).view_name == "operations:live"
    allowed = re.sub(r"\$\{ALLOWED_HOSTS:-\w+\}", hosts, SERVICES["web"]["environment"]["ALLOWED_HOSTS"]).split(",")
    with override_settings(ALLOWED_HOSTS=allowed, SECURE_SSL_REDIRECT=True):
        assert client.get(url.path, headers={"host": url.netloc}).status_code == 200
        assert client.get(url.path, headers={"host": "stranger.example"}).status_code == 400


def test_the_health_check_of_signers_asks_where_they_listen() -> None:
    for name in ("signer-issuer", "signer-registrar", "signer-fiscal"):
        url = urlsplit(re.findall(r"http://[^']+", SERVICES[name]["healthcheck"]["test"][-1])[0])
        assert f"0.0.0.0:{url.port}" in ENTRYPOINT
        assert url.path == "/health"


def test_postgres_is_healthy_only_once_its_first_start_is_over() -> None:
    """The image runs roles.sh on a server that answers on its Unix socket alone, and then starts anew."""
    assert SERVICES["postgres"]["healthcheck"]["test"][:3] == ["CMD", "pg_isready", "-h"]


def test_what_the_dockerfile_copies_and_removes_is_there() -> None:
    for words in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.M):
        for source in [w for w in words.split() if not w.startswith("--")][:-1]:
            assert (ROOT / source).exists(), source
    removed = re.findall(r"rm -rf (tokenization[^\\]*)", DOCKERFILE)[0].split()
    assert removed == ["tokenization/local", "tokenization/rehearsal", "tests", ".data"]
    for path in ("tokenization/local", "tokenization/rehearsal"):
        assert (ROOT / path).is_dir()
    entry = re.findall(r'ENTRYPOINT \["(.*)"\]', DOCKERFILE)[0]
    assert (ROOT / entry).stat().st_mode & 0o111
    assert (DOCKER / "roles.sh").stat().st_mode & 0o111


def test_every_requirement_of_the_image_is_pinned_hashed_and_what_runs_here() -> None:
    assert "pip install --no-cache-dir --require-hashes -r requirements.txt" in DOCKERFILE
    text = (ROOT / "requirements.txt").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert len(lines) > 50
    for line in lines:
        words, *hashes = line.split("--hash=")
        assert hashes, words
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each.strip()) for each in hashes), words
        wanted = Requirement(words.strip())
        assert len(wanted.specifier) == 1
        if wanted.marker is None or wanted.marker.evaluate():
            assert wanted.specifier.contains(importlib.metadata.version(wanted.name)), words
