package dev.navarch.scheduler;

/**
 * Settings of a {@link Scheduler}.
 *
 * @param name what pods name in {@code spec.schedulerName}
 * @param bindings how many bindings may be on their way at once
 */
public record SchedulerConfig(String name, int bindings) {
    public static final SchedulerConfig DEFAULT = new SchedulerConfig("default-scheduler", 256);

    public SchedulerConfig {
        if (name.isEmpty() || bindings < 1) {
            throw new IllegalArgumentException("a scheduler needs a name and at least one binding at a time");
        }
    }
}
