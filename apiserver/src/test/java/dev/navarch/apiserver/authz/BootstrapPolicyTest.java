package dev.navarch.apiserver.authz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/**
 * The roles that every cluster has, held against what upstream gives with the feature gates of 1.36 (source: kubernetes
 * plugin/pkg/auth/authorizer/rbac/bootstrappolicy: policy.go, controller_policy.go, namespace_policy.go).
 */
class BootstrapPolicyTest {
    private static final List<String> ROLES = words("admin cluster-admin edit system:aggregate-to-admin"
            + " system:aggregate-to-edit system:aggregate-to-view system:auth-delegator system:basic-user"
            + " system:certificates.k8s.io:certificatesigningrequests:nodeclient"
            + " system:certificates.k8s.io:certificatesigningrequests:selfnodeclient"
            + " system:certificates.k8s.io:kube-apiserver-client-approver"
            + " system:certificates.k8s.io:kube-apiserver-client-kubelet-approver"
            + " system:certificates.k8s.io:kubelet-serving-approver system:certificates.k8s.io:legacy-unknown-approver"
            + " system:discovery system:heapster system:kube-aggregator system:kube-controller-manager system:kube-dns"
            + " system:kube-scheduler system:kubelet-api-admin system:monitoring system:node system:node-bootstrapper"
            + " system:node-problem-detector system:node-proxier system:persistent-volume-provisioner"
            + " system:public-info-viewer system:service-account-issuer-discovery system:volume-scheduler view");

    private static final List<String> CONTROLLERS = words("attachdetach-controller certificate-controller"
            + " clusterrole-aggregation-controller cronjob-controller daemon-set-controller deployment-controller"
            + " device-taint-eviction-controller disruption-controller endpoint-controller endpointslice-controller"
            + " endpointslicemirroring-controller ephemeral-volume-controller expand-controller generic-garbage-collector"
            + " horizontal-pod-autoscaler job-controller legacy-service-account-token-cleaner namespace-controller"
            + " node-controller persistent-volume-binder pod-garbage-collector pv-protection-controller"
            + " pvc-protection-controller replicaset-controller replication-controller resource-claim-controller"
            + " resourcequota-controller root-ca-cert-publisher route-controller selinux-warning-controller"
            + " service-account-controller service-cidrs-controller service-controller statefulset-controller"
            + " ttl-after-finished-controller ttl-controller validatingadmissionpolicy-status-controller"
            + " volumeattributesclass-protection-controller");

    private final BootstrapPolicy policy = BootstrapPolicy.standard();

    private static List<String> words(String text) {
        return List.of(text.split(" "));
    }

    private List<ObjectNode> named(String kind) {
        return policy.objects().stream()
                .filter(object -> Tree.text(object, "kind").equals(kind))
                .filter(object -> !Meta.name(object).contains("navarch"))
                .toList();
    }

    @Test
    void rolesAreUpstreams() {
        var controllers = CONTROLLERS.stream().map(name -> "system:controller:" + name);
        assertThat(named("ClusterRole").stream().map(Meta::name))
                .containsExactlyInAnyOrderElementsOf(
                        Stream.concat(ROLES.stream(), controllers).toList());
    }

    @Test
    void controllersHaveTheirRoleAndNobodyElseHas() {
        for (var name : CONTROLLERS) {
            var binding = named("ClusterRoleBinding").stream()
                    .filter(b -> Meta.name(b).equals("system:controller:" + name))
                    .map(Binding::of)
                    .toList();
            assertThat(binding).as(name).hasSize(1);
            assertThat(binding.getFirst().subjects()).hasSize(1);
            assertThat(binding.getFirst().subjects().getFirst().who())
                    .isEqualTo("system:serviceaccount:kube-system:" + name);
        }
    }

    @Test
    void nobodyUnknownMayMoreThanSeeThatTheServerIsThere() {
        var open = named("ClusterRoleBinding").stream()
                .filter(binding -> Tree.objects(binding, "subjects").stream()
                        .anyMatch(subject -> Tree.text(subject, "name").equals("system:unauthenticated")))
                .map(Meta::name);
        assertThat(open).containsExactly("system:public-info-viewer");
    }

