package dev.navarch.api.kinds;

import dev.navarch.api.FieldError;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiFunction;
import java.util.function.Function;
import tools.jackson.databind.node.ObjectNode;

/** The rules of a kind with one more check. */
record CheckedKind(KindRules base, BiFunction<ObjectNode, Optional<ObjectNode>, List<FieldError>> check)
        implements KindRules {

    @Override
    public void defaults(ObjectNode object) {
        base.defaults(object);
    }

    @Override
    public List<FieldError> validate(ObjectNode object) {
        return and(base.validate(object), check.apply(object, Optional.empty()));
    }

    @Override
    public List<FieldError> validateUpdate(ObjectNode now, ObjectNode old) {
        return and(base.validateUpdate(now, old), check.apply(now, Optional.of(old)));
    }

    private static List<FieldError> and(List<FieldError> some, List<FieldError> more) {
        List<FieldError> all = new ArrayList<>(some);
        all.addAll(more);
        return all;
    }

    @Override
    public List<FieldError> validateStatusUpdate(ObjectNode now, ObjectNode old) {
        return base.validateStatusUpdate(now, old);
    }

    @Override
    public void prepareForCreate(ObjectNode object) {
        base.prepareForCreate(object);
    }

    @Override
    public void prepareForUpdate(ObjectNode now, ObjectNode old) {
        base.prepareForUpdate(now, old);
    }

    @Override
    public void prepareForStatusUpdate(ObjectNode now, ObjectNode old) {
        base.prepareForStatusUpdate(now, old);
    }

    @Override
    public Map<String, Function<ObjectNode, String>> selectableFields() {
        return base.selectableFields();
    }

    @Override
    public OptionalLong gracePeriodSeconds(ObjectNode object, OptionalLong requested) {
        return base.gracePeriodSeconds(object, requested);
    }

    @Override
    public boolean createsOnUpdate() {
        return base.createsOnUpdate();
    }

    @Override
    public boolean allowsUnconditionalUpdate() {
        return base.allowsUnconditionalUpdate();
    }
}
