package dev.navarch.api;

/** Standard base64 with padding, as strict as Go's (source: Go's encoding/base64). */
final class GoBase64 {

    private GoBase64() {}

    /** Offset of the first byte that Go complains about, or -1 if the text is well-formed. */
    static int mistakeAt(String text) {
        int length = text.length();
        int data = 0;
        while (data < length && isDigit(text.charAt(data))) {
            data++;
        }
        if (data == length) {
            return length % 4 == 0 ? -1 : length - length % 4;
        }
        if (text.charAt(data) != '=' || data % 4 < 2) {
            return data;
        }
        int padding = 4 - data % 4;
        for (int i = 1; i < padding; i++) {
            if (data + i >= length) {
                return length;
            }
            if (text.charAt(data + i) != '=') {
                return data + i;
            }
        }
        return data + padding == length ? -1 : data + padding;
    }

    private static boolean isDigit(char c) {
        return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/';
    }
}
