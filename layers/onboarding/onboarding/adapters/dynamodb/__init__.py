"""The state of onboarding in one DynamoDB table; see ``docs/architecture.md`` for its keys."""

from onboarding.adapters.dynamodb.store import DynamoDbStore

__all__ = ["DynamoDbStore"]
