"""Bringing the local world up and down: DNS, mail, SES, the embedded AWS, and the real template.

Its address book is ``world.json``, the contract that the command line, the tests and people use.
"""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from local.desk.setup import connect, new_credentials, new_webhook_secrets, seed_ticket_systems
from local.paths import ROOT, own_python, tool, world_dir
from local.processes import NotReady, Processes
from local.seed import seed_accounts, share_feedback_set
from local.workers import Workers

REGION = "eu-west-1"
STACK = "xes-onboarding-local"
SENDER = "onboarding@xes.example"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
"""The embedded AWS's root credentials; they open nothing anywhere else."""

DEFAULT_RATE = 600.0
DEFAULT_SES_RATE = 1.0
PREFERRED_PORT = 4566

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """``rate``: simulated seconds per real one. ``ses_rate``: control requests per real second,
    0 for no limit. ``sandbox``: SES as a new AWS account gets it."""

    rate: float = DEFAULT_RATE
    ses_rate: float = DEFAULT_SES_RATE
    sandbox: bool = False
    template_dir: Path = ROOT


@dataclass(frozen=True)
class World:
    """What ``world.json`` holds."""

    api_url: str
    aws_endpoint_url: str
    ses_endpoint_url: str
    quotas_endpoint_url: str
    dns_server: str
    dns_control_url: str
    mail_dir: str
    journal: str
    feedback_topic_arn: str
    stack_name: str
    region: str
    clock: dict[str, float]
    ses_rate: float
    webhook_secrets: dict[str, str] = field(repr=False)
    desk_url: str = ""

    @property
    def dns_address(self) -> tuple[str, int]:
        host, _, port = self.dns_server.rpartition(":")
        return host, int(port)

    def environment(self) -> dict[str, str]:
        """What an AWS client, and our own code, needs to work on this world."""
        return {
            **CREDENTIALS,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL": self.aws_endpoint_url,
            "AWS_ENDPOINT_URL_SESV2": self.ses_endpoint_url,
            "AWS_ENDPOINT_URL_SERVICE_QUOTAS": self.quotas_endpoint_url,
            "XES_CLOCK_ORIGIN": repr(self.clock["origin"]),
            "XES_CLOCK_RATE": repr(self.clock["rate"]),
            "XES_SES_RATE": repr(self.ses_rate),
            "XES_DNS_RESOLVER": self.dns_server,
            "XES_DNS_PORT": self.dns_server.rpartition(":")[2],
            "XES_API_URL": self.api_url,
        }


def read_world(folder: Path | None = None) -> World | None:
    """The world that is described in ``folder``, whether or not it runs."""
    try:
        return World(**json.loads(((folder or world_dir()) / "world.json").read_text()))
    except FileNotFoundError:
        return None


NAMES = ("dns", "mail", "ses", "quotas", "desk", "aws")


