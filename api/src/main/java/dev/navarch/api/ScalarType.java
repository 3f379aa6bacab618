package dev.navarch.api;

/** How a value without a schema of fields is read and written. */
public enum ScalarType {
    STRING("string", ""),
    BOOL("boolean", ""),
    INT32("integer", "int32"),
    INT64("integer", "int64"),
    FLOAT64("number", "double"),
    /** Base64 in JSON. */
    BYTES("string", "byte"),
    /** {@code resource.Quantity}: a string or a number, encoded in its canonical form. */
    QUANTITY("string", ""),
    /** {@code intstr.IntOrString}: an int32 or a string. */
    INT_OR_STRING("string", "int-or-string"),
    /** {@code metav1.Time}: RFC 3339 in UTC, to the second. */
    TIME("string", "date-time"),
    /** {@code metav1.MicroTime}: RFC 3339 in UTC with six digits of a second. */
    MICRO_TIME("string", "date-time"),
    /** {@code metav1.Duration}: a Go duration such as {@code 1m30s}. */
    DURATION("string", ""),
    /** {@code runtime.RawExtension}: any object, kept as it is. */
    RAW("object", ""),
    /** {@code metav1.FieldsV1}: the set of fields of a manager, kept as it is. */
    FIELDS_V1("object", ""),
    /** Any JSON value, kept as it is. */
    JSON("", "");

    private final String openApiType;
    private final String openApiFormat;

    ScalarType(String openApiType, String openApiFormat) {
        this.openApiType = openApiType;
        this.openApiFormat = openApiFormat;
    }

    /** The {@code type} in OpenAPI documents; empty for any. */
    public String openApiType() {
        return openApiType;
    }

    /** The {@code format} in OpenAPI documents; empty for none. */
    public String openApiFormat() {
        return openApiFormat;
    }
}
