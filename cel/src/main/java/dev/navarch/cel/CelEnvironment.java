package dev.navarch.cel;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableMap;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.CelKind;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypeProvider;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.compiler.CelCompilerLibrary;
import dev.cel.extensions.CelExtensions;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import dev.cel.runtime.CelRuntimeLibrary;
import dev.navarch.cel.library.AuthorizerLibrary;
import dev.navarch.cel.library.FormatLibrary;
import dev.navarch.cel.library.IpLibrary;
import dev.navarch.cel.library.ListsLibrary;
import dev.navarch.cel.library.QuantityLibrary;
import dev.navarch.cel.library.RegexLibrary;
import dev.navarch.cel.library.SemverLibrary;
import dev.navarch.cel.library.UrlLibrary;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

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
                CelExtensions.strings(),
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
                .build();

        private static <T> List<T> all(Class<T> type) {
            return LIBRARIES.stream().map(type::cast).toList();
        }
    }

    /** @param variables by name */
    public CelEnvironment(Map<String, ValueType> variables) {
        this.variables = Map.copyOf(variables);
        var structs = new LinkedHashMap<String, CelType>();
        variables.values().forEach(v -> v.structs(s -> structs.put(s.name(), s)));
        var builder = Base.COMPILER.toCompilerBuilder();
        if (!structs.isEmpty()) {
            builder.setTypeProvider(new Structs(ImmutableMap.copyOf(structs)));
        }
        variables.forEach((name, type) -> builder.addVar(name, type.type()));
        compiler = builder.build();
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

    /** Compiles an expression that gives a truth value. */
    public Expression condition(String text) throws CelFailure {
        return compile(text, Set.of(CelKind.BOOL), "bool");
    }

    /** Compiles an expression that gives a text. */
    public Expression text(String text) throws CelFailure {
        return compile(text, Set.of(CelKind.STRING), "string");
    }

    /** Compiles an expression that gives anything. */
    public Expression any(String text) throws CelFailure {
        return compile(text, Set.of(), "");
    }

    private Expression compile(String text, Set<CelKind> results, String named) throws CelFailure {
        var result = compiler.compile(text, "<input>");
        if (result.hasError()) {
            var issues = CelIssue.toDisplayString(result.getErrors(), result.getSource());
            throw new CelFailure("compilation failed: " + SYNTAX.matcher(issues).replaceAll("$1Syntax error: $2"));
        }
        try {
            var ast = result.getAst();
            if (!results.isEmpty()
                    && !results.contains(ast.getResultType().kind())
                    && !ast.getResultType().equals(SimpleType.DYN)) {
                throw new CelFailure("must evaluate to " + named);
            }
            return new Expression(ast, Base.RUNTIME.createProgram(ast), named(ast));
        } catch (CelValidationException | CelEvaluationException e) {
            throw new CelFailure("program instantiation failed: " + e.getMessage());
        }
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
