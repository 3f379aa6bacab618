package dev.navarch.apiserver.watch;

/** Source: k8s.io/apimachinery pkg/watch/watch.go. */
public enum EventType {
    ADDED,
    MODIFIED,
    DELETED,
    BOOKMARK,
    ERROR
}
