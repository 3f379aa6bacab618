package dev.navarch.scheduler.framework;

import dev.navarch.client.Key;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
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
    private final List<ClaimUse> claims;

    /**
     * A claim that a volume of the pod refers to.
     *
     * @param ephemeral whether the claim is made for the pod alone
     */
    public record ClaimUse(String name, boolean ephemeral) {}

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
        claims = claims(pod);
    }

    private PodInfo(Pod pod, PodInfo same) {
        this.pod = pod;
        key = same.key;
        uid = same.uid;
        priority = same.priority;
        labels = same.labels;
        requests = same.requests;
        nonZeroRequests = same.nonZeroRequests;
        hostPorts = same.hostPorts;
        affinity = same.affinity;
        claims = same.claims;
    }

    /** This pod as it was seen when it was bound, which changed nothing else that matters here. */
    public PodInfo bound(Pod now) {
        var meta = now.getMetadata();
        boolean same = labels.equals(meta.getLabels() == null ? Map.of() : meta.getLabels())
                && pod.getSpec().getContainers().equals(now.getSpec().getContainers())
                && (now.getStatus() == null
                        || now.getStatus().getContainerStatuses() == null
                        || now.getStatus().getContainerStatuses().isEmpty());
        return same ? new PodInfo(now, this) : new PodInfo(now);
    }

    private static List<ClaimUse> claims(Pod pod) {
        var volumes = pod.getSpec().getVolumes();
        if (volumes == null || volumes.isEmpty()) {
            return List.of();
        }
        var claims = new ArrayList<ClaimUse>(0);
        for (var volume : volumes) {
            if (volume.getPersistentVolumeClaim() != null) {
                claims.add(new ClaimUse(volume.getPersistentVolumeClaim().getClaimName(), false));
            } else if (volume.getEphemeral() != null) {
                claims.add(new ClaimUse(pod.getMetadata().getName() + "-" + volume.getName(), true));
            }
        }
        return List.copyOf(claims);
    }

    public Pod pod() {
        return pod;
    }

    /** The scheduler that the pod asks for. */
    public String schedulerName() {
        var name = pod.getSpec().getSchedulerName();
        return name == null || name.isEmpty() ? "default-scheduler" : name;
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

    /** The claims that its volumes refer to, in their order. */
    public List<ClaimUse> claims() {
        return claims;
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
