package dev.navarch.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.navarch.apiserver.audit.AuditSettings;
import dev.navarch.apiserver.net.TlsSettings;
import dev.navarch.client.ApiClient;
import dev.navarch.client.ApiFailure;
import dev.navarch.client.Await;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.HttpsTransport;
import dev.navarch.client.Json;
import dev.navarch.client.Kubeconfig;
import dev.navarch.client.ListQuery;
import dev.navarch.client.Pem;
import dev.navarch.client.TokenSource;
import dev.navarch.kubelet.certificates.CertificateKind;
import dev.navarch.kubelet.certificates.Wanted;
import dev.navarch.time.SystemTime;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the CIS benchmark asks for, looked at on a cluster as it starts: its files, its listeners, and what they answer. The
 * table in {@code docs/security.md} names for each item of the benchmark how it holds, and which method here sees to that.
 */
class CisBenchmarkTest {
    private static final Path PAGE = Path.of("..", "docs", "security.md");
    private static final Pattern ROW = Pattern.compile("\\| (\\d(?:\\.\\d+)+) \\| .+ \\| (.+?) \\|");
    private static final Pattern METHOD = Pattern.compile("`([a-z][A-Za-z]+)`");
    private static final String TOKEN = "0123456789abcdef";

    @TempDir
    static Path root;

    private static Path data;
    private static Cluster cluster;
    private static Kubeconfig.Access admin;
    private static ApiClient client;
    private static HttpClient anybody;
    private static Node node;

    @BeforeAll
    static void start() throws Exception {
        data = root.resolve("data");
        cluster = Cluster.start(ClusterConfig.simulated(data, 0), Progress.silent());
        try (var time = new SystemTime()) {
            admin = Kubeconfig.read(cluster.adminKubeconfig()).access("navarch", data, time);
        }
        client = new ApiClient(admin.connect(), "test");
        anybody = http(Optional.empty());
        node = client.resource(Node.class).list(ListQuery.all()).items().getFirst();
    }

    @AfterAll
    static void stop() {
        client.transport().close();
        anybody.close();
        cluster.close();
    }

    private static HttpClient http(Optional<HttpsTransport.Credentials> credentials) throws GeneralSecurityException {
        var shown = credentials.orElse(new HttpsTransport.Credentials(
                admin.credentials().authorities(), Optional.empty(), Optional.empty(), Optional.empty()));
        return HttpClient.newBuilder().sslContext(HttpsTransport.tls(shown)).build();
    }

    private static URI kubelet() {
        var address = node.getStatus().getAddresses().stream()
                .filter(a -> a.getType().equals("InternalIP"))
                .findFirst()
                .orElseThrow();
        return URI.create("https://" + address.getAddress() + ":"
                + node.getStatus().getDaemonEndpoints().getKubeletEndpoint().getPort());
    }

