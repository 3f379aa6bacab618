package dev.navarch.client;

import java.util.List;

/** A list's objects and the resource version at which they were true, to watch from. */
public record ObjectList<T>(List<T> items, String resourceVersion) {
    public ObjectList {
        items = List.copyOf(items);
    }
}
