package dev.navarch.api.kinds;

import static dev.navarch.api.kinds.Objects.create;
import static dev.navarch.api.kinds.Objects.deployment;
import static dev.navarch.api.kinds.Objects.json;
import static dev.navarch.api.kinds.Objects.rules;
import static dev.navarch.api.kinds.Objects.update;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.Catalogue;
import dev.navarch.api.ResourceType;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class KindRulesTest {
    private static final String META = "'metadata':{'name':'n','namespace':'default'}";
    private static final String CLUSTER_META = "'metadata':{'name':'n'}";

    /** What a kind says of an object. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                "v1; ConfigMap; 'data':{'a/b':'x'}; data[a/b]: Invalid value: \"a/b\": a valid config key must consist"
                        + " of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name',"
                        + " regex used for validation is '[-._a-zA-Z0-9]+')",
                "v1; ConfigMap; 'data':{'a':'x'},'binaryData':{'a':''}; data[a]: Invalid value: \"a\": duplicate of"
                        + " key present in binaryData",
                "v1; Secret; 'type':'kubernetes.io/tls','data':{}; data[tls.crt]: Required value",
                "v1; Secret; 'type':'kubernetes.io/service-account-token';"
                        + " metadata.annotations[kubernetes.io/service-account.name]: Required value",
                "v1; Secret; 'type':'kubernetes.io/ssh-auth','data':{'ssh-privatekey':''}; data[ssh-privatekey]:"
                        + " Required value",
                "apps/v1; StatefulSet; 'spec':{'podManagementPolicy':'x'}; spec.podManagementPolicy: Invalid value:"
                        + " \"x\": must be 'OrderedReady' or 'Parallel'",
                "apps/v1; DaemonSet; 'spec':{'updateStrategy':{'rollingUpdate':{'maxSurge':1}}};"
                        + " spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when"
                        + " maxUnavailable is non-zero",
                "v1; Service; 'spec':{}; spec.ports: Required value",
                "v1; Service; 'spec':{'ports':[{'port':80},{'port':81}]}; spec.ports[0].name: Required value",
                "v1; Service; 'spec':{'ports':[{'port':80,'nodePort':30000}]}; spec.ports[0].nodePort: Forbidden: may"
                        + " not be used when `type` is 'ClusterIP'",
                "v1; Service; 'spec':{'type':'ExternalName'}; spec.externalName: Required value",
                "v1; Service; 'spec':{'ports':[{'port':0}]}; spec.ports[0].port: Invalid value: 0: must be between 1"
                        + " and 65535, inclusive",
                "v1; Service; 'spec':{'type':'X','ports':[{'port':80}]}; spec.type: Unsupported value: \"X\":"
                        + " supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\"",
                "v1; Endpoints; 'subsets':[{'addresses':[{'ip':'127.0.0.1'}]}]; subsets[0].addresses[0].ip: Invalid"
                        + " value: \"127.0.0.1\": may not be in the loopback range (127.0.0.0/8, ::1/128)",
                "discovery.k8s.io/v1; EndpointSlice; 'addressType':'IPv4','endpoints':[{'addresses':[]}];"
                        + " endpoints[0].addresses: Required value: must contain at least 1 address",
                "apps/v1; Deployment; 'spec':{'template':{'spec':{'containers':[{'name':'c','image':'a'}]}}};"
                        + " spec.selector: Required value",
                "apps/v1; ReplicaSet;"
                        + " 'spec':{'selector':{'matchLabels':{'a':'b'}},'template':{'metadata':{'labels':{'a':'c'}},'spec':{'containers':[{'name':'c','image':'a'}]}}};"
                        + " spec.template.metadata.labels: Invalid value: {\"a\":\"c\"}: `selector` does not match"
                        + " template `labels`",
                "apps/v1; ReplicaSet; 'spec':{'replicas':-1}; spec.replicas: Invalid value: -1: must be greater than"
                        + " or equal to 0",
                "batch/v1; Job; 'spec':{'template':{'spec':{'containers':[{'name':'c','image':'a'}]}}};"
                        + " spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"",
                "batch/v1; CronJob; 'spec':{'schedule':'x'}; spec.schedule: Invalid value: \"x\": expected exactly 5"
                        + " fields, found 1: [x]",
                "policy/v1; PodDisruptionBudget; 'spec':{'minAvailable':1,'maxUnavailable':1}; spec: Invalid value:"
                        + " {\"minAvailable\":1,\"maxUnavailable\":1}: minAvailable and maxUnavailable cannot be both set",
                "rbac.authorization.k8s.io/v1; Role; 'rules':[{'resources':['pods'],'apiGroups':['']}];"
                        + " rules[0].verbs: Required value: verbs must contain at least one value",
                "networking.k8s.io/v1; NetworkPolicy; 'spec':{'podSelector':{},'ingress':[{'from':[{}]}]};"
                        + " spec.ingress[0].from[0]: Required value: must specify a peer",
                "networking.k8s.io/v1; Ingress;"
                        + " 'spec':{'rules':[{'http':{'paths':[{'path':'/','backend':{'service':{'name':'s','port':{'number':80}}}}]}}]};"
                        + " spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified",
                "coordination.k8s.io/v1; Lease; 'spec':{'leaseDurationSeconds':0}; spec.leaseDurationSeconds: Invalid"
                        + " value: 0: must be greater than 0",
                "v1; PersistentVolumeClaim; 'spec':{'accessModes':['ReadWriteOnce']}; spec.resources[storage]:"
                        + " Required value",
                "v1; Event; 'involvedObject':{'namespace':'other'}; involvedObject.namespace: Invalid value:"
                        + " \"other\": does not match event.namespace",
            })
    void namespacedKindsAreNamedAsUpstream(String apiVersion, String kind, String rest, String message) {
        assertThat(create(rules(apiVersion, kind), json("{" + META + "," + rest + "}")))
                .contains(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                "v1; Node; 'spec':{'taints':[{'key':'a','effect':'x'}]}; metadata.taints[0].effect: Unsupported value:"
                        + " \"x\": supported values: \"NoSchedule\", \"PreferNoSchedule\", \"NoExecute\"",
                "rbac.authorization.k8s.io/v1; ClusterRoleBinding; 'roleRef':{'kind':'Role','name':'r'}; roleRef.kind:"
                        + " Unsupported value: \"Role\": supported values: \"ClusterRole\"",
                "scheduling.k8s.io/v1; PriorityClass; 'value':2000000000; value: Forbidden: maximum allowed value of a"
                        + " user defined priority is 1000000000",
                "v1; PersistentVolume; 'spec':{'capacity':{'storage':'1Gi'},'accessModes':['ReadWriteOnce']}; spec:"
                        + " Required value: must specify a volume type",
                "storage.k8s.io/v1; StorageClass; 'parameters':{}; provisioner: Required value",
            })
    void clusterKindsAreNamedAsUpstream(String apiVersion, String kind, String rest, String message) {
        assertThat(create(rules(apiVersion, kind), json("{" + CLUSTER_META + "," + rest + "}")))
                .contains(message);
    }

    @Test
    void metadataIsCheckedForEveryKind() {
        KindRules rules = rules("v1", "ConfigMap");
        assertThat(create(rules, json("{'metadata':{'namespace':'default'}}")))
                .containsExactly("metadata.name: Required value: name or generateName is required");
        assertThat(create(rules, json("{'metadata':{'name':'A','namespace':'default'}}")))
                .singleElement()
                .asString()
                .startsWith("metadata.name: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of");
        assertThat(create(rules, json("{'metadata':{'name':'a'}}")))
                .containsExactly("metadata.namespace: Required value");
        assertThat(create(rules("v1", "Node"), json("{'metadata':{'name':'a','namespace':'default'}}")))
                .containsExactly("metadata.namespace: Forbidden: not allowed on this type");
        assertThat(create(rules, json("{'metadata':{'name':'a','namespace':'d','labels':{'a b':'c'}}}")))
                .singleElement()
                .asString()
                .startsWith("metadata.labels: Invalid value: \"a b\": name part must consist of");
        assertThat(create(rules, json("{'metadata':{'name':'a','namespace':'d','finalizers':['x']}}")))
                .containsExactly(
                        "metadata.finalizers: Invalid value: \"x\": name is neither a standard finalizer name nor"
                                + " is it fully qualified");
        assertThat(create(
                        rules,
                        json("{'metadata':{'name':'a','namespace':'d','ownerReferences':[{'apiVersion':'v1',"
                                + "'kind':'Pod','name':'p'}]}}")))
                .containsExactly("metadata.ownerReferences.uid: Invalid value: \"\": must not be empty");
    }

    @Test
    void annotationsHaveALimitTogether() {
        ObjectNode map = json("{'metadata':{'name':'a','namespace':'d'}}");
        ((ObjectNode) map.get("metadata")).putObject("annotations").put("a", "x".repeat(256 * 1024));
        assertThat(create(rules("v1", "ConfigMap"), map))
                .containsExactly("metadata.annotations: Too long: may not be more than 262144 bytes");
    }

    @Test
    void identityIsImmutable() {
        KindRules rules = rules("v1", "ConfigMap");
        ObjectNode old = json("{'metadata':{'name':'a','namespace':'d','uid':'1'}}");
        ObjectNode now = json("{'metadata':{'name':'a','namespace':'d','uid':'2'}}");
        assertThat(update(rules, now, old)).containsExactly("metadata.uid: Invalid value: \"2\": field is immutable");
    }

    @Test
    void deletedObjectsGetNoNewFinalizers() {
        ObjectNode old = json("{'metadata':{'name':'a','namespace':'d','deletionTimestamp':'2026-01-01T00:00:00Z',"
                + "'finalizers':['a.b/c']}}");
        ObjectNode now = old.deepCopy();
        ((ObjectNode) now.get("metadata")).withArray("/finalizers").add("a.b/d");
        assertThat(update(rules("v1", "ConfigMap"), now, old))
                .containsExactly("metadata.finalizers: Forbidden: no new finalizers can be added if the object is being"
                        + " deleted, found new finalizers sets.Set[string]{\"a.b/d\":sets.Empty{}}");
    }

    @Test
    void deploymentGetsUpstreamsDefaults() {
        ObjectNode deployment = deployment("");
        assertThat(create(rules("apps/v1", "Deployment"), deployment)).isEmpty();
        ObjectNode spec = (ObjectNode) deployment.get("spec");
        assertThat(spec.get("replicas").asInt()).isEqualTo(1);
        assertThat(spec.get("revisionHistoryLimit").asInt()).isEqualTo(10);
        assertThat(spec.get("progressDeadlineSeconds").asInt()).isEqualTo(600);
        assertThat(spec.get("strategy"))
                .isEqualTo(json("{'type':'RollingUpdate','rollingUpdate':{'maxUnavailable':'25%','maxSurge':'25%'}}"));
        assertThat(spec.at("/template/spec/enableServiceLinks").isMissingNode()).isTrue();
        assertThat(deployment.at("/metadata/generation").asInt()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                ",'strategy':{'type':'Recreate','rollingUpdate':{}}; spec.strategy.rollingUpdate: Forbidden: may not"
                        + " be specified when strategy `type` is 'Recreate'",
                ",'strategy':{'rollingUpdate':{'maxUnavailable':0,'maxSurge':0}};"
                        + " spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is"
                        + " 0",
                ",'strategy':{'rollingUpdate':{'maxUnavailable':'200%'}}; spec.strategy.rollingUpdate.maxUnavailable:"
                        + " Invalid value: \"200%\": must not be greater than 100%",
                ",'minReadySeconds':700; spec.progressDeadlineSeconds: Invalid value: 600: must be greater than"
                        + " minReadySeconds",
                ",'strategy':{'type':'x'}; spec.strategy: Unsupported value: {\"type\":\"x\"}: supported values:"
                        + " \"Recreate\", \"RollingUpdate\"",
            })
    void deploymentStrategiesAreChecked(String extra, String message) {
        assertThat(create(rules("apps/v1", "Deployment"), deployment(extra))).contains(message);
    }

    @Test
    void selectorOfAWorkloadIsImmutable() {
        KindRules rules = rules("apps/v1", "Deployment");
        ObjectNode old = deployment("");
        create(rules, old);
        ObjectNode now = json(old.toString().replace("'", "").replace("\"app\":\"web\"", "\"app\":\"db\""));
        assertThat(update(rules, now, old))
                .singleElement()
                .asString()
                .startsWith("spec.selector: Invalid value: {")
                .endsWith(": field is immutable");
    }

    @Test
    void deploymentCountsSpecAndAnnotationsButNotStatusOrLabels() {
        KindRules rules = rules("apps/v1", "Deployment");
        ObjectNode old = deployment("");
        create(rules, old);
        ObjectNode now = old.deepCopy();
        ((ObjectNode) now.get("metadata")).putObject("labels").put("a", "b");
        now.putObject("status").put("replicas", 3);
        update(rules, now, old);
        assertThat(now.at("/metadata/generation").asInt()).isEqualTo(1);
        assertThat(now.has("status")).isFalse();
        ((ObjectNode) now.get("spec")).put("replicas", 2L);
        update(rules, now, old);
        assertThat(now.at("/metadata/generation").asInt()).isEqualTo(2);
        ObjectNode same = old.deepCopy();
        ((ObjectNode) same.get("spec")).put("replicas", 1L);
        update(rules, same, old);
        assertThat(same.at("/metadata/generation").asInt()).isEqualTo(1);
    }

    @Test
    void secretTakesPlainTexts() {
        ObjectNode secret = json("{" + META + ",'stringData':{'a':'b'},'data':{'a':'eA==','c':'eA=='}}");
        assertThat(create(rules("v1", "Secret"), secret)).isEmpty();
        assertThat(secret.get("data")).isEqualTo(json("{'a':'Yg==','c':'eA=='}"));
        assertThat(secret.get("type").asString()).isEqualTo("Opaque");
        assertThat(secret.has("stringData")).isFalse();
    }

    @Test
    void immutableConfigStaysAsItIs() {
        ObjectNode old = json("{" + META + ",'immutable':true,'data':{'a':'b'}}");
        ObjectNode now = json("{" + META + ",'data':{'a':'c'}}");
        assertThat(update(rules("v1", "ConfigMap"), now, old))
                .containsExactly(
                        "immutable: Forbidden: field is immutable when `immutable` is set",
                        "data: Forbidden: field is immutable when `immutable` is set");
    }

    @Test
    void serviceGetsUpstreamsDefaults() {
        ObjectNode service =
                json("{" + META + ",'spec':{'type':'NodePort','selector':{'a':'b'},'ports':[{'port':80}]}}");
        KindRules rules = rules("v1", "Service");
        rules.defaults(service);
        rules.prepareForCreate(service);
        assertThat(service.get("spec"))
                .isEqualTo(json("{'type':'NodePort','selector':{'a':'b'},"
                        + "'ports':[{'port':80,'protocol':'TCP','targetPort':80}],'sessionAffinity':'None',"
                        + "'externalTrafficPolicy':'Cluster','internalTrafficPolicy':'Cluster','ipFamilyPolicy':'SingleStack',"
                        + "'ipFamilies':['IPv4']}"));
    }

    private static ObjectNode allocated(String type) {
        return json("{" + META + ",'spec':{'type':'" + type + "','clusterIP':'10.0.0.1','clusterIPs':['10.0.0.1'],"
                + "'ports':[{'name':'a','port':80,'protocol':'TCP','targetPort':80,'nodePort':30001}]}}");
    }

    @Test
    void updatedServiceKeepsWhatWasAllocated() {
        ObjectNode now = json(
                "{" + META + ",'spec':{'type':'NodePort','ports':[{'name':'b','port':80},{'name':'c','port':81}]}}");
        KindRules rules = rules("v1", "Service");
        rules.defaults(now);
        rules.prepareForUpdate(now, allocated("NodePort"));
        assertThat(now.at("/spec/clusterIPs/0").asString()).isEqualTo("10.0.0.1");
        assertThat(now.at("/spec/ports/0/nodePort").asInt()).isEqualTo(30001);
        assertThat(now.at("/spec/ports/1").has("nodePort")).isFalse();
    }

    @Test
    void serviceThatStopsBeingNodePortGivesItsPortBack() {
        ObjectNode now = allocated("ClusterIP");
        KindRules rules = rules("v1", "Service");
        assertThat(update(rules, now, allocated("NodePort"))).isEmpty();
        assertThat(now.at("/spec/ports/0").has("nodePort")).isFalse();
    }

    @Test
    void clusterIpMayNotChange() {
        ObjectNode now = json(allocated("ClusterIP")
                .toString()
                .replace("10.0.0.1", "10.0.0.2")
                .replace(",\"nodePort\":30001", ""));
        assertThat(update(rules("v1", "Service"), now, allocated("ClusterIP")))
                .containsExactly("spec.clusterIPs[0]: Invalid value: [\"10.0.0.2\"]: may not change once set");
    }

    @Test
    void namespaceIsLabelledActiveAndHeld() {
        ObjectNode namespace = json("{'metadata':{'name':'x'}}");
        assertThat(create(rules("v1", "Namespace"), namespace)).isEmpty();
        assertThat(namespace)
                .isEqualTo(json("{'metadata':{'name':'x','labels':{'kubernetes.io/metadata.name':'x'}},"
                        + "'status':{'phase':'Active'},'spec':{'finalizers':['kubernetes']}}"));
    }

    @Test
    void nodesKeepTheStatusTheyRegisterWith() {
        ObjectNode node = json("{" + CLUSTER_META + ",'status':{'capacity':{'cpu':'2'}}}");
        assertThat(create(rules("v1", "Node"), node)).isEmpty();
        assertThat(node.at("/status/allocatable/cpu").asString()).isEqualTo("2");
        assertThat(rules("v1", "Node")
                        .selectableFields()
                        .get("spec.unschedulable")
                        .apply(node))
                .isEqualTo("false");
    }

    @Test
    void jobSelectsItsOwnPods() {
        ObjectNode job = json("{'metadata':{'name':'j','namespace':'default','uid':'u1'},'spec':{'template':{'spec':{"
                + "'restartPolicy':'Never','containers':[{'name':'c','image':'a:1'}]}}}}");
        assertThat(create(rules("batch/v1", "Job"), job)).isEmpty();
        assertThat(job.at("/spec/selector/matchLabels/batch.kubernetes.io~1controller-uid")
                        .asString())
                .isEqualTo("u1");
        assertThat(job.at("/spec/template/metadata/labels/job-name").asString()).isEqualTo("j");
        assertThat(job.at("/spec/backoffLimit").asInt()).isEqualTo(6);
    }

    @Test
    void eventsOfTheClusterMayBeInTheSystemsNamespace() {
        KindRules rules = rules("v1", "Event");
        String timed = "'eventTime':'2026-01-01T00:00:00.000000Z','reportingComponent':'a','reportingInstance':'b',"
                + "'action':'c','reason':'d',";
        String meta = "'metadata':{'name':'n','namespace':'kube-system'}";
        assertThat(create(rules, json("{" + meta + "," + timed + "'involvedObject':{'name':'x'}}")))
                .isEmpty();
        assertThat(create(rules, json("{" + meta + ",'involvedObject':{'name':'x'}}")))
                .hasSize(1);
    }

    @Test
    void everyKindHasRulesAndNoneFailsOnHostileTrees() {
        Random random = new Random(42);
        KindRulesCatalogue catalogue = KindRulesCatalogue.builtIn();
        for (ResourceType type : Catalogue.builtIn().types()) {
            KindRules rules = catalogue.of(type);
            for (int round = 0; round < 40; round++) {
                ObjectNode now = tree(random, 0);
                ObjectNode old = tree(random, 0);
                rules.defaults(now);
                rules.prepareForCreate(now);
                rules.validate(now);
                rules.prepareForUpdate(now, old);
                rules.validateUpdate(now, old);
                rules.prepareForStatusUpdate(now, old);
                rules.validateStatusUpdate(now, old);
                rules.gracePeriodSeconds(now, OptionalLong.of(1));
                rules.selectableFields()
                        .values()
                        .forEach(field -> assertThat(field.apply(now)).isNotNull());
            }
        }
    }

    private static final List<String> NAMES = List.of(
            "metadata",
            "spec",
            "status",
            "template",
            "containers",
            "initContainers",
            "volumes",
            "name",
            "image",
            "ports",
            "containerPort",
            "resources",
            "limits",
            "requests",
            "cpu",
            "labels",
            "selector",
            "matchLabels",
            "rules",
            "strategy",
            "rollingUpdate",
            "maxUnavailable",
            "subsets",
            "addresses",
            "data",
            "type",
            "securityContext",
            "affinity",
            "nodeAffinity",
            "tolerations",
            "key",
            "operator",
            "values",
            "taints",
            "roleRef",
            "subjects",
            "http",
            "paths",
            "backend",
            "ingress",
            "egress",
            "projected",
            "sources",
            "items",
            "livenessProbe",
            "httpGet",
            "port",
            "clusterIP",
            "clusterIPs",
            "stringData",
            "ownerReferences",
            "finalizers",
            "annotations",
            "replicas");

    static ObjectNode tree(Random random, int depth) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        int count = depth == 0 ? 20 : random.nextInt(6);
        for (int i = 0; i < count; i++) {
            object.set(NAMES.get(random.nextInt(NAMES.size())), value(random, depth + 1));
        }
        return object;
    }

    private static JsonNode value(Random random, int depth) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (random.nextInt(depth > 6 ? 6 : 12)) {
            case 0 -> nodes.nullNode();
            case 1 -> nodes.booleanNode(random.nextBoolean());
            case 2 -> nodes.numberNode(random.nextLong());
            case 3 -> nodes.numberNode(random.nextDouble());
            case 4 -> nodes.stringNode("");
            case 5 -> nodes.stringNode("x%/..=,!" + random.nextInt(3));
            case 6, 7 -> {
                var array = nodes.arrayNode();
                for (int i = random.nextInt(4); i > 0; i--) {
                    array.add(value(random, depth + 1));
                }
                yield array;
            }
            default -> tree(random, depth + 1);
        };
    }
}
