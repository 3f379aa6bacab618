package dev.navarch.storage;

/** The wanted revision is no longer kept (source: etcd, "required revision has been compacted"). */
public final class CompactedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long wanted;
    private final long compacted;

    public CompactedException(long wanted, long compacted) {
        super("revision " + wanted + " is older than the compacted revision " + compacted);
        this.wanted = wanted;
        this.compacted = compacted;
    }

    public long wanted() {
        return wanted;
    }

    /** The oldest revision that would have been answered. */
    public long compacted() {
        return compacted;
    }
}
