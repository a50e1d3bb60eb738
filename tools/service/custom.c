/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the command line does to single operations beyond the model, as tables: options with another
 * name (mostly because theirs is one of the global ones), options that are never files, operations
 * that are not there. Extras that need code are in custom_ec2.c and custom_more.c.
 */
#include "tools/service/custom.h"

#include "base/str.h"

struct names {
    const char *service, *operation, *name, *other;
};

/* clang-format off */
static const struct names renames[] = {
    {"ec2", "create-image", "no-no-reboot", "reboot"},
    {"ec2", "*", "no-egress", "ingress"},
    {"ec2", "*", "no-disable-api-termination", "enable-api-termination"},
    {"swf", "register-activity-type", "version", "activity-version"},
    {"swf", "register-workflow-type", "version", "workflow-version"},
    {"datapipeline", "*", "query", "objects-query"},
    {"datapipeline", "get-pipeline-definition", "version", "pipeline-version"},
    {"emr", "*", "job-flow-ids", "cluster-ids"},
    {"emr", "*", "job-flow-id", "cluster-id"},
    {"cloudsearchdomain", "search", "query", "search-query"},
    {"cloudsearchdomain", "suggest", "query", "suggest-query"},
    {"sns", "subscribe", "endpoint", "notification-endpoint"},
    {"deploy", "*", "s-3-location", "s3-location"},
    {"deploy", "*", "ec-2-tag-filters", "ec2-tag-filters"},
    {"codepipeline", "get-pipeline", "version", "pipeline-version"},
    {"codepipeline", "create-custom-action-type", "version", "action-version"},
    {"codepipeline", "delete-custom-action-type", "version", "action-version"},
    {"kinesisanalytics", "add-application-output", "output", "application-output"},
    {"kinesisanalyticsv2", "add-application-output", "output", "application-output"},
    {"route53", "delete-traffic-policy", "version", "traffic-policy-version"},
    {"route53", "get-traffic-policy", "version", "traffic-policy-version"},
    {"route53", "update-traffic-policy-comment", "version", "traffic-policy-version"},
    {"gamelift", "create-build", "version", "build-version"},
    {"gamelift", "update-build", "version", "build-version"},
    {"gamelift", "create-script", "version", "script-version"},
    {"gamelift", "update-script", "version", "script-version"},
    {"route53domains", "view-billing", "start", "start-time"},
    {"route53domains", "view-billing", "end", "end-time"},
    {"apigateway", "create-rest-api", "version", "api-version"},
    {"apigatewayv2", "create-api", "version", "api-version"},
    {"apigatewayv2", "update-api", "version", "api-version"},
    {"pinpoint", "get-campaign-version", "version", "campaign-version"},
    {"pinpoint", "get-segment-version", "version", "segment-version"},
    {"pinpoint", "delete-email-template", "version", "template-version"},
    {"pinpoint", "delete-in-app-template", "version", "template-version"},
    {"pinpoint", "delete-push-template", "version", "template-version"},
    {"pinpoint", "delete-sms-template", "version", "template-version"},
    {"pinpoint", "delete-voice-template", "version", "template-version"},
    {"pinpoint", "get-email-template", "version", "template-version"},
    {"pinpoint", "get-in-app-template", "version", "template-version"},
    {"pinpoint", "get-push-template", "version", "template-version"},
    {"pinpoint", "get-sms-template", "version", "template-version"},
    {"pinpoint", "get-voice-template", "version", "template-version"},
    {"pinpoint", "update-email-template", "version", "template-version"},
    {"pinpoint", "update-in-app-template", "version", "template-version"},
    {"pinpoint", "update-push-template", "version", "template-version"},
    {"pinpoint", "update-sms-template", "version", "template-version"},
    {"pinpoint", "update-voice-template", "version", "template-version"},
    {"stepfunctions", "send-task-success", "output", "task-output"},
    {"clouddirectory", "publish-schema", "version", "schema-version"},
    {"mturk", "list-qualification-types", "query", "types-query"},
    {"workdocs", "create-notification-subscription", "endpoint", "notification-endpoint"},
    {"workdocs", "describe-users", "query", "user-query"},
    {"lex-models", "delete-bot", "version", "bot-version"},
    {"lex-models", "delete-intent", "version", "intent-version"},
    {"lex-models", "delete-slot-type", "version", "slot-type-version"},
    {"lex-models", "get-intent", "version", "intent-version"},
    {"lex-models", "get-slot-type", "version", "slot-type-version"},
    {"lex-models", "delete-bot-version", "version", "bot-version"},
    {"lex-models", "delete-intent-version", "version", "intent-version"},
    {"lex-models", "delete-slot-type-version", "version", "slot-type-version"},
    {"lex-models", "get-export", "version", "resource-version"},
    {"license-manager", "get-grant", "version", "grant-version"},
    {"license-manager", "delete-grant", "version", "grant-version"},
    {"license-manager", "get-license", "version", "license-version"},
    {"rekognition", "create-stream-processor", "output", "stream-processor-output"},
    {"eks", "create-cluster", "version", "kubernetes-version"},
    {"eks", "update-cluster-version", "version", "kubernetes-version"},
    {"eks", "create-nodegroup", "version", "kubernetes-version"},
    {"eks", "update-nodegroup-version", "version", "kubernetes-version"},
    {"eks", "update-cluster-components-version", "version", "kubernetes-version"},
    {"schemas", "*", "version", "schema-version"},
    {"sagemaker", "delete-image-version", "version", "version-number"},
    {"sagemaker", "describe-image-version", "version", "version-number"},
    {"sagemaker", "list-aliases", "version", "version-number"},
    {"sagemaker", "update-image-version", "version", "version-number"},
    {"iotwireless", "*", "lo-ra-wan", "lorawan"},
    {"codepipeline", "get-action-type", "version", "action-version"},
    {"ecs", "*", "no-enable-execute-command", "disable-execute-command"},
    {"ecs", "execute-command", "no-interactive", "non-interactive"},
    {"controltower", "create-landing-zone", "version", "landing-zone-version"},
    {"controltower", "update-landing-zone", "version", "landing-zone-version"},
    {"glue", "get-unfiltered-partition-metadata", "region", "resource-region"},
    {"glue", "get-unfiltered-partitions-metadata", "region", "resource-region"},
    {"glue", "get-unfiltered-table-metadata", "region", "resource-region"},
    {"ses", "send-email", "source", "from"},
};
static const struct names aliases[] = {
    {"cognito-identity", "create-identity-pool", "open-id-connect-provider-arns", "open-id-connect-provider-ar-ns"},
    {"storagegateway", "describe-tapes", "tape-arns", "tape-ar-ns"},
    {"storagegateway", "describe-tape-archives", "tape-arns", "tape-ar-ns"},
    {"storagegateway", "describe-vtl-devices", "vtl-device-arns", "vtl-device-ar-ns"},
    {"storagegateway", "describe-cached-iscsi-volumes", "volume-arns", "volume-ar-ns"},
    {"storagegateway", "describe-stored-iscsi-volumes", "volume-arns", "volume-ar-ns"},
    {"route53domains", "view-billing", "start-time", "start"},
    {"deploy", "create-deployment-group", "ec2-tag-set", "ec-2-tag-set"},
    {"deploy", "list-application-revisions", "s3-bucket", "s-3-bucket"},
    {"deploy", "list-application-revisions", "s3-key-prefix", "s-3-key-prefix"},
    {"deploy", "update-deployment-group", "ec2-tag-set", "ec-2-tag-set"},
    {"iam", "enable-mfa-device", "authentication-code1", "authentication-code-1"},
    {"iam", "enable-mfa-device", "authentication-code2", "authentication-code-2"},
    {"iam", "resync-mfa-device", "authentication-code1", "authentication-code-1"},
    {"iam", "resync-mfa-device", "authentication-code2", "authentication-code-2"},
    {"importexport", "get-shipping-label", "street1", "street-1"},
    {"importexport", "get-shipping-label", "street2", "street-2"},
    {"importexport", "get-shipping-label", "street3", "street-3"},
    {"lambda", "publish-version", "code-sha256", "code-sha-256"},
    {"lightsail", "import-key-pair", "public-key-base64", "public-key-base-64"},
    {"mgn", "*", "replication-servers-security-groups-ids", "replication-servers-security-groups-i-ds"},
    {"mgn", "*", "source-server-ids", "source-server-i-ds"},
    {"mgn", "*", "replication-configuration-template-ids", "replication-configuration-template-i-ds"},
    {"elasticache", "create-replication-group", "preferred-cache-cluster-azs", "preferred-cache-cluster-a-zs"},
};
static const struct names no_files[] = {
    {"apigateway", "create-api", "target", NULL},
    {"apigatewayv2", "create-api", "target", NULL},
    {"apigateway", "create-integration", "integration-uri", NULL},
    {"apigatewayv2", "create-integration", "integration-uri", NULL},
    {"apigateway", "put-integration", "uri", NULL},
    {"apigatewayv2", "put-integration", "uri", NULL},
    {"apigateway", "update-api", "target", NULL},
    {"apigatewayv2", "update-api", "target", NULL},
    {"apigateway", "update-integration", "integration-uri", NULL},
    {"apigatewayv2", "update-integration", "integration-uri", NULL},
    {"appstream", "create-stack", "feedback-url", NULL},
    {"appstream", "create-stack", "redirect-url", NULL},
    {"appstream", "update-stack", "feedback-url", NULL},
    {"appstream", "update-stack", "redirect-url", NULL},
    {"cloudformation", "create-change-set", "template-url", NULL},
    {"cloudformation", "create-stack-set", "template-url", NULL},
    {"cloudformation", "create-stack", "stack-policy-url", NULL},
    {"cloudformation", "create-stack", "template-url", NULL},
    {"cloudformation", "estimate-template-cost", "template-url", NULL},
    {"cloudformation", "get-template-summary", "template-url", NULL},
    {"cloudformation", "register-type", "schema-handler-package", NULL},
    {"cloudformation", "set-stack-policy", "stack-policy-url", NULL},
    {"cloudformation", "update-stack-set", "template-url", NULL},
    {"cloudformation", "update-stack", "stack-policy-during-update-url", NULL},
    {"cloudformation", "update-stack", "stack-policy-url", NULL},
    {"cloudformation", "update-stack", "template-url", NULL},
    {"cloudformation", "validate-template", "template-url", NULL},
    {"comprehend", "batch-detect-dominant-language", "text-list", NULL},
    {"comprehend", "batch-detect-entities", "text-list", NULL},
    {"comprehend", "batch-detect-key-phrases", "text-list", NULL},
    {"comprehend", "batch-detect-sentiment", "text-list", NULL},
    {"comprehend", "detect-dominant-language", "text", NULL},
    {"comprehend", "detect-entities", "text", NULL},
    {"comprehend", "detect-key-phrases", "text", NULL},
    {"comprehend", "detect-sentiment", "text", NULL},
    {"emr", "create-studio", "idp-auth-url", NULL},
    {"guardduty", "create-ip-set", "location", NULL},
    {"guardduty", "create-threat-intel-set", "location", NULL},
    {"guardduty", "update-ip-set", "location", NULL},
    {"guardduty", "update-threat-intel-set", "location", NULL},
    {"iam", "create-open-id-connect-provider", "url", NULL},
    {"iot", "create-job", "document-source", NULL},
    {"machinelearning", "predict", "predict-endpoint", NULL},
    {"mediatailor", "put-playback-configuration", "ad-decision-server-url", NULL},
    {"mediatailor", "put-playback-configuration", "slate-ad-url", NULL},
    {"mediatailor", "put-playback-configuration", "video-content-source-url", NULL},
    {"rds", "copy-db-cluster-snapshot", "pre-signed-url", NULL},
    {"rds", "copy-db-snapshot", "pre-signed-url", NULL},
    {"rds", "create-db-cluster", "pre-signed-url", NULL},
    {"rds", "create-db-instance-read-replica", "pre-signed-url", NULL},
    {"s3api", "copy-object", "website-redirect-location", NULL},
    {"s3api", "create-multipart-upload", "website-redirect-location", NULL},
    {"s3api", "put-object", "website-redirect-location", NULL},
    {"sagemaker", "create-notebook-instance", "additional-code-repositories", NULL},
    {"sagemaker", "create-notebook-instance", "default-code-repository", NULL},
    {"sagemaker", "update-notebook-instance", "additional-code-repositories", NULL},
    {"sagemaker", "update-notebook-instance", "default-code-repository", NULL},
    {"serverlessapplicationrepository", "create-application-version", "source-code-url", NULL},
    {"serverlessapplicationrepository", "create-application-version", "template-url", NULL},
    {"serverlessapplicationrepository", "create-application", "home-page-url", NULL},
    {"serverlessapplicationrepository", "create-application", "license-url", NULL},
    {"serverlessapplicationrepository", "create-application", "readme-url", NULL},
    {"serverlessapplicationrepository", "create-application", "source-code-url", NULL},
    {"serverlessapplicationrepository", "create-application", "template-url", NULL},
    {"serverlessapplicationrepository", "update-application", "home-page-url", NULL},
    {"serverlessapplicationrepository", "update-application", "readme-url", NULL},
    {"servicecatalog", "create-product", "support-url", NULL},
    {"servicecatalog", "update-product", "support-url", NULL},
    {"ses", "create-custom-verification-email-template", "failure-redirection-url", NULL},
    {"ses", "create-custom-verification-email-template", "success-redirection-url", NULL},
    {"ses", "put-account-details", "website-url", NULL},
    {"ses", "update-custom-verification-email-template", "failure-redirection-url", NULL},
    {"ses", "update-custom-verification-email-template", "success-redirection-url", NULL},
    {"sns", "subscribe", "notification-endpoint", NULL},
    {"sqs", "add-permission", "queue-url", NULL},
    {"sqs", "change-message-visibility-batch", "queue-url", NULL},
    {"sqs", "change-message-visibility", "queue-url", NULL},
    {"sqs", "delete-message-batch", "queue-url", NULL},
    {"sqs", "delete-message", "queue-url", NULL},
    {"sqs", "delete-queue", "queue-url", NULL},
    {"sqs", "get-queue-attributes", "queue-url", NULL},
    {"sqs", "list-dead-letter-source-queues", "queue-url", NULL},
    {"sqs", "list-queue-tags", "queue-url", NULL},
    {"sqs", "purge-queue", "queue-url", NULL},
    {"sqs", "receive-message", "queue-url", NULL},
    {"sqs", "remove-permission", "queue-url", NULL},
    {"sqs", "send-message-batch", "queue-url", NULL},
    {"sqs", "send-message", "queue-url", NULL},
    {"sqs", "set-queue-attributes", "queue-url", NULL},
    {"sqs", "tag-queue", "queue-url", NULL},
    {"sqs", "untag-queue", "queue-url", NULL},
    {"translate", "translate-text", "text", NULL},
    {"workdocs", "create-notification-subscription", "notification-endpoint", NULL},
};
static const struct names removed[] = {
    {"rds", "modify-option-group", NULL, NULL},
    {"ses", "delete-verified-email-address", NULL, NULL},
    {"ses", "list-verified-email-addresses", NULL, NULL},
    {"ses", "verify-email-address", NULL, NULL},
    {"ec2", "import-instance", NULL, NULL},
    {"ec2", "import-volume", NULL, NULL},
    {"emr", "run-job-flow", NULL, NULL},
    {"emr", "describe-job-flows", NULL, NULL},
    {"emr", "add-job-flow-steps", NULL, NULL},
    {"emr", "terminate-job-flows", NULL, NULL},
    {"emr", "list-bootstrap-actions", NULL, NULL},
    {"emr", "list-instance-groups", NULL, NULL},
    {"emr", "set-termination-protection", NULL, NULL},
    {"emr", "set-keep-job-flow-alive-when-no-steps", NULL, NULL},
    {"emr", "set-visible-to-all-users", NULL, NULL},
    {"emr", "set-unhealthy-node-replacement", NULL, NULL},
    {"kinesis", "subscribe-to-shard", NULL, NULL},
    {"lexv2-runtime", "start-conversation", NULL, NULL},
    {"lambda", "invoke-with-response-stream", NULL, NULL},
    {"sagemaker-runtime", "invoke-endpoint-with-response-stream", NULL, NULL},
    {"bedrock-runtime", "invoke-model-with-response-stream", NULL, NULL},
    {"bedrock-runtime", "invoke-model-with-bidirectional-stream", NULL, NULL},
    {"bedrock-runtime", "converse-stream", NULL, NULL},
    {"bedrock-agent-runtime", "agentic-retrieve-stream", NULL, NULL},
    {"bedrock-agent-runtime", "invoke-agent", NULL, NULL},
    {"bedrock-agent-runtime", "invoke-flow", NULL, NULL},
    {"bedrock-agent-runtime", "invoke-inline-agent", NULL, NULL},
    {"bedrock-agent-runtime", "optimize-prompt", NULL, NULL},
    {"bedrock-agent-runtime", "retrieve-and-generate-stream", NULL, NULL},
    {"bedrock-agentcore", "invoke-code-interpreter", NULL, NULL},
    {"bedrock-agentcore", "invoke-agent-runtime-command", NULL, NULL},
    {"bedrock-agentcore", "invoke-harness", NULL, NULL},
    {"qbusiness", "chat", NULL, NULL},
    {"iotsitewise", "invoke-assistant", NULL, NULL},
    {"logs", "get-log-object", NULL, NULL},
    {"connecthealth", "start-medical-scribe-listening-session", NULL, NULL},
    {"polly", "start-speech-synthesis-stream", NULL, NULL},
    {"devops-agent", "send-message", NULL, NULL},
};
/* clang-format on */

