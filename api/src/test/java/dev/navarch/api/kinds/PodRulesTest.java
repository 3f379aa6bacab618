package dev.navarch.api.kinds;

import static dev.navarch.api.kinds.Objects.create;
import static dev.navarch.api.kinds.Objects.json;
import static dev.navarch.api.kinds.Objects.pod;
import static dev.navarch.api.kinds.Objects.update;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

class PodRulesTest {
    private final KindRules rules = Objects.rules("v1", "Pod");

    private static String container(String extra) {
        return "{'containers':[{'name':'c','image':'web:1'" + extra + "}]}";
    }

    @Test
    void minimalPodGetsUpstreamsDefaults() {
        ObjectNode pod = pod("{'containers':[{'name':'c','image':'web'}]}");
        assertThat(create(rules, pod)).isEmpty();
        assertThat(pod.toString()).isEqualTo(json("""
                {'apiVersion':'v1','kind':'Pod',
                 'metadata':{'name':'p','namespace':'default','uid':'u','generation':1},
                 'spec':{'containers':[{'name':'c','image':'web','imagePullPolicy':'Always',
                     'terminationMessagePath':'/dev/termination-log','terminationMessagePolicy':'File','resources':{}}],
                   'dnsPolicy':'ClusterFirst','restartPolicy':'Always','securityContext':{},
                   'terminationGracePeriodSeconds':30,'schedulerName':'default-scheduler','enableServiceLinks':true},
                 'status':{'phase':'Pending','qosClass':'BestEffort'}}""".replace("\n", "")).toString());
    }

    @Test
    void defaultsAreIdempotent() {
        ObjectNode pod = pod("{'volumes':[{'name':'v'}],'hostNetwork':true,'containers':[{'name':'c','image':'a',"
                + "'ports':[{'containerPort':80}],'livenessProbe':{'httpGet':{'port':80}}}]}");
        rules.defaults(pod);
        ObjectNode again = pod.deepCopy();
        rules.defaults(again);
        assertThat(again).isEqualTo(pod);
    }

    @ParameterizedTest
    @CsvSource({
        "nginx, Always",
        "nginx:latest, Always",
        "nginx:1, IfNotPresent",
        "host:5000/nginx, Always",
        "host:5000/nginx:2, IfNotPresent",
        "nginx@sha256:00, IfNotPresent",
        "a/b/c:latest, Always",
    })
    void pullPolicyFollowsTheTag(String image, String policy) {
        assertThat(PodDefaults.pullPolicy(image)).isEqualTo(policy);
    }

    @Test
    void requestsDefaultToLimitsAndPortsToHostPorts() {
        ObjectNode pod =
                pod("{'hostNetwork':true,'containers':[{'name':'c','image':'a:1','ports':[{'containerPort':80}],"
                        + "'resources':{'limits':{'cpu':'1','memory':'1Gi'},'requests':{'cpu':'500m'}}}]}");
        assertThat(create(rules, pod)).isEmpty();
        assertThat(pod.at("/spec/containers/0/resources/requests")).isEqualTo(json("{'cpu':'500m','memory':'1Gi'}"));
        assertThat(pod.at("/spec/containers/0/ports/0"))
                .isEqualTo(json("{'containerPort':80,'protocol':'TCP','hostPort':80}"));
    }

