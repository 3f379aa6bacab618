package dev.navarch.api;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * An API group as discovery shows it.
 *
 * @param name empty for the core group
 * @param versions the versions that are served, the preferred one first
 */
public record ApiGroup(String name, List<GroupVersion> versions) {

    public ApiGroup {
        requireNonNull(name, "name");
        versions = List.copyOf(versions);
        if (versions.isEmpty()) {
            throw new IllegalArgumentException("group " + name + " has no version");
        }
    }

    /** What clients use that don't name a version. */
    public GroupVersion preferred() {
        return versions.getFirst();
    }
}
