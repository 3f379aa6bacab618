package dev.navarch.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.authn.AuthenticationSettings;
import dev.navarch.apiserver.authn.ServiceAccountKeys;
import dev.navarch.apiserver.authn.oidc.JwtSettings.ClaimRule;
import dev.navarch.apiserver.authn.oidc.JwtSettings.Mapped;
import dev.navarch.apiserver.authz.AuthorizationSettings;
import dev.navarch.apiserver.flowcontrol.RequestLimits;
import dev.navarch.apiserver.net.TlsMaterial;
import dev.navarch.apiserver.request.AnonymousAccess;
import dev.navarch.apiserver.request.RemoteUser;
import dev.navarch.client.Pem;
import dev.navarch.cluster.ClusterConfig;
import dev.navarch.cluster.ConfigException;
import dev.navarch.cluster.ServerKeys;
import dev.navarch.cluster.StoreConfig;
import dev.navarch.embedded.pki.CertificateAuthority;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class UpOptionsTest {
    @TempDir
    Path dir;

    private ClusterConfig resolve(String... arguments) throws Exception {
        var command = new UpCommand();
        new CommandLine(command).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(arguments);
        return command.options.resolve();
    }

    private ClusterConfig resolveWith(String file, String... arguments) throws Exception {
        var path = Files.writeString(dir.resolve("config.yaml"), file);
        List<String> all = new ArrayList<>(List.of("--config", path.toString()));
        all.addAll(List.of(arguments));
        return resolve(all.toArray(String[]::new));
    }

    @Test
    void defaultsAreUpstreamsWhereItHasThem() throws Exception {
        var config = resolve();
        assertThat(config.port()).isEqualTo(6443);
        assertThat(config.podCidr()).hasToString("10.244.0.0/16");
        assertThat(config.serviceCidr()).hasToString("10.96.0.0/16");
        assertThat(config.runtime()).isEqualTo(ClusterConfig.RuntimeKind.AUTO);
        assertThat(config.install()).isTrue();
        assertThat(config.runtimeConfig()).isEmpty();
        assertThat(config.legacyApis()).isFalse();
    }

    @Test
    void partsOfAClusterAreNamed() throws Exception {
        assertThat(resolve("--components=control-plane").components())
                .isEqualTo(ClusterConfig.Components.CONTROL_PLANE);
        assertThat(resolveWith("components: control-plane").components())
                .isEqualTo(ClusterConfig.Components.CONTROL_PLANE);
        assertThat(resolve("--components=apiserver").components()).isEqualTo(ClusterConfig.Components.APISERVER);
        assertThatThrownBy(() -> resolveWith("components: some"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("control-plane");
    }

    @Test
    void theFileSpeaksWhereTheCommandLineIsSilent() throws Exception {
        var config = resolveWith("port: 7443\nnodes: 3\nruntime: simulated\npodCidr: 10.10.0.0/16\n", "--port", "8443");
        assertThat(config.port()).isEqualTo(8443);
        assertThat(config.nodes()).isEqualTo(3);
        assertThat(config.runtime()).isEqualTo(ClusterConfig.RuntimeKind.SIMULATED);
        assertThat(config.podCidr()).hasToString("10.10.0.0/16");
    }

    @Test
    void someResourcesMayBeLessDurable() throws Exception {
        assertThat(resolve("--relaxed-durability", "events,leases.coordination.k8s.io")
                        .store())
                .isEqualTo(new StoreConfig.Embedded(Set.of("events", "leases.coordination.k8s.io")));
    }

    @Test
    void etcdIsNamedAsKubeApiserverDoes() throws Exception {
        assertThat(resolve().store()).isEqualTo(new StoreConfig.Embedded(Set.of()));
        var etcd = (StoreConfig.Etcd) resolve(
                        "--etcd-servers",
                        "https://a:2379,https://b:2379",
                        "--etcd-cafile=/ca",
                        "--etcd-certfile=/c",
                        "--etcd-keyfile=/k")
                .store();
        assertThat(etcd.servers()).containsExactly("https://a:2379", "https://b:2379");
        assertThat(etcd.keyFile()).contains(Path.of("/k"));
        assertThat(etcd.prefix()).isEqualTo("/registry");
        var written = (StoreConfig.Etcd) resolveWith("etcdServers: [http://a:1, http://b:2]\netcdPrefix: /mine\n")
                .store();
        assertThat(written.servers()).hasSize(2);
        assertThat(written.prefix()).isEqualTo("/mine");
    }

    @Test
    void moreApisAreServedOnlyWhenAskedFor() throws Exception {
        var asked = resolve("--runtime-config", "api/beta=true,storage.k8s.io/v1beta1=false", "--legacy-apis");
        assertThat(asked.runtimeConfig()).isEqualTo("api/beta=true,storage.k8s.io/v1beta1=false");
        assertThat(asked.legacyApis()).isTrue();
        assertThat(resolveWith("legacyApis: true").legacyApis()).isTrue();
    }

    @Test
    void requestsAreLimitedAsKubeApiserverLimitsThem() throws Exception {
        var usual = server(resolve());
        assertThat(usual.limits()).isEqualTo(new RequestLimits(400, 200));
        assertThat(usual.requestTimeout()).isEqualTo(Duration.ofMinutes(1));
        assertThat(usual.eventTtl()).isEqualTo(Duration.ofHours(1));
        assertThat(server(resolve("--event-ttl=30m")).eventTtl()).isEqualTo(Duration.ofMinutes(30));
        var asked = server(
                resolveWith("maxRequestsInflight: 7\nrequestTimeout: 90s\n", "--max-mutating-requests-inflight", "0"));
        assertThat(asked.limits()).isEqualTo(new RequestLimits(7, 0));
        assertThat(server(resolve("--enable-priority-and-fairness=false", "--goaway-chance=0.01"))
                        .limits())
                .isEqualTo(new RequestLimits(400, 200, false, 0.01));
        assertThatThrownBy(() -> resolve("--max-requests-inflight=0", "--max-mutating-requests-inflight=0"))
                .hasMessageContaining("they must add up to something positive");
        assertThatThrownBy(() -> resolveWith("goawayChance: 0.5")).hasMessageContaining("greater than 0.02");
        assertThat(asked.requestTimeout()).isEqualTo(Duration.ofSeconds(90));
    }

    @Test
    void whoIsLetInIsUpToTheOptions() throws Exception {
        var usual = server(resolve()).authentication();
        assertThat(usual).isEqualTo(AuthenticationSettings.STANDARD);
        var told = server(resolve(
                        "--anonymous-auth=false",
                        "--oidc-issuer-url=https://issuer.example.com",
                        "--oidc-client-id=kube",
                        "--oidc-groups-claim=groups",
                        "--oidc-required-claim=hd=example.com",
                        "--service-account-max-token-expiration=48h"))
                .authentication();
        assertThat(told.anonymous()).contains(AnonymousAccess.NOWHERE);
        assertThat(told.longestToken()).isEqualTo(Duration.ofHours(48));
        var issuer = told.issuers().getFirst();
        assertThat(issuer.username()).isEqualTo(Mapped.claim("sub", "https://issuer.example.com#"));
        assertThat(issuer.groups()).isEqualTo(Mapped.claim("groups", ""));
        assertThat(issuer.algorithms()).containsExactly("RS256");
        assertThat(issuer.claimRules()).containsExactly(new ClaimRule("hd", "example.com", "", ""));
    }

    @Test
    void tokensAreIssuedAsUpstreamsOptionsSay() throws Exception {
        var usual = server(resolve());
        assertThat(usual.issuers()).containsExactly("https://kubernetes.default.svc.cluster.local");
        assertThat(usual.audiences()).isEqualTo(usual.issuers());
        assertThat(usual.authentication().extendTokens()).isFalse();
        var told = server(resolve(
                "--service-account-issuer=https://new.example.com",
                "--service-account-issuer=https://old.example.com",
                "--service-account-jwks-uri=https://keys.example.com/keys",
                "--service-account-extend-token-expiration"));
        assertThat(told.issuers()).containsExactly("https://new.example.com", "https://old.example.com");
        assertThat(told.audiences()).isEqualTo(told.issuers());
        assertThat(told.keySetUri()).contains("https://keys.example.com/keys");
        assertThat(told.authentication().extendTokens()).isTrue();
        assertThat(server(resolve("--api-audiences=a,b")).audiences()).containsExactly("a", "b");
        assertThat(server(resolveWith("serviceAccountIssuer: [https://a, https://b]"))
                        .issuers())
                .containsExactly("https://a", "https://b");
    }

    @Test
    void keysMayBeSomebodyElses() throws Exception {
        assertThat(resolve().keys()).isEqualTo(ServerKeys.OWN);
        var file = Files.writeString(dir.resolve("some.pem"), "any");
        var keys = resolve(
                        "--tls-cert-file=" + file,
                        "--tls-private-key-file=" + file,
                        "--service-account-key-file=" + file,
                        "--service-account-key-file=" + file,
                        "--service-account-signing-key-file=" + file)
                .keys();
        assertThat(keys.serving()).contains(new ServerKeys.Serving(file, file));
        assertThat(keys.signing()).contains(file);
        assertThat(keys.accepted()).containsExactly(file, file);
        assertThatThrownBy(() -> resolve("--service-account-signing-key-file=" + file))
                .hasMessageContaining(
                        "either `--service-account-key-file` or `--service-account-signing-endpoint` must be set");
    }

    @Test
    void frontProxiesAreNamedAsUpstreamNamesThem() throws Exception {
        var file = Files.writeString(dir.resolve("ca.pem"), "any");
        var proxies = server(resolve(
                        "--requestheader-client-ca-file=" + file,
                        "--requestheader-allowed-names=front,back",
                        "--requestheader-username-headers=X-Remote-User",
                        "--requestheader-uid-headers=X-Remote-Uid",
                        "--requestheader-group-headers=X-Remote-Group,X-Team",
                        "--requestheader-extra-headers-prefix=X-Remote-Extra-"))
                .authentication()
                .proxies();
        assertThat(proxies)
                .contains(new AuthenticationSettings.ProxyFile(
                        file,
                        List.of("front", "back"),
                        new RemoteUser.Names(
                                List.of("X-Remote-User"),
                                List.of("X-Remote-Uid"),
                                List.of("X-Remote-Group", "X-Team"),
                                List.of("X-Remote-Extra-"))));
        var authority =
                Pem.encode(CertificateAuthority.found("some", Instant.EPOCH, Duration.ofDays(1), new SecureRandom())
                        .certificate());
        Files.writeString(file, authority);
        assertThatThrownBy(() -> resolve("--requestheader-client-ca-file=" + file, "--client-ca-file=" + file))
                .hasMessageContaining("contain overlapping certificates");
    }

    @Test
    void whatExcludesOneAnotherIsRefusedAsUpstreamDoes() throws Exception {
        var authentication = Files.writeString(
                dir.resolve("authentication.yaml"),
                "{apiVersion: apiserver.config.k8s.io/v1, kind: AuthenticationConfiguration,"
                        + " anonymous: {enabled: true}}");
        var config = "--authentication-config=" + authentication;
        assertThatThrownBy(() -> resolve(config, "--anonymous-auth=true"))
                .hasMessageContaining("--anonymous-auth flag cannot be set when anonymous field is configured in"
                        + " authentication configuration file");
        assertThatThrownBy(() -> resolve("--oidc-username-claim=sub"))
                .hasMessageContaining(
                        "oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set");
        assertThatThrownBy(() -> resolve(config, "--oidc-issuer-url=https://a", "--oidc-client-id=b"))
                .hasMessageContaining("authentication-config file and oidc-* flags are mutually exclusive");
        var authorization = "--authorization-config=" + dir.resolve("any.yaml");
        for (var other : List.of("--authorization-mode=RBAC", "--authorization-webhook-version=v1")) {
            assertThatThrownBy(() -> resolve(authorization, other))
                    .hasMessageContaining(
                            "can not be specified when --authorization-mode or --authorization-webhook-* flags are defined");
        }
        assertThatThrownBy(() -> resolve("--authorization-mode=Node,Webhook"))
                .hasMessageContaining("authorization-mode Webhook's authorization config file not passed");
        var kubeconfig = Files.writeString(dir.resolve("hook.yaml"), """
                clusters: [{name: c, cluster: {server: "https://127.0.0.1:1/authorize"}}]
                contexts: [{name: c, context: {cluster: c, user: u}}]
                current-context: c
                users: [{name: u, user: {}}]
                """);
        var hook = "--authorization-webhook-config-file=" + kubeconfig;
        assertThatThrownBy(() -> resolve("--authorization-mode=RBAC", hook))
                .hasMessageContaining("cannot specify --authorization-webhook-config-file without mode Webhook");
        var chain = server(resolve(
                        "--authorization-mode=RBAC,Webhook", hook, "--authorization-webhook-cache-authorized-ttl=1m"))
                .authorization()
                .chain();
        assertThat(chain).extracting(AuthorizationSettings.Link::name).containsExactly("rbac", "default");
        var asked = chain.getLast().webhook().orElseThrow();
        assertThat(asked.allowedFor()).isEqualTo(Duration.ofMinutes(1));
        assertThat(asked.refusedFor()).isEqualTo(Duration.ofSeconds(30));
        assertThat(asked.denies()).isFalse();
    }

    /** What a server is told that has nothing else to be told. */
    private static ApiServerConfig server(ClusterConfig config) throws Exception {
        var keys = new ServiceAccountKeys(KeyPairGenerator.getInstance("EC").generateKeyPair(), List.of());
        var unasked = new Supplier<TlsMaterial>() {
            @Override
            public TlsMaterial get() {
                throw new AssertionError("no certificate is needed here");
            }
        };
        var server =
                ApiServerConfig.builder(new InetSocketAddress(0), unasked, List.of(), unasked, List.of(), () -> keys);
        config.server().accept(server);
        return server.build();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        ports: 1             | unknown settings [ports]
        port: many           | --port many: must be a number
        - a                  | must be a map of settings
        a: [                 | is not YAML
        runtime: docker      | must be auto, containerd or simulated
        podCidr: 10.0.0.0/25 | must be a /24 or larger
        runtimeConfig: nope/v1=true | unknown api groups nope
        podCidr: 10.96.0.0/16| must not overlap
        etcdServers: a:2379  | http://host:port or https://host:port
        {etcdServers: "http://a:1", etcdKeyFile: /k} | --etcd-keyfile
        maxRequestsInflight: -1 | can not be negative value
        tokenAuthFile: /nowhere | --token-auth-file /nowhere: there is no such file
        anonymousAuth: perhaps  | must be true or false
        oidcClientId: me        | must be specified together
        {oidcIssuerUrl: "http://a", oidcClientId: me} | jwt[0].issuer.url: Invalid value: "http://a"
        serviceAccountMaxTokenExpiration: 1m | must be between 1 hour and 2^32 seconds
        authenticationTokenWebhookConfigFile: /nowhere | there is no file /nowhere
        serviceAccountIssuer: ["https://a", "https://a"] | is already specified
        serviceAccountIssuer: ["a: b"] | contained a ':' but was not a valid URL
        serviceAccountJwksUri: http://a | requires https scheme
        tlsCertFile: /nowhere | must be specified together
        requestheaderUidHeaders: X-Uid | is set without specifying the standard X-Remote-Uid header
        requestheaderAllowedNames: "a, ,b" | empty value in "requestheader-allowed-names"
        authorizationWebhookVersion: v2 | must be v1 or v1beta1
        requestTimeout: 5    | missing unit in duration
        requestTimeout: 0s   | must be longer than nothing
        admissionControlConfigFile: /nowhere | --admission-control-config-file /nowhere: there is no file /nowhere
        eventTtl: 10ms       | must be at least a second
        port: 70000          | must be between 0 and 65535
        """)
    void whatCannotBeIsNamed(String file, String complaint) {
        assertThatThrownBy(() -> resolveWith(file))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(complaint);
    }
}
