package dev.navarch.controllers.serviceaccount;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** What secrets with tokens of accounts hold. source: kubernetes pkg/controller/serviceaccount, pkg/serviceaccount/util.go. */
final class TokenSecrets {
    private static final String TYPE = "kubernetes.io/service-account-token";
    private static final String NAME = "kubernetes.io/service-account.name";
    private static final String UID = "kubernetes.io/service-account.uid";
    private static final String TOKEN = "token";
    private static final String AUTHORITY = "ca.crt";
    private static final String NAMESPACE = "namespace";

    private TokenSecrets() {}

    static boolean isToken(Secret secret) {
        return TYPE.equals(secret.getType()) && account(secret).isPresent();
    }

    /** The account that a secret names. */
    static Optional<String> account(Secret secret) {
        return TYPE.equals(secret.getType())
                ? Optional.ofNullable(annotations(secret).get(NAME))
                : Optional.empty();
    }

    private static Map<String, String> annotations(Secret secret) {
        var annotations = secret.getMetadata().getAnnotations();
        return annotations == null ? Map.of() : annotations;
    }

    /** Whether it is of this very account, or of any of the name. */
    static boolean isOf(Secret secret, ServiceAccount account) {
        var uid = annotations(secret).getOrDefault(UID, "");
        return uid.isEmpty() || uid.equals(account.getMetadata().getUid());
    }

    /**
     * The secret with all that belongs into it; empty if it has that. A token that is there stays.
     *
     * @param authority PEM; empty if there is none to give
     */
    static Optional<Secret> filled(Secret secret, ServiceAccount account, String authority, Supplier<String> token) {
        Map<String, String> data = new HashMap<>(secret.getData() == null ? Map.of() : secret.getData());
        if (!authority.isEmpty()) {
            data.put(AUTHORITY, encoded(authority));
        }
        if (data.getOrDefault(NAMESPACE, "").isEmpty()) {
            data.put(NAMESPACE, encoded(secret.getMetadata().getNamespace()));
        }
        if (data.getOrDefault(TOKEN, "").isEmpty()) {
            data.put(TOKEN, encoded(token.get()));
        }
        Map<String, String> annotations = new HashMap<>(annotations(secret));
        annotations.put(UID, account.getMetadata().getUid());
        if (data.equals(secret.getData()) && annotations.equals(annotations(secret))) {
            return Optional.empty();
        }
        return Optional.of(new SecretBuilder(secret)
                .editMetadata()
                .withAnnotations(annotations)
                .endMetadata()
                .withData(data)
                .build());
    }

    private static String encoded(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
