package dev.navarch.scheduler;

import dev.navarch.scheduler.framework.CycleState;
import dev.navarch.scheduler.framework.NodeInfo;
import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.PodInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What node-local plugins said of nodes, for the signatures of the last pods. A node's word counts as long as its
 * {@link NodeInfo} is the same object, so that of a thousand pods alike each costs only the nodes that changed since the
 * one before. Used by the scheduling thread.
 */
final class NodeLocalResults {
    private static final int ROWS = 16;
    private static final int REMEMBERED = 256;

    private final Profile profile;
    private final List<Plugin.NodeLocal> plugins = new ArrayList<>();
    /** The filters that come before any that is not node-local. */
    private final List<Plugin.Filter> filters = new ArrayList<>();

    private final List<Plugin.Score> scores = new ArrayList<>();
    /** Where these are among all of the profile. */
    private final int[] scoreAt;

    private final Map<Object, Row> rows = lru(ROWS);
    /** Signatures that were seen once: what is never seen again is not worth a row. */
    private final Map<Object, Boolean> seen = lru(REMEMBERED);

    NodeLocalResults(Profile profile) {
        this.profile = profile;
        for (var filter : profile.filters()) {
            if (!(filter instanceof Plugin.NodeLocal)) {
                break;
            }
            filters.add(filter);
        }
        var all = profile.all(Plugin.Score.class);
        for (var score : all) {
            if (score instanceof Plugin.NodeLocal) {
                scores.add(score);
            }
        }
        scoreAt = scores.stream().mapToInt(all::indexOf).toArray();
        for (var plugin : profile.plugins()) {
            if (plugin instanceof Plugin.NodeLocal local) {
                plugins.add(local);
            }
        }
    }

    private static <V> Map<Object, V> lru(int most) {
        return new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Object, V> eldest) {
                return size() > most;
            }
        };
    }

    /** How many of the profile's filters are answered from here, those in front. */
    int filters() {
        return filters.size();
    }

    /** Which score of a row is the plugin's; -1 for none. */
    int indexOf(Plugin.Score score) {
        return scores.indexOf(score);
    }

    /**
     * The results for pods such as this.
     *
     * @param nodes how many there are
     */
    Optional<Row> row(PodInfo pod, int nodes) {
        var signature = new ArrayList<>(plugins.size());
        for (var plugin : plugins) {
            signature.add(plugin.signature(pod));
        }
        var row = rows.get(signature);
        if (row == null) {
            if (seen.put(signature, true) == null) {
                return Optional.empty();
            }
            row = new Row();
            rows.put(signature, row);
        }
        row.makeRoom(nodes);
        return Optional.of(row);
    }

    /** What was said of a node with others on it. */
    private record Beside(NodeInfo node, List<PodInfo> nominated, Profile.Rejection verdict) {}

    /** The results for one signature, by the node's position in the snapshot. */
    final class Row {
        private @Nullable NodeInfo[] filtered = {};
        private Profile.Rejection[] verdicts = {};
        private @Nullable Beside[] besides = {};
        private @Nullable NodeInfo[] scored = {};
        private long[] points = {};

        private void makeRoom(int nodes) {
            if (filtered.length < nodes) {
                int size = nodes + nodes / 8 + 64;
                filtered = Arrays.copyOf(filtered, size);
                verdicts = Arrays.copyOf(verdicts, size);
                besides = Arrays.copyOf(besides, size);
                scored = Arrays.copyOf(scored, size);
                points = Arrays.copyOf(points, size * scores.size());
            }
        }

        Profile.Rejection filter(CycleState state, PodInfo pod, NodeInfo node, int position, SkippedPlugins skipped) {
            if (filtered[position] != node) {
                verdicts[position] = profile.filter(state, pod, node, skipped, 0, filters.size());
                filtered[position] = node;
            }
            return verdicts[position];
        }

        /**
         * The same as if others were on the node already.
         *
         * @param nominated the others; the answer counts as long as it is the same list
         */
        Profile.Rejection filter(
                CycleState state,
                PodInfo pod,
                NodeInfo node,
                int position,
                SkippedPlugins skipped,
                List<PodInfo> nominated) {
            var known = besides[position];
            if (known == null || known.node != node || known.nominated != nominated) {
                var fuller = node;
                for (var other : nominated) {
                    fuller = fuller.with(other);
                }
                var verdict = profile.filter(state, pod, fuller, skipped, 0, filters.size());
                known = new Beside(node, nominated, verdict);
                besides[position] = known;
            }
            return known.verdict;
        }

        /** @param silent scores that have nothing to say for this signature */
        long score(CycleState state, PodInfo pod, NodeInfo node, int position, int index, SkippedPlugins silent) {
            if (scored[position] != node) {
                for (int i = 0; i < scores.size(); i++) {
                    var plugin = scores.get(i);
                    points[position * scores.size() + i] =
                            silent.contains(plugin) ? 0 : profile.score(plugin, scoreAt[i], state, pod, node);
                }
                scored[position] = node;
            }
            return points[position * scores.size() + index];
        }
    }
}
