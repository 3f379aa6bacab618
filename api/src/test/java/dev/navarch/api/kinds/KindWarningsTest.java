package dev.navarch.api.kinds;

import static dev.navarch.api.kinds.Objects.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.Catalogue;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

class KindWarningsTest {
    private static KindWarnings of(String apiVersion, String kind) {
        return KindWarnings.of(Catalogue.builtIn().byKind(apiVersion, kind).orElseThrow());
    }

    private static List<String> pod(String spec) {
        return of("v1", "Pod").onCreate(json("{'metadata':{'name':'p'},'spec':{" + spec + "}}"));
    }

    @Test
    void whatNothingListensToAnyMore() {
        assertThat(pod("'nodeSelector':{'beta.kubernetes.io/os':'linux'},'volumes':[{'name':'g','gitRepo':{}}]"))
                .containsExactly(
                        "spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use \"kubernetes.io/os\""
                                + " instead",
                        "spec.volumes[0].gitRepo: deprecated in v1.11");
        var annotated =
                json("{'metadata':{'name':'p','annotations':{'seccomp.security.alpha.kubernetes.io/pod':'x'}}}");
        assertThat(of("v1", "Pod").onCreate(annotated))
                .containsExactly("metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in"
                        + " v1.27+; use the \"seccompProfile\" field instead");
        assertThat(of("v1", "Service")
                        .onUpdate(
                                json("{'spec':{'type':'ClusterIP','clusterIP':'None','sessionAffinity':'ClientIP'}}"),
                                json("{}")))
                .containsExactly("spec.SessionAffinity is ignored for headless services");
        assertThat(of("networking.k8s.io/v1", "Ingress")
                        .onCreate(json("{'metadata':{'annotations':{'kubernetes.io/ingress.class':'x'}}}")))
                .containsExactly("annotation \"kubernetes.io/ingress.class\" is deprecated, please use"
                        + " 'spec.ingressClassName' instead");
    }

    @Test
    void whatWillSurprise() {
        assertThat(pod("'containers':[{'name':'c','resources':{'limits':{'memory':'100m'}},"
                        + "'env':[{'name':'A','value':'1'},{'name':'A','value':'$(A)2'},{'name':'A','value':'3'}],"
                        + "'ports':[{'containerPort':80,'protocol':'TCP'},{'containerPort':80,'protocol':'TCP','hostPort':8},"
                        + "{'containerPort':81,'protocol':'TCP','hostIP':'1.2.3.4'}]}],"
                        + "'terminationGracePeriodSeconds':-1,'hostAliases':[{'ip':'1.1.1.1'},{'ip':'1.1.1.1'}]"))
                .containsExactly(
                        "spec.hostAliases[1].ip: duplicate ip \"1.1.1.1\"",
                        "spec.containers[0].resources.limits[memory]: fractional byte value \"100m\" is invalid, must"
                                + " be an integer",
                        "spec.containers[0].env[2]: hides previous definition of \"A\", which may be dropped when"
                                + " using apply",
                        "spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]",
                        "spec.containers[0].ports[2]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:81"
                                + " Protocol:TCP HostIP:1.2.3.4}",
                        "spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be"
                                + " treated as 1");
        assertThat(of("apps/v1", "Deployment").onCreate(json("{'metadata':{'name':'a.b'}}")))
                .containsExactly(
                        "metadata.name: this is used in Pod names and hostnames, which can result in surprising"
                                + " behavior; a DNS label is recommended: [must not contain dots]");
    }

