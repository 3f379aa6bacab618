package dev.navarch.api.openapi;

import dev.navarch.api.Field;
import dev.navarch.api.ListSchema;
import dev.navarch.api.MapSchema;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.ScalarSchema;
import dev.navarch.api.Schema;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** Digests what documents are made from, which costs far less than making them. */
final class SchemaDigest {
    private final MessageDigest digest;
    private final Set<String> seen = new HashSet<>();

    SchemaDigest() {
        try {
            digest = MessageDigest.getInstance("SHA-512");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    String hex() {
        return HexFormat.of().withUpperCase().formatHex(digest.digest());
    }

    void add(Operations.Operation operation) {
        add(operation.method() + operation.path() + operation.id());
        operation.body().ifPresent(this::add);
        operation.answer().ifPresent(this::add);
    }

    private void add(Schema schema) {
        switch (schema) {
            case ObjectSchema object -> {
                add(object.name() + object.preservesUnknown() + object.atomic());
                if (seen.add(object.name())) {
                    object.declared().ifPresent(d -> add(d.stamp()));
                    object.fields().values().forEach(this::add);
                }
            }
            case ListSchema list -> {
                add(list.declared() + " " + list.keys());
                add(list.element());
            }
            case MapSchema map -> add(map.value());
            case ScalarSchema scalar -> add(scalar.type().name().toLowerCase(Locale.ROOT) + scalar.goType());
        }
    }

    private void add(Field field) {
        add(field.name()
                + field.required()
                + field.pointer()
                + field.omittedWhenEmpty()
                + field.topology()
                + new TreeSet<>(field.patchStrategies())
                + field.patchMergeKey()
                + field.defaultJson());
        add(field.schema());
    }

    void add(String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
    }
}
