package dev.navarch.api.versions;

import java.util.List;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/**
 * How the objects of one served version turn into the form that is stored, and back. What one form cannot say goes into
 * annotations, so that nothing is lost on the way and back.
 *
 * <p>Trees that are given are left as they are; those that come out are new, or the given one where there is nothing to
 * do. Any tree is taken that the schema of its form has accepted.
 */
public interface Conversion {
    /**
     * The stored form, with the defaults that only the served version has.
     *
     * @throws dev.navarch.api.BadBodyException if what is kept in annotations is not what it should be
     */
    ObjectNode toStored(ObjectNode served);

    ObjectNode toServed(ObjectNode stored);

    /** Likewise of many, for conversions that are cheaper at once; in the same order. */
    default List<ObjectNode> allToServed(List<ObjectNode> stored) {
        return stored.stream().map(this::toServed).toList();
    }

    /** Whether somebody else is asked, so that it may take a while. */
    default boolean callsOut() {
        return false;
    }

    /** Of a version that is stored as it is served. */
    Conversion NONE = of(UnaryOperator.identity(), UnaryOperator.identity());

    static Conversion of(UnaryOperator<ObjectNode> toStored, UnaryOperator<ObjectNode> toServed) {
        return new Conversion() {
            @Override
            public ObjectNode toStored(ObjectNode served) {
                return toStored.apply(served);
            }

            @Override
            public ObjectNode toServed(ObjectNode stored) {
                return toServed.apply(stored);
            }
        };
    }

    /** Between versions that differ in nothing but their names. */
    static Conversion renaming(String served, String stored) {
        return renaming(served, stored, NONE);
    }

    /** Likewise, with a conversion of all else between the two. */
    static Conversion renaming(String served, String stored, Conversion rest) {
        return of(
                object -> rest.toStored(object.deepCopy()).put("apiVersion", stored),
                object -> rest.toServed(object.deepCopy()).put("apiVersion", served));
    }
}
