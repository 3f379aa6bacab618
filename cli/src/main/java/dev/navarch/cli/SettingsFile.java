package dev.navarch.cli;

import dev.navarch.api.values.GoDuration;
import dev.navarch.cluster.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * What a file of settings says, a YAML map of them; asked for where the command line is silent. What is given on the
 * command line is handed in as {@code given} and wins.
 */
record SettingsFile(Map<?, ?> settings) {
    /** Of no file. */
    static final SettingsFile NONE = new SettingsFile(Map.of());

    /**
     * @param known all settings that there are
     * @throws ConfigException if it isn't a map of these
     */
    static SettingsFile read(Path file, Set<String> known) throws IOException {
        Object document;
        try {
            document = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
        } catch (YamlEngineException e) {
            throw new ConfigException("config", file, "is not YAML: " + e.getMessage());
        }
        if (document == null) {
            return NONE;
        }
        if (!(document instanceof Map<?, ?> settings)) {
            throw new ConfigException("config", file, "must be a map of settings");
        }
        var unknown = new HashSet<Object>(settings.keySet());
        unknown.removeAll(known);
        if (!unknown.isEmpty()) {
            throw new ConfigException("config", file, "has unknown settings " + unknown + "; known are " + known);
        }
        return new SettingsFile(settings);
    }

    Optional<String> text(String key) {
        return Optional.ofNullable(settings.get(key)).map(Object::toString);
    }

    Optional<String> text(@Nullable String given, String key) {
        return given != null ? Optional.of(given) : text(key);
    }

    /** A list, or a text with commas. */
    List<String> texts(@Nullable List<String> given, String key) {
        if (given != null) {
            return given;
        }
        return switch (settings.get(key)) {
            case null -> List.of();
            case List<?> list -> list.stream().map(Object::toString).toList();
            case Object text -> List.of(text.toString().split(","));
        };
    }

    Optional<Path> path(@Nullable Path given, String key) {
        return given != null ? Optional.of(given) : text(key).map(Path::of);
    }

    /** A switch that may be on by default. */
    boolean choice(@Nullable Boolean given, String key, boolean otherwise) {
        if (given != null) {
            return given;
        }
        return switch (settings.get(key)) {
            case null -> otherwise;
            case Boolean chosen -> chosen;
            case Object other -> throw new ConfigException(key, other, "must be true or false");
        };
    }

    /** Whether it is switched on here or there. */
    boolean flag(boolean given, String key) {
        return given || Boolean.TRUE.equals(settings.get(key));
    }

    int number(@Nullable Integer given, String key, int otherwise) {
        if (given != null) {
            return given;
        }
        return switch (settings.get(key)) {
            case null -> otherwise;
            case Integer number -> number;
            case Object other -> throw new ConfigException(key, other, "must be a number");
        };
    }

    /** @param option the name on the command line, for the message */
    Duration duration(String option, @Nullable String given, String key, String otherwise) {
        var text = text(given, key).orElse(otherwise);
        try {
            return GoDuration.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(option, text, String.valueOf(e.getMessage()));
        }
    }
}
