package dev.navarch.cel;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableMap;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelValidationResult;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypeProvider;
import dev.cel.common.types.CelTypes;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.compiler.CelCompilerLibrary;
import dev.cel.extensions.CelExtensions;
import dev.cel.extensions.CelListsExtensions;
import dev.cel.extensions.CelStringExtensions;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import dev.cel.runtime.CelRuntimeLibrary;
import dev.navarch.cel.library.AuthorizerLibrary;
import dev.navarch.cel.library.FormatLibrary;
import dev.navarch.cel.library.IpLibrary;
import dev.navarch.cel.library.JsonPatchLibrary;
import dev.navarch.cel.library.ListsLibrary;
import dev.navarch.cel.library.QuantityLibrary;
import dev.navarch.cel.library.RegexLibrary;
import dev.navarch.cel.library.SemverLibrary;
import dev.navarch.cel.library.SortByLibrary;
import dev.navarch.cel.library.StringFormatLibrary;
import dev.navarch.cel.library.UrlLibrary;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What expressions can name: variables of certain types, the functions of the language and those of Kubernetes 1.36.
 * Safe for use by many threads (source: k8s.io/apiserver pkg/cel/environment/base.go).
 */
public final class CelEnvironment {
    /** What one evaluation may cost (source: k8s.io/apiserver pkg/apis/cel/config.go). */
    public static final long PER_CALL_LIMIT = 1_000_000;

    /** Complaints of the parser, which cel-go marks as such. */
    private static final Pattern SYNTAX = Pattern.compile(
            "(ERROR: <input>:\\d+:\\d+: )(mismatched input|extraneous input|token recognition|no viable|missing )");

    /** What cel-go does not tell. */
    private static final Pattern CANDIDATES = Pattern.compile(" \\(candidates: .*\\)$", Pattern.MULTILINE);

    private final CelCompiler compiler;
    private final Map<String, ValueType> variables;

    /** Made when the first expression is compiled, and shared by all. */
    private static final class Base {
        static final CelOptions OPTIONS = CelOptions.current()
                .enableHeterogeneousNumericComparisons(true)
                .enableOptionalSyntax(true)
                .enableRegexPartialMatch(true)
                .errorOnDuplicateMapKeys(true)
                .errorOnIntWrap(true)
                .maxExpressionCodePointSize(100_000)
                .build();
        private static final List<Object> LIBRARIES = List.of(
                CelExtensions.strings(
                        EnumSet.complementOf(EnumSet.of(CelStringExtensions.Function.REVERSE))), // as of version 2
                new StringFormatLibrary(),
                CelExtensions.lists(EnumSet.complementOf(EnumSet.of(CelListsExtensions.Function.SORT_BY))),
                new SortByLibrary(),
                CelExtensions.sets(OPTIONS),
                CelExtensions.comprehensions(),
                CelExtensions.optional(),
                new ListsLibrary(),
                new RegexLibrary(),
                new UrlLibrary(),
                new QuantityLibrary(),
                new IpLibrary(),
                new SemverLibrary(),
                new FormatLibrary(),
                new AuthorizerLibrary());
        static final CelCompiler COMPILER = CelCompilerFactory.standardCelCompilerBuilder()
                .setOptions(OPTIONS)
                .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
                .addLibraries(all(CelCompilerLibrary.class))
                .build();
        static final CelRuntime RUNTIME = CelRuntimeFactory.plannerRuntimeBuilder()
                .setOptions(OPTIONS)
                .addLibraries(all(CelRuntimeLibrary.class))
                .addLibraries(new JsonPatchLibrary())
                .setStandardFunctions(AssociativeLists.others())
                .addFunctionBindings(AssociativeLists.functions(OPTIONS))
                .setTypeProvider(PatchTypes.ANY)
                .setValueProvider(PatchTypes::make)
                .build();

        private static <T> List<T> all(Class<T> type) {
            return LIBRARIES.stream().map(type::cast).toList();
        }
    }

    /** @param variables by name */
    public CelEnvironment(Map<String, ValueType> variables) {
        this.variables = Map.copyOf(variables);
        var structs = structs();
        var builder = Base.COMPILER.toCompilerBuilder();
        if (!structs.isEmpty()) {
            builder.setTypeProvider(new Structs(ImmutableMap.copyOf(structs)));
        }
        variables.forEach((name, type) -> builder.addVar(name, type.type()));
        compiler = builder.build();
    }

    private CelEnvironment(CelCompiler compiler, Map<String, ValueType> variables) {
        this.compiler = compiler;
        this.variables = variables;
    }

    private Map<String, CelType> structs() {
        var structs = new LinkedHashMap<String, CelType>();
        variables.values().forEach(v -> v.structs(s -> structs.put(s.name(), s)));
        return structs;
    }

    private record Structs(ImmutableMap<String, CelType> byName) implements CelTypeProvider {
        @Override
        public ImmutableCollection<CelType> types() {
            return byName.values();
        }

        @Override
        public Optional<CelType> findType(String name) {
            return Optional.ofNullable(byName.get(name));
        }
    }

