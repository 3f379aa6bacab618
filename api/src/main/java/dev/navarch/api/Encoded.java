package dev.navarch.api;

/**
 * An object in the form that is stored and served.
 *
 * @param bytes JSON in UTF-8 without blanks, with {@code "resourceVersion":""} in its metadata where {@code revisionAt}
 *     says; not to be changed
 * @param revisionAt offset between the quotes of {@code metadata.resourceVersion}, where the digits are spliced in
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
public record Encoded(byte[] bytes, int revisionAt) {}
