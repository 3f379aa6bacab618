package dev.navarch.api.table;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.Catalogue;
import dev.navarch.api.ResourceType;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class TablesTest {
    private static final Instant NOW = Instant.parse("2026-01-01T01:00:00Z");
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final String META = "'metadata':{'name':'n','creationTimestamp':'2026-01-01T00:55:00Z'}";
    private static final Tables TABLES = Tables.builtIn();

    private static ObjectNode json(String text) {
        return (ObjectNode) MAPPER.readTree(text.replace('\'', '"'));
    }

    private static TablePrinter printer(String apiVersion, String kind) {
        return TABLES.of(Catalogue.builtIn().byKind(apiVersion, kind).orElseThrow());
    }

    /** What the narrow form shows, cells joined by bars. */
    private static String narrow(String apiVersion, String kind, String rest) {
        return cells(apiVersion, kind, rest, 0);
    }

    private static String wide(String apiVersion, String kind, String rest) {
        return cells(apiVersion, kind, rest, 1);
    }

    private static String cells(String apiVersion, String kind, String rest, int priority) {
        TablePrinter printer = printer(apiVersion, kind);
        List<Object> cells = printer.cells(json("{" + META + (rest.isEmpty() ? "" : "," + rest) + "}"), NOW);
        List<String> shown = new ArrayList<>();
        for (int i = 0; i < cells.size(); i++) {
            if (printer.columns().get(i).priority() == priority) {
                shown.add(cells.get(i).toString());
            }
        }
        return String.join("|", shown);
    }

    @ParameterizedTest
    @CsvSource({
        "-5, <invalid>",
        "-1, 0s",
        "0, 0s",
        "119, 119s",
        "120, 2m",
        "125, 2m5s",
        "599, 9m59s",
        "600, 10m",
        "10799, 179m",
        "10800, 3h",
        "11100, 3h5m",
        "28799, 7h59m",
        "28800, 8h",
        "172799, 47h",
        "172800, 2d",
        "176400, 2d1h",
        "691199, 7d23h",
        "691200, 8d",
        "63071999, 729d",
        "63072000, 2y",
        "63158400, 2y1d",
        "252288000, 8y",
    })
    void durationsAreShortAsUpstreams(long seconds, String text) {
        assertThat(HumanDuration.of(Duration.ofSeconds(seconds))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                "'status':{'phase':'Pending'}; n|0/1|Pending|0|5m",
                "'status':{'phase':'Running','containerStatuses':[{'name':'c','ready':true,'restartCount':0,'state':{'running':{}}}]};"
                        + " n|1/1|Running|0|5m",
                "'status':{'phase':'Pending','containerStatuses':[{'state':{'waiting':{'reason':'ContainerCreating'}}}]};"
                        + " n|0/1|ContainerCreating|0|5m",
                "'status':{'phase':'Running','containerStatuses':[{'restartCount':3,'state':{'waiting':{'reason':'CrashLoopBackOff'}},'lastState':{'terminated':{'finishedAt':'2026-01-01T00:55:00Z'}}}]};"
                        + " n|0/1|CrashLoopBackOff|3 (5m ago)|5m",
                "'status':{'phase':'Succeeded','containerStatuses':[{'state':{'terminated':{'exitCode':0,'reason':'Completed'}}}]};"
                        + " n|0/1|Completed|0|5m",
                "'status':{'phase':'Failed','containerStatuses':[{'state':{'terminated':{'exitCode':3}}}]};"
                        + " n|0/1|ExitCode:3|0|5m",
                "'status':{'phase':'Failed','containerStatuses':[{'state':{'terminated':{'signal':9}}}]};"
                        + " n|0/1|Signal:9|0|5m",
                "'status':{'phase':'Running','containerStatuses':[{'state':{'terminated':{'exitCode':137,'reason':'OOMKilled'}}}]};"
                        + " n|0/1|OOMKilled|0|5m",
                "'status':{'phase':'Failed','reason':'Evicted'}; n|0/1|Evicted|0|5m",
                "'status':{'phase':'Pending','conditions':[{'type':'PodScheduled','reason':'SchedulingGated'}]};"
                        + " n|0/1|SchedulingGated|0|5m",
            })
    void podsShowWhatTheyAreAt(String rest, String cells) {
        assertThat(narrow("v1", "Pod", "'spec':{'containers':[{'name':'c'}]}," + rest))
                .isEqualTo(cells);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                "{'state':{'running':{}}}; Init:0/2",
                "{'state':{'terminated':{'exitCode':0}}},{'state':{'running':{}}}; Init:1/2",
                "{'state':{'terminated':{'exitCode':1,'reason':'Error'}}}; Init:Error",
                "{'state':{'terminated':{'exitCode':1}}}; Init:ExitCode:1",
                "{'state':{'waiting':{'reason':'CrashLoopBackOff'}}}; Init:CrashLoopBackOff",
                "{'state':{'waiting':{'reason':'PodInitializing'}}}; Init:0/2",
            })
    void initContainersHoldThePod(String statuses, String status) {
        assertThat(narrow(
                        "v1",
                        "Pod",
                        "'spec':{'initContainers':[{'name':'a'},{'name':'b'}],'containers':[{'name':'c'}]},"
                                + "'status':{'phase':'Pending','initContainerStatuses':[" + statuses + "],"
                                + "'containerStatuses':[{'state':{'waiting':{'reason':'PodInitializing'}}}]}"))
                .isEqualTo("n|0/1|" + status + "|0|5m");
    }

    @Test
    void sidecarsCountAsContainers() {
        assertThat(narrow(
                        "v1",
                        "Pod",
                        "'spec':{'initContainers':[{'name':'s','restartPolicy':'Always'}],"
                                + "'containers':[{'name':'c'}]},'status':{'phase':'Running','initContainerStatuses':[{'name':'s',"
                                + "'started':true,'ready':true,'restartCount':2,'state':{'running':{}}}],'containerStatuses':["
                                + "{'ready':true,'state':{'running':{}}}]}"))
                .isEqualTo("n|2/2|Running|2|5m");
    }

    @Test
    void deletedPodsTerminate() {
        TablePrinter printer = printer("v1", "Pod");
        ObjectNode pod = json(
                "{'metadata':{'name':'p','deletionTimestamp':'2026-01-01T00:00:00Z'},'status':{'phase':'Running'}}");
        assertThat(printer.cells(pod, NOW).get(2)).isEqualTo("Terminating");
        ((ObjectNode) pod.get("status")).put("phase", "Succeeded");
        assertThat(printer.cells(pod, NOW).get(2)).isEqualTo("Succeeded");
    }

    @Test
    void wideFormOfPods() {
        assertThat(
                        wide(
                                "v1",
                                "Pod",
                                "'spec':{'nodeName':'node','readinessGates':[{'conditionType':'a'},{'conditionType':'b'}]},"
                                        + "'status':{'podIPs':[{'ip':'10.0.0.1'}],'conditions':[{'type':'a','status':'True'}]}"))
                .isEqualTo("10.0.0.1|node|<none>|1/2");
        assertThat(wide("v1", "Pod", "")).isEqualTo("<none>|<none>|<none>|<none>");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                "v1; Node;"
                        + " 'metadata':{'name':'n','labels':{'node-role.kubernetes.io/control-plane':''}},'status':{'conditions':[{'type':'Ready','status':'True'}],'nodeInfo':{'kubeletVersion':'v1'}},'spec':{'unschedulable':true};"
                        + " n|Ready,SchedulingDisabled|control-plane|<unknown>|v1",
                "v1; Node; 'status':{'conditions':[{'type':'Ready','status':'Unknown'}]}; n|NotReady|<none>|5m|",
                "v1; Service;"
                        + " 'spec':{'type':'ClusterIP','clusterIP':'10.0.0.1','ports':[{'port':80,'protocol':'TCP'}]};"
                        + " n|ClusterIP|10.0.0.1|<none>|80/TCP|5m",
                "v1; Service;"
                        + " 'spec':{'type':'NodePort','clusterIP':'10.0.0.1','ports':[{'port':80,'nodePort':30080,'protocol':'TCP'},{'port':53,'protocol':'UDP'}]};"
                        + " n|NodePort|10.0.0.1|<none>|80:30080/TCP,53/UDP|5m",
                "v1; Service; 'spec':{'type':'LoadBalancer','clusterIP':'10.0.0.1'};"
                        + " n|LoadBalancer|10.0.0.1|<pending>|<none>|5m",
                "v1; Service; 'spec':{'type':'ExternalName','externalName':'example.com'};"
                        + " n|ExternalName|<none>|example.com|<none>|5m",
                "v1; Endpoints;"
                        + " 'subsets':[{'addresses':[{'ip':'10.0.0.1'},{'ip':'10.0.0.2'}],'ports':[{'port':80},{'port':443}]}];"
                        + " n|10.0.0.1:80,10.0.0.2:80,10.0.0.1:443 + 1 more...|5m",
                "v1; Endpoints; ; n|<none>|5m",
                "discovery.k8s.io/v1; EndpointSlice;"
                        + " 'addressType':'IPv4','ports':[{'name':'web','port':80}],'endpoints':[{'addresses':['10.0.0.1']}];"
                        + " n|IPv4|80|10.0.0.1|5m",
                "discovery.k8s.io/v1; EndpointSlice; 'addressType':'IPv4'; n|IPv4|<unset>|<unset>|5m",
                "apps/v1; Deployment;"
                        + " 'spec':{'replicas':3},'status':{'readyReplicas':1,'updatedReplicas':2,'availableReplicas':1};"
                        + " n|1/3|2|1|5m",
                "apps/v1; ReplicaSet; 'spec':{'replicas':3},'status':{'replicas':2,'readyReplicas':1}; n|3|2|1|5m",
                "apps/v1; StatefulSet; 'spec':{'replicas':3},'status':{'readyReplicas':1}; n|1/3|5m",
                "apps/v1; DaemonSet; 'status':{'desiredNumberScheduled':1}; n|1|0|0|0|0|<none>|5m",
                "batch/v1; Job; 'spec':{'completions':2},'status':{'succeeded':1,'startTime':'2026-01-01T00:58:00Z'};"
                        + " n|Running|1/2|2m|5m",
                "batch/v1; CronJob; 'spec':{'schedule':'* * * * *','suspend':false}; n|* * * *"
                        + " *|<none>|False|0|<none>|5m",
                "v1; ConfigMap; 'data':{'a':'b'},'binaryData':{'c':''}; n|2|5m",
                "v1; Secret; 'type':'Opaque','data':{'a':''}; n|Opaque|1|5m",
                "v1; ServiceAccount; ; n|0|5m",
                "v1; Namespace; 'status':{'phase':'Active'}; n|Active|5m",
                "v1; Event; 'type':'Warning','reason':'Failed','message':' m"
                        + " ','involvedObject':{'kind':'Pod','name':'p'},'lastTimestamp':'2026-01-01T00:59:30Z';"
                        + " 30s|Warning|Failed|pod/p|m",
                "v1; Event;"
                        + " 'type':'Normal','reason':'r','message':'m','involvedObject':{'kind':'Pod','name':'p'},'eventTime':'2026-01-01T00:59:00.000000Z';"
                        + " 60s|Normal|r|pod/p|m",
                "coordination.k8s.io/v1; Lease; 'spec':{'holderIdentity':'h'}; n|h|5m",
                "v1; PersistentVolumeClaim;"
                        + " 'spec':{'volumeName':'v'},'status':{'phase':'Bound','capacity':{'storage':'1Gi'},'accessModes':['ReadWriteMany','ReadWriteOnce']};"
                        + " n|Bound|v|1Gi|RWO,RWX||<unset>|5m",
                "policy/v1; PodDisruptionBudget; 'spec':{'minAvailable':1},'status':{'disruptionsAllowed':2};"
                        + " n|1|N/A|2|5m",
                "rbac.authorization.k8s.io/v1; RoleBinding; 'roleRef':{'kind':'Role','name':'r'}; n|Role/r|5m",
                "rbac.authorization.k8s.io/v1; Role; ; n|2026-01-01T00:55:00Z",
                "networking.k8s.io/v1; Ingress; 'spec':{'rules':[{'host':'a'},{'host':'b'}]}; n|<none>|a,b||80|5m",
                "networking.k8s.io/v1; NetworkPolicy; 'spec':{'podSelector':{}}; n|<none>|5m",
                "autoscaling/v2; HorizontalPodAutoscaler;"
                        + " 'spec':{'scaleTargetRef':{'kind':'Deployment','name':'d'},'minReplicas':1,'maxReplicas':3,'metrics':[{'type':'Resource','resource':{'name':'cpu','target':{'averageUtilization':80}}}]};"
                        + " n|Deployment/d|cpu: <unknown>/80%|1|3|0|5m",
                "storage.k8s.io/v1; StorageClass;"
                        + " 'provisioner':'p','reclaimPolicy':'Retain','volumeBindingMode':'Immediate';"
                        + " n|p|Retain|Immediate|false|5m",
            })
    void kindsShowUpstreamsColumns(String apiVersion, String kind, String rest, String cells) {
        String more = rest == null ? "" : rest;
        assertThat(narrow(apiVersion, kind, more)).isEqualTo(cells);
    }

    @Test
    void wideFormsOfWorkloads() {
        String template = "'template':{'spec':{'containers':[{'name':'a','image':'x'},{'name':'b','image':'y'}]}}";
        assertThat(wide(
                        "apps/v1",
                        "Deployment",
                        "'spec':{'selector':{'matchLabels':{'b':'2','a':'1'}}," + template + "}"))
                .isEqualTo("a,b|x,y|a=1,b=2");
        assertThat(wide("v1", "Node", "'status':{'addresses':[{'type':'InternalIP','address':'10.0.0.9'}]}"))
                .isEqualTo("10.0.0.9|<none>|<unknown>|<unknown>|<unknown>");
    }

    @Test
    void eachTableHasAcellForEveryColumnAndNoneFailsOnHostileTrees() {
        Random random = new Random(7);
        for (ResourceType type : Catalogue.builtIn().types()) {
            TablePrinter printer = TABLES.of(type);
            assertThat(printer.columns().stream()
                            .filter(column -> column.format().equals("name")))
                    .hasSize(1);
            for (int round = 0; round < 30; round++) {
                List<Object> cells = printer.cells(tree(random, 0), NOW);
                assertThat(cells).hasSameSizeAs(printer.columns()).doesNotContainNull();
            }
        }
    }

    private static final List<String> NAMES = List.of(
            "metadata",
            "name",
            "creationTimestamp",
            "spec",
            "status",
            "containers",
            "initContainers",
            "containerStatuses",
            "initContainerStatuses",
            "state",
            "terminated",
            "waiting",
            "reason",
            "conditions",
            "type",
            "selector",
            "matchLabels",
            "template",
            "ports",
            "port",
            "endpoints",
            "addresses",
            "subsets",
            "labels",
            "metrics",
            "rules",
            "hard",
            "lastState",
            "finishedAt",
            "restartCount",
            "podIPs",
            "data",
            "deletionTimestamp",
            "parameters");

    /** Those that upstream has no printer for either. */
    @Test
    void onlyAFewKindsHaveTheGenericTable() {
        var generic = Catalogue.builtIn().types().stream()
                .filter(type -> type.verbs().contains("list"))
                .filter(type -> Tables.builtIn().of(type).columns().stream()
                        .anyMatch(column -> column.name().equals("Created At")))
                .map(ResourceType::kind)
                .distinct();
        assertThat(generic).containsExactlyInAnyOrder("LimitRange", "Role", "ClusterRole", "CustomResourceDefinition");
    }

    private static ObjectNode tree(Random random, int depth) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        for (int i = depth == 0 ? 15 : random.nextInt(6); i > 0; i--) {
            object.set(NAMES.get(random.nextInt(NAMES.size())), value(random, depth + 1));
        }
        return object;
    }

    private static JsonNode value(Random random, int depth) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (random.nextInt(depth > 5 ? 5 : 10)) {
            case 0 -> nodes.nullNode();
            case 1 -> nodes.booleanNode(random.nextBoolean());
            case 2 -> nodes.numberNode(random.nextLong());
            case 3 -> nodes.stringNode("Deployment");
            case 4 -> nodes.stringNode("");
            case 5, 6 -> {
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
