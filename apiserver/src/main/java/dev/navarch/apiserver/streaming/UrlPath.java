package dev.navarch.apiserver.streaming;

import java.nio.charset.StandardCharsets;

/** Paths as they stand in URLs. */
public final class UrlPath {
    private static final String UNRESERVED = "-._~!$&'()*+,;=:@/";

    private UrlPath() {}

    /** @param decoded begins with a slash */
    public static String encode(String decoded) {
        var encoded = new StringBuilder(decoded.length());
        for (byte b : decoded.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if (c < 128 && (Character.isLetterOrDigit(c) || UNRESERVED.indexOf(c) >= 0)) {
                encoded.append(c);
            } else {
                encoded.append("%%%02X".formatted((int) c));
            }
        }
        return encoded.toString();
    }

    /** The path, encoded, and the query as it came. */
    public static String withQuery(String decoded, String rawQuery) {
        return rawQuery.isEmpty() ? encode(decoded) : encode(decoded) + "?" + rawQuery;
    }
}
