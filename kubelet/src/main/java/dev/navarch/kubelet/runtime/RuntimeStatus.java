package dev.navarch.kubelet.runtime;

import java.util.List;
import java.util.Optional;

/** The engine's conditions. */
public record RuntimeStatus(List<Condition> conditions) {
    public static final String RUNTIME_READY = "RuntimeReady";
    public static final String NETWORK_READY = "NetworkReady";

    /** One condition; reason and message are "" when all is well. */
    public record Condition(String type, boolean status, String reason, String message) {}

    public RuntimeStatus {
        conditions = List.copyOf(conditions);
    }

    public static RuntimeStatus ready() {
        return new RuntimeStatus(
                List.of(new Condition(RUNTIME_READY, true, "", ""), new Condition(NETWORK_READY, true, "", "")));
    }

    public Optional<Condition> condition(String type) {
        return conditions.stream().filter(c -> c.type().equals(type)).findFirst();
    }
}
