package dev.navarch.controllers.serviceaccount;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.controllers.Pods;
import dev.navarch.controllers.TokenSigner;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccount;

/** Takes care of one secret with a token. */
final class TokenReconciler implements Reconciler<Key> {
    private final Informer<Secret> secrets;
    private final Resource<Secret> resource;
    private final Resource<ServiceAccount> accounts;
    private final TokenSigner signer;
    private final String authority;

    TokenReconciler(ControllerContext context, Informer<Secret> secrets, TokenSigner signer) {
        this.secrets = secrets;
        this.signer = signer;
        resource = context.client().resource(Secret.class);
        accounts = context.client().resource(ServiceAccount.class);
        authority = context.settings().rootCa();
    }

    @Override
    public void reconcile(Key key) {
        var found = secrets.get(key).filter(TokenSecrets::isToken).filter(secret -> !Pods.isDeleting(secret));
        if (found.isEmpty()) {
            return;
        }
        var secret = found.get();
        var name = TokenSecrets.account(secret).orElseThrow();
        // the caches of accounts and of secrets know nothing of each other: the server has the last word
        var account = accounts.get(key.namespace(), name).filter(one -> TokenSecrets.isOf(secret, one));
        try {
            if (account.isEmpty()) {
                resource.delete(key.namespace(), key.name(), DeleteOptions.exactly(secret));
                return;
            }
            var uid = account.get().getMetadata().getUid();
            TokenSecrets.filled(
                            secret, account.get(), authority, () -> signer.sign(key.namespace(), name, uid, key.name()))
                    .ifPresent(resource::update);
        } catch (ApiFailure e) {
            if (!e.notFound()) {
                throw e;
            }
        }
    }
}
