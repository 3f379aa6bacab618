package dev.navarch.cel;

/** What evaluations that belong together may cost. For one thread. */
public final class Budget {
    private long left;

    public Budget(long units) {
        left = units;
    }

    /** What may still be spent; negative after an overdraft. */
    public long left() {
        return left;
    }

    public void charge(long units) {
        left -= units;
    }

    public boolean exhausted() {
        return left <= 0;
    }
}
