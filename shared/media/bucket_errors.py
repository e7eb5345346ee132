"""What went wrong with a bucket, in words: obstore's own quote its address and its answer."""

import re

_CODE = re.compile(r"<Code>(\w+)</Code>")
_STATUS = re.compile(r"status code: (\d{3})")

CREDENTIALS = "it does not accept the credentials"
NO_BUCKET = "there is no such bucket"
BUSY = "it is overloaded"
CODES = {
    "NoSuchBucket": NO_BUCKET,
    "InvalidBucketName": NO_BUCKET,
    "InvalidAccessKeyId": CREDENTIALS,
    "SignatureDoesNotMatch": CREDENTIALS,
    "InvalidToken": CREDENTIALS,
    "ExpiredToken": "the credentials have expired",
    "AccessDenied": "the credentials do not allow it",
    "AllAccessDisabled": "access to it is disabled",
    "RequestTimeTooSkewed": "the clock here and the clock there differ",
    "AuthorizationHeaderMalformed": "its bucket is in another region",
    "PermanentRedirect": "its bucket is in another region",
    "SlowDown": BUSY,
    "ServiceUnavailable": BUSY,
    "QuotaExceeded": "it is full",
    "XMinioStorageFull": "it is full",
}
STATUSES = {"401": CREDENTIALS, "403": "the credentials do not allow it", "404": NO_BUCKET}
INSTANCE_METADATA = "/latest/"  # which a machine of Amazon's is asked for its role
SIGNS = {
    "dns error": "its host name is not known",
    "ConnectionRefused": "it refuses connections",
    "ConnectionReset": "it hangs up",
    "InvalidCertificate": "its certificate is not trusted",
    "InvalidContentType": "it does not speak HTTPS",
    "tcp connect error": "it cannot be reached",
    "Received redirect": "its bucket is in another region",
    "InvalidListResponse": "what answers there is no S3 store",
    "Unable to extract metadata": "what answers there is no S3 store",
}


def reason_of(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    text = str(error)
    if INSTANCE_METADATA in text:
        return "no credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    if code := _CODE.search(text):
        return CODES.get(code[1], f"it answers {code[1]}")
    for sign, words in SIGNS.items():
        if sign in text:
            return words
    if status := _STATUS.search(text):
        return STATUSES.get(status[1], f"it answers with status {status[1]}")
    return "the connection failed"


def is_of_the_key(error: FileNotFoundError) -> bool:
    """And not of its bucket, which an answer without a body leaves open."""
    return "<Code>NoSuchKey</Code>" in str(error)


def is_past_the_end(error: Exception) -> bool:
    """Of a range that begins where the file ends, or behind it."""
    status = _STATUS.search(str(error))
    return status is not None and status[1] == "416"
