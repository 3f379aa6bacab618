package dev.navarch.cel;

import dev.cel.common.CelOptions;
import dev.cel.common.values.NullValue;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelStandardFunctions;
import dev.cel.runtime.CelStandardFunctions.StandardFunction;
import dev.cel.runtime.RuntimeEquality;
import dev.cel.runtime.RuntimeHelpers;
import dev.cel.runtime.standard.AddOperator.AddOverload;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * {@code ==}, {@code !=}, {@code +} and {@code in} of lists that a schema declares to be sets, or to be keyed by fields: the order of
 * elements does not count, and one that is there twice is one (source: k8s.io/apiserver pkg/cel/common/values.go,
 * unstructuredSetList and unstructuredMapList).
 */
final class AssociativeLists {
    private final RuntimeEquality plain;

    private AssociativeLists(CelOptions options) {
        plain = RuntimeEquality.create(RuntimeHelpers.create(), options);
    }

    /** The functions of the language but those that are here. */
    static CelStandardFunctions others() {
        return CelStandardFunctions.newBuilder()
                .excludeFunctions(
                        StandardFunction.EQUALS, StandardFunction.NOT_EQUALS, StandardFunction.ADD, StandardFunction.IN)
                .build();
    }

    @SuppressWarnings("Immutable") // how lists are compared never changes
    static Iterable<CelFunctionBinding> functions(CelOptions options) {
        var lists = new AssociativeLists(options);
        List<CelFunctionBinding> additions = new ArrayList<>();
        for (var overload : AddOverload.values()) {
            additions.add(
                    overload == AddOverload.ADD_LIST
                            ? CelFunctionBinding.from("add_list", List.class, List.class, lists::plus)
                            : overload.newFunctionBinding(options, lists.plain));
        }
        List<CelFunctionBinding> all = new ArrayList<>();
        all.addAll(CelFunctionBinding.fromOverloads("_+_", additions));
        all.addAll(CelFunctionBinding.fromOverloads(
                "_==_", CelFunctionBinding.from("equals", Object.class, Object.class, lists::same)));
        all.addAll(CelFunctionBinding.fromOverloads(
                "_!=_",
                CelFunctionBinding.from("not_equals", Object.class, Object.class, (a, b) -> !lists.same(a, b))));
        all.addAll(CelFunctionBinding.fromOverloads(
                "@in",
                CelFunctionBinding.from("in_list", Object.class, List.class, lists::in),
                CelFunctionBinding.from("in_map", Object.class, Map.class, lists::isKey)));
        return all;
    }

    /** There are two nulls. */
    @SuppressWarnings("unchecked") // only read
    private boolean in(Object value, List<?> list) {
        return isNull(value)
                ? list.stream().anyMatch(AssociativeLists::isNull)
                : plain.inList((List<Object>) list, value);
    }

    /** A view may have something for a key that it does not contain. */
    private boolean isKey(Object key, Map<?, ?> map) {
        return map instanceof MapView view
                ? view.containsKey(key)
                : plain.findInMap(map, key).isPresent();
    }

    /** Views are compared by what their schemas say, however deep; all else as the language does. */
    private boolean same(Object a, Object b) {
        return switch (a) {
            case ListView x when b instanceof ListView y -> sameLists(x, y);
            case ObjectView x when b instanceof ObjectView y -> sameObjects(x, y);
            case Absent _ -> isNull(b);
            case List<?> x
            when b instanceof List<?> y && (a instanceof ListView || b instanceof ListView) -> sameElements(x, y);
            case Map<?, ?> x
            when b instanceof Map<?, ?> y && (a instanceof ObjectView || b instanceof ObjectView) -> sameEntries(x, y);
            default -> b instanceof Absent ? isNull(a) : plain.objectEquals(a, b);
        };
    }

    private static boolean isNull(Object value) {
        return value instanceof Absent || value instanceof NullValue;
    }

    /** One is a view, the other one was made by an expression. */
    private boolean sameElements(List<?> a, List<?> b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (int i = 0; i < a.size(); i++) {
            if (!same(a.get(i), b.get(i))) {
                return false;
            }
        }
        return true;
    }

    private boolean sameEntries(Map<?, ?> a, Map<?, ?> b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (var entry : a.entrySet()) {
            var other = b.get(entry.getKey());
            if (other == null || !same(entry.getValue(), other)) {
                return false;
            }
        }
        return true;
    }

    private boolean sameObjects(ObjectView a, ObjectView b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (var field : a.entrySet()) {
            var other = b.get(field.getKey());
            if (other == null || !same(field.getValue(), other)) {
                return false;
            }
        }
        return true;
    }

    private boolean sameLists(ListView a, ListView b) {
        if (a.size() != b.size()) {
            return false;
        }
        if (a.isSet()) {
            return a.stream().allMatch(x -> contains(b, x));
        }
        if (!a.isKeyed()) {
            for (int i = 0; i < a.size(); i++) {
                if (!same(a.get(i), b.get(i))) {
                    return false;
                }
            }
            return true;
        }
        Map<List<JsonNode>, Integer> places = places(b);
        for (int i = 0; i < a.size(); i++) {
            var place = places.get(a.key(i));
            if (place == null || !same(a.get(i), b.get(place))) {
                return false;
            }
        }
        return true;
    }

    private boolean contains(List<Object> list, Object value) {
        return list.stream().anyMatch(each -> same(each, value));
    }

    private static Map<List<JsonNode>, Integer> places(ListView list) {
        Map<List<JsonNode>, Integer> places = new HashMap<>();
        for (int i = 0; i < list.size(); i++) {
            places.put(list.key(i), i);
        }
        return places;
    }

    private Object plus(List<?> a, List<?> b) {
        if (a instanceof ListView x && b instanceof ListView y) {
            if (x.isSet()) {
                var all = JsonNodeFactory.instance.arrayNode();
                x.list().forEach(all::add);
                for (int i = 0; i < y.size(); i++) {
                    if (!contains(x, y.get(i))) {
                        all.add(y.list().get(i));
                    }
                }
                return x.with(all);
            }
            if (x.isKeyed()) {
                return merged(x, y);
            }
        } else if (a instanceof ListView x && x.isSet()) {
            List<Object> all = new ArrayList<>(x);
            b.stream().filter(value -> !contains(x, value)).forEach(all::add);
            return all;
        }
        return RuntimeHelpers.concat(List.<Object>copyOf(a), List.copyOf(b));
    }

    /** Elements of the second take the places of those with the same keys. */
    private static ListView merged(ListView a, ListView b) {
        var all = JsonNodeFactory.instance.arrayNode();
        a.list().forEach(all::add);
        var places = places(a);
        for (int i = 0; i < b.size(); i++) {
            var place = places.get(b.key(i));
            if (place == null) {
                all.add(b.list().get(i));
            } else {
                all.set(place, b.list().get(i));
            }
        }
        return a.with(all);
    }
}
