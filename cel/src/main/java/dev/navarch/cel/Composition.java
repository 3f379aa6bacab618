package dev.navarch.cel;

import com.google.common.collect.ImmutableList;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.navarch.cel.Expression.Bindings;
import java.util.AbstractMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Named expressions that later ones refer to as {@code variables.name}. Each is evaluated when it is first asked for, and
 * once (source: k8s.io/apiserver pkg/admission/plugin/cel/composition.go).
 */
public final class Composition {
    private static final String VARIABLES = "variables";
    private static final String TYPE = "kubernetes.variables";

    private final Map<String, Named> named = new LinkedHashMap<>();
    private final Map<String, ValueType> types = new LinkedHashMap<>();

    /** @param expression null if it does not compile, for which {@code failure} is the reason */
    private record Named(@Nullable Expression expression, String failure) {}

    public boolean isEmpty() {
        return named.isEmpty();
    }

    /** An environment in which expressions can name the variables that there are by now. */
    public CelEnvironment in(CelEnvironment base) {
        return base.with(VARIABLES, ValueType.struct(TYPE, types));
    }

    /**
     * Adds one, which sees those before it.
     *
     * @throws CelFailure if it does not compile; then it is there nevertheless, and fails when it is asked for
     */
    public void add(String name, String text, CelEnvironment base) throws CelFailure {
        try {
            var expression = in(base).any(text);
            types.put(name, ValueType.opaque(composable(expression.type())));
            named.put(name, new Named(expression, ""));
        } catch (CelFailure e) {
            types.put(name, ValueType.DYN);
            named.put(name, new Named(null, e.getMessage()));
            throw e;
        }
    }

    /** What is known of a variable's type where it is used: only types of JSON, timestamps and durations are. */
    private static CelType composable(CelType type) {
        return switch (type.kind()) {
            case BOOL, BYTES, DOUBLE, DURATION, INT, NULL_TYPE, STRING, TIMESTAMP, UINT -> type;
            case LIST -> ListType.create(composable(parameter(type, 0)));
            case MAP -> MapType.create(composable(parameter(type, 0)), composable(parameter(type, 1)));
            default -> SimpleType.DYN;
        };
    }

    private static CelType parameter(CelType type, int index) {
        ImmutableList<CelType> parameters = type.parameters();
        return index < parameters.size() ? parameters.get(index) : SimpleType.DYN;
    }

    /** The values of all variables for one evaluation or several with the same {@code others}. For one thread. */
    public Bindings bind(Bindings others, Budget budget) {
        if (named.isEmpty()) {
            return others;
        }
        return new Bindings() {
            private final Lazily variables = new Lazily(this, budget);

            @Override
            public @Nullable Object get(String variable) {
                return variable.equals(VARIABLES) ? variables : others.get(variable);
            }
        };
    }

    private final class Lazily extends AbstractMap<String, Object> {
        private final Bindings bindings;
        private final Budget budget;
        private final Map<String, Object> values = new HashMap<>();

        Lazily(Bindings bindings, Budget budget) {
            this.bindings = bindings;
            this.budget = budget;
        }

        @Override
        public boolean containsKey(Object name) {
            return named.containsKey(name);
        }

        @Override
        public @Nullable Object get(Object name) {
            var known = values.get(name);
            if (known == null && name instanceof String variable && named.containsKey(variable)) {
                known = evaluate(variable);
                values.put(variable, known);
            }
            return known;
        }

        private Object evaluate(String name) {
            var variable = named.get(name);
            if (variable.expression == null) {
                throw new IllegalArgumentException(
                        "composited variable \"" + name + "\" fails to compile: " + variable.failure);
            }
            try {
                return variable.expression.evaluate(bindings, budget);
            } catch (CelFailure e) {
                throw new IllegalArgumentException(
                        "composited variable \"" + name + "\" fails to evaluate: " + e.getMessage());
            }
        }

        /** Nothing walks over all of them: they can only be named. */
        @Override
        public Set<Entry<String, Object>> entrySet() {
            return Set.of();
        }
    }
}
