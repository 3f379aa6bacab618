package dev.navarch.storage;

/** The wanted revision has not happened yet. */
public final class FutureRevisionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long wanted;
    private final long current;

    public FutureRevisionException(long wanted, long current) {
        super("revision " + wanted + " is newer than the current revision " + current);
        this.wanted = wanted;
        this.current = current;
    }

    public long wanted() {
        return wanted;
    }

    public long current() {
        return current;
    }
}