    /** The same with one more variable. */
    public CelEnvironment with(String variable, ValueType type) {
        var more = new HashMap<>(variables);
        more.put(variable, type);
        return new CelEnvironment(more);
    }

    /** Compiles an expression that gives a truth value. */
    public Expression condition(String text) throws CelFailure {
        return compile(compiler, text, SimpleType.BOOL);
    }

    /** The same with {@code cel.bind}. */
    CelEnvironment withBindings() {
        return new CelEnvironment(
                compiler.toCompilerBuilder()
                        .addLibraries(CelExtensions.bindings())
                        .build(),
                variables);
    }

    /**
     * Compiles an expression that gives a truth value, or whatever: only its evaluation tells.
     *
     * <p>source: dynamic-resource-allocation cel/compile.go.
     */
    public Expression perhapsCondition(String text) throws CelFailure {
        var expression = compile(compiler, text);
        var type = expression.type();
        if (!type.equals(SimpleType.BOOL) && !type.equals(SimpleType.DYN) && !type.equals(SimpleType.ANY)) {
            throw new CelFailure("must evaluate to bool or the unknown type, not " + named(type));
        }
        return expression;
    }

    /** Compiles an expression that gives a text. */
    public Expression text(String text) throws CelFailure {
        return compile(compiler, text, SimpleType.STRING);
    }

    /** Compiles an expression that gives a text or null. */
    public Expression textOrNull(String text) throws CelFailure {
        return compile(compiler, text, SimpleType.STRING, SimpleType.NULL_TYPE);
    }

    /** Compiles an expression that gives anything. */
    public Expression any(String text) throws CelFailure {
        return compile(compiler, text);
    }

    /** Compiles an expression that gives a part of an object, to be applied to it; see {@link Patches}. */
    public Expression applyConfiguration(String text) throws CelFailure {
        return patch(text, PatchTypes.OBJECT);
    }

    /** Compiles an expression that gives the operations of a JSON patch; see {@link Patches}. */
    public Expression jsonPatch(String text) throws CelFailure {
        return patch(text, ListType.create(PatchTypes.JSON_PATCH));
    }

    private Expression patch(String text, CelType result) throws CelFailure {
        var parsed = compiler.parse(text, "<input>");
        if (parsed.hasError()) {
            throw failure(parsed);
        }
        try {
            var known = structs();
            PatchTypes.named(parsed.getAst()).forEach(t -> known.put(t.name(), t));
            var builder = compiler.toCompilerBuilder().addLibraries(new JsonPatchLibrary());
            builder.setTypeProvider(new Structs(ImmutableMap.copyOf(known)));
            return compile(builder.build(), text, result);
        } catch (CelValidationException e) {
            throw new CelFailure("compilation failed: " + e.getMessage());
        }
    }

    private Expression compile(CelCompiler compiler, String text, CelType... results) throws CelFailure {
        var result = compiler.compile(text, "<input>");
        if (result.hasError()) {
            throw failure(result);
        }
        try {
            var ast = result.getAst();
            var issues = LiteralChecks.of(ast);
            if (!issues.isEmpty()) {
                throw new CelFailure("compilation failed: " + CelIssue.toDisplayString(issues, result.getSource()));
            }
            check(ast.getResultType(), List.of(results));
            return new Expression(ast, Base.RUNTIME.createProgram(ast), named(ast));
        } catch (CelValidationException | CelEvaluationException e) {
            throw new CelFailure("program instantiation failed: " + e.getMessage());
        }
    }

    private static CelFailure failure(CelValidationResult result) {
        var issues = CelIssue.toDisplayString(result.getErrors(), result.getSource());
        var plain = CANDIDATES.matcher(issues).replaceAll("");
        return new CelFailure("compilation failed: " + SYNTAX.matcher(plain).replaceAll("$1Syntax error: $2"));
    }

    /** Source of the messages: k8s.io/apiserver pkg/admission/plugin/cel/compile.go, CompileCELExpression. */
    private static void check(CelType type, List<CelType> wanted) throws CelFailure {
        var got = named(type);
        if (!wanted.isEmpty() && wanted.stream().noneMatch(w -> named(w).equals(got))) {
            throw new CelFailure(
                    wanted.size() == 1
                            ? "must evaluate to " + named(wanted.getFirst()) + " but got " + got
                            : "must evaluate to one of ["
                                    + wanted.stream().map(CelEnvironment::named).collect(Collectors.joining(" "))
                                    + "] but got " + got);
        }
    }

    private static String named(CelType type) {
        return type.equals(SimpleType.NULL_TYPE) ? "null_type" : CelTypes.format(type);
    }

    /** The variables that an expression names. */
    private Set<String> named(CelAbstractSyntaxTree ast) {
        Set<String> names = new HashSet<>();
        for (var reference : ast.getReferenceMap().values()) {
            if (variables.containsKey(reference.name())) {
                names.add(reference.name());
            }
        }
        return names;
    }

    /** What an expression may cost at most with what the types tell of sizes; see {@link CostEstimate}. */
    public long estimate(Expression expression) {
        return new CostEstimate(expression.ast(), variables).most();
    }
}
