package dev.navarch.api;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The way from the root to the value that is being read. Entering and leaving cost next to nothing; only mistakes are
 * put into words. For one thread.
 */
final class Trail {

    private @Nullable String[] names = new @Nullable String[16];
    private @Nullable ObjectSchema[] structs = new @Nullable ObjectSchema[16];
    private int[] indexes = new int[16];
    private int depth;

    void enterField(String name, ObjectSchema struct) {
        enter(name, 0, struct);
    }

    void enterKey(String name) {
        enter(name, 0, null);
    }

    void enterIndex(int index) {
        enter(null, index, null);
    }

    private void enter(@Nullable String name, int index, @Nullable ObjectSchema struct) {
        if (depth == names.length) {
            names = Arrays.copyOf(names, depth * 2);
            structs = Arrays.copyOf(structs, depth * 2);
            indexes = Arrays.copyOf(indexes, depth * 2);
        }
        names[depth] = name;
        indexes[depth] = index;
        structs[depth++] = struct;
    }

    void leave() {
        depth--;
    }

    /** As in reports of strict decoding: {@code spec.containers[0].foo}. */
    String pathTo(String name) {
        var text = new StringBuilder();
        for (int i = 0; i < depth; i++) {
            if (names[i] == null) {
                text.append('[').append(indexes[i]).append(']');
            } else {
                text.append(text.isEmpty() ? "" : ".").append(names[i]);
            }
        }
        return text.append(text.isEmpty() ? "" : ".").append(name).toString();
    }

    /** As in Go's type errors: the innermost struct, and the fields from the root without keys and indexes. */
    String goTarget() {
        ObjectSchema innermost = null;
        var fields = new StringBuilder();
        for (int i = 0; i < depth; i++) {
            if (structs[i] != null) {
                innermost = structs[i];
                fields.append('.').append(names[i]);
            }
        }
        return innermost == null ? "Go value" : "Go struct field " + innermost.goStruct() + fields;
    }
}
