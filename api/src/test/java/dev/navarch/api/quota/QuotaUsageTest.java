package dev.navarch.api.quota;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.quota.QuotaUsage.Counted;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The cases are those of upstream's evaluators (kubernetes pkg/quota/v1/evaluator/core/*_test.go). */
class QuotaUsageTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

    private static final Pattern TEXT =
            Pattern.compile("'([^']*)'|(?<![A-Za-z])(?!true|false)([A-Za-z][A-Za-z0-9./-]*)");

    /** JSON whose texts are between apostrophes, or nothing at all. */
    private static JsonNode read(String text) {
        return JsonMapper.shared()
                .readTree(
                        TEXT.matcher(text).replaceAll(m -> '"' + (m.group(1) == null ? m.group(2) : m.group(1)) + '"'));
    }

    private static String used(Counted counted, String object) {
        return Amounts.text(QuotaUsage.of(counted, read(object), NOW));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        {spec:{initContainers:[{resources:{requests:{cpu:'1m'},limits:{cpu:'2m'}}}]}} | count/pods=1,cpu=1m,limits.cpu=2m,pods=1,requests.cpu=1m
        {spec:{containers:[{resources:{requests:{memory:'1'},limits:{memory:'2'}}}]}} | count/pods=1,limits.memory=2,memory=1,pods=1,requests.memory=1
        {spec:{containers:[{resources:{requests:{ephemeral-storage:'32Mi'},limits:{ephemeral-storage:'64Mi'}}}]}} | count/pods=1,ephemeral-storage=32Mi,limits.ephemeral-storage=64Mi,pods=1,requests.ephemeral-storage=32Mi
        {spec:{containers:[{resources:{requests:{hugepages-2Mi:'100Mi'}}}]}} | count/pods=1,hugepages-2Mi=100Mi,pods=1,requests.hugepages-2Mi=100Mi
        {spec:{containers:[{resources:{requests:{example.com/dongle:'3'},limits:{example.com/dongle:'3'}}}]}} | count/pods=1,pods=1,requests.example.com/dongle=3
        {spec:{containers:[{resources:{requests:{cpu:'1'}}},{resources:{requests:{cpu:'2'}}}],initContainers:[{resources:{requests:{cpu:'4'}}},{resources:{requests:{cpu:'1'}}}]}} | count/pods=1,cpu=4,pods=1,requests.cpu=4
        {spec:{containers:[{resources:{requests:{cpu:'2'}}}],initContainers:[{restartPolicy:Always,resources:{requests:{cpu:'1'}}},{resources:{requests:{cpu:'3'}}}]}} | count/pods=1,cpu=4,pods=1,requests.cpu=4
        {spec:{overhead:{cpu:'1',memory:'5'},containers:[{resources:{requests:{cpu:'1'},limits:{cpu:'2'}}}]}} | count/pods=1,cpu=2,limits.cpu=3,memory=5,pods=1,requests.cpu=2,requests.memory=5
        {spec:{resources:{requests:{cpu:'5'},limits:{cpu:'6'}},containers:[{resources:{requests:{cpu:'1',memory:'7'}}}]}} | count/pods=1,cpu=5,limits.cpu=6,memory=7,pods=1,requests.cpu=5,requests.memory=7
        {status:{phase:Succeeded},spec:{containers:[{resources:{requests:{cpu:'1'}}}]}} | count/pods=1
        {status:{phase:Failed},spec:{containers:[{}]}} | count/pods=1
        {metadata:{deletionTimestamp:'2026-01-01T11:59:00Z',deletionGracePeriodSeconds:30},spec:{containers:[{resources:{requests:{cpu:'1'}}}]}} | count/pods=1
        {metadata:{deletionTimestamp:'2026-01-01T12:00:00Z',deletionGracePeriodSeconds:30},spec:{containers:[{resources:{requests:{cpu:'1'}}}]}} | count/pods=1,cpu=1,pods=1,requests.cpu=1
        """)
    void ofPods(String pod, String expected) {
        assertThat(used(new Counted("", "pods"), pod)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        {spec:{type:ClusterIP,ports:[{port:1}]}} | count/services=1,services=1,services.loadbalancers=0,services.nodeports=0
        {spec:{type:ExternalName}} | count/services=1,services=1,services.loadbalancers=0,services.nodeports=0
        {spec:{type:NodePort,ports:[{port:1},{port:2}]}} | count/services=1,services=1,services.loadbalancers=0,services.nodeports=2
        {spec:{type:LoadBalancer,ports:[{port:1}]}} | count/services=1,services=1,services.loadbalancers=1,services.nodeports=1
        {spec:{type:LoadBalancer,allocateLoadBalancerNodePorts:false,ports:[{port:1}]}} | count/services=1,services=1,services.loadbalancers=1,services.nodeports=0
        {spec:{type:LoadBalancer,allocateLoadBalancerNodePorts:false,ports:[{port:1,nodePort:2},{port:3}]}} | count/services=1,services=1,services.loadbalancers=1,services.nodeports=1
        """)
    void ofServices(String service, String expected) {
        assertThat(used(new Counted("", "services"), service)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        {spec:{resources:{requests:{storage:'10Gi'}}}} | count/persistentvolumeclaims=1,persistentvolumeclaims=1,requests.storage=10Gi
        {spec:{resources:{requests:{storage:'0.5'}}}} | count/persistentvolumeclaims=1,persistentvolumeclaims=1,requests.storage=1
        {spec:{resources:{requests:{storage:'1Gi'}}},status:{allocatedResources:{storage:'5Gi'}}} | count/persistentvolumeclaims=1,persistentvolumeclaims=1,requests.storage=5Gi
        {spec:{resources:{requests:{storage:'5Gi'}}},status:{allocatedResources:{storage:'1Gi'}}} | count/persistentvolumeclaims=1,persistentvolumeclaims=1,requests.storage=5Gi
        {spec:{storageClassName:gold,resources:{requests:{storage:'1Gi'}}}} | count/persistentvolumeclaims=1,gold.storageclass.storage.k8s.io/persistentvolumeclaims=1,gold.storageclass.storage.k8s.io/requests.storage=1Gi,persistentvolumeclaims=1,requests.storage=1Gi
        {metadata:{annotations:{volume.beta.kubernetes.io/storage-class:old}},spec:{storageClassName:gold}} | count/persistentvolumeclaims=1,old.storageclass.storage.k8s.io/persistentvolumeclaims=1,persistentvolumeclaims=1
        """)
    void ofClaims(String claim, String expected) {
        assertThat(used(new Counted("", "persistentvolumeclaims"), claim)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        {spec:{containers:[{name:c,resources:{requests:{cpu:'1m'}}}]}} | must specify memory for: c
        {spec:{initContainers:[{name:i,resources:{limits:{memory:'1'}}}],containers:[{name:c}]}} | must specify memory for: c,i
        {spec:{containers:[{name:c,resources:{requests:{memory:'1'}}}]}} | ``
        {spec:{resources:{requests:{cpu:'1'}},containers:[{name:c}]}} | ``
        """)
    void whatEachContainerMustSay(String pod, String expected) {
        assertThat(QuotaUsage.unspecified(read(pod), Set.of("memory", "requests.hugepages-2Mi", "pods"))
                        .orElse(""))
                .isEqualTo(expected);
    }

    /** Which requirements hold, of {@code scope operator [value]}. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        {spec:{containers:[{}]}} | BestEffort NotTerminating PriorityClass-DoesNotExist PriorityClass-NotIn
        {spec:{activeDeadlineSeconds:0,containers:[{resources:{requests:{cpu:'1'}}}]}} | NotBestEffort PriorityClass-DoesNotExist PriorityClass-NotIn Terminating
        {spec:{priorityClassName:x,containers:[{}]}} | BestEffort NotTerminating PriorityClass-Exists PriorityClass-In
        {spec:{priorityClassName:y,containers:[{}]}} | BestEffort NotTerminating PriorityClass-Exists PriorityClass-NotIn
        {spec:{containers:[{}],affinity:{podAffinity:{requiredDuringSchedulingIgnoredDuringExecution:[{namespaceSelector:{}}]}}}} | BestEffort CrossNamespacePodAffinity NotTerminating PriorityClass-DoesNotExist PriorityClass-NotIn
        {spec:{containers:[{}],affinity:{podAntiAffinity:{preferredDuringSchedulingIgnoredDuringExecution:[{podAffinityTerm:{namespaces:[n]}}]}}}} | BestEffort CrossNamespacePodAffinity NotTerminating PriorityClass-DoesNotExist PriorityClass-NotIn
        {spec:{containers:[{}],affinity:{podAntiAffinity:{requiredDuringSchedulingIgnoredDuringExecution:[{namespaces:[]}]}}}} | BestEffort NotTerminating PriorityClass-DoesNotExist PriorityClass-NotIn
        """)
    void scopesOfPods(String pod, String expected) {
        assertThat(holding(new Counted("", "pods"), pod, "PriorityClass")).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        {spec:{}} | VolumeAttributesClass-DoesNotExist VolumeAttributesClass-NotIn
        {spec:{volumeAttributesClassName:x}} | VolumeAttributesClass-Exists VolumeAttributesClass-In
        {spec:{volumeAttributesClassName:y},status:{currentVolumeAttributesClassName:x}} | VolumeAttributesClass-Exists VolumeAttributesClass-In VolumeAttributesClass-NotIn
        {spec:{},status:{modifyVolumeStatus:{targetVolumeAttributesClassName:x}}} | VolumeAttributesClass-Exists VolumeAttributesClass-In
        """)
    void scopesOfClaims(String claim, String expected) {
        assertThat(holding(new Counted("", "persistentvolumeclaims"), claim, "VolumeAttributesClass"))
                .isEqualTo(expected);
    }

    private static String holding(Counted counted, String object, String named) {
        Set<String> holding = new TreeSet<>();
        for (var operator : Set.of("In", "NotIn", "Exists", "DoesNotExist")) {
            var requirement = read("{scopeName:%s,operator:%s,values:[x]}".formatted(named, operator));
            if (QuotaScopes.holds(counted, requirement, read(object))) {
                holding.add(named + "-" + operator);
            }
        }
        for (var scope :
                Set.of("Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "CrossNamespacePodAffinity")) {
            if (QuotaScopes.holds(counted, read("{scopeName:%s,operator:Exists}".formatted(scope)), read(object))) {
                holding.add(scope);
            }
        }
        return String.join(" ", holding);
    }
}
