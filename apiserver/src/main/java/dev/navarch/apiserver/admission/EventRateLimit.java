package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.admission.EventRateSettings.Limit;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.time.TimeSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * Refuses events that come too often, so that a component that tells the same over and over does not fill the store. Source:
 * kubernetes plugin/pkg/admission/eventratelimit.
 */
final class EventRateLimit implements AdmissionPlugin {
    private final List<Enforcer> enforcers;

    EventRateLimit(EventRateSettings settings, TimeSource time) {
        enforcers = settings.limits().stream()
                .map(limit -> new Enforcer(limit, time))
                .toList();
    }

    @Override
    public String name() {
        return "EventRateLimit";
    }

    /** Each limit sees each event; the last that is reached is told. */
    @Override
    public void validate(AdmissionRequest request) {
        boolean written = request.operation() == Operation.CREATE || request.operation() == Operation.UPDATE;
        if (!written || !request.kind().equals("Event") || request.object().isEmpty() || request.dryRun()) {
            return;
        }
        ApiFailure refusal = null;
        for (var enforcer : enforcers) {
            var key = enforcer.key(request, request.object().get());
            if (!enforcer.accepts(key)) {
                refusal = ApiFailure.tooManyRequests(
                        "Too many requests: limit reached on type " + enforcer.limit.type() + " for key " + key, 0);
            }
        }
        if (refusal != null) {
            throw refusal;
        }
    }

    /** One limit, kept for each key; what was not asked for longest is forgotten. */
    private static final class Enforcer {
        private final Limit limit;
        private final TimeSource time;
        private final Map<String, Bucket> buckets;

        Enforcer(Limit limit, TimeSource time) {
            this.limit = limit;
            this.time = time;
            buckets = new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
                    return size() > limit.cacheSize();
                }
            };
        }

        String key(AdmissionRequest request, ObjectNode event) {
            return switch (limit.type()) {
                case "Namespace" -> request.namespace();
                case "User" -> request.user().name();
                case "SourceAndObject" -> sourceAndObject(event);
                default -> "";
            };
        }

        private static String sourceAndObject(ObjectNode event) {
            return String.join(
                    "",
                    Tree.text(event, "source", "component"),
                    Tree.text(event, "source", "host"),
                    Tree.text(event, "involvedObject", "kind"),
                    Tree.text(event, "involvedObject", "namespace"),
                    Tree.text(event, "involvedObject", "name"),
                    Tree.text(event, "involvedObject", "uid"),
                    Tree.text(event, "involvedObject", "apiVersion"));
        }

        synchronized boolean accepts(String key) {
            return buckets.computeIfAbsent(key, _ -> new Bucket(limit.burst(), time.nanoTime()))
                    .take(limit, time.nanoTime());
        }
    }

    /** Tokens that come back as time goes by. */
    private static final class Bucket {
        private double tokens;
        private long at;

        Bucket(double tokens, long at) {
            this.tokens = tokens;
            this.at = at;
        }

        boolean take(Limit limit, long now) {
            tokens = Math.min(limit.burst(), tokens + (now - at) / 1e9 * limit.qps());
            at = now;
            if (tokens < 1) {
                return false;
            }
            tokens--;
            return true;
        }
    }
}
