package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the server makes of what it is sent: fields that were left out (source: kubernetes pkg/apis/.../defaults.go and the
 * default markers of the types) and values in another form than the one form that is written (source: apimachinery
 * pkg/api/resource, pkg/util/intstr, pkg/apis/meta/v1/time.go and micro_time.go).
 */
class DefaultsAndCanonicalFormsTest {
    private static final String NAMESPACED = "/api/v1/namespaces/default/";
    private static final String TEMPLATE =
            "'template':{'metadata':{'labels':{'a':'b'}},'spec':{'containers':[{'name':'c','image':'i:1'}]}}";

    /** Where a kind's objects are, and what is valid around the part that a row is about. */
    private static final Map<String, String[]> KINDS = Map.ofEntries(
            Map.entry("pod", new String[] {NAMESPACED + "pods", "{'spec':{'containers':[{'name':'c','image':'i:1'%s}]}}"
            }),
            Map.entry("volume", new String[] {
                NAMESPACED + "pods", "{'spec':{'containers':[{'name':'c','image':'i'}],'volumes':[{'name':'v',%s}]}}"
            }),
            Map.entry(
                    "podspec",
                    new String[] {NAMESPACED + "pods", "{'spec':{'containers':[{'name':'c','image':'i'}]%s}}"}),
            Map.entry("pv", new String[] {
                "/api/v1/persistentvolumes",
                "{'spec':{'capacity':{'storage':'1Gi'},'accessModes':['ReadWriteOnce'],%s}}"
            }),
            Map.entry("service", new String[] {NAMESPACED + "services", "{'spec':{'ports':[{'port':80}]%s}}"}),
            Map.entry("deployment", new String[] {
                "/apis/apps/v1/namespaces/default/deployments",
                "{'spec':{'selector':{'matchLabels':{'a':'b'}}," + TEMPLATE + "%s}}"
            }),
            Map.entry("daemonset", new String[] {
                "/apis/apps/v1/namespaces/default/daemonsets",
                "{'spec':{'selector':{'matchLabels':{'a':'b'}}," + TEMPLATE + "%s}}"
            }),
            Map.entry("statefulset", new String[] {
                "/apis/apps/v1/namespaces/default/statefulsets",
                "{'spec':{'selector':{'matchLabels':{'a':'b'}}," + TEMPLATE + "%s}}"
            }),
            Map.entry("rc", new String[] {
                NAMESPACED + "replicationcontrollers", "{'spec':{'selector':{'a':'b'}," + TEMPLATE + "%s}}"
            }),
            Map.entry("job", new String[] {
                "/apis/batch/v1/namespaces/default/jobs",
                "{'spec':{'template':{'spec':{'restartPolicy':'Never','containers':[{'name':'c','image':'i'}]}}%s}}"
            }),
            Map.entry("cronjob", new String[] {
                "/apis/batch/v1/namespaces/default/cronjobs",
                "{'spec':{'schedule':'* * * * *','jobTemplate':{'spec':{'template':{'spec':{'restartPolicy':'Never',"
                        + "'containers':[{'name':'c','image':'i'}]}}}}%s}}"
            }),
            Map.entry("hpa", new String[] {
                "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers",
                "{'spec':{'maxReplicas':3,'scaleTargetRef':{'kind':'Deployment','name':'d','apiVersion':'apps/v1'}%s}}"
            }),
            Map.entry("netpol", new String[] {
                "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies", "{'spec':{'podSelector':{}%s}}"
            }),
            Map.entry("secret", new String[] {NAMESPACED + "secrets", "{'data':{'k':'aGk='}%s}"}),
            Map.entry(
                    "storageclass",
                    new String[] {"/apis/storage.k8s.io/v1/storageclasses", "{'provisioner':'a.io/p'%s}"}),
            Map.entry(
                    "csidriver",
                    new String[] {"/apis/storage.k8s.io/v1/csidrivers", "{'spec':{'attachRequired':true%s}}"}),
            Map.entry("webhook", new String[] {
                "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
                "{'webhooks':[{'name':'a.b.c','sideEffects':'None','admissionReviewVersions':['v1'],'clientConfig':"
                        + "{'service':{'namespace':'n','name':'s'}}%s}]}"
            }),
            Map.entry(
                    "lease", new String[] {"/apis/coordination.k8s.io/v1/namespaces/default/leases", "{'spec':{%s}}"}),
            Map.entry("event", new String[] {
                NAMESPACED + "events", "{'involvedObject':{'namespace':'default','kind':'Pod','name':'p'}%s}"
            }),
            Map.entry("quota", new String[] {NAMESPACED + "resourcequotas", "{'spec':{'hard':{%s}}}"}),
            Map.entry(
                    "limits",
                    new String[] {NAMESPACED + "limitranges", "{'spec':{'limits':[{'type':'Container',%s}]}}"}));

