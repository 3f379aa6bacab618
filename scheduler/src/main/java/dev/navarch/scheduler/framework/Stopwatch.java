package dev.navarch.scheduler.framework;

/**
 * Measures calls of plugins. Only some pods' cycles carry one that does, since measuring costs more than many a plugin
 * (source: CycleState.ShouldRecordPluginMetrics).
 */
public interface Stopwatch {
    /** Measures nothing. */
    Stopwatch NONE = new Stopwatch() {
        @Override
        public long start() {
            return 0;
        }

        @Override
        public void stop(Plugin plugin, Call call, Status.Code code, long start) {}
    };

    /** What is called of a plugin, as metrics name it. */
    enum Call {
        PRE_FILTER("PreFilter"),
        ADD_POD("PreFilterExtensionAddPod"),
        REMOVE_POD("PreFilterExtensionRemovePod"),
        FILTER("Filter"),
        POST_FILTER("PostFilter"),
        PRE_SCORE("PreScore"),
        SCORE("Score"),
        NORMALIZE("ScoreExtensionNormalize"),
        RESERVE("Reserve"),
        UNRESERVE("Unreserve"),
        PERMIT("Permit"),
        PRE_FLIGHT("PreBindPreFlight"),
        PRE_BIND("PreBind"),
        BIND("Bind"),
        POST_BIND("PostBind");

        private final String text;

        Call(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    /** The moment from which something is measured. */
    long start();

    /** A call has ended that began then. */
    void stop(Plugin plugin, Call call, Status.Code code, long start);
}
