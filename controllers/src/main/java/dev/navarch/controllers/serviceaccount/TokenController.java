package dev.navarch.controllers.serviceaccount;

import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Key;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.TokenSigner;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import java.util.List;

/**
 * Fills secrets that ask for an account's token, and takes them away with the account. source: kubernetes
 * pkg/controller/serviceaccount/tokens_controller.go.
 */
public final class TokenController {
    /** Index of secrets with tokens by namespace and account. */
    private static final String BY_ACCOUNT = "service-account";

    private TokenController() {}

    public static Controller create(ControllerContext context, TokenSigner signer) {
        WorkQueue<Key> queue = context.queue("serviceaccount_tokens_secret");
        var secrets = context.informer(Secret.class);
        var accounts = context.informer(ServiceAccount.class);
        secrets.addIndex(
                BY_ACCOUNT,
                secret -> TokenSecrets.account(secret)
                        .map(account -> List.of(new Key(secret.getMetadata().getNamespace(), account).toString()))
                        .orElse(List.of()));
        secrets.addHandler(Handler.each(secret -> {
            if (TokenSecrets.isToken(secret)) {
                queue.add(Key.of(secret));
            }
        }));
        accounts.addHandler(Handler.each(account ->
                secrets.byIndex(BY_ACCOUNT, Key.of(account).toString()).forEach(secret -> queue.add(Key.of(secret)))));
        var reconciler = new TokenReconciler(context, secrets, signer);
        return Controller.of(new ControllerLoop<>(
                "serviceaccount-tokens", queue, context.settings().workers(), reconciler));
    }
}
