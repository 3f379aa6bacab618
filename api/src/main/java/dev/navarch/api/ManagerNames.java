package dev.navarch.api;

import dev.navarch.api.values.GoText;
import dev.navarch.api.values.Names;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Who writes fields (source: apimachinery pkg/apis/meta/v1/validation/validation.go, ValidateFieldManager). */
public final class ManagerNames {
    private static final int LONGEST = 128;

    private ManagerNames() {}

    /** Whether a name is as nearly all are, and there's nothing to {@link #check}. */
    public static boolean isPlain(String manager) {
        if (manager.length() > LONGEST) {
            return false;
        }
        for (int i = 0; i < manager.length(); i++) {
            if (manager.charAt(i) < ' ' || manager.charAt(i) > '~') {
                return false;
            }
        }
        return true;
    }

    /** What is wrong with a manager's name, at a field. */
    public static List<FieldError> check(String field, String manager) {
        List<FieldError> wrong = new ArrayList<>(0);
        if (Names.utf8Length(manager) > LONGEST) {
            wrong.add(FieldError.tooLong(field, LONGEST));
        }
        for (int at = 0; at < manager.length(); at += Character.charCount(manager.codePointAt(at))) {
            int c = manager.codePointAt(at);
            if (!GoText.isPrintable(c)) {
                int position = manager.substring(0, at).getBytes(StandardCharsets.UTF_8).length;
                wrong.add(FieldError.invalid(
                        field,
                        manager,
                        "invalid character " + String.format(Locale.ROOT, "U+%04X", c) + " (at position " + position
                                + ")"));
            }
        }
        return wrong;
    }
}
