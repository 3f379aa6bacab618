package dev.navarch.kubelet.probes;

/**
 * What one probe found.
 *
 * @param output for people; "" if there is nothing to say
 */
public record ProbeResult(Outcome outcome, String output) {

    /** Failure counts against the container; an error, when the probe itself could not run, does too. */
    public enum Outcome {
        SUCCESS,
        FAILURE,
        ERROR
    }

    static ProbeResult success() {
        return new ProbeResult(Outcome.SUCCESS, "");
    }

    static ProbeResult failure(String output) {
        return new ProbeResult(Outcome.FAILURE, output);
    }

    static ProbeResult error(String output) {
        return new ProbeResult(Outcome.ERROR, output);
    }
}
