package dev.navarch.apiserver.attacks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Past a policy for pods, by a part of a pod that it has overlooked. */
@Timeout(180)
class PolicyAttacksTest {
    private static final String PODS = "/api/v1/namespaces/safe/pods";
    private static final String CONTAINERS = "'containers':[{'name':'c','image':'i'}]";
    private static Attacked attacked;

    @BeforeAll
    static void start() throws Exception {
        attacked = new Attacked();
        attacked.have(
                "/api/v1/namespaces",
                "{'metadata':{'name':'safe','labels':{'pod-security.kubernetes.io/enforce':'baseline'}}}");
        attacked.have("/api/v1/namespaces/safe/serviceaccounts", "{'metadata':{'name':'default'}}");
        attacked.have(
                "/api/v1/namespaces/safe/serviceaccounts",
                "{'metadata':{'name':'frugal','annotations':{'kubernetes.io/enforce-mountable-secrets':'true'}},"
                        + "'secrets':[{'name':'granted'}]}");
        attacked.have(PODS, "{'metadata':{'name':'there'},'spec':{" + CONTAINERS + "}}");
        attacked.have(PODS, "{'metadata':{'name':'frugal'},'spec':{'serviceAccountName':'frugal'," + CONTAINERS + "}}");
    }

    @AfterAll
    static void stop() {
        attacked.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        'initContainers':[{'name':'x','image':'i','securityContext':{'privileged':true}}]
        'initContainers':[{'name':'x','image':'i','restartPolicy':'Always','securityContext':{'privileged':true}}]
        'initContainers':[{'name':'x','image':'i','restartPolicy':'Always','livenessProbe':{'httpGet':{'host':'169.254.169.254','port':80}}}]
        'initContainers':[{'name':'x','image':'i','restartPolicy':'Always','lifecycle':{'preStop':{'httpGet':{'host':'10.0.0.1','port':80}}}}]
        'initContainers':[{'name':'x','image':'i','ports':[{'containerPort':80,'hostPort':80}]}]
        'initContainers':[{'name':'x','image':'i','securityContext':{'capabilities':{'add':['NET_ADMIN']}}}]
        'initContainers':[{'name':'x','image':'i','securityContext':{'seccompProfile':{'type':'Unconfined'}}}]
        'initContainers':[{'name':'x','image':'i','securityContext':{'windowsOptions':{'hostProcess':true}}}],'os':{'name':'linux'}
        'volumes':[{'name':'v','hostPath':{'path':'/'}}]
        'securityContext':{'sysctls':[{'name':'kernel.msgmax','value':'1'}]}
        'hostPID':true
        """)
    void policiesSeeAllOfAPod(String part) throws Exception {
        var answer = attacked.post(
                attacked.admin, PODS, "{'metadata':{'name':'p'},'spec':{" + CONTAINERS + "," + part + "}}");
        assertThat(answer.statusCode()).as(answer.body()).isIn(403, 422);
        if (!part.contains("windowsOptions")) {
            assertThat(answer.body()).contains("violates PodSecurity");
        }
    }

    /** Into a pod that runs already. */
    @Test
    void aDebuggerIsPrivileged() throws Exception {
        var answer = attacked.send(
                attacked.admin,
                "PATCH",
                PODS + "/there/ephemeralcontainers",
                "application/strategic-merge-patch+json",
                "{\"spec\":{\"ephemeralContainers\":[{\"name\":\"d\",\"image\":\"i\",\"securityContext\":{\"privileged\":true}}]}}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(403);
        assertThat(answer.body()).contains("violates PodSecurity");
    }

    /** CVE-2023-2727, CVE-2023-2728 and CVE-2024-3177. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        'containers':[{'name':'c','image':'i','envFrom':[{'secretRef':{'name':'others'}}]}]
        'containers':[{'name':'c','image':'i','env':[{'name':'e','valueFrom':{'secretKeyRef':{'name':'others','key':'k'}}}]}]
        'containers':[{'name':'c','image':'i'}],'initContainers':[{'name':'d','image':'i','envFrom':[{'secretRef':{'name':'others'}}]}]
        'containers':[{'name':'c','image':'i'}],'volumes':[{'name':'v','secret':{'secretName':'others'}}]
        'containers':[{'name':'c','image':'i'}],'volumes':[{'name':'v','projected':{'sources':[{'secret':{'name':'others'}}]}}]
        'containers':[{'name':'c','image':'i'}],'imagePullSecrets':[{'name':'others'}]
        """)
    void aPodNamesSecretsThatItsAccountDoesNotGrant(String spec) throws Exception {
        var pod = "{'metadata':{'name':'s'},'spec':{'serviceAccountName':'frugal'," + spec + "}}";
        var answer = attacked.post(attacked.admin, PODS, pod);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(403);
        assertThat(answer.body()).contains("is not allowed because service account frugal does not reference that");
        var dry = attacked.post(attacked.admin, PODS + "?dryRun=All", pod.replace("others", "granted"));
        assertThat(dry.statusCode()).as(dry.body()).isEqualTo(spec.contains("imagePull") ? 403 : 201);
    }

    @Test
    void aDebuggerNamesSecretsThatTheAccountDoesNotGrant() throws Exception {
        for (var part : new String[] {
            "\"envFrom\":[{\"secretRef\":{\"name\":\"others\"}}]",
            "\"env\":[{\"name\":\"e\",\"valueFrom\":{\"secretKeyRef\":{\"name\":\"others\",\"key\":\"k\"}}}]",
        }) {
            var answer = attacked.send(
                    attacked.admin,
                    "PATCH",
                    PODS + "/frugal/ephemeralcontainers",
                    "application/strategic-merge-patch+json",
                    "{\"spec\":{\"ephemeralContainers\":[{\"name\":\"d\",\"image\":\"i\"," + part + "}]}}");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(403);
            assertThat(answer.body()).contains("ephemeral container d with env");
        }
    }

    /** CVE-2021-25735: what a pod was does not excuse what it becomes. */
    @Test
    void theOldObjectIsTheStoredOne() throws Exception {
        var answer = attacked.send(
                attacked.admin,
                "PUT",
                "/api/v1/namespaces/safe",
                "application/json",
                "{\"metadata\":{\"name\":\"safe\",\"labels\":{\"pod-security.kubernetes.io/enforce\":\"none\"}}}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
    }
}
