package dev.navarch.scheduler.framework;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A plugin of the scheduler; implements those of the extension points below that it has something to say at. One
 * thread runs the points up to {@link Reserve}; from {@link Permit} on each pod has a thread of its own.
 *
 * <p>source: kube-scheduler framework, interface.go.
 */
public interface Plugin {

    /** As users know it, such as {@code NodeResourcesFit}. */
    String name();

    /**
     * Whether an event can matter to any pod that this plugin rejected. Cheap: it is asked for every event.
     */
    default boolean concernedBy(ClusterEvent event) {
        return true;
    }

    /**
     * Whether, after this event, a pod that this plugin rejected may be schedulable: upstream's queueing hint. May err
     * on the side of true.
     */
    default boolean mayHelp(PodInfo pod, ClusterEvent event) {
        return true;
    }

    /** Keeps pods out of the queue that must not be tried yet. */
    interface PreEnqueue extends Plugin {
        Status preEnqueue(PodInfo pod);
    }

    /** Orders the queue; there is one such plugin. */
    interface QueueSort extends Plugin {
        /** @param nanosOne when the pod came to the queue */
        int compare(PodInfo one, long nanosOne, PodInfo other, long nanosOther);
    }

    /** Looks at the pod once, before the nodes are. {@link Status#SKIP} leaves out the plugin's filter. */
    interface PreFilter extends Plugin {
        /**
         * @param status whether any node can do
         * @param nodes the only ones that can, by name; empty for all
         */
        record Result(Status status, Optional<Set<String>> nodes) {
            public static final Result ALL = new Result(Status.SUCCESS, Optional.empty());
            public static final Result SKIP = new Result(Status.SKIP, Optional.empty());

            public static Result of(Status status) {
                return new Result(status, Optional.empty());
            }
        }

        Result preFilter(CycleState state, PodInfo pod, Snapshot snapshot);
    }

    /**
     * Promises that the plugin's filter and its scores, before they are normalized, depend on nothing but a signature of
     * the pod and the node with its pods; and whether it skips on the signature alone. So what it said of a node that has
     * not changed is remembered for further pods with the same signature (source: upstream's SignPlugin).
     */
    interface NodeLocal extends Plugin {
        /** All of the pod that the plugin looks at; compared by {@code equals}. */
        Object signature(PodInfo pod);
    }

    /** Whether the pod may run on the node. */
    interface Filter extends Plugin {
        Status filter(CycleState state, PodInfo pod, NodeInfo node);
    }

    /**
     * For filters that look beyond the node: keeps their state true while pods are added and removed by way of trial.
     */
    interface TrialAware extends Plugin {
        /** A copy of the plugin's state that may be changed. */
        void copyState(CycleState from, CycleState to);

        /** @param node as it was before */
        void added(CycleState state, PodInfo pod, PodInfo other, NodeInfo node);

        /** @param node as it was before */
        void removed(CycleState state, PodInfo pod, PodInfo other, NodeInfo node);
    }

    /** Called when no node was found; may make room. */
    interface PostFilter extends Plugin {
        /**
         * What came of it.
         *
         * @param nominatedNode where room is being made, {@code ""} for nowhere any more; empty leaves it as it was
         */
        record Result(Status status, Optional<String> nominatedNode) {}

        /** @param rejections the nodes that were looked at, and what their filters said */
        Result postFilter(
                CycleState state, PodInfo pod, Snapshot snapshot, Map<String, Status> rejections, Trial trial);
    }

    /** Asks the filters what would be if the pods of a node were others. */
    interface Trial {
        /** Where room is being made for the pod; empty for nowhere. */
        Optional<String> nominatedNode(PodInfo pod);

        /**
         * All of the pod that the filters look at, if they look at nothing but this and the node with its pods: what one
         * learns of a node then holds for all pods with an equal signature.
         */
        Optional<Object> signature(CycleState state, PodInfo pod);

        /**
         * Beside whom the pod has to fit on the node: the others that are nominated for it and not less important. The same
         * list as long as none comes or goes.
         */
        List<PodInfo> nominated(PodInfo pod, NodeInfo node);

        /** State for one node's trial, which the methods below may change. */
        CycleState start(CycleState state);

        /** The node with one more pod; the filters' state follows. */
        NodeInfo add(CycleState state, PodInfo pod, PodInfo other, NodeInfo node);

        /** The node with one pod less; the filters' state follows. */
        NodeInfo remove(CycleState state, PodInfo pod, PodInfo other, NodeInfo node);

        /** Whether the pod passes all filters, also beside those that are nominated for the node. */
        Status fits(CycleState state, PodInfo pod, NodeInfo node);
    }

    /** Looks at the feasible nodes once. {@link Status#SKIP} leaves out the plugin's score. */
    interface PreScore extends Plugin {
        Status preScore(CycleState state, PodInfo pod, Iterable<NodeInfo> feasible, Snapshot snapshot);
    }

    /** How much the plugin likes a feasible node for the pod. */
    interface Score extends Plugin {
        long MAX = 100;

        long score(CycleState state, PodInfo pod, NodeInfo node);

        /** Brings the scores of all feasible nodes, in place, into the range from 0 to {@link #MAX}. */
        default void normalize(CycleState state, PodInfo pod, Snapshot snapshot, NodeInfo[] nodes, long[] scores) {}
    }

    /** Takes, and gives back, what is to be the pod's on the node. */
    interface Reserve extends Plugin {
        Status reserve(CycleState state, PodInfo pod, String node);

        void unreserve(CycleState state, PodInfo pod, String node);
    }

    /** Lets a pod pass, perhaps after a while, or refuses it. May block. */
    interface Permit extends Plugin {
        Status permit(CycleState state, PodInfo pod, String node) throws InterruptedException;
    }

    /** Prepares the binding. May block. */
    interface PreBind extends Plugin {
        /** Whether there is anything to prepare; cheap, and never blocks (source: PreBindPreFlight). */
        default boolean hasWork(CycleState state, PodInfo pod, String node) {
            return true;
        }

        Status preBind(CycleState state, PodInfo pod, String node) throws InterruptedException;
    }

    /** Binds; the first that does not skip has done it. May block. */
    interface Bind extends Plugin {
        Status bind(CycleState state, PodInfo pod, String node) throws InterruptedException;
    }

    /** Told of a binding. */
    interface PostBind extends Plugin {
        void postBind(CycleState state, PodInfo pod, String node);
    }
}
