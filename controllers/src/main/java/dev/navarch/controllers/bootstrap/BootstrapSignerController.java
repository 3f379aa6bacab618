package dev.navarch.controllers.bootstrap;

import dev.navarch.client.ApiFailure;
import dev.navarch.client.ControllerLoop;
import dev.navarch.client.Handler;
import dev.navarch.client.Informer;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.client.WorkQueue;
import dev.navarch.controllers.Controller;
import dev.navarch.controllers.ControllerContext;
import dev.navarch.time.TimeSource;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.Map;
import java.util.TreeMap;

/**
 * Signs the ConfigMap {@code cluster-info} of {@code kube-public}, by which new nodes find the cluster, with each bootstrap
 * token that is for signing, and takes signatures of other tokens away. Without the map there is nothing to do. source:
 * kubernetes pkg/controller/bootstrap/bootstrapsigner.go, util.go.
 */
public final class BootstrapSignerController {
    private static final Key INFO = new Key("kube-public", "cluster-info");
    private static final String SIGNED = "kubeconfig";
    private static final String SIGNATURE = "jws-kubeconfig-";

    private final Informer<ConfigMap> maps;
    private final Informer<Secret> secrets;
    private final Resource<ConfigMap> resource;
    private final TimeSource time;

    private BootstrapSignerController(ControllerContext context) {
        maps = context.informer(ConfigMap.class);
        secrets = context.informer(Secret.class);
        resource = context.client().resource(ConfigMap.class);
        time = context.time();
    }

    public static Controller create(ControllerContext context) {
        WorkQueue<Key> queue = context.queue("bootstrap_signer_queue");
        var controller = new BootstrapSignerController(context);
        controller.maps.addHandler(Handler.each(map -> {
            if (Key.of(map).equals(INFO)) {
                queue.add(INFO);
            }
        }));
        controller.secrets.addHandler(Handler.each(secret -> {
            if (BootstrapSecret.isToken(secret)) {
                queue.add(INFO);
            }
        }));
        return Controller.of(new ControllerLoop<>("bootstrap-signer", queue, 1, controller::reconcile));
    }

    private void reconcile(Key key) {
        var map = maps.get(key).orElse(null);
        if (map == null || map.getData() == null || !map.getData().containsKey(SIGNED)) {
            return;
        }
        var signed = signed(map.getData());
        if (signed.equals(map.getData())) {
            return;
        }
        try {
            resource.update(new ConfigMapBuilder(map).withData(signed).build());
        } catch (ApiFailure e) {
            if (!e.notFound()) {
                throw e;
            }
        }
    }

    private Map<String, String> signed(Map<String, String> data) {
        Map<String, String> signed = new TreeMap<>(data);
        signed.keySet().removeIf(key -> key.startsWith(SIGNATURE));
        var text = data.get(SIGNED);
        var now = time.now();
        secrets.list(BootstrapSecret.NAMESPACE).stream()
                .flatMap(secret -> BootstrapSecret.signing(secret, now).stream())
                .forEach(token ->
                        signed.put(SIGNATURE + token.id(), DetachedSignature.of(text, token.id(), token.secret())));
        return signed;
    }
}
