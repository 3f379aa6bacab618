package dev.navarch.api.kinds;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * What to know of objects other than pods (source: kubernetes pkg/api/service/warnings.go,
 * pkg/api/persistentvolume/util.go, pkg/api/persistentvolumeclaim/util.go, pkg/registry/networking/ingress/strategy.go,
 * pkg/registry/core/serviceaccount/strategy.go, pkg/api/storage/util.go, pkg/api/job/warnings.go,
 * pkg/api/networkpolicy/warnings.go and the strategies of nodes, endpoints, endpoint slices, stateful sets and cron jobs
 * below pkg/registry).
 */
final class ObjectWarnings {
    private static final String OLD_STORAGE_CLASS = "volume.beta.kubernetes.io/storage-class";
    private static final Map<String, String> VOLUMES = Map.of(
            "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+",
            "scaleIO", "deprecated in v1.16, non-functional in v1.22+",
            "storageos", "deprecated in v1.22, non-functional in v1.25+",
            "glusterfs", "deprecated in v1.25, non-functional in v1.26+",
            "cephfs", "deprecated in v1.28, non-functional in v1.31+",
            "rbd", "deprecated in v1.28, non-functional in v1.31+");

    private static final String MANAGED_BY_OLD = "endpoints.kubernetes.io/managed-by";
    private static final String MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
    private static final Set<String> CONTROLLERS =
            Set.of("endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io");
    private static final int MANY_COMPLETIONS = 100_000;
    private static final int MANY_PODS = 10_000;

    private ObjectWarnings() {}

