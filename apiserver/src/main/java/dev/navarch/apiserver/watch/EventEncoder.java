package dev.navarch.apiserver.watch;

import dev.navarch.apiserver.request.Status;
import dev.navarch.storage.Entry;

/** Writes events in the form that a client asked for; each frame with its newline. */
public interface EventEncoder {

    /**
     * @param revision what the object is to name as its resourceVersion; the entry's own but for an object that left
     *     the selection, which is shown as it was before
     */
    byte[] event(EventType type, Entry entry, long revision);

    /** @param initialEventsEnd whether all initial events have been sent before this bookmark */
    byte[] bookmark(long revision, boolean initialEventsEnd);

    byte[] error(Status status);
}
