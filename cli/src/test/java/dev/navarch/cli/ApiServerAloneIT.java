package dev.navarch.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.cluster.Cluster;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What {@code navarch api} starts, with the real kubectl. */
@Timeout(600)
class ApiServerAloneIT {
    @TempDir
    static Path home;

    private static Cluster server;
    private static Kubectl kubectl;

    @BeforeAll
    static void start() throws Exception {
        var command = new ApiCommand();
        new CommandLine(command)
                .parseArgs(
                        "--data-dir=" + home.resolve("data"), "--kubeconfig=" + home.resolve("kubeconfig"), "--port=0");
        server = Cluster.start(command.options.resolve(), new ConsoleProgress(System.out));
        kubectl = new Kubectl(home.resolve("kubeconfig"), "default");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void nothingOfPodsIsServed() {
        assertThat(kubectl.ok("config", "current-context")).isEqualTo("navarch-api");
        var resources = kubectl.ok("api-resources", "-o", "name").lines().toList();
        assertThat(resources)
                .contains(
                        "namespaces",
                        "configmaps",
                        "secrets",
                        "serviceaccounts",
                        "events",
                        "resourcequotas",
                        "leases.coordination.k8s.io",
                        "customresourcedefinitions.apiextensions.k8s.io",
                        "apiservices.apiregistration.k8s.io",
                        "validatingadmissionpolicies.admissionregistration.k8s.io",
                        "clusterroles.rbac.authorization.k8s.io")
                .doesNotContain("pods", "nodes", "services", "persistentvolumes", "deployments.apps", "limitranges");
        assertThat(kubectl.fails("", "get", "pods")).contains("the server doesn't have a resource type \"pods\"");
        assertThat(kubectl.fails("", "get", "--raw", "/api/v1/namespaces/default/pods"))
                .contains("could not find the requested resource");
        assertThat(kubectl.ok("get", "namespaces", "-o", "name")).doesNotContain("kube-node-lease");
        assertThat(kubectl.ok("get", "apiservices", "-o", "name"))
                .contains("v1.apiextensions.k8s.io")
                .doesNotContain("v1.apps");
    }

    @Test
    void customResourcesHaveOwnersQuotasAndNamespaces() {
        kubectl.apply("""
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: tenants.acme.example.com}
            spec:
              group: acme.example.com
              scope: Namespaced
              names: {plural: tenants, singular: tenant, kind: Tenant}
              versions:
              - name: v1
                served: true
                storage: true
                schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object,
                  properties: {size: {type: integer, maximum: 5}}}}}}
            """);
        kubectl.awaitEstablished("crd/tenants.acme.example.com");
        kubectl.ok("create", "namespace", "one");
        var one = kubectl.in("one");
        one.ok("create", "quota", "few", "--hard=count/tenants.acme.example.com=2");
        one.await("quota/few", "{.status.hard.count/tenants\\.acme\\.example\\.com}", "2");
        one.apply(tenant("a", 1, ""));
        assertThat(one.fails(tenant("wrong", 6, ""), "apply", "-f", "-"))
                .contains("spec.size: Invalid value: 6: spec.size in body should be less than or equal to 5");
        var owner = one.get("tenant/a", "{.metadata.uid}");
        one.apply(tenant(
                "b",
                2,
                "ownerReferences: [{apiVersion: acme.example.com/v1, kind: Tenant, name: a, uid: " + owner + "}]"));
        assertThat(one.fails(tenant("c", 1, ""), "apply", "-f", "-")).contains("exceeded quota: few");
        one.ok("delete", "tenant", "a");
        Waiting.until("the owned one is collected", () -> one.ok("get", "tenants", "-o", "name"), String::isEmpty);
        one.apply(tenant("d", 1, ""));
        kubectl.ok("delete", "namespace", "one", "--timeout=120s");
        assertThat(kubectl.ok("get", "tenants", "-A", "-o", "name")).isEmpty();
        kubectl.ok("delete", "crd", "tenants.acme.example.com", "--timeout=120s");
    }

    private static String tenant(String name, int size, String metadata) {
        return """
            apiVersion: acme.example.com/v1
            kind: Tenant
            metadata:
              name: %s
              %s
            spec: {size: %d}
            """.formatted(name, metadata, size);
    }

    @Test
    void accountsGetTokensAndRights() {
        kubectl.ok("create", "namespace", "robots");
        var robots = kubectl.in("robots");
        Waiting.until(
                "the default account",
                () -> robots.run("", "get", "serviceaccount", "default").code(),
                code -> code == 0);
        robots.ok("create", "rolebinding", "reader", "--clusterrole=view", "--serviceaccount=robots:default");
        var token = robots.ok("create", "token", "default");
        assertThat(robots.ok("auth", "can-i", "list", "configmaps", "--as=system:serviceaccount:robots:default"))
                .isEqualTo("yes");
        assertThat(robots.ok("get", "configmap", "kube-root-ca.crt", "-o", "name", "--token=" + token))
                .isEqualTo("configmap/kube-root-ca.crt");
        kubectl.ok("delete", "namespace", "robots", "--timeout=120s");
    }
}
