package dev.navarch.apiserver;

/**
 * How many requests are served at a time (source: kube-apiserver's --max-requests-inflight and
 * --max-mutating-requests-inflight).
 *
 * @param reading how many gets and lists, 0 for any number
 * @param mutating how many of all others, 0 for any number
 */
public record RequestLimits(int reading, int mutating) {
    /** Upstream's defaults. */
    public static final RequestLimits STANDARD = new RequestLimits(400, 200);

    public RequestLimits {
        if (reading < 0 || mutating < 0) {
            throw new IllegalArgumentException("limits of requests must not be negative");
        }
    }
}
