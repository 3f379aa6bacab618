package dev.navarch.kubelet.cgroups;

import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;

/** The control groups above the containers': one for each pod, by quality of service. */
public interface PodCgroups {

    /** The path that the sandbox's containers go below; "" leaves it to the engine. */
    String parent(Pod pod);

    /** Makes the pod's group with its limits, or brings the limits up to date. */
    void ensure(Pod pod) throws IOException;

    /** Removes the group of a pod whose processes are gone. */
    void remove(String podUid) throws IOException;

    /** Makes none: for nodes without real processes or without the right to make groups. */
    PodCgroups NONE = new PodCgroups() {
        @Override
        public String parent(Pod pod) {
            return "";
        }

        @Override
        public void ensure(Pod pod) {}

        @Override
        public void remove(String podUid) {}
    };
}
