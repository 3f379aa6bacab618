package dev.navarch.embedded;

/** What a key of the store is called among people: {@code pods default/web} of {@code /registry/core/pods/default/web}. */
final class StoredName {
    private static final int RESOURCE = 3;

    private StoredName() {}

    /** @param key or the prefix of some */
    static String of(String key) {
        var parts = key.split("/", RESOURCE + 2);
        if (parts.length <= RESOURCE || parts[RESOURCE].isEmpty()) {
            return "everything";
        }
        var group = parts[RESOURCE - 1];
        var resource = group.equals("core") ? parts[RESOURCE] : parts[RESOURCE] + "." + group;
        var rest = parts.length > RESOURCE + 1 ? parts[RESOURCE + 1] : "";
        return rest.isEmpty() ? resource : resource + " " + rest;
    }
}
