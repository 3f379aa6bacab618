package dev.navarch.apiserver.authz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.navarch.api.Catalogue;
import dev.navarch.api.kinds.KindRulesCatalogue;
import dev.navarch.apiserver.admission.AdmissionContext;
import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.admission.AdmittedKind;
import dev.navarch.apiserver.fields.Versions;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.Draft;
import dev.navarch.storage.MemoryStore;
import dev.navarch.storage.Write;
import dev.navarch.time.ManualTime;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What ann, who may do this and that, can give away. */
class RbacEscalationTest {
    private static final String GROUP = "rbac.authorization.k8s.io";
    private static final User ANN = new User("ann", List.of("staff", User.AUTHENTICATED));
    private static final User ROOT = new User("root", List.of(User.MASTERS));

    private final ManualTime time = new ManualTime(Instant.EPOCH);
    private final MemoryStore store = new MemoryStore(time);
    private StoreFeed feed;
    private AdmissionPlugin check;

    @BeforeEach
    void roles() {
        put(
                "clusterroles/reader",
                "{'metadata':{'name':'reader'},'rules':[{'apiGroups':[''],'resources':['pods','*/log'],"
                        + "'verbs':['get','list']},{'apiGroups':['apps'],'resources':['*'],'verbs':['*']},"
                        + "{'nonResourceURLs':['/logs/*'],'verbs':['get']},"
                        + "{'apiGroups':[''],'resources':['secrets'],'resourceNames':['s'],'verbs':['get']}]}");
        put(
                "clusterroles/binder",
                "{'metadata':{'name':'binder'},'rules':[{'apiGroups':['" + GROUP
                        + "'],'resources':['clusterroles'],'resourceNames':['admin'],'verbs':['bind']},"
                        + "{'apiGroups':['" + GROUP + "'],'resources':['roles'],'verbs':['escalate']}]}");
        put("clusterroles/admin", "{'metadata':{'name':'admin'},'rules':[" + rule("*", "*", "*") + "]}");
        put("clusterroles/owner", "{'metadata':{'name':'owner'},'rules':[" + rule("*", "secrets", "*") + "]}");
        put(
                "clusterrolebindings/ann",
                "{'metadata':{'name':'ann'},'roleRef':{'kind':'ClusterRole','name':'reader'},"
                        + "'subjects':[{'kind':'Group','name':'staff'}]}");
        var index = new RbacIndex();
        feed = new StoreFeed(store, List.of(index.stored()));
        var rbac = new RbacAuthorizer(index);
        check = new RbacEscalation(rbac, rbac);
    }

