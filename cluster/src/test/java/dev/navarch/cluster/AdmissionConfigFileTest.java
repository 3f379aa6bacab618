package dev.navarch.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.apiserver.admission.AdmissionSettings;
import dev.navarch.apiserver.admission.NodeSelectorSettings;
import dev.navarch.apiserver.admission.PodSecuritySettings;
import dev.navarch.apiserver.admission.PodTolerationSettings;
import dev.navarch.apiserver.webhook.HookUser;
import dev.navarch.apiserver.webhook.HookUsers;
import dev.navarch.time.ManualTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdmissionConfigFileTest {
    private static final String HEAD =
            "{apiVersion: apiserver.config.k8s.io/v1, kind: AdmissionConfiguration, plugins: ";
    private static final String HOOKS =
            "{apiVersion: apiserver.config.k8s.io/v1, kind: WebhookAdmissionConfiguration, kubeConfigFile: ";

    private static final String RATES = "{apiVersion: eventratelimit.admission.k8s.io/v1alpha1, kind: Configuration";

    private static final String SECURITY =
            "{apiVersion: pod-security.admission.config.k8s.io/v1, kind: PodSecurityConfiguration";

    @TempDir
    Path dir;

    private AdmissionSettings settings(String text) throws Exception {
        var file = Files.writeString(dir.resolve("admission.yaml"), text);
        return AdmissionConfigFile.read(file, new ManualTime(Instant.EPOCH));
    }

    private HookUsers.OfAdmission read(String text) throws Exception {
        return settings(text).webhookUsers();
    }

    private HookUsers.OfAdmission withUser(String user) throws Exception {
        var kubeconfig = Files.writeString(
                dir.resolve("hooks.yaml"),
                "{current-context: c, contexts: [{name: c, context: {user: me}}], users: [{name: me, user: " + user
                        + "}]}");
        return read(HEAD + "[{name: ValidatingAdmissionWebhook, configuration: " + HOOKS + kubeconfig + "}}]}");
    }

    @Test
    void eachPluginHasItsOwnUsersInTheFileOrInAnother() throws Exception {
        Files.writeString(dir.resolve("token"), "t\n");
        Files.writeString(
                dir.resolve("one.yaml"), "users: [{name: a.b.svc, user: {tokenFile: token}}, {name: '*', user: {}}]");
        Files.writeString(dir.resolve("two.yaml"), "users: []");
        Files.writeString(dir.resolve("mutating.yaml"), HOOKS + dir.resolve("two.yaml") + "}");
        var users = read(HEAD + "[{name: MutatingAdmissionWebhook, path: mutating.yaml},"
                + "{name: ValidatingAdmissionWebhook, configuration: " + HOOKS + dir.resolve("one.yaml") + "}}]}");
        assertThat(users.validating().byName()).containsOnlyKeys("a.b.svc", "*");
        assertThat(users.mutating().byName()).isEmpty();
        assertThat(users.mutating().otherwise()).isSameAs(HookUser.ANONYMOUS);
        assertThat(read(HEAD + "[]}")).isEqualTo(HookUsers.OfAdmission.ANONYMOUS);
    }

    @Test
    void podSecurityHasDefaultsAndExemptions() throws Exception {
        Files.writeString(dir.resolve("pods.yaml"), SECURITY + ", defaults: {enforce: baseline}}");
        assertThat(settings(HEAD + "[{name: PodSecurity, path: pods.yaml}]}").podSecurity())
                .isNotSameAs(PodSecuritySettings.STANDARD);
        assertThat(settings(HEAD + "[]}").podSecurity()).isSameAs(PodSecuritySettings.STANDARD);
    }

    @Test
    void podsArePlacedByTheirNamespaces() throws Exception {
        var read = settings(HEAD + "[{name: PodNodeSelector, configuration: {podNodeSelectorPluginConfig:"
                + " {clusterDefaultNodeSelector: a=b, x: c=d}}}, {name: PodTolerationRestriction, configuration:"
                + " {apiVersion: podtolerationrestriction.admission.k8s.io/v1alpha1, kind: Configuration,"
                + " default: [{key: a, operator: Exists, tolerationSeconds: 5}]}}]}");
        assertThat(read.nodeSelectors())
                .isEqualTo(new NodeSelectorSettings(Map.of("a", "b"), Map.of("x", Map.of("c", "d"))));
        assertThat(read.podTolerations()).isNotSameAs(PodTolerationSettings.STANDARD);
        assertThat(settings(HEAD + "[]}").podTolerations()).isSameAs(PodTolerationSettings.STANDARD);
    }

    @Test
    void quotasMayBeAskedFor() throws Exception {
        var limited = ", limitedResources: [{resource: pods, matchScopes: [{scopeName: PriorityClass, operator: In,"
                + " values: [critical]}]}]}}]}";
        assertThat(settings(HEAD + "[{name: ResourceQuota, configuration: {apiVersion: apiserver.config.k8s.io/v1,"
                                + " kind: ResourceQuotaConfiguration" + limited)
                        .quota()
                        .limited())
                .hasSize(1);
        assertThat(settings(HEAD + "[{name: ResourceQuota, configuration: {apiVersion:"
                                + " resourcequota.admission.k8s.io/v1, kind: Configuration" + limited)
                        .quota()
                        .limited())
                .hasSize(1);
    }

    @Test
    void eventsHaveTheLimitsThatTheFileGives() throws Exception {
        assertThat(settings(HEAD + "[{name: EventRateLimit, configuration: " + RATES
                                + ", limits: [{type: Namespace, qps: 50, burst: 100, cacheSize: 2000}, "
                                + "{type: Server, qps: 1, burst: 2}]}}]}")
                        .eventRates()
                        .limits())
                .extracting(Object::toString)
                .containsExactly(
                        "Limit[type=Namespace, qps=50, burst=100, cacheSize=2000]",
                        "Limit[type=Server, qps=1, burst=2, cacheSize=4096]");
    }

    @Test
    void theCurrentContextsUserIsForTheOthers() throws Exception {
        var users = withUser("{username: u, password: p}").validating();
        assertThat(users.otherwise()).isSameAs(users.byName().get("me"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {exec: {command: x}} | user "me" needs a plugin: not supported
        {tokenFile: missing} | there is no file
        {token: t, username: u} | username/password or bearer token may be set, but not both
        {client-certificate-data: AAAA} | client certificate and key go together
        {client-certificate-data: AAAA, client-key-data: AAAA} | no private key in the PEM text
        {client-certificate: missing, client-key: missing} | there is no file
        {as: admin} | impersonation is not supported
        """)
    void aUserWhoCannotBeIsRefused(String user, String complaint) {
        assertThatThrownBy(() -> withUser(user))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("--admission-control-config-file ")
                .hasMessageContaining(complaint);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {kind: Pod, apiVersion: v1} | no kind "Pod" is registered for version "v1"
        a: [ | is not YAML
        [] | must be a map
        HEAD[{name: ValidatingAdmissionWebhook, path: nowhere.yaml}]} | there is no file
        HEAD[{name: ValidatingAdmissionWebhook, configuration: {kind: WebhookAdmission}}]} | no kind "WebhookAdmission"
        HEAD[{name: ValidatingAdmissionWebhook, configuration: HOOKSrelative}}]} | must be an absolute file path
        HEAD[{name: ValidatingAdmissionWebhook, configuration: HOOKS/nowhere/at/all}}]} | there is no file
        HEAD[{name: ImagePolicyWebhook, configuration: {}}]} | a configuration of plugin "ImagePolicyWebhook" is not sup
        HEAD[{name: EventRateLimit, configuration: {}}]} | no kind "" is registered for version ""
        HEAD[{name: EventRateLimit, configuration: RATES}}]} | limits: Invalid value: []: must not be empty
        HEAD[{name: EventRateLimit, configuration: RATES, limits: [{type: X, qps: 1, burst: 1}]}}]} | limits[0].type: Unsup
        HEAD[{name: EventRateLimit, configuration: RATES, limits: [{type: User, qps: 1}]}}]} | limits[0].burst: Invalid va
        HEAD[{name: EventRateLimit, configuration: RATES, limits: [{x: 1}]}}]} | unknown field "limits[0].x"
        HEAD[{name: PodSecurity, configuration: {}}]} | no kind "" is registered for version ""
        HEAD[{name: PodSecurity, configuration: SECURITY, defaults: {warn: x}}}]} | defaults.warn: Invalid value: "x"
        """)
    void aFileThatCannotBeIsRefused(String text, String complaint) {
        assertThatThrownBy(() -> read(text.replace("HEAD", HEAD)
                        .replace("HOOKS", HOOKS)
                        .replace("SECURITY", SECURITY)
                        .replace("RATES", RATES)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(complaint);
    }
}
