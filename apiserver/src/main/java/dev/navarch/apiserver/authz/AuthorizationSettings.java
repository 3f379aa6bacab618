package dev.navarch.apiserver.authz;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Who is asked whether a request may pass, in this order, until one allows or denies it. Members of system:masters are not
 * asked about (source: kubernetes pkg/kubeapiserver/authorizer; kube-apiserver's --authorization-mode).
 *
 * @param source of the chain, if it may change while the server runs
 */
public record AuthorizationSettings(List<Link> chain, Optional<Source> source) {
    /** As kubeadm has it. */
    public static final AuthorizationSettings STANDARD = modes(List.of(Type.NODE, Type.RBAC));

    /** Kinds of authorizers. */
    public enum Type {
        ALWAYS_ALLOW("AlwaysAllow"),
        ALWAYS_DENY("AlwaysDeny"),
        NODE("Node"),
        RBAC("RBAC"),
        WEBHOOK("Webhook");

        private final String word;

        Type(String word) {
            this.word = word;
        }

        /** @throws IllegalArgumentException if there is none of this name */
        public static Type of(String word) {
            return Arrays.stream(values())
                    .filter(type -> type.word.equals(word))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("authorization-mode " + word
                            + " is not a valid mode: must be one of "
                            + Arrays.stream(values()).map(Type::toString).collect(Collectors.joining(","))));
        }

        /** As upstream writes it. */
        @Override
        public String toString() {
            return word;
        }
    }

    /**
     * One authorizer.
     *
     * @param name as which it is counted
     * @param webhook of that type only
     */
    public record Link(Type type, String name, Optional<AuthorizationWebhook> webhook) {
        public Link {
            requireNonNull(type);
            requireNonNull(name);
            if ((type == Type.WEBHOOK) != webhook.isPresent()) {
                throw new IllegalArgumentException("webhook: required when type=Webhook, and only then");
            }
        }

        public Link(Type type, String name) {
            this(type, name, Optional.empty());
        }
    }

    /** A file that says the chain. */
    public interface Source {
        /** What it says now, as it stands there. */
        byte[] read() throws IOException;

        /** @throws IllegalArgumentException if that is no chain */
        List<Link> chain(byte[] text);
    }

    public AuthorizationSettings {
        requireNonNull(source);
        chain = List.copyOf(chain);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("at least one authorization mode must be passed");
        }
    }

    /** Whether everybody may do everything. */
    public boolean allowsAll() {
        return chain.stream().anyMatch(link -> link.type() == Type.ALWAYS_ALLOW);
    }

    /** As a file says, which is looked at again while the server runs. */
    public static AuthorizationSettings from(Source source) throws IOException {
        return new AuthorizationSettings(source.chain(source.read()), Optional.of(source));
    }

    /** Authorizers that need no more than their type. */
    public static AuthorizationSettings modes(List<Type> types) {
        return modes(types, Optional.empty());
    }

    /**
     * Likewise, and one that is asked as {@link Type#WEBHOOK} (source: pkg/kubeapiserver/options/authorization.go).
     *
     * @throws IllegalArgumentException if it is not named, or not there
     */
    public static AuthorizationSettings modes(List<Type> types, Optional<AuthorizationWebhook> webhook) {
        if (types.contains(Type.WEBHOOK) && webhook.isEmpty()) {
            throw new IllegalArgumentException("authorization-mode Webhook's authorization config file not passed");
        }
        if (webhook.isPresent() && !types.contains(Type.WEBHOOK)) {
            throw new IllegalArgumentException(
                    "cannot specify --authorization-webhook-config-file without mode Webhook");
        }
        if (new HashSet<>(types).size() < types.size()) {
            throw new IllegalArgumentException("authorization-mode " + types + " has mode specified more than once");
        }
        return new AuthorizationSettings(
                types.stream()
                        .map(type -> type == Type.WEBHOOK
                                ? new Link(type, "default", webhook)
                                : new Link(type, type.word.toLowerCase(Locale.ROOT)))
                        .toList(),
                Optional.empty());
    }
}
