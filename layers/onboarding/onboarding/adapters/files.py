"""Amazon S3 as the port ``Files``."""

from typing import Any, Final

from onboarding.adapters.aws import error_code

LINK_SECONDS: Final = 60


class S3Files:
    """Implements ``Files`` on the bucket ``bucket``."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, key: str, content: bytes) -> None:
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=content,
                ContentType="application/pdf",
                IfNoneMatch="*",  # what was signed is never written over
            )
        except self._client.exceptions.ClientError as error:
            if error_code(error) != "PreconditionFailed":
                raise

    def get(self, key: str) -> bytes | None:
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except self._client.exceptions.NoSuchKey:
            return None
        content: bytes = answer["Body"].read()
        return content

    def link(self, key: str, filename: str) -> str:
        address: str = self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "ResponseContentType": "application/pdf",
                "ResponseContentDisposition": f'attachment; filename="{filename}"',
            },
            ExpiresIn=LINK_SECONDS,
        )
        return address
