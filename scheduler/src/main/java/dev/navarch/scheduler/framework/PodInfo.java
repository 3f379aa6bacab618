package dev.navarch.scheduler.framework;

import dev.navarch.client.Key;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;

/** A version of a pod with what scheduling needs to know of it, computed once. Immutable. */
public final class PodInfo {
    private final Pod pod;
    private final Key key;
    private final String uid;
    private final int priority;
    private final Map<String, String> labels;
    private final Resources requests;
    private final Resources nonZeroRequests;
    private final List<HostPort> hostPorts;
    private final AffinityTerms affinity;

    public PodInfo(Pod pod) {
        this.pod = pod;
        key = Key.of(pod);
        var metadata = pod.getMetadata();
        uid = metadata.getUid() == null ? key.toString() : metadata.getUid();
        priority = pod.getSpec().getPriority() == null ? 0 : pod.getSpec().getPriority();
        labels = metadata.getLabels() == null ? Map.of() : metadata.getLabels();
        requests = PodRequests.exact(pod);
        nonZeroRequests = PodRequests.nonZero(pod, requests);
        hostPorts = HostPort.of(pod);
        affinity = AffinityTerms.of(pod);
    }

    public Pod pod() {
        return pod;
    }

    public Key key() {
        return key;
    }

    public String namespace() {
        return key.namespace();
    }

    public String uid() {
        return uid;
    }

    public int priority() {
        return priority;
    }

    public Map<String, String> labels() {
        return labels;
    }

    public Resources requests() {
        return requests;
    }

    public Resources nonZeroRequests() {
        return nonZeroRequests;
    }

    public List<HostPort> hostPorts() {
        return hostPorts;
    }

    public AffinityTerms affinity() {
        return affinity;
    }

    /** Whether nothing that is summed up or indexed is different in another version of the pod. */
    public boolean countsAs(PodInfo other) {
        return labels.equals(other.labels)
                && terminating() == other.terminating()
                && requests.equals(other.requests)
                && nonZeroRequests.equals(other.nonZeroRequests)
                && hostPorts.equals(other.hostPorts)
                && affinity.equals(other.affinity);
    }

    public boolean terminating() {
        return pod.getMetadata().getDeletionTimestamp() != null;
    }

    @Override
    public String toString() {
        return key.toString();
    }
}
