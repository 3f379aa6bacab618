package dev.navarch.apiserver.authz;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class PolicyReconciliationTest {
    private static final String POLICY = "'metadata':{'name':'x','labels':{'l':'1'}}";
    private static final ObjectNode ROLE = tree(
            "{" + POLICY
                    + ",'rules':[{'verbs':['get','list'],'apiGroups':[''],'resources':['pods']},{'verbs':['get'],'nonResourceURLs':['/x']}]}");
    private static final ObjectNode BINDING = tree("{" + POLICY + ",'roleRef':{'kind':'ClusterRole','name':'r'},"
            + "'subjects':[{'kind':'User','name':'ann'},{'kind':'ServiceAccount','namespace':'n','name':'sa'}]}");

    private static ObjectNode tree(String text) {
        return (ObjectNode) JsonMapper.shared().readTree(text.replace('\'', '"'));
    }

    @Test
    void whatIsAsItShouldBeIsLeft() {
        assertThat(PolicyReconciliation.change(ROLE, ROLE)).isEmpty();
        assertThat(PolicyReconciliation.change(BINDING, BINDING)).isEmpty();
        var more = tree("{" + POLICY + ",'rules':[{'verbs':['*'],'apiGroups':['*'],'resources':['*']},"
                + "{'verbs':['*'],'nonResourceURLs':['*']}]}");
        assertThat(PolicyReconciliation.change(more, ROLE)).isEmpty();
    }

    @Test
    void missingRulesAndLabelsAreAddedAndOthersStay() {
        var stored = tree("{'metadata':{'name':'x','labels':{'mine':'2'}},'rules':["
                + "{'verbs':['get','list'],'apiGroups':[''],'resources':['pods','secrets']}]}");
        var changed = PolicyReconciliation.change(stored, ROLE).orElseThrow();
        assertThat(changed.path("rules")).hasSize(2);
        assertThat(changed.at("/rules/0/resources")).hasSize(2);
        assertThat(changed.at("/rules/1/nonResourceURLs/0").asString()).isEqualTo("/x");
        assertThat(changed.at("/metadata/labels").propertyNames()).containsExactlyInAnyOrder("mine", "l");
    }

    @Test
    void whoeverSaysSoKeepsTheirs() {
        var stored = tree("{'metadata':{'name':'x','annotations':{"
                + "'rbac.authorization.kubernetes.io/autoupdate':'false'}},'rules':[],'roleRef':{'name':'other'}}");
        assertThat(PolicyReconciliation.change(stored, ROLE)).isEmpty();
        assertThat(PolicyReconciliation.bindsAnother(stored, BINDING)).isFalse();
    }

    @Test
    void missingSubjectsAreAdded() {
        var stored = BINDING.deepCopy();
        stored.putArray("subjects").addObject().put("kind", "User").put("name", "bob");
        assertThat(PolicyReconciliation.change(stored, BINDING).orElseThrow().path("subjects"))
                .hasSize(3);
    }

    @Test
    void aBindingOfAnotherRoleIsMadeAnew() {
        var stored = BINDING.deepCopy();
        stored.putObject("roleRef").put("kind", "ClusterRole").put("name", "s");
        assertThat(PolicyReconciliation.bindsAnother(stored, BINDING)).isTrue();
        assertThat(PolicyReconciliation.bindsAnother(BINDING, BINDING)).isFalse();
    }

    @Test
    void rulesOfAnAggregateAreTheControllersAffair() {
        var expected = tree("{" + POLICY
                + ",'aggregationRule':{'clusterRoleSelectors':[{'matchLabels':{'a':'true'}}]},'rules':[]}");
        var stored = tree(
                "{" + POLICY
                        + ",'aggregationRule':{'clusterRoleSelectors':[{'matchLabels':{'b':'true'}}]},'rules':[{'verbs':['get']}]}");
        var changed = PolicyReconciliation.change(stored, expected).orElseThrow();
        assertThat(changed.at("/aggregationRule/clusterRoleSelectors")).hasSize(2);
        assertThat(changed.path("rules")).hasSize(1);
    }

    @Test
    void allNodesLoseWhatTheyHadBefore() {
        var expected = tree("{" + POLICY + ",'roleRef':{'kind':'ClusterRole','name':'system:node'}}");
        var stored = expected.deepCopy();
        stored.putArray("subjects").addObject().put("kind", "Group").put("name", "system:nodes");
        assertThat(PolicyReconciliation.change(stored, expected).orElseThrow().has("subjects"))
                .isFalse();
    }
}
