package dev.navarch.scheduler;

import dev.navarch.scheduler.framework.Plugin;
import dev.navarch.scheduler.framework.Stopwatch.Call;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/** How often a profile's plugins were asked. The thread that schedules counts; any may read. */
final class Evaluations {
    private final Map<Call, Point> points = new EnumMap<>(Call.class);

    Evaluations(Profile profile) {
        points.put(Call.PRE_FILTER, new Point(profile.preFilters()));
        points.put(Call.FILTER, new Point(profile.filters()));
        points.put(Call.PRE_SCORE, new Point(profile.all(Plugin.PreScore.class)));
        points.put(Call.SCORE, new Point(profile.all(Plugin.Score.class)));
    }

    /** The plugins of one extension point, in order. */
    static final class Point {
        private final List<? extends Plugin> plugins;
        private final AtomicLongArray counts;

        private Point(List<? extends Plugin> plugins) {
            this.plugins = plugins;
            counts = new AtomicLongArray(plugins.size());
        }

        void asked(int plugin) {
            counts.setOpaque(plugin, counts.getPlain(plugin) + 1);
        }
    }

    Point at(Call call) {
        var point = points.get(call);
        if (point == null) {
            throw new IllegalArgumentException(call.text() + " is not counted");
        }
        return point;
    }

    /** Takes one count. */
    interface Reader {
        void read(Call point, String plugin, long count);
    }

    /** Of plugins that were asked at all. */
    void forEach(Reader reader) {
        points.forEach((call, point) -> {
            for (int i = 0; i < point.plugins.size(); i++) {
                long count = point.counts.getOpaque(i);
                if (count > 0) {
                    reader.read(call, point.plugins.get(i).name(), count);
                }
            }
        });
    }
}