    @AfterEach
    void close() {
        feed.close();
        store.close();
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private void put(String path, String object) {
        store.write(new Write.Create(
                "/registry/" + GROUP + "/" + path,
                new Draft(json(object).getBytes(StandardCharsets.UTF_8), -1, Optional.empty())));
    }

    private static String rule(String group, String resource, String... verbs) {
        return "{'apiGroups':['" + group + "'],'resources':['" + resource + "'],'verbs':['" + String.join("','", verbs)
                + "']}";
    }

    private static ObjectNode tree(String text) {
        return (ObjectNode) JsonMapper.shared().readTree(json(text));
    }

    private static AdmissionRequest write(User user, String resource, String object, Optional<String> old) {
        var tree = tree(object);
        var type = Catalogue.builtIn().find(GROUP, "v1", resource).orElseThrow();
        var apiVersion = type.groupVersion().apiVersion();
        return new AdmissionRequest(
                old.isEmpty() ? Operation.CREATE : Operation.UPDATE,
                GROUP,
                "v1",
                resource,
                "",
                "",
                !resource.startsWith("cluster"),
                resource.startsWith("cluster") ? "" : "d",
                old.isEmpty() ? "" : "x",
                Optional.of(tree),
                old.map(RbacEscalationTest::tree),
                user,
                false,
                new AdmittedKind(
                        type,
                        apiVersion,
                        Versions.only(apiVersion, type.schema()),
                        KindRulesCatalogue.builtIn().of(type)),
                new AdmissionContext(_ -> {}, Tree::object));
    }

    private String refused(String resource, String object) {
        return refused(write(ANN, resource, object, Optional.empty()));
    }

    private String refused(AdmissionRequest request) {
        var failure = catchThrowableOfType(ApiFailure.class, () -> check.validate(request));
        return failure == null ? "" : failure.code() + " " + failure.getMessage();
    }

    private static String role(String more) {
        return "{'metadata':{'name':'x'}" + more + "}";
    }

    private static String role(String key, String rules) {
        return role(",'" + key + "':[" + rules + "]");
    }

    @Test
    void rulesThatAreHeldMayBeGranted() {
        assertThat(refused("clusterroles", role("rules", rule("", "pods", "get", "list"))))
                .isEmpty();
        assertThat(refused("clusterroles", role("rules", rule("", "pods/log", "get"))))
                .isEmpty();
        assertThat(refused("roles", role("rules", rule("apps", "deployments/scale", "frob"))))
                .isEmpty();
        assertThat(refused("clusterroles", role("rules", "{'nonResourceURLs':['/logs/a'],'verbs':['get']}")))
                .isEmpty();
    }

    @Test
    void otherRulesAreNamed() {
        assertThat(refused(
                        "clusterroles",
                        role("rules", rule("", "pods", "get", "delete", "watch") + "," + rule("", "secrets", "get"))))
                .isEqualTo(
                        "403 clusterroles.rbac.authorization.k8s.io \"x\" is forbidden: user \"ann\" (groups=[\"staff\""
                                + " \"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n"
                                + "{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"delete\" \"watch\"]}\n"
                                + "{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}");
        assertThat(refused("clusterroles", role("rules", "{'nonResourceURLs':['/*'],'verbs':['get']}")))
                .endsWith("{NonResourceURLs:[\"/*\"], Verbs:[\"get\"]}");
        assertThat(refused("roles", role("rules", rule("apps", "*", "*") + "," + rule("*", "pods", "get"))))
                .contains("{APIGroups:[\"*\"], Resources:[\"pods\"], Verbs:[\"get\"]}");
    }

    @Test
    void whoMayDoAllMayGrantAll() {
        assertThatCode(() -> check.validate(
                        write(ROOT, "clusterroles", role("rules", rule("*", "*", "*")), Optional.empty())))
                .doesNotThrowAnyException();
    }

    @Test
    void anAggregationRuleIsForAdministrators() {
        var aggregation = ",'aggregationRule':{'clusterRoleSelectors':[{'matchLabels':{'a':'b'}}]}";
        assertThat(refused("clusterroles", role(aggregation)))
                .isEqualTo("403 clusterroles.rbac.authorization.k8s.io \"x\" is forbidden: must have cluster-admin"
                        + " privileges to use the aggregationRule");
        assertThat(refused(write(ANN, "clusterroles", role(""), Optional.of(role(aggregation)))))
                .contains("must have cluster-admin");
    }

    @Test
    void bindingsGrantTheirRoles() {
        assertThat(refused("clusterrolebindings", role(",'roleRef':{'kind':'ClusterRole','name':'reader'}")))
                .isEmpty();
        assertThat(refused("rolebindings", role(",'roleRef':{'kind':'ClusterRole','name':'admin'}")))
                .startsWith("403 rolebindings.rbac.authorization.k8s.io \"x\" is forbidden: user \"ann\"")
                .endsWith("{APIGroups:[\"*\"], Resources:[\"*\"], Verbs:[\"*\"]}");
        assertThat(refused("rolebindings", role(",'roleRef':{'kind':'Role','name':'none'}")))
                .isEqualTo("404 roles.rbac.authorization.k8s.io \"none\" not found");
    }

    @Test
    void theVerbsEscalateAndBindLiftTheCheck() throws Exception {
        put(
                "clusterrolebindings/ann2",
                "{'metadata':{'name':'ann2'},'roleRef':{'kind':'ClusterRole','name':'binder'},"
                        + "'subjects':[{'kind':'User','name':'ann'}]}");
        feed.close();
        var index = new RbacIndex();
        feed = new StoreFeed(store, List.of(index.stored()));
        var rbac = new RbacAuthorizer(index);
        check = new RbacEscalation(rbac, rbac);
        assertThat(refused("roles", role("rules", rule("*", "*", "*")))).isEmpty();
        assertThat(refused("clusterroles", role("rules", rule("*", "*", "*")))).contains("not currently held");
        assertThat(refused("rolebindings", role(",'roleRef':{'kind':'ClusterRole','name':'admin'}")))
                .isEmpty();
        assertThat(refused("rolebindings", role(",'roleRef':{'kind':'ClusterRole','name':'owner'}")))
                .contains("not currently held");
    }

    @Test
    void theGarbageCollectorMayFinishRolesAboveIt() {
        var old = "{'metadata':{'name':'x','finalizers':['a']},'rules':[" + rule("*", "*", "*") + "]}";
        var now = "{'metadata':{'name':'x'},'rules':[" + rule("*", "*", "*") + "]}";
        assertThat(refused(write(ANN, "clusterroles", now, Optional.of(old)))).isEmpty();
        assertThat(refused(write(ANN, "clusterroles", old.replace("'*'", "'z'"), Optional.of(now))))
                .contains("not currently held");
    }
}
