package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.apiserver.admission.AdmissionSettings;
import dev.navarch.apiserver.admission.PodSecuritySettings;
import dev.navarch.apiserver.webhook.HookUsers;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PodSecurityTest {
    private static final String NAMESPACE = "/api/v1/namespaces/default";
    private static final String GOOD =
            "{'name':'c','image':'i','securityContext':{'allowPrivilegeEscalation':false,'runAsNonRoot':true,"
                    + "'capabilities':{'drop':['ALL']},'seccompProfile':{'type':'RuntimeDefault'}}}";

    private final TestApi api = new TestApi();

    @BeforeEach
    void account() {
        post("/serviceaccounts", "{'metadata':{'name':'default'}}").expect(201);
    }

    @AfterEach
    void close() {
        api.close();
    }

    private TestApi.Answer post(String resource, String body) {
        return api.post(NAMESPACE + resource, body.replace('\'', '"'));
    }

    private TestApi.Answer label(String labels) {
        var full = labels.replaceAll("([a-z-]+)=", "'pod-security.kubernetes.io/$1':");
        return api.mergePatch(NAMESPACE, ("{'metadata':{'labels':{" + full + "}}}").replace('\'', '"'));
    }

    private TestApi.Answer pod(String spec) {
        return post("/pods", "{'metadata':{'name':'p'},'spec':{" + spec + "}}");
    }

    private String violation(String spec) {
        return pod(spec).expect(403).message();
    }

    /** Under upstream's names; a policy of a version to come is called so, whatever its number. */
    @Test
    void whatItDoesIsCounted() {
        var registry = new PrometheusRegistry();
        api.registry.register(registry);
        pod("'containers':[{'name':'c','image':'i'}]").expect(201);
        label("enforce='baseline',warn='restricted',warn-version='v1.99'").expect(200);
        post("/pods", "{'metadata':{'name':'q'},'spec':{'hostPID':true,'containers':[{'name':'c','image':'i'}]}}")
                .expect(403);
        post("/pods", "{'metadata':{'name':'r'},'spec':{'containers':[{'name':'c','image':'i'}]}}")
                .expect(201);
        var counted = registry.scrape(name -> name.startsWith("pod_security_evaluations")).stream()
                .flatMap(metric -> metric.getDataPoints().stream())
                .map(CounterDataPointSnapshot.class::cast)
                .collect(Collectors.toMap(
                        point -> Stream.of("decision", "policy_level", "policy_version", "mode", "resource")
                                .map(point.getLabels()::get)
                                .collect(Collectors.joining(" ")),
                        CounterDataPointSnapshot::getValue));
        assertThat(counted)
                .isEqualTo(Map.of(
                        "allow privileged latest enforce pod", 1.0,
                        "deny baseline latest enforce pod", 1.0,
                        "allow baseline latest enforce pod", 1.0,
                        "deny restricted future warn pod", 1.0));
    }

    @Test
    void restrictedAsksForALot() {
        label("enforce='restricted'").expect(200);
        assertThat(violation("'containers':[{'name':'c','image':'i'}]"))
                .isEqualTo("pods \"p\" is forbidden: violates PodSecurity \"restricted:latest\":"
                        + " allowPrivilegeEscalation != false (container \"c\" must set"
                        + " securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container \"c\""
                        + " must set securityContext.capabilities.drop=[\"ALL\"]), runAsNonRoot != true (pod or"
                        + " container \"c\" must set securityContext.runAsNonRoot=true), seccompProfile (pod or"
                        + " container \"c\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or"
                        + " \"Localhost\")");
        assertThat(violation("'containers':[" + GOOD + "],'volumes':[{'name':'v','hostPath':{'path':'/'}}]"))
                .endsWith("restricted volume types (volume \"v\" uses restricted volume type \"hostPath\")");
        assertThat(violation("'initContainers':[{'name':'i','image':'i'}],'containers':[" + GOOD + "]"))
                .contains("container \"i\" must set");
        pod("'containers':[" + GOOD + "]").expect(201);
        assertThat(api.mergePatch(
                                NAMESPACE + "/pods/p/ephemeralcontainers",
                                "{\"spec\":{\"ephemeralContainers\":[{\"name\":\"e\",\"image\":\"i\"}]}}")
                        .expect(403)
                        .message())
                .contains("container \"e\" must set");
    }

    @Test
    void baselineForbidsWhatReachesTheHost() {
        label("enforce='baseline'").expect(200);
        assertThat(violation("'hostNetwork':true,'hostPID':true,'containers':[{'name':'c','image':'i',"
                        + "'securityContext':{'privileged':true,'capabilities':{'add':['NET_ADMIN']}}}],"
                        + "'volumes':[{'name':'v','hostPath':{'path':'/'}}]"))
                .endsWith(
                        "\"baseline:latest\": non-default capabilities (container \"c\" must not include \"NET_ADMIN\""
                                + " in securityContext.capabilities.add), host namespaces (hostNetwork=true, hostPID=true),"
                                + " hostPath volumes (volume \"v\"), privileged (container \"c\" must not set"
                                + " securityContext.privileged=true)");
        assertThat(violation("'containers':[{'name':'c','image':'i','ports':[{'containerPort':1,'hostPort':80}],"
                        + "'livenessProbe':{'httpGet':{'port':1,'host':'10.0.0.1'}}}]"))
                .endsWith("hostPort (container \"c\" uses hostPort 80), probe or lifecycle host (container \"c\" uses"
                        + " probe or lifecycle host \"10.0.0.1\")");
        assertThat(violation("'securityContext':{'sysctls':[{'name':'kernel.msgmax','value':'1'}],'seLinuxOptions':"
                        + "{'type':'a','user':'u'}},'containers':[{'name':'c','image':'i'}]"))
                .endsWith(
                        "seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type \"a\"; user may not be"
                                + " set), forbidden sysctls (kernel.msgmax)");
        pod("'containers':[{'name':'c','image':'i'}]").expect(201);
    }

    @Test
    void olderVersionsAskForLess() {
        label("enforce='baseline',enforce-version='v1.33'").expect(200);
        pod("'containers':[{'name':'c','image':'i','livenessProbe':{'httpGet':{'port':1,'host':'10.0.0.1'}}}]")
                .expect(201);
    }

    @Test
    void templatesOnlyWarn() {
        label("enforce='baseline',warn='restricted',warn-version='v1.30'").expect(200);
        var answer = api.post(
                "/apis/apps/v1/namespaces/default/deployments",
                ("{'metadata':{'name':'d'},'spec':{'selector':{'matchLabels':{'a':'b'}},'template':{'metadata':"
                                + "{'labels':{'a':'b'}},'spec':{'containers':[{'name':'c','image':'i'}]}}}}")
                        .replace('\'', '"'));
        assertThat(answer.expect(201).headers().first("Warning").orElse(""))
                .startsWith("299 - \"would violate PodSecurity \\\"restricted:v1.30\\\": allowPrivilegeEscalation");
        assertThat(pod("'containers':[{'name':'c','image':'i'}]")
                        .expect(201)
                        .headers()
                        .first("Warning"))
                .isPresent();
    }

    @Test
    void aStricterLabelWarnsOfPodsThatAreThere() {
        pod("'automountServiceAccountToken':false,'hostNetwork':true,'containers':[{'name':'c','image':'i'}]")
                .expect(201);
        assertThat(label("enforce='baseline'").expect(200).headers().all("Warning"))
                .containsExactly(
                        "299 - \"existing pods in namespace \\\"default\\\" violate the new PodSecurity enforce level"
                                + " \\\"baseline:latest\\\"\"",
                        "299 - \"p: host namespaces\"");
        assertThat(label("enforce='privileged'").expect(200).headers().all("Warning"))
                .isEmpty();
    }

    @Test
    void labelsMustMakeSense() {
        assertThat(label("enforce='strict'").expect(422).message())
                .isEqualTo("Namespace \"default\" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]:"
                        + " Invalid value: \"strict\": must be one of privileged, baseline, restricted");
        assertThat(label("warn-version='1.30'").expect(422).message()).endsWith("must be \"latest\" or \"v1.x\"");
    }

    private static final String CONFIGURED = """
            {"defaults": {"enforce": "baseline", "enforce-version": "v1.30", "warn": "restricted"},
             "exemptions": {"usernames": ["test"], "namespaces": ["default"], "runtimeClasses": ["vm"]}}""";

    private static TestApi configured(String settings) {
        var map = tools.jackson.databind.json.JsonMapper.shared().readValue(settings, java.util.Map.class);
        return new TestApi(new AdmissionSettings(HookUsers.OfAdmission.ANONYMOUS, PodSecuritySettings.of(map)));
    }

    private static void place(TestApi in, String namespace, String labels) {
        in.post(
                        "/api/v1/namespaces",
                        ("{'metadata':{'name':'" + namespace + "','labels':{" + labels + "}}}").replace('\'', '"'))
                .expect(201);
        in.post("/api/v1/namespaces/" + namespace + "/serviceaccounts", "{\"metadata\":{\"name\":\"default\"}}")
                .expect(201);
    }

    private static TestApi.Answer privileged(TestApi in, String namespace, String more) {
        var pod = "{'metadata':{'generateName':'p'},'spec':{" + more
                + "'containers':[{'name':'c','image':'i','securityContext':{'privileged':true}}]}}";
        return in.post("/api/v1/namespaces/" + namespace + "/pods", pod.replace('\'', '"'));
    }

    @Test
    void whereLabelsSayNothingTheConfigurationsDefaultsHold() {
        try (var set = configured(CONFIGURED.replace("\"test\"", ""))) {
            place(set, "plain", "");
            assertThat(privileged(set, "plain", "").expect(403).message())
                    .contains("violates PodSecurity \"baseline:v1.30\": privileged");
            place(set, "open", "'pod-security.kubernetes.io/enforce':'privileged'");
            var open = privileged(set, "open", "").expect(201);
            assertThat(String.join("", open.headers().all("Warning")))
                    .contains("would violate PodSecurity \\\"restricted:latest\\\"");
            place(set, "later", "'pod-security.kubernetes.io/enforce-version':'latest'");
            assertThat(privileged(set, "later", "").expect(403).message()).contains("\"baseline:latest\"");
        }
    }

    @Test
    void nothingIsAskedOfWhoIsExempt() {
        try (var set = configured(CONFIGURED.replace("\"test\"", ""))) {
            place(set, "plain", "");
            set.post("/api/v1/namespaces/default/serviceaccounts", "{\"metadata\":{\"name\":\"default\"}}")
                    .expect(201);
            assertThat(privileged(set, "default", "").expect(201).headers().all("Warning"))
                    .isEmpty();
            set.post("/apis/node.k8s.io/v1/runtimeclasses", "{\"metadata\":{\"name\":\"vm\"},\"handler\":\"vm\"}")
                    .expect(201);
            assertThat(privileged(set, "plain", "'runtimeClassName':'vm',")
                            .expect(201)
                            .headers()
                            .all("Warning"))
                    .isEmpty();
            var labelled = set.mergePatch(
                    "/api/v1/namespaces/default",
                    "{\"metadata\":{\"labels\":{\"pod-security.kubernetes.io/enforce\":\"restricted\"}}}");
            assertThat(labelled.expect(200).headers().all("Warning"))
                    .containsExactly("299 - \"namespace \\\"default\\\" is exempt from Pod Security, and the policy"
                            + " (enforce=restricted:v1.30) will be ignored\"");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {'defaults':{'enforce':'strict'}} | defaults.enforce: Invalid value: "strict": must be one of
        {'defaults':{'warn-version':'1.30'}} | defaults.warn-version: Invalid value: "1.30": must be "latest" or "v1.x"
        {'exemptions':{'usernames':['']}} | exemptions.usernames[0]: Required value
        {'exemptions':{'usernames':['a','a']}} | exemptions.usernames[1]: Duplicate value: "a"
        {'exemptions':{'namespaces':['A']}} | exemptions.namespaces[0]: Invalid value: "A"
        {'exemptions':{'runtimeClasses':['a_b']}} | exemptions.runtimeClasses[0]: Invalid value: "a_b"
        {'exemption':{}} | unknown field "exemption"
        {'defaults':{'enforced':'x'}} | unknown field "defaults.enforced"
        """)
    void aConfigurationThatIsWrongIsRefused(String settings, String complaint) {
        assertThatThrownBy(() -> configured(settings.replace('\'', '"')))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(complaint);
    }

    @Test
    void userNamespacesRelaxWhatRootMayButNotWhatRestrictedPodsSeeOfTheKernel() {
        var pod = "'hostUsers':false,'containers':["
                + GOOD.replace("'runAsNonRoot':true", "'runAsUser':0,'procMount':'Unmasked'") + "]";
        label("enforce='restricted'").expect(200);
        assertThat(violation(pod))
                .endsWith("violates PodSecurity \"restricted:latest\": procMount (container \"c\" must not set"
                        + " securityContext.procMount to \"Unmasked\")");
        label("enforce='baseline'").expect(200);
        pod(pod).expect(201);
        label("enforce='baseline','pod-security.kubernetes.io/enforce-version':'v1.34'")
                .expect(200);
        assertThat(post("/pods", "{'metadata':{'name':'old'},'spec':{" + pod + "}}")
                        .expect(403)
                        .message())
                .contains("procMount");
    }

    @Test
    void armoursAreNamedWithWhoSetsThem() {
        label("enforce='baseline'").expect(200);
        assertThat(violation("'securityContext':{'appArmorProfile':{'type':'Unconfined'}},"
                        + "'containers':[{'name':'c','image':'i'}]"))
                .endsWith("forbidden AppArmor profile (pod must not set AppArmor profile type to \"Unconfined\")");
    }

    @Test
    void whatAnUpdateDoesNotTouchIsNotJudgedAgain() {
        pod("'automountServiceAccountToken':false,'hostNetwork':true,'containers':[{'name':'c','image':'i'}]")
                .expect(201);
        label("enforce='baseline'").expect(200);
        api.mergePatch(NAMESPACE + "/pods/p", "{\"metadata\":{\"annotations\":{\"a\":\"b\"}}}")
                .expect(200);
        assertThat(api.mergePatch(
                                NAMESPACE + "/pods/p",
                                "{\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"other\"}]}}")
                        .expect(403)
                        .message())
                .contains("host namespaces (hostNetwork=true)");
    }
}