    static Stream<Arguments> told() {
        var bad = "'2001:DB8::1'";
        var better = "should be in RFC 5952 canonical format (\"2001:db8::1\")";
        return Stream.of(
                Arguments.of(
                        "v1 Service",
                        "{'spec':{'type':'ClusterIP','clusterIP':'010.0.0.1','clusterIPs':['010.0.0.1']}}",
                        "spec.clusterIPs[0]: non-standard IP address \"010.0.0.1\" will be considered invalid in a future"
                                + " Kubernetes release: use \"10.0.0.1\""),
                Arguments.of(
                        "v1 Service",
                        "{'spec':{'type':'LoadBalancer','loadBalancerIP':" + bad + "}}",
                        "spec.loadBalancerIP: IPv6 address \"2001:DB8::1\" " + better),
                Arguments.of(
                        "v1 Service",
                        "{'spec':{'type':'LoadBalancer','loadBalancerSourceRanges':['10.0.0.1/8']}}",
                        "spec.loadBalancerSourceRanges[0]: CIDR value \"10.0.0.1/8\" is ambiguous in this context (should"
                                + " be \"10.0.0.0/8\" or \"10.0.0.1/32\"?)"),
                Arguments.of(
                        "v1 Pod",
                        "{'metadata':{'name':'p'},'spec':{'dnsConfig':{'nameservers':[" + bad + "]}}}",
                        "spec.dnsConfig.nameservers[0]: IPv6 address \"2001:DB8::1\" " + better),
                Arguments.of(
                        "v1 Pod",
                        "{'metadata':{'name':'p'},'spec':{'volumes':[{'projected':{'sources':[{'serviceAccountToken':{'path':"
                                + "'t'}},{'configMap':{'items':[{'path':'a'},{'path':'t'}]}}]}}]}}",
                        "spec.volumes[0].projected.sources.configMap[1]: has duplicated path with ServiceAccountToken"
                                + " \"t\""),
                Arguments.of(
                        "v1 Pod",
                        "{'metadata':{'name':'p'},'spec':{'volumes':[{'ephemeral':{'volumeClaimTemplate':{'spec':{"
                                + "'resources':{'requests':{'storage':'1500m'}}}}}}]}}",
                        "spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources.requests[storage]: fractional byte"
                                + " value \"1500m\" is invalid, must be an integer"),
                Arguments.of(
                        "v1 Node",
                        "{'spec':{'externalID':'x'}}",
                        "spec.externalID: this field is deprecated, and is unused by Kubernetes"),
                Arguments.of(
                        "v1 Node",
                        "{'spec':{'podCIDRs':['2001:DB8::/64']}}",
                        "spec.podCIDRs[0]: IPv6 CIDR value \"2001:DB8::/64\" should be in RFC 5952 canonical format"
                                + " (\"2001:db8::/64\")"),
                Arguments.of(
                        "v1 Endpoints",
                        "{'subsets':[{'notReadyAddresses':[{'ip':" + bad + "}]}]}",
                        "subsets[0].notReadyAddresses[0].ip: IPv6 address \"2001:DB8::1\" " + better),
                Arguments.of(
                        "discovery.k8s.io/v1 EndpointSlice",
                        "{'addressType':'FQDN'}",
                        "spec.addressType: FQDN endpoints are deprecated"),
                Arguments.of(
                        "discovery.k8s.io/v1 EndpointSlice",
                        "{'addressType':'IPv6','endpoints':[{'addresses':[" + bad + "]}]}",
                        "endpoints[0].addresses[0]: IPv6 address \"2001:DB8::1\" " + better),
                Arguments.of(
                        "networking.k8s.io/v1 NetworkPolicy",
                        "{'spec':{'egress':[{'to':[{'ipBlock':{'cidr':'10.0.0.0/8','except':['10.1.2.3/16']}}]}]}}",
                        "spec.egress[0].to[0].ipBlock.except[0]: CIDR value \"10.1.2.3/16\" is ambiguous in this context"
                                + " (should be \"10.1.0.0/16\" or \"10.1.2.3/32\"?)"),
                Arguments.of(
                        "apps/v1 StatefulSet",
                        "{'spec':{'revisionHistoryLimit':-1}}",
                        "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is"
                                + " recommended"),
                Arguments.of(
                        "apps/v1 StatefulSet",
                        "{'spec':{'volumeClaimTemplates':[{'spec':{'resources':{'limits':{'storage':'1m'}}}}]}}",
                        "spec.volumeClaimTemplates[0].resources.limits[storage]: fractional byte value \"1m\" is invalid,"
                                + " must be an integer"),
                Arguments.of(
                        "batch/v1 Job",
                        "{'metadata':{'name':'j'},'spec':{'completionMode':'Indexed','completions':100001,'parallelism':10001}}",
                        "spec: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher"
                                + " than 10^4, Kubernetes might not be able to track completedIndexes when a big number"
                                + " of indexes fail"),
                Arguments.of(
                        "batch/v1 CronJob",
                        "{'metadata':{'name':'c'},'spec':{'schedule':'TZ=UTC 1 * * * *'}}",
                        "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see"
                                + " https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more"
                                + " details"),
                Arguments.of(
                        "storage.k8s.io/v1 CSIStorageCapacity",
                        "{'nodeTopology':{'matchLabels':{'beta.kubernetes.io/arch':'a'}}}",
                        "nodeTopology.matchLabels[beta.kubernetes.io/arch]: beta.kubernetes.io/arch is deprecated since"
                                + " v1.14; use \"kubernetes.io/arch\" instead"));
    }

    @ParameterizedTest
    @MethodSource("told")
    void eachIsToldInUpstreamsWords(String kind, String object, String warning) {
        var named = kind.split(" ");
        var now = json(object);
        if (now.get("metadata") == null) {
            now.putObject("metadata").put("name", "n");
        }
        assertThat(of(named[0], named[1]).onCreate(now)).contains(warning);
    }

    @Test
    void templatesAreLookedAtAgainWhenTheyMayHaveChanged() {
        var rules = of("apps/v1", "Deployment");
        var before = json("{'metadata':{'name':'d','generation':1},'spec':{'template':{'spec':"
                + "{'nodeSelector':{'beta.kubernetes.io/os':'linux'}}}}}");
        var after = before.deepCopy();
        assertThat(rules.onUpdate(after, before)).isEmpty();
        ((ObjectNode) after.get("metadata")).put("generation", 2);
        assertThat(rules.onUpdate(after, before)).hasSize(1).allMatch(w -> w.startsWith("spec.template.spec.nodeSel"));
        assertThat(of("v1", "Pod").onUpdate(after, before)).isEmpty();
    }

    @Test
    void hostileTreesAreNoProblem() {
        var random = new Random(42);
        for (var type : Catalogue.builtIn().types()) {
            for (int i = 0; i < 20; i++) {
                KindWarnings.of(type).onCreate(KindRulesTest.tree(random, 4));
            }
        }
    }
}
