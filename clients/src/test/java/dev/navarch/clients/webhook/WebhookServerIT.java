package dev.navarch.clients.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.cli.Kubectl;
import dev.navarch.cli.Waiting;
import dev.navarch.clients.SharedCluster;
import java.net.Inet4Address;
import java.net.NetworkInterface;
import java.net.SocketException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A webhook server on this machine behind a service of the cluster that has no selector: it mutates, validates and
 * converts one kind, whose stored version changes in the course of the tests.
 */
@ExtendWith(SharedCluster.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class WebhookServerIT {
    private static final String NAME = "panes.panes.example.com";

    private Kubectl kubectl;
    private ServerIdentity identity;
    private WebhookServer server;

    @BeforeAll
    void serve(Kubectl cluster) throws Exception {
        kubectl = cluster.in("hooks");
        var address = address();
        identity = ServerIdentity.of("panes.hooks.svc", address);
        server = new WebhookServer(identity);
        cluster.ok("create", "namespace", "hooks");
        kubectl.apply("""
            apiVersion: v1
            kind: Service
            metadata: {name: panes}
            spec: {ports: [{name: https, port: 443}]}
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: panes-host, labels: {kubernetes.io/service-name: panes}}
            addressType: IPv4
            ports: [{name: https, port: %d}]
            endpoints: [{addresses: [%s], conditions: {ready: true}}]
            """.formatted(server.port(), address));
        define("v1", "v1, v2");
        kubectl.awaitEstablished("crd/" + NAME);
        kubectl.apply(webhook("Mutating", "colour", "/mutate", "Fail"));
        kubectl.apply(webhook("Validating", "weight", "/validate", "Fail"));
        Waiting.until(
                "webhooks are called",
                () -> kubectl.run(pane("v2", "probe", "width: 101, height: 1"), "create", "--dry-run=server", "-f", "-")
                        .err(),
                text -> text.contains("breaks"));
    }

    @AfterAll
    void remove() {
        kubectl.ok("delete", "mutatingwebhookconfiguration,validatingwebhookconfiguration", "-l", "of=panes");
        kubectl.ok("delete", "crd", NAME);
        kubectl.ok("delete", "namespace", "hooks", "--wait=false");
        server.close();
    }

    /** One of this machine's addresses that endpoints may have, which loopback ones may not. */
    private static String address() throws SocketException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(a -> a instanceof Inet4Address && !a.isLoopbackAddress() && !a.isLinkLocalAddress())
                .findFirst()
                .orElseThrow()
                .getHostAddress();
    }

    private void define(String stored, String served) {
        kubectl.apply("""
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: %s}
            spec:
              group: panes.example.com
              scope: Namespaced
              names: {plural: panes, singular: pane, kind: Pane}
              conversion:
                strategy: Webhook
                webhook:
                  conversionReviewVersions: [v1]
                  clientConfig: {caBundle: %s, service: {name: panes, namespace: hooks, path: /convert}}
              versions:
              - name: v2
                served: true
                storage: %s
                schema:
                  openAPIV3Schema:
                    type: object
                    properties:
                      spec:
                        type: object
                        required: [width, height]
                        properties:
                          width: {type: integer, minimum: 1}
                          height: {type: integer, minimum: 1}
                          colour: {type: string}
              - name: v1
                served: %s
                storage: %s
                schema:
                  openAPIV3Schema:
                    type: object
                    properties:
                      spec:
                        type: object
                        required: [size]
                        properties:
                          size: {type: string, pattern: '^\\d+x\\d+$'}
                          colour: {type: string}
            """.formatted(
                        NAME, identity.caBundle(), stored.equals("v2"), served.contains("v1"), stored.equals("v1")));
    }

    private String webhook(String sort, String name, String path, String failurePolicy) {
        return """
            apiVersion: admissionregistration.k8s.io/v1
            kind: %sWebhookConfiguration
            metadata: {name: %s, labels: {of: panes}}
            webhooks:
            - name: %s.panes.example.com
              admissionReviewVersions: [v1]
              sideEffects: None
              failurePolicy: %s
              timeoutSeconds: 5
              matchPolicy: Equivalent
              matchConditions: [{name: no-robots, expression: "!request.userInfo.username.startsWith('system:')"}]
              rules: [{apiGroups: [panes.example.com], apiVersions: [v2], resources: [panes], operations: [CREATE, UPDATE]}]
              clientConfig: {caBundle: %s, service: {name: panes, namespace: hooks, path: %s}}
            """.formatted(sort, name, name, failurePolicy, identity.caBundle(), path);
    }

    private static String pane(String version, String name, String spec) {
        return """
            apiVersion: panes.example.com/%s
            kind: Pane
            metadata: {name: %s}
            spec: {%s}
            """.formatted(version, name, spec);
    }

    private String stored(String name, String version, String path) {
        return kubectl.get("panes." + version + ".panes.example.com/" + name, path);
    }

    @Test
    @Order(1)
    void versionsAreConvertedAndAdmittedAsTheRulesNameThem() {
        kubectl.apply(pane("v1", "old", "size: 10x20"));
        kubectl.apply(pane("v2", "new", "width: 30, height: 40, colour: red"));
        assertThat(stored("old", "v2", "{.spec}")).isEqualTo("{\"colour\":\"clear\",\"height\":20,\"width\":10}");
        assertThat(stored("new", "v1", "{.spec}")).isEqualTo("{\"colour\":\"red\",\"size\":\"30x40\"}");
        assertThat(kubectl.ok("get", "panes", "-o", "jsonpath={.items[*].apiVersion} {.items[*].spec.width}"))
                .isEqualTo("panes.example.com/v2 panes.example.com/v2 30 10");
        // what was written as v1 is judged as v2
        assertThat(kubectl.fails(pane("v1", "wide", "size: 101x1"), "create", "-f", "-"))
                .contains("admission webhook \"weight.panes.example.com\" denied the request: a pane of 101 breaks");
        assertThat(kubectl.run(pane("v1", "heavy", "size: 60x1"), "create", "-f", "-")
                        .err())
                .contains("Warning: a pane of 60 is heavy");
        assertThat(kubectl.fails(pane("v2", "flat", "width: 5, height: 0"), "create", "-f", "-"))
                .contains("spec.height: Invalid value: 0: spec.height in body should be greater than or equal to 1");
        // dry runs and apply go the same way
        assertThat(kubectl.okWith(
                        pane("v1", "dry", "size: 1x2"),
                        "create",
                        "--dry-run=server",
                        "-o",
                        "jsonpath={.spec}",
                        "-f",
                        "-"))
                .isEqualTo("{\"colour\":\"clear\",\"size\":\"1x2\"}");
        var diff = kubectl.run(pane("v1", "old", "size: 11x20"), "diff", "-f", "-");
        assertThat(diff.code()).as(diff.err()).isEqualTo(1);
        assertThat(diff.out()).contains("-  size: 10x20", "+  size: 11x20").doesNotContain("clear\n+");
        kubectl.okWith(pane("v1", "old", "size: 12x20"), "apply", "--server-side", "--force-conflicts", "-f", "-");
        assertThat(stored("old", "v2", "{.spec.width}")).isEqualTo("12");
        kubectl.ok(
                "patch", "panes.v1.panes.example.com", "old", "--type=merge", "-p", "{\"spec\":{\"size\":\"13x20\"}}");
        assertThat(stored("old", "v2", "{.spec.width}")).isEqualTo("13");
        // admission needs it as v2, into which it doesn't turn
        assertThat(kubectl.fails(pane("v1", "stubborn", "size: 1x1, colour: stubborn"), "create", "-f", "-"))
                .contains("conversion webhook for panes.example.com/v1, Kind=Pane failed: this pane won't change");
    }

    @Test
    @Order(2)
    void theStoredVersionChangesAndObjectsMigrate() {
        assertThat(kubectl.get("crd/" + NAME, "{.status.storedVersions}")).isEqualTo("[\"v1\"]");
        define("v2", "v1, v2");
        Waiting.until(
                "both versions may be stored",
                () -> kubectl.get("crd/" + NAME, "{.status.storedVersions}"),
                "[\"v1\",\"v2\"]"::equals);
        // a version that may be stored can't go
        assertThat(kubectl.fails(
                        "",
                        "patch",
                        "crd",
                        NAME,
                        "--type=json",
                        "-p",
                        "[{\"op\":\"remove\",\"path\":\"/spec/versions/1\"}]"))
                .contains("status.storedVersions[0]: Invalid value: \"v1\"", "missing from spec.versions");
        // the migration: every object is written once more
        var before = kubectl.get("pane/new", "{.metadata.resourceVersion}");
        for (var name : kubectl.get("panes", "{.items[*].metadata.name}").split(" ")) {
            var object = kubectl.ok("get", "pane", name, "-o", "json");
            kubectl.okWith(object, "replace", "-f", "-");
        }
        assertThat(kubectl.get("pane/new", "{.metadata.resourceVersion}")).isNotEqualTo(before);
        var path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/" + NAME;
        var migrated = kubectl.ok("get", "--raw", path)
                .replaceFirst("\"storedVersions\": *\\[[^]]*]", "\"storedVersions\":[\"v2\"]");
        kubectl.okWith(migrated, "replace", "--raw", path + "/status", "-f", "-");
        int conversions = server.calls("/convert");
        assertThat(stored("old", "v2", "{.spec.width}")).isEqualTo("13");
        assertThat(server.calls("/convert")).as("what is stored so needs none").isEqualTo(conversions);
        define("v2", "v2");
        Waiting.until(
                "v1 is served no more",
                () -> kubectl.run("", "get", "--raw", "/apis/panes.example.com/v1/namespaces/hooks/panes")
                        .err(),
                text -> text.contains("the server could not find the requested resource"));
        kubectl.ok("patch", "crd", NAME, "--type=json", "-p", "[{\"op\":\"remove\",\"path\":\"/spec/versions/1\"}]");
        assertThat(kubectl.get("panes", "{.items[*].spec.width}")).isEqualTo("60 30 13");
    }

    @Test
    @Order(3)
    void withoutTheServerItsFailurePolicyDecides() {
        // nobody is at that port
        kubectl.ok(
                "patch",
                "endpointslice",
                "panes-host",
                "--type=json",
                "-p",
                "[{\"op\":\"replace\",\"path\":\"/ports/0/port\",\"value\":1}]");
        var pane = pane("v2", "late", "width: 500, height: 1");
        Waiting.until(
                "refused",
                () -> kubectl.run(pane, "create", "--dry-run=server", "-f", "-").err(),
                text -> text.contains(
                                "failed calling webhook \"colour.panes.example.com\": failed to call webhook: Post"
                                        + " \"https://panes.hooks.svc:443/mutate?timeout=5s\"")
                        && text.contains("connection refused"));
        // a match condition lets others by
        kubectl.ok("create", "role", "maker", "--verb=create", "--resource=panes.panes.example.com");
        kubectl.ok("create", "rolebinding", "maker", "--role=maker", "--serviceaccount=hooks:default");
        kubectl.okWith(pane, "create", "--dry-run=server", "--as=system:serviceaccount:hooks:default", "-f", "-");
        kubectl.apply(webhook("Mutating", "colour", "/mutate", "Ignore"));
        kubectl.apply(webhook("Validating", "weight", "/validate", "Ignore"));
        Waiting.until("let in", () -> kubectl.run(pane, "create", "-f", "-").code(), code -> code == 0);
    }
}
