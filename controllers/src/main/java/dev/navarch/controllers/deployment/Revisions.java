package dev.navarch.controllers.deployment;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What a deployment notes on its ReplicaSets. source: kubernetes pkg/controller/deployment/util/deployment_util.go. */
final class Revisions {
    static final String REVISION = "deployment.kubernetes.io/revision";
    private static final String HISTORY = "deployment.kubernetes.io/revision-history";
    private static final String DESIRED = "deployment.kubernetes.io/desired-replicas";
    private static final String MAX = "deployment.kubernetes.io/max-replicas";
    private static final int LONGEST_HISTORY = 2000;
    private static final Set<String> NOT_COPIED = Set.of(
            "kubectl.kubernetes.io/last-applied-configuration", REVISION, HISTORY, DESIRED, MAX, Rollback.ANNOTATION);

    private Revisions() {}

    static Map<String, String> annotations(HasMetadata object) {
        var annotations = object.getMetadata().getAnnotations();
        return annotations == null ? Map.of() : annotations;
    }

    /** The annotations of a deployment that goes back to a set: its own, and what the set had of it. */
    static Map<String, String> goingBack(Deployment deployment, ReplicaSet set) {
        Map<String, String> result = new HashMap<>(annotations(set));
        result.keySet().removeAll(NOT_COPIED);
        annotations(deployment).forEach((name, value) -> {
            if (NOT_COPIED.contains(name)) {
                result.put(name, value);
            }
        });
        return result;
    }

    /** Zero if there is none. */
    static long of(HasMetadata object) {
        try {
            return Long.parseLong(annotations(object).getOrDefault(REVISION, "0"));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    static long highest(Collection<ReplicaSet> sets) {
        return sets.stream().mapToLong(Revisions::of).max().orElse(0);
    }

    /** The deployment's size when the set was last sized. */
    static Optional<Integer> desired(ReplicaSet set) {
        return number(set, DESIRED);
    }

    /** The same with the surge. */
    static Optional<Integer> max(ReplicaSet set) {
        return number(set, MAX);
    }

    private static Optional<Integer> number(ReplicaSet set, String name) {
        try {
            return Optional.ofNullable(annotations(set).get(name)).map(Integer::valueOf);
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** The annotations of a set after it was sized for the deployment. */
    static Map<String, String> sized(Map<String, String> annotations, Deployment deployment) {
        Map<String, String> result = new HashMap<>(annotations);
        int wished = DeploymentPlan.wished(deployment);
        result.put(DESIRED, Integer.toString(wished));
        result.put(MAX, Integer.toString(wished + DeploymentPlan.maxSurge(deployment)));
        return result;
    }

    /** The annotations of the deployment's new set: the deployment's own, with the set's revision raised. */
    static Map<String, String> ofNewSet(Map<String, String> annotations, Deployment deployment, long revision) {
        Map<String, String> result = new HashMap<>(annotations);
        annotations(deployment).forEach((name, value) -> {
            if (!NOT_COPIED.contains(name)) {
                result.put(name, value);
            }
        });
        var before = annotations.get(REVISION);
        long old = parse(before);
        if (old < revision) {
            result.put(REVISION, Long.toString(revision));
            if (before != null) {
                result.put(HISTORY, history(annotations.getOrDefault(HISTORY, ""), before));
            }
        }
        return result;
    }

    private static long parse(@org.jspecify.annotations.Nullable String text) {
        try {
            return text == null ? 0 : Long.parseLong(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** Drops the oldest entries when the text becomes too long. */
    private static String history(String history, String revision) {
        var text = history.isEmpty() ? revision : history + "," + revision;
        while (text.length() > LONGEST_HISTORY && text.indexOf(',') >= 0) {
            text = text.substring(text.indexOf(',') + 1);
        }
        return text;
    }
}