    static void service(At service, List<String> found) {
        if (annotation(service, "service.kubernetes.io/topology-aware-hints").isSet()) {
            found.add("annotation service.kubernetes.io/topology-aware-hints is deprecated, please use"
                    + " service.kubernetes.io/topology-mode instead");
        }
        At spec = service.at("spec");
        boolean named = spec.at("type").is("ExternalName");
        if (!spec.at("clusterIP").isEmpty() && !spec.at("clusterIP").is("None")) {
            IpWarnings.addresses(spec.at("clusterIPs"), found);
        }
        boolean headless =
                spec.at("type").is("ClusterIP") && spec.at("clusterIP").is("None");
        boolean external = spec.at("externalIPs").size() > 0;
        if (headless) {
            if (!spec.at("loadBalancerIP").isEmpty()) {
                found.add("spec.loadBalancerIP is ignored for headless services");
            }
            if (external) {
                found.add("spec.externalIPs is ignored for headless services");
            }
            if (!spec.at("sessionAffinity").is("None")) {
                found.add("spec.SessionAffinity is ignored for headless services");
            }
        }
        IpWarnings.addresses(spec.at("externalIPs"), found);
        if (external && !headless && !named) {
            found.add("spec.externalIPs is deprecated and may no longer be implemented in some clusters");
        }
        if (!spec.at("loadBalancerIP").isEmpty()) {
            IpWarnings.address(spec.at("loadBalancerIP"), found);
        }
        IpWarnings.blocks(spec.at("loadBalancerSourceRanges"), found);
        if (named && external) {
            found.add("spec.externalIPs is ignored when spec.type is \"ExternalName\"");
        }
        if (!named && !spec.at("externalName").isEmpty()) {
            found.add("spec.externalName is ignored when spec.type is not \"ExternalName\"");
        }
        if (spec.at("trafficDistribution").is("PreferClose")) {
            found.add("spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"");
        }
    }

    static void serviceAccount(At account, List<String> found) {
        At enforces = annotation(account, "kubernetes.io/enforce-mountable-secrets");
        if (enforces.isSet()) {
            found.add(enforces.path()
                    + ": deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets");
        }
    }

    static void volume(At volume, List<String> found) {
        At spec = volume.at("spec");
        spec.at("nodeAffinity", "required", "nodeSelectorTerms")
                .items()
                .forEach(term -> NodeLabelWarnings.term(term, found));
        storageClass(volume, "use \"storageClassName\" attribute instead", found);
        At options = annotation(volume, "volume.beta.kubernetes.io/mount-options");
        if (options.isSet()) {
            found.add(options.path() + ": deprecated since v1.31; use \"mountOptions\" attribute instead");
        }
        if (spec.at("persistentVolumeReclaimPolicy").is("Recycle")) {
            found.add("spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the"
                    + " recommended approach is to use dynamic provisioning.");
        }
        VOLUMES.forEach((kind, why) -> {
            if (spec.at(kind).isSet()) {
                found.add(spec.at(kind).path() + ": " + why);
            }
        });
    }

    static void claim(At claim, List<String> found) {
        storageClass(claim, "use \"storageClassName\" attribute instead", found);
        claimSpec(claim.at("spec"), found);
    }

    /** Of a claim, or what claims are made of. */
    static void claimSpec(At spec, List<String> found) {
        At resources = spec.at("resources");
        PodWarnings.wholeBytes(resources.at("requests"), "storage", found);
        PodWarnings.wholeBytes(resources.at("limits"), "storage", found);
    }

    static void node(At node, List<String> found) {
        At spec = node.at("spec");
        if (spec.at("configSource").isSet()) {
            found.add("spec.configSource: deprecated in v1.22, support removal is planned in v1.26");
        }
        if (!spec.at("externalID").isEmpty()) {
            found.add("spec.externalID: this field is deprecated, and is unused by Kubernetes");
        }
        IpWarnings.blocks(spec.at("podCIDRs"), found);
    }

    static void endpoints(At endpoints, List<String> found) {
        if (endpoints.at("metadata", "labels").key(MANAGED_BY_OLD).is("endpoint-controller")) {
            return;
        }
        for (At subset : endpoints.at("subsets").items()) {
            subset.at("addresses").items().forEach(address -> IpWarnings.address(address.at("ip"), found));
            subset.at("notReadyAddresses").items().forEach(address -> IpWarnings.address(address.at("ip"), found));
        }
    }

    static void endpointSlice(At slice, List<String> found) {
        if (slice.at("addressType").is("FQDN")) {
            found.add("spec.addressType: FQDN endpoints are deprecated");
        }
        if (CONTROLLERS.contains(slice.at("metadata", "labels").key(MANAGED_BY).text())) {
            return; // which write addresses as they should be
        }
        slice.at("endpoints").items().forEach(endpoint -> IpWarnings.addresses(endpoint.at("addresses"), found));
    }

    static void networkPolicy(At policy, List<String> found) {
        At spec = policy.at("spec");
        for (At rule : spec.at("ingress").items()) {
            peers(rule.at("from"), found);
        }
        for (At rule : spec.at("egress").items()) {
            peers(rule.at("to"), found);
        }
    }

    private static void peers(At peers, List<String> found) {
        for (At peer : peers.items()) {
            At block = peer.at("ipBlock");
            IpWarnings.block(block.at("cidr"), found);
            IpWarnings.blocks(block.at("except"), found);
        }
    }

    static void statefulSet(At set, List<String> found) {
        At spec = set.at("spec");
        spec.at("volumeClaimTemplates").items().forEach(claim -> claimTemplate(claim, found));
        At limit = spec.at("revisionHistoryLimit");
        if (limit.isSet() && limit.number() < 0) {
            found.add("spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is"
                    + " recommended");
        }
    }

    /** Upstream leaves {@code spec} out of these paths. */
    private static void claimTemplate(At claim, List<String> found) {
        List<String> told = new ArrayList<>(0);
        claimSpec(claim.at("spec"), told);
        told.forEach(text -> found.add(text.replace(claim.path() + ".spec.", claim.path() + ".")));
    }

    /** @param path to the job's spec */
    static BiConsumer<At, List<String>> job(String... path) {
        return (object, found) -> {
            At spec = object.at(path);
            if (spec.at("completionMode").is("Indexed")
                    && spec.at("completions").number() > MANY_COMPLETIONS
                    && spec.at("parallelism").number() > MANY_PODS) {
                found.add(spec.path()
                        + ": In Indexed Jobs with a number of completions higher than 10^5 and a parallelism"
                        + " higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number"
                        + " of indexes fail");
            }
        };
    }

    static void zonedSchedule(At cronJob, List<String> found) {
        if (cronJob.at("spec", "schedule").text().contains("TZ")) {
            found.add("cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see"
                    + " https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details");
        }
    }

    static void storageCapacity(At capacity, List<String> found) {
        At topology = capacity.at("nodeTopology");
        topology.at("matchLabels")
                .entries()
                .forEach(entry -> NodeLabelWarnings.selected(topology.at("matchLabels"), entry.getKey(), found));
        NodeLabelWarnings.term(topology, found);
    }

    private static void storageClass(At object, String instead, List<String> found) {
        At named = annotation(object, OLD_STORAGE_CLASS);
        if (named.isSet()) {
            found.add(named.path() + ": deprecated since v1.8; " + instead);
        }
    }

    static void ingress(At ingress, List<String> found) {
        if (annotation(ingress, "kubernetes.io/ingress.class").isSet()
                && !ingress.at("spec", "ingressClassName").isSet()) {
            found.add("annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName'"
                    + " instead");
        }
    }

    static void storageClass(At storage, List<String> found) {
        for (At term : storage.at("allowedTopologies").items()) {
            term.at("matchLabelExpressions")
                    .items()
                    .forEach(expression -> NodeLabelWarnings.name(expression.at("key"), found));
        }
    }

    static void runtimeClass(At runtime, List<String> found) {
        NodeLabelWarnings.labels(runtime.at("scheduling", "nodeSelector"), found);
    }

    private static At annotation(At object, String key) {
        return object.at("metadata", "annotations").key(key);
    }
}
