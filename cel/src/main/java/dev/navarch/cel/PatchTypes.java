package dev.navarch.cel;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.navigation.CelNavigableAst;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypeProvider;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructType;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The types that expressions build patches of: {@code JSONPatch}, and {@code Object}, {@code Object.spec} and so on, which
 * take any field (source: k8s.io/apiserver pkg/cel/mutation/typeresolver.go, jsonpatch.go, dynamic/objects.go).
 */
final class PatchTypes {
    static final String OBJECT_NAME = "Object";
    private static final String JSON_PATCH_NAME = "JSONPatch";

    static final StructType OBJECT = open(OBJECT_NAME, Set.of());
    static final StructType JSON_PATCH = jsonPatch();

    /** For evaluation, where fields don't matter any more. */
    static final CelTypeProvider ANY = new CelTypeProvider() {
        @Override
        public ImmutableList<CelType> types() {
            return ImmutableList.of();
        }

        @Override
        public Optional<CelType> findType(String name) {
            return isObject(name) || name.equals(JSON_PATCH_NAME)
                    ? Optional.of(open(name, Set.of()))
                    : Optional.empty();
        }
    };

    private PatchTypes() {}

    private static boolean isObject(String name) {
        return name.equals(OBJECT_NAME) || name.startsWith(OBJECT_NAME + ".");
    }

    private static StructType open(String name, Set<String> fields) {
        return StructType.create(name, ImmutableSet.copyOf(fields), _ -> Optional.of(SimpleType.DYN));
    }

    private static StructType jsonPatch() {
        ImmutableMap<String, CelType> fields = ImmutableMap.of(
                "op", SimpleType.STRING,
                "path", SimpleType.STRING,
                "from", SimpleType.STRING,
                "value", SimpleType.DYN);
        return StructType.create(JSON_PATCH_NAME, fields.keySet(), f -> Optional.ofNullable(fields.get(f)));
    }

    /** The types that an expression names, with those fields that it gives them. */
    static Collection<StructType> named(CelAbstractSyntaxTree parsed) {
        Map<String, Set<String>> fields = new HashMap<>();
        fields.put(OBJECT_NAME, new HashSet<>());
        CelNavigableAst.fromAst(parsed)
                .getRoot()
                .allNodes()
                .filter(node -> node.getKind() == CelExpr.ExprKind.Kind.STRUCT)
                .map(node -> node.expr().struct())
                .filter(struct -> isObject(struct.messageName()))
                .forEach(struct -> {
                    var names = fields.computeIfAbsent(struct.messageName(), _ -> new HashSet<>());
                    struct.entries().forEach(entry -> names.add(entry.fieldKey()));
                });
        Map<String, StructType> types = new HashMap<>();
        fields.forEach((name, of) -> types.put(name, open(name, of)));
        types.put(JSON_PATCH_NAME, JSON_PATCH);
        return List.copyOf(types.values());
    }

    /** An instance; nothing for types that expressions can't build. */
    static Optional<Object> make(String type, Map<String, Object> fields) {
        return isObject(type) || type.equals(JSON_PATCH_NAME)
                ? Optional.of(new Part(type, Map.copyOf(fields)))
                : Optional.empty();
    }

    /** What an expression has built. */
    record Part(String type, Map<String, Object> fields) {}
}
