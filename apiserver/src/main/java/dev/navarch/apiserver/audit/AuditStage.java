package dev.navarch.apiserver.audit;

/** When an event was made (source: k8s.io/apiserver pkg/apis/audit/v1/types.go). */
public enum AuditStage {
    REQUEST_RECEIVED("RequestReceived"),
    /** Of long-running requests: the head of the answer is sent. */
    RESPONSE_STARTED("ResponseStarted"),
    RESPONSE_COMPLETE("ResponseComplete"),
    PANIC("Panic");

    private final String text;

    AuditStage(String text) {
        this.text = text;
    }

    @Override
    public String toString() {
        return text;
    }
}