    private final TestApi api = new TestApi();

    @BeforeEach
    void account() {
        api.post(
                        NAMESPACED + "serviceaccounts",
                        "{\"metadata\":{\"name\":\"default\"},\"automountServiceAccountToken\":false}")
                .expect(201);
    }

    @AfterEach
    void close() {
        api.close();
    }

    private void check(String kind, String given, String pointer, String expected) {
        var place = KINDS.get(kind);
        var more = given == null ? "" : given;
        boolean follows = place[1].matches("(?s).*[}\\]'\\w]%s.*") && !more.isEmpty();
        var body = JsonMapper.shared()
                .readTree(place[1].replace("%s", (follows ? "," : "") + more).replace('\'', '"'));
        body.withObject("/metadata").put("name", "walk");
        var written = api.post(place[0], body.toString()).expect(201).json();
        var read = api.get(place[0] + "/walk").expect(200).json();
        for (var object : new tools.jackson.databind.JsonNode[] {written, read}) {
            assertThat(object.at(pointer).toString()).as(pointer).isEqualTo(expected.replace('\'', '"'));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        podspec     |                                       | /spec/restartPolicy                        | 'Always'
        podspec     |                                       | /spec/dnsPolicy                            | 'ClusterFirst'
        podspec     |                                       | /spec/schedulerName                        | 'default-scheduler'
        podspec     |                                       | /spec/terminationGracePeriodSeconds        | 30
        podspec     |                                       | /spec/enableServiceLinks                   | true
        podspec     |                                       | /spec/securityContext                      | {}
        podspec     |                                       | /spec/containers/0/imagePullPolicy         | 'Always'
        podspec     |                                       | /status/phase                              | 'Pending'
        podspec     |                                       | /status/qosClass                           | 'BestEffort'
        pod         |                                       | /spec/containers/0/imagePullPolicy         | 'IfNotPresent'
        pod         |                                       | /spec/containers/0/terminationMessagePath  | '/dev/termination-log'
        pod         |                                       | /spec/containers/0/terminationMessagePolicy| 'File'
        pod         | 'ports':[{'containerPort':8080}]      | /spec/containers/0/ports/0/protocol        | 'TCP'
        pod         | 'resources':{'limits':{'cpu':'1'}}    | /spec/containers/0/resources/requests/cpu  | '1'
        pod         | 'livenessProbe':{'httpGet':{'port':80}} | /spec/containers/0/livenessProbe         | {'httpGet':{'path':'/','port':80,'scheme':'HTTP'},'timeoutSeconds':1,'periodSeconds':10,'successThreshold':1,'failureThreshold':3}
        pod         | 'livenessProbe':{'grpc':{'port':80}}  | /spec/containers/0/livenessProbe/grpc      | {'port':80,'service':''}
        pod         | 'lifecycle':{'preStop':{'httpGet':{'port':80}}} | /spec/containers/0/lifecycle/preStop/httpGet/scheme | 'HTTP'
        pod         | 'env':[{'name':'E','valueFrom':{'fieldRef':{'fieldPath':'metadata.name'}}}] | /spec/containers/0/env/0/valueFrom/fieldRef/apiVersion | 'v1'
        volume      | 'emptyDir':{}                         | /spec/volumes/0/emptyDir                   | {}
        volume      | 'secret':{'secretName':'s'}           | /spec/volumes/0/secret/defaultMode         | 420
        volume      | 'configMap':{'name':'m'}              | /spec/volumes/0/configMap/defaultMode      | 420
        volume      | 'downwardAPI':{}                      | /spec/volumes/0/downwardAPI/defaultMode    | 420
        volume      | 'projected':{'sources':[{'serviceAccountToken':{'path':'t'}}]} | /spec/volumes/0/projected | {'sources':[{'serviceAccountToken':{'expirationSeconds':3600,'path':'t'}}],'defaultMode':420}
        volume      | 'hostPath':{'path':'/x'}              | /spec/volumes/0/hostPath/type              | ''
        volume      | 'rbd':{'monitors':['m'],'image':'i'}  | /spec/volumes/0/rbd                        | {'monitors':['m'],'image':'i','pool':'rbd','user':'admin','keyring':'/etc/ceph/keyring'}
        volume      | 'iscsi':{'targetPortal':'1.2.3.4','iqn':'iqn.2001-04.com.example:storage','lun':0} | /spec/volumes/0/iscsi/iscsiInterface | 'default'
        volume      | 'azureDisk':{'diskName':'d','diskURI':'https://a/b'} | /spec/volumes/0/azureDisk   | {'diskName':'d','diskURI':'https://a/b','cachingMode':'ReadWrite','fsType':'ext4','readOnly':false,'kind':'Shared'}
        volume      | 'scaleIO':{'gateway':'g','system':'s','secretRef':{'name':'r'},'volumeName':'v'} | /spec/volumes/0/scaleIO/storageMode | 'ThinProvisioned'
        pv          | 'hostPath':{'path':'/x'}              | /spec/persistentVolumeReclaimPolicy        | 'Retain'
        pv          | 'hostPath':{'path':'/x'}              | /spec/volumeMode                           | 'Filesystem'
        pv          | 'rbd':{'monitors':['m'],'image':'i'}  | /spec/rbd/pool                             | 'rbd'
        pv          | 'scaleIO':{'gateway':'g','system':'s','secretRef':{'name':'r'},'volumeName':'v'} | /spec/scaleIO/fsType | 'xfs'
        service     |                                       | /spec/type                                 | 'ClusterIP'
        service     |                                       | /spec/sessionAffinity                      | 'None'
        service     |                                       | /spec/internalTrafficPolicy                | 'Cluster'
        service     |                                       | /spec/ports/0                              | {'protocol':'TCP','port':80,'targetPort':80}
        service     | 'sessionAffinity':'ClientIP'          | /spec/sessionAffinityConfig                | {'clientIP':{'timeoutSeconds':10800}}
        service     | 'type':'LoadBalancer'                 | /spec/externalTrafficPolicy                | 'Cluster'
        service     | 'type':'LoadBalancer'                 | /spec/allocateLoadBalancerNodePorts        | true
        deployment  |                                       | /spec/replicas                             | 1
        deployment  |                                       | /spec/strategy                             | {'type':'RollingUpdate','rollingUpdate':{'maxUnavailable':'25%','maxSurge':'25%'}}
        deployment  |                                       | /spec/revisionHistoryLimit                 | 10
        deployment  |                                       | /spec/progressDeadlineSeconds              | 600
        daemonset   |                                       | /spec/updateStrategy                       | {'type':'RollingUpdate','rollingUpdate':{'maxUnavailable':1,'maxSurge':0}}
        statefulset |                                       | /spec/podManagementPolicy                  | 'OrderedReady'
        statefulset |                                       | /spec/updateStrategy                       | {'type':'RollingUpdate','rollingUpdate':{'partition':0}}
        statefulset |                                       | /spec/persistentVolumeClaimRetentionPolicy | {'whenDeleted':'Retain','whenScaled':'Retain'}
        rc          |                                       | /spec/replicas                             | 1
        job         |                                       | /spec/completions                          | 1
        job         |                                       | /spec/parallelism                          | 1
        job         |                                       | /spec/backoffLimit                         | 6
        job         |                                       | /spec/completionMode                       | 'NonIndexed'
        job         |                                       | /spec/suspend                              | false
        job         |                                       | /spec/podReplacementPolicy                 | 'TerminatingOrFailed'
        cronjob     |                                       | /spec/concurrencyPolicy                    | 'Allow'
        cronjob     |                                       | /spec/successfulJobsHistoryLimit           | 3
        cronjob     |                                       | /spec/failedJobsHistoryLimit               | 1
        hpa         |                                       | /spec/minReplicas                          | 1
        hpa         |                                       | /spec/metrics/0/resource                   | {'name':'cpu','target':{'type':'Utilization','averageUtilization':80}}
        netpol      |                                       | /spec/policyTypes                          | ['Ingress']
        netpol      | 'egress':[{}]                         | /spec/policyTypes                          | ['Ingress','Egress']
        netpol      | 'ingress':[{'ports':[{'port':1}]}]    | /spec/ingress/0/ports/0/protocol           | 'TCP'
        secret      |                                       | /type                                      | 'Opaque'
        storageclass|                                       | /reclaimPolicy                             | 'Delete'
        storageclass|                                       | /volumeBindingMode                         | 'Immediate'
        csidriver   |                                       | /spec/fsGroupPolicy                        | 'ReadWriteOnceWithFSType'
        csidriver   |                                       | /spec/volumeLifecycleModes                 | ['Persistent']
        webhook     |                                       | /webhooks/0/failurePolicy                  | 'Fail'
        webhook     |                                       | /webhooks/0/timeoutSeconds                 | 10
        webhook     |                                       | /webhooks/0/matchPolicy                    | 'Equivalent'
        webhook     |                                       | /webhooks/0/clientConfig/service/port      | 443
        limits      | 'max':{'cpu':'2'}                     | /spec/limits/0/default                     | {'cpu':'2'}
        limits      | 'max':{'cpu':'2'}                     | /spec/limits/0/defaultRequest              | {'cpu':'2'}
        """)
    void whatIsLeftOutIsFilledIn(String kind, String given, String pointer, String expected) {
        check(kind, given, pointer, expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        quota  | 'limits.cpu':1.5                       | /spec/hard/limits.cpu                | '1500m'
        quota  | 'limits.cpu':'0.5'                     | /spec/hard/limits.cpu                | '500m'
        quota  | 'limits.memory':'1024Mi'               | /spec/hard/limits.memory             | '1Gi'
        quota  | 'limits.memory':'1e3'                  | /spec/hard/limits.memory             | '1e3'
        quota  | 'limits.memory':1000                   | /spec/hard/limits.memory             | '1k'
        quota  | 'limits.memory':'1536Mi'               | /spec/hard/limits.memory             | '1536Mi'
        quota  | 'limits.memory':'+5'                   | /spec/hard/limits.memory             | '5'
        pod    | 'livenessProbe':{'tcpSocket':{'port':'http'}},'ports':[{'name':'http','containerPort':1}] | /spec/containers/0/livenessProbe/tcpSocket/port | 'http'
        lease  | 'renewTime':'2026-01-02T05:04:05.500000+02:00' | /spec/renewTime             | '2026-01-02T03:04:05.500000Z'
        event  | 'firstTimestamp':'2026-01-02T05:04:05+02:00' | /firstTimestamp                | '2026-01-02T03:04:05Z'
        event  | 'firstTimestamp':'2026-01-02T03:04:05.9Z'    | /firstTimestamp                | '2026-01-02T03:04:05Z'
        event  |                                        | /firstTimestamp                      | null
        secret | 'stringData':{'s':'hi'}                | /data/s                              | 'aGk='
        """)
    void valuesAreWrittenInOneForm(String kind, String given, String pointer, String expected) {
        check(kind, given, pointer, expected);
    }

    /** Go reads exactly six digits where it writes six. */
    @ParameterizedTest
    @CsvSource({"2026-01-02T03:04:05Z", "2026-01-02T03:04:05.1234567Z", "2026-01-02T03:04:05.5Z"})
    void microsecondsAreGivenAsSuch(String time) {
        assertThat(api.post(
                                "/apis/coordination.k8s.io/v1/namespaces/default/leases",
                                "{\"metadata\":{\"name\":\"l\"},\"spec\":{\"renewTime\":\"" + time + "\"}}")
                        .expect(400)
                        .message())
                .startsWith("Lease in version \"v1\" cannot be handled as a Lease: parsing time \"" + time + "\" as"
                        + " \"2006-01-02T15:04:05.000000Z07:00\": cannot parse ");
    }

    @Test
    void bytesMayBeBroken() {
        assertThat(api.post(NAMESPACED + "secrets", "{\"metadata\":{\"name\":\"s\"},\"data\":{\"k\":\"aGVs\\nbG8=\"}}")
                        .expect(201)
                        .text("data", "k"))
                .isEqualTo("aGVsbG8=");
    }
}
