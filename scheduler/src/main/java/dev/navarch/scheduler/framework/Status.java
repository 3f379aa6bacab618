package dev.navarch.scheduler.framework;

import java.util.List;

/**
 * What a plugin thinks of a pod, or of a pod on a node.
 *
 * @param reasons why, in the words of users; empty for success
 */
public record Status(Code code, List<String> reasons) {
    public static final Status SUCCESS = new Status(Code.SUCCESS, List.of());
    public static final Status SKIP = new Status(Code.SKIP, List.of());

    public enum Code {
        SUCCESS,
        /** Not now; removing pods may help. */
        UNSCHEDULABLE,
        /** Not now; removing pods does not help. */
        UNRESOLVABLE,
        /** The plugin failed. */
        ERROR,
        /** The plugin has nothing to do with this pod. */
        SKIP
    }

    public Status {
        reasons = List.copyOf(reasons);
    }

    public static Status unschedulable(String... reasons) {
        return new Status(Code.UNSCHEDULABLE, List.of(reasons));
    }

    public static Status unresolvable(String... reasons) {
        return new Status(Code.UNRESOLVABLE, List.of(reasons));
    }

    public static Status error(String reason) {
        return new Status(Code.ERROR, List.of(reason));
    }

    public boolean success() {
        return code == Code.SUCCESS;
    }

    public boolean skip() {
        return code == Code.SKIP;
    }

    /** The pod was looked at and refused. */
    public boolean rejected() {
        return code == Code.UNSCHEDULABLE || code == Code.UNRESOLVABLE;
    }

    public String message() {
        return String.join(", ", reasons);
    }
}
