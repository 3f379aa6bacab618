package dev.navarch.cel.library;

import dev.cel.common.types.SimpleType;
import java.util.List;

/** {@code jsonpatch.escapeKey}: a key as it stands in the path of a JSON patch (RFC 6901). */
public final class JsonPatchLibrary extends Library {
    public JsonPatchLibrary() {
        global(
                "jsonpatch.escapeKey",
                "string_jsonpatch_escapeKey_string",
                SimpleType.STRING,
                List.of(SimpleType.STRING),
                a -> ((String) a[0]).replace("~", "~0").replace("/", "~1"));
    }
}
