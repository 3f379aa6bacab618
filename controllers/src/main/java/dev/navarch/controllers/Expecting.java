package dev.navarch.controllers;

import dev.navarch.client.Handler;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import io.fabric8.kubernetes.api.model.HasMetadata;

/** Wakes owners that change, and forgets what was expected of one that is gone. */
public final class Expecting<O extends HasMetadata> implements Handler<O> {
    private final WorkQueue<Key> queue;
    private final Expectations expectations;

    public Expecting(WorkQueue<Key> queue, Expectations expectations) {
        this.queue = queue;
        this.expectations = expectations;
    }

    @Override
    public void added(O owner) {
        queue.add(Key.of(owner));
    }

    @Override
    public void updated(O before, O now) {
        queue.add(Key.of(now));
    }

    @Override
    public void deleted(O last) {
        expectations.forget(Key.of(last));
        queue.add(Key.of(last));
    }
}
