package dev.navarch.scheduler.plugins;

import dev.navarch.client.Handler;
import io.fabric8.kubernetes.api.model.HasMetadata;

/** Wakes those that wait for a change. */
final class Changes implements Handler<HasMetadata> {
    private long count;

    synchronized long count() {
        return count;
    }

    synchronized void happened() {
        count++;
        notifyAll();
    }

    synchronized void awaitAfter(long seen) throws InterruptedException {
        while (count == seen) {
            wait();
        }
    }

    @Override
    public void added(HasMetadata object) {
        happened();
    }

    @Override
    public void updated(HasMetadata before, HasMetadata now) {
        happened();
    }

    @Override
    public void deleted(HasMetadata last) {
        happened();
    }
}
