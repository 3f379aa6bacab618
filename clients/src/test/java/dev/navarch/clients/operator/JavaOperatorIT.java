package dev.navarch.clients.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.cli.Kubectl;
import dev.navarch.cli.Waiting;
import dev.navarch.clients.SharedCluster;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** An operator of the Java Operator SDK, which runs under a service account with a role as operators have. */
@ExtendWith(SharedCluster.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JavaOperatorIT {
    private static final String RIGHTS = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: sites-system}
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: operator, namespace: sites-system}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: {name: sites-operator}
        rules:
        - apiGroups: [sites.example.com]
          resources: [sites, sites/status, sites/finalizers]
          verbs: [get, list, watch, patch, update]
        - apiGroups: ["", apps, coordination.k8s.io]
          resources: [configmaps, services, deployments, leases]
          verbs: [get, list, watch, create, patch, update, delete]
        - apiGroups: [""]
          resources: [secrets]
          verbs: [get, list, watch]
        - apiGroups: [apiextensions.k8s.io]
          resources: [customresourcedefinitions]
          verbs: [get]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: {name: sites-operator}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: sites-operator}
        subjects: [{kind: ServiceAccount, name: operator, namespace: sites-system}]
        """;

    private final List<Operator> running = new ArrayList<>();
    private Kubectl cluster;
    private Kubectl kubectl;

    @BeforeAll
    void define(Kubectl cluster, @TempDir Path generated) throws Exception {
        this.cluster = cluster;
        new CRDGenerator()
                .customResourceClasses(Site.class)
                .forCRDVersions("v1")
                .inOutputDir(generated.toFile())
                .generate();
        try (var files = Files.list(generated)) {
            cluster.ok("apply", "-f", files.findFirst().orElseThrow().toString());
        }
        cluster.awaitEstablished("crd/sites.sites.example.com");
        cluster.in("sites-system").apply(RIGHTS);
    }

    @AfterAll
    void undefine() {
        cluster.ok("delete", "crd", "sites.sites.example.com");
        cluster.ok("delete", "clusterrolebinding,clusterrole", "sites-operator");
    }

    @BeforeEach
    void namespace(TestInfo test) {
        var name = test.getTestMethod().orElseThrow().getName().toLowerCase(java.util.Locale.ROOT);
        cluster.ok("create", "namespace", name);
        kubectl = cluster.in(name);
    }

    @AfterEach
    void stop() {
        kubectl.ok("delete", "sites", "--all");
        running.forEach(Operator::stop);
        running.clear();
    }

    private Operator operator(SiteReconciler reconciler, String identity) {
        var admin = Config.fromKubeconfig(cluster.kubeconfig().toFile());
        var config = new ConfigBuilder(Config.empty())
                .withMasterUrl(admin.getMasterUrl())
                .withCaCertData(admin.getCaCertData())
                .withOauthToken(token())
                .build();
        var operator = new Operator(o -> {
            o.withKubernetesClient(new KubernetesClientBuilder()
                            .withConfig(config)
                            .withHttpClientFactory(new JdkHttpClientFactory())
                            .build())
                    .checkingCRDAndValidateLocalModel(true);
            if (!identity.isEmpty()) {
                o.withLeaderElectionConfiguration(
                        LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(kubectl.namespace())
                                .withLeaseNamespace("sites-system")
                                .withIdentity(identity)
                                .withLeaseDuration(Duration.ofSeconds(10))
                                .withRenewDeadline(Duration.ofSeconds(8))
                                .withRetryPeriod(Duration.ofMillis(300))
                                .withExitOnStopLeading(false)
                                .build());
            }
        });
        operator.register(reconciler, c -> c.settingNamespace(kubectl.namespace()));
        running.add(operator);
        operator.start();
        return operator;
    }

    private String token() {
        var request = cluster.okWith(
                "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenRequest\"}",
                "create",
                "--raw",
                "/api/v1/namespaces/sites-system/serviceaccounts/operator/token",
                "-f",
                "-");
        return Serialization.unmarshal(request, TokenRequest.class).getStatus().getToken();
    }

    private void stop(Operator operator) {
        running.remove(operator);
        operator.stop();
    }

    private void site(String name, String spec) {
        kubectl.apply("""
            apiVersion: sites.example.com/v1
            kind: Site
            metadata: {name: %s}
            spec: {%s}
            """.formatted(name, spec));
    }

    private <T> void await(String what, Callable<T> question, Predicate<T> answer) {
        Waiting.until(what, question, answer);
    }

    private void awaitReady(String name, int replicas) {
        kubectl.await(
                "site/" + name,
                "{.status.ready} {.status.conditions[0].status} {.status.conditions[0].message}",
                replicas + " True " + replicas + " of " + replicas);
    }

    @Test
    void livesThroughASitesLife() {
        var reconciler = new SiteReconciler();
        var first = operator(reconciler, "");
        site("shop", "text: hello, replicas: 2, limits: {cpu: '1'}, env: [{name: A, value: b}]");
        awaitReady("shop", 2);
        assertThat(kubectl.get("site/shop", "{.metadata.finalizers[0]} {.spec.most} {.spec.tier}"))
                .isEqualTo("sites.example.com/goodbye 10 free");
        assertThat(kubectl.get("deployment/shop", "{.metadata.ownerReferences[0].kind}"))
                .isEqualTo("Site");
        assertThat(kubectl.ok("get", "st")).containsPattern("NAME +TIER +READY\nshop +free +2");
        assertThat(kubectl.run("", "get", "service", "shop").err()).contains("NotFound");

        // changes: of the page, of the number of servers by the scale subresource, of the service's being there
        site("shop", "text: bye, replicas: 2, exposed: true, port: http, limits: {cpu: 500m}");
        kubectl.await("configmap/shop", "{.data.index\\.html}", "bye");
        await(
                "service",
                () -> kubectl.run("", "get", "service", "shop", "-o", "jsonpath={.spec.ports[0].targetPort}")
                        .out(),
                "http"::equals);
        kubectl.await("deployment/shop", "{.spec.template.spec.containers[0].resources.limits.cpu}", "500m");
        assertThat(kubectl.get("deployment/shop", "{.spec.template.spec.containers[0].env}"))
                .isEmpty();
        kubectl.ok("scale", "site/shop", "--replicas=3");
        awaitReady("shop", 3);
        assertThat(kubectl.fails("", "scale", "site/shop", "--replicas=11")).contains("replicas must not exceed most");
        kubectl.ok("patch", "site", "shop", "--type=merge", "-p", "{\"spec\":{\"exposed\":false}}");
        await("no service", () -> kubectl.ok("get", "services", "-o", "name"), String::isEmpty);

        // somebody else's hand is undone
        kubectl.ok("delete", "configmap", "shop");
        await(
                "page again",
                () -> kubectl.run("", "get", "configmap", "shop", "-o", "jsonpath={.data}")
                        .out(),
                "{\"index.html\":\"bye\"}"::equals);
        kubectl.ok("scale", "deployment/shop", "--replicas=1");
        kubectl.await("deployment/shop", "{.spec.replicas}", "3");

        // while nobody is there a site changes and another is deleted
        site("stand", "text: short");
        awaitReady("stand", 1);
        stop(first);
        kubectl.ok("delete", "site", "stand", "--wait=false");
        kubectl.ok("scale", "site/shop", "--replicas=1");
        assertThat(reconciler.cleaned).isEmpty();
        var restarted = new SiteReconciler();
        operator(restarted, "");
        awaitReady("shop", 1);
        kubectl.awaitGone("site/stand");
        kubectl.ok("delete", "site", "shop");
        assertThat(restarted.cleaned).containsExactlyInAnyOrder("stand", "shop");
        await("nothing left", () -> kubectl.ok("get", "deployments,rs,pods", "-o", "name"), String::isEmpty);
        await("no page left", () -> kubectl.ok("get", "configmaps", "-o", "name"), text -> !text.contains("shop"));
    }

    @Test
    void seesSecretsAndTriesAgain() {
        operator(new SiteReconciler(), "");
        kubectl.ok("create", "secret", "generic", "key", "--from-literal=a=1");
        site("vault", "text: safe, secret: key, tier: paid");
        kubectl.await(
                "site/vault", "{.status.secretVersion}", kubectl.get("secret/key", "{.metadata.resourceVersion}"));
        kubectl.ok("patch", "secret", "key", "-p", "{\"stringData\":{\"a\":\"2\"}}");
        var version = kubectl.get("secret/key", "{.metadata.resourceVersion}");
        kubectl.await("site/vault", "{.status.secretVersion}", version);
        kubectl.await("deployment/vault", "{.spec.template.metadata.annotations.secret-version}", version);
        assertThat(kubectl.fails("", "patch", "site", "vault", "--type=merge", "-p", "{\"spec\":{\"tier\":\"free\"}}"))
                .contains("only free sites change their tier");
        assertThat(kubectl.ok("get", "sites", "--field-selector=spec.tier=paid", "-o", "name"))
                .isEqualTo("site.sites.example.com/vault");
        assertThat(kubectl.ok("get", "sites", "--field-selector=spec.tier!=paid", "-o", "name"))
                .isEmpty();

        kubectl.apply("""
            apiVersion: sites.example.com/v1
            kind: Site
            metadata: {name: slow, annotations: {%s: "3"}}
            spec: {text: slow}
            """.formatted(SiteReconciler.FAILURES));
        await(
                "error in status",
                () -> kubectl.get("site/slow", "{.status.error}"),
                text -> text.startsWith("attempt "));
        awaitReady("slow", 1);
        kubectl.await("site/slow", "{.status.error}", "");
    }

    @Test
    void oneLeads() {
        var leader = operator(new SiteReconciler(), "a");
        var lease = cluster.in("sites-system");
        await(
                "leads",
                () -> lease.run("", "get", "lease/oneleads", "-o", "jsonpath={.spec.holderIdentity}")
                        .out(),
                "a"::equals);
        var other = new SiteReconciler();
        // start returns once it leads
        var waiting = Thread.ofVirtual().start(() -> operator(other, "b"));
        site("one", "text: one");
        awaitReady("one", 1);
        stop(leader);
        lease.await("lease/oneleads", "{.spec.holderIdentity}", "b");
        site("two", "text: two");
        awaitReady("two", 1);
        kubectl.ok("delete", "site", "one", "two");
        assertThat(other.cleaned).containsExactlyInAnyOrder("one", "two");
        await("started", waiting::isAlive, alive -> !alive);
        assertThat(lease.get("lease/oneleads", "{.spec.leaseTransitions}")).isEqualTo("1");
    }
}
