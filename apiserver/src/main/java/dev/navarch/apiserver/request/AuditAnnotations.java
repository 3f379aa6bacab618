package dev.navarch.apiserver.request;

import dev.navarch.api.values.Names;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What admission has to say about a request for the audit log. Safe for use by many threads (source: k8s.io/apiserver
 * pkg/admission/attributes.go, AddAnnotation).
 */
public final class AuditAnnotations {
    private static final Logger log = LoggerFactory.getLogger(AuditAnnotations.class);

    /** Of the request under way, where somebody keeps them. */
    public static final ScopedValue<AuditAnnotations> CURRENT = ScopedValue.newInstance();

    private final Map<String, String> all = new LinkedHashMap<>();

    /** Those of the request under way, or new ones that nobody looks at. */
    public static AuditAnnotations current() {
        return CURRENT.isBound() ? CURRENT.get() : new AuditAnnotations();
    }

    /** The first value of a key stays. */
    public synchronized void add(String key, String value) {
        if (!key.contains("/") || !Names.qualifiedName(key).isEmpty()) {
            log.warn("An audit annotation has no valid key: {}", key);
            return;
        }
        var before = all.putIfAbsent(key, value);
        if (before != null && !before.equals(value)) {
            log.warn("Failed to set annotations[{}] to {}: it has already been set to {}", key, value, before);
        }
    }

    public synchronized Map<String, String> all() {
        return Map.copyOf(all);
    }
}