static bool matches(const struct names *n, const char *service, const char *operation,
                    const char *name)
{
    return strcmp(n->service, service) == 0 &&
           (strcmp(n->operation, "*") == 0 || strcmp(n->operation, operation) == 0) &&
           (!n->name || strcmp(n->name, name) == 0);
}

static const struct names *find(const struct names *table, size_t n, const char *service,
                                const char *operation, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (matches(&table[i], service, operation, name))
            return &table[i];
    return NULL;
}

const char *pail_custom_rename(const char *service, const char *operation, const char *name)
{
    const struct names *n = find(renames, PAIL_ARRAY_LEN(renames), service, operation, name);
    return n ? n->other : name;
}

const char *pail_custom_alias(const char *service, const char *operation, const char *name)
{
    const struct names *n = find(aliases, PAIL_ARRAY_LEN(aliases), service, operation, name);
    return n ? n->other : NULL;
}

bool pail_custom_no_file(const char *service, const char *operation, const char *name)
{
    return find(no_files, PAIL_ARRAY_LEN(no_files), service, operation, name) != NULL;
}

bool pail_custom_is_removed(const char *service, const char *operation)
{
    return find(removed, PAIL_ARRAY_LEN(removed), service, operation, "") != NULL;
}

const struct pail_custom *pail_custom_find(const char *service, const char *operation, size_t i)
{
    static const struct pail_custom *const tables[] = {
        pail_custom_ec2,        pail_custom_more,    pail_custom_paths, pail_custom_files,
        pail_custom_cloudfront, pail_custom_session, pail_custom_emr};
    for (size_t t = 0; t < PAIL_ARRAY_LEN(tables); t++)
        for (const struct pail_custom *c = tables[t]; c->service; c++) {
            if (strcmp(c->service, service) != 0 || strcmp(c->operation, operation) != 0)
                continue;
            if (i-- == 0)
                return c;
        }
    return NULL;
}
