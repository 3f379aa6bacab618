package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.IntOrString;
import org.jspecify.annotations.Nullable;

/** What {@code maxSurge} and {@code maxUnavailable} come to. source: apimachinery pkg/util/intstr/intstr.go. */
public final class Share {
    private Share() {}

    /** A number, or a percentage of {@code total} rounded up or down; malformed counts as zero. */
    public static int of(@Nullable IntOrString value, int total, boolean up) {
        if (value == null) {
            return 0;
        }
        if (value.getIntVal() != null) {
            return value.getIntVal();
        }
        var text = value.getStrVal();
        try {
            if (text == null || !text.endsWith("%")) {
                return 0;
            }
            long product = Long.parseLong(text.substring(0, text.length() - 1)) * total;
            return (int) (up ? Math.ceilDiv(product, 100L) : Math.floorDiv(product, 100L));
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
