package dev.navarch.api;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * The way from an object's root to a value, printed as upstream does: {@code spec.containers[0].ports},
 * {@code metadata.labels[app]} (source: k8s.io/apimachinery pkg/util/validation/field/path.go). Building one costs a
 * small object; the text is made when asked for.
 */
public final class FieldPath {

    private final @Nullable FieldPath parent;
    private final String step;
    private final boolean subscript;

    private FieldPath(@Nullable FieldPath parent, String step, boolean subscript) {
        this.parent = parent;
        this.step = requireNonNull(step, "step");
        this.subscript = subscript;
    }

    public static FieldPath of(String name) {
        return new FieldPath(null, name, false);
    }

    public FieldPath child(String name) {
        return new FieldPath(this, name, false);
    }

    public FieldPath index(int index) {
        return new FieldPath(this, Integer.toString(index), true);
    }

    public FieldPath key(String key) {
        return new FieldPath(this, key, true);
    }

    @Override
    public String toString() {
        var out = new StringBuilder();
        print(out);
        return out.toString();
    }

    private void print(StringBuilder out) {
        if (parent != null) {
            parent.print(out);
        }
        if (subscript) {
            out.append('[').append(step).append(']');
        } else {
            out.append(out.isEmpty() ? "" : ".").append(step);
        }
    }
}
