package dev.navarch.apiserver.request;

/**
 * An authorizer's answer. Only {@link Outcome#ALLOW} lets a request pass.
 *
 * @param reason for people; may be empty
 * @param evaluationError what could not be evaluated on the way to this answer, or empty
 */
public record Decision(Outcome outcome, String reason, String evaluationError) {
    /** Source: k8s.io/apiserver pkg/authorization/authorizer. */
    public enum Outcome {
        ALLOW,
        DENY,
        NO_OPINION
    }

    public static Decision allow(String reason) {
        return new Decision(Outcome.ALLOW, reason, "");
    }

    public static Decision deny(String reason) {
        return new Decision(Outcome.DENY, reason, "");
    }

    public static Decision noOpinion(String reason) {
        return new Decision(Outcome.NO_OPINION, reason, "");
    }

    public boolean allowed() {
        return outcome == Outcome.ALLOW;
    }
}