class LocalWorld:
    """One local world below ``folder``."""

    def __init__(self, folder: Path | None = None, progress: Progress = lambda _: None) -> None:
        self.folder = folder or world_dir()
        self.processes = Processes(self.folder)
        self.workers = Workers(self.folder)
        self._progress = progress

    def status(self) -> dict[str, bool]:
        return {name: self.processes.is_running(name) for name in NAMES}

    def up(self, options: Options) -> World:
        """Start everything afresh, deploy, and write ``world.json``."""
        if any(self.status().values()):
            raise SystemExit("A local world is running already: `xes local down` ends it.")
        self.workers.clear()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        try:
            return self._up(options)
        except BaseException:
            self.down()
            raise

    def _up(self, options: Options) -> World:
        clock = {"origin": time.time(), "rate": options.rate}
        self._progress("Starting DNS, mail, SES, Service Quotas and a ticket system …")
        dns = self.start_dns()
        mail = self.start_mail()
        dns_server = f"127.0.0.1:{dns['port']}"
        desk = self.start_desk()
        # Others that start in the same moment would find the same port free.
        port = _free_port(PREFERRED_PORT if self.folder == world_dir() else 0)
        endpoint = f"http://127.0.0.1:{port}"
        ses = self.start_ses(dns_server, mail["port"], clock, options, endpoint)
        quotas = self.start_quotas(clock)
        partial = {
            "aws_endpoint_url": endpoint,
            "ses_endpoint_url": f"http://127.0.0.1:{ses['port']}",
            "quotas_endpoint_url": f"http://127.0.0.1:{quotas['port']}",
            "dns_server": dns_server,
            "dns_control_url": dns["control"],
            "mail_dir": str(self.folder / "mail"),
            "journal": str(self.folder / "journal.jsonl"),
            "desk_url": f"http://127.0.0.1:{desk['port']}",
            "region": REGION,
            "clock": clock,
            "ses_rate": options.ses_rate,
        }
        self._progress("Starting the embedded AWS …")
        self.start_aws(partial)
        self._progress("Building and deploying the template with sam …")
        self._deploy(options, partial["aws_endpoint_url"])
        world = self._seed_and_describe(partial)
        (self.folder / "world.json").write_text(json.dumps(asdict(world), indent=2) + "\n")
        return world

    def down(self) -> None:
        # Asked to stop, it writes down its state for a minute; the next world starts afresh.
        self.processes.stop("aws", patience=1)
        for name in reversed(NAMES):
            self.processes.stop(name)
        self.workers.clear()

    # The single processes; tests stop and start them one by one.

    def start_dns(self, port: int = 0) -> dict[str, Any]:
        self._python(
            "dns", "local.dns", "--port", str(port), "--address", "127.0.0.1",
            "--address", "127.0.0.2", "--database", str(self.folder / "dns.sqlite"),
        )  # fmt: skip
        return self.processes.ready_line("dns")

    def start_mail(self, port: int = 0) -> dict[str, Any]:
        self._python("mail", "local.mail", "--port", str(port), "--dir", str(self.folder / "mail"))
        return self.processes.ready_line("mail")

    def start_ses(
        self,
        dns_server: str,
        smtp_port: int,
        clock: Mapping[str, float],
        options: Options,
        sns: str,
        port: int = 0,
    ) -> dict[str, Any]:
        self._python(
            "ses", "local.ses", "--port", str(port), "--database", str(self.folder / "ses.sqlite"),
            "--dns", dns_server, "--smtp", f"127.0.0.1:{smtp_port}",
            "--journal", str(self.folder / "journal.jsonl"), "--region", REGION,
            "--requests-per-second", str(options.ses_rate), "--send-rate", "0",
            "--clock-origin", repr(clock["origin"]), "--clock-rate", repr(clock["rate"]),
            "--fault-file", str(self.folder / "ses-faults.json"),
            "--verified-address", SENDER, "--sns", sns,
            *(["--sandbox"] if options.sandbox else []),
        )  # fmt: skip
        return self.processes.ready_line("ses")

    def start_quotas(self, clock: Mapping[str, float], port: int = 0) -> dict[str, Any]:
        self._python(
            "quotas", "local.quotas", "--port", str(port),
            "--state", str(self.folder / "quotas.json"),
            "--journal", str(self.folder / "journal.jsonl"),
            "--clock-origin", repr(clock["origin"]), "--clock-rate", repr(clock["rate"]),
        )  # fmt: skip
        return self.processes.ready_line("quotas")

    def start_desk(self, port: int = 0) -> dict[str, Any]:
        credentials = self.folder / "desk.json"
        if not credentials.exists():
            credentials.touch(mode=0o600)
            credentials.write_text(json.dumps(new_credentials()))
        self._python("desk", "local.desk", "--port", str(port), "--credentials", str(credentials))
        return self.processes.ready_line("desk")

    def start_aws(self, partial: Mapping[str, Any]) -> None:
        endpoint = partial["aws_endpoint_url"]
        port = endpoint.rpartition(":")[2]
        environment = {
            **_clean_environment(),
            **CREDENTIALS,
            "TMPDIR": self.workers.folder(),
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": port,
            "AUTH": "true",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.folder / "aws"),
            "S3_DATA_DIR": str(self.folder / "aws" / "s3"),
            "S3_PERSIST": "1",
            "IOT_MTLS_ENABLED": "false",
            "LAMBDA_WARM_TTL_SECONDS": "3600",
            "MINISTACK_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "SFN_WAIT_SCALE": repr(1 / partial["clock"]["rate"]),
            # Inherited by every function's worker:
            "AWS_ENDPOINT_URL_SESV2": partial["ses_endpoint_url"],
            "AWS_ENDPOINT_URL_SERVICE_QUOTAS": partial["quotas_endpoint_url"],
            "XES_CLOCK_ORIGIN": repr(partial["clock"]["origin"]),
            "XES_CLOCK_RATE": repr(partial["clock"]["rate"]),
            "XES_SES_RATE": repr(partial["ses_rate"]),
            "XES_DNS_RESOLVER": partial["dns_server"],
            "XES_DNS_PORT": partial["dns_server"].rpartition(":")[2],
            "XES_API_URL": f"{endpoint}/restapis/{{api_id}}/{{stage}}/_user_request_",
        }
        python = str(tool("python", "ministack"))
        script = ROOT / "local" / "aws" / "serve.py"
        self.processes.start("aws", [python, str(script)], environment)
        self._wait_for_aws(endpoint)

    def _wait_for_aws(self, endpoint: str) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.processes.is_running("aws"):
            try:
                with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise NotReady(f"the embedded AWS did not start; see {self.folder / 'logs' / 'aws.log'}")

    def _python(self, name: str, module: str, *arguments: str) -> None:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self.processes.start(name, [own_python(), "-m", module, *arguments], environment)

    def _deploy(self, options: Options, endpoint: str) -> None:
        built = self.folder / "build"
        uv = shutil.which("uv", path=f"{Path(own_python()).parent}:{os.environ.get('PATH', '')}")
        environment = {
            **_clean_environment(),
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_DEFAULT_REGION": REGION,
            "SAM_CLI_TELEMETRY": "0",
            "XES_LAYER_TARGET": "local",
            "PYTHON": str(tool("python", "ministack")),
            "UV": os.environ.get("UV") or uv or "",
        }
        template = options.template_dir / "template.yaml"
        config = ["--config-env", "local", "--config-file", str(ROOT / "samconfig.toml")]
        cache = ROOT / ".aws-sam" / "cache-local"
        with _alone(cache.with_suffix(".lock")):
            self._sam(
                environment, "build", *config, "--template-file", str(template),
                "--build-dir", str(built), "--cache-dir", str(cache),
            )  # fmt: skip
        self._sam(environment, "deploy", *config, "--template-file", str(built / "template.yaml"))

    def _sam(self, environment: Mapping[str, str], *arguments: str) -> None:
        log = self.folder / "logs" / f"sam-{arguments[0]}.log"
        with log.open("wb") as output:
            done = subprocess.run(
                [str(tool("sam", "sam")), *arguments],
                env=dict(environment),
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode != 0:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise SystemExit(f"`sam {arguments[0]}` failed; its log is {log}\n{tail}")

    def _seed_and_describe(self, partial: Mapping[str, Any]) -> World:
        client = _boto(partial["aws_endpoint_url"])
        stack = client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
        outputs = {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}
        # Set here: the embedded AWS fills generated secrets with characters that are not base64.
        secrets = new_webhook_secrets()
        manager = client("secretsmanager")
        manager.put_secret_value(
            SecretId=outputs["WebhookSecretsArn"], SecretString=json.dumps(secrets)
        )
        manager.put_secret_value(
            SecretId=outputs["TicketApiSecretsArn"],
            SecretString=(self.folder / "desk.json").read_text(),
        )
        seed_accounts(client("dynamodb"), outputs["TableName"])
        # CloudFormation of the embedded AWS reaches its own SES alone, not the local one.
        share_feedback_set(
            client("sesv2", partial["ses_endpoint_url"]),
            outputs["FeedbackConfigurationSetName"],
            outputs["FeedbackTopicArn"],
        )
        seed_ticket_systems(client("dynamodb"), outputs["TableName"], partial["desk_url"])
        endpoint = partial["aws_endpoint_url"]
        api_url = f"{endpoint}/restapis/{outputs['ApiId']}/v1/_user_request_"
        connect(partial["desk_url"], api_url, secrets)
        return World(
            api_url=api_url,
            feedback_topic_arn=outputs["FeedbackTopicArn"],
            stack_name=STACK,
            webhook_secrets=secrets,
            **partial,
        )


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One at a time: `sam build` clears away what another one has just put into its cache."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _boto(endpoint: str) -> Callable[..., Any]:
    import boto3  # noqa: PLC0415 - slow to load; only `up` needs it
    from botocore.config import Config  # noqa: PLC0415

    # A slow SES is busy with the pollers from the first minute on.
    patient = Config(retries={"mode": "standard", "total_max_attempts": 12})
    session = boto3.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )
    return lambda service, url=endpoint: session.client(service, endpoint_url=url, config=patient)


def _clean_environment() -> dict[str, str]:
    """Ours without what would leak into the embedded AWS and its functions: the developer's AWS
    profile above all."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TERM", "SSL_CERT_FILE")
    pip = {k: v for k, v in os.environ.items() if k.startswith(("PIP_", "UV_"))}
    return {**{k: v for k, v in os.environ.items() if k in kept}, **pip}


def _free_port(preferred: int) -> int:
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise SystemExit("No free port on 127.0.0.1.")
