"""moto's S3 in a process of its own, which can check the signature of every request."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

BUCKET = "videos"
REGION = "eu-west-1"
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
# These requests of ours make the key with which the others are signed.
UNSIGNED = 4


@dataclass(slots=True)
class S3:
    """A running S3 with one bucket and one key; a context manager. If `signed`, it refuses other requests."""

    signed: bool = True
    endpoint: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> S3:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = os.environ | ({"INITIAL_NO_AUTH_ACTION_COUNT": str(UNSIGNED)} if self.signed else {})
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.endpoint = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        self._make_key()
        return self

    def _make_key(self) -> None:
        iam = self._client("iam", "none", "none")
        iam.create_user(UserName="grok-video")
        key = iam.create_access_key(UserName="grok-video")["AccessKey"]
        iam.put_user_policy(UserName="grok-video", PolicyName="all", PolicyDocument=POLICY)
        place = {"LocationConstraint": REGION}
        self._client("s3", "none", "none").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
        self.environment = {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
        }

    def client(self) -> Any:
        """Return a client of another make, with the same key."""
        return self._client("s3", self.environment["AWS_ACCESS_KEY_ID"], self.environment["AWS_SECRET_ACCESS_KEY"])

    def _client(self, service: str, key: str, secret: str) -> Any:
        # Loaded by the tests that need it.
        import boto3

        return boto3.client(
            service, endpoint_url=self.endpoint, region_name=REGION, aws_access_key_id=key, aws_secret_access_key=secret
        )

    def url(self) -> str:
        """Return the URL of a storage of its own in the bucket."""
        return f"s3://{BUCKET}/{uuid4().hex}"

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
