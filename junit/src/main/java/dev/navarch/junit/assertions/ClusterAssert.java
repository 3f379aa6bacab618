package dev.navarch.junit.assertions;

import dev.navarch.embedded.EmbeddedCluster;
import org.assertj.core.api.AbstractAssert;

/** About a cluster. Each assertion is made when the cluster has nothing left to do at the present instant. */
public final class ClusterAssert extends AbstractAssert<ClusterAssert, EmbeddedCluster> {
    private final String namespace;

    ClusterAssert(EmbeddedCluster cluster, String namespace) {
        super(cluster, ClusterAssert.class);
        this.namespace = namespace;
    }

    /** What follows is about objects of this namespace, and not of {@code default}. */
    public ClusterAssert inNamespace(String name) {
        return new ClusterAssert(actual, name);
    }

    /** An object of any kind, custom ones included. */
    public ObjectAssert object(String apiVersion, String kind, String name) {
        isNotNull();
        actual.awaitIdle();
        return new ObjectAssert(actual, apiVersion, kind, namespace, name);
    }

    public ObjectAssert deployment(String name) {
        return object("apps/v1", "Deployment", name);
    }

    public ObjectAssert statefulSet(String name) {
        return object("apps/v1", "StatefulSet", name);
    }

    public ObjectAssert daemonSet(String name) {
        return object("apps/v1", "DaemonSet", name);
    }

    public ObjectAssert job(String name) {
        return object("batch/v1", "Job", name);
    }

    public ObjectAssert cronJob(String name) {
        return object("batch/v1", "CronJob", name);
    }

    public ObjectAssert pod(String name) {
        return object("v1", "Pod", name);
    }

    public ObjectAssert service(String name) {
        return object("v1", "Service", name);
    }

    public ObjectAssert configMap(String name) {
        return object("v1", "ConfigMap", name);
    }

    public ObjectAssert secret(String name) {
        return object("v1", "Secret", name);
    }

    public ObjectAssert node(String name) {
        return object("v1", "Node", name);
    }
}
