package dev.navarch.api.kinds;

import static dev.navarch.api.kinds.Objects.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.Catalogue;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
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
