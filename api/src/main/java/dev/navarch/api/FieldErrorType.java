package dev.navarch.api;

/**
 * What is wrong with a field (source: k8s.io/apimachinery pkg/util/validation/field/errors.go).
 */
public enum FieldErrorType {
    REQUIRED("FieldValueRequired", "Required value"),
    INVALID("FieldValueInvalid", "Invalid value"),
    NOT_SUPPORTED("FieldValueNotSupported", "Unsupported value"),
    DUPLICATE("FieldValueDuplicate", "Duplicate value"),
    FORBIDDEN("FieldValueForbidden", "Forbidden"),
    TOO_LONG("FieldValueTooLong", "Too long"),
    TOO_SHORT("FieldValueTooShort", "Too short"),
    TOO_MANY("FieldValueTooMany", "Too many"),
    TOO_FEW("FieldValueTooFew", "Too few"),
    NOT_FOUND("FieldValueNotFound", "Not found"),
    TYPE_INVALID("FieldValueTypeInvalid", "Invalid value"),
    INTERNAL("InternalError", "Internal error");

    private final String reason;
    private final String text;

    FieldErrorType(String reason, String text) {
        this.reason = reason;
        this.text = text;
    }

    /** The {@code reason} of a cause in a Status. */
    public String reason() {
        return reason;
    }

    /** How a message begins. */
    public String text() {
        return text;
    }
}
