package dev.navarch.kubelet;

import dev.navarch.client.EventRecorder;
import dev.navarch.kubelet.pods.PodEvents;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;

/** Events as objects of the API. */
record ApiEvents(EventRecorder recorder) implements PodEvents {

    @Override
    public void event(HasMetadata about, String fieldPath, boolean warning, String reason, String message) {
        var reference = EventRecorder.reference(about);
        if (!fieldPath.isEmpty()) {
            reference = new ObjectReferenceBuilder(reference)
                    .withFieldPath(fieldPath)
                    .build();
        }
        recorder.record(reference, warning ? "Warning" : "Normal", reason, message);
    }
}
