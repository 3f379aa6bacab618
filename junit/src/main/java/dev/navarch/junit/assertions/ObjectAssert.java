package dev.navarch.junit.assertions;

import dev.navarch.embedded.ClusterObject;
import dev.navarch.embedded.EmbeddedCluster;
import java.util.Optional;
import java.util.stream.Collectors;
import org.assertj.core.api.AbstractAssert;

/** About an object as it was when the assertion began. What fails shows the object and how it became so. */
public final class ObjectAssert extends AbstractAssert<ObjectAssert, Optional<ClusterObject>> {
    private static final int REVISIONS = 10;

    private final EmbeddedCluster cluster;
    private final String apiVersion;
    private final String kind;
    private final String namespace;
    private final String name;

    ObjectAssert(EmbeddedCluster cluster, String apiVersion, String kind, String namespace, String name) {
        super(cluster.object(apiVersion, kind, namespace, name), ObjectAssert.class);
        this.cluster = cluster;
        this.apiVersion = apiVersion;
        this.kind = kind;
        this.namespace = namespace;
        this.name = name;
    }

    private ObjectAssert require(boolean holds, String what) {
        if (!holds) {
            failWithMessage("%s", "expected " + kind + " " + namespace + "/" + name + " " + what + context());
        }
        return this;
    }

    private String context() {
        var history = cluster.history(apiVersion, kind, namespace, name);
        var last = history.subList(Math.max(0, history.size() - REVISIONS), history.size()).stream()
                .map(revision -> revision.toString().indent(2))
                .collect(Collectors.joining());
        return (actual.isEmpty()
                        ? ", but there is none"
                        : ", but it is\n" + actual.get().yaml().indent(2))
                + (last.isEmpty() ? "" : "\nafter these revisions\n" + last);
    }

    private ClusterObject object() {
        exists();
        return actual.orElseThrow();
    }

    public ObjectAssert exists() {
        return require(actual.isPresent(), "to exist");
    }

    public ObjectAssert doesNotExist() {
        return require(actual.isEmpty(), "not to exist");
    }

    /** It has all the replicas that it wants, of its newest generation, and they are ready. */
    public ObjectAssert isAvailable() {
        var object = object();
        boolean current = object.number("status", "observedGeneration") >= object.number("metadata", "generation");
        boolean enough;
        if (kind.equals("DaemonSet")) {
            enough = object.number("status", "numberReady") == object.number("status", "desiredNumberScheduled");
        } else {
            long wanted = object.number("spec", "replicas");
            enough = object.number("status", "readyReplicas") == wanted
                    && object.number("status", "updatedReplicas") == wanted;
        }
        return require(current && enough, "to be available");
    }

    public ObjectAssert hasReadyReplicas(int count) {
        return require(object().number("status", "readyReplicas") == count, "to have " + count + " ready replicas");
    }

    /** Its condition {@code Ready} is true, as of pods and nodes. */
    public ObjectAssert isReady() {
        return hasCondition("Ready", "True");
    }

    /** Its condition {@code Complete} is true, as of jobs. */
    public ObjectAssert isComplete() {
        return hasCondition("Complete", "True");
    }

    /** Its condition {@code Failed} is true, as of jobs. */
    public ObjectAssert hasFailed() {
        return hasCondition("Failed", "True");
    }

    /** It is in this phase, as pods, namespaces and claims are. */
    public ObjectAssert isInPhase(String phase) {
        return has(phase, "status", "phase");
    }

    public ObjectAssert hasCondition(String type, String status) {
        return require(
                object().condition(type).filter(status::equals).isPresent(),
                "to have condition " + type + " " + status);
    }

    public ObjectAssert hasLabel(String key, String value) {
        return has(value, "metadata", "labels", key);
    }

    /** A field has this value, as text. */
    public ObjectAssert has(String value, String... path) {
        return require(
                object().at(path).filter(value::equals).isPresent(),
                "to have " + value + " at " + String.join(".", path));
    }
}
