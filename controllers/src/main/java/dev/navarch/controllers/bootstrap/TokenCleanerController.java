package dev.navarch.controllers.bootstrap;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.ControllerLoop;
import dev.navarch.client.DeleteOptions;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Duration;

/**
 * Deletes bootstrap tokens when they expire; one whose expiration can't be read has expired. source: kubernetes
 * pkg/controller/bootstrap/tokencleaner.go, cluster-bootstrap util/secrets.
 */
public final class TokenCleanerController {
    private final Informer<Secret> secrets;
    private final Resource<Secret> resource;
    private final WorkQueue<Key> queue;
    private final TimeSource time;

    private TokenCleanerController(ControllerContext context, Informer<Secret> secrets, WorkQueue<Key> queue) {
        this.secrets = secrets;
        this.queue = queue;
        resource = context.client().resource(Secret.class);
        time = context.time();
    }

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("token_cleaner");
        var secrets = context.informer(Secret.class);
        secrets.addHandler(new Handler<>() {
            @Override
            public void added(Secret secret) {
                if (BootstrapSecret.isToken(secret)) {
                    queue.add(Key.of(secret));
                }
            }

            @Override
            public void updated(Secret before, Secret now) {
                added(now);
            }

            @Override
            public void deleted(Secret last) {}
        });
        var controller = new TokenCleanerController(context, secrets, queue);
        return Controller.of(new ControllerLoop<>("token-cleaner", queue, 1, controller::reconcile));
    }

    private void reconcile(Key key) {
        var secret = secrets.get(key).filter(BootstrapSecret::isToken);
        var end = secret.flatMap(BootstrapSecret::end);
        if (end.isEmpty()) {
            return;
        }
        if (time.now().isBefore(end.get())) {
            queue.addAfter(key, Duration.between(time.now(), end.get()));
        } else {
            delete(secret.get());
        }
    }

    private void delete(Secret secret) {
        try {
            resource.delete(BootstrapSecret.NAMESPACE, secret.getMetadata().getName(), DeleteOptions.exactly(secret));
        } catch (ApiFailure e) {
            if (!e.notFound()) {
                throw e;
            }
        }
    }
}
