package dev.navarch.client;

import static java.util.Objects.requireNonNull;

import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Workers that take keys from a queue and reconcile them. A key whose reconciliation throws is logged and added
 * again after its back-off; one that succeeds starts its back-off anew. Owns its threads and closes its queue.
 */
public final class ControllerLoop<K> implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ControllerLoop.class);

    private final String name;
    private final WorkQueue<K> queue;
    private final int workers;
    private final Reconciler<K> reconciler;
    private final List<Thread> threads = new ArrayList<>();

    public ControllerLoop(String name, WorkQueue<K> queue, int workers, Reconciler<K> reconciler) {
        this.name = requireNonNull(name);
        this.queue = requireNonNull(queue);
        this.workers = workers;
        this.reconciler = requireNonNull(reconciler);
        queue.hold();
    }

    public synchronized void start() {
        queue.release(); // before anybody takes a key, or its work would not be counted
        for (int i = threads.size(); i < workers; i++) {
            threads.add(Thread.ofVirtual().name(name + "-" + i).start(this::work));
        }
    }

    private void work() {
        try {
            for (var key = queue.take(); key != null; key = queue.take()) {
                reconcile(key);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void reconcile(K key) throws InterruptedException {
        int failures = queue.retries(key);
        try {
            reconciler.reconcile(key);
            if (queue.retries(key) == failures) { // else it has asked for another try itself
                queue.forget(key);
            }
        } catch (InterruptedException e) {
            throw e;
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof InterruptedIOException || Thread.interrupted()) {
                throw (InterruptedException) new InterruptedException(name + " was stopped").initCause(e);
            }
            retry(key, e);
        } catch (ApiFailure e) {
            retry(key, e);
        } catch (Exception e) {
            log.warn("{}: {} failed, will be tried again", name, key, e);
            queue.addRateLimited(key);
        } finally {
            queue.done(key);
        }
    }

    /** What is expected to happen now and then gets one line: conflicts, objects that went, refusals, a server that is away. */
    private void retry(K key, RuntimeException e) {
        if (e instanceof ApiFailure f && (f.conflict() || f.notFound())) {
            log.debug("{}: {}: {}", name, key, e.getMessage());
        } else {
            log.info("{}: {} will be tried again: {}", name, key, e.getMessage());
        }
        queue.addRateLimited(key);
    }

    /** Interrupts the workers and waits for them. */
    @Override
    public void close() {
        queue.close();
        List<Thread> running;
        synchronized (this) {
            running = List.copyOf(threads);
            threads.clear();
        }
        running.forEach(Thread::interrupt);
        for (var thread : running) {
            if (thread == Thread.currentThread()) {
                continue;
            }
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