    /** With what upstream changed last, and what would be an escalation if it were there. */
    @ParameterizedTest
    @CsvSource({
        "cluster-admin, anything example.com things/sub, true",
        "system:aggregate-to-view, list core events, true",
        "system:aggregate-to-view, watch events.k8s.io events, true",
        "system:aggregate-to-view, get resource.k8s.io resourceclaims/status, true",
        "system:aggregate-to-view, get core secrets, false",
        "system:aggregate-to-view, get core pods/exec, false",
        "system:aggregate-to-view, get core serviceaccounts/token, false",
        "system:aggregate-to-view, get rbac.authorization.k8s.io roles, false",
        "system:aggregate-to-edit, create events.k8s.io events, true",
        "system:aggregate-to-edit, get core secrets, true",
        "system:aggregate-to-edit, create core serviceaccounts/token, true",
        "system:aggregate-to-edit, impersonate core serviceaccounts, true",
        "system:aggregate-to-edit, deletecollection coordination.k8s.io leases, true",
        "system:aggregate-to-edit, create core endpoints, false",
        "system:aggregate-to-edit, create discovery.k8s.io endpointslices, false",
        "system:aggregate-to-edit, update core resourcequotas, false",
        "system:aggregate-to-edit, create rbac.authorization.k8s.io rolebindings, false",
        "system:aggregate-to-edit, update core pods/ephemeralcontainers, false",
        "system:aggregate-to-admin, create rbac.authorization.k8s.io rolebindings, true",
        "system:aggregate-to-admin, escalate rbac.authorization.k8s.io roles, false",
        "system:aggregate-to-admin, bind rbac.authorization.k8s.io roles, false",
        "system:aggregate-to-admin, update core resourcequotas, false",
        "system:aggregate-to-admin, update core namespaces, false",
        "system:basic-user, create authentication.k8s.io selfsubjectreviews, true",
        "system:basic-user, create authorization.k8s.io subjectaccessreviews, false",
        "system:monitoring, get core nodes/metrics, true",
        "system:monitoring, get core nodes/proxy, false",
        "system:kubelet-api-admin, create core nodes/proxy, true",
        "system:kubelet-api-admin, get core nodes/configz, true",
        "system:kubelet-api-admin, update core nodes, false",
        "system:node, get core serviceaccounts, true",
        "system:node, list core serviceaccounts, false",
        "system:node, delete core nodes, false",
        "system:node, update core pods, false",
        "system:node, patch core pods/resize, false",
        "system:node, create core pods/exec, false",
        "system:node, deletecollection resource.k8s.io resourceslices, true",
        "system:node, update resource.k8s.io resourceclaims/status, false",
        "system:node, update certificates.k8s.io certificatesigningrequests/approval, false",
        "system:node-proxier, watch networking.k8s.io servicecidrs, true",
        "system:node-proxier, list core secrets, false",
        "system:kube-scheduler, update coordination.k8s.io leases kube-scheduler, true",
        "system:kube-scheduler, update coordination.k8s.io leases kube-controller-manager, false",
        "system:kube-scheduler, list coordination.k8s.io leases, false",
        "system:kube-scheduler, create coordination.k8s.io leasecandidates, true",
        "system:kube-scheduler, create resource.k8s.io resourceclaims, true",
        "system:kube-scheduler, patch resource.k8s.io resourceclaims/binding, true",
        "system:kube-scheduler, update core pods/finalizers, true",
        "system:kube-scheduler, update core pods, false",
        "system:kube-scheduler, get core secrets, false",
        "system:kube-controller-manager, create core serviceaccounts/token, true",
        "system:kube-controller-manager, update core pods, false",
        "system:controller:replicaset-controller, watch core nodes, true",
        "system:controller:certificate-controller, approve certificates.k8s.io signers kubernetes.io/kubelet-serving, false",
        "system:controller:certificate-controller, sign certificates.k8s.io signers kubernetes.io/kubelet-serving, true",
        "system:controller:certificate-controller, sign certificates.k8s.io signers example.com/other, false",
        "system:controller:clusterrole-aggregation-controller, escalate rbac.authorization.k8s.io clusterroles, true",
        "system:controller:clusterrole-aggregation-controller, bind rbac.authorization.k8s.io clusterroles, false",
        "system:controller:statefulset-controller, update core pods/finalizers, true",
        "system:controller:generic-garbage-collector, create core pods, false",
        "system:controller:horizontal-pod-autoscaler, update example.com things/scale, true",
        "system:controller:horizontal-pod-autoscaler, get core secrets, false",
        "system:controller:legacy-service-account-token-cleaner, get core secrets, false",
        "system:controller:resource-claim-controller, update resource.k8s.io resourceclaims/binding, true",
        "system:controller:root-ca-cert-publisher, get core secrets, false",
    })
    void rulesAreUpstreams(String role, String asked, boolean allowed) {
        var words = asked.split(" ");
        var resource = words[2].split("/");
        var request = new RequestInfo(
                true,
                words[0],
                words[1].equals("core") ? "" : words[1],
                "v1",
                resource[0],
                resource.length > 1 ? resource[1] : "",
                "",
                words.length > 3 ? words[3] : "",
                "");
        assertThat(policy.rulesOf(role).stream().anyMatch(rule -> rule.allows(request)))
                .isEqualTo(allowed);
    }

    @ParameterizedTest
    @CsvSource({
        "system:discovery, /openapi/v3, true",
        "system:discovery, /metrics, false",
        "system:public-info-viewer, /version, true",
        "system:public-info-viewer, /livez/etcd, false",
        "system:monitoring, /livez/etcd, true",
        "system:monitoring, /debug/pprof, false",
        "system:service-account-issuer-discovery, /openid/v1/jwks/, true",
        "system:service-account-issuer-discovery, /.well-known/openid-configuration/, true"
    })
    void pathsAreUpstreams(String role, String path, boolean allowed) {
        var request = new RequestInfo(false, "get", "", "", "", "", "", "", path);
        assertThat(policy.rulesOf(role).stream().anyMatch(rule -> rule.allows(request)))
                .isEqualTo(allowed);
    }
}
