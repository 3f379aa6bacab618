package dev.navarch.apiserver.audit;

/** How much is recorded of a request, the least first (source: k8s.io/apiserver pkg/apis/audit/v1/types.go). */
public enum AuditLevel {
    NONE("None"),
    METADATA("Metadata"),
    REQUEST("Request"),
    REQUEST_RESPONSE("RequestResponse");

    private final String text;

    AuditLevel(String text) {
        this.text = text;
    }

    boolean covers(AuditLevel other) {
        return compareTo(other) >= 0;
    }

    @Override
    public String toString() {
        return text;
    }
}