    private static int ask(HttpClient who, URI server, String path, String... headers) throws Exception {
        var request = HttpRequest.newBuilder(server.resolve(path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return who.send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    // Files

    private static Set<PosixFilePermission> othersMay(Path file) throws IOException {
        var may = new HashSet<>(Files.getPosixFilePermissions(file));
        may.removeAll(Set.of(
                PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE));
        return may;
    }

    /** All files of that name but those of the store, which come and go. */
    private static List<Path> files(String glob) throws IOException {
        var wanted = data.getFileSystem().getPathMatcher("glob:" + glob);
        var found = new ArrayList<Path>();
        Files.walkFileTree(data, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                return directory.equals(data.resolve("store"))
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (wanted.matches(file.getFileName())) {
                    found.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return found;
    }

    @Test
    void theDataDirectoryIsItsOwnersAlone() throws Exception {
        assertThat(othersMay(data)).isEmpty();
        assertThat(othersMay(data.resolve("pki"))).isEmpty();
        assertThat(Files.getOwner(data.resolve("pki"))).isEqualTo(Files.getOwner(data));
        assertThat(data.resolve("store")).isDirectory();
    }

    @Test
    void keysAndKubeconfigsAreForNobodyElse() throws Exception {
        var secret = Stream.of(files("*.key"), files("*.conf"), files("*-current.pem"))
                .flatMap(List::stream)
                .toList();
        assertThat(secret).hasSizeGreaterThan(5);
        for (var file : secret) {
            assertThat(othersMay(file)).as(file.toString()).isEmpty();
        }
        for (var file : files("*.crt")) {
            assertThat(othersMay(file))
                    .as(file.toString())
                    .doesNotContain(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);
        }
    }

    @Test
    void aDataDirectoryThatWasOpenIsClosed() throws Exception {
        var open = Files.createDirectory(root.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
        ClusterDirectory.create(open);
        assertThat(othersMay(open)).isEmpty();
    }

    @Test
    void requestsAreRecordedForThirtyDays() throws Exception {
        var log = data.resolve("audit").resolve("audit.log");
        assertThat(othersMay(log)).isEmpty();
        assertThat(othersMay(log.getParent())).isEmpty();
        client.resource(Secret.class).get("default", "looked-for");
        Await.until("it is recorded", () -> said(log, "\"name\":\"looked-for\"", "kubernetes-admin"));
        var usual = AuditSettings.usual(log).log().orElseThrow();
        assertThat(usual.days()).isEqualTo(30);
        assertThat(usual.files()).isEqualTo(10);
        assertThat(usual.megabytes()).isEqualTo(100);
    }

    private static boolean said(Path log, String... words) {
        try {
            return Files.readAllLines(log).stream()
                    .anyMatch(line -> Stream.of(words).allMatch(line::contains));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // Listeners

    /** The addresses on which this process listens, as the kernel tells them. */
    private static List<InetSocketAddress> listening() throws Exception {
        Set<String> sockets = new HashSet<>();
        try (var open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (var file : open) {
                try {
                    sockets.add(Files.readSymbolicLink(file).toString());
                } catch (IOException _) {
                    // closed meanwhile
                }
            }
        }
        List<InetSocketAddress> listening = new ArrayList<>();
        for (var table : List.of("tcp", "tcp6")) {
            for (var line : Files.readAllLines(Path.of("/proc/self/net", table))) {
                var columns = line.strip().split("\\s+");
                if (columns[3].equals("0A") && sockets.contains("socket:[" + columns[9] + "]")) {
                    var local = columns[1].split(":");
                    listening.add(new InetSocketAddress(address(local[0]), Integer.parseInt(local[1], 16)));
                }
            }
        }
        return listening;
    }

    /** In words of four bytes, the lowest first. */
    private static InetAddress address(String hex) throws Exception {
        var bytes = HexFormat.of().parseHex(hex);
        for (int word = 0; word < bytes.length; word += 4) {
            for (int i = 0; i < 2; i++) {
                byte kept = bytes[word + i];
                bytes[word + i] = bytes[word + 3 - i];
                bytes[word + 3 - i] = kept;
            }
        }
        return InetAddress.getByAddress(bytes);
    }

    @Test
    void onlyTheTwoServersListenToTheNetwork() throws Exception {
        var ports = Set.of(admin.server().getPort(), kubelet().getPort());
        assertThat(listening())
                .anyMatch(a -> a.getPort() == admin.server().getPort())
                .allMatch(a -> a.getAddress().isLoopbackAddress() || ports.contains(a.getPort()));
    }

    @Test
    void weakCipherSuitesAreNotSpoken() throws Exception {
        var context = HttpsTransport.tls(admin.credentials());
        for (var server : List.of(admin.server(), kubelet())) {
            for (var suite :
                    List.of("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384")) {
                assertThatThrownBy(() -> handshake(context, server, "TLSv1.2", suite))
                        .as(server + " " + suite)
                        .isInstanceOf(IOException.class);
            }
            assertThat(handshake(context, server, "TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"))
                    .isEqualTo("TLSv1.2");
            assertThat(handshake(context, server, "TLSv1.3", "TLS_AES_128_GCM_SHA256"))
                    .isEqualTo("TLSv1.3");
        }
        assertThat(TlsSettings.STANDARD.protocols()).containsExactly("TLSv1.3", "TLSv1.2");
        assertThat(TlsSettings.of("VersionTLS13", List.of()).protocols()).containsExactly("TLSv1.3");
        assertThatThrownBy(() -> TlsSettings.of("VersionTLS12", List.of("TLS_RSA_WITH_RC4_128_SHA")))
                .hasMessageStartingWith("Cipher suite TLS_RSA_WITH_RC4_128_SHA not supported or doesn't exist");
        assertThatThrownBy(() -> TlsSettings.of("VersionTLS11", List.of()))
                .hasMessageStartingWith("unknown tls version \"VersionTLS11\"");
    }

    private static String handshake(SSLContext context, URI server, String protocol, String suite) throws IOException {
        try (var socket = (SSLSocket) context.getSocketFactory().createSocket(server.getHost(), server.getPort())) {
            socket.setEnabledProtocols(new String[] {protocol});
            socket.setEnabledCipherSuites(new String[] {suite});
            socket.startHandshake();
            return socket.getSession().getProtocol();
        }
    }

    @Test
    void serversShowCertificatesOfTheClustersAuthority() throws Exception {
        // clients trust nothing but the authority, and check names
        assertThat(ask(anybody, admin.server(), "/readyz")).isEqualTo(200);
        assertThat(ask(anybody, kubelet(), "/healthz")).isEqualTo(401);
    }

    // Requests

    @Test
    void nobodyIsAnonymousButForHealth() throws Exception {
        for (var health : List.of("/healthz", "/livez", "/readyz")) {
            assertThat(ask(anybody, admin.server(), health)).as(health).isEqualTo(200);
        }
        for (var other : List.of("/api/v1/namespaces", "/api/v1/secrets", "/metrics", "/logs/", "/debug/pprof/")) {
            assertThat(ask(anybody, admin.server(), other)).as(other).isIn(401, 403);
        }
    }

    @Test
    void kubeletsKnowNobodyAnonymous() throws Exception {
        for (var path : List.of("/healthz", "/pods", "/metrics", "/stats/summary", "/containerLogs/a/b/c", "/logs/")) {
            assertThat(ask(anybody, kubelet(), path)).as(path).isEqualTo(401);
            assertThat(ask(anybody, kubelet(), path, "Authorization", "Bearer invented"))
                    .as(path)
                    .isEqualTo(401);
        }
    }

    private static void awaitDefaultAccount() {
        Await.until(
                "the account",
                () -> client.resource(ServiceAccount.class)
                        .get("default", "default")
                        .isPresent());
    }

    /** The account default, which may nothing. */
    private static String token() {
        var request = Json.mapper().createObjectNode();
        request.put("apiVersion", "authentication.k8s.io/v1")
                .put("kind", "TokenRequest")
                .putObject("spec");
        return client.raw("POST", "/api/v1/namespaces/default/serviceaccounts/default/token", request)
                .path("status")
                .path("token")
                .asString();
    }

    @Test
    void whoIsKnownMayNothingUnlessARoleSaysSo() throws Exception {
        awaitDefaultAccount();
        var bearer = "Bearer " + token();
        assertThat(ask(anybody, admin.server(), "/api/v1/secrets", "Authorization", bearer))
                .isEqualTo(403);
        assertThat(ask(anybody, kubelet(), "/pods", "Authorization", bearer)).isEqualTo(403);
        var administrator = http(Optional.of(admin.credentials()));
        assertThat(ask(administrator, admin.server(), "/api/v1/secrets")).isEqualTo(200);
        assertThat(ask(administrator, kubelet(), "/pods")).isEqualTo(200);
        administrator.close();
    }

    @Test
    void aTokenEndsWithItsAccount() {
        // the account is made and deleted before the token is ever seen, so that no verdict is remembered
        client.resource(ServiceAccount.class)
                .create(new ServiceAccountBuilder()
                        .withNewMetadata()
                        .withNamespace("default")
                        .withName("short-lived")
                        .endMetadata()
                        .build());
        var request = Json.mapper().createObjectNode();
        request.put("apiVersion", "authentication.k8s.io/v1")
                .put("kind", "TokenRequest")
                .putObject("spec");
        var token = client.raw("POST", "/api/v1/namespaces/default/serviceaccounts/short-lived/token", request)
                .path("status")
                .path("token")
                .asString();
        client.resource(ServiceAccount.class).delete("default", "short-lived", DeleteOptions.none());
        var review = Json.mapper().createObjectNode();
        review.put("apiVersion", "authentication.k8s.io/v1").put("kind", "TokenReview");
        review.putObject("spec").put("token", token);
        assertThat(client.raw("POST", "/apis/authentication.k8s.io/v1/tokenreviews", review)
                        .path("status")
                        .path("authenticated")
                        .asBoolean(false))
                .isFalse();
    }

    @Test
    void nothingIsProfiled() throws Exception {
        var administrator = http(Optional.of(admin.credentials()));
        for (var path : List.of("/debug/pprof/", "/debug/pprof/profile", "/debug/flags/v")) {
            assertThat(ask(administrator, admin.server(), path)).as(path).isEqualTo(404);
            assertThat(ask(administrator, kubelet(), path)).as(path).isEqualTo(404);
        }
        administrator.close();
    }

    @Test
    void addressesOutsideTheClusterAreRefusedInServices() {
        assertThatThrownBy(() -> client.resource(Service.class)
                        .create(new ServiceBuilder()
                                .withNewMetadata()
                                .withNamespace("default")
                                .withName("external")
                                .endMetadata()
                                .withNewSpec()
                                .addNewPort()
                                .withPort(80)
                                .endPort()
                                .withExternalIPs("192.0.2.7")
                                .endSpec()
                                .build()))
                .isInstanceOfSatisfying(
                        ApiFailure.class, e -> assertThat(e.code()).isEqualTo(403));
    }

    /** As {@code kubeadm join} does it: a bootstrap token is worth nothing but a request for the node's own certificate. */
    @Test
    void aNodeGetsItsCertificateWithABootstrapToken() throws Exception {
        client.resource(Secret.class)
                .create(new SecretBuilder()
                        .withNewMetadata()
                        .withNamespace("kube-system")
                        .withName("bootstrap-token-abcdef")
                        .endMetadata()
                        .withType("bootstrap.kubernetes.io/token")
                        .withStringData(Map.of(
                                "token-id",
                                "abcdef",
                                "token-secret",
                                TOKEN,
                                "usage-bootstrap-authentication",
                                "true",
                                "auth-extra-groups",
                                "system:bootstrappers:nodes"))
                        .build());
        for (var role : List.of(
                "system:node-bootstrapper", "system:certificates.k8s.io:certificatesigningrequests:nodeclient")) {
            var binding = Json.mapper().createObjectNode();
            binding.put("apiVersion", "rbac.authorization.k8s.io/v1").put("kind", "ClusterRoleBinding");
            binding.putObject("metadata").put("name", "join-" + role.length());
            binding.putObject("roleRef")
                    .put("apiGroup", "rbac.authorization.k8s.io")
                    .put("kind", "ClusterRole")
                    .put("name", role);
            binding.putArray("subjects")
                    .addObject()
                    .put("apiGroup", "rbac.authorization.k8s.io")
                    .put("kind", "Group")
                    .put("name", "system:bootstrappers:nodes");
            client.raw("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding);
        }
        var authority = Pem.certificates(admin.credentials().authorities().orElseThrow())
                .getFirst();
        var bootstrap = new HttpsTransport.Credentials(
                admin.credentials().authorities(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(TokenSource.fixed("abcdef." + TOKEN)));
        try (var time = new SystemTime();
                var token = new HttpsTransport(admin.server(), bootstrap);
                var rotation = NodeCertificates.rotation(
                        CertificateKind.CLIENT,
                        () -> Optional.of(Wanted.client("joining")),
                        root.resolve("joining"),
                        authority,
                        new ApiClient(token, "joining"),
                        time,
                        new Random(1))) {
            rotation.start(Duration.ZERO);
            Await.until("the certificate", () -> rotation.current().isPresent());
            var got = rotation.current().orElseThrow();
            var credentials = new HttpsTransport.Credentials(
                    admin.credentials().authorities(),
                    Optional.of(Pem.encode(got.certificate()).getBytes(StandardCharsets.US_ASCII)),
                    Optional.of(Pem.encode(got.key()).getBytes(StandardCharsets.US_ASCII)),
                    Optional.empty());
            try (var transport = new HttpsTransport(admin.server(), credentials)) {
                var self = Json.mapper().createObjectNode();
                self.put("apiVersion", "authentication.k8s.io/v1").put("kind", "SelfSubjectReview");
                var user = new ApiClient(transport, "joining")
                        .raw("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", self)
                        .path("status")
                        .path("userInfo");
                assertThat(user.path("username").asString()).isEqualTo("system:node:joining");
                assertThat(user.path("groups").toString()).contains("system:nodes");
            }
        }
    }

    /** Seen by what they do: nothing here looks at a list of names. */
    @Test
    void thePluginsThatAreAskedForDoTheirWork() throws Exception {
        var anonymous = Json.mapper().readTree("""
                {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "of-default"},
                 "spec": {"containers": [{"name": "c", "image": "i"}]}}""");
        awaitDefaultAccount();
        var pod = client.raw("POST", "/api/v1/namespaces/default/pods?dryRun=All", anonymous);
        assertThat(pod.path("spec").path("serviceAccountName").asString())
                .as("ServiceAccount")
                .isEqualTo("default");

        var nowhere = Json.mapper().readTree("""
                {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "lost"}}""");
        assertThatThrownBy(() -> client.raw("POST", "/api/v1/namespaces/no-such/configmaps", nowhere))
                .as("NamespaceLifecycle")
                .hasMessageContaining("namespaces \"no-such\" not found");

        var administrator = http(Optional.of(admin.credentials()));
        var asAnotherNode = HttpRequest.newBuilder(admin.server()
                        .resolve("/api/v1/nodes/" + node.getMetadata().getName() + "?dryRun=All"))
                .headers("Content-Type", "application/merge-patch+json")
                .headers("Impersonate-User", "system:node:other", "Impersonate-Group", "system:nodes")
                .method("PATCH", HttpRequest.BodyPublishers.ofString("{\"metadata\":{\"labels\":{\"a\":\"b\"}}}"))
                .build();
        var answer = administrator.send(asAnotherNode, HttpResponse.BodyHandlers.ofString());
        administrator.close();
        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(answer.body()).as("NodeRestriction").contains("is not allowed to modify node");
    }

    /** A token for ten minutes is good for ten minutes, and one for an hour for an hour: none is quietly given a year. */
    @Test
    void tokensEndWhenTheySay() {
        for (int seconds : new int[] {600, 3600}) {
            var request = Json.mapper().createObjectNode();
            request.put("apiVersion", "authentication.k8s.io/v1")
                    .put("kind", "TokenRequest")
                    .putObject("spec")
                    .put("expirationSeconds", seconds);
            awaitDefaultAccount();
            var token = client.raw("POST", "/api/v1/namespaces/default/serviceaccounts/default/token", request)
                    .path("status")
                    .path("token")
                    .asString();
            var claims = Json.mapper().readTree(Base64.getUrlDecoder().decode(token.split("\\.")[1]));
            assertThat(claims.path("exp").asLong() - claims.path("iat").asLong())
                    .isEqualTo(seconds);
        }
    }

    // The page

    @Test
    void thePageHasEachItemOnceAndNamesWhatIsHere() throws Exception {
        Map<String, String> rows = new TreeMap<>();
        Set<String> named = new HashSet<>();
        for (var line : Files.readAllLines(PAGE)) {
            var row = ROW.matcher(line);
            if (row.matches()) {
                assertThat(rows.put(row.group(1), row.group(2)))
                        .as("twice: " + row.group(1))
                        .isNull();
                METHOD.matcher(row.group(2)).results().forEach(method -> named.add(method.group(1)));
            }
        }
        assertThat(rows.keySet()).containsExactlyInAnyOrderElementsOf(items());
        var methods = Arrays.stream(CisBenchmarkTest.class.getDeclaredMethods())
                .filter(method -> method.isAnnotationPresent(Test.class))
                .map(Method::getName)
                .collect(Collectors.toSet());
        methods.removeAll(Set.of("thePageHasEachItemOnceAndNamesWhatIsHere", "whatThePageTellsToTryPrintsWhatItSays"));
        assertThat(named).isEqualTo(methods);
    }

    /** One shell, and some forty programs, in a few seconds; who lacks one of them can't try the page either. */
    @Test
    void whatThePageTellsToTryPrintsWhatItSays() throws Exception {
        var programs = Files.createDirectories(root.resolve("programs"));
        var kubectl = System.getenv("NAVARCH_TEST_KUBECTL");
        if (kubectl != null) {
            Files.createSymbolicLink(programs.resolve("kubectl"), Path.of(kubectl));
        }
        var path = programs + ":" + System.getenv("PATH");
        for (var program : List.of("bash", "kubectl", "curl", "openssl")) {
            boolean there =
                    Stream.of(path.split(":")).map(d -> Path.of(d, program)).anyMatch(Files::isExecutable);
            assumeTrue(there || "true".equals(System.getenv("CI")), program + " is not there");
            assertThat(there).as(program).isTrue();
        }
        awaitDefaultAccount();
        var page = Console.of(PAGE);
        var numbers = Pattern.compile("\\d(?:\\.\\d+)+");
        for (var step : page.steps()) {
            assertThat(items())
                    .containsAll(numbers.matcher(step.heading())
                            .results()
                            .map(MatchResult::group)
                            .toList());
        }
        var environment = Map.of(
                "D",
                data.toString(),
                "KUBECONFIG",
                cluster.adminKubeconfig().toString(),
                "HOME",
                root.toString(),
                "PATH",
                path);
        var known = Console.hasCommand("kubectl create token", environment, root) ? page : page.without("TOKEN");
        assertThat(known.run(environment, root).steps()).hasSizeGreaterThan(20).isEqualTo(known.steps());
    }

    /** Those of the benchmark's version 1.11 about the control plane, etcd and nodes; policies are section 5. */
    private static List<String> items() {
        return Stream.of(
                        section("1.1", 21),
                        section("1.2", 30),
                        section("1.3", 7),
                        section("1.4", 2),
                        section("2", 7),
                        section("3.1", 3),
                        section("3.2", 2),
                        section("4.1", 10),
                        section("4.2", 14),
                        section("4.3", 1))
                .flatMap(List::stream)
                .toList();
    }

    private static List<String> section(String number, int items) {
        return IntStream.rangeClosed(1, items)
                .mapToObj(item -> number + "." + item)
                .toList();
    }
}
