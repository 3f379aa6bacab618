package dev.navarch.apiserver.fields;

import dev.navarch.api.values.GoText;

/**
 * Tells managers apart (source: apimachinery pkg/util/managedfields/internal/managedfields.go,
 * BuildManagerIdentifier).
 *
 * @param operation {@code Apply} or {@code Update}
 * @param apiVersion of updates; empty for what is applied, which has one entry whatever its version
 * @param subresource what was written to; empty for the whole object
 */
record ManagerId(String manager, String operation, String apiVersion, String subresource)
        implements Comparable<ManagerId> {
    static final String APPLY = "Apply";
    static final String UPDATE = "Update";

    static ManagerId applier(String manager, String subresource) {
        return new ManagerId(manager.isEmpty() ? "unknown" : manager, APPLY, "", subresource);
    }

    static ManagerId updater(String manager, String apiVersion, String subresource) {
        return new ManagerId(manager.isEmpty() ? "unknown" : manager, UPDATE, apiVersion, subresource);
    }

    boolean applied() {
        return operation.equals(APPLY);
    }

    /** As conflicts name it (source: .../internal/conflict.go, printManager). */
    @Override
    public String toString() {
        return GoText.quote(manager)
                + (subresource.isEmpty() ? "" : " with subresource " + GoText.quote(subresource))
                + (applied() ? "" : " using " + apiVersion);
    }

    @Override
    public int compareTo(ManagerId other) {
        int order = manager.compareTo(other.manager);
        order = order == 0 ? operation.compareTo(other.operation) : order;
        order = order == 0 ? apiVersion.compareTo(other.apiVersion) : order;
        return order == 0 ? subresource.compareTo(other.subresource) : order;
    }
}
