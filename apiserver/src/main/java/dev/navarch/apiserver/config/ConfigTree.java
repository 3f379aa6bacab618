package dev.navarch.apiserver.config;

import dev.navarch.api.values.GoText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * An object in a configuration file, with its path. Whoever reads it says which fields there may be; what else there is, or
 * is of another type, is refused by an {@link IllegalArgumentException} that names the field.
 */
public final class ConfigTree {
    private final Map<String, Object> fields;
    private final String path;

    private ConfigTree(Map<?, ?> fields, String path) {
        Map<String, Object> named = new LinkedHashMap<>();
        fields.forEach((name, value) -> {
            if (value != null) {
                named.put(String.valueOf(name), value);
            }
        });
        this.fields = named;
        this.path = path;
    }

    /** The root of a YAML or JSON text, which must be of this version and kind. */
    public static ConfigTree parse(String text, String apiVersion, String kind) {
        Object loaded;
        try {
            loaded =
                    new Load(LoadSettings.builder().setAllowDuplicateKeys(false).build()).loadFromString(text);
        } catch (YamlEngineException e) {
            // The whole message would quote the text.
            throw new IllegalArgumentException("it is not YAML: " + firstLine(String.valueOf(e.getMessage())));
        }
        if (!(loaded instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException("it is not an object");
        }
        var root = new ConfigTree(map, "");
        if (!root.text("apiVersion").equals(apiVersion) || !root.text("kind").equals(kind)) {
            throw new IllegalArgumentException(
                    "no kind " + GoText.quote(root.text("kind")) + " is registered for version "
                            + GoText.quote(root.text("apiVersion")) + ": this must be " + kind + " of " + apiVersion);
        }
        return root;
    }

    private static String firstLine(String message) {
        int end = message.indexOf('\n');
        return end < 0 ? message : message.substring(0, end);
    }

    /** Refuses all fields but these. */
    public ConfigTree only(String... names) {
        var known = Set.of(names);
        for (var name : fields.keySet()) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException("strict decoding error: unknown field " + GoText.quote(path(name)));
            }
        }
        return this;
    }

    /** Of a field of this object, as in {@code rules[0].level}. */
    public String path(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /** Of this object. */
    public String path() {
        return path;
    }

    public boolean has(String name) {
        return fields.containsKey(name);
    }

    /** Empty if it isn't there. */
    public String text(String name) {
        var value = fields.get(name);
        if (value == null) {
            return "";
        }
        return of(String.class, value, path(name), "a string");
    }

    public Optional<Boolean> flag(String name) {
        return Optional.ofNullable(fields.get(name))
                .map(value -> of(Boolean.class, value, path(name), "true or false"));
    }

    public Optional<Integer> number(String name) {
        return Optional.ofNullable(fields.get(name)).map(value -> of(Integer.class, value, path(name), "a number"));
    }

    public Optional<ConfigTree> child(String name) {
        return Optional.ofNullable(fields.get(name)).map(value -> object(value, path(name)));
    }

    public List<ConfigTree> children(String name) {
        List<ConfigTree> children = new ArrayList<>();
        for (var element : list(name)) {
            children.add(object(element, path(name) + "[" + children.size() + "]"));
        }
        return children;
    }

    public List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        for (var element : list(name)) {
            texts.add(of(String.class, element, path(name) + "[" + texts.size() + "]", "a string"));
        }
        return texts;
    }

    private List<?> list(String name) {
        var value = fields.get(name);
        return value == null ? List.of() : of(List.class, value, path(name), "a list");
    }

    private static ConfigTree object(Object value, String path) {
        return new ConfigTree(of(Map.class, value, path, "an object"), path);
    }

    private static <T> T of(Class<T> type, Object value, String path, String what) {
        if (type.isInstance(value)) {
            return type.cast(value);
        }
        throw new IllegalArgumentException(path + " must be " + what);
    }
}
