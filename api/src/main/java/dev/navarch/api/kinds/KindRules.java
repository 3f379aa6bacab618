package dev.navarch.api.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import tools.jackson.databind.node.ObjectNode;

/**
 * The rules of one kind. The registry calls them in this order: for a create {@link #defaults}, {@link
 * #prepareForCreate}, {@link #validate}; for an update {@link #defaults}, {@link #prepareForUpdate}, {@link
 * #validateUpdate}; for a write to {@code /status} {@link #defaults}, {@link #prepareForStatusUpdate}, {@link
 * #validateStatusUpdate}. Old objects are never changed.
 *
 * <p>Names must be generated and {@code metadata.namespace} be set before {@link #validate}. Uid, timestamps and
 * the resource version are the registry's.
 *
 * <p>Source: apiserver pkg/registry/rest (RESTCreateStrategy, RESTUpdateStrategy, RESTGracefulDeleteStrategy).
 */
public interface KindRules {
    /** Fills in what the user left out. Doing it twice changes nothing. */
    void defaults(ObjectNode object);

    /** Everything that is wrong with a new object, in the order of its fields; empty if nothing is. */
    List<FieldError> validate(ObjectNode object);

    /** Everything that is wrong with an update, the rules for new objects included. */
    List<FieldError> validateUpdate(ObjectNode now, ObjectNode old);

    /** Everything that is wrong with a write to the status. */
    List<FieldError> validateStatusUpdate(ObjectNode now, ObjectNode old);

    /** Drops what a client may not set on create (the status), and sets what the server does (the generation). */
    void prepareForCreate(ObjectNode object);

    /** Keeps what a plain update may not change (the status) and counts the generation up if the spec changed. */
    void prepareForUpdate(ObjectNode now, ObjectNode old);

    /** Keeps everything that a write to the status may not change. */
    void prepareForStatusUpdate(ObjectNode now, ObjectNode old);

    /** The fields that a field selector may name, with how to read them; absent values read as empty text. */
    Map<String, Function<ObjectNode, String>> selectableFields();

    /**
     * For how long a deleted object stays, for its node to end it.
     *
     * @param requested what the delete asked for
     * @return seconds, 0 for at once; nothing if the kind knows no graceful deletion
     */
    OptionalLong gracePeriodSeconds(ObjectNode object, OptionalLong requested);

    /** Whether an update of an absent object creates it. */
    boolean createsOnUpdate();

    /** Whether an update may omit the resource version and so overwrite whatever is there. */
    boolean allowsUnconditionalUpdate();
}
