package dev.navarch.scheduler.devices;

/** A claim or class with which no device can be found anywhere until somebody changes it; the message is upstream's. */
public final class AllocationFailure extends Exception {
    private static final long serialVersionUID = 1;

    AllocationFailure(String message) {
        super(message, null, false, false);
    }
}
