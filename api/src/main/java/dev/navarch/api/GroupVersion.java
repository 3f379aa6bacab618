package dev.navarch.api;

import static java.util.Objects.requireNonNull;

/**
 * An API group at one of its versions.
 *
 * @param group the group's name; empty for the core group
 * @param version such as {@code v1} or {@code v1beta1}
 */
public record GroupVersion(String group, String version) {

    public GroupVersion {
        requireNonNull(group, "group");
        requireNonNull(version, "version");
    }

    /** Reads what stands in an object's {@code apiVersion}: {@code v1} or {@code apps/v1}. */
    public static GroupVersion parse(String apiVersion) {
        int slash = apiVersion.indexOf('/');
        return slash < 0
                ? new GroupVersion("", apiVersion)
                : new GroupVersion(apiVersion.substring(0, slash), apiVersion.substring(slash + 1));
    }

    /** As in an object's {@code apiVersion}: {@code v1}, {@code apps/v1}. */
    public String apiVersion() {
        return group.isEmpty() ? version : group + "/" + version;
    }

    /** The URL below which the resources are served: {@code /api/v1}, {@code /apis/apps/v1}. */
    public String urlPrefix() {
        return group.isEmpty() ? "/api/" + version : "/apis/" + group + "/" + version;
    }

    @Override
    public String toString() {
        return apiVersion();
    }
}
