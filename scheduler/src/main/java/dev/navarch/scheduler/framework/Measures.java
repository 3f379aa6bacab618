package dev.navarch.scheduler.framework;

import java.time.Duration;
import java.util.Set;

/** What plugins count beside their own running times. */
public interface Measures {
    /** An attempt to make room with so many victims; 0 if there was nobody to preempt. */
    void preempted(int victims);

    /** Ending one attempt's victims took so long, and succeeded or not. */
    void evicted(boolean success, Duration took);

    /** A claim for a pod's extended resources was made, or could not be. */
    void claimMade(boolean success);

    /** A pod waited so long for the conditions of devices of these drivers. */
    void awaitedDevices(Set<String> drivers, DeviceWait result, Duration took);

    /** A stage of finding and binding volumes failed: {@code predicate}, {@code assume} or {@code bind}. */
    void volumesFailed(String stage);

    /** How waiting for devices ended. */
    enum DeviceWait {
        SUCCESS("success"),
        FAILURE("failure"),
        TIMEOUT("timeout");

        private final String text;

        DeviceWait(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }
}
