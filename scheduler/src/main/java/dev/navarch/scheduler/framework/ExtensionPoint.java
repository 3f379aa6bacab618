package dev.navarch.scheduler.framework;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Where plugins have their say, in the order in which the points are reached. */
public enum ExtensionPoint {
    PRE_ENQUEUE("PreEnqueue", Plugin.PreEnqueue.class),
    QUEUE_SORT("QueueSort", Plugin.QueueSort.class),
    PRE_FILTER("PreFilter", Plugin.PreFilter.class),
    FILTER("Filter", Plugin.Filter.class),
    POST_FILTER("PostFilter", Plugin.PostFilter.class),
    PRE_SCORE("PreScore", Plugin.PreScore.class),
    SCORE("Score", Plugin.Score.class),
    RESERVE("Reserve", Plugin.Reserve.class),
    PERMIT("Permit", Plugin.Permit.class),
    PRE_BIND("PreBind", Plugin.PreBind.class),
    BIND("Bind", Plugin.Bind.class),
    POST_BIND("PostBind", Plugin.PostBind.class);

    private final String text;
    private final Class<? extends Plugin> type;

    ExtensionPoint(String text, Class<? extends Plugin> type) {
        this.text = text;
        this.type = type;
    }

    /** As metrics name it, such as {@code PreFilter}. */
    public String text() {
        return text;
    }

    /** As the configuration names it, such as {@code preFilter}. */
    public String field() {
        return text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
    }

    /** What plugins of this point implement. */
    public Class<? extends Plugin> type() {
        return type;
    }

    public static Optional<ExtensionPoint> ofField(String field) {
        return Arrays.stream(values())
                .filter(point -> point.field().equals(field))
                .findFirst();
    }
}
