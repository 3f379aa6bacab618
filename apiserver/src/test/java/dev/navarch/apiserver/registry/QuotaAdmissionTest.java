package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.values.Quantity;
import dev.navarch.apiserver.admission.AdmissionSettings;
import dev.navarch.apiserver.admission.QuotaSettings;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
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

    /** A pod that is given an end belongs to other quotas from then on, and must fit into them. */
    @Test
    void aPodThatChangesItsScopeIsChargedThere() {
        quota("short", "'pods':'1'", ",'scopes':['Terminating']");
        pod("a", "{}", "").expect(201);
        pod("b", "{}", "").expect(201);
        assertThat(used("short", "pods")).isEqualTo("0");
        var end = "{\"spec\":{\"activeDeadlineSeconds\":60}}";
        api.mergePatch(CORE + "pods/a", end).expect(200);
        assertThat(used("short", "pods")).isEqualTo("1");
        assertThat(api.mergePatch(CORE + "pods/b", end).expect(403).message())
                .endsWith("exceeded quota: short, requested: pods=1, used: pods=1, limited: pods=1");
        api.mergePatch(CORE + "pods/a", end.replace("60", "30")).expect(200);
        assertThat(used("short", "pods")).isEqualTo("1");
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
                        } catch (dev.navarch.apiserver.request.ApiFailure e) {
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

    /** Of random size, against two quotas, through two servers; what was refused may stay charged until the next count. */
    @RepeatedTest(3)
    void noOrderOfPodsUsesMoreThanThereIs(RepetitionInfo repetition) throws Exception {
        long seed = repetition.getCurrentRepetition();
        quota("cpu", "'requests.cpu':'2'", "");
        quota("count", "'pods':'9','requests.memory':'1Gi'", "");
        var random = new Random(seed);
        long cpu = 0;
        int created = 0;
        try (var other = api.another("10.96.0.0/16");
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Integer>> writes = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                int millis = 1 + random.nextInt(500);
                var body = "{\"metadata\":{\"name\":\"p" + i
                        + "\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\","
                        + "\"resources\":{\"requests\":{\"cpu\":\"" + millis + "m\",\"memory\":\"64Mi\"}}}]}}";
                var server = i % 2 == 0 ? api.registry : other;
                writes.add(() -> api.send(server, "POST", CORE + "pods", body.getBytes(StandardCharsets.UTF_8))
                                        .code()
                                == 201
                        ? millis
                        : 0);
            }
            for (var write : threads.invokeAll(writes)) {
                cpu += write.get();
                created += write.get() > 0 ? 1 : 0;
            }
        }
        assertThat(cpu).as("seed " + seed).isPositive().isLessThanOrEqualTo(2_000);
        assertThat(created).as("seed " + seed).isLessThanOrEqualTo(9);
        assertThat(Quantity.parse(used("cpu", "requests.cpu")))
                .as("seed " + seed)
                .isBetween(Quantity.parse(cpu + "m"), Quantity.parse("2"));
        assertThat(Integer.parseInt(used("count", "pods"))).as("seed " + seed).isBetween(created, 9);
    }

    @Test
    void devicesOfAClass() {
        quota("q", "'gpu.deviceclass.resource.k8s.io/devices':'5','count/resourceclaims.resource.k8s.io':'3'", "");
        var claims = "/apis/resource.k8s.io/v1/namespaces/default/resourceclaims";
        var claim = "{'metadata':{'name':'%s'},'spec':{'devices':{'requests':[%s]}}}";
        var exactly = "{'name':'r','exactly':{'deviceClassName':'gpu','count':%d}}";
        api.post(claims, claim.formatted("a", exactly.formatted(2)).replace('\'', '"'))
                .expect(201);
        assertThat(used("q", "gpu.deviceclass.resource.k8s.io/devices")).isEqualTo("2");
        var either = "{'name':'r','firstAvailable':[{'name':'x','deviceClassName':'gpu','count':3},"
                + "{'name':'y','deviceClassName':'gpu','count':1},{'name':'z','deviceClassName':'fpga'}]}";
        api.post(claims, claim.formatted("b", either).replace('\'', '"')).expect(201);
        assertThat(used("q", "gpu.deviceclass.resource.k8s.io/devices")).isEqualTo("5");
        assertThat(api.post(claims, claim.formatted("c", exactly.formatted(1)).replace('\'', '"'))
                        .expect(403)
                        .message())
                .endsWith("exceeded quota: q, requested: gpu.deviceclass.resource.k8s.io/devices=1, used:"
                        + " gpu.deviceclass.resource.k8s.io/devices=5, limited:"
                        + " gpu.deviceclass.resource.k8s.io/devices=5");
        var all = "{'name':'r','exactly':{'deviceClassName':'gpu','allocationMode':'All'}}";
        assertThat(api.post(claims, claim.formatted("c", all).replace('\'', '"'))
                        .expect(403)
                        .message())
                .contains("requested: gpu.deviceclass.resource.k8s.io/devices=32");
    }

    @Test
    void whatIsLimitedNeedsAQuota() {
        var settings = AdmissionSettings.STANDARD.withQuota(QuotaSettings.of(Map.of(
                "limitedResources",
                List.of(
                        Map.of("resource", "persistentvolumeclaims", "matchContains", List.of("requests.storage")),
                        Map.of(
                                "resource",
                                "pods",
                                "matchScopes",
                                List.of(
                                        Map.of(
                                                "scopeName",
                                                "PriorityClass",
                                                "operator",
                                                "In",
                                                "values",
                                                List.of("system-node-critical")),
                                        Map.of("scopeName", "CrossNamespacePodAffinity", "operator", "Exists")))))));
        try (var limiting = new TestApi(settings)) {
            limiting.post(CORE + "serviceaccounts", "{\"metadata\":{\"name\":\"default\"}}")
                    .expect(201);
            var claim =
                    "{\"metadata\":{\"name\":\"v\"},\"spec\":{\"accessModes\":[\"ReadWriteOnce\"],\"storageClassName\":"
                            + "\"gold\",\"resources\":{\"requests\":{\"storage\":\"1Gi\"}}}}";
            assertThat(limiting.post(CORE + "persistentvolumeclaims", claim)
                            .expect(403)
                            .message())
                    .endsWith("insufficient quota to consume:"
                            + " gold.storageclass.storage.k8s.io/requests.storage,requests.storage");
            var pod = "{\"metadata\":{\"name\":\"p\"},\"spec\":{%s\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}";
            limiting.post(CORE + "pods", pod.formatted("")).expect(201);
            var critical = pod.formatted("\"priorityClassName\":\"system-node-critical\",")
                    .replace("\"p\"", "\"q\"");
            assertThat(limiting.post(CORE + "pods", critical).expect(403).message())
                    .endsWith("insufficient quota to match these scopes: [{PriorityClass In [system-node-critical]}]");
            var elsewhere = pod.formatted(
                            "\"affinity\":{\"podAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":["
                                    + "{\"topologyKey\":\"z\",\"labelSelector\":{},\"namespaces\":[\"other\"]}]}},")
                    .replace("\"p\"", "\"r\"");
            assertThat(limiting.post(CORE + "pods", elsewhere).expect(403).message())
                    .endsWith("insufficient quota to match these scopes: [{CrossNamespacePodAffinity Exists []}]");
            limiting.post(CORE + "resourcequotas", """
                    {"metadata": {"name": "q"}, "spec": {"hard": {"pods": "1"}, "scopeSelector": {"matchExpressions": [
                     {"scopeName": "PriorityClass", "operator": "In", "values": ["system-node-critical"]}]}}}""").expect(201);
            limiting.mergePatch(
                            CORE + "resourcequotas/q/status",
                            "{\"status\":{\"hard\":{\"pods\":\"1\"},\"used\":{\"pods\":\"0\"}}}")
                    .expect(200);
            limiting.post(CORE + "pods", critical).expect(201);
        }
    }

    @Test
    void storageBeyondMemoryAndVolumesOfAttributes() {
        quota(
                "q",
                "'requests.ephemeral-storage':'1Gi','limits.ephemeral-storage':'2Gi','requests.hugepages-2Mi':'4Mi'",
                "");
        assertThat(pod("a", "{'requests':{'ephemeral-storage':'2Gi'}}", "")
                        .expect(403)
                        .message())
                .contains("requested: requests.ephemeral-storage=2Gi");
        assertThat(pod("a", "{'requests':{'cpu':'1','hugepages-2Mi':'8Mi'},'limits':{'hugepages-2Mi':'8Mi'}}", "")
                        .expect(403)
                        .message())
                .contains("requested: requests.hugepages-2Mi=8Mi");
        pod("a", "{'limits':{'ephemeral-storage':'1Gi'}}", "").expect(201);
        assertThat(used("q", "limits.ephemeral-storage")).isEqualTo("1Gi");
        assertThat(used("q", "requests.ephemeral-storage")).isEqualTo("1Gi");
        quota(
                "fast",
                "'persistentvolumeclaims':'0'",
                ",'scopeSelector':{'matchExpressions':[{'scopeName':'VolumeAttributesClass','operator':'In','values':"
                        + "['fast']}]}");
        claim("gold", "1Gi").expect(201);
        assertThat(post(
                                "persistentvolumeclaims",
                                "{'metadata':{'name':'f'},'spec':{'accessModes':['ReadWriteOnce'],"
                                        + "'volumeAttributesClassName':'fast','storageClassName':'gold',"
                                        + "'resources':{'requests':{'storage':'1Gi'}}}}")
                        .expect(403)
                        .message())
                .contains("exceeded quota: fast");
    }
}
