package dev.navarch.examples.wardle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.net.TlsMaterial;
import dev.navarch.cli.Kubectl;
import dev.navarch.client.Pem;
import dev.navarch.cluster.Cluster;
import dev.navarch.cluster.ClusterConfig;
import dev.navarch.cluster.Progress;
import dev.navarch.embedded.pki.CertificateRequest;
import dev.navarch.embedded.pki.ClusterPki;
import dev.navarch.storage.MemoryStore;
import dev.navarch.time.SystemTime;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The server beside a cluster, behind a service of it, used by the real kubectl. */
@Timeout(240)
class WardleServerIT {
    @TempDir
    static Path home;

    private static final Pattern NAMESPACE = Pattern.compile("namespace: ([a-z-]+)");

    private static final SystemTime time = new SystemTime();
    private static final MemoryStore store = new MemoryStore(time);
    private static Cluster cluster;
    private static WardleServer server;
    private static Kubectl kubectl;

    @BeforeAll
    static void start() throws Exception {
        cluster = Cluster.start(ClusterConfig.simulated(home.resolve("cluster"), 0), Progress.silent());
        kubectl = new Kubectl(cluster.adminKubeconfig(), "default");
        var manifest = Files.readString(Path.of("wardle/cluster.yaml"));
        int registration = manifest.indexOf("apiVersion: apiregistration");
        var account = manifest.substring(0, manifest.indexOf("# Where it is"));
        apply(account);

        var pki = ClusterPki.open(home.resolve("pki"), time.now(), new SecureRandom());
        var identity = pki.identity("api", CertificateRequest.server("api", List.of("api.wardle.svc")), time.now());
        var serving = new TlsMaterial(identity.key(), List.of(identity.chain()));
        server = new WardleServer(new InetSocketAddress(address(), 0), serving, kubeconfig(), store, time);

        var authority = Pem.encode(pki.authority()).getBytes(StandardCharsets.US_ASCII);
        apply(manifest.substring(account.length(), registration)
                .replace("ADDRESS", address().getHostAddress())
                .replace("PORT", Integer.toString(server.address().getPort())));
        apply(manifest.substring(registration)
                .replace("AUTHORITY", Base64.getEncoder().encodeToString(authority)));
        kubectl.ok("wait", "--for=condition=Available", "apiservice/v1alpha1.wardle.example.com", "--timeout=30s");
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
        cluster.close();
        store.close();
        time.close();
    }

    /** Each object into its namespace, which kubectl wants to be told. */
    private static void apply(String manifest) {
        for (var object : manifest.split("---\n")) {
            var namespace = NAMESPACE.matcher(object);
            kubectl.in(namespace.find() ? namespace.group(1) : "default").apply(object);
        }
    }

    /** An address that the cluster may connect to. */
    private static InetAddress address() throws Exception {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(a -> a instanceof Inet4Address && !a.isLoopbackAddress() && !a.isLinkLocalAddress())
                .findFirst()
                .orElseThrow();
    }

    /** Of the server's own account. */
    private static Path kubeconfig() throws Exception {
        var token = kubectl.in("wardle").ok("create", "token", "server");
        var at = "{.clusters[0].cluster.%s}";
        return Files.writeString(home.resolve("server.kubeconfig"), """
            apiVersion: v1
            kind: Config
            current-context: wardle
            contexts: [{name: wardle, context: {cluster: main, user: server}}]
            clusters: [{name: main, cluster: {server: "%s", certificate-authority-data: "%s"}}]
            users: [{name: server, user: {token: "%s"}}]
            """.formatted(
                kubectl.ok("config", "view", "--raw", "-o", "jsonpath=" + at.formatted("server")),
                kubectl.ok("config", "view", "--raw", "-o", "jsonpath=" + at.formatted("certificate-authority-data")),
                token));
    }

    private static String flunder(String name, String reference) {
        return """
            apiVersion: wardle.example.com/v1alpha1
            kind: Flunder
            metadata: {name: %s}
            spec: {reference: %s}
            """.formatted(name, reference);
    }

