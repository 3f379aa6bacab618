package dev.navarch.scheduler.config;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.stream.Collectors;

/** A scheduler's configuration is wrong. */
public final class ConfigurationException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ConfigurationException(String message) {
        super(message);
    }

    /** One error as it is, several as a list, as upstream's aggregates. */
    static ConfigurationException of(List<FieldError> errors) {
        return new ConfigurationException(
                errors.size() == 1
                        ? errors.getFirst().message()
                        : errors.stream().map(FieldError::message).collect(Collectors.joining(", ", "[", "]")));
    }
}
