package dev.navarch.cel.library;

import dev.cel.common.types.CelType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import dev.navarch.api.structural.Formats;
import dev.navarch.api.values.Names;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The formats of names and texts, and what is wrong with a text that should have one. */
public final class FormatLibrary extends Library {
    public static final CelType FORMAT = OpaqueType.create("kubernetes.NamedFormat");

    private record Format(String name, Function<String, List<String>> complaints) {}

    private static final Map<String, Format> FORMATS = formats();

    public FormatLibrary() {
        type(FORMAT, Format.class);
        FORMATS.values()
                .forEach(format ->
                        global("format." + format.name, "format-" + format.name, FORMAT, List.of(), _ -> format));
        global(
                "format.named",
                "format-named",
                optional(FORMAT),
                List.of(SimpleType.STRING),
                a -> Optional.ofNullable(FORMATS.get((String) a[0])));
        member("validate", "format-validate", optional(STRINGS), FORMAT, List.of(SimpleType.STRING), a -> {
            var complaints = ((Format) a[0]).complaints.apply((String) a[1]);
            return complaints.isEmpty() ? Optional.empty() : Optional.of(complaints);
        });
    }

    private static Map<String, Format> formats() {
        Map<String, Format> formats = new LinkedHashMap<>();
        add(formats, "dns1123Label", Names::dns1123Label);
        add(formats, "dns1123Subdomain", Names::dns1123Subdomain);
        add(formats, "dns1035Label", Names::dns1035Label);
        add(formats, "qualifiedName", Names::qualifiedName);
        add(formats, "dns1123LabelPrefix", text -> Names.dns1123Label(withoutDash(text)));
        add(formats, "dns1123SubdomainPrefix", text -> Names.dns1123Subdomain(withoutDash(text)));
        add(formats, "dns1035LabelPrefix", text -> Names.dns1035Label(withoutDash(text)));
        add(formats, "labelValue", Names::labelValue);
        add(formats, "uri", checked("uri", "invalid URI"));
        add(formats, "uuid", checked("uuid", "does not match the UUID format"));
        add(formats, "byte", checked("byte", "invalid base64"));
        add(formats, "date", checked("date", "invalid date"));
        add(formats, "datetime", checked("datetime", "invalid datetime"));
        return formats;
    }

    private static void add(Map<String, Format> formats, String name, Function<String, List<String>> complaints) {
        formats.put(name, new Format(name, complaints));
    }

    private static Function<String, List<String>> checked(String format, String complaint) {
        return text -> Formats.holds(format, text) ? List.of() : List.of(complaint);
    }

    /** A prefix of a generated name may end with a dash. */
    private static String withoutDash(String prefix) {
        return prefix.endsWith("-") ? prefix.substring(0, prefix.length() - 1) + "a" : prefix;
    }
}
