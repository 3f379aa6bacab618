package dev.navarch.cel;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.CelSourceLocation;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.ExprKind.Kind;
import dev.cel.common.navigation.CelNavigableAst;
import dev.cel.common.navigation.CelNavigableExpr;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypes;
import dev.cel.common.types.SimpleType;
import dev.navarch.api.values.GoDuration;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is wrong with the literals of an expression whose types are right: durations, times, patterns and formats that are
 * none, and lists and maps of mixed types (source: k8s.io/apiserver pkg/cel/environment/base.go; cel-go cel/validator.go and
 * ext/formatting.go, stringFormatValidator).
 */
final class LiteralChecks {
    private final CelAbstractSyntaxTree ast;
    private final List<CelIssue> issues = new ArrayList<>();

    private LiteralChecks(CelAbstractSyntaxTree ast) {
        this.ast = ast;
    }

    /** @param ast with its types */
    static List<CelIssue> of(CelAbstractSyntaxTree ast) {
        var checks = new LiteralChecks(ast);
        var nodes = CelNavigableAst.fromAst(ast).getRoot().allNodes().toList();
        checks.arguments(nodes, "duration", GoDuration::parse);
        checks.arguments(nodes, "timestamp", LiteralChecks::timestamp);
        checks.arguments(nodes, "matches", Pattern::compile);
        for (var node : nodes) {
            if (node.getKind() == Kind.LIST && !belowFormat(node)) {
                checks.list(node.expr().list());
            }
        }
        for (var node : nodes) {
            if (node.getKind() == Kind.MAP && !belowFormat(node)) {
                checks.map(node.expr().map());
            }
        }
        nodes.forEach(checks::format);
        return checks.issues;
    }

    private void complain(long id, String message) {
        var source = ast.getSource();
        var location = Optional.ofNullable(source.getPositionsMap().get(id))
                .flatMap(source::getOffsetLocation)
                .orElse(CelSourceLocation.NONE);
        issues.add(CelIssue.formatError(id, location, message));
    }

    private static Optional<String> text(CelExpr expression) {
        return expression.getKind() == Kind.CONSTANT && expression.constant().getKind() == CelConstant.Kind.STRING_VALUE
                ? Optional.of(expression.constant().stringValue())
                : Optional.empty();
    }

    /** @param check fails for what is no such literal */
    private void arguments(List<CelNavigableExpr> nodes, String function, Consumer<String> check) {
        for (var node : nodes) {
            if (node.getKind() != Kind.CALL
                    || !node.expr().call().function().equals(function)
                    || node.expr().call().args().isEmpty()) {
                continue;
            }
            var argument = node.expr().call().args().getFirst();
            text(argument).ifPresent(text -> {
                try {
                    check.accept(text);
                } catch (IllegalArgumentException | DateTimeException | PatternSyntaxException _) {
                    complain(argument.id(), "invalid " + function + " argument");
                }
            });
        }
    }

    private static void timestamp(String text) {
        var time = OffsetDateTime.parse(text, DateTimeFormatter.ISO_OFFSET_DATE_TIME);
        if (time.getYear() < 1 || time.getYear() > 9999) {
            throw new DateTimeException("out of range");
        }
    }

    /** Arguments of {@code format} may be of any types. */
    private static boolean belowFormat(CelNavigableExpr node) {
        var parent = node.parent().orElse(null);
        if (parent == null) {
            return false;
        }
        return switch (parent.getKind()) {
            case CALL -> parent.expr().call().function().equals("format");
            case LIST, MAP -> belowFormat(parent);
            default -> false;
        };
    }

    private CelType type(CelExpr expression, boolean optional) {
        var type = ast.getTypeMap().getOrDefault(expression.id(), SimpleType.DYN);
        return optional && !type.parameters().isEmpty() ? type.parameters().getFirst() : type;
    }

    /** @return whether the types are the same, be it that there is none yet */
    private boolean agree(@Nullable CelType before, CelType now, long id) {
        if (before == null || CelTypes.format(before).equals(CelTypes.format(now))) {
            return true;
        }
        complain(id, "expected type '" + CelTypes.format(before) + "' but found '" + CelTypes.format(now) + "'");
        return false;
    }

    private void list(CelExpr.CelList list) {
        CelType common = null;
        for (int i = 0; i < list.elements().size(); i++) {
            var element = list.elements().get(i);
            var type = type(element, list.optionalIndices().contains(i));
            if (!agree(common, type, element.id())) {
                return;
            }
            common = common == null ? type : common;
        }
    }

    private void map(CelExpr.CelMap map) {
        CelType keys = null;
        CelType values = null;
        for (var entry : map.entries()) {
            var key = type(entry.key(), false);
            var value = type(entry.value(), entry.optionalEntry());
            agree(keys, key, entry.key().id());
            agree(values, value, entry.value().id());
            keys = keys == null ? key : keys;
            values = values == null ? value : values;
        }
    }

    private void format(CelNavigableExpr node) {
        if (node.getKind() != Kind.CALL) {
            return;
        }
        var call = node.expr().call();
        var target = call.target().flatMap(LiteralChecks::text);
        if (!call.function().equals("format")
                || target.isEmpty()
                || call.args().size() != 1
                || call.args().getFirst().getKind() != Kind.LIST) {
            return;
        }
        try {
            var arguments = call.args().getFirst().list().elements();
            int used = FormatCheck.arguments(target.get(), arguments, e -> type(e, false));
            if (arguments.size() > used) {
                complain(
                        node.id(),
                        "too many arguments supplied to string.format (expected " + used + ", got " + arguments.size()
                                + ")");
            }
        } catch (FormatCheck.Refusal e) {
            complain(e.id() == FormatCheck.WHOLE ? node.id() : e.id(), String.valueOf(e.getMessage()));
        }
    }
}
