package dev.navarch.controllers.restartonchange;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The ConfigMaps and Secrets that a pod takes its environment or files from. */
record References(Set<String> configMaps, Set<String> secrets) {

    static References of(PodSpec spec) {
        Set<String> configMaps = new TreeSet<>();
        Set<String> secrets = new TreeSet<>();
        List<Container> containers = new ArrayList<>(spec.getContainers());
        containers.addAll(spec.getInitContainers());
        for (var container : containers) {
            for (var from : container.getEnvFrom()) {
                if (from.getConfigMapRef() != null) {
                    configMaps.add(from.getConfigMapRef().getName());
                }
                if (from.getSecretRef() != null) {
                    secrets.add(from.getSecretRef().getName());
                }
            }
            for (var variable : container.getEnv()) {
                var from = variable.getValueFrom();
                if (from != null && from.getConfigMapKeyRef() != null) {
                    configMaps.add(from.getConfigMapKeyRef().getName());
                }
                if (from != null && from.getSecretKeyRef() != null) {
                    secrets.add(from.getSecretKeyRef().getName());
                }
            }
        }
        for (var volume : spec.getVolumes()) {
            if (volume.getConfigMap() != null) {
                configMaps.add(volume.getConfigMap().getName());
            }
            if (volume.getSecret() != null) {
                secrets.add(volume.getSecret().getSecretName());
            }
            if (volume.getProjected() != null) {
                for (var source : volume.getProjected().getSources()) {
                    if (source.getConfigMap() != null) {
                        configMaps.add(source.getConfigMap().getName());
                    }
                    if (source.getSecret() != null) {
                        secrets.add(source.getSecret().getName());
                    }
                }
            }
        }
        return new References(configMaps, secrets);
    }
}
