package dev.navarch.storage.etcd;

import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks etcd which revision it is at. Who asks while a request is under way waits for the next one, which all share: an
 * answer is right only for those who asked before its request began.
 */
final class CurrentRevision {
    private final LongSupplier request;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition done = lock.newCondition();
    private long started;
    private long finished;
    private boolean underWay;
    private long revision;
    private volatile @Nullable RuntimeException failure;

    /** @param request a linearizable one; blocks */
    CurrentRevision(LongSupplier request) {
        this.request = request;
    }

    /** At least that of every write that was acknowledged before this call. */
    long ask() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long mine = started + 1;
            while (finished < mine) {
                if (underWay) {
                    done.await();
                } else {
                    run();
                }
            }
            var thrown = failure;
            if (thrown != null) {
                throw thrown;
            }
            return revision;
        } finally {
            lock.unlock();
        }
    }

    /** What the newest request failed of; empty if it didn't. */
    Optional<String> failure() {
        return Optional.ofNullable(failure).map(RuntimeException::getMessage);
    }

    /** Under the lock, which is let go meanwhile. */
    private void run() {
        started++;
        underWay = true;
        lock.unlock();
        long answer = 0;
        RuntimeException thrown = null;
        try {
            answer = request.getAsLong();
        } catch (RuntimeException e) {
            thrown = e;
        } finally {
            lock.lock();
            underWay = false;
            finished = started;
            failure = thrown;
            revision = answer;
            done.signalAll();
        }
    }
}
