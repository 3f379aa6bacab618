package dev.navarch.api.openapi;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The values of the types that upstream marks as enumerations, sorted (source: the {@code +enum} markers in the types of
 * k8s.io/api; published as k8s.io/kube-openapi pkg/generators/enum.go does).
 */
final class Enums {
    private final Map<String, List<String>> values = new HashMap<>();

    /** The resource has a line {@code type<tab>values}, these with commas between, for each after the first. */
    Enums() {
        try (var in = Objects.requireNonNull(Enums.class.getResourceAsStream("/dev/navarch/api/enums.tsv"))) {
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .skip(1)
                    .forEach(line -> {
                        int tab = line.indexOf('\t');
                        values.put(
                                line.substring(0, tab),
                                List.of(line.substring(tab + 1).split(",", -1)));
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * @param owner the schema that has a field of the type, such as {@code io.k8s.api.networking.v1.NetworkPolicyPort}
     * @param goType such as {@code v1.Protocol}; of the owner's package or, as all imported ones, of core/v1
     * @return empty if it is no enumeration
     */
    List<String> of(String owner, String goType) {
        var name = goType.substring(Math.max(goType.lastIndexOf('.'), goType.lastIndexOf('*')) + 1);
        var own = values.get(owner.substring(0, owner.lastIndexOf('.') + 1) + name);
        return own != null ? own : values.getOrDefault("io.k8s.api.core.v1." + name, List.of());
    }
}
