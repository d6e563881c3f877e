"""Settings of the platform. Everything that differs between places comes from the environment (environment.py)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tokenization import environment
from tokenization.operations.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
REHEARSAL = environment.flag("REHEARSAL")
DEBUG = environment.flag("DEBUG")
SECRET_KEY = environment.secret(
    "SECRET_KEY", "" if environment.flag("SERVING") else "only-for-commands-that-serve-nothing"
)
ALLOWED_HOSTS = environment.text("ALLOWED_HOSTS", "localhost,127.0.0.1").split(",")

# What is kept about persons is encrypted with the first of these secrets and read with any (kernel/secrets.py).
FIELD_KEYS = [key.strip() for key in environment.secret("FIELD_KEYS").replace("\n", ",").split(",") if key.strip()]

# Whatever is served is served over TLS; a rehearsal on one's own machine has no certificate.
TLS = environment.flag("SERVING") and not REHEARSAL
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = TLS
# Only where one proxy in front sets X-Forwarded-Proto on every request, and puts the address it saw last in
# X-Forwarded-For: both are believed then.
BEHIND_PROXY = environment.flag("BEHIND_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
CSRF_COOKIE_HTTPONLY = True
# Half an hour without a page signs out, and so does a working day (theme/sessions.py).
SESSION_COOKIE_AGE = 30 * 60
SESSION_LONGEST = 10 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = False
# An approval needs a second factor given within this time (theme/entry/step_up.py).
FACTOR_FRESH_SECONDS = int(environment.text("FACTOR_FRESH_SECONDS", "300"))

INSTALLED_APPS = [
    # Before unfold: its templates say an office's headings in the officers' words.
    "tokenization.backoffice",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "pgtrigger",
    "rest_framework",
    "drf_spectacular",
    "tokenization.identity",
    "tokenization.files",
    "issuance.authority",
    "issuance.programme",
    "issuance.calendar",
    "issuance.series",
    "issuance.conditions",
    "issuance.headroom",
    "issuance.auction",
    "issuance.bid",
    "issuance.allotment",
    "contracts.outbox",
    "contracts.indexer",
    "custody.tokenisation",
    "custody.instructions",
    "custody.registries",
    "custody.reserves",
    "custody.register",
    "custody.settlement",
    "custody.settlement.trades",
    "custody.cash",
    "custody.servicing",
    "custody.reconciliation",
    "tokenization.theme",
    "tokenization.portal",
    "tokenization.assurance",
    "tokenization.api",
]
CLOCK = "tokenization.kernel.clock.WallClock"
if REHEARSAL:
    INSTALLED_APPS.append("tokenization.rehearsal")
    CLOCK = "tokenization.rehearsal.clock.RehearsalClock"

MIDDLEWARE = [
    "tokenization.operations.requests.numbered",
    "tokenization.theme.policy.content_security_policy",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "tokenization.theme.sessions.bounded",
    "tokenization.theme.language.spoken",
    # Gives allauth's passkeys their request; none of its own pages has an address here.
    "allauth.account.middleware.AccountMiddleware",
    "tokenization.theme.entry.gate.second_factor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Last: it turns a refused sign-in into the page of the locked door.
    "axes.middleware.AxesMiddleware",
]
# Five wrong passwords or codes for one name from one address lock that pair for a quarter of an hour; the name stays
# usable from elsewhere, so that nobody can lock an officer out by guessing.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_CLIENT_IP_CALLABLE = "tokenization.theme.entry.address.client_address"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "theme/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# Of allauth only second factors are used, with pages of our own: no sign-up, no e-mail, no other site's accounts.
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
MFA_ADAPTER = "tokenization.identity.factors.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# A browser lets http://localhost have passkeys; anything else is served over TLS.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not TLS
ROOT_URLCONF = "tokenization.urls"
WSGI_APPLICATION = "tokenization.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {
    "default": environment.database("DATABASE_URL", "postgresql://tokenization_app@127.0.0.1:5432/tokenization")
}
# The role that the application uses: apply_grants gives it what it may do, and on append-only tables INSERT and SELECT.
DATABASE_APP_ROLE = environment.text("DATABASE_APP_ROLE", "tokenization_app")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "identity.User"
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"

USE_TZ = True
TIME_ZONE = "Asia/Karachi"
LANGUAGE_CODE = "en"
# What the portal and the door speak (theme/language.py); the words are in theme/locale.
LANGUAGES = [("en", "English"), ("ur", "اردو")]
# Before what libraries bring: Django has words of its own for some of ours.
LOCALE_PATHS = [BASE_DIR / "tokenization" / "theme" / "locale"]
LANGUAGE_COOKIE_SECURE = TLS
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LOGGING = logging_config(style=environment.text("LOG_FORMAT", "json" if environment.flag("SERVING") else "text"))
# Carried by the monitoring that asks /metrics; empty: that page does not exist.
METRICS_TOKEN = environment.secret("METRICS_TOKEN")
STATIC_URL = "/static/"
STATIC_ROOT = Path(environment.text("STATIC_ROOT", str(BASE_DIR / ".data" / "static")))

# The house whose name heads every document.
DOCUMENT_HOUSE = environment.text("DOCUMENT_HOUSE", "State securities")

REDIS_URL = environment.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

CHAIN_RPC_URL = environment.text("CHAIN_RPC_URL", "http://127.0.0.1:8545")
# Another operator's node of the same chain: its final block is the evidence on which bank rails pay while ours is down.
CHAIN_SECOND_RPC_URL = environment.text("CHAIN_SECOND_RPC_URL")
# "finalized" asks the node; a number is a depth below the head.
CHAIN_FINALITY = environment.text("CHAIN_FINALITY", "finalized")
SIGNER_ISSUER_URL = environment.text("SIGNER_ISSUER_URL")
SIGNER_ISSUER_TOKEN = environment.secret("SIGNER_ISSUER_TOKEN")
# Items in one on-chain batch; measured gas keeps it far below the 16,777,216 cap of one transaction (EIP-7825).
BATCH_SIZE = int(environment.text("BATCH_SIZE", "50"))
# ISO 20022 messages of the bank that are read; a bank moves to a new version by a line here and a test.
BANK_MESSAGES = environment.text(
    "BANK_MESSAGES", "camt.053.001.08,camt.053.001.02,camt.054.001.08,camt.054.001.02"
).split(",")

APPROVAL_ACTIONS: list[str] = [
    "tokenization.identity.factors.actions.SecondFactorReset",
    "tokenization.identity.national_ids.actions.NationalIdRegister",
    "issuance.authority.actions.AuthorityEnact",
    "issuance.authority.actions.EnvelopeOpen",
    "issuance.programme.actions.ProgrammeOpen",
    "issuance.calendar.actions.CalendarOverrideApprove",
    "issuance.series.actions.SeriesApprove",
    "issuance.auction.actions.AuctionAnnounce",
    "issuance.auction.actions.AuctionCancel",
    "issuance.allotment.actions.OfferOpen",
    "issuance.allotment.actions.AllotmentApprove",
    "issuance.allotment.decisions.actions.AuctionAllot",
    "contracts.outbox.actions.IntentCancel",
    "contracts.outbox.actions.IntentRelease",
    "custody.tokenisation.actions.SeriesTokenise",
    "custody.tokenisation.actions.CashTokenise",
    "custody.tokenisation.ceilings.ProgrammeCeilingChange",
    "custody.tokenisation.ceilings.SeriesCeilingChange",
    "custody.tokenisation.ceilings.PowerWithdraw",
    "custody.instructions.actions.IssueApprove",
    "custody.instructions.actions.WithdrawApprove",
    "custody.instructions.actions.AnnulApprove",
    "custody.registries.actions.SettlementAccountOpen",
    "custody.reserves.actions.AllocateItems",
    "custody.reserves.actions.DeallocateItems",
    "custody.reserves.actions.EncumberItems",
    "custody.reserves.actions.FreeItems",
    "custody.reserves.actions.ExaminerEnrol",
    "custody.reserves.actions.RedeemItems",
    "custody.settlement.actions.RefundApprove",
    "custody.settlement.apply.SuspenseApply",
    "custody.settlement.linking.BankLineLink",
    "custody.settlement.correction.BankCorrect",
    "custody.settlement.withdrawal.UnconfirmedWithdraw",
    "custody.cash.actions.CashMintApprove",
    "custody.cash.actions.CashBurnApprove",
    "custody.cash.actions.CashWithdrawApprove",
    "custody.servicing.actions.RedemptionApprove",
    "custody.servicing.actions.PaymentRelease",
    "custody.servicing.actions.BankFallback",
    "custody.servicing.actions.UnclaimedPay",
    "custody.servicing.actions.BankAccountVerify",
    "custody.servicing.actions.TaxRuleSet",
    "custody.servicing.actions.TaxStatusSet",
    "custody.servicing.actions.TaxReverse",
    "custody.reconciliation.actions.BreakClose",
    "custody.reconciliation.mandates.actions.MandateGive",
    "custody.reconciliation.mandates.actions.MandateEnd",
]

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
# Our own log lines, not Celery's (tokenization/celery.py).
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_ALWAYS_EAGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ROUTES = {
    "contracts.outbox.tasks.*": {"queue": "send"},
    "contracts.indexer.tasks.*": {"queue": "index"},
    "issuance.*": {"queue": "books"},
    "custody.*": {"queue": "books"},
    "tokenization.assurance.tasks.*": {"queue": "books"},
}
# The schedule rings every bell; a lost message costs one interval and nothing else.
CELERY_BEAT_SCHEDULE = {
    name: {"task": name, "schedule": 1.0, "options": {"expires": 5}}
    for name in (
        "contracts.outbox.tasks.send_all",
        "contracts.outbox.tasks.watch",
        "contracts.indexer.tasks.index",
        "issuance.auction.tasks.close_due",
        "custody.tokenisation.tasks.advance",
        "custody.instructions.tasks.pull_outcomes",
        "custody.register.tasks.post",
        "custody.reserves.tasks.advance",
        "custody.settlement.tasks.advance",
        "custody.settlement.trades.tasks.advance",
        "custody.cash.tasks.advance",
        "custody.servicing.tasks.advance",
    )
} | {
    name: {"task": name, "schedule": seconds, "options": {"expires": seconds}}
    for name, seconds in (
        ("custody.reconciliation.tasks.evidence", 5.0),
        ("tokenization.assurance.tasks.head_copy", 60.0),
        ("custody.reconciliation.tasks.reconcile_all", 300.0),
    )
}

REST_FRAMEWORK = {
    "DEFAULT_PERMISSION_CLASSES": ["tokenization.api.permissions.DenyAll"],
    "EXCEPTION_HANDLER": "tokenization.api.problems.handle",
    # A bearer's token first: its 401 says how to sign in. A session needs its CSRF token, and no other site is let in.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tokenization.api.authentication.Bearer",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["tokenization.api.parsing.StrictJson"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
# Requests to the interface in one minute: of one user, and of one address that did not say who asks.
API_PER_MINUTE = {"read": 600, "write": 120, "stranger": 60}
SPECTACULAR_SETTINGS = {"TITLE": "Tokenization platform", "VERSION": "1", "SERVE_INCLUDE_SCHEMA": False}
UNFOLD = {
    "SITE_TITLE": "Office",
    "SITE_HEADER": "State securities",
    "SITE_SYMBOL": "account_balance",
    "SITE_URL": "/",
    "SHOW_HISTORY": False,
    "THEME": "light",
    "COLORS": {
        "primary": {
            "50": "#eef7f9",
            "100": "#d7ecf0",
            "200": "#b0d9e1",
            "300": "#7fbfcb",
            "400": "#469eae",
            "500": "#1f7f92",
            "600": "#0b5563",
            "700": "#0a4b57",
            "800": "#083c46",
            "900": "#062f37",
            "950": "#041f25",
        }
    },
    "STYLES": ["tokenization.backoffice.appearance.style"],
    "SCRIPTS": ["tokenization.backoffice.appearance.script"],
    "SIDEBAR": {"navigation": "tokenization.backoffice.appearance.navigation"},
}
