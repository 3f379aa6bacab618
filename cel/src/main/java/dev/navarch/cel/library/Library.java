package dev.navarch.cel.library;

import com.google.common.collect.ImmutableList;
import dev.cel.checker.CelCheckerBuilder;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.OptionalType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompilerLibrary;
import dev.cel.parser.CelParserBuilder;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelFunctionOverload;
import dev.cel.runtime.CelRuntimeBuilder;
import dev.cel.runtime.CelRuntimeLibrary;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A set of functions, each declared for the checker and bound for evaluation at one place. */
abstract class Library implements CelCompilerLibrary, CelRuntimeLibrary {
    private final Map<String, List<CelOverloadDecl>> declared = new LinkedHashMap<>();
    private final Map<String, List<CelFunctionBinding>> bound = new LinkedHashMap<>();
    private final Map<CelType, Class<?>> classes = new LinkedHashMap<>();

    /** What a function does with its arguments, the target first. */
    interface Body {
        Object apply(Object[] arguments) throws CelEvaluationException;
    }

    /** Says which class values of a type have. */
    final void type(CelType type, Class<?> values) {
        classes.put(type, values);
    }

    final void member(String function, String id, CelType result, CelType target, List<CelType> arguments, Body body) {
        declared.computeIfAbsent(function, _ -> new ArrayList<>())
                .add(CelOverloadDecl.newMemberOverload(id, result, withTarget(target, arguments)));
        bind(function, id, withTarget(target, arguments), body);
    }

    final void member(String function, String id, CelType result, CelType target, Body body) {
        member(function, id, result, target, List.of(), body);
    }

    final void global(String function, String id, CelType result, List<CelType> arguments, Body body) {
        declared.computeIfAbsent(function, _ -> new ArrayList<>())
                .add(CelOverloadDecl.newGlobalOverload(id, result, arguments));
        bind(function, id, arguments, body);
    }

    private static List<CelType> withTarget(CelType target, List<CelType> arguments) {
        List<CelType> all = new ArrayList<>(arguments.size() + 1);
        all.add(target);
        all.addAll(arguments);
        return all;
    }

    @SuppressWarnings("Immutable") // the bodies have no state
    private void bind(String function, String id, List<CelType> arguments, Body body) {
        CelFunctionOverload overload = body::apply;
        ImmutableList<Class<?>> types = arguments.stream().map(this::classOf).collect(ImmutableList.toImmutableList());
        bound.computeIfAbsent(function, _ -> new ArrayList<>()).add(CelFunctionBinding.from(id, types, overload));
    }

    private Class<?> classOf(CelType type) {
        var own = classes.get(type);
        if (own != null) {
            return own;
        }
        return switch (type.kind()) {
            case STRING -> String.class;
            case INT -> Long.class;
            case DOUBLE -> Double.class;
            case BOOL -> Boolean.class;
            case LIST -> List.class;
            case MAP -> Map.class;
            case TIMESTAMP -> Instant.class;
            case DURATION -> Duration.class;
            default -> Object.class;
        };
    }

    static CelEvaluationException failure(String message) {
        return new CelEvaluationException(message);
    }

    static final CelType STRINGS = ListType.create(SimpleType.STRING);

    static CelType optional(CelType type) {
        return OptionalType.create(type);
    }

    @Override
    public void setParserOptions(CelParserBuilder parser) {
        // no macros
    }

    @Override
    public void setCheckerOptions(CelCheckerBuilder checker) {
        declared.forEach((function, overloads) ->
                checker.addFunctionDeclarations(CelFunctionDecl.newFunctionDeclaration(function, overloads)));
    }

    /**
     * Where the checker does not know the types, the classes of the arguments tell which overload is meant. Of those that
     * they don't tell apart, such as lists of different elements, the first stands for all.
     */
    @Override
    public void setRuntimeOptions(CelRuntimeBuilder runtime) {
        bound.forEach((function, bindings) -> {
            Map<List<Class<?>>, CelFunctionBinding> bySignature = new LinkedHashMap<>();
            for (var binding : bindings) {
                if (bySignature.putIfAbsent(binding.getArgTypes(), binding) != null) {
                    runtime.addFunctionBindings(binding);
                }
            }
            runtime.addFunctionBindings(CelFunctionBinding.fromOverloads(function, bySignature.values()));
        });
    }
}
