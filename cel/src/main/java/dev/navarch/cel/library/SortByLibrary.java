package dev.navarch.cel.library;

import dev.cel.common.ast.CelExpr;
import dev.cel.common.types.ListType;
import dev.cel.common.types.TypeParamType;
import dev.cel.parser.CelMacro;
import dev.cel.parser.CelMacroExprFactory;
import dev.cel.parser.CelParserBuilder;
import dev.cel.runtime.CelEvaluationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code list.sortBy(e, key)}: the elements in the order of their keys. The element type is kept, which the library's own
 * macro loses (source: cel-go ext/lists.go, sortByMacro).
 */
public final class SortByLibrary extends Library {
    private static final String SORT = "@sortByAssociatedKeys";
    private static final String INPUT = "@__sortBy_input__";

    private record Keyed(Object key, Object element) {}

    public SortByLibrary() {
        var elements = ListType.create(TypeParamType.create("T"));
        var keys = ListType.create(TypeParamType.create("U"));
        member(
                SORT,
                "list_sort_by_associated_keys",
                elements,
                elements,
                List.of(keys),
                a -> sort((List<?>) a[0], (List<?>) a[1]));
    }

    @Override
    public void setParserOptions(CelParserBuilder parser) {
        parser.addMacros(CelMacro.newReceiverMacro("sortBy", 2, SortByLibrary::expand));
    }

    /** Binds the list to a name, and sorts what the name stands for by the keys of its elements. */
    private static Optional<CelExpr> expand(CelMacroExprFactory make, CelExpr target, List<CelExpr> arguments) {
        if (arguments.getFirst().getKind() != CelExpr.ExprKind.Kind.IDENT) {
            return Optional.of(make.reportError("sortBy can only be applied to a list with a variable name"));
        }
        var element = arguments.getFirst().ident().name();
        var result = make.getAccumulatorVarName();
        var keys = make.fold(
                element,
                make.newIdentifier(INPUT),
                result,
                make.newList(),
                make.newBoolLiteral(true),
                make.newGlobalCall("_+_", make.newIdentifier(result), make.newList(arguments.get(1))),
                make.newIdentifier(result));
        return Optional.of(make.fold(
                "#unused",
                make.newList(),
                INPUT,
                target,
                make.newBoolLiteral(false),
                make.newIdentifier(INPUT),
                make.newReceiverCall(SORT, make.newIdentifier(INPUT), keys)));
    }

    private static List<Object> sort(List<?> elements, List<?> keys) throws CelEvaluationException {
        List<Keyed> keyed = new ArrayList<>(elements.size());
        for (int i = 0; i < elements.size(); i++) {
            ListsLibrary.compare(keys.get(i), keys.getFirst()); // fails for keys that have no order
            keyed.add(new Keyed(keys.get(i), elements.get(i)));
        }
        keyed.sort((a, b) -> ListsLibrary.order(a.key, b.key));
        return keyed.stream().map(Keyed::element).toList();
    }
}
