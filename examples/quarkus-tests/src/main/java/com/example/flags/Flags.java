package com.example.flags;

import io.fabric8.kubernetes.client.KubernetesClient;
import jakarta.enterprise.context.ApplicationScoped;

/** What the config map {@code flags} says: those of its keys are on whose value is {@code on}. */
@ApplicationScoped
public class Flags {
    private final KubernetesClient client;

    Flags(KubernetesClient client) {
        this.client = client;
    }

    public boolean isOn(String flag) {
        var flags = client.configMaps().inNamespace("default").withName("flags").get();
        return flags != null && "on".equals(flags.getData().get(flag));
    }
}
