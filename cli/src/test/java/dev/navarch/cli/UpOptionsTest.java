package dev.navarch.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.apiserver.AnonymousAccess;
import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.AuthenticationSettings;
import dev.navarch.apiserver.RequestLimits;
import dev.navarch.apiserver.ServiceAccountKeys;
import dev.navarch.apiserver.TlsMaterial;
import dev.navarch.apiserver.authn.oidc.JwtSettings.ClaimRule;
import dev.navarch.apiserver.authn.oidc.JwtSettings.Mapped;
import dev.navarch.cluster.ClusterConfig;
import dev.navarch.cluster.ConfigException;
import dev.navarch.cluster.StoreConfig;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.time.Duration;
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
