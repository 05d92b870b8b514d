"""Which function serves which operation of the model."""

from collections.abc import Mapping
from typing import Final

from local.ses import operations_account as account
from local.ses import operations_delivery as delivery
from local.ses import operations_identities as identities
from local.ses import operations_metrics as metrics
from local.ses import operations_resources as resources
from local.ses import tags
from local.ses.sending import send_email
from local.ses.service import Handler

SENDING: Final = "SendEmail"
"""The one operation that the control plane's limit does not count."""

HANDLERS: Final[Mapping[str, Handler]] = {
    "CreateEmailIdentity": identities.create_email_identity,
    "GetEmailIdentity": identities.get_email_identity,
    "ListEmailIdentities": identities.list_email_identities,
    "DeleteEmailIdentity": identities.delete_email_identity,
    "PutEmailIdentityMailFromAttributes": identities.put_mail_from,
    "PutEmailIdentityDkimAttributes": identities.put_dkim,
    "PutEmailIdentityDkimSigningAttributes": identities.put_dkim_signing,
    "PutEmailIdentityConfigurationSetAttributes": identities.put_identity_configuration_set,
    "PutEmailIdentityFeedbackAttributes": identities.put_feedback,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
    "ListTagsForResource": tags.list_tags_for_resource,
    SENDING: send_email,
    "GetAccount": account.get_account,
    "PutAccountSendingAttributes": account.put_sending,
    "PutAccountDetails": account.put_details,
    "CreateConfigurationSet": resources.create_configuration_set,
    "GetConfigurationSet": resources.get_configuration_set,
    "ListConfigurationSets": resources.list_configuration_sets,
    "DeleteConfigurationSet": resources.delete_configuration_set,
    "CreateConfigurationSetEventDestination": delivery.create_event_destination,
    "GetConfigurationSetEventDestinations": delivery.get_event_destinations,
    "UpdateConfigurationSetEventDestination": delivery.update_event_destination,
    "PutConfigurationSetDeliveryOptions": delivery.put_delivery_options,
    "PutConfigurationSetSuppressionOptions": delivery.put_suppression_options,
    "CreateDedicatedIpPool": delivery.create_pool,
    "GetDedicatedIpPool": delivery.get_pool,
    "ListDedicatedIpPools": delivery.list_pools,
    "CreateTenant": resources.create_tenant,
    "GetTenant": resources.get_tenant,
    "ListTenants": resources.list_tenants,
    "DeleteTenant": resources.delete_tenant,
    "PutTenantSuppressionAttributes": resources.put_tenant_suppression,
    "UpdateReputationEntityCustomerManagedStatus": resources.update_customer_status,
    "BatchGetMetricData": metrics.batch_get_metric_data,
    "CreateTenantResourceAssociation": resources.create_association,
    "DeleteTenantResourceAssociation": resources.delete_association,
    "ListTenantResources": resources.list_tenant_resources,
}
