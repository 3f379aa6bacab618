package dev.navarch.apiserver.usage;

import dev.navarch.apiserver.tree.Tree;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a kubelet says of its node, as rates: those that it tells itself, else by comparing with what it said before.
 * Source: k8s.io/kubelet pkg/apis/stats/v1alpha1/types.go.
 *
 * @param window the time that the rates speak of
 * @param node empty if nothing is known yet
 * @param pods by their uid
 */
record NodeFigures(Instant at, Duration window, Optional<Usage> node, Map<String, PodFigures> pods, Counters counters) {
    private static final Duration USUAL_WINDOW = Duration.ofSeconds(15);
    private static final double NANOS = 1e9;

    record Usage(long cpuNanoCores, long memoryBytes) {}

    /**
     * @param containers those of which all is known
     * @param complete whether these are all
     */
    record PodFigures(Map<String, Usage> containers, boolean complete, Optional<Network> network) {}

    /** Bytes per second. */
    record Network(double received, double sent) {}

    /** What only grows, by what it is of. */
    private record Counters(Map<String, Long> values) {}

    static NodeFigures of(JsonNode summary, Optional<NodeFigures> before, Instant now) {
        return new Reader(before, now).read(summary);
    }

    private static final class Reader {
        private final Optional<NodeFigures> before;
        private final Instant now;
        private final Duration window;
        private final Map<String, Long> values = new HashMap<>();

        Reader(Optional<NodeFigures> before, Instant now) {
            this.before = before.filter(b -> b.at.isBefore(now));
            this.now = now;
            window = this.before.map(b -> Duration.between(b.at, now)).orElse(USUAL_WINDOW);
        }

        NodeFigures read(JsonNode summary) {
            Map<String, PodFigures> pods = new HashMap<>();
            for (var pod : Tree.objects(summary, "pods")) {
                pods.put(Tree.text(pod, "podRef", "uid"), pod(pod));
            }
            return new NodeFigures(
                    time(summary).orElse(now),
                    window,
                    usage("node", Tree.at(summary, "node")),
                    Map.copyOf(pods),
                    new Counters(values));
        }

        private Optional<Instant> time(JsonNode summary) {
            try {
                var text = Tree.text(summary, "node", "cpu", "time");
                return text.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(text));
            } catch (DateTimeParseException e) {
                return Optional.empty();
            }
        }

        private PodFigures pod(ObjectNode pod) {
            var uid = Tree.text(pod, "podRef", "uid");
            Map<String, Usage> containers = new LinkedHashMap<>();
            var all = Tree.objects(pod, "containers");
            for (var container : all) {
                var name = Tree.text(container, "name");
                usage(uid + "/" + name, container).ifPresent(found -> containers.put(name, found));
            }
            return new PodFigures(containers, containers.size() == all.size(), network(uid, Tree.at(pod, "network")));
        }

        private Optional<Usage> usage(String what, JsonNode figures) {
            var told = number(Tree.at(figures, "cpu", "usageNanoCores"));
            var counted = grown(what + "/cpu", Tree.at(figures, "cpu", "usageCoreNanoSeconds"));
            var memory = number(Tree.at(figures, "memory", "workingSetBytes"));
            if (memory.isEmpty() || told.isEmpty() && counted.isEmpty()) {
                return Optional.empty();
            }
            long cores = told.isPresent() ? told.getAsLong() : Math.round(counted.get());
            return Optional.of(new Usage(cores, memory.getAsLong()));
        }

        private Optional<Network> network(String uid, JsonNode network) {
            var received = grown(uid + "/received", Tree.at(network, "rxBytes"));
            var sent = grown(uid + "/sent", Tree.at(network, "txBytes"));
            return received.isPresent() && sent.isPresent()
                    ? Optional.of(new Network(received.get(), sent.get()))
                    : Optional.empty();
        }

        /** By how much per second, once it has been seen before and has not begun anew. */
        private Optional<Double> grown(String what, JsonNode value) {
            var number = number(value);
            if (number.isEmpty()) {
                return Optional.empty();
            }
            values.put(what, number.getAsLong());
            return before.map(b -> b.counters.values.get(what))
                    .filter(then -> then <= number.getAsLong())
                    .map(then -> (number.getAsLong() - then) / (window.toNanos() / NANOS));
        }

        private static OptionalLong number(JsonNode value) {
            return value.canConvertToLong() ? OptionalLong.of(value.longValue()) : OptionalLong.empty();
        }
    }
}
