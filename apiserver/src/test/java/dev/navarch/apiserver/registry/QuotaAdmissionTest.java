package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class QuotaAdmissionTest {
    private static final String CORE = "/api/v1/namespaces/default/";

    private final TestApi api = new TestApi();

    @BeforeEach
    void account() {
        post("serviceaccounts", "{'metadata':{'name':'default'}}").expect(201);
    }

    @AfterEach
    void close() {
        api.close();
    }

    private TestApi.Answer post(String resource, String body) {
        return api.post(CORE + resource, body.replace('\'', '"'));
    }

    /** A quota of which the controller has counted that nothing is used. */
    private void quota(String name, String hard, String scopes) {
        post("resourcequotas", "{'metadata':{'name':'" + name + "'},'spec':{'hard':{" + hard + "}" + scopes + "}}")
                .expect(201);
        var zeros = hard.replaceAll(":'[^']*'", ":'0'");
        api.mergePatch(
                        CORE + "resourcequotas/" + name + "/status",
                        ("{'status':{'hard':{" + hard + "},'used':{" + zeros + "}}}").replace('\'', '"'))
                .expect(200);
    }

    private String used(String quota, String name) {
        return api.get(CORE + "resourcequotas/" + quota).expect(200).text("status", "used", name);
    }

    private TestApi.Answer pod(String name, String resources, String more) {
        return post(
                "pods",
                "{'metadata':{'name':'" + name + "'},'spec':{'containers':[{'name':'c','image':'i','resources':"
                        + resources + "}]" + more + "}}");
    }

    @Test
    void countedObjects() {
        quota("q", "'pods':'2','count/configmaps':'1','configmaps':'5','count/deployments.apps':'0'", "");
        pod("a", "{}", "").expect(201);
        pod("b", "{}", "").expect(201);
        assertThat(pod("c", "{}", "").expect(403).message())
                .isEqualTo(
                        "pods \"c\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2");
        assertThat(used("q", "pods")).isEqualTo("2");
        post("configmaps", "{'metadata':{'name':'a'}}").expect(201);
        assertThat(used("q", "configmaps")).isEqualTo("1");
        assertThat(post("configmaps", "{'metadata':{'name':'b'}}").expect(403).message())
                .contains("exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=1, limited:"
                        + " count/configmaps=1");
        assertThat(used("q", "configmaps")).isEqualTo("1");
        post("secrets", "{'metadata':{'name':'b'}}").expect(201);
    }

    @Test
    void whatPodsCompute() {
        quota("q", "'requests.cpu':'1','limits.memory':'1Gi','requests.example.com/gpu':'1'", "");
        assertThat(pod("a", "{'requests':{'cpu':'100m'}}", "").expect(403).message())
                .isEqualTo("pods \"a\" is forbidden: failed quota: q: must specify limits.memory for: c");
        assertThat(pod("a", "{}", "").expect(403).message())
                .endsWith("failed quota: q: must specify limits.memory for: c; requests.cpu for: c");
        pod("a", "{'requests':{'cpu':'700m'},'limits':{'memory':'512Mi','example.com/gpu':'1'}}", "")
                .expect(201);
        assertThat(used("q", "requests.cpu")).isEqualTo("700m");
        assertThat(used("q", "limits.memory")).isEqualTo("512Mi");
        assertThat(used("q", "requests.example.com/gpu")).isEqualTo("1");
        assertThat(pod("b", "{'requests':{'cpu':'700m'},'limits':{'memory':'1Gi'}}", "")
                        .expect(403)
                        .message())
                .endsWith("exceeded quota: q, requested: limits.memory=1Gi,requests.cpu=700m, used:"
                        + " limits.memory=512Mi,requests.cpu=700m, limited: limits.memory=1Gi,requests.cpu=1");
    }

    @Test
    void scopesSelectPods() {
        quota("best", "'pods':'0'", ",'scopes':['BestEffort']");
        quota(
                "urgent",
                "'pods':'0'",
                ",'scopeSelector':{'matchExpressions':[{'scopeName':'PriorityClass','operator':'In','values':"
                        + "['system-node-critical']}]}");
        assertThat(pod("a", "{}", "").expect(403).message()).contains("exceeded quota: best");
        assertThat(pod("a", "{'requests':{'cpu':'1'}}", ",'priorityClassName':'system-node-critical'")
                        .expect(403)
                        .message())
                .contains("exceeded quota: urgent");
        pod("a", "{'requests':{'cpu':'1'}}", "").expect(201);
    }

    @Test
    void servicesAndClaims() {
        quota("q", "'services.nodeports':'1','gold.storageclass.storage.k8s.io/requests.storage':'1Gi'", "");
        post("services", "{'metadata':{'name':'s'},'spec':{'ports':[{'port':80}]}}")
                .expect(201);
        api.mergePatch(CORE + "services/s", "{\"spec\":{\"type\":\"NodePort\"}}")
                .expect(200);
        assertThat(used("q", "services.nodeports")).isEqualTo("1");
        assertThat(post("services", "{'metadata':{'name':'t'},'spec':{'type':'NodePort','ports':[{'port':80}]}}")
                        .expect(403)
                        .message())
                .contains("requested: services.nodeports=1, used: services.nodeports=1, limited: services.nodeports=1");
        claim("silver", "2Gi").expect(201);
        assertThat(claim("gold", "2Gi").expect(403).message()).contains("exceeded quota: q");
    }

    private TestApi.Answer claim(String storageClass, String size) {
        return post(
                "persistentvolumeclaims",
                "{'metadata':{'name':'" + storageClass + "'},'spec':{'accessModes':['ReadWriteOnce'],"
                        + "'storageClassName':'" + storageClass + "','resources':{'requests':{'storage':'" + size
                        + "'}}}}");
    }

    @Test
    void nothingIsKnownBeforeTheFirstCount() {
        post("resourcequotas", "{'metadata':{'name':'q'},'spec':{'hard':{'pods':'1'}}}")
                .expect(201);
        api.mergePatch(CORE + "resourcequotas/q/status", "{\"status\":{\"hard\":{\"pods\":\"1\"}}}")
                .expect(200);
        assertThat(pod("a", "{}", "").expect(403).message())
                .isEqualTo("pods \"a\" is forbidden: status unknown for quota: q, resources: pods");
    }

    @Test
    void aDryRunIsNotCharged() {
        quota("q", "'configmaps':'1'", "");
        post("configmaps?dryRun=All", "{'metadata':{'name':'a'}}").expect(201);
        assertThat(used("q", "configmaps")).isEqualTo("0");
    }

    /** Through two servers over one store. */
    @Test
    void writersWhoRaceDoNotExceedItTogether() throws Exception {
        quota("q", "'configmaps':'5'", "");
        try (var other = api.another("10.96.0.0/16");
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var writes = IntStream.range(0, 30)
                    .mapToObj(i -> (Callable<Integer>) () -> {
                        var body = "{\"metadata\":{\"name\":\"c" + i + "\"}}";
                        try {
                            var server = i % 2 == 0 ? api.registry : other;
                            return server.handle(TestApi.request(
                                            "POST",
                                            CORE + "configmaps",
                                            body.getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                                    .status();
                        } catch (dev.navarch.apiserver.ApiFailure e) {
                            return e.code();
                        }
                    })
                    .toList();
            int created = 0;
            for (var write : threads.invokeAll(writes)) {
                created += write.get() == 201 ? 1 : 0;
            }
            assertThat(created).isEqualTo(5);
        }
        assertThat(used("q", "configmaps")).isEqualTo("5");
    }
}