    @Test
    void volumesProbesAndFieldReferencesGetDefaults() {
        ObjectNode pod =
                pod("{'serviceAccountName':'sa','volumes':[{'name':'a'},{'name':'b','secret':{'secretName':'s'}},"
                        + "{'name':'c','projected':{'sources':[{'serviceAccountToken':{'path':'t'}}]}},"
                        + "{'name':'d','hostPath':{'path':'/x'}}],'containers':[{'name':'c','image':'a:1',"
                        + "'env':[{'name':'X','valueFrom':{'fieldRef':{'fieldPath':'metadata.name'}}}],"
                        + "'readinessProbe':{'httpGet':{'port':80}}}]}");
        assertThat(create(rules, pod)).isEmpty();
        assertThat(pod.at("/spec/volumes/0")).isEqualTo(json("{'name':'a','emptyDir':{}}"));
        assertThat(pod.at("/spec/volumes/1/secret/defaultMode").asInt()).isEqualTo(420);
        assertThat(pod.at("/spec/volumes/2/projected/sources/0/serviceAccountToken/expirationSeconds")
                        .asInt())
                .isEqualTo(3600);
        assertThat(pod.at("/spec/volumes/3/hostPath/type").asString()).isEmpty();
        assertThat(pod.at("/spec/containers/0/env/0/valueFrom/fieldRef/apiVersion")
                        .asString())
                .isEqualTo("v1");
        assertThat(pod.at("/spec/containers/0/readinessProbe"))
                .isEqualTo(json("{'httpGet':{'port':80,'path':'/','scheme':'HTTP'},'timeoutSeconds':1,"
                        + "'periodSeconds':10,'successThreshold':1,'failureThreshold':3}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                "{}; spec.containers: Required value",
                "{'containers':[]}; spec.containers: Required value",
                "{'containers':[{'image':'a'}]}; spec.containers[0].name: Required value",
                "{'containers':[{'name':'c'}]}; spec.containers[0].image: Required value",
                "{'containers':[{'name':'c','image':' a'}]}; spec.containers[0].image: Invalid value: \" a\": must not have leading or trailing whitespace",
                "{'containers':[{'name':'c','image':'a'},{'name':'c','image':'a'}]}; spec.containers[1].name: Duplicate value: \"c\"",
                "{'initContainers':[{'name':'c','image':'a'}],'containers':[{'name':'c','image':'a'}]}; spec.initContainers[0].name: Duplicate value: \"c\"",
                "{'restartPolicy':'Sometimes','containers':[{'name':'c','image':'a'}]}; spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"OnFailure\", \"Never\"",
                "{'containers':[{'name':'c','image':'a','imagePullPolicy':'x'}]}; spec.containers[0].imagePullPolicy: Unsupported value: \"x\": supported values: \"Always\", \"IfNotPresent\", \"Never\"",
                "{'containers':[{'name':'c','image':'a','ports':[{'containerPort':70000}]}]}; spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
                "{'containers':[{'name':'c','image':'a','ports':[{'name':'x'}]}]}; spec.containers[0].ports[0].containerPort: Required value",
                "{'containers':[{'name':'c','image':'a','volumeMounts':[{'name':'v','mountPath':'/v'}]}]}; spec.containers[0].volumeMounts[0].name: Not found: \"v\"",
                "{'volumes':[{'name':'v'},{'name':'v'}],'containers':[{'name':'c','image':'a'}]}; spec.volumes[1].name: Duplicate value: \"v\"",
                "{'volumes':[{'name':'v','emptyDir':{},'hostPath':{'path':'/'}}],'containers':[{'name':'c','image':'a'}]}; spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type",
                "{'containers':[{'name':'c','image':'a','resources':{'requests':{'cpu':'2'},'limits':{'cpu':'1'}}}]}; spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1",
                "{'containers':[{'name':'c','image':'a','resources':{'limits':{'cpu':'-1'}}}]}; spec.containers[0].resources.limits[cpu]: Invalid value: \"-1\": must be greater than or equal to 0",
                "{'containers':[{'name':'c','image':'a','livenessProbe':{}}]}; spec.containers[0].livenessProbe: Required value: must specify a handler type",
                "{'containers':[{'name':'c','image':'a','livenessProbe':{'tcpSocket':{'port':80},'successThreshold':2}}]}; spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1",
                "{'initContainers':[{'name':'i','image':'a','readinessProbe':{'tcpSocket':{'port':80}}}],'containers':[{'name':'c','image':'a'}]}; spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always",
                "{'ephemeralContainers':[{'name':'e','image':'a'}],'containers':[{'name':'c','image':'a'}]}; spec.ephemeralContainers: Forbidden: cannot be set on create",
                "{'tolerations':[{'operator':'Equal'}],'containers':[{'name':'c','image':'a'}]}; spec.tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when `key` is empty, which means \"match all values and all keys\"",
                "{'activeDeadlineSeconds':0,'containers':[{'name':'c','image':'a'}]}; spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
                "{'containers':[{'name':'c','image':'a','env':[{'name':'X','valueFrom':{}}]}]}; spec.containers[0].env[0].valueFrom: Invalid value: \"\": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
                "{'topologySpreadConstraints':[{'maxSkew':0,'topologyKey':'zone'}],'containers':[{'name':'c','image':'a'}]}; spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
                "{'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':{}}},'containers':[{'name':'c','image':'a'}]}; spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term",
            })
    void badPodsAreNamedAsUpstream(String spec, String message) {
        assertThat(create(rules, pod(spec))).contains(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                "{}; BestEffort",
                "{'requests':{'cpu':'100m'}}; Burstable",
                "{'limits':{'cpu':'1'}}; Burstable",
                "{'limits':{'cpu':'1','memory':'1Gi'}}; Guaranteed",
                "{'limits':{'cpu':'1','memory':'1Gi'},'requests':{'cpu':'1000m','memory':'1024Mi'}}; Guaranteed",
                "{'limits':{'cpu':'1','memory':'1Gi'},'requests':{'cpu':'500m'}}; Burstable",
            })
    void qualityOfServiceFollowsResources(String resources, String expected) {
        ObjectNode pod = pod(container(",'resources':" + resources));
        assertThat(create(rules, pod)).isEmpty();
        assertThat(pod.at("/status/qosClass").asString()).isEqualTo(expected);
    }

    private ObjectNode created(String spec) {
        ObjectNode pod = pod(spec);
        assertThat(create(rules, pod)).isEmpty();
        return pod;
    }

    @Test
    void imageMayChangeAndCountsTheGenerationUp() {
        ObjectNode old = created(container(""));
        ObjectNode now = old.deepCopy();
        ((ObjectNode) now.at("/spec/containers/0")).put("image", "web:2");
        now.putObject("status").put("phase", "Running");
        assertThat(update(rules, now, old)).isEmpty();
        assertThat(now.at("/metadata/generation").asLong()).isEqualTo(2);
        assertThat(now.at("/status")).isEqualTo(old.at("/status"));
    }

    @Test
    void labelsMayChangeWithoutAnewGeneration() {
        ObjectNode old = created(container(""));
        ObjectNode now = old.deepCopy();
        ((ObjectNode) now.get("metadata")).putObject("labels").put("a", "b");
        assertThat(update(rules, now, old)).isEmpty();
        assertThat(now.at("/metadata/generation").asLong()).isEqualTo(1);
    }

    @Test
    void otherFieldsOfTheSpecMayNotChange() {
        ObjectNode old = created(container(""));
        ObjectNode now = old.deepCopy();
        ((ObjectNode) now.get("spec")).put("nodeName", "n1");
        assertThat(update(rules, now, old))
                .singleElement()
                .asString()
                .startsWith("spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
                        + "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions"
                        + " to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it"
                        + " was previously negative)");
    }

    @Test
    void containersMayNotComeOrGo() {
        ObjectNode old = created(container(""));
        ObjectNode now = pod("{'containers':[{'name':'c','image':'web:1'},{'name':'d','image':'web:1'}]}");
        assertThat(update(rules, now, old))
                .contains("spec.containers: Forbidden: pod updates may not add or remove containers");
    }

    @Test
    void tolerationsAreOnlyAdded() {
        ObjectNode old =
                created("{'tolerations':[{'key':'a','operator':'Exists'}],'containers':[{'name':'c','image':'a:1'}]}");
        ObjectNode more = old.deepCopy();
        ((ObjectNode) more.get("spec"))
                .withArray("/tolerations")
                .addObject()
                .put("key", "b")
                .put("operator", "Exists");
        assertThat(update(rules, more, old)).isEmpty();
        ObjectNode less = old.deepCopy();
        ((ObjectNode) less.get("spec")).remove("tolerations");
        assertThat(update(rules, less, old))
                .contains(
                        "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds");
    }

    @Test
    void deadlineMayOnlyShrink() {
        ObjectNode old = created("{'activeDeadlineSeconds':10,'containers':[{'name':'c','image':'a:1'}]}");
        ObjectNode now = old.deepCopy();
        ((ObjectNode) now.get("spec")).put("activeDeadlineSeconds", 5);
        assertThat(update(rules, now, old)).isEmpty();
        ((ObjectNode) now.get("spec")).put("activeDeadlineSeconds", 20);
        assertThat(update(rules, now, old))
                .contains(
                        "spec.activeDeadlineSeconds: Invalid value: 20: must be less than or equal to previous value");
    }

    @Test
    void statusUpdateKeepsTheSpecAndMirrorsAddresses() {
        ObjectNode old = created(container(""));
        ObjectNode now = old.deepCopy();
        ((ObjectNode) now.get("spec")).put("nodeName", "elsewhere");
        now.putObject("status").put("phase", "Running").put("podIP", "10.0.0.1");
        rules.prepareForStatusUpdate(now, old);
        assertThat(now.get("spec")).isEqualTo(old.get("spec"));
        assertThat(now.get("status"))
                .isEqualTo(json(
                        "{'phase':'Running','podIP':'10.0.0.1','podIPs':[{'ip':'10.0.0.1'}],'qosClass':'BestEffort'}"));
    }

    @Test
    void endedContainerOfNeverPodStaysEnded() {
        ObjectNode old = created("{'restartPolicy':'Never','containers':[{'name':'c','image':'a:1'}]}");
        old.set("status", json("{'containerStatuses':[{'name':'c','state':{'terminated':{'exitCode':1}}}]}"));
        ObjectNode now = old.deepCopy();
        now.set("status", json("{'containerStatuses':[{'name':'c','state':{'running':{}}}]}"));
        assertThat(rules.validateStatusUpdate(now, old))
                .singleElement()
                .extracting(e -> e.message())
                .isEqualTo(
                        "status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state");
    }

    @Test
    void graceComesFromRequestThenSpecAndIsZeroWithoutNode() {
        ObjectNode pod = created(container(""));
        assertThat(rules.gracePeriodSeconds(pod, OptionalLong.of(5))).hasValue(0);
        ((ObjectNode) pod.get("spec")).put("nodeName", "n1");
        assertThat(rules.gracePeriodSeconds(pod, OptionalLong.empty())).hasValue(30);
        assertThat(rules.gracePeriodSeconds(pod, OptionalLong.of(5))).hasValue(5);
        assertThat(rules.gracePeriodSeconds(pod, OptionalLong.of(-1))).hasValue(1);
        ((ObjectNode) pod.get("status")).put("phase", "Succeeded");
        assertThat(rules.gracePeriodSeconds(pod, OptionalLong.empty())).hasValue(0);
    }

    @Test
    void selectableFieldsAreUpstreams() {
        assertThat(rules.selectableFields().keySet())
                .containsExactlyInAnyOrderElementsOf(List.of(
                        "metadata.name",
                        "metadata.namespace",
                        "spec.nodeName",
                        "spec.restartPolicy",
                        "spec.schedulerName",
                        "spec.serviceAccountName",
                        "spec.hostNetwork",
                        "status.phase",
                        "status.podIP",
                        "status.podIPs",
                        "status.nominatedNodeName"));
        ObjectNode pod = created(container(""));
        assertThat(rules.selectableFields().get("spec.hostNetwork").apply(pod)).isEqualTo("false");
        assertThat(rules.selectableFields().get("status.phase").apply(pod)).isEqualTo("Pending");
        assertThat(rules.selectableFields().get("spec.nodeName").apply(pod)).isEmpty();
    }

    @Test
    void hostPortsMatchInPodsAndMayBeOpenInTemplates() {
        String spec =
                "{'hostNetwork':true,'containers':[{'name':'c','image':'a:1','ports':[{'containerPort':80,'hostPort':81}]}]}";
        assertThat(create(rules, pod(spec)))
                .containsExactly(
                        "spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when"
                                + " `hostNetwork` is true");
        ObjectNode deployment = Objects.deployment("");
        ((ObjectNode) deployment.at("/spec/template/spec")).put("hostNetwork", true);
        ((ObjectNode) deployment.at("/spec/template/spec/containers/0"))
                .putArray("ports")
                .addObject()
                .put("containerPort", 80);
        assertThat(create(Objects.rules("apps/v1", "Deployment"), deployment)).isEmpty();
    }

    @Test
    void gatedPodsMayNarrowWhereTheyGo() {
        ObjectNode old = created("{'schedulingGates':[{'name':'g'}],'containers':[{'name':'c','image':'a:1'}]}");
        ObjectNode now = old.deepCopy();
        ((ObjectNode) now.get("spec")).putObject("nodeSelector").put("disk", "ssd");
        ((ObjectNode) now.get("spec"))
                .set(
                        "affinity",
                        json("{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':"
                                + "{'nodeSelectorTerms':[{'matchExpressions':[{'key':'a','operator':'Exists'}]}]}}}"));
        ((ObjectNode) now.get("spec")).remove("schedulingGates");
        assertThat(update(rules, now, old)).isEmpty();
        ObjectNode more = old.deepCopy();
        ((ObjectNode) more.get("spec"))
                .withArray("/schedulingGates")
                .addObject()
                .put("name", "h");
        assertThat(update(rules, more, old))
                .contains(
                        "spec.schedulingGates[1].name: Forbidden: only deletion is allowed, but found new scheduling gate 'h'");
    }

    @Test
    void resizeChangesCpuAndMemoryAlone() {
        ObjectNode old = created(container(",'resources':{'requests':{'cpu':'1'}}"));
        ObjectNode now = created(container(",'resources':{'requests':{'cpu':'2','memory':'1Gi'}}"));
        assertThat(PodResize.validate(now, old)).isEmpty();
        ((ObjectNode) now.at("/spec/containers/0")).put("image", "web:2");
        assertThat(PodResize.validate(now, old))
                .extracting(e -> e.message())
                .containsExactly("spec: Forbidden: only cpu and memory resources are mutable");
        ObjectNode guaranteed = created(container(",'resources':{'limits':{'cpu':'1','memory':'1Gi'}}"));
        assertThat(PodResize.validate(guaranteed, old))
                .extracting(e -> e.message())
                .containsExactly(
                        "spec: Invalid value: \"Guaranteed\": Pod QOS Class may not change as a result of resizing");
    }

    @Test
    void unknownResourcesAreNamedTwiceAsUpstream() {
        assertThat(create(rules, pod(container(",'resources':{'limits':{'frob':'1'}}"))))
                .contains(
                        "spec.containers[0].resources.limits[frob]: Invalid value: \"frob\": must be a standard resource"
                                + " type or fully qualified",
                        "spec.containers[0].resources.limits[frob]: Invalid value: \"frob\": must be a standard resource"
                                + " for containers");
    }

    @Test
    void hugePagesNeedCpuOrMemory() {
        assertThat(create(rules, pod(container(",'resources':{'limits':{'hugepages-2Mi':'2Mi'}}"))))
                .containsExactly("spec.containers[0].resources: Forbidden: HugePages require cpu or memory");
    }
}
