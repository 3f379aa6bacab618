package dev.navarch.cel;

import dev.cel.common.exceptions.CelAttributeNotFoundException;
import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.values.CelValue;
import dev.cel.common.values.SelectableValue;
import java.util.Optional;

/**
 * A null that may be asked for its fields, of which it has none: {@code has(oldObject.spec)} does not hold where there was
 * no object, rather than to fail (source: cel-go interpreter/attributes.go, refQualify).
 */
final class Absent extends CelValue implements SelectableValue<String> {
    static final Absent ABSENT = new Absent();

    private Absent() {}

    @Override
    public Object select(String field) {
        throw CelAttributeNotFoundException.forMissingMapKey(field);
    }

    @Override
    public Optional<Object> find(String field) {
        return Optional.empty();
    }

    @Override
    public Object value() {
        return this;
    }

    @Override
    public boolean isZeroValue() {
        return true;
    }

    @Override
    public CelType celType() {
        return SimpleType.NULL_TYPE;
    }

    @Override
    public String toString() {
        return "null";
    }
}
