package dev.navarch.apiserver.pages;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * A part of {@code /healthz} and {@code /readyz} that others than the API server answer for.
 *
 * @param failure what is wrong, or empty; must not block
 */
public record HealthCheck(String name, Supplier<Optional<String>> failure) {
    public HealthCheck {
        requireNonNull(name);
        requireNonNull(failure);
    }
}