    @Test
    void kubectlCreatesShowsChangesAndDeletes() {
        assertThat(kubectl.ok("api-resources", "--api-group=wardle.example.com", "--no-headers"))
                .contains("flunders", "fl", "Flunder", "fischers", "Fischer");
        kubectl.apply(flunder("one", "two"));
        assertThat(kubectl.ok("get", "fl", "one", "-o", "jsonpath={.spec}"))
                .isEqualTo("{\"reference\":\"two\",\"referenceType\":\"Flunder\"}");
        assertThat(kubectl.ok("get", "flunders")).contains("REFERENCE", "one", "two");
        kubectl.apply(flunder("one", "three"));
        assertThat(kubectl.get("flunder/one", "{.spec.reference}")).isEqualTo("three");
        kubectl.ok(
                "patch",
                "flunder",
                "one",
                "--type=merge",
                "--subresource=status",
                "-p",
                "{\"status\":{\"seen\":true}}");
        kubectl.ok("label", "flunder", "one", "a=b");
        assertThat(kubectl.ok("get", "flunders", "-l", "a=b", "-o", "name"))
                .isEqualTo("flunder.wardle.example.com/one");
        assertThat(kubectl.okWith(flunder("one", "four"), "apply", "--server-side", "--force-conflicts", "-f", "-"))
                .contains("serverside-applied");
        assertThat(kubectl.fails(flunder("one", "x").replace("reference:", "refrence:"), "apply", "-f", "-"))
                .contains("unknown field \"spec.refrence\"");
        assertThat(kubectl.ok("explain", "flunder.spec.reference")).contains("The name of what is referred to.");
        assertThat(kubectl.ok("delete", "flunder", "one")).contains("deleted");
        assertThat(kubectl.ok("get", "flunders", "-o", "name")).isEmpty();
    }

    @Test
    void watchesSeeWhatHappens() throws Exception {
        var watch = kubectl.builder("get", "flunders", "--watch", "--output-watch-events", "-o", "name")
                .start();
        try (var events = new BufferedReader(new InputStreamReader(watch.getInputStream(), StandardCharsets.UTF_8))) {
            kubectl.apply(flunder("seen", "x"));
            assertThat(events.readLine()).contains("flunder.wardle.example.com/seen");
            kubectl.ok("delete", "flunder", "seen");
            assertThat(events.readLine()).contains("flunder.wardle.example.com/seen");
        } finally {
            watch.destroy();
            watch.waitFor(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void theServersOwnRuleHolds() {
        kubectl.apply("""
            apiVersion: wardle.example.com/v1alpha1
            kind: Fischer
            metadata: {name: strict}
            disallowedFlunders: [bad]
            """);
        assertThat(kubectl.fails(flunder("bad", "x"), "apply", "-f", "-"))
                .contains(
                        "flunders.wardle.example.com \"bad\" is forbidden: this name may not be used, please change the"
                                + " resource name");
        kubectl.ok("delete", "fischer", "strict");
    }

    @Test
    void whoMayDoWhatIsTheClustersAffair() {
        var someone = "--as=system:serviceaccount:default:default";
        assertThat(kubectl.fails("", "get", "flunders", someone)).contains("cannot list resource \"flunders\"");
        kubectl.ok("create", "role", "reader", "--verb=get,list,watch", "--resource=flunders.wardle.example.com");
        kubectl.ok("create", "rolebinding", "reader", "--role=reader", "--serviceaccount=default:default");
        assertThat(kubectl.ok("get", "flunders", someone, "-o", "name")).isEmpty();
        assertThat(kubectl.fails(flunder("mine", "x"), "create", someone, "-f", "-"))
                .contains("cannot create resource \"flunders\"");
    }

    @Test
    void namespacesOwnersAndQuotasReachThisFar() {
        kubectl.ok("create", "namespace", "sea");
        var sea = kubectl.in("sea");
        sea.ok("create", "quota", "few", "--hard=count/flunders.wardle.example.com=5");
        sea.ok("create", "configmap", "owner");
        var owner = sea.get("configmap/owner", "{.metadata.uid}");
        sea.apply(flunder("kept", "x"));
        sea.apply(flunder("owned", "x")
                .replace(
                        "{name: owned}",
                        "{name: owned, ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: owner, uid: " + owner
                                + "}]}"));
        sea.await("quota/few", "{.status.hard.count/flunders\\.wardle\\.example\\.com}", "5");
        sea.ok("delete", "configmap", "owner");
        sea.ok("wait", "--for=delete", "flunder/owned", "--timeout=60s");
        sea.await("quota/few", "{.status.used.count/flunders\\.wardle\\.example\\.com}", "1");
        kubectl.ok("delete", "namespace", "sea", "--timeout=60s");
        assertThat(kubectl.ok("get", "flunders", "-A", "-o", "name")).isEmpty();
    }
}
