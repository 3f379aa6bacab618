package dev.navarch.scheduler.framework;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Optional;

/** Tells users what is done, as events of {@code events.k8s.io/v1}. Never blocks (source: client-go tools/events). */
public interface Events {
    /**
     * Tells of something.
     *
     * @param related what else has to do with it
     * @param type {@code Normal} or {@code Warning}
     * @param reason why it is done, such as {@code Preempted}
     * @param action what is done or fails, such as {@code Preempting}
     * @param note what users read
     */
    void tell(
            HasMetadata about,
            Optional<? extends HasMetadata> related,
            String type,
            String reason,
            String action,
            String note);

    default void normal(HasMetadata about, String reason, String action, String note) {
        tell(about, Optional.empty(), "Normal", reason, action, note);
    }

    default void warning(HasMetadata about, String reason, String action, String note) {
        tell(about, Optional.empty(), "Warning", reason, action, note);
    }
}
