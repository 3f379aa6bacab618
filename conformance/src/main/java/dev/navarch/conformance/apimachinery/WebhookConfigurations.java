package dev.navarch.conformance.apimachinery;

import dev.navarch.conformance.Scenario;
import dev.navarch.conformance.WebhookServer;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhookConfiguration;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingWebhookConfiguration;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Map;

/**
 * What a behaviour configures {@link SampleWebhooks} by. All of it concerns only namespaces and objects that carry the
 * scenario's own label, so that no other behaviour is disturbed.
 */
final class WebhookConfigurations {
    static final String CREATE_CONFIG_MAPS = rule("CREATE", "", "configmaps");

    private final Scenario scenario;
    private final WebhookServer server;
    private final String label;
    private final String markers;

    WebhookConfigurations(Scenario scenario) {
        this.scenario = scenario;
        server = SampleWebhooks.start(scenario);
        label = scenario.unique("webhook");
        scenario.client()
                .namespaces()
                .withName(scenario.namespace())
                .patch(Scenario.MERGE, "{\"metadata\":{\"labels\":{\"" + label + "\":\"true\"}}}");
        markers = namespace("webhook-markers", label + "-markers").getMetadata().getName();
    }

    /** What the label's key is; its value is {@code true}. */
    String label() {
        return label;
    }

    /** A further namespace, with labels beside those that all have. */
    Namespace namespace(String prefix, String... labels) {
        var metadata = new NamespaceBuilder().withNewMetadata().withName(scenario.unique(prefix));
        for (var key : labels) {
            metadata.addToLabels(key, "true");
        }
        return scenario.newNamespace(metadata.endMetadata().build());
    }

    /** A rule of a webhook; several operations are separated by a comma. */
    static String rule(String operations, String group, String resource) {
        return "{operations: [%s], apiGroups: [\"%s\"], apiVersions: [\"*\"], resources: [%s]}"
                .formatted(operations, group, resource);
    }

    /** A webhook for requests in the namespaces with the label. */
    String hook(String name, String path, String rule, String... more) {
        return text(name, server.clientConfig(path), rule, "{matchLabels: {" + label + ": \"true\"}}", more);
    }

    /** One that can't be called, since its certificate is not trusted. */
    String failing(String name, String... more) {
        return text(
                name,
                server.untrustedClientConfig("/configmaps"),
                CREATE_CONFIG_MAPS,
                "{matchLabels: {" + label + ": \"true\"}}",
                more);
    }

    /** One for all objects that a selector matches. */
    String hookOfObjects(String name, String path, String rule) {
        return text(
                name,
                server.clientConfig(path),
                rule,
                "{}",
                "objectSelector: {matchLabels: {" + label + ": \"true\"}}");
    }

    private static String text(String name, String client, String rule, String namespaces, String... more) {
        return """
            {name: %s, sideEffects: None, admissionReviewVersions: [v1], rules: [%s],
             clientConfig: %s, namespaceSelector: %s%s}
            """.formatted(name, rule, client, namespaces, more.length == 0 ? "" : ", " + String.join(", ", more));
    }

    /** Configures webhooks that validate, and waits until they are called. */
    ValidatingWebhookConfiguration validating(String name, String... hooks) {
        return create(ValidatingWebhookConfiguration.class, name, Map.of(), hooks);
    }

    /** Configures webhooks that mutate, and waits until they are called. */
    MutatingWebhookConfiguration mutating(String name, String... hooks) {
        return create(MutatingWebhookConfiguration.class, name, Map.of(), hooks);
    }

    <T extends HasMetadata> T create(Class<T> type, String name, Map<String, String> labels, String... hooks) {
        var made = scenario.create(manifest(type, name, labels, hooks));
        scenario.eventually("webhooks of " + name + " are called", this::markerIsDenied);
        return made;
    }

    /** A configuration with these webhooks and one that denies markers. */
    <T extends HasMetadata> T manifest(Class<T> type, String name, Map<String, String> labels, String... hooks) {
        var marker = text(
                "webhook-configuration-is-ready.k8s.io",
                server.clientConfig("/always-deny"),
                CREATE_CONFIG_MAPS,
                "{matchLabels: {" + label + "-markers: \"true\"}}",
                "failurePolicy: Ignore",
                "objectSelector: {matchLabels: {" + label + ": \"true\"}}");
        var object = scenario.parse(type, """
            apiVersion: admissionregistration.k8s.io/v1
            kind: %s
            metadata: {name: %s}
            webhooks: [%s, %s]
            """.formatted(type.getSimpleName(), name, String.join(", ", hooks), marker));
        object.getMetadata().setLabels(labels);
        return object;
    }

    private boolean markerIsDenied() {
        try {
            scenario.client()
                    .configMaps()
                    .inNamespace(markers)
                    .resource(new ConfigMapBuilder()
                            .withNewMetadata()
                            .withName(scenario.unique("marker"))
                            .addToLabels(label, "true")
                            .endMetadata()
                            .build())
                    .create();
            return false;
        } catch (KubernetesClientException e) {
            if (String.valueOf(e.getMessage()).contains("denied")) {
                return true;
            }
            throw e;
        }
    }
}
