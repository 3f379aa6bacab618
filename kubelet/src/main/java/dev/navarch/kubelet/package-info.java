/**
 * The node agent: makes the containers of one node be what the API says, and tells the API what they are. Start reading
 * at {@link dev.navarch.kubelet.Kubelet}, then {@link dev.navarch.kubelet.PodWorker} (the shell around one pod) and
 * {@link dev.navarch.kubelet.PodPlanner} (its core, without threads, clock or IO).
 *
 * <p>Threads: a virtual thread a pod, one for each container being killed and each image being pulled, one for the
 * relist, one for the node's status. Source of the behaviour: kubernetes pkg/kubelet.
 */
@NullMarked
package dev.navarch.kubelet;

import org.jspecify.annotations.NullMarked;
