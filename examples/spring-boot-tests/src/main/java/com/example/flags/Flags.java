package com.example.flags;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import jakarta.annotation.PreDestroy;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/** Follows the config map {@code flags}: those of its keys are on whose value is {@code on}. */
@Component
public class Flags implements ResourceEventHandler<ConfigMap> {
    private final SharedIndexInformer<ConfigMap> informer;
    private final Set<String> on = ConcurrentHashMap.newKeySet();

    Flags(KubernetesClient client, @Value("${flags.namespace:default}") String namespace) {
        informer = client.configMaps().inNamespace(namespace).withName("flags").inform(this);
    }

    public boolean isOn(String flag) {
        return on.contains(flag);
    }

    private void set(Map<String, String> flags) {
        on.removeIf(flag -> !"on".equals(flags.get(flag)));
        flags.forEach((flag, value) -> {
            if (value.equals("on")) {
                on.add(flag);
            }
        });
    }

    @Override
    public void onAdd(ConfigMap flags) {
        set(flags.getData());
    }

    @Override
    public void onUpdate(ConfigMap before, ConfigMap now) {
        set(now.getData());
    }

    @Override
    public void onDelete(ConfigMap flags, boolean unknown) {
        on.clear();
    }

    @PreDestroy
    void stop() {
        informer.stop();
    }
}
